// Draws this node and who is connected to it. All that it shows stands in the table of peers as well.
import { coloured, count, face, roundTrip, short, svg, transportName } from './peers.js';

const MAX_SHOWN = 48;
const MAX_NAMED = 16;
const still = matchMedia('(prefers-reduced-motion: reduce)');

// One peer can have several connections: the picture has a line for each peer.
function byPeer(connections) {
  const peers = new Map();
  for (const connection of connections) {
    const known = peers.get(connection.peerId);
    if (known) {
      known.streams += connection.streams;
      known.connections++;
    } else {
      peers.set(connection.peerId, { ...connection, connections: 1 });
    }
  }
  return [...peers.values()];
}

function describe(peer) {
  return [short(peer.peerId), peer.direction === 'outbound' ? 'this node connected' : 'it connected',
    transportName(peer.transport), 'round trip ' + roundTrip(peer.roundTripMillis), count(peer.streams, 'open stream'),
    ...(peer.connections > 1 ? [peer.connections + ' connections'] : [])].join(', ');
}

function place(index, total, width, height) {
  // One or two stand where the box is longest; more than a ring holds stand on two.
  const inner = total > 24 && index % 2 ? 0.62 : 1;
  const upright = total <= 2 && width > height ? 0 : -Math.PI / 2;
  const angle = upright + 2 * Math.PI * index / total;
  const margin = width < 600 ? 62 : 110;
  return {
    x: width / 2 + inner * (width / 2 - margin) * Math.cos(angle),
    y: height / 2 + inner * (height / 2 - 58) * Math.sin(angle) - 8,
  };
}

function text(content, attributes) {
  const node = svg('text', { 'text-anchor': 'middle', ...attributes });
  node.textContent = content;
  return node;
}

function picture(peer, x, y, size) {
  const drawn = face(peer);
  for (const [name, value] of Object.entries({ x: x - size / 2, y: y - size / 2, width: size, height: size })) {
    drawn.setAttribute(name, value);
  }
  return drawn;
}

export class Network {
  #box;
  #select;
  #nodes = new Map();
  #places = new Map();
  #seen = new Map();
  #drawn = '';
  #last = null;

  constructor(box, select) {
    this.#box = box;
    this.#select = select;
    new ResizeObserver(() => this.#last && this.show(...this.#last)).observe(box);
  }

  show(self, connections, selected) {
    this.#last = [self, connections, selected];
    // Whoever was here first keeps the place, however the connections are listed.
    const all = byPeer(connections);
    for (const { peerId } of all) if (!this.#seen.has(peerId)) this.#seen.set(peerId, this.#seen.size);
    all.sort((one, other) => this.#seen.get(one.peerId) - this.#seen.get(other.peerId));
    const peers = all.slice(0, MAX_SHOWN);
    const { clientWidth: width, clientHeight: height } = this.#box;
    this.#box.setAttribute('aria-label', 'The network: this node and ' + count(all.length, 'connected peer'));
    // Drawn anew only where somebody came or went: what has the focus keeps it.
    const content = JSON.stringify([self, width, height, all.length, peers.map((peer) => [peer.peerId, peer.direction, peer.transport])]);
    if (content !== this.#drawn) this.#draw(self, peers, all.length, width, height);
    this.#drawn = content;
    for (const peer of peers) this.#update(peer, peer.peerId === selected);
  }

  // Sends a dot along the line of a peer, the way that bytes have moved.
  pulse(peer, inbound) {
    const at = this.#places.get(peer);
    if (!at || still.matches || document.hidden) return;
    const { clientWidth: width, clientHeight: height } = this.#box;
    const ends = [{ x: width / 2, y: height / 2 - 8 }, at];
    if (inbound) ends.reverse();
    const dot = coloured(svg('circle', { r: 4, class: 'pulse' }), peer);
    this.#box.querySelector('.lines').append(dot);
    dot.animate(ends.map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` })), { duration: 800, easing: 'ease-in-out' })
      .finished.finally(() => dot.remove());
  }

  #draw(self, peers, total, width, height) {
    const focused = this.#box.contains(document.activeElement) ? document.activeElement.dataset.peer : null;
    const centre = { x: width / 2, y: height / 2 - 8 };
    const lines = svg('g', { class: 'lines' });
    const nodes = svg('g');
    this.#nodes.clear();
    this.#places.clear();
    peers.forEach((peer, index) => {
      const at = place(index, peers.length, width, height);
      this.#places.set(peer.peerId, at);
      lines.append(this.#line(peer, centre, at));
      nodes.append(this.#node(peer, at, peers.length, width));
    });
    const own = svg('g', { class: 'own' });
    own.append(svg('circle', { cx: centre.x, cy: centre.y, r: 30 }));
    if (self) own.append(picture(self, centre.x, centre.y, 34));
    own.append(text('this node', { x: centre.x, y: centre.y + 46, class: 'name' }));
    this.#box.replaceChildren(lines, own, nodes);
    if (!total) this.#box.append(text('nobody is connected yet', { x: centre.x, y: centre.y + 68, class: 'fact' }));
    if (total > peers.length) {
      this.#box.append(text(`and ${total - peers.length} more, in the table`, { x: centre.x, y: height - 6, class: 'fact' }));
    }
    this.#nodes.get(focused)?.node.focus();
  }

  // The arrow points at whom was dialled; QUIC is drawn through, TCP in dashes, others in dots.
  #line(peer, centre, at) {
    const line = coloured(svg('g', { class: 'line', 'data-transport': peer.transport }), peer.peerId);
    const [from, to] = peer.direction === 'outbound' ? [centre, at] : [at, centre];
    const turn = Math.atan2(to.y - from.y, to.x - from.x) * 180 / Math.PI;
    line.append(svg('path', { d: `M${centre.x} ${centre.y}L${at.x} ${at.y}` }),
      svg('path', { d: 'M-6-5 6 0-6 5z', class: 'arrow', transform: `translate(${(centre.x + at.x) / 2} ${(centre.y + at.y) / 2}) rotate(${turn})` }));
    return line;
  }

  #node(peer, { x, y }, total, width) {
    const node = coloured(svg('g', { class: 'node', role: 'button', tabindex: 0, 'data-peer': peer.peerId }), peer.peerId);
    const radius = total > 24 ? 12 : 22;
    node.append(svg('circle', { cx: x, cy: y, r: radius }), picture(peer.peerId, x, y, radius * 1.15));
    const streams = text('', { x: x + radius * 0.85, y: y - radius * 0.65, class: 'streams' });
    const fact = text('', { y: y + radius + 29, class: 'fact' });
    const title = svg('title');
    if (total <= MAX_NAMED) {
      const middle = Math.min(Math.max(x, 62), width - 62);
      fact.setAttribute('x', middle);
      node.append(text(short(peer.peerId), { x: middle, y: y + radius + 15, class: 'name' }), fact);
    }
    node.append(svg('circle', { cx: x + radius * 0.85, cy: y - radius * 0.85, r: 9, class: 'badge' }), streams, title);
    node.addEventListener('click', () => this.#select(peer.peerId));
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      this.#select(peer.peerId);
    });
    this.#nodes.set(peer.peerId, { node, streams, fact, title });
    return node;
  }

  #update(peer, selected) {
    const { node, streams, fact, title } = this.#nodes.get(peer.peerId);
    streams.textContent = peer.streams;
    fact.textContent = transportName(peer.transport) + ' · ' + roundTrip(peer.roundTripMillis);
    title.textContent = describe(peer);
    node.setAttribute('aria-label', describe(peer));
    node.setAttribute('aria-pressed', selected);
  }
}
