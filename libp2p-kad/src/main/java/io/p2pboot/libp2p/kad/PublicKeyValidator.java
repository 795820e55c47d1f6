package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * The namespace {@code pk}: under {@code /pk/} and a peer id stands the public key of
 * that peer. Stateless.
 */
final class PublicKeyValidator implements RecordValidator {

	/** The namespace. */
	static final String NAMESPACE = "pk";

	private static final int PREFIX_BYTES = "/pk/".length();

	/** The key under which a peer's public key stands. */
	static ByteBuffer key(PeerId peer) {
		ByteBuffer id = peer.multihash().encoded();
		return ByteBuffer.allocate(PREFIX_BYTES + id.remaining())
			.put("/pk/".getBytes(StandardCharsets.US_ASCII))
			.put(id)
			.flip()
			.asReadOnlyBuffer();
	}

	@Override
	public void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
		try {
			PeerId peer = PeerId.decode(key.slice(key.position() + PREFIX_BYTES, key.remaining() - PREFIX_BYTES));
			if (!peer.matches(PublicKey.decode(value.duplicate()))) {
				throw new InvalidRecord("The public key is not that of " + peer);
			}
		}
		catch (DecodeException ex) {
			throw new InvalidRecord("The record of a public key is malformed: " + ex.getMessage(), ex);
		}
	}

	@Override
	public int select(ByteBuffer key, List<ByteBuffer> values) {
		return 0;
	}

}
