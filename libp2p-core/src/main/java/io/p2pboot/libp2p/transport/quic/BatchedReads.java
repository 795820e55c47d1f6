package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayDeque;
import java.util.Deque;

import io.netty.handler.codec.quic.QuicStreamChannel;

/**
 * Holds reads of streams back while the socket's packets come in, so that a read delivers
 * what a batch of packets brought and not each packet's bytes alone. Event loop only; one
 * for a socket.
 */
final class BatchedReads {

	private final Deque<QuicStreamChannel> waiting = new ArrayDeque<>();

	private boolean receiving;

	/** Packets come in. */
	void begin() {
		this.receiving = true;
	}

	/** The batch of packets is complete: reads all that waits. */
	void complete() {
		this.receiving = false;
		for (QuicStreamChannel next = this.waiting.poll(); next != null; next = this.waiting.poll()) {
			next.read();
		}
	}

	/** Reads from a stream, now or at the end of the batch. */
	void read(QuicStreamChannel stream) {
		if (this.receiving) {
			this.waiting.add(stream);
		}
		else {
			stream.read();
		}
	}

}
