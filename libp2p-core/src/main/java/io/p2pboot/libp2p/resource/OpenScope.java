package io.p2pboot.libp2p.resource;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The scope of one connection. Any thread; the peer is changed under the manager's lock.
 */
final class OpenScope implements ConnectionScope, UnreadMemory.Holder {

	/** What is opened after the end. */
	private static final StreamScope NO_STREAM = new StreamScope() {

		@Override
		public void protocol(ProtocolPath protocol) {
		}

		@Override
		public void reserve(int bytes) {
		}

		@Override
		public void release(int bytes) {
		}

		@Override
		public void close() {
		}

	};

	private final ResourceManager manager;

	private final Direction direction;

	private final Multiaddr local;

	private final Multiaddr remote;

	private final Tally inbound = new Tally();

	private final Tally outbound = new Tally();

	private final Tally bytes = new Tally();

	private final AtomicLong toldBytes = new AtomicLong();

	private final Source source;

	private final Runnable end;

	private final AtomicBoolean ended = new AtomicBoolean();

	private final Set<OpenStream> open = ConcurrentHashMap.newKeySet();

	private volatile @Nullable List<StreamUse.Key> opened;

	/** One thread moves it on, any reads it. */
	private volatile Stage stage;

	/** Of protocols that this node serves, or has opened streams of. */
	private final Map<ProtocolPath, List<StreamUse.Key>> served = new ConcurrentHashMap<>();

	private volatile boolean allowed;

	private volatile long usedNanos;

	private volatile @Nullable Consumer<LimitExceeded> spent;

	private volatile @Nullable PeerId peer;

	/**
	 * How far a handshake has come.
	 *
	 * @param steps how many steps
	 * @param since when, in the order of all such moments
	 */
	record Stage(int steps, long since) {
	}

	OpenScope(ResourceManager manager, Direction direction, Multiaddr local, Multiaddr remote, Source source,
			boolean allowed, Runnable end) {
		this.manager = manager;
		this.direction = direction;
		this.local = local;
		this.remote = remote;
		this.source = source;
		this.allowed = allowed;
		this.end = end;
		this.usedNanos = manager.now();
		this.stage = new Stage(0, manager.nextStep());
	}

	/** How many file descriptors it uses: QUIC connections share one of the node. */
	int descriptors() {
		return (this.remote.has(MultiaddrProtocol.TCP) && !this.remote.has(MultiaddrProtocol.P2P_CIRCUIT)) ? 1 : 0;
	}

	Source source() {
		return this.source;
	}

	/** It gets in, and stays, whatever the limits are. */
	void allow(boolean also) {
		this.allowed |= also;
	}

	@Override
	public boolean isPrivileged() {
		PeerId known = this.peer;
		return this.allowed || known != null && this.manager.isProtected(known);
	}

	boolean isIdle() {
		return this.inbound.value() + this.outbound.value() == 0;
	}

	void end() {
		this.end.run();
	}

	@Override
	public Direction direction() {
		return this.direction;
	}

	@Override
	public Multiaddr local() {
		return this.local;
	}

	@Override
	public Multiaddr remote() {
		return this.remote;
	}

	@Override
	public Optional<PeerId> peer() {
		return Optional.ofNullable(this.peer);
	}

	void peer(PeerId peer) {
		this.peer = peer;
	}

	boolean hasEnded() {
		return this.ended.get();
	}

	Stage stage() {
		return this.stage;
	}

	@Override
	public void progressed() {
		this.stage = new Stage(this.stage.steps() + 1, this.manager.nextStep());
	}

	@Override
	public void secured(PeerId peer) throws LimitExceeded, ConnectionBlocked {
		this.manager.secured(this, peer);
	}

	private Tally tally(Direction direction) {
		return (direction == Direction.INBOUND) ? this.inbound : this.outbound;
	}

	@Override
	public StreamScope openStream(Direction direction) throws LimitExceeded {
		List<StreamUse.Key> keys = opened();
		OpenStream stream = new OpenStream(this, this.manager.streamUse(), direction, keys);
		Tally tally = tally(direction);
		if (tally.add(1, this.manager.maxStreams(direction)) == Tally.REFUSED) {
			if (!tally.hasEnded()) {
				throw this.manager.tooManyStreams(this, direction);
			}
			return NO_STREAM;
		}
		try {
			takeStream(keys, direction);
		}
		catch (LimitExceeded ex) {
			tally.subtract(1);
			throw ex;
		}
		this.manager.negotiating(direction, 1);
		this.open.add(stream);
		if (hasEnded()) {
			// Whoever has closed the scope may have missed this one.
			stream.close();
		}
		return stream;
	}

