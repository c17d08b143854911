// 3. Bytes on the wire.

const utf8 = text => new TextEncoder().encode(text).length;

// A frame's header is 2 bytes long, plus 2 or 8 for a longer payload, plus 4 for a client's mask (RFC 6455, section 5.2).
function frameBytes(text, isMasked) {
  const length = utf8(text);
  return 2 + (length < 126 ? 0 : length < 65536 ? 2 : 8) + (isMasked ? 4 : 0) + length;
}

function headBytes(firstLine, fields) {
  const lines = [firstLine, ...fields.map(([name, value]) => `${name}: ${value}`)];
  return utf8(lines.join('\r\n') + '\r\n\r\n');
}

const requestLine = url => `GET ${url.pathname}${url.search} HTTP/1.1`;

// A page cannot see the fields that its browser sends, so these are the usual ones. In a secure context (https or
// localhost), the browser sends more. The page's Referrer-Policy prevents a Referer.
function commonFields() {
  const fields = [
    ['Host', location.host],
    ['User-Agent', navigator.userAgent],
    ['Accept-Language', navigator.languages.map((language, i) => i ? `${language};q=${(1 - i / 10).toFixed(1)}` : language).join(',')],
    ['Accept-Encoding', isSecureContext ? 'gzip, deflate, br, zstd' : 'gzip, deflate'],
  ];
  if (document.cookie) fields.push(['Cookie', document.cookie]);
  return fields;
}

function requestBytes(url) {
  const fields = [...commonFields(), ['Connection', 'keep-alive'], ['Accept', '*/*']];
  if (isSecureContext) {
    fields.push(['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-Mode', 'cors'], ['Sec-Fetch-Dest', 'empty']);
    const agent = navigator.userAgentData; // Chromium and browsers built on it
    if (agent) {
      fields.push(['sec-ch-ua', agent.brands.map(({ brand, version }) => `"${brand}";v="${version}"`).join(', ')],
        ['sec-ch-ua-mobile', '?0'], ['sec-ch-ua-platform', `"${agent.platform}"`]);
    }
  }
  return headBytes(requestLine(url), fields);
}

// `PerformanceResourceTiming.transferSize` would be no better: it counts 300 bytes for every head (Fetch standard).
function responseHeadBytes(response) {
  return headBytes(`HTTP/1.1 ${response.status} ${response.statusText}`, [...response.headers]);
}

function handshakeBytes(url) {
  const up = headBytes(requestLine(url), [...commonFields(),
    ['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Origin', location.origin], ['Pragma', 'no-cache'], ['Cache-Control', 'no-cache'],
    ['Sec-WebSocket-Version', '13'], ['Sec-WebSocket-Key', 'x'.repeat(24)],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits']]);
  const down = headBytes('HTTP/1.1 101 Switching Protocols',
    [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Accept', 'x'.repeat(28)]]);
  return { up, down };
}
