package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a message of a peer, in order: topic, blacklist, policy, own, seen,
 * signature, and only then it is remembered as seen, so that a forgery cannot keep the
 * true message away. The validators follow. Router's thread only.
 */
final class Receiving {

	private static final int SEQUENCE_BYTES = 8;

	private final RouterContext context;

	private final Gossip gossip;

	private final Publishing publishing;

	/** Messages whose signature is being checked, by their content. */
	private final Map<Digest, RoutedMessage> checking = new HashMap<>();

	Receiving(RouterContext context, Gossip gossip, Publishing publishing) {
		this.context = context;
		this.gossip = gossip;
		this.publishing = publishing;
	}

	void onMessage(PeerState peer, WireMessage wire) {
		String topic = wire.topic().orElse(null);
		if (topic == null || this.context.joined(topic) == null) {
			return;
		}
		Optional<PeerId> author = wire.author();
		RejectReason reason = reject(peer, wire, author);
		if (reason != null) {
			rejected(peer.id(), topic, reason);
			return;
		}
		Optional<ByteBuffer> id = id(wire, topic, author);
		if (id.isEmpty()) {
			this.context.observer().rejected(peer.id(), topic, RejectReason.IGNORED);
			return;
		}
		Digest digest = this.context.hash().of(id.get());
		if (this.context.seen().isSeen(digest, this.context.now())) {
			duplicate(peer.id(), topic, digest);
			return;
		}
		if (author.isPresent() && isReplay(author.get(), wire)) {
			this.context.observer().rejected(peer.id(), topic, RejectReason.IGNORED);
			return;
		}
		TopicMessage message = new TopicMessage(topic, wire.data(), id.get(), author, wire.field(Rpc.SEQNO), peer.id(),
				false);
		check(new RoutedMessage(wire, message, digest, this.context.hash().of(wire.raw())));
	}

	/** What is wrong with a message before its signature is looked at. */
	private @Nullable RejectReason reject(PeerState peer, WireMessage wire, Optional<PeerId> author) {
		if (this.context.blacklist().contains(peer.id())) {
			return RejectReason.BLACKLISTED_PEER;
		}
		if (author.isPresent() && this.context.blacklist().contains(author.get())) {
			return RejectReason.BLACKLISTED_SOURCE;
		}
		SignaturePolicy policy = this.context.config().signaturePolicy();
		if (policy.forbidsAuthor()) {
			if (wire.has(Rpc.SIGNATURE)) {
				return RejectReason.UNEXPECTED_SIGNATURE;
			}
			if (wire.has(Rpc.FROM) || wire.has(Rpc.SEQNO) || wire.has(Rpc.KEY)) {
				return RejectReason.UNEXPECTED_AUTH_INFO;
			}
		}
		else if (policy.requiresSignature() && !wire.has(Rpc.SIGNATURE)) {
			return RejectReason.MISSING_SIGNATURE;
		}
		if (author.isPresent() && author.get().equals(this.context.self())) {
			return RejectReason.SELF_ORIGIN;
		}
		if (!wire.isRegular()) {
			return RejectReason.IGNORED;
		}
		if (wire.has(Rpc.SIGNATURE) && (!wire.has(Rpc.SEQNO) || wire.length(Rpc.SEQNO) != SEQUENCE_BYTES)) {
			return RejectReason.IGNORED;
		}
		return null;
	}

	private void rejected(PeerId from, String topic, RejectReason reason) {
		this.context.observer().rejected(from, topic, reason);
		switch (reason) {
			case MISSING_SIGNATURE, UNEXPECTED_SIGNATURE, UNEXPECTED_AUTH_INFO, INVALID_SIGNATURE ->
				this.context.score().invalid(from, topic);
			case BLACKLISTED_PEER, BLACKLISTED_SOURCE, QUEUE_FULL, THROTTLED, FAILED, IGNORED, SELF_ORIGIN -> {
				// Own messages may come back from before a restart; the rest is no fault.
			}
		}
	}

	private Optional<ByteBuffer> id(WireMessage wire, String topic, Optional<PeerId> author) {
		try {
			ByteBuffer id = this.context.config().messageId().of(wire.fields(topic, author));
			return (id.hasRemaining() && id.remaining() <= MessageId.MAX_BYTES) ? Optional.of(id) : Optional.empty();
		}
		catch (RuntimeException ex) {
			// The application's function cannot read what a peer has made up.
			this.context.observer().validatorFailed(topic, ex);
			return Optional.empty();
		}
	}

	/**
	 * Whether it was accepted before it was forgotten. A forgery changes nothing here.
	 */
	private boolean isReplay(PeerId author, WireMessage wire) {
		Optional<ByteBuffer> number = number(wire);
		return number.isPresent()
				&& this.context.numbers().isReplay(author, number.get().getLong(), this.context.now());
	}

	/** The number that the author has signed: anybody can say another. */
	private static Optional<ByteBuffer> number(WireMessage wire) {
		return wire.has(Rpc.SIGNATURE) ? wire.field(Rpc.SEQNO).filter((bytes) -> bytes.remaining() == SEQUENCE_BYTES)
				: Optional.empty();
	}

