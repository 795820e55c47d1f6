package io.p2pboot.libp2p.node;

import java.time.Duration;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.blocking.BlockingStream;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;
import org.jspecify.annotations.Nullable;

/**
 * Sets up an outbound stream for a caller that blocks. Written on the event loop before
 * the future on which the caller waits completes.
 */
final class BlockingOpen implements StreamInitializer {

	private volatile @Nullable Stream stream;

	@Override
	public void initialize(StreamChannel channel) {
		this.stream = BlockingStream.over(channel, Duration.ZERO);
	}

	Stream stream() {
		Stream opened = this.stream;
		if (opened == null) {
			throw new IllegalStateException("The stream was not set up");
		}
		return opened;
	}

}
