package io.p2pboot.libp2p.node;

import java.time.Duration;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
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

	private volatile boolean givenUp;

	@Override
	public void initialize(StreamChannel channel) {
		this.stream = BlockingStream.over(channel, Duration.ZERO);
		if (this.givenUp) {
			reset();
		}
	}

	/** The caller was interrupted: a stream that is opened all the same has no owner. */
	void giveUp() {
		this.givenUp = true;
		reset();
	}

	private void reset() {
		Stream opened = this.stream;
		if (opened != null) {
			opened.reset(StreamReset.NO_ERROR);
		}
	}

	Stream stream() {
		Stream opened = this.stream;
		if (opened == null) {
			throw new IllegalStateException("The stream was not set up");
		}
		return opened;
	}

}
