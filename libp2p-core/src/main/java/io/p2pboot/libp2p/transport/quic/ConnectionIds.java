package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import io.netty.handler.codec.quic.QuicResetTokenGenerator;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * Makes the connection ids of one socket, at random, and knows whose each is: by them the
 * packets of dialled and accepted connections are told apart, and a packet that does not
 * come from the address of its connection is recognised. Reset tokens come from a secret,
 * so that no id tells anything about a token (lesson of CVE-2026-50009). Event loop only.
 */
final class ConnectionIds implements QuicConnectionIdGenerator, QuicResetTokenGenerator {

	/** Whose packets are those of a channel. */
	static final AttributeKey<Owner> OWNER = AttributeKey.valueOf(ConnectionIds.class, "owner");

	/** The length of every id that we give out; long enough not to be guessed. */
	static final int LENGTH = 8;

	/** How many ids of one connection are kept, the newest; peers use one or two. */
	static final int MAX_IDS_OF_A_CONNECTION = 32;

	private final SecureRandom random = new SecureRandom();

	/** Only ids made here get in, so a peer cannot make them collide. */
	private final Map<Long, Owner> owners = new HashMap<>();

	/** Which bits of an id are random; the rest say whose it is. */
	private final long randomBits;

	private final long numberBits;

	/** By the first id that they had. */
	private final Map<Long, Owner> connections = new HashMap<>();

	/** Chosen by peers, but comparable: a map of colliding keys stays fast. */
	private final Map<ByteBuffer, Owner> originals = new HashMap<>();

	/** The connections with each address. */
	private final Map<InetSocketAddress, Set<Owner>> peers = new HashMap<>();

	private final LongFunction<byte[]> tokens;

	private LongConsumer first = (id) -> {
	};

	/** The id that the next connection to be accepted will have. */
	private long next;

	private @Nullable ByteBuffer original;

	/**
	 * A connection, as far as its packets are concerned.
	 */
	static final class Owner {

		private final InetSocketAddress remote;

		private final boolean dialled;

		private final Deque<Long> ids = new ArrayDeque<>();

		private final Inflow inflow = new Inflow();

		private @Nullable ByteBuffer original;

		private boolean mayBeReset;

		Owner(InetSocketAddress remote, boolean dialled) {
			this.remote = remote;
			this.dialled = dialled;
		}

		InetSocketAddress remote() {
			return this.remote;
		}

		boolean isDialled() {
			return this.dialled;
		}

		/**
		 * Takes note of a packet that the codec gets.
		 * @param unknown whether it came for an id of nobody, so that it can only be a
		 * stateless reset
		 */
		void heard(boolean unknown) {
			this.mayBeReset = unknown;
		}

		/** Whether the last packet can only have been a stateless reset. */
		boolean mayBeReset() {
			return this.mayBeReset;
		}

		/** Its packets. */
		Inflow inflow() {
			return this.inflow;
		}

		/** An id that the codec knows it by. */
		long anyId() {
			return this.ids.getFirst();
		}

	}

	/**
	 * Creates the ids of a socket.
	 * @param tokens makes the reset token of an id
	 */
	ConnectionIds(LongFunction<byte[]> tokens) {
		this(tokens, -1, 0);
	}

	private ConnectionIds(LongFunction<byte[]> tokens, long randomBits, long numberBits) {
		this.tokens = tokens;
		this.randomBits = randomBits;
		this.numberBits = numberBits;
	}

	/**
	 * Creates the ids of one of several sockets of a port: the first byte is the socket's
	 * number.
	 */
	static ConnectionIds numbered(int number, LongFunction<byte[]> tokens) {
		return new ConnectionIds(tokens, -1L >>> Byte.SIZE, (long) number << (Long.SIZE - Byte.SIZE));
	}

	/**
	 * Sets who is told the first id of a connection before it is accepted: its token is
	 * no NEW_CONNECTION_ID's but has to be in the handshake.
	 */
	void onFirst(LongConsumer first) {
		this.first = first;
	}

	/** Makes an id for a connection that is dialled. */
	long dial(InetSocketAddress remote) {
		long id = unused();
		begin(new Owner(remote, true), id);
		return id;
	}

