// 4. When each line arrived by each technique. Within its room, a line is identified by its number.

const arrivals = new Map(); // 'room number' → { number, from, at: { polling, long, websocket } }
const unacknowledged = []; // lines that this page has sent, and that have not come back yet: { text, at, session }

function delayOf(pane, line, now) {
  const key = `${pane.room} ${line.number}`;
  let times = arrivals.get(key);
  if (!times) {
    times = { number: line.number, from: receipt(line) ?? now, at: {} };
    arrivals.set(key, times);
    if (arrivals.size > 500) arrivals.delete(arrivals.keys().next().value); // the oldest, because a Map keeps the order of insertion
  }
  times.at[pane.id] = now;
  return now - times.from;
}

// Removes this page's own line from `unacknowledged`, and returns when the page sent it. Returns undefined for any other line.
function receipt(line) {
  if (line.kind !== 'said' || line.name !== chat.name) return undefined;
  const index = unacknowledged.findIndex(({ text }) => text === line.text);
  return index < 0 ? undefined : unacknowledged.splice(index, 1)[0].at;
}
