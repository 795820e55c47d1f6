package io.p2pboot.libp2p;

/**
 * What can be mounted on a {@link Node} by path: streams or datagrams.
 */
public sealed interface Protocol permits StreamProtocol, DatagramProtocol {

}
