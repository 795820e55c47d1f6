// Kademlia: the operations of the control protocol.

import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { Failure } from './failure.js'

/** The namespace whose values begin with a number of 8 bytes: the highest is the best. */
const NAMESPACE = 'lip'

const RAW = 0x55

/** What `start` adds to the services of a node. */
export function kadService ({ kad }) {
  if (kad == null) {
    return {}
  }
  return {
    kad: kadDHT({
      protocol: kad.proto,
      clientMode: kad.mode === 'client',
      peerInfoMapper: passthroughMapper,
      allowQueryWithZeroPeers: true,
      initialQuerySelfInterval: 500,
      validators: { [NAMESPACE]: validate },
      selectors: { [NAMESPACE]: select }
    })
  }
}

async function validate (key, value) {
  if (value.length < 8) {
    throw new Error('the value has no number')
  }
}

function select (key, values) {
  let best = 0
  for (let index = 1; index < values.length; index++) {
    if (number(values[index]) > number(values[best])) {
      best = index
    }
  }
  return best
}

function number (value) {
  return Buffer.from(value).readBigUInt64BE(0)
}

function service (node) {
  if (node.services.kad == null) {
    throw new Failure('args', 'started without kad')
  }
  return node.services.kad
}

function bytes (hex) {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

function cid (hex) {
  return CID.createV1(RAW, Digest.decode(bytes(hex)))
}

function failed (error) {
  throw error instanceof Failure ? error : new Failure('internal', `${error.name}: ${error.message}`)
}

export async function findPeer (node, peer, signal) {
  try {
    for await (const event of service(node).findPeer(peer, { signal })) {
      if (event.name === 'FINAL_PEER') {
        return { addrs: event.peer.multiaddrs.map(String) }
      }
    }
  } catch (error) {
    failed(error)
  }
  return { addrs: [] }
}

export async function provide (node, { key }, signal) {
  const to = new Set()
  try {
    for await (const event of service(node).provide(cid(key), { signal })) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') {
        to.add(event.from.toString())
      }
    }
  } catch (error) {
    failed(error)
  }
  return { stored: to.size }
}

export async function findProviders (node, { key, count = 20 }, signal) {
  const found = new Map()
  try {
    for await (const event of service(node).findProviders(cid(key), { signal })) {
      if (event.name === 'PROVIDER') {
        for (const provider of event.providers) {
          found.set(provider.id.toString(), provider.multiaddrs.map(String))
        }
        if (found.size >= count) {
          break
        }
      }
    }
  } catch (error) {
    failed(error)
  }
  return { providers: [...found].map(([peer, addrs]) => ({ peer, addrs })) }
}

export async function put (node, { key, value }, signal) {
  const to = new Set()
  try {
    for await (const event of service(node).put(bytes(key), bytes(value), { signal })) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') {
        to.add(event.from.toString())
      }
    }
  } catch (error) {
    failed(error)
  }
  return { stored: to.size }
}

export async function get (node, { key }, signal) {
  const values = []
  try {
    for await (const event of service(node).get(bytes(key), { signal })) {
      if (event.name === 'VALUE') {
        values.push(event.value)
      }
    }
  } catch (error) {
    failed(error)
  }
  if (values.length === 0) {
    throw new Failure('internal', 'no value was found')
  }
  return { value: Buffer.from(values[select(null, values)]).toString('hex') }
}

export function table (node) {
  return { peers: [...service(node).routingTable.kb.toIterable()].map(peer => peer.peerId.toString()) }
}

export async function mode (node, { mode: wanted }) {
  await service(node).setMode(wanted)
  return { mode: service(node).getMode() }
}
