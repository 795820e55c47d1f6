package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.p2pboot.libp2p.crypto.PrivateKey;

/**
 * Stateless reset tokens (RFC 9000 section 10.3). They have to be the same after a
 * restart, so they come from a key that is derived from the identity (HKDF, RFC 5869,
 * with a label of its own); a token tells nothing about that key, nor about other tokens.
 * The address that a socket is bound to goes in as well: a socket that does not know an
 * id gives no token away of another socket that does. Event loop only.
 */
final class ResetTokens {

	/** The length of a token. */
	static final int BYTES = 16;

	private static final String ALGORITHM = "HmacSHA256";

	private static final byte[] LABEL = "libp2p quic-v1 stateless reset 1".getBytes(StandardCharsets.US_ASCII);

	private final Mac mac;

	ResetTokens(PrivateKey identity) {
		ByteBuffer encoded = identity.encoded();
		byte[] key = new byte[encoded.remaining()];
		encoded.get(key);
		try {
			this.mac = Mac.getInstance(ALGORITHM);
			byte[] extracted = under(new byte[this.mac.getMacLength()], key);
			byte[] info = Arrays.copyOf(LABEL, LABEL.length + 1);
			info[LABEL.length] = 1;
			this.mac.init(new SecretKeySpec(under(extracted, info), ALGORITHM));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("The JDK lacks " + ALGORITHM, ex);
		}
		finally {
			Arrays.fill(key, (byte) 0);
		}
	}

	private byte[] under(byte[] key, byte[] message) throws GeneralSecurityException {
		this.mac.init(new SecretKeySpec(key, ALGORITHM));
		return this.mac.doFinal(message);
	}

	/** The token of an id that a socket gave out. */
	byte[] token(InetSocketAddress bound, long id) {
		byte[] ip = bound.getAddress().getAddress();
		this.mac.update((byte) ip.length);
		this.mac.update(ip);
		this.mac.update(ByteBuffer.allocate(Integer.BYTES + Long.BYTES).putInt(bound.getPort()).putLong(id).flip());
		return Arrays.copyOf(this.mac.doFinal(), BYTES);
	}

}
