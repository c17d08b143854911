// 13. Delay plotted against bytes per line, both on logarithmic scales, with a curve for polling at all intervals.

const BYTES = [10, 100_000], DELAYS = [0.1, 10_000]; // milliseconds
const earlierPoints = []; // the points of polling with other intervals: { bytes, delay, seconds }

// Returns the point of the curve for one interval. Each poll repeats its headers, even without a line. A line waits for
// half an interval on average. The rate of lines determines how many lines share a poll. The rate is measured since the
// counts began, with 4 lines and 6 seconds added. So the curve is defined even before the first line.
function predicted(interval) {
  const { requests, lines, text } = polling.cost;
  const rate = (lines + 4) / (requests * counted + 6);
  return { bytes: headers() / (rate * interval) + (lines ? text / lines : 20), delay: interval * 500 };
}

// Stores the measured point of polling. This is called before a new interval resets the counts.
function storePoint(interval) {
  if (polling.cost.lines < 3) return;
  earlierPoints.push({ bytes: polling.bytesPerLine, delay: polling.delay, seconds: interval });
  if (earlierPoints.length > 8) earlierPoints.shift();
}

function drawCosts() {
  const canvas = prepareCanvas('costs'), { width, height } = canvas;
  const box = { left: 54, right: width - 14, top: 26, bottom: height - 40 };
  const fraction = (value, [min, max]) => Math.min(Math.max(Math.log(value / min) / Math.log(max / min), 0), 1);
  const place = ({ bytes, delay }) => [
    box.left + fraction(bytes, BYTES) * (box.right - box.left), box.bottom - fraction(delay, DELAYS) * (box.bottom - box.top)];
  drawAxes(canvas, box, place);
  drawCurve(canvas, place, box);
  earlierPoints.forEach(one => drawEarlier(canvas, place(one), one.seconds));
  const expected = place(predicted(seconds()));
  ring(canvas, expected);
  panes.forEach(pane => {
    if (pane.cost.lines) drawMeasured(canvas, pane, place({ bytes: pane.bytesPerLine, delay: pane.delay }), box);
  });
  if (!polling.cost.lines) label(canvas, 'Polling will be here', expected[0], expected[1] - 16, { ink: 'polling', font: '600 13px' });
}

function drawAxes(canvas, box, place) {
  for (let bytes = BYTES[0]; bytes <= BYTES[1]; bytes *= 10) {
    const [x] = place({ bytes, delay: DELAYS[0] });
    stroke(canvas, [x, box.top], [x, box.bottom], { ink: 'edge' });
    label(canvas, bytes < 1000 ? `${bytes} B` : `${bytes / 1000} kB`, x, box.bottom + 16, { align: bytes === BYTES[1] ? 'right' : 'center' });
  }
  for (let delay = DELAYS[0]; delay <= DELAYS[1]; delay *= 10) {
    const [, y] = place({ bytes: BYTES[0], delay });
    stroke(canvas, [box.left, y], [box.right, y], { ink: 'edge' });
    label(canvas, delay < 1000 ? `${delay} ms` : `${delay / 1000} s`, box.left - 6, y + 4, { align: 'right' });
  }
  label(canvas, 'average delay · ↓ faster', 0, 12, { align: 'left', font: '600 12px' });
  label(canvas, '← cheaper · bytes per line', box.right, canvas.height - 6, { align: 'right', font: '600 12px' });
}

function drawCurve(canvas, place, box) {
  const { pen, color } = canvas;
  pen.beginPath();
  for (let step = -10; step <= 10; step++) pen.lineTo(...place(predicted(10 ** (step / 10))));
  pen.strokeStyle = color('polling');
  pen.globalAlpha = 0.6;
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.globalAlpha = 1;
  for (const interval of [0.1, 1, 10]) {
    const [x, y] = place(predicted(interval));
    pen.fillStyle = color('polling');
    pen.fillRect(x - 2, y - 2, 4, 4);
    const hasRoom = Math.abs(Math.log10(interval / seconds())) > 0.2;
    if (hasRoom) label(canvas, `every ${interval} s`, Math.min(x + 8, box.right - 70), y - 4, { align: 'left' });
  }
}

function drawEarlier(canvas, [x, y], interval) {
  canvas.pen.globalAlpha = 0.4;
  dot(canvas, x, y, 1, 'polling');
  canvas.pen.globalAlpha = 1;
  label(canvas, `${interval.toPrecision(2)} s`, x, y + 18, { font: '11px' });
}

function ring({ pen, color }, [x, y]) {
  pen.beginPath();
  pen.arc(x, y, 10, 0, 2 * Math.PI);
  pen.strokeStyle = color('polling');
  pen.lineWidth = 2;
  pen.stroke();
}

function drawMeasured(canvas, pane, [x, y], box) {
  const { pen, color } = canvas;
  pen.beginPath();
  pen.arc(x, y, 6, 0, 2 * Math.PI);
  pen.fillStyle = color(pane.id);
  pen.fill();
  const left = Math.min(Math.max(x, box.left + 44), box.right - 44);
  label(canvas, $(pane.id + '-title').textContent, left, y + (pane === websocket ? 22 : -16), { ink: pane.id, font: '600 13px' });
}
