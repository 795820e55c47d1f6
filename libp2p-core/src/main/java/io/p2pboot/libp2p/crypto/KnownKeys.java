package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.p2pboot.libp2p.multiformats.Multihash;
import org.jspecify.annotations.Nullable;

/**
 * Public keys that were found to be valid lately: a peer sends its key in the handshake,
 * in identify and in its record, and whether a key is a point of its curve costs as much
 * as verifying a signature. Each key has one place, which depends on a secret of this
 * process, and the latest takes it; so there are never more than {@link #PLACES}. Any
 * thread.
 */
final class KnownKeys {

	/** How many keys are kept at most; a power of two. */
	static final int PLACES = 1024;

	private static final AtomicReferenceArray<@Nullable PublicKey> KEYS = new AtomicReferenceArray<>(PLACES);

	private KnownKeys() {
	}

	static @Nullable PublicKey find(KeyType type, byte[] data) {
		PublicKey known = KEYS.get(place(data));
		return (known != null && known.is(type, data)) ? known : null;
	}

	static void keep(PublicKey key, byte[] data) {
		KEYS.set(place(data), key);
	}

	private static int place(byte[] data) {
		return Multihash.sha256(ByteBuffer.wrap(data)).hashCode() & (PLACES - 1);
	}

}
