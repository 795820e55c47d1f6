// Drives the page. Everything that a peer can choose (names, agents, errors) is set as text, never as HTML.
import { drawChart } from './chart.js';
import { Network } from './network.js';
import { count, face, roundTrip, short, transportName } from './peers.js';

const $ = (id) => document.getElementById(id);
let selected = null;
let self = null;
let network = null;

function element(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function button(text, action) {
  const node = element('button', text, { type: 'button' });
  node.addEventListener('click', () => attempt(action));
  return node;
}

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

async function attempt(action) {
  try {
    notice('');
    await action();
  } catch (error) {
    notice(error.message);
  }
}

async function call(path, method = 'GET', body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { 'Content-Type': 'application/json' };
    options.body = JSON.stringify(body);
  }
  return answer(await fetch('api/' + path, options));
}

async function answer(response) {
  const text = await response.text();
  const json = response.headers.get('Content-Type')?.includes('json');
  const read = json && text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(read?.detail ?? read?.message ?? (response.statusText || 'HTTP status ' + response.status));
  return read;
}

function peerName(peer) {
  const name = element('span', undefined, { class: 'peer', title: peer });
  name.append(face(peer), element('code', short(peer)));
  return name;
}

function size(bytes) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return (unit ? bytes.toFixed(1) : bytes) + ' ' + units[unit];
}

const shown = {};

function fill(id, items, row, empty, tag = 'li') {
  // What has not changed stays, so that a click is not lost between two polls.
  const content = JSON.stringify([items, selected, empty]);
  if (shown[id] === content) return;
  shown[id] = content;
  const rows = items.map(row);
  if (!rows.length) {
    const none = element(tag);
    none.append(element(tag === 'tr' ? 'td' : 'span', empty, { class: 'empty', ...(tag === 'tr' && { colspan: 8 }) }));
    rows.push(none);
  }
  $(id).replaceChildren(...rows);
}

// On a narrow page the rows are cards: each cell says its heading, and stays a cell for whoever cannot see it.
function row(cells) {
  const tr = element('tr', undefined, { role: 'row' });
  for (const [heading, cell] of Object.entries(cells)) {
    const td = element('td', undefined, { role: 'cell', 'data-heading': heading });
    td.append(cell);
    tr.append(td);
  }
  return tr;
}

async function select(peer) {
  selected = peer;
  $('refresh').disabled = !peer;
  document.querySelector('#deal button').disabled = !peer;
  await Promise.all([showPeers(), showThere()]);
}

async function showSelf() {
  const node = await call('node');
  self = node.peerId;
  $('self').textContent = self;
  $('folder').textContent = node.folder;
  $('logo').replaceChildren(face(self));
  fill('addresses', node.addresses, (address) => {
    const li = element('li');
    li.append(element('code', address), button('Copy', () => navigator.clipboard.writeText(address)));
    return li;
  }, 'it listens on no address');
}

async function showPeers() {
  const peers = await call('peers');
  if (selected && !peers.some((peer) => peer.peerId === selected)) selected = null;
  // What changes with every poll is set below, in the rows that stay.
  const lasting = peers.map(({ peerId, address, direction, transport, agent }) => ({ peerId, address, direction, transport, agent }));
  fill('peers', lasting, (peer) => {
    const actions = element('span', undefined, { class: 'actions' });
    actions.append(
      button('Select', () => select(peer.peerId)),
      button('Disconnect', () => call('peers/' + peer.peerId, 'DELETE').then(showPeers)));
    const tr = row({
      peer: peerName(peer.peerId), address: element('code', peer.address), direction: peer.direction,
      transport: transportName(peer.transport), 'round trip': '', streams: '', agent: peer.agent, '': actions,
    });
    tr.dataset.peer = peer.peerId;
    tr.classList.toggle('selected', peer.peerId === selected);
    return tr;
  }, 'nobody is connected', 'tr');
  peers.forEach(({ roundTripMillis, streams }, index) => {
    const cells = $('peers').rows[index].cells;
    cells[4].textContent = roundTrip(roundTripMillis);
    cells[5].textContent = streams;
  });
  network.show(self, peers, selected);
}

