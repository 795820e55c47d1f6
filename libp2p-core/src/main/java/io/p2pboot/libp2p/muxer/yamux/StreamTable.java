package io.p2pboot.libp2p.muxer.yamux;

import java.util.List;

import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a session by their ids. A peer chooses the ids of its streams, and is
 * not to choose where they lie in the table: they are mixed with a secret first. Event
 * loop only; allocates nothing on a lookup.
 */
final class StreamTable {

	private final IntObjectMap<YamuxStream> byMixedId = new IntObjectHashMap<>();

	private final int multiplier;

	/**
	 * Creates a table.
	 * @param secret what the peer does not know
	 */
	StreamTable(int secret) {
		this.multiplier = secret | 1;
	}

	/**
	 * A product with an odd number is another one for each id. What it makes of the low
	 * bits can be guessed, not what it makes of the high ones: those decide.
	 */
	int mixed(int id) {
		return Integer.reverse(id * this.multiplier);
	}

	@Nullable YamuxStream get(int id) {
		return this.byMixedId.get(mixed(id));
	}

	void put(YamuxStream stream) {
		this.byMixedId.put(mixed(stream.id()), stream);
	}

	/** False if it was not there. */
	boolean remove(YamuxStream stream) {
		return this.byMixedId.remove(mixed(stream.id())) != null;
	}

	int size() {
		return this.byMixedId.size();
	}

	/** A copy, for the caller to change the streams meanwhile. */
	List<YamuxStream> all() {
		return List.copyOf(this.byMixedId.values());
	}

}
