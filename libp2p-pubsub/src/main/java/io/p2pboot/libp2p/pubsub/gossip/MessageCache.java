package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * The messages of the last heartbeats, to gossip about and to answer requests with.
 * Router's thread only.
 */
final class MessageCache {

	private final int length;

	private final int gossiped;

	private final long maxBytes;

	private final Map<Digest, Entry> entries = new HashMap<>();

	/** The newest first. */
	private final Deque<Deque<Digest>> windows = new ArrayDeque<>();

	private long bytes;

	MessageCache(int length, int gossiped, long maxBytes) {
		this.length = length;
		this.gossiped = gossiped;
		this.maxBytes = maxBytes;
		this.windows.addFirst(new ArrayDeque<>());
	}

	int size() {
		return this.entries.size();
	}

	void put(RoutedMessage message) {
		if (this.entries.putIfAbsent(message.id(), new Entry(message)) != null) {
			return;
		}
		this.windows.element().addLast(message.id());
		this.bytes += message.length();
		while (this.bytes > this.maxBytes) {
			dropOldest();
		}
	}

	private void dropOldest() {
		while (this.windows.getLast().isEmpty()) {
			this.windows.removeLast();
		}
		remove(this.windows.getLast().removeFirst());
		if (this.windows.isEmpty()) {
			this.windows.addFirst(new ArrayDeque<>());
		}
	}

	private void remove(Digest id) {
		Entry entry = this.entries.remove(id);
		if (entry != null) {
			this.bytes -= entry.message.length();
		}
	}

	/** A message for a peer that asks, unless it did so too often. */
	@Nullable RoutedMessage answer(Digest id, PeerId peer, int times) {
		Entry entry = this.entries.get(id);
		if (entry == null || entry.asked.merge(peer, 1, Integer::sum) > times) {
			return null;
		}
		return entry.message;
	}

	/** The ids of the messages to gossip about, by topic. */
	Map<String, List<ByteBuffer>> gossip() {
		Map<String, List<ByteBuffer>> ids = new HashMap<>();
		int windowsLeft = this.gossiped;
		for (Deque<Digest> window : this.windows) {
			if (windowsLeft-- == 0) {
				break;
			}
			for (Digest id : window) {
				Entry entry = this.entries.get(id);
				if (entry != null) {
					ids.computeIfAbsent(entry.message.topic(), (topic) -> new ArrayList<>())
						.add(entry.message.message().id());
				}
			}
		}
		return ids;
	}

	/** A heartbeat: the oldest window goes. */
	void shift() {
		this.windows.addFirst(new ArrayDeque<>());
		while (this.windows.size() > this.length) {
			this.windows.removeLast().forEach(this::remove);
		}
	}

	/** A message and how often each peer has asked for it. */
	private static final class Entry {

		private final RoutedMessage message;

		private final Map<PeerId, Integer> asked = new HashMap<>(0);

		Entry(RoutedMessage message) {
			this.message = message;
		}

	}

}
