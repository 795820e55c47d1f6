package io.p2pboot.libp2p.pubsub.gossip;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way through the router. When it came, what senders are known and for
 * how many peers it waits changes on the router's thread only; the rest is immutable.
 */
final class RoutedMessage {

	private final WireMessage wire;

	private final TopicMessage message;

	private final Digest id;

	/** Of the whole message: equal copies are checked once. */
	private final Digest content;

	/** Who has sent a copy: they need none, and share the blame. */
	private final Set<PeerId> senders = new LinkedHashSet<>();

	/** With this message alone; null until a peer is sent it. */
	private @Nullable OutFrame frame;

	private long arrivedAt;

	private int waiting;

	RoutedMessage(WireMessage wire, TopicMessage message, Digest id, Digest content) {
		this.wire = wire;
		this.message = message;
		this.id = id;
		this.content = content;
	}

	/** The frame with this message alone, which shares the message's bytes. */
	OutFrame frame() {
		OutFrame made = this.frame;
		if (made == null) {
			int body = FieldWriter.sizeOf(Rpc.PUBLISH, length());
			FieldWriter head = new FieldWriter(16);
			head.varint(body);
			head.header(Rpc.PUBLISH, length());
			made = new OutFrame(List.of(head.written(), this.wire.raw()), FieldWriter.varintSize(body) + body);
			this.frame = made;
		}
		return made;
	}

	WireMessage wire() {
		return this.wire;
	}

	TopicMessage message() {
		return this.message;
	}

	String topic() {
		return this.message.topic();
	}

	PeerId receivedFrom() {
		return this.message.receivedFrom();
	}

	Digest id() {
		return this.id;
	}

	Digest content() {
		return this.content;
	}

	int length() {
		return this.wire.length();
	}

	Set<PeerId> senders() {
		return this.senders;
	}

	void arrived(long now) {
		this.arrivedAt = now;
	}

	long arrivedAt() {
		return this.arrivedAt;
	}

	/** It waits for one more peer; whether that is the first. */
	boolean queued() {
		return this.waiting++ == 0;
	}

	/** It waits for one peer less; whether that was the last. */
	boolean taken() {
		return --this.waiting == 0;
	}

}
