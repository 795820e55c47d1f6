// The control protocol: requests from standard input, answers and events to standard
// output.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { connectMany } from './connections.js'
import { Failure, dialFailure, kindOf } from './failure.js'
import { CHUNK, ECHO, echo, serve, serveAll } from './handlers.js'
import * as kad from './kad.js'
import { createNode, describe } from './node.js'
import * as ops from './ops.js'
import * as pubsub from './pubsub.js'

const DEFAULT_TIMEOUT_MS = 15_000

// The version of libp2p that is installed.
function version () {
  const main = createRequire(import.meta.url).resolve('libp2p')
  const folder = main.slice(0, main.lastIndexOf('/libp2p/dist/'))
  return `v${JSON.parse(readFileSync(`${folder}/libp2p/package.json`)).version}`
}

function emit (line) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

class Peer {
  #node = null
  #held = new Map()
  #identified = new Map()
  #identifying = new Map()
  #options = null
  #more = []

  get node () {
    if (this.#node == null) {
      throw new Failure('args', 'not started')
    }
    return this.#node
  }

  async start (args) {
    if (this.#node != null) {
      throw new Failure('args', 'started already')
    }
    const node = await createNode(args)
    this.#node = node
    this.#options = args
    await serveAll(node, args.keep, line => this.#event(line))
    node.addEventListener('connection:open', event => this.#onConnection('connOpen', event.detail))
    node.addEventListener('connection:close', event => this.#onConnection('connClose', event.detail))
    node.addEventListener('peer:identify', event => this.#onIdentified(event.detail))
    node.addEventListener('peer:discovery', event => this.#onFound(event.detail))
    pubsub.watch(node, line => this.#event(line))
    return this.info()
  }

  info () {
    const { node } = this
    return {
      peer: node.peerId.toString(),
      pub: Buffer.from(publicKeyToProtobuf(node.peerId.publicKey)).toString('hex'),
      addrs: node.getMultiaddrs().map(String),
      protocols: node.getProtocols()
    }
  }

  #event (line) {
    if (this.#options.quiet !== true) {
      emit(line)
    }
  }

  #onConnection (ev, connection) {
    const { peer, addr, dir, enc, mux } = describe(connection)
    this.#event({ ev, peer, addr, dir, enc, mux })
    if (ev === 'connClose' && this.node.getConnections(connection.remotePeer).length === 0) {
      this.#identified.delete(peer)
      this.#identifying.get(peer)?.reject(new Failure('closed', 'the connection was closed'))
      this.#identifying.delete(peer)
    }
  }

  #onFound ({ id, multiaddrs }) {
    if (this.#options.mdns === true) {
      this.#event({ ev: 'found', peer: id.toString(), addrs: multiaddrs.map(String) })
    }
  }

  #onIdentified (result) {
    const peer = result.peerId.toString()
    const told = {
      agent: result.agentVersion ?? null,
      proto: result.protocolVersion ?? null,
      protocols: result.protocols,
      addrs: result.listenAddrs.map(String),
      signed: result.signedPeerRecord != null
    }
    this.#identified.set(peer, told)
    this.#identifying.get(peer)?.resolve(told)
    this.#identifying.delete(peer)
    const { agent, proto, protocols, addrs, signed } = told
    this.#event({ ev: 'identified', peer, agent, proto, protocols, listen: addrs, observed: result.observedAddr?.toString() ?? null, signed, push: null })
  }

  async peerInfo (id) {
    const peer = id.toString()
    const told = this.#identified.get(peer)
    if (told != null) {
      return told
    }
    if (this.node.getConnections(id).length === 0) {
      throw new Failure('dial', `not connected to ${peer}`)
    }
    if (!this.#identifying.has(peer)) {
      this.#identifying.set(peer, Promise.withResolvers())
    }
    return this.#identifying.get(peer).promise
  }

  async dial (args, signal) {
    const addresses = [...(args.addrs ?? []), ...(args.addr == null ? [] : [args.addr])].map(parse)
    const since = performance.now()
    try {
      const connection = await this.node.dial(addresses, { signal })
      return { ...describe(connection), ms: performance.now() - since }
    } catch (error) {
      throw dialFailure(error)
    }
  }

  async hangup (id) {
    const open = this.node.getConnections(id).length
    await this.node.hangUp(id)
    return { closed: open }
  }

  async connectMany (args, signal) {
    const wish = {
      addr: args.addr,
      count: number(args, 'count'),
      concurrency: Math.max(1, number(args, 'concurrency', 1)),
      stay: args.stay === true
    }
    const { nodes, answer } = await connectMany(this.#options, wish, signal)
    this.#more.push(...nodes)
    return answer
  }

  conns (id) {
    return { conns: this.node.getConnections(id).map(describe) }
  }

  async idPush (args) {
    for (const protocol of args.remove ?? []) {
      await this.node.unhandle(protocol)
    }
    for (const protocol of args.add ?? []) {
      await serve(this.node, protocol, echo)
    }
    return { protocols: this.node.getProtocols() }
  }

  async hold (id, count, signal) {
    const { held, answer } = await ops.hold(this.node, id, count, signal)
    this.#held.set(id.toString(), [...(this.#held.get(id.toString()) ?? []), ...held])
    return answer
  }

  async release (id) {
    const held = this.#held.get(id.toString()) ?? []
    this.#held.delete(id.toString())
    return ops.release(held)
  }

  async stop () {
    await Promise.all(this.#more.map(node => node.stop()))
    await this.#node?.stop()
  }
}

function parse (text) {
  try {
    return multiaddr(text)
  } catch (error) {
    throw new Failure('args', `${text}: ${error.message}`)
  }
}

function peerOf (args) {
  try {
    return peerIdFromString(args.peer)
  } catch (error) {
    throw new Failure('args', `peer: ${error.message}`)
  }
}

function number (args, name, otherwise) {
  const value = args[name] ?? otherwise
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Failure('args', `${name} must be a number, not ${value}`)
  }
  return value
}

const OPS = {
  start: (peer, args) => peer.start(args),
  info: peer => peer.info(),
  stop: peer => peer.stop(),
  dial: (peer, args, signal) => peer.dial(args, signal),
  hangup: (peer, args) => peer.hangup(peerOf(args)),
  connectMany: (peer, args, signal) => peer.connectMany(args, signal),
  conns: (peer, args) => peer.conns(args.peer == null ? undefined : peerOf(args)),
  peerInfo: (peer, args) => peer.peerInfo(peerOf(args)),
  idPush: (peer, args) => peer.idPush(args),
  ping: (peer, args, signal) => ops.ping(peer.node, peerOf(args), number(args, 'n', 1), number(args, 'concurrency', 1), signal),
  perf: (peer, args, signal) => ops.perf(peer.node, peerOf(args), number(args, 'up', 0), number(args, 'down', 0), number(args, 'streams', 1), signal),
  echo: (peer, args, signal) => ops.echo(peer.node, peerOf(args), number(args, 'size'), number(args, 'chunk', CHUNK), args.proto ?? ECHO, signal),
  exchange: (peer, args, signal) => ops.exchange(peer.node, peerOf(args), args.proto, Buffer.from(args.hex, 'hex'), signal),
  echoMany: (peer, args, signal) => ops.echoMany(peer.node, peerOf(args), number(args, 'count'), number(args, 'size'), number(args, 'concurrency', 1), signal),
  hold: (peer, args, signal) => peer.hold(peerOf(args), number(args, 'count'), signal),
  release: (peer, args) => peer.release(peerOf(args)),
  sink: (peer, args, signal) => ops.sink(peer.node, peerOf(args), number(args, 'size', 0), number(args, 'chunk', CHUNK), args.file, signal),
  half: (peer, args, signal) => ops.half(peer.node, peerOf(args), number(args, 'size', 0), args.order ?? 'remote', signal),
  reset: (peer, args, signal) => ops.reset(peer.node, peerOf(args), number(args, 'size', 0), args.by ?? 'remote', signal),
  slow: (peer, args, signal) => ops.slow(peer.node, peerOf(args), number(args, 'size'), number(args, 'ms'), signal),
  propose: (peer, args, signal) => ops.propose(peer.node, peerOf(args), args.protos ?? [], signal),
  kadFindPeer: (peer, args, signal) => kad.findPeer(peer.node, peerOf(args), signal),
  kadProvide: (peer, args, signal) => kad.provide(peer.node, args, signal),
  kadFindProviders: (peer, args, signal) => kad.findProviders(peer.node, args, signal),
  kadPut: (peer, args, signal) => kad.put(peer.node, args, signal),
  kadGet: (peer, args, signal) => kad.get(peer.node, args, signal),
  kadTable: peer => kad.table(peer.node),
  kadMode: (peer, args) => kad.mode(peer.node, args),
  subscribe: (peer, args) => pubsub.subscribe(peer.node, args),
  unsubscribe: (peer, args) => pubsub.unsubscribe(peer.node, args),
  publish: (peer, args) => pubsub.publish(peer.node, args),
  mesh: (peer, args) => pubsub.mesh(peer.node, args),
  cut: (peer, args) => pubsub.cut(peer.node, peerOf(args)),
  unsupported: (peer, args, signal) => ops.unsupported(peer.node, peerOf(args), signal)
}

async function perform (peer, args) {
  if (!Object.hasOwn(OPS, args.op)) {
    throw new Failure('unsupported', `no op ${args.op}`)
  }
  const ms = number(args, 'timeout', DEFAULT_TIMEOUT_MS)
  const timeout = Promise.withResolvers()
  const timer = setTimeout(() => timeout.reject(new Failure('timeout', 'it took too long')), ms)
  try {
    return await Promise.race([OPS[args.op](peer, args, AbortSignal.timeout(ms)), timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function answer (peer, args) {
  const id = args.id ?? null
  try {
    emit({ id, ok: true, r: await perform(peer, args) ?? {} })
  } catch (error) {
    emit({ id, ok: false, err: error.message, kind: kindOf(error) })
  }
}

/** Serves standard input until it ends. */
export async function run () {
  emit({ ev: 'ready', stack: 'js', version: version() })
  const peer = new Peer()
  for await (const line of createInterface({ input: process.stdin })) {
    let args
    try {
      args = JSON.parse(line)
    } catch (error) {
      emit({ id: null, ok: false, err: error.message, kind: 'args' })
      continue
    }
    const answered = answer(peer, args)
    if (args.op === 'stop') {
      await answered
      break
    }
  }
  await peer.stop()
  // Written lines must be out before the process ends.
  process.stdout.write('', () => process.exit(0))
}
