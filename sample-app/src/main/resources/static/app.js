// Drives the page. Everything that a peer can choose (names, agents, errors) is set as text, never as HTML.
const COLOURS = ['#2a8a5f', '#c2571a', '#3b6fd4', '#a33a8f', '#8a7a12', '#1a8f9c'];
const $ = (id) => document.getElementById(id);
let selected = null;

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
  const response = await fetch('api/' + path, options);
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(answer?.detail ?? answer?.message ?? response.statusText);
  return answer;
}

function short(peer) {
  return peer.length > 16 ? peer.slice(0, 8) + '…' + peer.slice(-6) : peer;
}

function peerName(peer) {
  return element('code', short(peer), { title: peer });
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
    none.append(element(tag === 'tr' ? 'td' : 'span', empty, { class: 'empty', ...(tag === 'tr' && { colspan: 5 }) }));
    rows.push(none);
  }
  $(id).replaceChildren(...rows);
}

function row(...cells) {
  const tr = element('tr');
  for (const cell of cells) {
    const td = element('td');
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
  const self = await call('node');
  $('self').textContent = self.peerId;
  fill('addresses', self.addresses, (address) => {
    const li = element('li');
    li.append(element('code', address), button('Copy', () => navigator.clipboard.writeText(address)));
    return li;
  }, 'it listens on no address');
}

async function showPeers() {
  const peers = await call('peers');
  if (selected && !peers.some((peer) => peer.peerId === selected)) selected = null;
  fill('peers', peers, (peer) => {
    const actions = element('span', undefined, { class: 'actions' });
    actions.append(
      button('Select', () => select(peer.peerId)),
      button('Disconnect', () => call('peers/' + peer.peerId, 'DELETE').then(showPeers)));
    const tr = row(peerName(peer.peerId), element('code', peer.address), peer.direction, peer.agent, actions);
    tr.dataset.peer = peer.peerId;
    tr.classList.toggle('selected', peer.peerId === selected);
    return tr;
  }, 'nobody is connected', 'tr');
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
let told = '';

async function provide(name) {
  const { cid, peers } = await call('content', 'POST', { name });
  $('cid').value = cid;
  told = name + ' was told to ' + count(peers, 'peer') + '. ';
  await showContent();
}

function count(number, what) {
  return number + ' ' + what + (number === 1 ? '' : 's');
}

async function showContent() {
  const { table, provided } = await call('content');
  $('table').textContent = told + count(table, 'peer') + ' can be asked.';
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
    const bar = element('progress', undefined, { max: Math.max(1, one.size) });
    bar.value = one.state === 'DONE' ? Math.max(1, one.size) : one.moved;
    const progress = element('span');
    const state = one.state.toLowerCase();
    const resumed = one.resumedAt ? ', resumed at ' + size(one.resumedAt) : '';
    progress.append(bar, one.size ? size(one.moved) + ' of ' + size(one.size) + resumed : '');
    return row(one.name, one.kind.toLowerCase(), peerName(one.peer), progress,
      element('span', state + (one.error ? ': ' + one.error : ''), { 'data-state': state }));
  }, 'none yet', 'tr');
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

const SPAN_MILLIS = 120_000;

function drawChart(peers) {
  const canvas = $('chart');
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  const style = getComputedStyle(document.body);
  const left = 46;
  const top = 10;
  const bottom = height - 24;
  const y = (load) => bottom - (bottom - top) * load;
  const now = Date.now();
  context.scale(scale, scale);
  context.font = '12px ' + style.fontFamily;
  context.fillStyle = context.strokeStyle = style.color;
  context.textBaseline = 'middle';
  for (const load of [0, 0.5, 1]) {
    context.globalAlpha = 0.15;
    context.fillRect(left, Math.round(y(load)), width - left, 1);
    context.globalAlpha = 0.7;
    context.textAlign = 'right';
    context.fillText(load * 100 + ' %', left - 8, y(load));
  }
  for (const [text, x, align] of [['2 min ago', left, 'left'], ['1 min ago', (left + width) / 2, 'center'], ['now', width, 'right']]) {
    context.textAlign = align;
    context.fillText(text, x, height - 8);
  }
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  peers.forEach(([, entries], index) => {
    context.strokeStyle = COLOURS[index % COLOURS.length];
    context.beginPath();
    for (const { at, reading } of entries) {
      const age = now - new Date(at);
      if (age <= SPAN_MILLIS) context.lineTo(width - (width - left) * age / SPAN_MILLIS, y(reading.load));
    }
    context.stroke();
  });
}

async function showTelemetry() {
  const peers = Object.entries(await call('telemetry'));
  drawChart(peers);
  fill('legend', peers, ([peer, entries], index) => {
    const last = entries.at(-1).reading;
    const li = element('li');
    li.dataset.readings = entries.length;
    const mark = element('span', undefined, { class: 'mark' });
    mark.style.background = COLOURS[index % COLOURS.length];
    li.append(mark, `${short(peer)}: load ${(last.load * 100).toFixed(0)} %, heap ${size(last.heapBytes)}, ` +
      `${last.connections} ${last.connections === 1 ? 'connection' : 'connections'}`);
    return li;
  }, 'no peer tells any; connect to one that runs this sample');
}

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
    await Promise.all([showPeers(), showHere(), showTransfers(), showContent(), showRoom(), showTelemetry()]);
  } catch (error) {
    notice(error.message);
  }
  setTimeout(poll, 1000);
}

attempt(async () => {
  say('enter a hash');
  await showSelf();
  await showThere();
});
poll();
