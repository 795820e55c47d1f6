// Publish and subscribe: the stack's gossipsub behind the requests of the control protocol.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gossipsub } from '@libp2p/gossipsub'
import { Failure } from './failure.js'
import { pattern } from './pattern.js'

const FLOODSUB = '/floodsub/1.0.0'

/** How long each service validates a message. */
const slow = new WeakMap()

/** The service of a node that was started with the argument `pubsub`. */
export function pubsub ({ router, protocols, sign = true, maxBytes, ids, heartbeatMs, floodPublish = false, peerExchange = false, score = false, degree, validateMs }) {
  const settings = {
    globalSignaturePolicy: sign ? 'StrictSign' : 'StrictNoSign',
    allowPublishToZeroTopicPeers: true,
    fallbackToFloodsub: true,
    floodPublish,
    doPX: peerExchange
  }
  if (ids === 'sha256') {
    settings.msgIdFn = message => sha256(message.data)
  } else if (ids === 'default') {
    // The specification's, which is not the stack's own.
    settings.msgIdFn = message => Buffer.concat([message.from.toMultihash().bytes, numberBytes(message.sequenceNumber)])
  }
  if (maxBytes != null) {
    settings.maxInboundDataLength = maxBytes
  }
  if (heartbeatMs != null) {
    settings.heartbeatInterval = heartbeatMs
  }
  if (score) {
    settings.scoreThresholds = { gossipThreshold: -50, publishThreshold: -100, graylistThreshold: -200 }
    settings.scoreParams = { topics: { scored: { topicWeight: 1, invalidMessageDeliveriesWeight: -10, invalidMessageDeliveriesDecay: 0.999 } } }
  }
  if (peerExchange) {
    settings.scoreThresholds = { ...settings.scoreThresholds, acceptPXThreshold: 0 }
  }
  if (degree != null) {
    Object.assign(settings, { D: degree, Dlo: degree, Dhi: degree + 1, Dscore: degree, Dout: 0 })
  }
  return components => {
    const service = gossipsub(settings)(components)
    slow.set(service, validateMs ?? 0)
    const wanted = router === 'flood' ? [FLOODSUB] : protocols
    if (wanted != null) {
      service.protocols = [...wanted]
    }
    return service
  }
}

/** Tells of each message that another node published or forwarded. */
export function watch (node, event) {
  node.services.pubsub?.addEventListener('gossipsub:message', ({ detail: { propagationSource, msgId, msg } }) => {
    const via = propagationSource.toString()
    if (via === node.peerId.toString()) {
      return
    }
    event({
      ev: 'message',
      topic: msg.topic,
      via,
      from: msg.type === 'signed' ? msg.from.toString() : null,
      seqno: msg.type === 'signed' ? numberBytes(msg.sequenceNumber).toString('hex') : null,
      size: msg.data.length,
      sha256: sha256(msg.data).toString('hex'),
      id: Buffer.from(msgId, 'base64').toString('hex')
    })
  })
}

function sha256 (bytes) {
  return createHash('sha256').update(bytes).digest()
}

function numberBytes (number) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(number))
  return bytes
}

function service (node) {
  const found = node.services.pubsub
  if (found == null) {
    throw new Failure('unsupported', 'started without pubsub')
  }
  return found
}

export function subscribe (node, { topic }) {
  const found = service(node)
  const ms = slow.get(found)
  if (ms > 0) {
    found.topicValidators.set(topic, async () => {
      await sleep(ms)
      return 'accept'
    })
  }
  found.subscribe(topic)
}

export function unsubscribe (node, { topic }) {
  service(node).unsubscribe(topic)
}

export async function publish (node, { topic, n = 0, size = 8, count = 1, ms = 0 }) {
  const found = service(node)
  const errors = []
  let published = 0
  for (let i = 0; i < count; i++) {
    try {
      await found.publish(topic, numbered(n + i, size))
      published++
    } catch (error) {
      errors.push(error.message)
    }
    if (ms > 0) {
      await sleep(ms)
    }
  }
  return { published, failed: errors.length, errors: errors.slice(0, 5) }
}

// A number, then the pattern from that number on.
function numbered (number, size) {
  return Buffer.concat([numberBytes(number), pattern(number, Math.max(0, size - 8))])
}

/** Resets every stream of publish and subscribe with a peer. */
export function cut (node, peer) {
  const streams = node.getConnections(peer)
    .flatMap(connection => connection.streams)
    .filter(stream => stream.protocol?.startsWith('/meshsub/'))
  for (const stream of streams) {
    stream.abort(new Error('cut'))
  }
  return { streams: streams.length }
}

export function mesh (node, { topic }) {
  const found = service(node)
  return {
    mesh: found.getMeshPeers(topic).map(String).sort(),
    peers: found.getSubscribers(topic).map(String).sort()
  }
}
