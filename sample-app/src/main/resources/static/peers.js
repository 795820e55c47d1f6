// How a peer looks: its id decides, so that it looks the same in every list and at every start.
const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes = {}) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// FNV-1a; then every bit of the input is made to matter for every bit of the output.
function hash(text, seed) {
  let value = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

const HUES = 12;
const MAX_REMEMBERED = 200;
const KEY = 'hues';
const hues = remembered();

function remembered() {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY)));
  } catch {
    return new Map();
  }
}

// The id decides here too; but where another peer has that colour, the next free one is taken, and stays.
export function hue(peer) {
  if (!hues.has(peer)) {
    const taken = new Set(hues.values());
    const wanted = hash(peer, 0) % HUES;
    const free = Array.from({ length: HUES }, (_, step) => (wanted + 5 * step) % HUES).find((slot) => !taken.has(slot));
    hues.set(peer, free ?? wanted);
    if (hues.size > MAX_REMEMBERED) hues.delete(hues.keys().next().value);
    try {
      localStorage.setItem(KEY, JSON.stringify([...hues]));
    } catch {
      // A browser that keeps nothing: the colour stays until the page is left.
    }
  }
  return hues.get(peer) * 360 / HUES;
}

// Colours alone are not told apart by everybody: a line has its dashes as well.
export function dashes(peer) {
  return [[], [7, 4], [2, 3]][hash(peer, 1) % 3];
}

export function short(peer) {
  return peer.length > 16 ? peer.slice(0, 8) + '…' + peer.slice(-6) : peer;
}

export function coloured(node, peer) {
  node.classList.add('coloured');
  node.style.setProperty('--hue', hue(peer));
  return node;
}

// Five by five squares, the right half as the left.
export function face(peer) {
  const picture = svg('svg', { viewBox: '-.5 -.5 6 6', class: 'face', 'aria-hidden': 'true' });
  const bits = hash(peer, 2);
  for (let column = 0; column < 3; column++) {
    for (let line = 0; line < 5; line++) {
      if (!((bits >>> (column * 5 + line)) & 1)) continue;
      for (const x of new Set([column, 4 - column])) {
        picture.append(svg('rect', { x, y: line, width: 1.02, height: 1.02, fill: 'currentColor' }));
      }
    }
  }
  return coloured(picture, peer);
}

export function transportName(transport) {
  return { 'quic-v1': 'QUIC', tcp: 'TCP', ws: 'WebSocket', wss: 'WebSocket', memory: 'memory' }[transport] ?? transport;
}

export function roundTrip(millis) {
  if (millis === null || millis === undefined) return '–';
  return millis.toFixed(millis < 10 ? 1 : 0) + ' ms';
}

export function count(number, what) {
  return number + ' ' + what + (number === 1 ? '' : 's');
}
