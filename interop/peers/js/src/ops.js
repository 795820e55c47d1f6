// What a request does on the streams that it opens.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure, kindOf } from './failure.js'
import { CHUNK, ECHO, HALF, PERF, RESET, SINK, SLOW, STREAM_LIMITS, sendZeros, uint64 } from './handlers.js'
import { matches, pattern } from './pattern.js'
import { Pipe } from './pipe.js'

const PING = '/ipfs/ping/1.0.0'
const NOBODY = '/lip/nobody/1.0.0'

// How many error texts an answer carries at most.
export const MAX_ERRORS = 5

// How many bytes of the answer of an exchange are read.
const MAX_ANSWER = 1 << 20

/** Opens a stream on the oldest connection to a peer. */
export async function open (node, peer, protocols, signal) {
  const connection = node.getConnections(peer).find(c => c.status === 'open')
  if (connection == null) {
    throw new Failure('dial', `not connected to ${peer}`)
  }
  const stream = await connection.newStream(protocols, { ...STREAM_LIMITS, signal, negotiateFully: true })
  return new Pipe(stream)
}

function rate (bytes, ms) {
  return bytes / 1e3 / Math.max(ms, 1e-6)
}

export async function propose (node, peer, protos, signal) {
  const pipe = await open(node, peer, protos, signal)
  const proto = pipe.stream.protocol
  pipe.reset()
  return { proto }
}

export async function unsupported (node, peer, signal) {
  return propose(node, peer, [NOBODY], signal)
}

export async function ping (node, peer, n, concurrency, signal) {
  const trips = await Promise.all(Array.from({ length: concurrency }, () => pingStream(node, peer, n, signal)))
  return { ms: trips.flat() }
}

/** Sends pings one after the other on one stream. */
export async function pingStream (node, peer, n, signal) {
  const pipe = await open(node, peer, PING, signal)
  const trips = []
  for (let i = 0; i < n; i++) {
    const sent = pattern(i * 32, 32)
    const since = performance.now()
    await pipe.write(sent)
    const received = await pipe.readExactly(32)
    trips.push(performance.now() - since)
    if (Buffer.compare(sent, received) !== 0) {
      throw new Failure('internal', 'the answer to a ping was not what was sent')
    }
  }
  await pipe.closeWrite()
  return trips
}

async function writePattern (pipe, size, chunk) {
  if (!(chunk > 0)) {
    throw new Failure('args', 'chunk must be positive')
  }
  for (let offset = 0; offset < size; offset += chunk) {
    await pipe.write(pattern(offset, Math.min(chunk, size - offset)))
  }
}

async function echoStream (node, peer, size, chunk, proto, signal) {
  const since = performance.now()
  const pipe = await open(node, peer, proto, signal)
  let n = 0
  let equal = true
  async function write () {
    await writePattern(pipe, size, chunk)
    await pipe.closeWrite()
  }
  async function read () {
    for (let bytes = await pipe.read(); bytes != null; bytes = await pipe.read()) {
      equal &&= matches(n, bytes)
      n += bytes.length
    }
  }
  try {
    await Promise.all([write(), read()])
  } catch (error) {
    pipe.reset(error.message)
    throw error
  }
  return { equal: equal && n === size, n, ms: performance.now() - since }
}

export async function echo (node, peer, size, chunk, proto, signal) {
  const echoed = await echoStream(node, peer, size, chunk, proto, signal)
  return { ...echoed, mbps: rate(echoed.n, echoed.ms) }
}

/** Sends bytes and reads the answer to its end. */
export async function exchange (node, peer, proto, body, signal) {
  const pipe = await open(node, peer, proto, signal)
  const chunks = []
  try {
    await pipe.write(body)
    await pipe.closeWrite()
    let n = 0
    for (let bytes = await pipe.read(); bytes != null && n < MAX_ANSWER; bytes = await pipe.read()) {
      chunks.push(bytes)
      n += bytes.length
    }
  } catch (error) {
    pipe.reset(error.message)
    throw error
  }
  return { hex: Buffer.concat(chunks).toString('hex') }
}

