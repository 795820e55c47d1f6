package io.p2pboot.libp2p.netty;

import java.util.concurrent.ConcurrentHashMap;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.StreamProtocol;

/**
 * Bounds how many inbound streams of one protocol each peer may have at once, over all of
 * its connections. Thread-safe.
 */
public final class PeerStreamLimit {

	private final ConcurrentHashMap<PeerId, Integer> streams = new ConcurrentHashMap<>();

	private final int maximum;

	/**
	 * Creates a limit.
	 * @param maximum how many streams of one peer are served at once; positive
	 */
	public PeerStreamLimit(int maximum) {
		if (maximum < 1) {
			throw new IllegalArgumentException("The limit must be positive, was " + maximum);
		}
		this.maximum = maximum;
	}

	/**
	 * Counts a stream until it closes; resets it with {@link StreamProtocol#REFUSED} if
	 * its peer has as many as it may. Does not block.
	 * @param stream the stream, not set up yet
	 * @return whether it may be served
	 */
	public boolean admit(StreamChannel stream) {
		PeerId peer = stream.connection().remotePeer();
		boolean[] admitted = new boolean[1];
		this.streams.compute(peer, (key, count) -> {
			int before = (count != null) ? count : 0;
			admitted[0] = before < this.maximum;
			return admitted[0] ? before + 1 : before;
		});
		if (admitted[0]) {
			stream.closeFuture().addListener((closed) -> release(peer));
		}
		else {
			stream.reset(StreamProtocol.REFUSED);
		}
		return admitted[0];
	}

	private void release(PeerId peer) {
		this.streams.computeIfPresent(peer, (key, count) -> (count == 1) ? null : count - 1);
	}

}
