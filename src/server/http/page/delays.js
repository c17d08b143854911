// 4. When each line arrived by each technique. Within its room, a line is identified by its number.

const heard = new Map(); // 'room number' → { number, from, at: { polling, long, websocket } }
const said = []; // lines that this page has sent, and that have not come back yet: { text, at, session }

function delayOf(pane, line, now) {
  const key = `${pane.room} ${line.number}`;
  let times = heard.get(key);
  if (!times) {
    times = { number: line.number, from: receipt(line) ?? now, at: {} };
    heard.set(key, times);
    if (heard.size > 500) heard.delete(heard.keys().next().value); // the oldest, because a Map keeps the order of insertion
  }
  times.at[pane.id] = now;
  return now - times.from;
}

// Returns when this page sent a line that has now come back. Returns undefined for a line of another user.
function receipt(line) {
  if (line.kind !== 'said' || line.name !== chat.name) return undefined;
  const index = said.findIndex(({ text }) => text === line.text);
  return index < 0 ? undefined : said.splice(index, 1)[0].at;
}
