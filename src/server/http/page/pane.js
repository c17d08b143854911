// 5. One technique: its lines and what they have cost.

class Pane {
  constructor(id) {
    this.id = id;
    this.box = $(id + '-lines');
    this.room = '';
    this.last = 0;
    this.isLost = false; // whether the last request got no usable response
    this.spans = []; // the recent requests, which the drawings show: { from, to, up, down, numbers }
    this.reset();
  }

  // Resets the counts, but still counts requests that are open, and the handshake of the open WebSocket.
  reset() {
    this.countingSince = performance.now();
    this.cost = { requests: 0, empty: 0, up: 0, down: 0, lines: 0, text: 0, last: null, delays: 0 };
    for (const { up, down } of this.spans.filter(span => span.to === null)) {
      this.cost.requests++;
      this.cost.up += up;
      this.cost.down += down;
    }
  }

  // Sets the room, and the line after which this technique continues.
  begin(room, last) {
    this.room = room;
    this.last = last;
  }

  // Reports only the first of several failures in a row: the page asks again every second.
  showFailure(reason) {
    if (!this.isLost) show(this.box, { kind: 'missed', number: null, text: `no usable response (${reason}); asking again every second` });
    this.isLost = true;
  }

  beginRequest(bytes) {
    this.cost.requests++;
    this.cost.up += bytes;
    const span = { from: performance.now(), to: null, up: bytes, down: 0, numbers: [] };
    this.spans.push(span);
    return span;
  }

  onResponse(span, bytes) {
    this.cost.down += bytes;
    span.down = bytes;
  }

  // A browser does not reveal whether it has sent a request, so a request that fails without a response does not count.
  onFailure(span) {
    this.cost.requests--;
    this.cost.up -= span.up;
    this.spans.splice(this.spans.indexOf(span), 1);
  }

  // Handles a line that arrived at the time `now`. Returns the line's number, or null if it has none.
  onLine(text, now = performance.now()) {
    const line = parse(text);
    if (line.number === null) {
      this.last += gapSize(line);
      show(this.box, line);
      return null;
    }
    showMissed(this.box, this.last, line);
    this.last = line.number;
    const delay = delayOf(this, line, now);
    show(this.box, line, delay);
    if (now - delay >= this.countingSince) this.count(delay, utf8(text));
    return line.number;
  }

  // Counts a line. `onLine` does not count lines sent before the counts began: they may belong to another poll interval.
  count(delay, bytes) {
    this.cost.lines++;
    this.cost.text += bytes;
    this.cost.last = delay;
    this.cost.delays += delay;
  }

  get bytesPerLine() {
    return (this.cost.up + this.cost.down) / this.cost.lines;
  }

  get delay() {
    return this.cost.delays / this.cost.lines;
  }
}

const polling = new Pane('polling'), long = new Pane('long'), websocket = new Pane('websocket');
const panes = [polling, long, websocket];
