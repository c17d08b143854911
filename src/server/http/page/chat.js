// 7. The chat, over one WebSocket.

// The folder of this page. All URLs are relative to it, because behind a proxy the page may be at another path.
const base = new URL('.', location.href);

// Returns what this tab stored before it was reloaded. If the browser blocks storage, any access throws, and nothing is stored.
function stored(what) {
  try { return sessionStorage.getItem(what); } catch { return null; }
}

function store(what, value) {
  try { sessionStorage.setItem(what, value); } catch { /* the value is still in `chat` */ }
}

const chat = {
  socket: null,
  session: 0, // counts connections
  name: stored('name') ?? '',
  // A secret. With it, a new connection replaces a lost one that the server still considers open.
  key: stored('key') ?? newKey(),
  room: '',
  last: 0, // the newest line that this page has
  isLive: false, // whether all earlier lines have arrived on this connection
  attempts: 0,
  timer: 0,
  pendingWho: [], // one item for each /who without an answer: whether the user typed it
};

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  store('key', key);
  return key;
}

function connect() {
  clearTimeout(chat.timer);
  $('again').hidden = true;
  setState('connecting …');
  const query = new URLSearchParams({ since: chat.last, key: chat.key });
  if (chat.name) query.set('name', chat.name);
  if (chat.room) query.set('room', chat.room);
  const url = new URL(`?${query}`, base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url.href);
  chat.handshake = handshakeBytes(url);
  const span = websocket.beginRequest(chat.handshake.up);
  chat.socket = socket;
  chat.session++;
  chat.pendingWho = [];
  socket.onopen = () => {
    websocket.onResponse(span, chat.handshake.down);
    // The server answers in order, so all earlier lines arrive before the answer to this `/who`.
    who(false);
  };
  socket.onmessage = event => onChatFrame(event.data);
  socket.onclose = event => {
    if (span.down) span.to = performance.now();
    else websocket.onFailure(span);
    setLive(false);
    if (event.code === 4001) onReplaced();
    else reconnect(event.reason);
  };
}

function onChatFrame(text) {
  const line = parse(text);
  if (comparing) websocket.cost.down += frameBytes(text, false);
  if (line.kind === 'private') return onPrivateLine(line, text);
  showMissed($('log'), chat.last, line);
  chat.last = line.number;
  // The comparison does not count lines that arrive while it is paused.
  if (comparing) websocket.onLine(text); else receipt(line);
  if (line.kind === 'notice') onNotice(line.text);
  show($('log'), line);
}

function onPrivateLine(line, text) {
  const welcome = /^you are (\S+) in room (\S+)$/.exec(line.text);
  const here = /^here: (.*)$/.exec(line.text);
  if (welcome) {
    onWelcome(welcome[1], welcome[2]);
  } else if (here) {
    const wasTyped = chat.pendingWho.shift();
    showWho(here[1]);
    if (!chat.isLive) goLive();
    if (!wasTyped) return;
  } else if (line.text === 'this is another room') {
    chat.last = 0;
  }
  const count = gapSize(line);
  chat.last += count;
  if (count && comparing) websocket.onLine(text);
  show($('log'), line);
}

function onWelcome(name, room) {
  if (chat.room && chat.room !== room) {
    show($('log'), { kind: 'missed', number: null, text: 'the server was restarted: this is a new room, and its numbers start at 1' });
    chat.last = 0;
    websocket.begin(room, 0);
  }
  chat.room = room;
  chat.attempts = 0;
  setName(name);
}

// A screen reader reads out only lines that arrive while the chat is live, so it skips earlier lines.
function setLive(isLive) {
  chat.isLive = isLive;
  for (const button of document.querySelectorAll('.live')) button.disabled = !isLive;
  $('text').placeholder = isLive ? 'a line for everyone' : 'not connected';
  $('log').setAttribute('aria-live', isLive ? 'polite' : 'off');
}

function goLive() {
  setLive(true);
  // A line that was sent on an earlier connection has come back by now, or it will never come back.
  for (const { text } of unacknowledged.splice(0, unacknowledged.filter(({ session }) => session < chat.session).length)) {
    show($('log'), { kind: 'missed', number: null, text: 'not sent: ' + text });
  }
  compare();
}

// Each failure doubles the wait, up to 15 s. The random part keeps many pages from reconnecting at the same moment.
function reconnect(reason) {
  const longest = Math.min(500 * 2 ** chat.attempts++, 15_000);
  const wait = longest * (0.5 + Math.random() / 2);
  setState(`not connected${reason ? ` (${reason})` : ''}; next try in ${Math.ceil(wait / 1000)} s`);
  $('again').hidden = false;
  chat.timer = setTimeout(connect, wait);
}

// A duplicate of this tab has the same name and key. If both tabs reconnected, they would replace each other forever.
function onReplaced() {
  chat.key = newKey();
  setState('not connected: another tab uses your name');
  $('again').hidden = false;
}

const frames = []; // when this page sent each frame, for the arrows

// Returns whether the socket still accepts a line. A closing socket does not, but `onclose` is called only later.
function canSend() {
  return chat.socket.readyState === WebSocket.OPEN;
}

function send(text) {
  chat.socket.send(text);
  if (!comparing) return;
  websocket.cost.up += frameBytes(text, true);
  frames.push(performance.now());
  if (frames.length > 100) frames.shift();
}

// Sends a line, and records the time. Returns whether the line could be sent.
function say(typed) {
  if (!chat.isLive || !canSend()) return false;
  const text = typed.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd'); // as the server does
  if (/^\/who\s*$/.test(text)) {
    who(true);
    return true;
  }
  if (!text.startsWith('/') || text.startsWith('//')) {
    unacknowledged.push({ text: text.replace(/^\/\//, '/'), at: performance.now(), session: chat.session });
  }
  send(text);
  return true;
}