	/** The next packet makes a connection with an id that a Retry gave out. */
	void retried(long id) {
		this.next = id;
		this.original = null;
		this.first.accept(id);
	}

	/**
	 * Takes note of a connection that is accepted; called while its first packet is read,
	 * after {@link #newId(ByteBuffer, ByteBuffer, int)} or {@link #retried}.
	 * @return its id
	 */
	long accepted(InetSocketAddress remote) {
		Owner owner = new Owner(remote, false);
		begin(owner, this.next);
		ByteBuffer chosenByPeer = this.original;
		if (chosenByPeer != null) {
			owner.original = chosenByPeer;
			this.originals.put(chosenByPeer, owner);
			this.original = null;
		}
		return this.next;
	}

	private void add(Owner owner, long id) {
		this.owners.put(id, owner);
		this.peers.computeIfAbsent(owner.remote, (remote) -> new HashSet<>(2)).add(owner);
		owner.ids.add(id);
		if (owner.ids.size() > MAX_IDS_OF_A_CONNECTION) {
			this.owners.remove(owner.ids.remove());
		}
	}

	private void begin(Owner owner, long id) {
		this.connections.put(id, owner);
		add(owner, id);
	}

	/** The connection that has, or had, this id first. */
	@Nullable Owner connection(long id) {
		return this.connections.get(id);
	}

	/** The packets of a connection, given its first id. */
	Inflow inflow(long id) {
		Owner owner = this.connections.get(id);
		return (owner != null) ? owner.inflow() : new Inflow();
	}

	/** Forgets a connection, given its first id, which may be in use no more. */
	void ended(long id) {
		Owner owner = this.connections.remove(id);
		if (owner != null) {
			owner.ids.forEach(this.owners::remove);
			this.peers.computeIfPresent(owner.remote, (remote, all) -> all.remove(owner) && all.isEmpty() ? null : all);
			if (owner.original != null) {
				this.originals.remove(owner.original);
			}
		}
	}

	/** Returns whose packet bears this id; null for nobody's. */
	@Nullable Owner owner(ByteBuf packet, int index, int length) {
		Owner owner = (length == LENGTH) ? this.owners.get(packet.getLong(index)) : null;
		if (owner != null || this.originals.isEmpty()) {
			return owner;
		}
		byte[] id = new byte[length];
		packet.getBytes(index, id);
		return this.originals.get(ByteBuffer.wrap(id));
	}

	/** The connections with an address. */
	Set<Owner> with(InetSocketAddress remote) {
		return this.peers.getOrDefault(remote, Set.of());
	}

	int size() {
		return this.owners.size() + this.originals.size() + this.connections.size();
	}

	private long unused() {
		long id;
		do {
			id = this.random.nextLong() & this.randomBits | this.numberBits;
		}
		while (this.owners.containsKey(id));
		return id;
	}

	static ByteBuffer bytes(long id) {
		return ByteBuffer.allocate(LENGTH).putLong(0, id);
	}

	// What the codec asks.

	@Override
	public ByteBuffer newId(int length) {
		return bytes(unused());
	}

	/** A further id for a connection that has one. */
	@Override
	public ByteBuffer newId(ByteBuffer id, int length) {
		long further = unused();
		Owner owner = (id.remaining() == LENGTH) ? this.owners.get(id.getLong(id.position())) : null;
		if (owner != null) {
			add(owner, further);
		}
		return bytes(further);
	}

	/** The first id of a connection, or one for a Retry. */
	@Override
	public ByteBuffer newId(ByteBuffer peersId, ByteBuffer chosenByPeer, int length) {
		byte[] copy = new byte[chosenByPeer.remaining()];
		chosenByPeer.duplicate().get(copy);
		this.original = ByteBuffer.wrap(copy);
		this.next = unused();
		this.first.accept(this.next);
		return bytes(this.next);
	}

	@Override
	public int maxConnectionIdLength() {
		return LENGTH;
	}

	@Override
	public boolean isIdempotent() {
		return false;
	}

	@Override
	public ByteBuffer newResetToken(ByteBuffer id) {
		return ByteBuffer.wrap(this.tokens.apply(id.getLong(id.position())));
	}

}
