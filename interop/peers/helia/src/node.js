// Helia as it comes from npm, without what would reach beyond this host.

import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { withBitswap } from '@helia/bitswap'
import { libp2pDefaults, withLibp2pLight } from '@helia/libp2p'
import { createHeliaLight } from 'helia'

/** The network of IPFS nodes that reach each other without the internet. */
export const LAN = '/ipfs/lan/kad/1.0.0'

/** Services that ask, or tell, somebody outside. */
const OUTSIDE = ['autoNAT', 'autoTLS', 'delegatedContentRouting', 'delegatedPeerRouting', 'relay', 'upnp']

/** A started Helia on loopback that knows nobody. */
export async function start () {
  const config = libp2pDefaults()
  config.addresses = { listen: ['/ip4/127.0.0.1/tcp/0'] }
  // These are the bootstrap peers and multicast DNS.
  config.peerDiscovery = []
  OUTSIDE.forEach(service => delete config.services[service])
  config.services.dht = kadDHT({
    protocol: LAN,
    clientMode: false,
    peerInfoMapper: passthroughMapper,
    allowQueryWithZeroPeers: true,
    initialQuerySelfInterval: 500
  })
  return withBitswap(withLibp2pLight(createHeliaLight(), config)).start()
}
