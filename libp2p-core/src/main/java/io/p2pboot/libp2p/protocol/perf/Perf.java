package io.p2pboot.libp2p.protocol.perf;

import java.time.Duration;
import java.util.List;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.PeerStreamLimit;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;

/**
 * Both roles of perf on one node. No node serves it unless {@link #mount} is called: any
 * peer may then make the node send as many bytes as it likes. Thread-safe; no method
 * blocks.
 */
public final class Perf {

	/** The protocol. */
	public static final ProtocolPath PATH = ProtocolPath.of("/perf/1.0.0");

	/** How many streams of one peer are served at once; one more is reset. */
	public static final int MAX_INBOUND_PER_PEER = 16;

	/** How long a stream may stand still. */
	static final Duration STALL_TIMEOUT = Duration.ofSeconds(30);

	/** The code with which a stream is reset that stands still or breaks the protocol. */
	static final long FAILED = ErrorCode.PROTOCOL_VIOLATION.stream();

	private final NettyNode node;

	private final PeerStreamLimit inbound = new PeerStreamLimit(MAX_INBOUND_PER_PEER);

	/**
	 * Creates both roles.
	 * @param node the node
	 */
	public Perf(NettyNode node) {
		this.node = node;
	}

	/**
	 * Serves perf to every peer that connects.
	 * @throws IllegalStateException if it is served or the node is closed
	 */
	public void mount() {
		StreamInitializer serving = this::serve;
		this.node.mountStreams(PATH, serving);
	}

	private void serve(StreamChannel stream) {
		if (this.inbound.admit(stream)) {
			stream.pipeline().addLast(new PerfServer(stream));
		}
	}

	/**
	 * Sends bytes to a peer that serves perf, then receives bytes from it.
	 * @param connection the connection, of the node
	 * @param uploadBytes how many bytes to send; not negative
	 * @param downloadBytes how many bytes to ask for; not negative
	 * @param progress hears of the progress
	 * @return the result, once the peer has sent exactly what was asked for; fails with a
	 * {@link io.p2pboot.libp2p.Libp2pException}. Cancelling it resets the stream
	 */
	public Future<PerfResult> run(Connection connection, long uploadBytes, long downloadBytes, PerfProgress progress) {
		if (uploadBytes < 0 || downloadBytes < 0) {
			throw new IllegalArgumentException(
					"Bytes must not be negative, were " + uploadBytes + " and " + downloadBytes);
		}
		Promise<PerfResult> result = ImmediateEventExecutor.INSTANCE.newPromise();
		Future<StreamChannel> opening = this.node.openStream(connection, List.of(PATH), (stream) -> stream.pipeline()
			.addLast(new PerfClient(stream, uploadBytes, downloadBytes, progress, result)));
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

}
