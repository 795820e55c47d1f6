package io.p2pboot.libp2p.transport.quic;

import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The codec's queue of datagrams that wait for the congestion window. Written to through
 * the channel, the codec drops what finds it full and reports success; asked directly it
 * tells. The methods are not public: where they cannot be reached, connections carry no
 * datagrams, and streams carry them. Event loop only.
 */
final class DatagramQueue {

	/** What {@link #offer} did. */
	enum Outcome {

		/** It is in the queue. */
		TAKEN,

		/** It is not: there is no room. */
		FULL,

		/** It is lost: the path or the connection takes no such datagram any more. */
		LOST

	}

	private static final Logger logger = LoggerFactory.getLogger(DatagramQueue.class);

	private final QuicheAccess access;

	private DatagramQueue(QuicheAccess access) {
		this.access = access;
	}

	/** The queue; empty where the codec cannot be reached. Any thread. */
	static Optional<DatagramQueue> with(QuicheAccess access) {
		return access.offers(QuicheAccess.Use.DATAGRAMS) ? Optional.of(new DatagramQueue(access)) : Optional.empty();
	}

	/**
	 * Offers a datagram; copied where it is taken.
	 * @param datagram direct, in one piece
	 */
	Outcome offer(QuicChannel channel, ByteBuf datagram) {
		if (!channel.isActive()) {
			return Outcome.LOST;
		}
		try {
			int result = this.access.send(channel, datagram);
			return (result == this.access.done()) ? Outcome.FULL : ((result < 0) ? Outcome.LOST : Outcome.TAKEN);
		}
		catch (Throwable ex) {
			logger.debug("Lost a datagram: {}", ex.toString());
			return Outcome.LOST;
		}
	}

	/** Lets go what the congestion window allows. */
	void flush(QuicChannel channel) {
		if (channel.isActive()) {
			try {
				this.access.flush(channel);
			}
			catch (Throwable ex) {
				logger.debug("Datagrams wait for the next packet: {}", ex.toString());
			}
		}
	}

	/** The largest datagram for the path as it is known now; 0 where there are none. */
	int maxBytes(QuicChannel channel) {
		if (!channel.isActive()) {
			return 0;
		}
		try {
			return Math.max(0, this.access.maxDatagramBytes(channel));
		}
		catch (Throwable ex) {
			logger.debug("Could not determine the maximum size of datagrams: {}", ex.toString());
			return 0;
		}
	}

}
