// 12. Arrows between client and server, as in textbooks: time runs downward.

const ARROWS_TIME = 6_000; // milliseconds
const TITLE_HEIGHT = 44; // pixels, for the titles

function drawArrows() {
  const canvas = prepareCanvas('chart'), { pen, width, height, now } = canvas;
  const gutter = 34, column = (width - gutter) / 3;
  const y = time => height - 24 - (now - time) / ARROWS_TIME * (height - 24 - TITLE_HEIGHT);
  forgetSpans(now);
  for (let ago = 0; ago < ARROWS_TIME; ago += 1000) {
    stroke(canvas, [gutter - 6, y(now - ago)], [width, y(now - ago)], { ink: 'edge' });
    label(canvas, ago ? `${ago / 1000} s` : 'now', 0, y(now - ago) + 4, { align: 'left' });
  }
  const inset = narrow.matches ? 16 : 40;
  panes.forEach((pane, index) => {
    const left = gutter + index * column;
    const sides = { client: left + inset, server: left + column - inset, y };
    const middle = left + column / 2;
    label(canvas, $(pane.id + '-title').textContent, middle, 14, { ink: pane.id, font: '600 14px' });
    label(canvas, 'client', sides.client - 10, 34, { align: 'left' });
    label(canvas, 'server', sides.server + 10, 34, { align: 'right' });
    for (const side of [sides.client, sides.server]) stroke(canvas, [side, TITLE_HEIGHT - 4], [side, height - 4], { ink: 'soft' });
    pen.save();
    pen.beginPath();
    pen.rect(left, TITLE_HEIGHT, column, height);
    pen.clip();
    drawSendTimes(canvas, left + 4, left + column - 4, y);
    if (pane === websocket) drawFrames(canvas, sides); else drawExchanges(canvas, pane, sides);
    pen.restore();
  });
}

// A dotted line marks when this page sent a chat line, or when another user's line first arrived. The distance from it down to the
// end of the chat line's arrow is the delay.
function drawSendTimes(canvas, left, right, y) {
  for (const { from } of arrivals.values()) {
    if (y(from) > TITLE_HEIGHT) stroke(canvas, [left, y(from)], [right, y(from)], { ink: 'ink', dash: [2, 4], alpha: 0.5 });
  }
}

// Returns how far arrows slant, in pixels. On one computer, the time that a message takes is too short to be visible. So
// the slant depends only on how close together the requests are. A response begins where its request ends, or lower.
function slant({ height }, spans) {
  const [one, next] = spans.slice(-2);
  const apart = next ? (next.from - one.from) / ARROWS_TIME * height : Infinity;
  return Math.min(Math.max(apart / 3, 1.5), 7);
}

function drawExchanges(canvas, pane, { client, server, y }) {
  const slope = slant(canvas, pane.spans), fits = verticalSpacer(13);
  let before = null;
  for (const { from, to, numbers } of pane.spans) {
    const start = Math.max(y(from), before === null ? -Infinity : before); // a request is drawn below the previous response
    const arrival = start + slope, end = to === null ? canvas.height : Math.max(y(to) + slope, arrival);
    bar(canvas, server - 3, arrival, 6, end - arrival, pane.id);
    arrow(canvas, [client, start], [server, arrival], pane.id);
    if (before !== null) wait(canvas, 'client waits', client + 8, before, start, 'left');
    wait(canvas, 'server waits', server - 8, arrival, Math.min(end, canvas.height - 24), 'right');
    if (start !== before && fits(start)) label(canvas, 'request', (client + server) / 2, start - 1);
    if (to === null) return;
    before = end + slope;
    arrow(canvas, [server, end], [client, before], pane.id, numbers.length === 0);
    const under = pane === long ? end - 2 : before + 9; // the next request is right below a long poll's response
    if (fits(under)) label(canvas, lineLabel(numbers), (client + server) / 2 + 4, under, { ink: numbers.length ? 'ink' : 'soft' });
    dot(canvas, client, before, numbers.length, pane.id);
  }
  if (before !== null && pane === polling && comparing) wait(canvas, 'client waits', client + 8, before, canvas.height - 24, 'left');
}

function lineLabel(numbers) {
  if (numbers.length < 2) return numbers.length ? `line ${numbers[0]}` : 'no line';
  return `lines ${numbers[0]}–${numbers[numbers.length - 1]}`;
}

function drawFrames(canvas, { client, server, y }) {
  const slope = 7, fits = verticalSpacer(13);
  for (const { from, to } of websocket.spans) {
    const top = Math.max(y(from), TITLE_HEIGHT), end = to === null ? canvas.height : y(to);
    for (const side of [client, server]) bar(canvas, side - 3, top, 6, end - top, 'websocket');
    arrow(canvas, [client, y(from)], [server, y(from) + slope], 'websocket');
    if (fits(y(from))) label(canvas, 'handshake', (client + server) / 2, y(from) - 1);
  }
  for (const sent of frames) arrow(canvas, [client, y(sent)], [server, y(sent) + slope], 'websocket');
  for (const { number, at } of arrivals.values()) {
    if (!at.websocket) continue;
    const top = y(at.websocket) + slope;
    arrow(canvas, [server, top], [client, top + slope], 'websocket');
    dot(canvas, client, top + slope, 1, 'websocket');
    if (fits(top)) label(canvas, `line ${number}`, (client + server) / 2, top + slope + 9, { ink: 'ink' });
  }
}

function wait(canvas, text, x, from, to, align) {
  const top = Math.max(from, TITLE_HEIGHT);
  if (to - top > 36) label(canvas, text, x, (top + to) / 2 + 4, { align });
}

function arrow(canvas, [fromX, fromY], [toX, toY], ink, isDashed = false) {
  const { pen, color } = canvas;
  stroke(canvas, [fromX, fromY], [toX, toY], { ink, width: 1.5, dash: isDashed ? [4, 3] : [] });
  const along = Math.atan2(toY - fromY, toX - fromX);
  pen.fillStyle = color(ink);
  pen.beginPath();
  pen.moveTo(toX, toY);
  for (const side of [-0.45, 0.45]) pen.lineTo(toX - 8 * Math.cos(along + side), toY - 8 * Math.sin(along + side));
  pen.fill();
}

// Returns a function that decides whether there is room for a label below the previous label.
function verticalSpacer(pixels) {
  let last = -Infinity;
  return y => {
    if (y - last < pixels) return false;
    last = y;
    return true;
  };
}
