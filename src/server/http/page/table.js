// 9. What each technique has cost, as a table and in words.

const rows = [
  ['Requests', ({ cost }) => cost.requests],
  ['… without a line', ({ cost }) => cost.empty],
  ['Sent', ({ cost }) => cost.up, amount],
  ['Received', ({ cost }) => cost.down, amount],
  ['Lines', ({ cost }) => cost.lines],
  ['Bytes per line', pane => pane.cost.lines ? pane.bytesPerLine : null, amount],
  ['Delay, last line', ({ cost }) => cost.last, milliseconds],
  ['Delay, average', pane => pane.cost.lines ? pane.delay : null, milliseconds],
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
      const now = value(pane);
      data.value = now === null ? '' : now;
      data.textContent = now === null ? '–' : format(now);
    };
  });
}).flat();

// Returns the result in words: how the bytes and the delay of each HTTP technique compare with those of WebSocket.
function summary() {
  if (panes.some(({ cost }) => !cost.lines)) return ['Press “Keep talking” to see when each line arrives by each technique, and what it costs.'];
  const name = pane => element('b', pane.id, $(pane.id + '-title').textContent);
  const times = pane => (pane.bytesPerLine / websocket.bytesPerLine).toFixed(1);
  const later = pane => milliseconds(Math.max(pane.delay - websocket.delay, 0));
  return [name(polling), ` costs ${times(polling)} times the bytes of `, name(websocket), `, and its lines arrive ${later(polling)} later. `,
    name(long), ` costs ${times(long)} times the bytes, and its lines arrive ${later(long)} later.`];
}

// Returns how many bytes each poll repeats: its request, and its response without the lines.
function headers() {
  const { requests, up, down, text } = polling.cost;
  const url = new URL('lines?since=0&room=00000000', base), answer = 190;
  return requests && down ? (up + down - text) / requests : requestBytes(url) + answer;
}

function fillTable() {
  cells.forEach(fill => fill());
  $('words').replaceChildren(...summary());
  $('headers').textContent = Math.round(headers());
}
