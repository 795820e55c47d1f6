package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.KadProto;

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
		return KadDecoder.decode(bytes);
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
	 * the room, then as many providers as there is room for. A value that takes all of
	 * the room goes out all the same, with some peers.
	 * @param message the answer
	 * @param maxBytes the room
	 */
	static ByteBuffer encode(KadMessage message, int maxBytes) {
		KadProto.Message.Builder builder = start(message);
		int free = maxBytes - builder.build().getSerializedSize();
		int room = (free > 0) ? free : maxBytes / 4;
		int left = message.closer().size();
		for (KadPeer peer : message.closer()) {
			KadProto.Message.Peer encoded = encode(peer, room / left - ENTRY_OVERHEAD);
			if (encoded.getSerializedSize() + ENTRY_OVERHEAD > room) {
				break;
			}
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
