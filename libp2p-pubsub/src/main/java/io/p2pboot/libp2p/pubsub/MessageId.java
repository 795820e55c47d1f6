package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import org.bouncycastle.crypto.digests.Blake2bDigest;

/**
 * Makes the id by which the network tells messages apart. The stacks differ in their
 * defaults: {@link #DEFAULT} is that of the specification and of Go, {@link #RUST} and
 * {@link #JS} are those of the others. Nodes with different functions still deliver every
 * message once, but gossip between them asks for messages that are there already, and
 * {@code IDONTWANT} saves nothing.
 *
 * <p>
 * Called on any thread; must not block.
 */
@FunctionalInterface
public interface MessageId {

	/** The most bytes of an id; one that is longer, or empty, is not used. */
	int MAX_BYTES = 1024;

	/**
	 * The author's id, then the sequence number: the default of the specification, Go and
	 * the JVM. Of an unsigned message the hash of its data, as {@link #SHA256_DATA}.
	 */
	MessageId DEFAULT = (message) -> (message.from().isPresent() && message.sequence().isPresent())
			? MessageIds.concat(message.from().get(), message.sequence().get()) : MessageIds.sha256(message.data());

	/** The author in base58, then the sequence number in decimal: the default of Rust. */
	MessageId RUST = MessageIds::rust;

	/**
	 * The author's public key, then the sequence number; of an unsigned message the
	 * SHA-256 of its data: the default of JavaScript.
	 */
	MessageId JS = (message) -> (message.key().isPresent() && message.sequence().isPresent())
			? MessageIds.concat(message.key().get(), message.sequence().get()) : MessageIds.sha256(message.data());

	/** The SHA-256 of the data: fits unsigned messages. */
	MessageId SHA256_DATA = (message) -> MessageIds.sha256(message.data());

	/** The BLAKE2b-256 of the data: Filecoin's. */
	MessageId BLAKE2B256_DATA = (message) -> {
		Blake2bDigest digest = new Blake2bDigest(256);
		ByteBuffer data = message.data().duplicate();
		byte[] bytes = new byte[data.remaining()];
		data.get(bytes);
		digest.update(bytes, 0, bytes.length);
		byte[] hash = new byte[32];
		digest.doFinal(hash, 0);
		return ByteBuffer.wrap(hash);
	};

	/**
	 * Makes the id of a message.
	 * @param message the message
	 * @return 1 to {@value #MAX_BYTES} bytes
	 */
	ByteBuffer of(MessageFields message);

	/**
	 * Returns SHA-256 for functions of one's own.
	 * @return a new digest
	 */
	static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every JDK has SHA-256", ex);
		}
	}

}
