package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one port, each on an event loop of its own. The kernel chooses the
 * socket that gets a packet by the addresses of both ends, so that what belongs to a
 * connection that was dialled from another socket may come here: the first byte of each
 * connection id is the number of the socket that it belongs to. Thread-safe.
 */
final class Siblings {

	/** The number has to fit one byte. */
	static final int MAX = 64;

	private static final int[] NONE = {};

	private final int wanted;

	private volatile PacketRouter[] routers = {};

	/** How many connections each socket has dialled to an address. */
	private final ConcurrentMap<InetSocketAddress, int[]> dialled = new ConcurrentHashMap<>();

	/** Which socket waits for the dial of a peer. */
	private final ConcurrentMap<InetSocketAddress, Integer> punched = new ConcurrentHashMap<>();

	/**
	 * Creates the sockets of a port.
	 * @param wanted how many there are to be, 1 to {@link #MAX}
	 */
	Siblings(int wanted) {
		this.wanted = wanted;
	}

	/** Whether ids bear the number of their socket. */
	boolean areSeveral() {
		return this.wanted > 1;
	}

	/**
	 * Adds the next socket, once it is bound; its number is how many there were. Called
	 * for one after the other.
	 */
	void add(PacketRouter router) {
		PacketRouter[] more = Arrays.copyOf(this.routers, this.routers.length + 1);
		more[more.length - 1] = router;
		this.routers = more;
	}

	/**
	 * Returns whose an id is.
	 * @param packet the packet
	 * @param at where its id begins
	 * @return the socket; null where the id names none
	 */
	@Nullable PacketRouter named(ByteBuf packet, int at) {
		PacketRouter[] all = this.routers;
		int number = areSeveral() ? packet.getUnsignedByte(at) : all.length;
		return (number < all.length) ? all[number] : null;
	}

	/** A socket dials an address. */
	void dialling(InetSocketAddress remote, int number) {
		if (areSeveral()) {
			count(remote, number, 1);
		}
	}

	/** A connection that a socket dialled has ended. */
	void ended(InetSocketAddress remote, int number) {
		if (areSeveral()) {
			count(remote, number, -1);
		}
	}

	private void count(InetSocketAddress remote, int number, int change) {
		this.dialled.compute(remote, (address, before) -> {
			int[] counts = (before != null) ? before.clone() : new int[this.wanted];
			counts[number] += change;
			return Arrays.stream(counts).allMatch((count) -> count == 0) ? null : counts;
		});
	}

	/**
	 * Returns the sockets, except one, with connections that were dialled to an address:
	 * a stateless reset from there may concern any of them.
	 */
	PacketRouter[] diallers(InetSocketAddress remote, PacketRouter except) {
		int[] counts = this.dialled.getOrDefault(remote, NONE);
		PacketRouter[] all = this.routers;
		return IntStream.range(0, Math.min(counts.length, all.length))
			.filter((number) -> counts[number] > 0 && all[number] != except)
			.mapToObj((number) -> all[number])
			.toArray(PacketRouter[]::new);
	}

	/** A socket waits for a peer's dial, until {@link #punchEnded}. */
	void punching(InetSocketAddress remote, int number) {
		this.punched.put(remote, number);
	}

	/** It does not wait any more. */
	void punchEnded(InetSocketAddress remote, int number) {
		this.punched.remove(remote, number);
	}

	/** Returns the socket that waits for the dial of a peer; null where none does. */
	@Nullable PacketRouter waitingFor(InetSocketAddress remote) {
		Integer number = this.punched.isEmpty() ? null : this.punched.get(remote);
		PacketRouter[] all = this.routers;
		return (number != null && number < all.length) ? all[number] : null;
	}

	/** How many addresses are kept. */
	int size() {
		return this.dialled.size() + this.punched.size();
	}

}