	/** The scopes of a stream when it is opened; the same for all streams of a peer. */
	private List<StreamUse.Key> opened() {
		List<StreamUse.Key> known = this.opened;
		if (known == null) {
			Optional<PeerId> opener = peer();
			known = StreamUse.opened(opener);
			if (opener.isPresent()) {
				this.opened = known;
			}
		}
		return known;
	}

	/** The further scopes of a stream of a protocol. */
	List<StreamUse.Key> served(ProtocolPath protocol) {
		Optional<PeerId> opener = peer();
		return opener.isEmpty() ? this.manager.streamUse().served(protocol, opener)
				: this.served.computeIfAbsent(protocol, (path) -> this.manager.streamUse().served(path, opener));
	}

	void takeStream(List<StreamUse.Key> keys, Direction direction) throws LimitExceeded {
		try {
			this.manager.streamUse().take(keys, direction);
		}
		catch (LimitExceeded ex) {
			throw this.manager.refused(ex, direction, Resource.STREAM);
		}
	}

	/** A stream's protocol is known, or never will be. */
	void negotiated(Direction direction) {
		this.manager.negotiating(direction, -1);
	}

	void closed(OpenStream stream, Direction direction) {
		this.open.remove(stream);
		if (tally(direction).subtract(1) != Tally.REFUSED) {
			this.usedNanos = this.manager.now();
		}
	}

	@Override
	public int streams(Direction direction) {
		return (int) tally(direction).value();
	}

	@Override
	public long idleNanos() {
		return isIdle() ? this.manager.now() - this.usedNanos : 0;
	}

	@Override
	public void reserve(int bytes) {
		long before = this.bytes.add(bytes, Long.MAX_VALUE);
		if (before != Tally.REFUSED) {
			this.manager.reserved(this, bytes, before);
			tellMemory();
		}
	}

	@Override
	public void release(int bytes) {
		long left = this.bytes.subtract(bytes);
		if (left != Tally.REFUSED) {
			this.manager.released(this, bytes, left);
			tellMemory();
		}
	}

	/** Tells what it holds where that is of another order of size than before. */
	private void tellMemory() {
		PeerId known = this.peer;
		if (known == null) {
			return;
		}
		long before = this.toldBytes.get();
		long now = reservedBytes();
		// Again after each change: another thread may have ended the scope meanwhile.
		while (MemoryOrder.of(before) != MemoryOrder.of(now)) {
			if (this.toldBytes.compareAndSet(before, now)) {
				this.manager.peerMemory(known, now - before);
			}
			before = this.toldBytes.get();
			now = reservedBytes();
		}
	}

	@Override
	public long reservedBytes() {
		return this.bytes.value();
	}

	@Override
	public long allowedBytes() {
		return this.manager.memory().allowed();
	}

	@Override
	public boolean isMemorySpent() {
		return this.manager.memory().isSpent();
	}

	@Override
	public void onSpent(Consumer<LimitExceeded> end) {
		this.spent = end;
	}

	@Override
	public void giveWay(long allowedBytes) {
		LimitExceeded reason = this.manager.refused(new LimitExceeded("connection:" + this.remote,
				ResourceManager.UNREAD_BYTES, reservedBytes(), allowedBytes), this.direction, Resource.MEMORY);
		Consumer<LimitExceeded> task = this.spent;
		if (task != null) {
			task.accept(reason);
		}
		else {
			this.end.run();
		}
	}

	@Override
	public IpNetwork holder() {
		return this.source.holder();
	}

	@Override
	public boolean isCrowded() {
		return this.direction == Direction.INBOUND && this.manager.isCrowded(this.source);
	}

	@Override
	public void close() {
		if (this.ended.compareAndSet(false, true)) {
			this.manager.closed(this);
			this.inbound.end();
			this.outbound.end();
			this.open.forEach(OpenStream::close);
			this.manager.released(this, this.bytes.end(), 0);
			tellMemory();
		}
	}

	@Override
	public String toString() {
		return "ConnectionScope[" + this.direction.label() + ", " + this.remote + "]";
	}

}
