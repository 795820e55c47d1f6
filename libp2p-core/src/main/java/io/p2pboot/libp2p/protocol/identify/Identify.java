package io.p2pboot.libp2p.protocol.identify;

import java.time.Duration;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import org.jspecify.annotations.Nullable;

/**
 * Both roles of identify and identify push on one node: asks the peer of every connection
 * who it is, answers those that ask us, and tells them when our protocols or addresses
 * change. What peers say goes into the node's peer store. Started and stopped under the
 * lock of the node's life cycle; the rest is any thread's.
 */
public final class Identify implements NodeService {

	/** The protocol by which a peer is asked. */
	public static final ProtocolPath PATH = ProtocolPath.of("/ipfs/id/1.0.0");

	/** The protocol by which a peer is told of a change. */
	public static final ProtocolPath PUSH_PATH = ProtocolPath.of("/ipfs/id/push/1.0.0");

	/** How long one exchange may take, from opening its stream to its end. */
	public static final Duration TIMEOUT = Duration.ofSeconds(5);

	private @Nullable LocalInfo local;

	private volatile @Nullable IdentifyExchanges exchanges;

	@Override
	public void start(NettyNode node) {
		LocalInfo known = this.local;
		LocalInfo info = (known != null) ? known : new LocalInfo(node);
		this.local = info;
		IdentifyExchanges started = new IdentifyExchanges(node, info);
		this.exchanges = started;
		started.start();
	}

	/**
	 * Returns when the peer of a connection has told who it is, and the peer store knows.
	 * Does not block.
	 * @param connection the connection, of the node that this runs on
	 * @return completes once it has; fails with an {@link java.io.IOException} if it does
	 * not answer within {@link #TIMEOUT}, answers with something else, or is gone
	 * @throws IllegalStateException if this is not started
	 */
	public Future<Void> identified(Connection connection) {
		IdentifyExchanges running = this.exchanges;
		if (running == null) {
			throw new IllegalStateException("Identify is not started");
		}
		return running.result(connection);
	}

	@Override
	public void stop() {
		IdentifyExchanges running = this.exchanges;
		if (running != null) {
			running.stop();
		}
	}

}
