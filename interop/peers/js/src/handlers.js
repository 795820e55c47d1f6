// What every peer serves: the handlers of inbound streams.

import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { kindOf } from './failure.js'
import { matches } from './pattern.js'
import { Pipe } from './pipe.js'

export const ECHO = '/lip/echo/1.0.0'
export const SINK = '/lip/sink/1.0.0'
export const HALF = '/lip/half/1.0.0'
export const RESET = '/lip/reset/1.0.0'
export const SLOW = '/lip/slow/1.0.0'
export const PERF = '/perf/1.0.0'

export const CHUNK = 64 * 1024

// How many streams of one protocol a connection may have.
const MAX_STREAMS = 4096

export const STREAM_LIMITS = { maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS }

/** Registers every handler. */
export async function serveAll (node, keep, emit) {
  await serve(node, ECHO, echo)
  await serve(node, SINK, (pipe, peer) => sink(pipe, peer, keep, emit))
  await serve(node, HALF, (pipe, peer) => half(pipe, peer, emit))
  await serve(node, RESET, (pipe, peer) => reset(pipe, peer, emit))
  await serve(node, SLOW, (pipe, peer) => slow(pipe, peer, emit))
  await serve(node, PERF, perf)
}

/** Registers one handler; if it throws, the stream is reset. */
export async function serve (node, protocol, handler) {
  await node.handle(protocol, (stream, connection) => {
    const pipe = new Pipe(stream)
    handler(pipe, connection.remotePeer.toString()).catch(error => {
      console.error(`${protocol} from ${connection.remotePeer}: ${error.message}`)
      pipe.reset(error.message)
    })
  }, STREAM_LIMITS)
}

export async function echo (pipe) {
  for (let bytes = await pipe.read(); bytes != null; bytes = await pipe.read()) {
    // One write is one yamux frame, and rust-yamux refuses frames of more than 1 MiB.
    for (let at = 0; at < bytes.length; at += CHUNK) {
      await pipe.write(bytes.subarray(at, at + CHUNK))
    }
  }
  await pipe.closeWrite()
}

async function sink (pipe, peer, keep, emit) {
  const hash = createHash('sha256')
  const kept = []
  let n = 0
  let equal = true
  for (let bytes = await pipe.read(); bytes != null; bytes = await pipe.read()) {
    equal &&= matches(n, bytes)
    hash.update(bytes)
    if (keep != null) {
      kept.push(bytes)
    }
    n += bytes.length
  }
  const digest = hash.digest()
  const sha256 = digest.toString('hex')
  if (keep != null) {
    await writeFile(join(keep, sha256), Buffer.concat(kept))
  }
  await pipe.write(Buffer.concat([uint64(n), digest]))
  await pipe.closeWrite()
  emit({ ev: 'sink', peer, n, equal, sha256 })
}

async function half (pipe, peer, emit) {
  await pipe.write(Buffer.from('bye'))
  await pipe.closeWrite()
  let n = 0
  let equal = true
  const end = await endOf(pipe, bytes => {
    equal &&= matches(n, bytes)
    n += bytes.length
  })
  emit({ ev: 'half', peer, n, equal, end })
}

async function reset (pipe, peer, emit) {
  const limit = readUint64(await pipe.readExactly(8))
  await pipe.write(Buffer.from('!'))
  let n = 0
  let end = 'local'
  while (BigInt(n) < limit) {
    try {
      const bytes = await pipe.read()
      if (bytes == null) {
        end = 'eof'
        break
      }
      n += bytes.length
    } catch (error) {
      end = kindOf(error)
      break
    }
  }
  if (end === 'local') {
    pipe.reset()
  } else if (end === 'eof') {
    await pipe.closeWrite()
  }
  emit({ ev: 'reset', peer, n, end })
}

async function slow (pipe, peer, emit) {
  let n = 0
  let end = null
  let next = performance.now()
  while (end == null) {
    next += 10
    await sleep(Math.max(0, next - performance.now()))
    try {
      const bytes = await pipe.read()
      if (bytes == null) {
        end = 'eof'
      } else {
        n += Math.min(1024, bytes.length)
        if (bytes.length > 1024) {
          pipe.unread(bytes.subarray(1024))
        }
      }
    } catch (error) {
      end = kindOf(error)
    }
  }
  if (end === 'eof') {
    await pipe.write(uint64(n))
    await pipe.closeWrite()
  }
  emit({ ev: 'slow', peer, n, end })
}

/** Serves one measurement. Returns how many bytes came and went. */
export async function perf (pipe) {
  const down = readUint64(await pipe.readExactly(8))
  const up = await pipe.drain()
  await sendZeros(pipe, Number(down))
  await pipe.closeWrite()
  return { up, down: Number(down) }
}

/** Sends so many bytes. */
export async function sendZeros (pipe, count) {
  const zeros = new Uint8Array(CHUNK)
  for (let left = count; left > 0; left -= CHUNK) {
    await pipe.write(left < CHUNK ? zeros.subarray(0, left) : zeros)
  }
}

async function endOf (pipe, onBytes) {
  try {
    for (let bytes = await pipe.read(); bytes != null; bytes = await pipe.read()) {
      onBytes(bytes)
    }
    return 'eof'
  } catch (error) {
    return kindOf(error)
  }
}

/** Eight bytes, big-endian. */
export function uint64 (value) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** The number in eight bytes, as a bigint. */
export function readUint64 (bytes) {
  return Buffer.from(bytes).readBigUInt64BE()
}
