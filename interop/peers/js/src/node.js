// The node: js-libp2p with every limiter out of the way.

import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import tlsSockets from 'node:tls'
import { quic } from '@chainsafe/libp2p-quic'
import { generateKeyPair, privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { identify, identifyPush } from '@libp2p/identify'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { RecordType, dns } from '@multiformats/dns'
import { createLibp2p } from 'libp2p'
import { Failure } from './failure.js'
import { kadService } from './kad.js'
import { pubsub } from './pubsub.js'
import { selfSigned } from './selfsigned.js'

// More than any scenario uses.
const MANY = 100_000

// Each is made from the arguments of `start`.
const TRANSPORTS = { tcp: () => tcp(), ws: () => webSockets(), wss: secureWebSockets, 'quic-v1': () => quic() }
const SECURITY = { noise, tls }
const MUXERS = { yamux }

// The stack dials with the WebSocket of Node.js, which takes no certificates to trust:
// they become those of the process. `unverified` is for the matrix, which hands out no
// certificates: a listener signs its own, a dialer takes any.
function secureWebSockets ({ cert, trust, unverified = false }) {
  if (unverified) {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    return webSockets({ https: selfSigned() })
  }
  if (trust != null) {
    if (tlsSockets.setDefaultCACertificates == null) {
      throw new Failure('unsupported', `trust with Node.js ${process.version}`)
    }
    tlsSockets.setDefaultCACertificates([readFileSync(trust, 'utf8')])
  }
  if (cert == null) {
    return webSockets()
  }
  const pem = readFileSync(cert, 'utf8')
  return webSockets({ https: { cert: pem, key: pem } })
}

function choose (names, known, what) {
  return names.map(name => {
    if (!Object.hasOwn(known, name)) {
      throw new Failure('unsupported', `no ${what} ${name}`)
    }
    return known[name]
  })
}

/** The key in the hex of a PrivateKey message, or a new one. */
async function privateKey (hex) {
  if (hex == null) {
    return generateKeyPair('Ed25519')
  }
  try {
    return privateKeyFromProtobuf(Buffer.from(hex, 'hex'))
  } catch (error) {
    throw new Failure('unsupported', `this key: ${error.message}`)
  }
}

/** Makes and starts a node. */
export async function createNode (options) {
  const { key, listen = [], transports = ['tcp'], security = ['noise'], muxers = ['yamux'], agent, resolver } = options
  const streamLimits = { maxInboundStreams: MANY, maxOutboundStreams: MANY }
  try {
    return await createLibp2p({
      privateKey: await privateKey(key),
      addresses: { listen },
      transports: choose(transports, TRANSPORTS, 'transport').map(transport => transport(options)),
      connectionEncrypters: choose(security, SECURITY, 'security protocol').map(protocol => protocol()),
      streamMuxers: choose(muxers, MUXERS, 'muxer').map(muxer => muxer({ ...streamLimits, maxEarlyStreams: MANY })),
      nodeInfo: agent == null ? {} : { userAgent: agent },
      connectionGater: { denyDialMultiaddr: () => false },
      connectionMonitor: { enabled: false },
      connectionManager: {
        maxConnections: MANY,
        inboundConnectionThreshold: Infinity,
        maxIncomingPendingConnections: MANY,
        reconnectRetries: 0,
        dialTimeout: 60_000,
        addressDialTimeout: 60_000,
        inboundUpgradeTimeout: 60_000,
        inboundStreamProtocolNegotiationTimeout: 60_000
      },
      ...(resolver == null ? {} : { dns: dns({ resolvers: { '.': resolveWith(resolver) } }) }),
      peerDiscovery: options.mdns === true ? [mdns()] : [],
      services: {
        identify: identify(streamLimits),
        identifyPush: identifyPush(streamLimits),
        ping: ping(streamLimits),
        ...kadService(options),
        ...(options.pubsub == null ? {} : { pubsub: pubsub(options.pubsub) })
      }
    })
  } catch (error) {
    if (error instanceof Failure) {
      throw error
    }
    throw new Failure('unsupported', `${error.name}: ${error.message}`)
  }
}

// Asks one name server. The stack asks it for /dnsaddr only; a /dns4 or /dns6 goes to
// the system's resolver.
function resolveWith (server) {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  resolver.setServers([server])
  const queries = {
    [RecordType.A]: name => resolver.resolve4(name),
    [RecordType.AAAA]: name => resolver.resolve6(name),
    [RecordType.TXT]: name => resolver.resolveTxt(name)
  }
  return async (name, options = {}) => {
    const types = [options.types ?? [RecordType.A, RecordType.AAAA]].flat()
    const answers = await Promise.all(types.map(async type => {
      const data = await queries[type](name)
      return data.map(one => ({ name, type, TTL: 60, data: [one].flat().join('') }))
    }))
    return {
      Status: 0,
      TC: false,
      RD: true,
      RA: true,
      AD: false,
      CD: false,
      Question: types.map(type => ({ name, type })),
      Answer: answers.flat()
    }
  }
}

/** A connection as the control protocol describes it. */
export function describe (connection) {
  const quicUsed = connection.remoteAddr.toString().includes('/quic-v1')
  return {
    peer: connection.remotePeer.toString(),
    addr: connection.remoteAddr.toString(),
    dir: connection.direction === 'outbound' ? 'out' : 'in',
    enc: quicUsed ? '' : connection.encryption ?? '',
    mux: quicUsed ? '' : connection.multiplexer ?? '',
    early: null,
    streams: connection.streams.length
  }
}
