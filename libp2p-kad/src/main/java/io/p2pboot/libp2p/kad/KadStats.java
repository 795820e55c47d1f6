package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.Map;

/**
 * What an instance holds, and what it has done since it was mounted. Immutable.
 *
 * @param tableSize how many peers the routing table holds
 * @param records how many values are kept
 * @param providers how many provider records are kept
 * @param providedKeys how many keys this node provides again and again
 * @param reprovideLag how long the most overdue of them waits
 * @param lookups how many lookups have ended
 * @param lookupRequests how many requests they sent together
 * @param provides how many times a key was announced and stored by a peer at least
 * @param networkSize how many servers the network has by estimate; 0 while unknown
 * @param peersAdded how many peers got a place in the table
 * @param peersEvicted how many lost theirs
 * @param peersRefused how many got none
 * @param denseLookups how many lookups found the nearest peers standing so densely around
 * their key that it is no chance: somebody may be hiding what the key leads to
 * @param messages the messages by their type, for example {@code FIND_NODE}; all types
 */
public record KadStats(int tableSize, int records, int providers, int providedKeys, Duration reprovideLag, long lookups,
		long lookupRequests, long provides, double networkSize, long peersAdded, long peersEvicted, long peersRefused,
		long denseLookups, Map<String, KadMessageStats> messages) {

	/**
	 * Creates a snapshot.
	 */
	public KadStats {
		messages = Map.copyOf(messages);
	}

	/**
	 * Returns how many requests of peers were read.
	 * @return the number, of all types
	 */
	public long inboundRequests() {
		return this.messages.values().stream().mapToLong(KadMessageStats::inbound).sum();
	}

	/**
	 * Returns how many requests of peers were refused.
	 * @return the number, of all types
	 */
	public long inboundRefused() {
		return this.messages.values().stream().mapToLong(KadMessageStats::inboundRefused).sum();
	}

	/**
	 * Returns how many requests were sent.
	 * @return the number, of all types
	 */
	public long outboundRequests() {
		return this.messages.values().stream().mapToLong(KadMessageStats::outbound).sum();
	}

	/**
	 * Returns how many requests that were sent have failed.
	 * @return the number, of all types
	 */
	public long outboundFailed() {
		return this.messages.values().stream().mapToLong(KadMessageStats::outboundFailed).sum();
	}

}
