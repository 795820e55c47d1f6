// Helia as a program that a driver controls, in the way of ../../PROTOCOL.md.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { peerIdFromCID, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { start } from './node.js'

const RAW = 0x55

process.on('unhandledRejection', error => console.error('unhandled rejection:', error))

// Nothing here may ask for anything outside of this host.
globalThis.fetch = async url => { throw new Error(`nothing is fetched here: ${url}`) }

let helia

function version () {
  return `v${JSON.parse(readFileSync(new URL('../../package.json', import.meta.resolve('helia')))).version}`
}

function emit (line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function cid (key) {
  return CID.createV1(RAW, Digest.decode(Buffer.from(key, 'hex')))
}

function describe (connection) {
  return { peer: connection.remotePeer.toString(), addr: connection.remoteAddr.toString(), dir: connection.direction === 'outbound' ? 'out' : 'in' }
}

function info () {
  const { libp2p } = helia
  return { peer: libp2p.peerId.toString(), addrs: libp2p.getMultiaddrs().map(String), protocols: libp2p.getProtocols() }
}

async function collect (blocks) {
  const parts = []
  for await (const part of blocks) {
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const OPS = {
  async start () {
    helia = await start()
    return info()
  },
  async dial ({ addr }, signal) {
    return describe(await helia.libp2p.dial(multiaddr(addr), { signal }))
  },
  conns ({ peer }) {
    return { conns: helia.libp2p.getConnections(peer == null ? undefined : peerIdFromString(peer)).map(describe) }
  },
  kadTable () {
    return { peers: [...helia.libp2p.services.dht.routingTable.kb.toIterable()].map(peer => peer.peerId.toString()) }
  },
  async add ({ hex }) {
    const bytes = Buffer.from(hex, 'hex')
    const hash = await sha256.digest(bytes)
    await helia.blockstore.put(CID.createV1(RAW, hash), bytes)
    return { key: Buffer.from(hash.bytes).toString('hex') }
  },
  async fetch ({ key }, signal) {
    return { hex: (await collect(helia.blockstore.get(cid(key), { signal }))).toString('hex') }
  },
  async kadProvide ({ key }, signal) {
    await helia.routing.provide(cid(key), { signal })
    return { stored: null }
  },
  async kadFindProviders ({ key, count = 20 }, signal) {
    const found = new Map()
    for await (const { id, multiaddrs } of helia.routing.findProviders(cid(key), { signal })) {
      found.set(peerIdFromCID(id).toString(), multiaddrs.map(String))
      if (found.size >= count) {
        break
      }
    }
    return { providers: [...found].map(([peer, addrs]) => ({ peer, addrs })) }
  },
  async stop () {
    await helia?.stop()
  }
}

async function answer ({ id = null, op, timeout = 15_000, ...args }) {
  try {
    if (!Object.hasOwn(OPS, op)) {
      emit({ id, ok: false, err: `no op ${op}`, kind: 'unsupported' })
      return
    }
    emit({ id, ok: true, r: await OPS[op](args, AbortSignal.timeout(timeout)) ?? {} })
  } catch (error) {
    emit({ id, ok: false, err: `${error.name}: ${error.message}`, kind: ['AbortError', 'TimeoutError'].includes(error.name) ? 'timeout' : 'internal' })
  }
}

emit({ ev: 'ready', stack: 'helia', version: version() })
for await (const line of createInterface({ input: process.stdin })) {
  const args = JSON.parse(line)
  const answered = answer(args)
  if (args.op === 'stop') {
    await answered
    break
  }
}
await helia?.stop()
process.stdout.write('', () => process.exit(0))
