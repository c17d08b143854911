// 2. The colors of names, chosen by the rule in `src/base/palette.rs`. The server inserts the colors as `palette` when it
//    sends the page.

const owners = palette.map(() => null);

// 32-bit FNV-1a.
function hash(name) {
  return new TextEncoder().encode(name).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
}

// The hash of a name selects a color. If another name has that color, this name gets the next free one, if there is one.
function nameColor(name) {
  const proposed = hash(name) % palette.length;
  let place = owners.indexOf(name);
  for (let step = 0; place < 0 && step < palette.length; step++) {
    const next = (proposed + step) % palette.length;
    if (owners[next] === null) place = next;
  }
  if (place >= 0) owners[place] = name;
  return palette[place < 0 ? proposed : place];
}

// Frees the color of a name when its member leaves or is renamed.
function freeColor(notice) {
  const found = /^(\S+) (?:is now \S+|left)$/.exec(notice);
  const place = found ? owners.indexOf(found[1]) : -1;
  if (place >= 0) owners[place] = null;
}
