// 8. The members of the room, and the name of this page's user.

function onNotice(text) {
  freeColor(text);
  const renamed = /^(\S+) is now (\S+)$/.exec(text);
  if (chat.isLive && renamed?.[1] === chat.name) setName(renamed[2]);
  // Many members may join or leave at about the same time. One /who is enough for all of them.
  onNotice.timer ??= setTimeout(() => {
    onNotice.timer = null;
    if (chat.isLive && canSend()) who(false);
  }, 300);
}

function who(wasTyped) {
  chat.pendingWho.push(wasTyped);
  send('/who');
}

function showWho(text) {
  const names = text.split(', ');
  const more = /^and (\d+) more$/.exec(names[names.length - 1]);
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
