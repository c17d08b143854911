// 7. The table and the chart.

const rows = [
  ['Requests', cost => cost.requests],
  ['… without a line', cost => cost.empty],
  ['Sent', cost => cost.up, amount],
  ['Received', cost => cost.down, amount],
  ['Lines', cost => cost.lines],
  ['Bytes per line', cost => cost.lines ? (cost.up + cost.down) / cost.lines : null, amount],
  ['Delay, last line', cost => cost.last, milliseconds],
  ['Delay, average', cost => cost.lines ? cost.delays / cost.lines : null, milliseconds],
];

const cells = rows.map(([title, value, format = String]) => {
  const row = $('table').insertRow();
  row.className = /per line|average/.test(title) ? 'result' : '';
  const head = element('th', '', title);
  head.scope = 'row';
  row.append(head);
  return panes.map(pane => {
    const data = document.createElement('data');
    row.insertCell().append(data);
    return () => {
      const now = value(pane.cost);
      data.value = now ?? '';
      data.textContent = now === null ? '–' : format(now);
    };
  });
}).flat();

const SHOWN = 20_000; // milliseconds
const LABEL = 100; // pixels

// What the table comes to, as a sentence. The same line costs and takes something else by each way.
function inWords() {
  const [byPolling, byLong, bySocket] = panes.map(({ cost }) => ({ bytes: (cost.up + cost.down) / cost.lines, delay: cost.delays / cost.lines }));
  if (panes.some(({ cost }) => !cost.lines)) return 'Say something, or have the page keep talking, and watch when it arrives by which way.';
  const times = ({ bytes }) => (bytes / bySocket.bytes).toFixed(1);
  const later = ({ delay }) => milliseconds(Math.max(delay - bySocket.delay, 0));
  return `Compared with WebSocket, a line by polling has cost ${times(byPolling)} times the bytes and came ${later(byPolling)} later;`
    + ` by long polling ${times(byLong)} times the bytes, and ${later(byLong)} later.`;
}

function draw() {
  const canvas = $('chart'), pen = canvas.getContext('2d'), now = performance.now();
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * devicePixelRatio; // which also clears it
  canvas.height = height * devicePixelRatio;
  pen.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(document.documentElement), color = name => style.getPropertyValue('--' + name);
  const x = time => width - 8 - (now - time) / SHOWN * (width - LABEL - 8);
  const y = index => (height - 20) * (index + 0.5) / 3;
  drawTime(pen, x, now, height, color);
  pen.save();
  pen.beginPath();
  pen.rect(LABEL - 4, 0, width, height);
  pen.clip();
  panes.forEach((pane, index) => drawSpans(pen, pane, x, y(index), now, color));
  drawLines(pen, x, y, now, color);
  pen.restore();
  pen.font = '600 13px system-ui, sans-serif';
  pen.textAlign = 'left';
  panes.forEach((pane, index) => {
    pen.fillStyle = color(pane.id);
    pen.fillText($(pane.id + '-title').textContent, 0, y(index) - 2);
    pen.fillText(amount(pane.cost.up + pane.cost.down), 0, y(index) + 14);
  });
}

function drawTime(pen, x, now, height, color) {
  pen.font = '11px system-ui, sans-serif';
  pen.textAlign = 'center';
  for (let ago = 0; ago <= SHOWN; ago += 5000) {
    pen.fillStyle = color('edge');
    pen.fillRect(x(now - ago), 0, 1, height - 18);
    pen.fillStyle = color('soft');
    pen.fillText(ago ? `${ago / 1000} s ago` : 'now', x(now - ago) - (ago ? 0 : 6), height - 4);
  }
}

function drawSpans(pen, pane, x, y, now, color) {
  pane.spans = pane.spans.filter(span => span.to === null || now - span.to < SHOWN);
  pen.strokeStyle = pen.fillStyle = color(pane.id);
  for (const { from, to, hasLines } of pane.spans) {
    const left = x(from), length = Math.max(x(to ?? now) - left - 2, 3); // so that one can be told from the next
    pen.globalAlpha = 0.35;
    if (hasLines) pen.fillRect(left, y - 7, length, 14);
    else pen.strokeRect(left, y - 7, length, 14);
    pen.globalAlpha = 1;
    pen.fillRect(left - 1, y - 12, 2, 24);
  }
  pen.globalAlpha = 1;
}

function drawLines(pen, x, y, now, color) {
  for (const { at } of heard.values()) {
    const points = panes.flatMap((pane, index) => now - at[pane.id] < SHOWN ? [[x(at[pane.id]), y(index), pane.id]] : []);
    pen.strokeStyle = color('ink');
    pen.globalAlpha = 0.45;
    pen.beginPath();
    points.forEach(point => pen.lineTo(point[0], point[1]));
    pen.stroke();
    pen.globalAlpha = 1;
    for (const [left, top, id] of points) {
      pen.fillStyle = color(id);
      pen.beginPath();
      pen.arc(left, top, 4.5, 0, 2 * Math.PI);
      pen.fill();
    }
  }
}

// Browsers call this only while the page is visible. Whoever wants less motion gets a still picture each second.
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
let drawn = -Infinity, filled = -Infinity;
function frame(now) {
  if (now - drawn > (stillness.matches ? 1000 : 30)) {
    drawn = now;
    draw();
  }
  if (now - filled > 250) {
    filled = now;
    cells.forEach(fill => fill());
    $('words').textContent = inWords();
  }
  requestAnimationFrame(frame);
}
