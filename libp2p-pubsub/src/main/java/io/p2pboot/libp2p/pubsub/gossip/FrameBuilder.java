package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.gossip.Outbox.Ids;
import io.p2pboot.libp2p.pubsub.gossip.Outbox.MeshChange;
import org.jspecify.annotations.Nullable;

/**
 * Puts one frame together. A message is not copied unless it is short. Not thread-safe.
 */
final class FrameBuilder {

	/** Up to how many bytes copying a message costs less than another part. */
	private static final int COPIED = 2048;

	private final FieldWriter subscriptions = new FieldWriter(64);

	private final FieldWriter control = new FieldWriter(64);

	private final List<RoutedMessage> messages = new ArrayList<>();

	private @Nullable ByteBuffer part;

	private boolean controlled;

	private int messageBytes;

	boolean isEmpty() {
		return this.subscriptions.size() == 0 && !this.controlled && this.messages.isEmpty() && this.part == null;
	}

	/** The bytes of subscriptions and control messages. */
	int controlSize() {
		return this.subscriptions.size() + this.control.size();
	}

	int size() {
		return controlSize() + this.messageBytes;
	}

	/** The extensions message, which is empty where no extension is supported. */
	void extensions(boolean partial) {
		this.controlled = true;
		FieldWriter extensions = new FieldWriter(4);
		if (partial) {
			extensions.number(Rpc.PARTIAL_MESSAGES, 1);
		}
		this.control.message(Rpc.EXTENSIONS, extensions);
	}

	void subscription(ByteBuffer topic, boolean subscribe, PartialMode mode) {
		FieldWriter subscription = new FieldWriter(topic.remaining() + 12).number(Rpc.SUBSCRIBE, subscribe ? 1 : 0)
			.bytes(Rpc.SUBSCRIBE_TOPIC, topic);
		if (subscribe && mode != PartialMode.NONE) {
			subscription.number(Rpc.REQUESTS_PARTIAL, (mode == PartialMode.REQUESTS) ? 1 : 0)
				.number(Rpc.SUPPORTS_PARTIAL, 1);
		}
		this.subscriptions.message(Rpc.SUBSCRIPTIONS, subscription);
	}

	/** Parts of a message; a frame has room for one. */
	void part(ByteBuffer encoded) {
		this.part = encoded;
		this.messageBytes += FieldWriter.sizeOf(Rpc.PARTIAL, encoded.remaining());
	}

	void mesh(ByteBuffer topic, MeshChange change, boolean backoff) {
		this.controlled = true;
		FieldWriter entry = new FieldWriter(topic.remaining() + 16).bytes(Rpc.CONTROL_TOPIC, topic);
		if (change.graft()) {
			this.control.message(Rpc.GRAFT, entry);
			return;
		}
		if (backoff) {
			change.exchanged().forEach((info) -> entry.bytes(Rpc.PRUNE_PEERS, info));
			entry.number(Rpc.PRUNE_BACKOFF, change.backoffSeconds());
		}
		this.control.message(Rpc.PRUNE, entry);
	}

	void ids(Ids ids) {
		this.controlled = true;
		FieldWriter entry = new FieldWriter(ids.bytes());
		String topic = ids.topic();
		if (topic != null) {
			entry.bytes(Rpc.CONTROL_TOPIC, Rpc.utf8(topic));
		}
		int field = (ids.kind() == Rpc.IHAVE) ? Rpc.IHAVE_IDS : 1;
		ids.ids().forEach((id) -> entry.bytes(field, id));
		this.control.message(ids.kind(), entry);
	}

	void message(RoutedMessage message) {
		this.messages.add(message);
		this.messageBytes += FieldWriter.sizeOf(Rpc.PUBLISH, message.length());
	}

	OutFrame build() {
		int controlBytes = this.controlled ? FieldWriter.sizeOf(Rpc.CONTROL, this.control.size()) : 0;
		int body = this.subscriptions.size() + controlBytes + this.messageBytes;
		List<ByteBuffer> parts = new ArrayList<>();
		FieldWriter writer = new FieldWriter(controlSize() + 64);
		writer.varint(body);
		writer.raw(this.subscriptions.written());
		if (this.controlled) {
			writer.message(Rpc.CONTROL, this.control);
		}
		ByteBuffer partial = this.part;
		if (partial != null) {
			writer.bytes(Rpc.PARTIAL, partial);
		}
		for (RoutedMessage message : this.messages) {
			writer.header(Rpc.PUBLISH, message.length());
			if (message.length() <= COPIED) {
				writer.raw(message.wire().raw());
			}
			else {
				parts.add(writer.written());
				parts.add(message.wire().raw());
				writer = new FieldWriter(64);
			}
		}
		if (writer.size() > 0) {
			parts.add(writer.written());
		}
		return new OutFrame(parts, FieldWriter.varintSize(body) + body);
	}

}
