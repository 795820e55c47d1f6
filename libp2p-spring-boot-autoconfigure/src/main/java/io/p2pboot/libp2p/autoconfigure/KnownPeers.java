package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.NettyNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers that the node was connected with, in this life or an earlier one: dials them
 * all at once. One thread, which blocks.
 *
 * @param node the node
 */
record KnownPeers(Node node) {

	/** The most peers that are dialled. */
	static final int MAX_PEERS = 16;

	/** How long they are waited for; what takes longer goes on in the background. */
	static final Duration PATIENCE = Duration.ofSeconds(5);

	private static final Logger logger = LoggerFactory.getLogger(KnownPeers.class);

	/** Only an asynchronous node dials them; a mock has no peer store. */
	boolean areThere() {
		return this.node instanceof NettyNode && !this.node.peerStore().recentlyConnected(1).isEmpty();
	}

	/** Dials those that are not connected. */
	void connect() throws InterruptedException {
		List<Future<Connection>> dials = new ArrayList<>();
		for (PeerId peer : this.node.peerStore().recentlyConnected(MAX_PEERS)) {
			if (!peer.equals(this.node.peerId()) && this.node.connection(peer).isEmpty()
					&& this.node instanceof NettyNode netty) {
				dials.add(netty.connectAsync(AddrInfo.of(peer)).addListener((dial) -> log(peer, dial)));
			}
		}
		long end = System.nanoTime() + PATIENCE.toNanos();
		for (Future<Connection> dial : dials) {
			dial.await(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
	}

	private static void log(PeerId peer, Future<?> dial) {
		if (dial.isSuccess()) {
			logger.info("Connected to {}, known from an earlier start", peer);
		}
		else {
			logger.debug("Could not connect to {}, known from an earlier start: {}", peer,
					String.valueOf(dial.cause()));
		}
	}

}
