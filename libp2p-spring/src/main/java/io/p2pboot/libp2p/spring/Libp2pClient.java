package io.p2pboot.libp2p.spring;

/**
 * Implemented by every client that is made of an interface: a handler may implement the
 * same interface, and this tells the two apart. Not for applications to implement.
 */
public interface Libp2pClient {

}
