package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * A request or an answer. Immutable.
 *
 * @param type what it asks or answers
 * @param key the key, read-only; empty if there is none
 * @param record the value; null if there is none
 * @param closer peers near the key
 * @param providers providers of the key
 */
record KadMessage(Type type, ByteBuffer key, @Nullable KadRecord record, List<KadPeer> closer,
		List<KadPeer> providers) {

	/** What a message asks, in the order of the numbers on the wire. */
	enum Type {

		/** Store a value; also what a message without a type is. */
		PUT_VALUE,

		/** Return the value of a key, and peers near it. */
		GET_VALUE,

		/** Store the sender as a provider of a key; has no answer. */
		ADD_PROVIDER,

		/** Return the providers of a key, and peers near it. */
		GET_PROVIDERS,

		/** Return peers near a key. */
		FIND_NODE,

		/** Return nothing; deprecated. */
		PING

	}

	KadMessage {
		key = key.asReadOnlyBuffer();
		closer = List.copyOf(closer);
		providers = List.copyOf(providers);
	}

	static KadMessage of(Type type, ByteBuffer key) {
		return new KadMessage(type, key, null, List.of(), List.of());
	}

	static KadMessage put(KadRecord record) {
		return new KadMessage(Type.PUT_VALUE, record.key(), record, List.of(), List.of());
	}

	/**
	 * What counts of a request: of all whom it names its sender alone, as a provider. A
	 * request may have to wait for its turn, and peers take ten times as much memory as
	 * they take on the wire.
	 * @param sender who has sent it
	 */
	KadMessage from(PeerId sender) {
		List<KadPeer> own = this.providers.stream()
			.filter((provider) -> provider.id().equals(sender) && !provider.addresses().isEmpty())
			.limit(1)
			.toList();
		return new KadMessage(this.type, this.key, this.record, List.of(), own);
	}

	static KadMessage addProvider(ByteBuffer key, KadPeer provider) {
		return new KadMessage(Type.ADD_PROVIDER, key, null, List.of(), List.of(provider));
	}

}
