package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.RecordProto;

/**
 * A peer's addresses as it signed them. Immutable. Specification: libp2p/specs RFC 0003;
 * the domain and the payload type are those that Go and JavaScript use, the older form
 * that Rust sends is read too.
 *
 * @param peer the peer
 * @param sequence orders the records of a peer: the highest counts; unsigned
 * @param addresses the addresses
 */
public record PeerRecord(PeerId peer, long sequence, List<Multiaddr> addresses) {

	/** The most addresses that are read from one record. */
	public static final int MAX_ADDRESSES = 500;

	private static final String DOMAIN = "libp2p-peer-record";

	private static final byte[] PAYLOAD_TYPE = { 0x03, 0x01 };

	private static final String LEGACY_DOMAIN = "libp2p-routing-state";

	private static final byte[] LEGACY_PAYLOAD_TYPE = "/libp2p/routing-state-record".getBytes(StandardCharsets.UTF_8);

	/**
	 * Copies the addresses.
	 * @param peer the peer
	 * @param sequence orders the records of a peer
	 * @param addresses the addresses
	 */
	public PeerRecord {
		addresses = List.copyOf(addresses);
	}

	/**
	 * Signs this record.
	 * @param key the peer's key
	 * @return the envelope
	 * @throws IllegalArgumentException if the key is not the peer's
	 */
	public SignedEnvelope seal(PrivateKey key) {
		if (!this.peer.matches(key.publicKey())) {
			throw new IllegalArgumentException("The key is not that of " + this.peer);
		}
		RecordProto.PeerRecord.Builder message = RecordProto.PeerRecord.newBuilder()
			.setPeerId(ByteString.copyFrom(this.peer.multihash().encoded()))
			.setSeq(this.sequence);
		this.addresses.forEach((address) -> message.addAddresses(
				RecordProto.PeerRecord.AddressInfo.newBuilder().setMultiaddr(ByteString.copyFrom(address.encoded()))));
		return SignedEnvelope.seal(key, DOMAIN, ByteBuffer.wrap(PAYLOAD_TYPE),
				message.build().toByteString().asReadOnlyByteBuffer());
	}

	/**
	 * Opens an envelope, in the standard or the older form.
	 * @param envelope the bytes of the envelope
	 * @return the record, signed by the peer it names
	 * @throws DecodeException if the signature, the signer, the type or the content is
	 * wrong. Addresses that are not understood are left out
	 */
	public static PeerRecord open(ByteBuffer envelope) throws DecodeException {
		ByteBuffer type = SignedEnvelope.peekPayloadType(envelope.duplicate());
		boolean legacy = type.equals(ByteBuffer.wrap(LEGACY_PAYLOAD_TYPE));
		if (!legacy && !type.equals(ByteBuffer.wrap(PAYLOAD_TYPE))) {
			throw new DecodeException("The envelope's payload is not a peer record");
		}
		SignedEnvelope opened = SignedEnvelope.open(envelope, legacy ? LEGACY_DOMAIN : DOMAIN);
		try {
			RecordProto.PeerRecord message = RecordProto.PeerRecord.parseFrom(opened.payload());
			PeerId peer = PeerId.decode(message.getPeerId().asReadOnlyByteBuffer());
			if (!peer.matches(opened.signer())) {
				throw new DecodeException("The record of " + peer + " was signed by " + PeerId.of(opened.signer()));
			}
			return new PeerRecord(peer, message.getSeq(), addresses(message));
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The peer record is malformed", ex);
		}
	}

	private static List<Multiaddr> addresses(RecordProto.PeerRecord message) {
		List<Multiaddr> addresses = new ArrayList<>();
		for (RecordProto.PeerRecord.AddressInfo info : message.getAddressesList()) {
			if (addresses.size() == MAX_ADDRESSES) {
				break;
			}
			try {
				addresses.add(Multiaddr.decode(info.getMultiaddr().asReadOnlyByteBuffer()));
			}
			catch (DecodeException ex) {
				// A protocol that we do not know makes one address useless, not the
				// record.
				continue;
			}
		}
		return addresses;
	}

}
