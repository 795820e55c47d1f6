package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.wire.pb.CryptoProto;
import io.p2pboot.libp2p.wire.pb.RecordProto;

/**
 * A payload with its signer's key and signature. Immutable; one that exists is verified.
 * Specification: libp2p/specs RFC 0002.
 */
public final class SignedEnvelope {

	/** The longest envelope that is read, in bytes. */
	public static final int MAX_BYTES = 64 * 1024;

	private final PublicKey signer;

	private final ByteString payloadType;

	private final ByteString payload;

	private final ByteString encoded;

	private SignedEnvelope(PublicKey signer, ByteString payloadType, ByteString payload, ByteString encoded) {
		this.signer = signer;
		this.payloadType = payloadType;
		this.payload = payload;
		this.encoded = encoded;
	}

	/**
	 * Signs a payload.
	 * @param key the signer's key
	 * @param domain separates the uses of signatures
	 * @param payloadType says what the payload is
	 * @param payload the payload
	 * @return the envelope
	 */
	public static SignedEnvelope seal(PrivateKey key, String domain, ByteBuffer payloadType, ByteBuffer payload) {
		ByteString type = ByteString.copyFrom(payloadType);
		ByteString content = ByteString.copyFrom(payload);
		ByteBuffer signature = key.sign(signed(domain, type, content));
		try {
			RecordProto.Envelope message = RecordProto.Envelope.newBuilder()
				.setPublicKey(CryptoProto.PublicKey.parseFrom(key.publicKey().encoded()))
				.setPayloadType(type)
				.setPayload(content)
				.setSignature(ByteString.copyFrom(signature))
				.build();
			return new SignedEnvelope(key.publicKey(), type, content, message.toByteString());
		}
		catch (InvalidProtocolBufferException ex) {
			throw new IllegalStateException("A key's own encoding can be read", ex);
		}
	}

	/**
	 * Opens an envelope and verifies it.
	 * @param bytes the envelope; consumed
	 * @param domain the domain it has to be signed for
	 * @return the envelope
	 * @throws DecodeException if it is malformed or the signature is not the key's
	 */
	public static SignedEnvelope open(ByteBuffer bytes, String domain) throws DecodeException {
		ByteString encoded = ByteString.copyFrom(checked(bytes));
		RecordProto.Envelope message = parse(encoded);
		PublicKey signer = PublicKey.decode(message.getPublicKey().toByteString().asReadOnlyByteBuffer());
		ByteBuffer signed = signed(domain, message.getPayloadType(), message.getPayload());
		if (!signer.verify(signed, message.getSignature().asReadOnlyByteBuffer())) {
			throw new DecodeException("The envelope's signature is not valid for the domain '" + domain + "'");
		}
		return new SignedEnvelope(signer, message.getPayloadType(), message.getPayload(), encoded);
	}

	/**
	 * Reads what an envelope says its payload is, before it is verified.
	 * @param bytes the envelope; consumed
	 * @return the payload type
	 * @throws DecodeException if it is malformed
	 */
	public static ByteBuffer peekPayloadType(ByteBuffer bytes) throws DecodeException {
		return parse(ByteString.copyFrom(checked(bytes))).getPayloadType().asReadOnlyByteBuffer();
	}

	private static ByteBuffer checked(ByteBuffer bytes) throws DecodeException {
		if (bytes.remaining() > MAX_BYTES) {
			throw new DecodeException("An envelope of " + bytes.remaining() + " bytes is longer than " + MAX_BYTES);
		}
		return bytes;
	}

	private static RecordProto.Envelope parse(ByteString bytes) throws DecodeException {
		try {
			RecordProto.Envelope message = RecordProto.Envelope.parseFrom(bytes);
			if (!message.hasPublicKey()) {
				throw new DecodeException("The envelope has no key");
			}
			return message;
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The envelope is malformed", ex);
		}
	}

	private static ByteBuffer signed(String domain, ByteString payloadType, ByteString payload) {
		ByteString domainBytes = ByteString.copyFrom(domain, StandardCharsets.UTF_8);
		ByteBuffer buffer = ByteBuffer
			.allocate(domainBytes.size() + payloadType.size() + payload.size() + 3 * Varint.MAX_BYTES);
		for (ByteString part : new ByteString[] { domainBytes, payloadType, payload }) {
			Varint.write(part.size(), buffer);
			part.copyTo(buffer);
		}
		return buffer.flip();
	}

	/**
	 * Returns who signed.
	 * @return the key
	 */
	public PublicKey signer() {
		return this.signer;
	}

	/**
	 * Returns what the payload is.
	 * @return a read-only view
	 */
	public ByteBuffer payloadType() {
		return this.payloadType.asReadOnlyByteBuffer();
	}

	/**
	 * Returns the payload.
	 * @return a read-only view
	 */
	public ByteBuffer payload() {
		return this.payload.asReadOnlyByteBuffer();
	}

	/**
	 * Returns the whole envelope.
	 * @return a read-only view
	 */
	public ByteBuffer encoded() {
		return this.encoded.asReadOnlyByteBuffer();
	}

}
