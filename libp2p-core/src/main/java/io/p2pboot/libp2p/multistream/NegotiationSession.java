package io.p2pboot.libp2p.multistream;

/**
 * One side of a negotiation, without channel and clock. After {@code agreed} or
 * {@code failed} it must not be called again. Event loop only.
 */
interface NegotiationSession {

	/** The first message of either side. */
	String HEADER = "/multistream/1.0.0";

	/** The answer to a proposal that is not supported. */
	String NOT_AVAILABLE = "na";

	/** Asks what is supported. */
	String LIST = "ls";

	void start(NegotiationSink sink);

	void on(String message, NegotiationSink sink);

	/** Describes what is waited for, for the message of an error. */
	String waitingFor();

}
