package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.wire.pb.KadProto;
import org.jspecify.annotations.Nullable;

/**
 * Reads one message field by field, so that what is not looked at is never built: two
 * bytes on the wire are an empty peer, and an answer has room for two million. What is
 * malformed within one peer costs that peer, not its message. Used once.
 */
final class KadDecoder {

	private static final KadMessage.Type[] TYPES = KadMessage.Type.values();

	private static final KadPeer.Link[] LINKS = KadPeer.Link.values();

	private static final ByteBuffer NONE = ByteBuffer.allocate(0).asReadOnlyBuffer();

	private final List<KadPeer> closer = new ArrayList<>();

	private final List<KadPeer> providers = new ArrayList<>();

	private int closerSeen;

	private int providersSeen;

	private int type;

	private ByteBuffer key = NONE;

	private @Nullable KadRecord record;

	/**
	 * Decodes a message.
	 * @param bytes the bytes of one message; consumed
	 * @throws DecodeException if they are no message, or of a type that is unknown
	 */
	static KadMessage decode(ByteBuffer bytes) throws DecodeException {
		KadDecoder decoder = new KadDecoder();
		try {
			decoder.message(CodedInputStream.newInstance(bytes));
		}
		catch (IOException ex) {
			throw new DecodeException("The Kademlia message is malformed", ex);
		}
		if (decoder.type < 0 || decoder.type >= TYPES.length) {
			throw new DecodeException("A Kademlia message of type " + decoder.type + " is unknown");
		}
		return new KadMessage(TYPES[decoder.type], decoder.key, decoder.record, decoder.closer, decoder.providers);
	}

	private void message(CodedInputStream input) throws IOException {
		for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
			if (tag == tag(KadProto.Message.TYPE_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT)) {
				this.type = input.readEnum();
			}
			else if (tag == bytes(KadProto.Message.KEY_FIELD_NUMBER)) {
				this.key = buffer(input);
			}
			else if (tag == bytes(KadProto.Message.RECORD_FIELD_NUMBER)) {
				this.record = nested(input, KadDecoder::record);
			}
			else if (tag == bytes(KadProto.Message.CLOSERPEERS_FIELD_NUMBER)
					&& this.closerSeen++ < KadLimits.MAX_PEERS_PER_LIST) {
				nested(input, KadDecoder::peer).ifPresent(this.closer::add);
			}
			else if (tag == bytes(KadProto.Message.PROVIDERPEERS_FIELD_NUMBER)
					&& this.providersSeen++ < KadLimits.MAX_PEERS_PER_LIST) {
				nested(input, KadDecoder::peer).ifPresent(this.providers::add);
			}
			else {
				input.skipField(tag);
			}
		}
	}

	private interface Nested<T> {

		T read(CodedInputStream input) throws IOException;

	}

	private static <T> T nested(CodedInputStream input, Nested<T> message) throws IOException {
		int limit = input.pushLimit(input.readRawVarint32());
		T read = message.read(input);
		input.checkLastTagWas(0);
		input.popLimit(limit);
		return read;
	}

	private static KadRecord record(CodedInputStream input) throws IOException {
		ByteBuffer key = NONE;
		ByteBuffer value = NONE;
		ByteBuffer timeReceived = NONE;
		ByteBuffer publisher = NONE;
		int ttlSeconds = 0;
		for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
			if (tag == bytes(KadProto.Record.KEY_FIELD_NUMBER)) {
				key = buffer(input);
			}
			else if (tag == bytes(KadProto.Record.VALUE_FIELD_NUMBER)) {
				value = buffer(input);
			}
			else if (tag == bytes(KadProto.Record.TIMERECEIVED_FIELD_NUMBER)) {
				timeReceived = buffer(input);
			}
			else if (tag == bytes(KadProto.Record.PUBLISHER_FIELD_NUMBER)) {
				publisher = buffer(input);
			}
			else if (tag == tag(KadProto.Record.TTL_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT)) {
				ttlSeconds = input.readUInt32();
			}
			else {
				input.skipField(tag);
			}
		}
		return new KadRecord(key, value, timeReceived, publisher, ttlSeconds);
	}

	/** A peer without a valid id cannot be asked; the others of the message can. */
	private static Optional<KadPeer> peer(CodedInputStream input) throws IOException {
		ByteString id = ByteString.EMPTY;
		int link = 0;
		List<ByteString> addresses = new ArrayList<>();
		int addressBytes = 0;
		int addressesSeen = 0;
		for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
			if (tag == bytes(KadProto.Message.Peer.ID_FIELD_NUMBER)) {
				id = input.readBytes();
			}
			else if (tag == bytes(KadProto.Message.Peer.ADDRS_FIELD_NUMBER)
					&& addressesSeen++ < KadLimits.MAX_ADDRESSES_PER_PEER) {
				ByteString address = input.readBytes();
				addressBytes += address.size();
				if (addressBytes <= KadLimits.MAX_ADDRESS_BYTES_PER_PEER) {
					addresses.add(address);
				}
			}
			else if (tag == tag(KadProto.Message.Peer.CONNECTION_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT)) {
				link = input.readEnum();
			}
			else {
				input.skipField(tag);
			}
		}
		return peer(id, (link < 0 || link >= LINKS.length) ? KadPeer.Link.NOT_CONNECTED : LINKS[link], addresses);
	}

	private static Optional<KadPeer> peer(ByteString encodedId, KadPeer.Link link, List<ByteString> encoded) {
		try {
			PeerId id = PeerId.decode(encodedId.asReadOnlyByteBuffer());
			List<Multiaddr> addresses = new ArrayList<>(encoded.size());
			for (ByteString one : encoded) {
				Multiaddr address = address(id, one);
				if (address != null && !addresses.contains(address)) {
					addresses.add(address);
				}
			}
			return Optional.of(new KadPeer(id, KadKey.of(id), addresses, link));
		}
		catch (DecodeException ex) {
			return Optional.empty();
		}
	}

	/** The address without a trailing id of the peer; null if it is of no use. */
	private static @Nullable Multiaddr address(PeerId id, ByteString encoded) {
		try {
			return withoutPeer(id, Multiaddr.decode(encoded.asReadOnlyByteBuffer()));
		}
		catch (DecodeException | IllegalArgumentException ex) {
			// Of a protocol that we do not know, perhaps: the others are of use.
			return null;
		}
	}

	private static @Nullable Multiaddr withoutPeer(PeerId id, Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		Multiaddr.Component last = components.get(components.size() - 1);
		if (last.protocol() != MultiaddrProtocol.P2P) {
			return address;
		}
		boolean same = PeerId.parse(last.value()).equals(id);
		return (same && components.size() > 1) ? address.decapsulateLast(MultiaddrProtocol.P2P) : null;
	}

	/** Copied: the bytes may lie in a buffer that the network takes back. */
	private static ByteBuffer buffer(CodedInputStream input) throws IOException {
		return ByteBuffer.wrap(input.readByteArray());
	}

	private static int bytes(int field) {
		return tag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
	}

	private static int tag(int field, int wireType) {
		return field << 3 | wireType;
	}

}
