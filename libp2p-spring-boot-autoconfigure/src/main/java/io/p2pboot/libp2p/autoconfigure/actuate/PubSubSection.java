package io.p2pboot.libp2p.autoconfigure.actuate;

import java.util.Collection;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;
import io.p2pboot.libp2p.spring.topic.TopicListener;

/**
 * Shows the topics, the peers with their scores, and the listeners.
 *
 * @param pubSub publish and subscribe
 * @param listeners the listeners
 */
public record PubSubSection(MountedPubSub pubSub, Libp2pTopicListenerRegistry listeners) implements EndpointSection {

	@Override
	public String name() {
		return "pubsub";
	}

	@Override
	public PubSubDescriptor describe() {
		List<ListenerDescriptor> listening = this.listeners.listeners().stream().map(PubSubSection::describe).toList();
		return this.pubSub.current()
			.map((mounted) -> new PubSubDescriptor(
					mounted.topics().stream().sorted().map((topic) -> describe(mounted, topic)).toList(),
					mounted.peers()
						.stream()
						.sorted()
						.map((peer) -> new PeerDescriptor(peer.toString(), mounted.score(peer)))
						.toList(),
					listening))
			.orElseGet(() -> new PubSubDescriptor(List.of(), List.of(), listening));
	}

	private static TopicDescriptor describe(PubSub pubSub, String topic) {
		return new TopicDescriptor(topic, texts(pubSub.topic(topic).mesh()), texts(pubSub.topic(topic).peers()));
	}

	private static List<String> texts(Collection<PeerId> peers) {
		return peers.stream().map(PeerId::toString).sorted().toList();
	}

	private static ListenerDescriptor describe(TopicListener listener) {
		String state = listener.isPaused() ? "PAUSED" : listener.isRunning() ? "RUNNING" : "STOPPED";
		return new ListenerDescriptor(listener.id(), listener.topics(), state, listener.queued(), listener.handled(),
				listener.failed(), listener.dropped());
	}

	/**
	 * Publish and subscribe.
	 *
	 * @param topics the topics that are joined
	 * @param peers the peers that publish and subscribe
	 * @param listeners the listeners of this application
	 */
	public record PubSubDescriptor(List<TopicDescriptor> topics, List<PeerDescriptor> peers,
			List<ListenerDescriptor> listeners) {
	}

	/**
	 * A topic that is joined.
	 *
	 * @param name its name
	 * @param mesh the peers that full messages are exchanged with
	 * @param peers the peers that are subscribed
	 */
	public record TopicDescriptor(String name, List<String> mesh, List<String> peers) {
	}

	/**
	 * A peer.
	 *
	 * @param peerId its id
	 * @param score its score; 0 if peers are not scored
	 */
	public record PeerDescriptor(String peerId, double score) {
	}

	/**
	 * A listener.
	 *
	 * @param id its id
	 * @param topics its topics
	 * @param state RUNNING, PAUSED or STOPPED
	 * @param queued how many messages wait
	 * @param handled how many messages it took
	 * @param failed how many of them it could not read or handle
	 * @param dropped how many messages did not fit into the queue
	 */
	public record ListenerDescriptor(String id, List<String> topics, String state, int queued, long handled,
			long failed, long dropped) {
	}

}