function file(actions) {
  return ({ name, size: bytes }) => {
    const li = element('li');
    li.append(element('span', name), element('span', size(bytes)));
    for (const [label, action] of Object.entries(actions)) li.append(button(label, () => action(name)));
    return li;
  };
}

async function showHere() {
  const push = selected ? { Push: (name) => transfer(name, 'PUSH') } : {};
  fill('here', await call('files'), file({ ...push, Provide: provide }), 'no files in the shared folder');
}

async function showThere() {
  const files = selected ? await call('peers/' + selected + '/files') : [];
  fill('there', files, file({ Fetch: (name) => transfer(name, 'FETCH') }), selected ? 'no files' : 'select a peer');
}

let sought = null;
let news = '';

async function provide(name) {
  const { cid, peers } = await call('content', 'POST', { name });
  $('cid').value = cid;
  news = name + ' was told to ' + count(peers, 'peer') + '. ';
  await showContent();
}

async function showContent() {
  const { table, provided } = await call('content');
  $('table').textContent = news + count(table, 'peer') + ' can be asked.';
  fill('provided', provided, ({ name, cid }) => {
    const li = element('li');
    const code = element('span');
    code.append(element('code', cid));
    li.append(element('span', name), code, button('Copy', () => navigator.clipboard.writeText(cid)));
    return li;
  }, 'nothing; provide a file of the shared folder');
}

function say(text) {
  fill('providers', [], () => null, text);
}

async function find(cid) {
  sought = cid;
  say('asking…');
  const providers = await call('content/' + encodeURIComponent(cid) + '/providers').catch((error) => {
    say('nobody could be asked');
    throw error;
  });
  if (sought !== cid) return;
  fill('providers', providers, ({ peerId, self, connected }) => {
    const li = element('li');
    const name = element('span');
    name.append(peerName(peerId));
    li.append(name, element('span', self ? 'this node' : connected ? 'connected' : 'not connected, known by its id alone'));
    if (!self) li.append(button('Fetch', () => fetchContent(cid, peerId)));
    return li;
  }, 'nobody provides it');
}

async function fetchContent(cid, peer) {
  await call('content/transfers', 'POST', { cid, peer });
  await showTransfers();
}

async function transfer(name, direction) {
  await call('transfers', 'POST', { peer: selected, name, direction });
  await showTransfers();
}

let pushed = 0;

async function showTransfers() {
  const transfers = await call('transfers');
  const arrived = transfers.filter((one) => one.kind === 'PUSH' && one.state === 'DONE').length;
  if (selected && arrived !== pushed) await showThere();
  pushed = arrived;
  fill('transfers', transfers.slice(0, 20), (one) => {
    const bar = element('progress', undefined, { max: Math.max(1, one.size), 'aria-label': 'Progress of ' + one.name });
    bar.value = one.state === 'DONE' ? Math.max(1, one.size) : one.moved;
    const progress = element('span');
    const state = one.state.toLowerCase();
    const resumed = one.resumedAt ? ', resumed at ' + size(one.resumedAt) : '';
    progress.append(bar, one.size ? size(one.moved) + ' of ' + size(one.size) + resumed : '');
    return row({
      file: one.name, way: one.kind.toLowerCase(), peer: peerName(one.peer), progress,
      state: element('span', state + (one.error ? ': ' + one.error : ''), { 'data-state': state }),
    });
  }, 'none yet', 'tr');
  for (const { state, kind, peer } of transfers) {
    if (state === 'RUNNING') network.pulse(peer, kind === 'FETCH' || kind === 'RECEIVE');
  }
}

async function showRoom() {
  const room = await call('room');
  $('listeners').textContent = room.peers === 1 ? '1 connected peer listens.' : room.peers + ' connected peers listen.';
  fill('room', room.lines, ({ at, author, mine, text }) => {
    const li = element('li');
    li.append(element('time', new Date(at).toLocaleTimeString(), { datetime: at }),
      mine ? element('span', 'you') : peerName(author), element('span', text));
    return li;
  }, 'nobody has said anything yet');
  $('room').scrollTop = $('room').scrollHeight;
}