export async function echoMany (node, peer, count, size, concurrency, signal) {
  const since = performance.now()
  const errors = []
  let passed = 0
  let next = 0
  async function worker () {
    while (next < count) {
      next++
      try {
        const { equal, n } = await echoStream(node, peer, size, CHUNK, ECHO, signal)
        if (!equal) {
          throw new Error(`${n} bytes came back, or others than were sent`)
        }
        passed++
      } catch (error) {
        errors.push(`${kindOf(error)}: ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker))
  return { passed, failed: errors.length, errors: errors.slice(0, MAX_ERRORS), ms: performance.now() - since }
}

/** Opens echo streams at once. Returns them, open, and the answer. */
export async function hold (node, peer, count, signal) {
  const outcomes = await Promise.allSettled(Array.from({ length: count }, async (_, i) => {
    const pipe = await open(node, peer, ECHO, signal)
    await pipe.write(Uint8Array.of(i))
    const [received] = await pipe.readExactly(1)
    if (received !== (i & 255)) {
      throw new Error('another byte came back')
    }
    return pipe
  }))
  const held = outcomes.filter(o => o.status === 'fulfilled').map(o => o.value)
  const errors = outcomes.filter(o => o.status === 'rejected').map(o => `${kindOf(o.reason)}: ${o.reason.message}`)
  return { held, answer: { opened: held.length, failed: errors.length, errors: errors.slice(0, MAX_ERRORS) } }
}

export async function release (held) {
  await Promise.all(held.map(async pipe => {
    await pipe.closeWrite()
    await pipe.drain()
  }))
  return { closed: held.length }
}

export async function sink (node, peer, size, chunk, file, signal) {
  const content = file == null ? null : await readFile(file).catch(error => { throw new Failure('args', error.message) })
  const since = performance.now()
  const pipe = await open(node, peer, SINK, signal)
  const hash = createHash('sha256')
  const sent = content?.length ?? size
  for (let offset = 0; offset < sent; offset += chunk) {
    const end = Math.min(offset + chunk, sent)
    const bytes = content?.subarray(offset, end) ?? pattern(offset, end - offset)
    hash.update(bytes)
    await pipe.write(bytes)
  }
  await pipe.closeWrite()
  const answer = Buffer.from(await pipe.readExactly(40))
  const ms = performance.now() - since
  const n = Number(answer.readBigUInt64BE())
  const sha256 = answer.subarray(8).toString('hex')
  return { n, sha256, equal: n === sent && sha256 === hash.digest('hex'), ms, mbps: rate(n, ms) }
}

async function readText (pipe) {
  const chunks = []
  for (let bytes = await pipe.read(); bytes != null; bytes = await pipe.read()) {
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

export async function half (node, peer, size, order, signal) {
  const pipe = await open(node, peer, HALF, signal)
  if (order !== 'remote' && order !== 'local') {
    throw new Failure('args', `no order ${order}`)
  }
  const early = order === 'remote' ? await readText(pipe) : null
  await writePattern(pipe, size, CHUNK)
  await pipe.closeWrite()
  return { got: early ?? await readText(pipe), sent: size }
}

export async function reset (node, peer, size, by, signal) {
  if (by !== 'remote' && by !== 'local') {
    throw new Failure('args', `no side ${by}`)
  }
  const pipe = await open(node, peer, RESET, signal)
  await pipe.write(uint64(by === 'local' ? (1n << 63n) - 1n : size))
  if (by === 'local') {
    await writePattern(pipe, size, CHUNK)
    await pipe.readExactly(1)
    pipe.reset()
    return { saw: 'local' }
  }
  await pipe.readExactly(1)
  try {
    await writePattern(pipe, size, CHUNK)
  } catch (error) {
    // The other side resets as soon as it has the last byte: how reading ends tells.
    console.error(`writing ended with ${error.message}`)
  }
  try {
    await pipe.drain()
    return { saw: 'eof' }
  } catch (error) {
    return { saw: kindOf(error) }
  }
}

export async function slow (node, peer, size, ms, signal) {
  const pipe = await open(node, peer, SLOW, signal)
  const end = performance.now() + ms
  const timer = setTimeout(() => pipe.reset('the time is over'), ms)
  let written = 0
  try {
    while (written < size && performance.now() < end) {
      const bytes = pattern(written, Math.min(16 * 1024, size - written))
      await pipe.write(bytes)
      written += bytes.length
    }
  } catch (error) {
    if (performance.now() < end - 1) {
      throw error
    }
  } finally {
    clearTimeout(timer)
  }
  pipe.reset('the time is over')
  return { written, done: written >= size }
}

/** One measurement as the specification has it. Returns how many bytes came. */
export async function perfStream (node, peer, up, down, signal) {
  const pipe = await open(node, peer, PERF, signal)
  await pipe.write(uint64(down))
  await sendZeros(pipe, up)
  await pipe.closeWrite()
  const came = await pipe.drain()
  if (came !== down) {
    throw new Failure('internal', `${came} of ${down} bytes came`)
  }
  return came
}

export async function perf (node, peer, up, down, streams, signal) {
  const since = performance.now()
  const all = Array.from({ length: streams }, () => perfStream(node, peer, up, down, signal))
  const came = (await Promise.all(all)).reduce((a, b) => a + b, 0)
  const ms = performance.now() - since
  return { up: up * streams, down: came, ms, mbps: rate(up * streams + came, ms) }
}
