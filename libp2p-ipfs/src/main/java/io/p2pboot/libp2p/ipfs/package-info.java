/**
 * What a node needs to take part in the network of IPFS: the settings of the public
 * Kademlia network and of the one of a local network ({@code Amino}), the records of IPNS
 * under {@code /ipns/}, and the client of routing over HTTP. Read
 * {@link io.p2pboot.libp2p.ipfs.Amino} first. Specifications:
 * specs.ipfs.tech/ipns/ipns-record (2023-06), /routing/kad-dht and
 * /routing/http-routing-v1.
 */
@NullMarked
package io.p2pboot.libp2p.ipfs;

import org.jspecify.annotations.NullMarked;
