package io.p2pboot.libp2p.muxer;

/**
 * How far the two ends of a stream have come: one state for what we send, one for what we
 * receive. It knows nothing of channels or frames; a multiplexer tells it what has
 * happened, and is told what follows. Moved on the event loop only; any thread may look.
 *
 * <p>
 * A move that cannot happen throws {@link IllegalStateException}: it is a defect of the
 * multiplexer. What an application may ask for twice is answered with {@code false}
 * instead.
 */
public final class StreamEnds {

	/**
	 * What becomes of our side.
	 */
	public enum SendState {

		/**
		 * Bytes may be written. From the beginning; left to FIN_REQUESTED and to RESET.
		 */
		OPEN,

		/**
		 * Nothing more may be written; what was written goes out, then FIN. From OPEN;
		 * left to FIN_SENT, to FIN_WRITTEN and to RESET.
		 */
		FIN_REQUESTED,

		/**
		 * FIN was handed to what carries it, which has not taken it yet. From
		 * FIN_REQUESTED; left to FIN_WRITTEN and to RESET.
		 */
		FIN_SENT,

		/** All is on its way, FIN included. From FIN_REQUESTED and FIN_SENT; final. */
		FIN_WRITTEN,

		/**
		 * The stream ended before its FIN. From OPEN, FIN_REQUESTED and FIN_SENT; final.
		 */
		RESET

	}

	/**
	 * What becomes of the peer's side.
	 */
	public enum ReceiveState {

		/**
		 * Bytes may come. From the beginning; left to ENDED, to STOPPED and to RESET.
		 */
		OPEN,

		/**
		 * The peer has finished; what it sent is not all delivered. From OPEN; left to
		 * DELIVERED and to RESET.
		 */
		ENDED,

		/**
		 * The peer has finished, and nothing is left to deliver. From ENDED and STOPPED;
		 * final.
		 */
		DELIVERED,

		/**
		 * We read no more; what comes is discarded until the peer finishes. From OPEN;
		 * left to DELIVERED and to RESET.
		 */
		STOPPED,

		/**
		 * The stream ended before the peer's FIN, or before all was delivered. From OPEN,
		 * ENDED and STOPPED; final.
		 */
		RESET

	}

	private volatile SendState send = SendState.OPEN;

	private volatile ReceiveState receive = ReceiveState.OPEN;

	/** Creates the ends of a new stream: both are open. */
	public StreamEnds() {
	}

	/**
	 * Returns what has become of our side.
	 * @return the state
	 */
	public SendState send() {
		return this.send;
	}

	/**
	 * Returns what has become of the peer's side.
	 * @return the state
	 */
	public ReceiveState receive() {
		return this.receive;
	}

	/**
	 * Our side is to end.
	 * @return {@code false} if that was asked for before, or the side is over
	 */
	public boolean requestFin() {
		if (this.send != SendState.OPEN) {
			return false;
		}
		this.send = SendState.FIN_REQUESTED;
		return true;
	}

	/**
	 * FIN was handed on, behind all that was written.
	 * @throws IllegalStateException unless FIN_REQUESTED
	 */
	public void finSent() {
		if (this.send != SendState.FIN_REQUESTED) {
			throw illegal("FIN is sent", this.send);
		}
		this.send = SendState.FIN_SENT;
	}

	/**
	 * FIN is on its way, or need not be: the peer does not want what was written.
	 * @throws IllegalStateException unless FIN_REQUESTED or FIN_SENT
	 */
	public void finWritten() {
		this.send = switch (this.send) {
			case FIN_REQUESTED, FIN_SENT -> SendState.FIN_WRITTEN;
			case OPEN, FIN_WRITTEN, RESET -> throw illegal("FIN is written", this.send);
		};
	}

	/**
	 * The peer has finished. Where we read no more, nothing is left to deliver.
	 * @throws IllegalStateException unless OPEN or STOPPED
	 */
	public void finished() {
		this.receive = switch (this.receive) {
			case OPEN -> ReceiveState.ENDED;
			case STOPPED -> ReceiveState.DELIVERED;
			case ENDED, DELIVERED, RESET -> throw illegal("The peer finishes", this.receive);
		};
	}

	/**
	 * All that the peer sent was delivered.
	 * @throws IllegalStateException unless ENDED
	 */
	public void delivered() {
		if (this.receive != ReceiveState.ENDED) {
			throw illegal("All is delivered", this.receive);
		}
		this.receive = ReceiveState.DELIVERED;
	}

	/**
	 * We read no more: what has come and was not delivered will not be.
	 * @return {@code false} if that was so before
	 */
	public boolean stop() {
		ReceiveState before = this.receive;
		this.receive = switch (before) {
			case OPEN -> ReceiveState.STOPPED;
			case ENDED -> ReceiveState.DELIVERED;
			case DELIVERED, STOPPED, RESET -> before;
		};
		return this.receive != before;
	}

	/**
	 * The stream ends at once, whoever wants it. A side that is over stays as it is.
	 * @return {@code false} if both are
	 */
	public boolean reset() {
		boolean first = !isOver();
		if (!isSendingOver()) {
			this.send = SendState.RESET;
		}
		if (!isReceivingOver()) {
			this.receive = ReceiveState.RESET;
		}
		return first;
	}

	/**
	 * Returns whether nothing is left to send.
	 * @return whether our side is in a final state
	 */
	public boolean isSendingOver() {
		return switch (this.send) {
			case OPEN, FIN_REQUESTED, FIN_SENT -> false;
			case FIN_WRITTEN, RESET -> true;
		};
	}

	/**
	 * Returns whether the peer has not finished, nor reset the stream.
	 * @return whether OPEN or STOPPED
	 */
	public boolean mayFinish() {
		return switch (this.receive) {
			case OPEN, STOPPED -> true;
			case ENDED, DELIVERED, RESET -> false;
		};
	}

	/**
	 * Returns whether the peer can end its side no more.
	 * @return whether the peer's side is in a final state
	 */
	public boolean isReceivingOver() {
		return switch (this.receive) {
			case OPEN, ENDED, STOPPED -> false;
			case DELIVERED, RESET -> true;
		};
	}

	/**
	 * Returns whether nothing is left of the stream.
	 * @return whether both sides are in a final state
	 */
	public boolean isOver() {
		return isSendingOver() && isReceivingOver();
	}

	/**
	 * Returns whether something may still be delivered.
	 * @return whether OPEN or ENDED
	 */
	public boolean isDelivering() {
		return switch (this.receive) {
			case OPEN, ENDED -> true;
			case DELIVERED, STOPPED, RESET -> false;
		};
	}

	private static IllegalStateException illegal(String what, Enum<?> state) {
		return new IllegalStateException(what + ", but that side is " + state);
	}

	@Override
	public String toString() {
		return "send " + this.send + ", receive " + this.receive;
	}

}
