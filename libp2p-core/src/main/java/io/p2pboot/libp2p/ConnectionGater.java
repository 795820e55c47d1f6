package io.p2pboot.libp2p;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Says which connections a node has, at each step towards them: a dial of a peer, of each
 * of its addresses, a connection that comes, the proof of who is at its other end, and
 * the connection that is ready. One {@code false} ends it. Where a node has several
 * gaters, all have to agree.
 *
 * <p>
 * The methods are called on event loops and must not block; they may be called at the
 * same time. One that throws counts as {@code false}. {@link AccessLists} is a gater that
 * can be changed at run time.
 */
public interface ConnectionGater {

	/** Lets everybody in. */
	ConnectionGater ALL = new ConnectionGater() {
	};

	/**
	 * Returns whether a peer may be dialled.
	 * @param peer the peer
	 * @return {@code false} fails the dial with {@link ConnectionBlocked}
	 */
	default boolean allowPeerDial(PeerId peer) {
		return true;
	}

	/**
	 * Returns whether an address of a peer may be dialled.
	 * @param peer the peer
	 * @param address the address, without names
	 * @return {@code false} leaves the address out
	 */
	default boolean allowAddressDial(PeerId peer, Multiaddr address) {
		return true;
	}

	/**
	 * Returns whether a connection that somebody opens may go on, before anything is read
	 * from it.
	 * @param local the address that it came to
	 * @param remote the address that it came from
	 * @return {@code false} closes it
	 */
	default boolean allowAccept(Multiaddr local, Multiaddr remote) {
		return true;
	}

	/**
	 * Returns whether connections from an address get in even where limits are reached,
	 * as far as others can make room.
	 * @param remote the address
	 * @return whether it is allowed whatever the limits are
	 */
	default boolean alwaysAllows(Multiaddr remote) {
		return false;
	}

	/**
	 * Returns whether connections with a peer get in even where limits are reached, as
	 * far as others can make room.
	 * @param peer the peer
	 * @return whether it is allowed whatever the limits are
	 */
	default boolean alwaysAllows(PeerId peer) {
		return false;
	}

	/**
	 * Returns whether a connection may go on, now that it is known who is at its other
	 * end.
	 * @param direction who opened it
	 * @param peer the peer
	 * @param remote the peer's address
	 * @return {@code false} closes it
	 */
	default boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
		return true;
	}

	/**
	 * Returns whether a connection that is ready may stay.
	 * @param connection the connection, on which no stream may be opened yet
	 * @return {@code false} closes it
	 */
	default boolean allowUpgraded(Connection connection) {
		return true;
	}

}
