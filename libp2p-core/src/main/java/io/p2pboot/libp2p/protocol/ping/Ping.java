package io.p2pboot.libp2p.protocol.ping;

import java.time.Duration;
import java.util.List;

import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.netty.PeerStreamLimit;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import org.jspecify.annotations.Nullable;

/**
 * Both roles of ping on one node. Thread-safe; no method blocks.
 */
public final class Ping implements NodeService {

	/** The protocol. */
	public static final ProtocolPath PATH = ProtocolPath.of("/ipfs/ping/1.0.0");

	/** How many bytes one ping has. */
	static final int BYTES = 32;

	/** How many streams of one peer are served at once; one more is reset. */
	static final int MAX_INBOUND_PER_PEER = 2;

	/** How long a peer may take for its answer, and may leave a stream unused. */
	static final Duration TIMEOUT = Duration.ofSeconds(10);

	/** How long a stream of a peer is served, as go-libp2p does. */
	static final Duration STREAM_LIFE = Duration.ofSeconds(30);

	/** Answers that are not sent yet, in bytes, beyond which no ping is read. */
	static final WriteBufferWaterMark UNSENT = new WriteBufferWaterMark(BYTES, 16 * BYTES);

	private final PeerStreamLimit inbound = new PeerStreamLimit(MAX_INBOUND_PER_PEER);

	private volatile @Nullable NettyNode node;

	/** Answers the pings of peers. */
	@Override
	public void start(NettyNode node) {
		this.node = node;
		StreamInitializer answering = this::answer;
		node.mountStreams(PATH, answering);
	}

	/**
	 * Pings the peer of a connection, on one stream, each time after the answer before.
	 * Every answer is told to {@link NettyNode#pinged}.
	 * @param connection the connection
	 * @param times how often; positive
	 * @return the round-trip times in order; fails with a
	 * {@link io.p2pboot.libp2p.Libp2pException} at the first ping that is not answered in
	 * {@code 10 s} or with other bytes
	 * @throws IllegalStateException if the node has never been started
	 */
	public Future<List<Duration>> ping(Connection connection, int times) {
		if (times < 1) {
			throw new IllegalArgumentException("Ping at least once, was " + times);
		}
		NettyNode node = this.node;
		if (node == null) {
			throw new IllegalStateException("The node is not running; call start() first");
		}
		Promise<List<Duration>> result = node.scheduler().newPromise();
		Future<StreamChannel> opening = node.openStream(connection, List.of(PATH), (stream) -> stream.pipeline()
			.addLast(new PingRequester(stream, times, (roundTrip) -> node.pinged(connection, roundTrip), result)));
		opening.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
		});
		result.addListener((done) -> {
			if (done.isCancelled()) {
				opening.cancel(false);
			}
		});
		return result;
	}

	private void answer(StreamChannel stream) {
		if (!this.inbound.admit(stream)) {
			return;
		}
		stream.config().setWriteBufferWaterMark(UNSENT);
		stream.pipeline().addLast(new PingResponder(stream));
	}

}
