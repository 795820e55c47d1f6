package io.p2pboot.libp2p.spring.topic;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Under which name a topic is measured: its own for as many topics as are allowed, then
 * {@value #OTHER}. Only topics that this application uses get a name. Thread-safe.
 */
public final class TopicLabels {

	/** The name of all other topics. */
	public static final String OTHER = "other";

	private final int max;

	/** Grows under {@code lock} only. */
	private final Map<String, String> labels = new ConcurrentHashMap<>();

	private final ReentrantLock lock = new ReentrantLock();

	/**
	 * Creates names.
	 * @param max how many topics get a name of their own; not negative
	 */
	public TopicLabels(int max) {
		this.max = max;
	}

	/**
	 * Gives a topic that this application uses its name.
	 * @param topic the topic
	 * @return its name, always the same
	 */
	public String used(String topic) {
		String label = this.labels.get(topic);
		if (label != null) {
			return label;
		}
		this.lock.lock();
		try {
			if (this.labels.size() < this.max) {
				this.labels.put(topic, topic);
			}
			return of(topic);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the name of a topic.
	 * @param topic the topic, which a peer may have chosen
	 * @return its name
	 */
	public String of(String topic) {
		return this.labels.getOrDefault(topic, OTHER);
	}

}