	private void remember(RoutedMessage message) {
		Optional<ByteBuffer> number = number(message.wire());
		Optional<PeerId> author = message.message().author();
		if (author.isPresent() && number.isPresent()) {
			this.context.numbers().accepted(author.get(), number.get().getLong(), this.context.now());
		}
	}

	private void duplicate(PeerId from, String topic, Digest id) {
		this.context.promises().kept(id);
		this.context.observer().duplicate(from, topic);
		RoutedMessage inFlight = this.context.deliveries().inFlight(id);
		if (inFlight != null) {
			inFlight.senders().add(from);
			return;
		}
		this.context.deliveries().duplicate(id, from, topic, this.context.now());
	}

	private void check(RoutedMessage message) {
		RoutedMessage same = this.checking.get(message.content());
		if (same != null) {
			same.senders().add(message.receivedFrom());
			this.context.observer().duplicate(message.receivedFrom(), message.topic());
			return;
		}
		message.senders().add(message.receivedFrom());
		message.arrived(this.context.now());
		this.context.sink().held(message.receivedFrom(), message.length());
		if (!message.wire().has(Rpc.SIGNATURE)) {
			verified(message);
			return;
		}
		this.checking.put(message.content(), message);
		this.context.sink().check(message);
	}

	/** How many messages' signatures are being checked. */
	int checking() {
		return this.checking.size();
	}

	/** The signature has been checked. */
	void onChecked(RoutedMessage message, boolean valid) {
		if (this.checking.remove(message.content()) == null) {
			throw new IllegalStateException("A message was checked twice");
		}
		if (valid) {
			verified(message);
			return;
		}
		this.context.sink().released(message.receivedFrom(), message.length());
		message.senders().forEach((sender) -> rejected(sender, message.topic(), RejectReason.INVALID_SIGNATURE));
	}

	private void verified(RoutedMessage message) {
		if (this.context.seen().isSeen(message.id(), this.context.now())) {
			this.context.sink().released(message.receivedFrom(), message.length());
			message.senders().forEach((sender) -> duplicate(sender, message.topic(), message.id()));
			return;
		}
		this.context.promises().kept(message.id());
		this.context.seen().add(message.id(), this.context.now());
		this.context.deliveries().begin(message, this.context.now());
		TopicState topic = this.context.joined(message.topic());
		if (topic != null) {
			this.gossip.tellDoNotWant(topic, message);
		}
		this.context.sink().validate(message);
	}

	/** The validators have decided. */
	void onValidated(RoutedMessage message, Validation validation, RejectReason reason) {
		this.context.sink().released(message.receivedFrom(), message.length());
		switch (validation) {
			case ACCEPT -> accept(message);
			case REJECT -> {
				this.context.deliveries().rejected(message);
				this.context.observer().rejected(message.receivedFrom(), message.topic(), reason);
			}
			case IGNORE -> {
				this.context.deliveries().ignored(message);
				this.context.observer().rejected(message.receivedFrom(), message.topic(), reason);
			}
		}
	}

	private void accept(RoutedMessage message) {
		this.context.deliveries().accepted(message, this.context.now());
		remember(message);
		TopicState topic = this.context.joined(message.topic());
		if (topic == null) {
			return;
		}
		this.context.cache().put(message);
		this.context.observer().delivered(message.message());
		this.context.observer().accepted(message.message(), Duration.ofNanos(this.context.now() - message.arrivedAt()));
		this.context.sink().deliver(message);
		this.publishing.forward(topic, message);
	}

	/** An own message; empty if it was seen before. */
	Optional<Publishing.Outcome> publish(RoutedMessage message, boolean flood) {
		if (!begin(message)) {
			return Optional.empty();
		}
		return Optional.of(this.publishing.publish(message, flood));
	}

	/**
	 * Own messages that belong together; of those that were seen before nothing becomes.
	 */
	List<Optional<Publishing.Outcome>> publish(List<RoutedMessage> messages, boolean flood) {
		List<RoutedMessage> fresh = messages.stream().filter(this::begin).toList();
		Map<RoutedMessage, Publishing.Outcome> outcomes = new IdentityHashMap<>();
		Iterator<Publishing.Outcome> each = this.publishing.publish(fresh, flood).iterator();
		fresh.forEach((message) -> outcomes.put(message, each.next()));
		return messages.stream().map((message) -> Optional.ofNullable(outcomes.get(message))).toList();
	}

	/** Remembers an own message and delivers it here; false if it was seen before. */
	private boolean begin(RoutedMessage message) {
		if (this.context.seen().isSeen(message.id(), this.context.now())) {
			return false;
		}
		this.context.seen().add(message.id(), this.context.now());
		this.context.cache().put(message);
		this.context.observer().delivered(message.message());
		if (this.context.config().echo() && this.context.joined(message.topic()) != null) {
			this.context.sink().deliver(message);
		}
		return true;
	}

}
