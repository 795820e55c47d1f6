package io.p2pboot.libp2p.node;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Stream;

/**
 * The inbound streams that user code is serving: what a graceful end waits for. They are
 * kept for each connection, on its event loop, and put together by whoever asks; streams
 * that come and go take no lock that others take. Any thread asks.
 */
final class OpenStreams {

	private static final AttributeKey<OfConnection> KEY = AttributeKey.valueOf(OpenStreams.class, "streams");

	private final Set<OfConnection> connections = ConcurrentHashMap.newKeySet();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition empty = this.lock.newCondition();

	/** Whether somebody waits until all are gone. */
	private volatile boolean awaited;

	/**
	 * Keeps a stream until its channel closes. Called on its event loop.
	 * @param stream the stream
	 * @param channel its channel, whose parent is the connection's
	 */
	void add(Stream stream, Channel channel) {
		OfConnection streams = of(channel.parent());
		streams.add(stream);
		channel.closeFuture().addListener((closed) -> streams.remove(stream));
	}

	private OfConnection of(Channel connection) {
		OfConnection present = connection.attr(KEY).get();
		if (present != null) {
			return present;
		}
		OfConnection created = new OfConnection(connection);
		connection.attr(KEY).set(created);
		this.connections.add(created);
		connection.closeFuture().addListener((closed) -> created.forgetIfOver());
		return created;
	}

	int size() {
		int size = 0;
		for (OfConnection streams : this.connections) {
			size += streams.size;
		}
		return size;
	}

	/** Waits until none is left; false if the time or the thread's patience ended. */
	boolean awaitEmpty(long nanos) {
		long left = nanos;
		this.lock.lock();
		try {
			this.awaited = true;
			while (size() > 0 && left > 0) {
				left = this.empty.awaitNanos(left);
			}
			return size() == 0;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.awaited = false;
			this.lock.unlock();
		}
	}

	/** Resets all, each on its event loop. */
	void resetAll() {
		for (OfConnection streams : this.connections) {
			streams.connection.eventLoop().execute(streams::resetAll);
		}
	}

	private void emptied() {
		if (this.awaited) {
			this.lock.lock();
			try {
				this.empty.signalAll();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * The streams of one connection. Event loop only, except for the size.
	 */
	private final class OfConnection {

		private final Channel connection;

		private final Set<Stream> streams = new HashSet<>();

		private volatile int size;

		OfConnection(Channel connection) {
			this.connection = connection;
		}

		void add(Stream stream) {
			this.streams.add(stream);
			this.size = this.streams.size();
		}

		void remove(Stream stream) {
			this.streams.remove(stream);
			this.size = this.streams.size();
			if (this.streams.isEmpty()) {
				emptied();
				forgetIfOver();
			}
		}

		/** Its streams may end after the connection. */
		void forgetIfOver() {
			if (this.streams.isEmpty() && !this.connection.isOpen()) {
				OpenStreams.this.connections.remove(this);
			}
		}

		void resetAll() {
			List.copyOf(this.streams).forEach((stream) -> stream.reset(ErrorCode.SHUTDOWN.stream()));
		}

	}

}
