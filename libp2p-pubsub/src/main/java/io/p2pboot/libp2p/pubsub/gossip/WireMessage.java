package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.pubsub.MessageFields;
import org.jspecify.annotations.Nullable;

/**
 * A message as it is on the wire, and where its fields are. It is forwarded as it came.
 * Immutable.
 */
final class WireMessage {

	private static final ByteBuffer SIGN_PREFIX = ByteBuffer.wrap("libp2p-pubsub:".getBytes(StandardCharsets.UTF_8))
		.asReadOnlyBuffer();

	private final byte[] bytes;

	private final int start;

	private final int stop;

	/** Where each field begins and ends; -1 where it is absent. */
	private final int[] bounds;

	private final boolean regular;

	private WireMessage(byte[] bytes, int start, int stop, int[] bounds, boolean regular) {
		this.bytes = bytes;
		this.start = start;
		this.stop = stop;
		this.bounds = bounds;
		this.regular = regular;
	}

	/**
	 * Reads a message in place, or in a copy where it is a small part of what would be
	 * kept with it.
	 */
	static WireMessage decode(byte[] bytes, int start, int stop) throws DecodeException {
		if (2 * (stop - start) < bytes.length) {
			byte[] own = java.util.Arrays.copyOfRange(bytes, start, stop);
			return read(own, 0, own.length);
		}
		return read(bytes, start, stop);
	}

	private static WireMessage read(byte[] bytes, int start, int stop) throws DecodeException {
		int[] bounds = new int[2 * Rpc.KEY + 2];
		java.util.Arrays.fill(bounds, -1);
		boolean regular = true;
		FieldReader reader = new FieldReader(bytes, start, stop);
		while (reader.next()) {
			int field = reader.field();
			if (field > Rpc.KEY || !reader.isBytes() || bounds[2 * field] >= 0) {
				regular = false;
				continue;
			}
			bounds[2 * field] = reader.start();
			bounds[2 * field + 1] = reader.stop();
		}
		return new WireMessage(bytes, start, stop, bounds, regular);
	}

	/** Makes an own message without author. */
	static WireMessage unsigned(String topic, ByteBuffer data) {
		return of(unsignedFields(topic, data, null, null));
	}

	/** Makes an own message and has it signed. */
	static WireMessage signed(String topic, ByteBuffer data, ByteBuffer from, ByteBuffer sequence, Signer signer,
			@Nullable ByteBuffer key) {
		FieldWriter fields = unsignedFields(topic, data, from, sequence);
		ByteBuffer signed = ByteBuffer.allocate(SIGN_PREFIX.remaining() + fields.size())
			.put(SIGN_PREFIX.duplicate())
			.put(fields.written())
			.flip();
		fields.bytes(Rpc.SIGNATURE, signer.sign(signed));
		if (key != null) {
			fields.bytes(Rpc.KEY, key);
		}
		return of(fields);
	}

	private static FieldWriter unsignedFields(String topic, ByteBuffer data, @Nullable ByteBuffer from,
			@Nullable ByteBuffer sequence) {
		FieldWriter fields = new FieldWriter(data.remaining() + topic.length() + 256);
		if (from != null) {
			fields.bytes(Rpc.FROM, from);
		}
		fields.bytes(Rpc.DATA, data);
		if (sequence != null) {
			fields.bytes(Rpc.SEQNO, sequence);
		}
		return fields.bytes(Rpc.TOPIC, Rpc.utf8(topic));
	}

	private static WireMessage of(FieldWriter fields) {
		ByteBuffer written = fields.written();
		try {
			return read(written.array(), 0, written.limit());
		}
		catch (DecodeException ex) {
			throw new IllegalStateException("What was written can be read", ex);
		}
	}

	/** The whole message. */
	ByteBuffer raw() {
		return ByteBuffer.wrap(this.bytes, this.start, this.stop - this.start);
	}

	int length() {
		return this.stop - this.start;
	}

	/**
	 * Whether every stack reads the same in it: no field is unknown or repeated. Some add
	 * unknown fields to what they verify, others drop them.
	 */
	boolean isRegular() {
		return this.regular;
	}

	boolean has(int field) {
		return this.bounds[2 * field] >= 0;
	}

	int length(int field) {
		return this.bounds[2 * field + 1] - this.bounds[2 * field];
	}

	/** The content of a field; empty if it is absent. */
	Optional<ByteBuffer> field(int field) {
		return has(field) ? Optional.of(content(field)) : Optional.empty();
	}

	private ByteBuffer content(int field) {
		return ByteBuffer.wrap(this.bytes, this.bounds[2 * field], length(field)).slice();
	}

	ByteBuffer data() {
		return has(Rpc.DATA) ? content(Rpc.DATA) : ByteBuffer.allocate(0);
	}

	Optional<String> topic() {
		return has(Rpc.TOPIC) ? Rpc.topic(this.bytes, this.bounds[2 * Rpc.TOPIC], this.bounds[2 * Rpc.TOPIC + 1])
				: Optional.empty();
	}

	/** The author; empty if it is absent or no peer id. */
	Optional<PeerId> author() {
		if (!has(Rpc.FROM)) {
			return Optional.empty();
		}
		try {
			return Optional.of(PeerId.decode(content(Rpc.FROM)));
		}
		catch (DecodeException ex) {
			return Optional.empty();
		}
	}

	/** What the signature is over: every field but it and the key. */
	ByteBuffer signedBytes() {
		FieldWriter writer = new FieldWriter(length() + SIGN_PREFIX.remaining()).raw(SIGN_PREFIX);
		for (int field = Rpc.FROM; field <= Rpc.TOPIC; field++) {
			if (has(field)) {
				writer.bytes(field, content(field));
			}
		}
		return writer.written();
	}

	/** What the id is made of. */
	MessageFields fields(String topic, Optional<PeerId> author) {
		Optional<ByteBuffer> key = field(Rpc.KEY)
			.or(() -> author.flatMap(PeerId::inlinedKey).map((inlined) -> inlined.encoded()));
		return new MessageFields(topic, data().asReadOnlyBuffer(), field(Rpc.FROM).map(ByteBuffer::asReadOnlyBuffer),
				field(Rpc.SEQNO).map(ByteBuffer::asReadOnlyBuffer), key);
	}

	/**
	 * Makes a signature.
	 */
	@FunctionalInterface
	interface Signer {

		/** Signs the bytes that remain. */
		ByteBuffer sign(ByteBuffer data);

	}

}
