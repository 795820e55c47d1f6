package io.p2pboot.libp2p.kad;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * The frames in which an instance's state is written: a byte for the kind, numbers
 * big-endian, bytes with their length (4 bytes) before them. Times are milliseconds since
 * 1970. Stateless.
 */
final class StateFrames {

	/** The longest frame, in bytes: a value comes in a request, and that is shorter. */
	static final int MAX_BYTES = KadLimits.MAX_REQUEST_BYTES + 1024;

	private static final int KEY_BYTES = 4 * Long.BYTES;

	private static final byte VALUE = 1;

	private static final byte PROVIDER = 2;

	private static final byte PROVIDER_REMOVED = 3;

	private static final byte PROVIDED = 4;

	private static final byte PROVIDED_NO_MORE = 5;

	private static final byte CYCLE = 6;

	private static final byte TABLE = 7;

	/** Takes what frames tell. */
	interface Taker {

		void value(KadRecord record, long endMillis);

		void provider(KadKey key, PeerId provider, long endMillis);

		void providerRemoved(KadKey key, PeerId provider);

		void provided(ByteBuffer preimage, long dueMillis);

		void providedNoMore(ByteBuffer preimage);

		/** When a cycle of the keys that are provided began. */
		void cycle(long beginMillis);

		/** Who was in the table at a time. */
		void inTable(AddrInfo peer, long atMillis);

	}

	private StateFrames() {
	}

	static byte[] value(KadRecord record, long endMillis) {
		return frame(VALUE, endMillis, Integer.BYTES, record.key(), record.value(), record.timeReceived(),
				record.publisher())
			.putInt(record.ttlSeconds())
			.array();
	}

	static byte[] provider(KadKey key, PeerId provider, long endMillis) {
		return put(frame(PROVIDER, endMillis, KEY_BYTES, provider.multihash().encoded()), key).array();
	}

	static byte[] providerRemoved(KadKey key, PeerId provider) {
		return put(frame(PROVIDER_REMOVED, 0, KEY_BYTES, provider.multihash().encoded()), key).array();
	}

	static byte[] provided(ByteBuffer preimage, long dueMillis) {
		return frame(PROVIDED, dueMillis, 0, preimage).array();
	}

	static byte[] providedNoMore(ByteBuffer preimage) {
		return frame(PROVIDED_NO_MORE, 0, 0, preimage).array();
	}

	static byte[] cycle(long beginMillis) {
		return frame(CYCLE, beginMillis, 0).array();
	}

	static byte[] inTable(AddrInfo peer, long atMillis) {
		List<ByteBuffer> parts = new ArrayList<>();
		parts.add(peer.id().multihash().encoded());
		int bytes = 0;
		for (Multiaddr address : peer.addresses()) {
			ByteBuffer encoded = address.encoded();
			bytes += encoded.remaining();
			if (parts.size() <= KadLimits.MAX_ADDRESSES_PER_PEER && bytes <= KadLimits.MAX_ADDRESS_BYTES_PER_PEER) {
				parts.add(encoded);
			}
		}
		return frame(TABLE, atMillis, 0, parts.toArray(new ByteBuffer[0])).array();
	}

	private static ByteBuffer put(ByteBuffer frame, KadKey key) {
		return frame.putLong(key.w0()).putLong(key.w1()).putLong(key.w2()).putLong(key.w3());
	}

	/** A frame that has room for some bytes more. */
	private static ByteBuffer frame(byte kind, long millis, int room, ByteBuffer... parts) {
		int bytes = 1 + Long.BYTES + room;
		for (ByteBuffer part : parts) {
			bytes += Integer.BYTES + part.remaining();
		}
		ByteBuffer frame = ByteBuffer.allocate(bytes).put(kind).putLong(millis);
		for (ByteBuffer part : parts) {
			frame.putInt(part.remaining()).put(part.duplicate());
		}
		return frame;
	}

	/**
	 * Reads a frame.
	 * @param frame the frame; consumed. What the taker gets is a copy
	 * @param taker takes what it tells
	 * @throws DecodeException if it is none
	 */
	static void decode(ByteBuffer frame, Taker taker) throws DecodeException {
		try {
			byte kind = frame.get();
			long millis = frame.getLong();
			switch (kind) {
				case VALUE -> value(frame, millis, taker);
				case PROVIDER -> {
					PeerId provider = PeerId.decode(part(frame));
					taker.provider(key(frame), provider, millis);
				}
				case PROVIDER_REMOVED -> {
					PeerId provider = PeerId.decode(part(frame));
					taker.providerRemoved(key(frame), provider);
				}
				case PROVIDED -> taker.provided(part(frame), millis);
				case PROVIDED_NO_MORE -> taker.providedNoMore(part(frame));
				case CYCLE -> taker.cycle(millis);
				case TABLE -> taker.inTable(peer(frame), millis);
				default -> throw new DecodeException("A frame of the unknown kind " + kind);
			}
		}
		catch (BufferUnderflowException ex) {
			throw new DecodeException("A frame ends before its last field");
		}
	}

	private static void value(ByteBuffer frame, long millis, Taker taker) throws DecodeException {
		ByteBuffer key = part(frame);
		ByteBuffer value = part(frame);
		ByteBuffer received = part(frame);
		ByteBuffer publisher = part(frame);
		taker.value(new KadRecord(key, value, received, publisher, frame.getInt()), millis);
	}

	private static AddrInfo peer(ByteBuffer frame) throws DecodeException {
		PeerId id = PeerId.decode(part(frame));
		List<Multiaddr> addresses = new ArrayList<>();
		while (frame.hasRemaining() && addresses.size() < KadLimits.MAX_ADDRESSES_PER_PEER) {
			addresses.add(Multiaddr.decode(part(frame)));
		}
		return new AddrInfo(id, addresses);
	}

	private static KadKey key(ByteBuffer frame) {
		return new KadKey(frame.getLong(), frame.getLong(), frame.getLong(), frame.getLong());
	}

	private static ByteBuffer part(ByteBuffer frame) throws DecodeException {
		int length = frame.getInt();
		if (length < 0 || length > frame.remaining()) {
			throw new DecodeException("A field of " + length + " bytes is longer than its frame");
		}
		byte[] copy = new byte[length];
		frame.get(copy);
		return ByteBuffer.wrap(copy).asReadOnlyBuffer();
	}

}
