package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.p2pboot.libp2p.multiformats.Multihash;
import org.jspecify.annotations.Nullable;

/**
 * Certificates whose signatures were found to be right lately: a peer has one for as long
 * as its process runs, and shows it whenever it connects. Each has one place, which
 * depends on a secret of this process, and the latest takes it; so there are never more
 * than {@link #PLACES}, none of them longer than {@link #MAX_BYTES}. Any thread.
 */
final class KnownCertificates {

	/** How many certificates are kept at most; a power of two. */
	static final int PLACES = 256;

	/**
	 * The longest one that is kept, in bytes; with an Ed25519 identity all stacks' have
	 * some 400.
	 */
	static final int MAX_BYTES = 2048;

	private static final AtomicReferenceArray<@Nullable Known> CERTIFICATES = new AtomicReferenceArray<>(PLACES);

	private KnownCertificates() {
	}

	/**
	 * What was verified. Whether it is valid now is asked each time.
	 *
	 * @param encoded the certificate in DER
	 * @param notBefore the first second of its life
	 * @param notAfter the last second of its life
	 * @param identity the key that it proves
	 */
	record Known(byte[] encoded, Instant notBefore, Instant notAfter, PublicKey identity) {
	}

	static @Nullable Known find(byte[] encoded) {
		Known known = CERTIFICATES.get(place(encoded));
		return (known != null && Arrays.equals(known.encoded(), encoded)) ? known : null;
	}

	static void keep(Known certificate) {
		if (certificate.encoded().length <= MAX_BYTES) {
			CERTIFICATES.set(place(certificate.encoded()), certificate);
		}
	}

	private static int place(byte[] encoded) {
		return Multihash.sha256(ByteBuffer.wrap(encoded)).hashCode() & (PLACES - 1);
	}

}
