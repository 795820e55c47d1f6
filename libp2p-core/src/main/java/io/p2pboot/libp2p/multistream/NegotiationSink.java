package io.p2pboot.libp2p.multistream;

/**
 * What a session asks of its channel. Event loop only.
 */
interface NegotiationSink {

	void send(String message);

	/** Sends the answer to {@code ls}: a message that holds one message a name. */
	void sendList(Iterable<String> names);

	void agreed(String protocol);

	void failed(NegotiationFailed.Reason reason, String message);

}
