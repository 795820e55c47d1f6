package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * The id of Ethereum's consensus layer since Altair: the first 20 bytes of a SHA-256 over
 * a domain, the topic and the uncompressed data. Specification: consensus-specs,
 * altair/p2p-interface.md. Stateless.
 */
final class EthereumMessageId implements MessageId {

	static final MessageId INSTANCE = new EthereumMessageId();

	/** The most uncompressed bytes, MAX_PAYLOAD_SIZE. */
	static final int MAX_PAYLOAD_BYTES = 10 * 1024 * 1024;

	/** What {@link #MAX_PAYLOAD_BYTES} may become, compressed and with its fields. */
	static final int MAX_FRAME_BYTES = 32 + MAX_PAYLOAD_BYTES + MAX_PAYLOAD_BYTES / 6 + 1024;

	private static final byte[] VALID_SNAPPY = { 1, 0, 0, 0 };

	private static final byte[] INVALID_SNAPPY = { 0, 0, 0, 0 };

	private static final int ID_BYTES = 20;

	@Override
	public ByteBuffer of(MessageFields message) {
		Optional<ByteBuffer> plain = SnappyBlock.decode(message.data().duplicate(), MAX_PAYLOAD_BYTES);
		byte[] topic = message.topic().getBytes(StandardCharsets.UTF_8);
		MessageDigest digest = MessageId.sha256();
		digest.update(plain.isPresent() ? VALID_SNAPPY : INVALID_SNAPPY);
		digest.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(topic.length).flip());
		digest.update(topic);
		digest.update(plain.orElse(message.data()).duplicate());
		return ByteBuffer.wrap(Arrays.copyOf(digest.digest(), ID_BYTES));
	}

}
