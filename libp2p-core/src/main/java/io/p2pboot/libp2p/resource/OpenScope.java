package io.p2pboot.libp2p.resource;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * The scope of one connection. Any thread; the peer is changed under the manager's lock.
 */
final class OpenScope implements ConnectionScope, UnreadMemory.Holder {

	private final ResourceManager manager;

	private final Direction direction;

	private final Multiaddr local;

	private final Multiaddr remote;

	private final Tally inbound = new Tally();

	private final Tally outbound = new Tally();

	private final Tally bytes = new Tally();

	private final Source source;

	private final Runnable end;

	private final AtomicBoolean ended = new AtomicBoolean();

	private volatile boolean allowed;

	private volatile long usedNanos;

	private volatile @Nullable Consumer<LimitExceeded> spent;

	private volatile @Nullable PeerId peer;

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

	@Override
	public void secured(PeerId peer) throws LimitExceeded, ConnectionBlocked {
		this.manager.secured(this, peer);
	}

	private Tally tally(Direction direction) {
		return (direction == Direction.INBOUND) ? this.inbound : this.outbound;
	}

	@Override
	public void openStream(Direction direction) throws LimitExceeded {
		Tally tally = tally(direction);
		if (tally.add(1, this.manager.maxStreams(direction)) != Tally.REFUSED) {
			this.manager.streams(direction, 1);
		}
		else if (!tally.hasEnded()) {
			throw this.manager.tooManyStreams();
		}
	}

	@Override
	public void closeStream(Direction direction) {
		if (tally(direction).subtract(1) != Tally.REFUSED) {
			this.usedNanos = this.manager.now();
			this.manager.streams(direction, -1);
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
		}
	}

	@Override
	public void release(int bytes) {
		long left = this.bytes.subtract(bytes);
		if (left != Tally.REFUSED) {
			this.manager.released(this, bytes, left);
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
		LimitExceeded reason = this.manager.refused(ResourceManager.UNREAD_BYTES, reservedBytes(), allowedBytes);
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
			this.manager.streams(Direction.INBOUND, -this.inbound.end());
			this.manager.streams(Direction.OUTBOUND, -this.outbound.end());
			this.manager.released(this, this.bytes.end(), 0);
		}
	}

	@Override
	public String toString() {
		return "ConnectionScope[" + this.direction.label() + ", " + this.remote + "]";
	}

}
