package io.p2pboot.libp2p.node;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.swarm.Swarm;
import org.jspecify.annotations.Nullable;

/**
 * Sets up an outbound stream for a caller that blocks. Written on the event loop before
 * the future on which the caller waits completes.
 */
final class BlockingOpen implements StreamInitializer {

	private final Swarm swarm;

	private volatile @Nullable Stream stream;

	BlockingOpen(Swarm swarm) {
		this.swarm = swarm;
	}

	@Override
	public void initialize(StreamChannel channel) {
		this.stream = this.swarm.blocking(channel);
	}

	Stream stream() {
		Stream opened = this.stream;
		if (opened == null) {
			throw new IllegalStateException("The stream was not set up");
		}
		return opened;
	}

}
