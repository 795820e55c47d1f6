package io.p2pboot.libp2p.transport.quic;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;

/**
 * The open streams of a connection, with what is asked of all of them for each batch of
 * packets: kept as they change, so that no answer takes a look at each. Event loop only.
 */
final class SessionStreams {

	private final QuicConfig config;

	private final LongObjectMap<QuicStream> streams = new LongObjectHashMap<>();

	/** Those that have not asked for what may have come. */
	private final Set<QuicStream> unread = new LinkedHashSet<>();

	private long windowBytes;

	SessionStreams(QuicConfig config) {
		this.config = config;
	}

	void add(QuicStream stream) {
		this.streams.put(stream.streamId(), stream);
		this.windowBytes += window(stream.deliveredBytes());
		settled(stream);
	}

	void remove(QuicStream stream) {
		if (this.streams.remove(stream.streamId()) != null) {
			this.windowBytes -= window(stream.deliveredBytes());
		}
		this.unread.remove(stream);
	}

	/** A stream was asked for data, was given some, or has no more to give. */
	void settled(QuicStream stream) {
		if (stream.isSettled()) {
			this.unread.remove(stream);
		}
		else {
			this.unread.add(stream);
		}
	}

	/** A stream was given bytes, which it has counted. */
	void delivered(QuicStream stream, int bytes) {
		if (this.streams.containsKey(stream.streamId())) {
			long now = stream.deliveredBytes();
			this.windowBytes += window(now) - window(now - bytes);
		}
	}

	int size() {
		return this.streams.size();
	}

	boolean isEmpty() {
		return this.streams.isEmpty();
	}

	/** All streams, as they are now. */
	List<QuicStream> all() {
		return List.copyOf(this.streams.values());
	}

	/** Those for which the codec may have something that nobody has asked for. */
	Collection<QuicStream> unread() {
		return this.unread;
	}

	/** The stream of an id, if it is one of those. */
	Optional<QuicStream> unread(long id) {
		return Optional.ofNullable(this.streams.get(id)).filter(this.unread::contains);
	}

	/** How many bytes the windows of all streams are at most. */
	long windowBytes() {
		return this.windowBytes;
	}

	private long window(long deliveredBytes) {
		return window(this.config.streamWindowBytes(), deliveredBytes, QuicConfig.MAX_STREAM_WINDOW_BYTES);
	}

	/** A window is at most what it was at first and twice what was read since. */
	static long window(long first, long read, long largest) {
		return Math.max(first, Math.min(largest, first + 2 * read));
	}

}
