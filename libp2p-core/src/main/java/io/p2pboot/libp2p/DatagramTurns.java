package io.p2pboot.libp2p;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Datagrams that wait, with a queue for each peer. Peers take turns, so that what one
 * sends keeps out nobody else; when no more may wait, the longest queue gives way. One
 * thread at a time.
 */
final class DatagramTurns {

	private final int capacity;

	/** The queues, none of them empty, the one whose turn is next first. */
	private final Map<PeerId, Deque<Datagram>> queues = new LinkedHashMap<>();

	private int size;

	/**
	 * Creates empty queues.
	 * @param capacity how many datagrams may wait in all, positive
	 */
	DatagramTurns(int capacity) {
		this.capacity = capacity;
	}

	boolean isEmpty() {
		return this.size == 0;
	}

	/** Adds a datagram; true if another one was dropped for it. */
	boolean add(Datagram datagram) {
		PeerId peer = datagram.peer().id();
		boolean full = this.size == this.capacity;
		if (full) {
			drop(peer);
		}
		this.queues.computeIfAbsent(peer, (key) -> new ArrayDeque<>()).add(datagram);
		this.size++;
		return full;
	}

	/** A peer that has its share makes room itself: a flood costs no search. */
	private void drop(PeerId peer) {
		Deque<Datagram> own = this.queues.get(peer);
		if (own != null && own.size() * this.queues.size() >= this.capacity) {
			remove(peer, own);
			return;
		}
		this.queues.entrySet()
			.stream()
			.max(Comparator.comparingInt((entry) -> entry.getValue().size()))
			.ifPresent((longest) -> remove(longest.getKey(), longest.getValue()));
	}

	private Datagram remove(PeerId peer, Deque<Datagram> queue) {
		Datagram oldest = queue.remove();
		this.size--;
		if (queue.isEmpty()) {
			this.queues.remove(peer);
		}
		return oldest;
	}

	/** Takes the oldest datagram of the peer whose turn it is; null if none waits. */
	@Nullable Datagram poll() {
		if (isEmpty()) {
			return null;
		}
		Map.Entry<PeerId, Deque<Datagram>> next = this.queues.entrySet().iterator().next();
		PeerId peer = next.getKey();
		Deque<Datagram> queue = next.getValue();
		this.queues.remove(peer);
		this.queues.put(peer, queue);
		return remove(peer, queue);
	}

}
