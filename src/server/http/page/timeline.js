// 11. The timeline: one row for each technique. Time runs from left to right.

const GUTTER = 100; // pixels, for the names
const shownTime = () => narrow.matches ? 8_000 : 20_000; // milliseconds

function drawTimeline() {
  const canvas = prepareCanvas('chart'), { pen, width, height, now } = canvas, shown = shownTime();
  forgetSpans(now);
  const x = time => width - 8 - (now - time) / shown * (width - GUTTER - 8);
  const y = index => (height - 24) * (index + 0.5) / 3;
  for (let ago = 0; ago <= shown; ago += narrow.matches ? 2000 : 5000) {
    stroke(canvas, [x(now - ago), 0], [x(now - ago), height - 20], { ink: 'edge' });
    label(canvas, ago ? `${ago / 1000} s ago` : 'now', x(now - ago) + (ago ? 0 : 8), height - 5, { align: ago ? 'center' : 'right' });
  }
  pen.save();
  pen.beginPath();
  pen.rect(GUTTER - 4, 0, width, height - 20);
  pen.clip();
  panes.forEach((pane, index) => drawSpans(canvas, pane, x, y(index)));
  drawConnectors(canvas, x, y);
  panes.slice(0, 2).forEach((pane, index) => drawResponses(canvas, pane, x, y(index)));
  pen.restore();
  panes.forEach((pane, index) => {
    label(canvas, $(pane.id + '-title').textContent, 0, y(index) - 2, { ink: pane.id, align: 'left', font: narrow.matches ? '600 13px' : '600 14px' });
    label(canvas, amount(pane.cost.up + pane.cost.down), 0, y(index) + 15, { ink: pane.id, align: 'left', font: '600 13px' });
    label(canvas, state(pane), width - 8, y(index) + 25, { align: 'right' });
  });
}

// Returns what this technique is doing now.
function state(pane) {
  if (!comparing) return '';
  const isOpen = pane.spans.some(({ to }) => to === null);
  if (pane === polling) return isOpen ? 'client asks' : 'client waits';
  if (pane === long) return isOpen ? 'server waits for a line' : '';
  return isOpen ? 'connection stays open' : '';
}

// A vertical mark is a request. The bar after it ends at the response, or when the WebSocket closes.
function drawSpans(canvas, pane, x, y) {
  for (const { from, to, numbers } of pane.spans) {
    if (to !== null && x(to) < 0) continue;
    const left = x(from), length = Math.max(x(to === null ? canvas.now : to) - left - 2, 3); // the gap keeps two bars from looking like one
    bar(canvas, left, y - 7, length, 14, pane.id, numbers.length > 0 || pane === websocket);
    stroke(canvas, [left, y - 12], [left, y + 12], { ink: pane.id, width: 2 });
  }
}

// A thin stroke connects the dots of a chat line in the three rows. If it is vertical, the line arrived at the same time in all rows.
function drawConnectors(canvas, x, y) {
  const fits = horizontalSpacer(x, 56), delayFits = [horizontalSpacer(x, 56), horizontalSpacer(x, 56)];
  for (const { number, at } of arrivals.values()) {
    const points = panes.map(({ id }, index) => [x(at[id]), y(index)]).filter(([left]) => left > 0);
    for (let i = 1; i < points.length; i++) stroke(canvas, points[i - 1], points[i], { ink: 'ink', alpha: 0.45 });
    if (!(x(at.websocket) > 0)) continue;
    dot(canvas, x(at.websocket), y(2), 1, 'websocket');
    if (fits(at.websocket) && isWhole(x(at.websocket)) && x(at.websocket) < canvas.width - 190) label(canvas, `line ${number}`, x(at.websocket), y(2) + 25);
    panes.slice(0, 2).forEach(({ id }, index) => {
      const left = x(at[id]);
      if (!at[id] || !delayFits[index](at[id]) || !isWhole(left)) return;
      const delay = milliseconds(Math.max(at[id] - at.websocket, 0));
      label(canvas, '+' + delay, Math.min(left, canvas.width - 32), y(index) - 17, { ink: id });
    });
  }
}

function drawResponses(canvas, pane, x, y) {
  const fits = horizontalSpacer(x, 70);
  for (const { to, numbers } of pane.spans) {
    if (to === null) continue;
    dot(canvas, x(to), y, numbers.length, pane.id);
    if (!numbers.length && fits(to) && isWhole(x(to)) && x(to) < canvas.width - 110) label(canvas, 'no line', x(to), y + 25);
  }
}

// Returns whether a label at this point fits without being cut off on the left. If it were cut off, it could be misread.
const isWhole = x => x > GUTTER + 30;

// Returns a function that decides whether there is room for a label beside the previous label. Call it for the oldest mark first, and
// also for marks hidden behind the names. Otherwise, labels would come and go while the drawing moves.
function horizontalSpacer(x, pixels) {
  let last = -Infinity;
  return time => {
    if (x(time) - x(last) < pixels) return false;
    last = time;
    return true;
  };
}

function forgetSpans(now) {
  for (const pane of panes) pane.spans = pane.spans.filter(({ to }) => to === null || now - to < 60_000);
}
