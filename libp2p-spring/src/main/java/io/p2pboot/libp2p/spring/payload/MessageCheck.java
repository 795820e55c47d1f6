package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;

/**
 * Checks each message that was read. Thread-safe.
 */
@FunctionalInterface
public interface MessageCheck {

	/** Takes every message. */
	MessageCheck NONE = (message) -> {
	};

	/**
	 * Checks a message.
	 * @param message the message
	 * @throws InvalidMessage if it breaks a constraint
	 * @throws IOException if it is refused for another reason
	 */
	void check(Object message) throws IOException;

}