const MEASURES = {
  load: { value: (reading) => reading.load, least: 0.02, format: (load) => Number((load * 100).toFixed(1)) + ' %' },
  heap: { value: (reading) => reading.heapBytes, least: 1_000_000, format: size },
};
const heard = new Map();

function told(peer, entries) {
  const sequence = entries.at(-1).reading.sequence;
  if (heard.has(peer) && heard.get(peer) !== sequence && peer !== self) network.pulse(peer, true);
  heard.set(peer, sequence);
}

async function showTelemetry() {
  const peers = Object.entries(await call('telemetry')).sort(([one], [other]) => (other === self) - (one === self));
  for (const [peer, entries] of peers) told(peer, entries);
  fill('legend', peers, ([peer, entries]) => {
    const last = entries.at(-1).reading;
    const li = element('li', undefined, { 'data-peer': peer });
    li.dataset.readings = entries.length;
    li.append(face(peer), `${peer === self ? 'this node' : short(peer)}: load ${(last.load * 100).toFixed(1)} %, ` +
      `heap ${size(last.heapBytes)}, ${count(last.connections, 'connection')}`);
    return li;
  }, 'no peer tells any; connect to one that runs this sample');
  drawTelemetry(peers);
}

function drawTelemetry(peers) {
  const measure = document.querySelector('[name="measure"]:checked');
  $('chart').setAttribute('aria-label', measure.parentNode.textContent.trim() + ' of each peer over the last two minutes');
  const colours = (peer) => getComputedStyle($('legend').querySelector(`[data-peer="${CSS.escape(peer)}"] .face`)).color;
  drawChart($('chart'), peers, colours, MEASURES[measure.value]);
}

async function add(files) {
  const added = [];
  for (const file of files) {
    $('adding').textContent = 'Adding ' + file.name + '…';
    try {
      await answer(await fetch('api/files/' + encodeURIComponent(file.name),
        { method: 'PUT', headers: { 'Content-Type': 'application/octet-stream' }, body: file }));
      added.push(file.name);
    } finally {
      $('adding').textContent = added.length ? 'Added ' + added.join(', ') + '.' : '';
    }
  }
  await showHere();
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes('Files');
}

function dropping(shown) {
  $('files').classList.toggle('dropping', shown);
}

// Anywhere on the page: a browser would show a file that falls beside the section.
addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
  dropping(true);
});

addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) dropping(false);
});

addEventListener('drop', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  dropping(false);
  const items = [...event.dataTransfer.items].filter((item) => item.kind === 'file');
  const folder = items.some((item) => item.webkitGetAsEntry()?.isDirectory);
  const files = items.filter((item) => !item.webkitGetAsEntry()?.isDirectory).map((item) => item.getAsFile());
  attempt(async () => {
    await add(files);
    if (folder) throw new Error('A folder is not shared, only the files in it: drop those');
  });
});

$('add').addEventListener('change', () => {
  const files = [...$('add').files];
  $('add').value = '';
  attempt(() => add(files));
});

for (const radio of document.querySelectorAll('[name="measure"]')) radio.addEventListener('change', () => attempt(showTelemetry));

$('dial').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(async () => {
    const peer = await call('peers', 'POST', { address: $('address').value });
    $('address').value = '';
    await select(peer.peerId);
  });
});

$('find').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(() => find($('cid').value.trim()));
});

$('deal').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  attempt(async () => {
    const reply = await call('peers/' + selected + '/deals', 'POST',
      { item: form.get('item'), quantity: Number(form.get('quantity')), price: form.get('price') });
    $('reply').textContent = (reply.accepted ? 'Accepted' : 'Refused') + ', total ' + reply.total + ': ' + reply.reason;
  });
});

$('say').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(async () => {
    await call('room', 'POST', { text: $('line').value });
    $('line').value = '';
    await showRoom();
  });
});

$('refresh').addEventListener('click', () => attempt(showThere));

async function poll() {
  try {
    if (!self) await showSelf();
    await Promise.all([showPeers(), showHere(), showTransfers(), showContent(), showRoom(), showTelemetry()]);
  } catch (error) {
    notice(error.message);
  }
  setTimeout(poll, 1000);
}

network = new Network($('network'), (peer) => attempt(() => select(peer)));
say('enter a hash');
attempt(showThere);
poll();
