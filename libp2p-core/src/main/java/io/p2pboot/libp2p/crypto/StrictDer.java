package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;

/**
 * Reads ASN.1 that a peer sent, in its distinguished encoding only: one value has one
 * encoding. The nesting is measured before any object is made.
 */
final class StrictDer {

	/** How deep values may nest; a certificate needs half of it. */
	static final int MAX_DEPTH = 16;

	private static final int CONSTRUCTED = 0x20;

	private static final int LONG_TAG = 0x1f;

	private static final int LONG_LENGTH = 0x80;

	/** Longer lengths than these bytes tell are longer than any buffer here. */
	private static final int MAX_LENGTH_BYTES = 3;

	private StrictDer() {
	}

	/**
	 * Reads one value that fills the bytes.
	 * @throws DecodeException if it is malformed, nests too deep, or is encoded in
	 * another way than DER says
	 */
	static ASN1Primitive read(byte[] bytes) throws DecodeException {
		ByteBuffer source = ByteBuffer.wrap(bytes);
		check(source, MAX_DEPTH);
		if (source.hasRemaining()) {
			throw new DecodeException(source.remaining() + " bytes follow the ASN.1 value");
		}
		try {
			ASN1Primitive value = ASN1Primitive.fromByteArray(bytes);
			if (value == null || !Arrays.equals(value.getEncoded(ASN1Encoding.DER), bytes)) {
				throw new DecodeException("The ASN.1 value is not in its distinguished encoding");
			}
			return value;
		}
		catch (IOException | RuntimeException ex) {
			throw (ex instanceof DecodeException known) ? known
					: new DecodeException("The ASN.1 value is malformed: " + ex.getMessage(), ex);
		}
	}

	/** Consumes one value, measuring the depth of what is in it. */
	private static void check(ByteBuffer source, int depthLeft) throws DecodeException {
		if (depthLeft == 0) {
			throw new DecodeException("The ASN.1 value nests deeper than " + MAX_DEPTH);
		}
		int tag = next(source);
		if ((tag & LONG_TAG) == LONG_TAG) {
			throw new DecodeException("The ASN.1 value has a tag that no certificate needs");
		}
		int length = length(source);
		if (length > source.remaining()) {
			throw new DecodeException(
					"The ASN.1 value says " + length + " bytes where " + source.remaining() + " are left");
		}
		if ((tag & CONSTRUCTED) != 0) {
			ByteBuffer content = source.slice(source.position(), length);
			while (content.hasRemaining()) {
				check(content, depthLeft - 1);
			}
		}
		source.position(source.position() + length);
	}

	private static int length(ByteBuffer source) throws DecodeException {
		int first = next(source);
		if (first < LONG_LENGTH) {
			return first;
		}
		int count = first - LONG_LENGTH;
		if (count == 0 || count > MAX_LENGTH_BYTES) {
			throw new DecodeException("The ASN.1 value has an indefinite or too long length");
		}
		int length = 0;
		for (int i = 0; i < count; i++) {
			length = length << Byte.SIZE | next(source);
		}
		if (length < LONG_LENGTH || length >>> Byte.SIZE * (count - 1) == 0) {
			throw new DecodeException("The length " + length + " of an ASN.1 value is not minimal");
		}
		return length;
	}

	private static int next(ByteBuffer source) throws DecodeException {
		if (!source.hasRemaining()) {
			throw new DecodeException("The ASN.1 value is truncated");
		}
		return Byte.toUnsignedInt(source.get());
	}

}
