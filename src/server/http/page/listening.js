// 6. Polling and long polling. With polling, the client waits. With long polling, the server waits.

async function poll(signal) {
  for (;;) {
    await fetchLines(polling, signal);
    await pause(seconds() * 1000, signal); // the client waits, and receives nothing in the meantime
  }
}

async function longPoll(signal) {
  for (;;) await fetchLines(long, signal, 30); // the server waits until it has a line for this page, 30 seconds at most
}

async function fetchLines(pane, signal, wait) {
  if (signal.aborted) throw new Error('stopped');
  const target = new URL(`lines?since=${pane.last}&room=${pane.room}` + (wait ? `&wait=${wait}` : ''), base);
  const span = pane.beginRequest(requestBytes(target));
  try {
    const response = await fetch(target, { signal });
    const body = await response.arrayBuffer();
    span.to = performance.now();
    pane.onResponse(span, responseHeadBytes(response) + body.byteLength);
    if (!response.ok) throw new Error(`status ${response.status}`);
    pane.isLost = false;
    const room = response.headers.get('Room');
    if (room !== pane.room) pane.begin(room, 0); // the server was restarted: its room is a new one, with new numbers
    const lines = new TextDecoder().decode(body).split('\n').filter(line => line);
    span.numbers = lines.map(line => pane.onLine(line, span.to)).filter(number => number !== null);
    if (!lines.length) pane.cost.empty++;
  } catch (error) {
    if (span.to === null && !signal.aborted) pane.onFailure(span);
    throw error;
  } finally {
    span.to = span.to || performance.now();
  }
}

// `pause` waits for `ms` milliseconds, or until the signal aborts or `endPause` is called.
let endPause = () => {};
function pause(ms, signal) {
  return new Promise(resolve => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
    endPause = wake;
  });
}

async function retryUntilAborted(pane, listen, signal) {
  while (!signal.aborted) {
    try {
      await listen(signal);
    } catch (error) {
      if (signal.aborted) return;
      // There is no usable response: the server is down, or it refuses the request. Ask again in a second.
      pane.showFailure(error.message);
      await pause(1000, signal);
    }
  }
}

// The comparison runs while `comparing` is set.
let comparing = null;

function compare() {
  const isWanted = !document.hidden && !isPressed($('pause'));
  if (comparing && !isWanted) {
    comparing.abort();
    comparing = null;
  } else if (!comparing && isWanted && chat.isLive) {
    comparing = new AbortController();
    panes.forEach(pane => pane.begin(chat.room, chat.last)); // all three begin after the same line
    retryUntilAborted(polling, poll, comparing.signal);
    retryUntilAborted(long, longPoll, comparing.signal);
  }
}
