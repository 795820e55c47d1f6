package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.channel.EventLoopGroup;
import io.p2pboot.libp2p.ConnectionManager;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ResourceManager;

/**
 * Closes the connections that are worth least when there are too many. Any thread.
 */
final class ConnectionTrimmer implements ConnectionManager {

	/** How soon it looks again while new connections are within their grace period. */
	static final long AGAIN_MILLIS = 10_000;

	private final ConnectionMarks marks;

	private final ConnectionTable table;

	private final ResourceManager resources;

	private final EventLoopGroup loops;

	private final SwarmLog log;

	private final PeerTags tags;

	private final Map<PeerId, Set<String>> reasons = new ConcurrentHashMap<>();

	private final AtomicBoolean scheduled = new AtomicBoolean();

	ConnectionTrimmer(ConnectionMarks marks, ConnectionTable table, ResourceManager resources, EventLoopGroup loops,
			SwarmLog log) {
		this.marks = marks;
		this.table = table;
		this.resources = resources;
		this.loops = loops;
		this.log = log;
		this.tags = new PeerTags(loops.next().ticker()::nanoTime);
	}

	/** There is one connection more. */
	void added() {
		if (this.table.size() > this.marks.high() && this.scheduled.compareAndSet(false, true)) {
			// Not within the reading of the connection that is one too many.
			this.loops.next().execute(this::trimAndLookAgain);
		}
	}

	private void trimAndLookAgain() {
		try {
			trim();
		}
		finally {
			if (this.table.size() > this.marks.high() && !this.loops.isShuttingDown()) {
				this.loops.next().schedule(this::trimAndLookAgain, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
			}
			else {
				this.scheduled.set(false);
				lookOnceMore();
			}
		}
	}

	/** One may have come after the table was looked at. */
	private void lookOnceMore() {
		if (!this.loops.isShuttingDown()) {
			added();
		}
	}

	@Override
	public int trim() {
		int before = this.table.size();
		List<SwarmConnection> chosen = TrimOrder.leastFirst(this.table.all().stream().map(this::worth).toList(),
				Math.max(0, before - this.marks.low()));
		chosen.forEach((connection) -> connection.end(ErrorCode.GARBAGE_COLLECTED));
		if (!chosen.isEmpty()) {
			this.log.trimmed(chosen.size(), before, this.marks);
		}
		return chosen.size();
	}

	private TrimOrder.Worth<SwarmConnection> worth(SwarmConnection connection) {
		boolean inbound = connection.direction() == Direction.INBOUND;
		boolean old = connection.age().compareTo(this.marks.gracePeriod()) >= 0;
		return new TrimOrder.Worth<>(connection, !connection.isPrivileged() && (old || connection.scope().isCrowded()),
				inbound ? Optional.of(connection.scope().holder()) : Optional.empty(), !connection.isIdle(),
				value(connection.remotePeer()), connection.idleNanos(), connection.age());
	}

	@Override
	public void tag(PeerId peer, String tag, int value) {
		this.tags.set(peer, tag, value);
	}

	@Override
	public void bump(PeerId peer, String tag, int more, Duration halfLife) {
		if (halfLife.isNegative() || halfLife.isZero()) {
			throw new IllegalArgumentException("The half-life must be positive, was " + halfLife);
		}
		this.tags.add(peer, tag, more, halfLife);
	}

	@Override
	public void untag(PeerId peer, String tag) {
		this.tags.remove(peer, tag);
	}

	@Override
	public long value(PeerId peer) {
		return this.tags.value(peer);
	}

	@Override
	public void protect(PeerId peer, String reason) {
		this.reasons.compute(peer, (same, known) -> {
			Set<String> all = (known != null) ? known : ConcurrentHashMap.newKeySet();
			all.add(reason);
			this.resources.protect(peer, true);
			return all;
		});
	}

	@Override
	public boolean unprotect(PeerId peer, String reason) {
		this.reasons.computeIfPresent(peer, (same, known) -> {
			known.remove(reason);
			if (known.isEmpty()) {
				this.resources.protect(peer, false);
				return null;
			}
			return known;
		});
		return isProtected(peer);
	}

	@Override
	public boolean isProtected(PeerId peer) {
		return this.resources.isProtected(peer);
	}

}
