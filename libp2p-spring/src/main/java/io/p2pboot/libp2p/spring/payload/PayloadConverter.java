package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;

/**
 * Makes objects of messages and messages of objects. Beans of this type come before the
 * built-in ones. Implementations are thread-safe.
 */
public interface PayloadConverter {

	/**
	 * Returns whether this converter is the one for a type.
	 * @param type the declared type of a parameter or reply
	 * @param format the format that objects are to have
	 * @return whether it decodes and encodes the type
	 */
	boolean supports(Type type, PayloadFormat format);

	/**
	 * Decodes a whole message.
	 * @param message the bytes; consumed or not
	 * @param type the declared type
	 * @return the object
	 * @throws UnreadableMessage if the message is not one of the type; what it says shows
	 * nothing of the message
	 */
	Object decode(ByteBuffer message, Type type) throws UnreadableMessage;

	/**
	 * Encodes an object.
	 * @param value the object
	 * @param type a type that this converter supports: the declared one, of which the
	 * object may be a subclass, or the object's own class
	 * @return the bytes
	 * @throws IOException if it cannot be encoded
	 */
	ByteBuffer encode(Object value, Type type) throws IOException;

	/**
	 * Returns a converter for messages of another size.
	 * @param maxMessageBytes the longest message
	 * @return the converter; this one unless it depends on the size
	 */
	default PayloadConverter limitedTo(int maxMessageBytes) {
		return this;
	}

}
