package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.wire.pb.KadProto;
import org.jspecify.annotations.Nullable;

/**
 * Messages as bytes, without their length. What is malformed within one peer costs that
 * peer, not its message. Stateless.
 */
final class KadCodec {

	/** What a list entry and its length take at most beside their content, in bytes. */
	private static final int ENTRY_OVERHEAD = 6;

	private KadCodec() {
	}

	/**
	 * Decodes a message.
	 * @param bytes the bytes of one message; consumed
	 * @throws DecodeException if they are no message, or of a type that is unknown
	 */
	static KadMessage decode(ByteBuffer bytes) throws DecodeException {
		KadProto.Message message;
		try {
			message = KadProto.Message.parseFrom(bytes);
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The Kademlia message is malformed", ex);
		}
		return new KadMessage(type(message), copy(message.getKey()),
				message.hasRecord() ? record(message.getRecord()) : null, peers(message.getCloserPeersList()),
				peers(message.getProviderPeersList()));
	}

	private static KadMessage.Type type(KadProto.Message message) throws DecodeException {
		int number = message.getTypeValue();
		KadMessage.Type[] known = KadMessage.Type.values();
		if (number < 0 || number >= known.length) {
			throw new DecodeException("A Kademlia message of type " + number + " is unknown");
		}
		return known[number];
	}

	private static KadRecord record(KadProto.Record record) {
		return new KadRecord(copy(record.getKey()), copy(record.getValue()), copy(record.getTimeReceived()),
				copy(record.getPublisher()), record.getTtl());
	}

	/** Protobuf's bytes may lie in a buffer that the network takes back. */
	private static ByteBuffer copy(ByteString bytes) {
		return ByteBuffer.wrap(bytes.toByteArray());
	}

	private static List<KadPeer> peers(List<KadProto.Message.Peer> peers) {
		List<KadPeer> decoded = new ArrayList<>(Math.min(peers.size(), 64));
		for (KadProto.Message.Peer peer : peers.subList(0, Math.min(peers.size(), KadLimits.MAX_PEERS_PER_LIST))) {
			peer(peer).ifPresent(decoded::add);
		}
		return decoded;
	}

	private static Optional<KadPeer> peer(KadProto.Message.Peer peer) {
		try {
			PeerId id = PeerId.decode(peer.getId().asReadOnlyByteBuffer());
			int link = peer.getConnectionValue();
			KadPeer.Link[] known = KadPeer.Link.values();
			return Optional.of(new KadPeer(id, KadKey.of(id), addresses(id, peer.getAddrsList()),
					(link < 0 || link >= known.length) ? KadPeer.Link.NOT_CONNECTED : known[link]));
		}
		catch (DecodeException ex) {
			// A peer without a valid id cannot be asked; the others of the message can.
			return Optional.empty();
		}
	}

	private static List<Multiaddr> addresses(PeerId id, List<ByteString> encoded) {
		List<Multiaddr> addresses = new ArrayList<>();
		int bytes = 0;
		for (ByteString one : encoded.subList(0, Math.min(encoded.size(), KadLimits.MAX_ADDRESSES_PER_PEER))) {
			bytes += one.size();
			if (bytes > KadLimits.MAX_ADDRESS_BYTES_PER_PEER) {
				break;
			}
			Multiaddr address = address(id, one);
			if (address != null && !addresses.contains(address)) {
				addresses.add(address);
			}
		}
		return addresses;
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

	/** Encodes a message as it is. */
	static ByteBuffer encode(KadMessage message) {
		KadProto.Message.Builder builder = start(message);
		message.closer().forEach((peer) -> builder.addCloserPeers(encode(peer, Integer.MAX_VALUE)));
		message.providers().forEach((peer) -> builder.addProviderPeers(encode(peer, Integer.MAX_VALUE)));
		return builder.build().toByteString().asReadOnlyByteBuffer();
	}

	/**
	 * Encodes an answer that fits: first the peers near the key, each with its share of
	 * the room, then as many providers as there is room for. A value that alone takes
	 * more than the room goes out with the nearest peers only.
	 * @param message the answer
	 * @param maxBytes the room
	 */
	static ByteBuffer encode(KadMessage message, int maxBytes) {
		KadProto.Message.Builder builder = start(message);
		int room = Math.max(maxBytes / 4, maxBytes - builder.build().getSerializedSize());
		int left = message.closer().size();
		for (KadPeer peer : message.closer()) {
			KadProto.Message.Peer encoded = encode(peer, room / left - ENTRY_OVERHEAD);
			builder.addCloserPeers(encoded);
			room -= encoded.getSerializedSize() + ENTRY_OVERHEAD;
			left--;
		}
		for (KadPeer peer : message.providers()) {
			KadProto.Message.Peer encoded = encode(peer, Math.max(room / 4, 256));
			if (encoded.getSerializedSize() + ENTRY_OVERHEAD > room) {
				break;
			}
			builder.addProviderPeers(encoded);
			room -= encoded.getSerializedSize() + ENTRY_OVERHEAD;
		}
		return builder.build().toByteString().asReadOnlyByteBuffer();
	}

	private static KadProto.Message.Builder start(KadMessage message) {
		KadProto.Message.Builder builder = KadProto.Message.newBuilder()
			.setTypeValue(message.type().ordinal())
			.setKey(bytes(message.key()));
		KadRecord record = message.record();
		if (record != null) {
			builder.setRecord(KadProto.Record.newBuilder()
				.setKey(bytes(record.key()))
				.setValue(bytes(record.value()))
				.setTimeReceived(bytes(record.timeReceived()))
				.setPublisher(bytes(record.publisher()))
				.setTtl(record.ttlSeconds()));
		}
		return builder;
	}

	private static KadProto.Message.Peer encode(KadPeer peer, int room) {
		KadProto.Message.Peer.Builder builder = KadProto.Message.Peer.newBuilder()
			.setId(bytes(peer.id().multihash().encoded()))
			.setConnectionValue(peer.connection().ordinal());
		int used = builder.build().getSerializedSize();
		int count = 0;
		for (Multiaddr address : peer.addresses()) {
			ByteBuffer encoded = address.encoded();
			used += encoded.remaining() + ENTRY_OVERHEAD;
			if (used > room || count++ == KadLimits.MAX_ADDRESSES_PER_PEER) {
				break;
			}
			builder.addAddrs(bytes(encoded));
		}
		return builder.build();
	}

	private static ByteString bytes(ByteBuffer bytes) {
		return UnsafeByteOperations.unsafeWrap(bytes.duplicate());
	}

}
