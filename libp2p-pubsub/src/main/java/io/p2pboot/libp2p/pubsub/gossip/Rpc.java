package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

import io.p2pboot.libp2p.pubsub.PubSubLimits;

/**
 * The field numbers of the wire. The messages as a whole are in {@code pubsub.proto}.
 */
final class Rpc {

	static final int SUBSCRIPTIONS = 1;

	static final int PUBLISH = 2;

	static final int CONTROL = 3;

	static final int PARTIAL = 10;

	static final int SUBSCRIBE = 1;

	static final int SUBSCRIBE_TOPIC = 2;

	static final int REQUESTS_PARTIAL = 3;

	static final int SUPPORTS_PARTIAL = 4;

	/** In the extensions of a peer. */
	static final int PARTIAL_MESSAGES = 10;

	static final int PARTIAL_TOPIC = 1;

	static final int PARTIAL_GROUP = 2;

	static final int PARTIAL_PART = 3;

	static final int PARTIAL_METADATA = 4;

	static final int FROM = 1;

	static final int DATA = 2;

	static final int SEQNO = 3;

	static final int TOPIC = 4;

	static final int SIGNATURE = 5;

	static final int KEY = 6;

	static final int IHAVE = 1;

	static final int IWANT = 2;

	static final int GRAFT = 3;

	static final int PRUNE = 4;

	static final int IDONTWANT = 5;

	static final int EXTENSIONS = 6;

	/** One more than the highest field of a control message that is known. */
	static final int CONTROL_KINDS = 7;

	/** The topic of IHAVE, GRAFT and PRUNE. */
	static final int CONTROL_TOPIC = 1;

	static final int IHAVE_IDS = 2;

	static final int PRUNE_PEERS = 2;

	static final int PRUNE_BACKOFF = 3;

	static final int PEER_ID = 1;

	static final int PEER_RECORD = 2;

	private Rpc() {
	}

	/** The name of a topic; empty if it is none. */
	static Optional<String> topic(byte[] bytes, int start, int stop) {
		if (stop == start || stop - start > PubSubLimits.MAX_TOPIC_BYTES) {
			return Optional.empty();
		}
		try {
			return Optional
				.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, stop - start)).toString());
		}
		catch (CharacterCodingException ex) {
			return Optional.empty();
		}
	}

	/** The name of a topic; empty if it is none. */
	static Optional<String> topic(ByteBuffer bytes) {
		int start = bytes.arrayOffset() + bytes.position();
		return topic(bytes.array(), start, start + bytes.remaining());
	}

	static ByteBuffer utf8(String text) {
		return StandardCharsets.UTF_8.encode(text);
	}

}
