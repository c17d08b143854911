// 10. Functions that the three drawings share.

const narrow = matchMedia('(max-width: 40rem)');

// Prepares a canvas for a new drawing. Returns its pen, its size, the colors of the page, and the newest time shown.
function prepareCanvas(id) {
  const canvas = $(id), pen = canvas.getContext('2d');
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * devicePixelRatio; // which also clears it
  canvas.height = height * devicePixelRatio;
  pen.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(document.documentElement), colors = {};
  const color = name => colors[name] = colors[name] || style.getPropertyValue('--' + name).trim();
  return { pen, width, height, color, now: chartTime() };
}

// Draws a label with an outline in the color of the background, so that it is readable on top of other marks.
function label({ pen, color }, text, x, y, { ink = 'soft', align = 'center', font = '12px' } = {}) {
  pen.font = `${font} system-ui, sans-serif`;
  pen.textAlign = align;
  pen.lineJoin = 'round';
  pen.lineWidth = 3;
  pen.strokeStyle = color('card');
  pen.strokeText(text, x, y);
  pen.lineWidth = 1;
  pen.fillStyle = color(ink);
  pen.fillText(text, x, y);
}

function stroke({ pen, color }, from, to, { ink, width = 1, dash = [], alpha = 1 }) {
  pen.strokeStyle = color(ink);
  pen.lineWidth = width;
  pen.globalAlpha = alpha;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = pen.lineWidth = 1;
}

function bar({ pen, color }, x, y, width, height, ink, isFilled = true) {
  pen.fillStyle = pen.strokeStyle = color(ink);
  pen.globalAlpha = 0.35;
  if (isFilled) pen.fillRect(x, y, width, height);
  else pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  pen.globalAlpha = 1;
}

// An open circle is a response without a line, a dot is one line, and a dot with a number stands for that many lines.
function dot({ pen, color }, x, y, count, ink) {
  pen.beginPath();
  pen.arc(x, y, count > 1 ? 8 : count ? 4.5 : 3.5, 0, 2 * Math.PI);
  pen.fillStyle = color(count ? ink : 'card');
  pen.fill();
  pen.strokeStyle = color(ink);
  pen.lineWidth = 1.5;
  pen.stroke();
  if (count < 2) return;
  pen.font = '700 11px system-ui, sans-serif';
  pen.textAlign = 'center';
  pen.fillStyle = color('card');
  pen.fillText(count, x, y + 4);
}

// While the comparison is paused, the drawings do not move, so that a user can study them.
let pausedAt = null;
const chartTime = () => pausedAt === null ? performance.now() : pausedAt;

const view = () => document.querySelector('input[name=view]:checked').value;

function showView() {
  const isTimeline = view() === 'timeline';
  $('chart').className = view();
  $('chart').setAttribute('aria-label', isTimeline
    ? 'The last seconds of each technique: requests are bars, and lines are dots. The table below has the numbers.'
    : 'The last seconds of each technique as arrows between client and server. The table below has the numbers.');
}

// A browser calls `frame` only while the page is visible. With reduced motion, the chart changes only once per second.
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
let drawnAt = -Infinity, tableFilledAt = -Infinity;
function frame(now) {
  if (now - drawnAt > (reducedMotion.matches ? 1000 : 30)) {
    drawnAt = now;
    if (view() === 'timeline') drawTimeline(); else drawArrows();
  }
  if (now - tableFilledAt > 250) {
    tableFilledAt = now;
    fillTable();
    drawCosts();
  }
  requestAnimationFrame(frame);
}
