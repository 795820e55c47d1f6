package io.p2pboot.libp2p.resource;

import java.util.Optional;
import java.util.function.Consumer;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * What one connection uses, from the first byte of its handshake to its end, whatever
 * transport carries it. Opened once for a connection by {@link ResourceManager#open
 * ResourceManager}; whoever uses more asks here first. Closing gives back all that is
 * still in use, so that nothing can be left over. Thread-safe; no method blocks.
 */
public interface ConnectionScope {

	/**
	 * Returns who opened the connection.
	 * @return the direction
	 */
	Direction direction();

	/**
	 * Returns our end's address, or the one that is listened on where our end is not
	 * known yet.
	 * @return the address
	 */
	Multiaddr local();

	/**
	 * Returns the other end's address.
	 * @return the address
	 */
	Multiaddr remote();

	/**
	 * Returns who is at the other end.
	 * @return the peer; empty before {@link #secured}
	 */
	Optional<PeerId> peer();

	/**
	 * Says that the peer has taken one step of its handshake: something that was asked of
	 * it has come, and not only some of its bytes. Where handshakes have to make room,
	 * those go first of the step that most are at. Called by one thread at a time.
	 */
	void progressed();

	/**
	 * Says who is at the other end, once the handshake has proved it: the connection no
	 * longer counts as a handshake, but as one of this peer's.
	 * @param peer the peer
	 * @throws LimitExceeded if the node, or the peer, has too many connections; the scope
	 * stays as it was, for the caller to close
	 * @throws ConnectionBlocked if a gater does not allow the peer; likewise
	 * @throws IllegalStateException if it is known already
	 */
	void secured(PeerId peer) throws LimitExceeded, ConnectionBlocked;

	/**
	 * Opens the scope of one more stream; after {@link #close} it counts for nothing.
	 * @param direction who opens it
	 * @return its scope, which ends with this one at the latest
	 * @throws LimitExceeded if the connection, the peer or the node has too many of them;
	 * then nothing was counted
	 */
	StreamScope openStream(Direction direction) throws LimitExceeded;

	/**
	 * Returns how many streams are open.
	 * @param direction who opened them
	 * @return the number, 0 after {@link #close}
	 */
	int streams(Direction direction);

	/**
	 * Returns for how long no stream was open.
	 * @return the time in nanoseconds, 0 while one is
	 */
	long idleNanos();

	/**
	 * Counts bytes that the connection holds for applications that have not read them
	 * yet. They are there, so they are counted even where that is more than
	 * {@link #allowedBytes}: the connection is not to be read then.
	 * @param bytes how many, not negative
	 */
	void reserve(int bytes);

	/**
	 * Counts bytes that the connection no longer holds; does nothing after
	 * {@link #close}.
	 * @param bytes how many, not negative
	 * @throws IllegalStateException if that is more than it holds
	 */
	void release(int bytes);

	/**
	 * Returns how many bytes the connection holds.
	 * @return the number, 0 after {@link #close}
	 */
	long reservedBytes();

	/**
	 * Returns how much the connection may hold now: its share of the node's memory, or
	 * what is left if that is more.
	 * @return how many bytes, 0 and more
	 */
	long allowedBytes();

	/**
	 * Returns whether all connections together hold all that they may.
	 * @return whether nothing is left
	 */
	boolean isMemorySpent();

	/**
	 * Says how the connection ends when others need the memory that it holds. Without it,
	 * its channel is closed.
	 * @param end ends it with the reason; called once at most, on any thread, and must
	 * not block
	 */
	void onSpent(Consumer<LimitExceeded> end);

	/**
	 * Returns who counts as one where slots are shared out: whoever has the IPv4 address,
	 * or the /48 of IPv6, that the connection comes from.
	 * @return the network
	 */
	IpNetwork holder();

	/**
	 * Returns whether the connection's address, or a network that it belongs to, has more
	 * than half of the inbound connections that it may have.
	 * @return whether it has; false for outbound connections, and where nothing is
	 * limited
	 */
	boolean isCrowded();

	/**
	 * Ends the scope and gives back all that it still uses. Does nothing if it has ended.
	 */
	void close();

	/**
	 * Returns whether it makes room for nobody: it is always allowed, or its peer is
	 * protected now.
	 * @return whether it stays, whatever the limits are
	 */
	boolean isPrivileged();

}
