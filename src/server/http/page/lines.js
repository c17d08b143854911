// 1. A line, on every transport:
//
//      42 anna: hello                        what someone said
//      43 * ben joined                       a notice to all
//      * you are anna in room 5f3a09c1       to this client alone, without a number

function parse(line) {
  const said = /^(\d+) ([^ ]+): (.*)$/s.exec(line);
  if (said) return { kind: 'said', number: Number(said[1]), name: said[2], text: said[3] };
  const notice = /^(\d+) \* (.*)$/s.exec(line);
  if (notice) return { kind: 'notice', number: Number(notice[1]), text: notice[2] };
  return { kind: 'private', number: null, text: line.replace(/^\* /, '') };
}

const $ = id => document.getElementById(id);

// Text from the room is always inserted as text (`textContent`, `append`), so HTML in it has no effect.
function element(tag, className, text) {
  const it = document.createElement(tag);
  it.className = className;
  it.textContent = text;
  return it;
}

function show(box, line, delay) {
  const row = element('div', 'line ' + line.kind, '');
  if (line.kind === 'said' && line.name === chat.name) row.classList.add('mine');
  const text = element('span', 'text', '');
  if (line.name) {
    const name = element('span', 'name', line.name);
    name.style.color = nameColor(line.name);
    text.append(name, ': ');
  }
  text.append(line.text);
  row.append(element('span', 'number', line.number ?? '*'), text);
  if (delay !== undefined) row.append(element('span', 'delay', milliseconds(delay)));
  box.append(row);
  if (box.childElementCount > 500) box.firstElementChild.remove();
}

// The room's numbers are consecutive, so a gap shows how many lines were missed. `last` is the number before the gap.
function showMissed(box, last, line) {
  const count = line.number - last - 1;
  if (count > 0) show(box, { kind: 'missed', number: null, text: `${count} ${count === 1 ? 'line' : 'lines'} missed` });
}

// Returns how many lines a gap notice reports: `* 1 line is gone`, `* 12 lines are gone` (`src/base/gap.rs`).
function gapSize(line) {
  const found = line.kind === 'private' && /^(\d+) (?:line is|lines are) gone$/.exec(line.text);
  return found ? Number(found[1]) : 0;
}

const milliseconds = ms => ms < 1000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1000).toFixed(2)}\u00a0s`;
const amount = bytes => bytes < 10_000 ? `${Math.round(bytes)}\u00a0B` : `${(bytes / 1000).toFixed(1)}\u00a0kB`;
