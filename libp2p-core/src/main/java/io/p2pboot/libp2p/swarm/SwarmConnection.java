package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.util.AttributeKey;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.StreamScope;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection in the table. Any thread, except the count of negotiating streams, which
 * is the event loop's.
 */
final class SwarmConnection implements Connection {

	/**
	 * How a stream's handler finds the connection: an attribute of the parent channel.
	 */
	static final AttributeKey<SwarmConnection> KEY = AttributeKey.valueOf(SwarmConnection.class, "connection");

	private final MuxedConnection muxed;

	private final Optional<PeerId> relay;

	private final long openedNanos;

	private volatile @Nullable Duration pingRoundTrip;

	private int negotiating;

	/** In the order of their arrival; not more than the peer may have streams. */
	private final Map<Channel, Runnable> turns = new LinkedHashMap<>();

	private volatile boolean closing;

	/** Completes once the node has forgotten the connection. */
	private final Promise<Void> ended = ImmediateEventExecutor.INSTANCE.newPromise();

	SwarmConnection(MuxedConnection muxed) {
		this.muxed = muxed;
		this.relay = relay(muxed.remote());
		this.openedNanos = muxed.session().channel().eventLoop().ticker().nanoTime();
	}

	MuxedConnection muxed() {
		return this.muxed;
	}

	MuxerSession session() {
		return this.muxed.session();
	}

	/** Counts a stream for as long as its channel is open. Event loop only. */
	void count(Channel stream, Direction opener) throws LimitExceeded {
		StreamScope scope = this.muxed.scope().openStream(opener);
		stream.attr(StreamScope.KEY).set(scope);
		stream.closeFuture().addListener((closed) -> scope.close());
	}

	/** Counts a stream as one of a protocol. */
	static void serve(Channel stream, ProtocolPath protocol) throws LimitExceeded {
		StreamScope scope = stream.attr(StreamScope.KEY).get();
		if (scope != null) {
			scope.protocol(protocol);
		}
	}

	/** Counts one more inbound stream as negotiating, up to a limit. Event loop only. */
	boolean beginNegotiation(int maximum) {
		if (this.negotiating >= maximum) {
			return false;
		}
		this.negotiating++;
		return true;
	}

	/** Counts one less, and lets the next one that waits begin. Event loop only. */
	void endNegotiation() {
		this.negotiating--;
		if (!this.turns.isEmpty()) {
			// Not at once: this may be deep within the reading of another stream.
			session().channel().eventLoop().execute(this::nextTurn);
		}
	}

	private void nextTurn() {
		Iterator<Runnable> waiting = this.turns.values().iterator();
		if (waiting.hasNext()) {
			Runnable next = waiting.next();
			waiting.remove();
			this.negotiating++;
			next.run();
		}
	}

	/** Runs a task when a stream may negotiate; it then counts. Event loop only. */
	void awaitTurn(Channel stream, Runnable turn) {
		this.turns.put(stream, turn);
	}

	/** Forgets a stream; false if it did not wait. Event loop only. */
	boolean giveUpTurn(Channel stream) {
		return this.turns.remove(stream) != null;
	}

	/** What the connection uses. */
	ConnectionScope scope() {
		return this.muxed.scope();
	}

	boolean isPrivileged() {
		return this.muxed.scope().isPrivileged();
	}

	boolean isIdle() {
		ConnectionScope scope = this.muxed.scope();
		return scope.streams(Direction.INBOUND) + scope.streams(Direction.OUTBOUND) == 0;
	}

	long idleNanos() {
		return this.muxed.scope().idleNanos();
	}

	Duration age() {
		return Duration.ofNanos(session().channel().eventLoop().ticker().nanoTime() - this.openedNanos);
	}

	void pinged(Duration roundTrip) {
		this.pingRoundTrip = roundTrip;
	}

	@Override
	public PeerId remotePeer() {
		return this.muxed.peer().remotePeer();
	}

	@Override
	public PublicKey remoteKey() {
		return this.muxed.peer().remoteKey();
	}

	@Override
	public Multiaddr localAddress() {
		return this.muxed.local();
	}

	@Override
	public Multiaddr remoteAddress() {
		return this.muxed.remote();
	}

	@Override
	public Optional<Limit> limit() {
		return this.muxed.limit();
	}

	@Override
	public Optional<PeerId> relay() {
		return this.relay;
	}

	/** The peer before the circuit in an address such as /ip4/…/p2p/RELAY/p2p-circuit. */
	private static Optional<PeerId> relay(Multiaddr remote) {
		List<Multiaddr.Component> components = remote.components();
		for (int i = 1; i < components.size(); i++) {
			if (components.get(i).protocol() == MultiaddrProtocol.P2P_CIRCUIT
					&& components.get(i - 1).protocol() == MultiaddrProtocol.P2P) {
				return Optional.of(PeerId.parse(components.get(i - 1).value()));
			}
		}
		return Optional.empty();
	}

	/** Whether the connection will do for somebody. */
	boolean suits(ConnectOptions options) {
		return (!options.direct() || this.relay.isEmpty()) && (options.allowLimited() || !isLimited());
	}

	@Override
	public Direction direction() {
		return this.muxed.direction();
	}

	@Override
	public String transport() {
		return this.muxed.transport();
	}

	@Override
	public Optional<String> security() {
		return this.muxed.security();
	}

	@Override
	public Optional<String> muxer() {
		return this.muxed.muxer();
	}

	@Override
	public boolean isEarlyMuxer() {
		return this.muxed.peer().muxer().isPresent();
	}

	@Override
	public Optional<Duration> roundTripTime() {
		Optional<Duration> measured = session().roundTripTime();
		return measured.isPresent() ? measured : Optional.ofNullable(this.pingRoundTrip);
	}

	@Override
	public int streams() {
		return session().streams();
	}

	@Override
	public boolean isOpen() {
		return !this.closing && session().channel().isActive();
	}

	/** Whether a new stream may be opened here. */
	boolean takesStreams() {
		return isOpen() && session().takesStreams();
	}

	@Override
	public Optional<IOException> endCause() {
		return session().endCause();
	}

	@Override
	public void close() {
		end();
	}

	@Override
	public boolean awaitClosed(Duration timeout) {
		if (timeout.isNegative()) {
			throw new IllegalArgumentException("A timeout must not be negative, was " + timeout);
		}
		if (EventLoops.isEventLoop()) {
			throw new IllegalStateException("A connection's end was waited for on an event loop");
		}
		return Futures.awaitEnd(this.ended, TimeUnit.MILLISECONDS.convert(timeout));
	}

	/** The connection has ended, and is in no table any more. */
	void ended() {
		this.ended.trySuccess(null);
	}

	/** Closes the connection; from now on it is not chosen for new streams. */
	ChannelFuture end() {
		return end(ErrorCode.NO_ERROR);
	}

	/** Closes the connection and tells the peer why. */
	ChannelFuture end(ErrorCode reason) {
		this.closing = true;
		Channel channel = session().channel();
		// The event loops of a node that is closed take nothing any more.
		return channel.eventLoop().isShuttingDown() ? channel.closeFuture() : session().close(reason.connection());
	}

	@Override
	public String toString() {
		return "Connection[" + remotePeer() + ", " + direction().label() + ", " + remoteAddress() + "]";
	}

}
