// 6. The chat, over one WebSocket.

// What a reload of this tab shall know. A browser that keeps nothing for pages throws, and then nothing is known.
function stored(what) {
  try { return sessionStorage.getItem(what); } catch { return null; }
}

function store(what, value) {
  try { sessionStorage.setItem(what, value); } catch { /* it is still in `chat` */ }
}

const chat = {
  socket: null,
  session: 0, // counts connections
  name: stored('name') ?? '',
  // A secret that lets a new connection take the place of a lost one, which the server may still believe to be alive.
  key: stored('key') ?? newKey(),
  room: '',
  last: 0, // the newest line that we have
  isLive: false, // whether all that was said before has come, on this connection
  attempts: 0,
  timer: 0,
  questions: [], // for each /who under way: whether a person typed it
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
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/?${query}`);
  chat.handshake = handshakeBytes(`/?${query}`);
  const span = websocket.asks(chat.handshake.up);
  chat.socket = socket;
  chat.session++;
  chat.questions = [];
  socket.onopen = () => {
    websocket.answered(span, chat.handshake.down, true);
    // Answers come in order, so this one comes after all that was said before, and tells that we have it.
    who(false);
  };
  socket.onmessage = event => heardByChat(event.data);
  socket.onclose = event => {
    span.to = performance.now();
    setLive(false);
    if (event.code === 4001) replaced();
    else reconnect(event.reason);
  };
}

function heardByChat(text) {
  const line = parse(text);
  if (comparing) websocket.cost.down += frameBytes(text, false);
  if (line.kind === 'private') return heardAlone(line, text);
  missed($('log'), chat.last, line);
  chat.last = line.number;
  // What was said while the comparison did not run is none of its business.
  if (comparing) websocket.take(text); else receipt(line);
  if (line.kind === 'notice') noticed(line.text);
  show($('log'), line);
}

function heardAlone(line, text) {
  const welcome = /^you are (\S+) in room (\S+)$/.exec(line.text);
  const here = /^here: (.*)$/.exec(line.text);
  if (welcome) {
    welcomed(welcome[1], welcome[2]);
  } else if (here) {
    const wasTyped = chat.questions.shift();
    showWho(here[1]);
    if (!chat.isLive) goLive();
    if (!wasTyped) return;
  } else if (line.text === 'this is another room') {
    chat.last = 0;
  }
  const count = gone(line);
  chat.last += count;
  if (count && comparing) websocket.take(text);
  show($('log'), line);
}

function welcomed(name, room) {
  if (chat.room && chat.room !== room) {
    show($('log'), { kind: 'missed', number: null, text: 'the server was restarted: this is a new room, and it counts from 1' });
    chat.last = 0;
    websocket.begin(room, 0);
  }
  chat.room = room;
  chat.attempts = 0;
  setName(name);
}

// Only what is new is read out to whoever listens to the page. While nobody would hear it, nothing can be said.
function setLive(isLive) {
  chat.isLive = isLive;
  for (const button of document.querySelectorAll('.live')) button.disabled = !isLive;
  $('text').placeholder = isLive ? 'a line for everybody' : 'not connected';
  $('log').ariaLive = isLive ? 'polite' : 'off';
}

function goLive() {
  setLive(true);
  // What an earlier connection was to say has either come by now, or never will.
  for (const { text } of said.splice(0, said.findLastIndex(({ session }) => session < chat.session) + 1)) {
    show($('log'), { kind: 'missed', number: null, text: 'not said: ' + text });
  }
  compare();
}

function noticed(text) {
  const renamed = /^(\S+) is now (\S+)$/.exec(text);
  if (chat.isLive && renamed?.[1] === chat.name) setName(renamed[2]);
  // Many may come and go at once; one question is enough.
  noticed.timer ??= setTimeout(() => {
    noticed.timer = null;
    if (chat.isLive) who(false);
  }, 300);
}

function who(wasTyped) {
  chat.questions.push(wasTyped);
  send('/who');
}

function showWho(text) {
  const names = text.split(', ');
  const more = /^and (\d+) more$/.exec(names.at(-1));
  if (more) names.pop();
  $('count').textContent = names.length + Number(more?.[1] ?? 0);
  $('here').replaceChildren(...names.map(name => element('li', name === chat.name ? 'me' : '', name)));
  if (more) $('here').append(element('li', '', `and ${more[1]} more`));
}

function setName(name) {
  chat.name = name;
  store('name', name);
  $('name').value = name;
  setState(`connected as ${name}, room ${chat.room}`, true);
}

function setState(text, isOpen = false) {
  $('state').textContent = text;
  $('state').classList.toggle('open', isOpen);
}

// Each failure doubles the wait, up to 15 s, and chance spreads it: a whole class should not come back in the same moment.
function reconnect(reason) {
  const longest = Math.min(500 * 2 ** chat.attempts++, 15_000);
  const wait = longest * (0.5 + Math.random() / 2);
  setState(`not connected${reason ? ` (${reason})` : ''}; next try in ${Math.ceil(wait / 1000)} s`);
  $('again').hidden = false;
  chat.timer = setTimeout(connect, wait);
}

// A copy of this tab has the same name and key. If both came back each time, they would throw each other out for ever.
function replaced() {
  chat.key = newKey();
  setState('not connected: another tab has taken this place');
  $('again').hidden = false;
}

function send(text) {
  chat.socket.send(text);
  if (comparing) websocket.cost.up += frameBytes(text, true);
}

// Says a line, and remembers when. Tells whether it could be sent.
function say(typed) {
  if (!chat.isLive) return false;
  const text = typed.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '\ufffd'); // as the server does it
  if (/^\/who\s*$/.test(text)) {
    who(true);
    return true;
  }
  if (!text.startsWith('/') || text.startsWith('//')) {
    said.push({ text: text.replace(/^\/\//, '/'), at: performance.now(), session: chat.session });
  }
  send(text);
  return true;
}
