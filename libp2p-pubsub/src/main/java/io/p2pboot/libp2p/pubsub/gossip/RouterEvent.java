package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.Validation;

/**
 * What happens to a router. Each event knows the method that it is for.
 */
sealed interface RouterEvent {

	void applyTo(Router router);

	/**
	 * A peer has opened a stream, or one to it was opened: the first of both.
	 *
	 * @param peer the peer
	 * @param protocol what was negotiated
	 * @param outbound whether this node dialled it
	 * @param address its IP address
	 */
	record PeerAdded(PeerId peer, ProtocolPath protocol, boolean outbound,
			Optional<InetAddress> address) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.add(this.peer, this.protocol, this.outbound, this.address);
		}

	}

	/**
	 * From where a peer's connections come, which is looked at once in a while.
	 *
	 * @param peer the peer
	 * @param addresses their IP addresses
	 */
	record Addresses(PeerId peer, Set<InetAddress> addresses) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.addresses(this.peer, this.addresses);
		}

	}

	/**
	 * A stream to a peer is ready: it is told everything.
	 *
	 * @param peer the peer
	 * @param protocol what was negotiated
	 */
	record OutboundOpened(PeerId peer, ProtocolPath protocol) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.outboundOpened(this.peer, this.protocol);
		}

	}

	/**
	 * The stream to a peer has ended: it has forgotten this node's topics and meshes.
	 *
	 * @param peer the peer
	 */
	record OutboundLost(PeerId peer) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.outboundLost(this.peer);
		}

	}

	/**
	 * A peer has opened another stream: it may have forgotten what it was told.
	 *
	 * @param peer the peer
	 */
	record InboundReopened(PeerId peer) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.inboundReopened(this.peer);
		}

	}

	/**
	 * A peer has gone.
	 *
	 * @param peer the peer
	 */
	record PeerRemoved(PeerId peer) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.remove(this.peer);
		}

	}

	/**
	 * A peer has sent a frame.
	 *
	 * @param peer the peer
	 * @param frame the frame without its length; the router may keep it
	 */
	record Frame(PeerId peer, byte[] frame) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.frame(this.peer, this.frame);
		}

	}

	/**
	 * A peer has sent a frame that is too long, and was skipped.
	 *
	 * @param peer the peer
	 * @param length its length
	 */
	record FrameSkipped(PeerId peer, long length) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.skipped(this.peer, this.length);
		}

	}

	/**
	 * This node follows a topic.
	 *
	 * @param topic the topic
	 */
	record Join(String topic) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.join(this.topic);
		}

	}

	/**
	 * This node follows a topic no more.
	 *
	 * @param topic the topic
	 */
	record Leave(String topic) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.leave(this.topic);
		}

	}

	/**
	 * This node publishes a message, which its validators have accepted.
	 *
	 * @param message the message
	 * @param flood whether it goes to every peer; empty: as configured
	 * @param outcome takes what became of it; empty if it was seen before
	 */
	record Publish(RoutedMessage message, Optional<Boolean> flood,
			Consumer<Optional<Publishing.Outcome>> outcome) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			this.outcome.accept(router.publish(this.message, this.flood));
		}

	}

	/**
	 * This node publishes messages that belong together, which its validators have
	 * accepted.
	 *
	 * @param batch the messages
	 * @param outcomes takes what became of each; empty if it was seen before
	 */
	record PublishBatch(List<RoutedMessage> batch,
			Consumer<List<Optional<Publishing.Outcome>>> outcomes) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			this.outcomes.accept(router.publish(this.batch));
		}

	}

	/**
	 * This node sends parts of a message.
	 *
	 * @param to who gets them
	 * @param message the parts
	 * @param outcome takes whether its queue took them
	 */
	record SendPart(PeerId to, PartialMessage message, Consumer<Boolean> outcome) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			this.outcome.accept(router.sendPart(this.to, this.message));
		}

	}

	/**
	 * A message's signature was checked.
	 *
	 * @param message the message
	 * @param valid whether it is the author's
	 */
	record Checked(RoutedMessage message, boolean valid) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.checked(this.message, this.valid);
		}

	}

	/**
	 * The validators have decided about a message.
	 *
	 * @param message the message
	 * @param validation what they said
	 * @param reason why, if it is not accepted
	 */
	record Validated(RoutedMessage message, Validation validation, RejectReason reason) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.validated(this.message, this.validation, this.reason);
		}

	}

	/**
	 * A peer's messages are dropped from now on.
	 *
	 * @param peer the peer
	 */
	record Blacklist(PeerId peer) implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.blacklist(this.peer);
		}

	}

	/** It is time for a heartbeat. */
	record Heartbeat() implements RouterEvent {

		@Override
		public void applyTo(Router router) {
			router.heartbeat();
		}

	}

}
