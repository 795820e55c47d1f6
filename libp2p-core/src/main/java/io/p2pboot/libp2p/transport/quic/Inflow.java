package io.p2pboot.libp2p.transport.quic;

import io.netty.util.AttributeKey;
import io.p2pboot.libp2p.muxer.ReadGate;

/**
 * The packets of one connection, before the codec reads them: counts them, and keeps them
 * from it while the node has no memory for what they carry. To the peer they are lost
 * then, and it sends more slowly. Event loop only.
 */
final class Inflow implements ReadGate.Reading {

	/** The packets of a connection. */
	static final AttributeKey<Inflow> KEY = AttributeKey.valueOf(Inflow.class, "inflow");

	private final HeldBytes held = new HeldBytes();

	private boolean reading = true;

	private Runnable measure = () -> {
	};

	/** What came and was not delivered. */
	HeldBytes held() {
		return this.held;
	}

	/** Says what runs when a batch of packets was read. */
	void onBatch(Runnable measure) {
		this.measure = measure;
	}

	/** A packet has come; false if it is not to be read. */
	boolean packet(int bytes) {
		if (this.reading) {
			this.held.packet(bytes);
		}
		return this.reading;
	}

	/** The batch of packets is complete, and what was asked for is delivered. */
	void batchRead() {
		this.measure.run();
	}

	@Override
	public void read(boolean read) {
		this.reading = read;
	}

}
