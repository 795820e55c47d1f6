package io.p2pboot.libp2p.transport;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Dials and listens on one kind of multiaddr. Thread-safe after {@link #start}; no method
 * blocks.
 */
public interface Transport {

	/**
	 * Returns the label that metrics use.
	 * @return for example {@code tcp}, {@code quic-v1}
	 */
	String name();

	/**
	 * Returns whether this transport serves an address, after its names are resolved.
	 * @param address the address, with or without {@code /p2p}
	 * @return whether it can be dialled and listened on here
	 */
	boolean supports(Multiaddr address);

	/**
	 * Returns whether connections of this transport may carry datagrams themselves:
	 * {@link io.p2pboot.libp2p.muxer.MuxerSession#datagrams} tells for each. Where one
	 * does, the node serves {@code /dg/1}.
	 * @return whether they may
	 */
	default boolean carriesDatagrams() {
		return false;
	}

	/**
	 * Gives the transport what it works with, once, before anything else.
	 * @param context the node's context
	 */
	void start(TransportContext context);

	/**
	 * Listens on an address.
	 * @param address the address; port 0 for any port
	 * @return the listener once bound; fails with an {@link java.io.IOException} that
	 * names the address
	 */
	Future<Listener> listen(Multiaddr address);

	/**
	 * Dials an address. Cancelling the future closes what was opened.
	 * @param address the address, resolved, without {@code /p2p}
	 * @param options who may answer, who speaks first, and the local port
	 * @return the connection, secured and multiplexed; fails with an
	 * {@link java.io.IOException}
	 */
	Future<MuxedConnection> dial(Multiaddr address, DialOptions options);

	/**
	 * Frees what the transport holds beside its listeners and connections.
	 * @return completes when all is freed
	 */
	Future<Void> close();

}
