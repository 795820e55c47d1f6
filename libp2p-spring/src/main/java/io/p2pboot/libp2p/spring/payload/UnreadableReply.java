package io.p2pboot.libp2p.spring.payload;

/**
 * A peer that was asked gave a reply that is not of the expected type. Within a handler
 * this is the handler's failure, and not the fault of the peer that it serves.
 */
public final class UnreadableReply extends UnreadableMessage {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the error.
	 * @param unreadable what is wrong
	 */
	public UnreadableReply(UnreadableMessage unreadable) {
		super(String.valueOf(unreadable.getMessage()), unreadable);
	}

}
