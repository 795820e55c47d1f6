// One container of libp2p's own test matrix: the environment says what to do, Redis has
// the two sides find each other, the result is printed.

import { setTimeout as sleep } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { PERF, perf, serve } from './handlers.js'
import { createNode, describe } from './node.js'
import { perfStream, pingStream } from './ops.js'
import { Redis } from './redis.js'

// How long a dialer waits for the listener of the transport suite, in seconds.
const LISTENER_SECONDS = '180'

// How often and how quickly the perf suite asks for the listener.
const POLLS = 60
const POLL_EVERY_MS = 500

const DIAL_TIMEOUT_MS = 60_000
const GIB = 2 ** 30

// Tells on standard error what a script can check against the other side.
function prove (fact) {
  process.stderr.write(`proof ${JSON.stringify(fact)}\n`)
}

function env (name, otherwise) {
  const value = process.env[name] ?? otherwise
  if (value == null) {
    throw new Error(`${name} is not set`)
  }
  return value
}

function number (name, otherwise) {
  const value = Number(env(name, otherwise))
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`${name} is ${process.env[name]}`)
  }
  return value
}

function listenAddress (transport) {
  const ip = env('LISTENER_IP', '0.0.0.0')
  const known = {
    tcp: `/ip4/${ip}/tcp/0`,
    ws: `/ip4/${ip}/tcp/0/ws`,
    wss: `/ip4/${ip}/tcp/0/tls/ws`,
    'quic-v1': `/ip4/${ip}/udp/0/quic-v1`
  }
  if (!Object.hasOwn(known, transport)) {
    throw new Error(`no transport ${transport}`)
  }
  return known[transport]
}

/** Runs one side of a suite, `transport` or `perf`. */
export async function run (suite) {
  const dials = env('IS_DIALER') === 'true'
  const transport = env('TRANSPORT')
  const node = await createNode({
    listen: dials ? [] : [listenAddress(transport)],
    transports: [transport],
    security: [env('SECURE_CHANNEL', 'noise')],
    muxers: [env('MUXER', 'yamux')],
    unverified: true
  })
  prove({ self: node.peerId.toString() })
  node.addEventListener('connection:open', event => {
    const { peer, dir, enc, mux } = describe(event.detail)
    prove({ open: peer, dir, enc, mux })
  })
  const redis = await Redis.connect(env('REDIS_ADDR'))
  const key = `${env('TEST_KEY')}_listener_multiaddr`
  if (dials) {
    const address = multiaddr(await listener(redis, suite, key))
    await (suite === 'perf' ? measure : ping)(node, address)
  } else {
    await listen(node, redis, suite, key)
  }
}

async function listen (node, redis, suite, key) {
  await serve(node, PERF, async pipe => prove({ perf: 'in', ...await perf(pipe) }))
  const addresses = node.getMultiaddrs().map(String)
  const address = addresses.find(text => !text.startsWith('/ip4/127.')) ?? addresses[0]
  if (suite === 'perf') {
    await redis.command('SET', key, address)
  } else {
    await redis.command('DEL', key)
    await redis.command('RPUSH', key, address)
  }
  // Serves until it is killed.
  await new Promise(() => setInterval(() => {}, 1 << 30))
}

async function listener (redis, suite, key) {
  if (suite === 'transport') {
    const reply = await redis.command('BLPOP', key, LISTENER_SECONDS)
    if (reply == null) {
      throw new Error('no listener in time')
    }
    return reply[1]
  }
  for (let i = 0; i < POLLS; i++) {
    const address = await redis.command('GET', key)
    if (address != null) {
      return address
    }
    await sleep(POLL_EVERY_MS)
  }
  throw new Error('no listener in time')
}

async function ping (node, address) {
  const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS)
  const since = performance.now()
  const connection = await node.dial(address, { signal })
  const [trip] = await pingStream(node, connection.remotePeer, 1, signal)
  const all = performance.now() - since
  process.stdout.write(`latency:\n  handshake_plus_one_rtt: ${all.toFixed(3)}\n  ping_rtt: ${trip.toFixed(3)}\n  unit: ms\n`)
}

async function measure (node, address) {
  const connection = await node.dial(address, { signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) })
  const blocks = [
    ['upload', number('UPLOAD_BYTES', GIB), 0, number('UPLOAD_ITERATIONS', 10)],
    ['download', 0, number('DOWNLOAD_BYTES', GIB), number('DOWNLOAD_ITERATIONS', 10)],
    ['latency', 1, 1, number('LATENCY_ITERATIONS', 100)]
  ]
  let output = ''
  for (const [name, up, down, iterations] of blocks) {
    const samples = []
    for (let i = 0; i < iterations; i++) {
      const since = performance.now()
      const came = await perfStream(node, connection.remotePeer, up, down)
      const ms = performance.now() - since
      prove({ perf: 'out', up, down: came })
      samples.push(name === 'latency' ? ms : Math.max(up, down) * 8 / ms / 1e6)
    }
    output += block(name, samples)
  }
  process.stdout.write(output)
}

// A block of the output. Percentiles are interpolated linearly; what is further than 1.5
// interquartile ranges from the quartiles is an outlier and no extreme.
function block (name, samples) {
  const [unit, decimals] = name === 'latency' ? ['ms', 3] : ['Gbps', 2]
  const sorted = samples.toSorted((a, b) => a - b)
  const [q1, median, q3] = [0.25, 0.5, 0.75].map(p => percentile(sorted, p))
  const reach = 1.5 * (q3 - q1)
  const isInside = sample => sample >= q1 - reach && sample <= q3 + reach
  const inside = sorted.filter(isInside)
  const show = (value = 0) => value.toFixed(decimals)
  const list = values => `[${values.map(value => show(value)).join(', ')}]`
  const lines = {
    iterations: samples.length,
    min: show(inside[0]),
    q1: show(q1),
    median: show(median),
    q3: show(q3),
    max: show(inside.at(-1)),
    outliers: list(sorted.filter(sample => !isInside(sample))),
    samples: list(sorted),
    unit
  }
  return `${name}:\n${Object.entries(lines).map(([key, value]) => `  ${key}: ${value}\n`).join('')}`
}

function percentile (sorted, p) {
  if (sorted.length === 0) {
    return 0
  }
  const at = p * (sorted.length - 1)
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at))
}
