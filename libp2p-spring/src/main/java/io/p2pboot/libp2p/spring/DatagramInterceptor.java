package io.p2pboot.libp2p.spring;

import java.io.IOException;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * Stands before the handler of every datagram that a bean serves. Beans of this type are
 * called in their order, the first one outermost, on the handler's thread. To refuse,
 * return without handing it on, or throw
 * {@link io.p2pboot.libp2p.StreamReset#local(long, String)} with a code from 400 to 499,
 * which the log tells at debug level; the peer learns of neither.
 */
@FunctionalInterface
public interface DatagramInterceptor {

	/**
	 * Serves a datagram, usually by handing it on.
	 * @param path its protocol
	 * @param datagram the datagram
	 * @param next what comes after this interceptor
	 * @throws IOException if it is refused or failed
	 */
	void intercept(ProtocolPath path, Datagram datagram, DatagramHandler next) throws IOException;

}
