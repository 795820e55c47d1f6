package io.p2pboot.libp2p;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * A protocol of datagrams: unreliable, unordered, message-preserving. Over QUIC they are
 * QUIC datagrams where the peer knows them; elsewhere they travel as length-prefixed
 * messages on a stream. Thread-safe.
 */
public final class DatagramProtocol implements Protocol {

	/** How many received datagrams wait by default. */
	public static final int DEFAULT_QUEUE = 256;

	/** When an executor is asked again that had no thread, in milliseconds. */
	public static final int RETRY_MILLIS = 20;

	private final Mount mount = new Mount();

	private final DatagramTurns waiting;

	private @Nullable Executor executor;

	private @Nullable DatagramHandler handler;

	private volatile @Nullable HandlerFailures failures;

	private boolean draining;

	/** The executor had no thread, and is asked again soon. */
	private boolean retrying;

	private DatagramProtocol(int capacity) {
		this.waiting = new DatagramTurns(capacity);
	}

	/**
	 * Creates a protocol whose receive queue holds {@value #DEFAULT_QUEUE} datagrams.
	 * @return the protocol, not mounted yet
	 */
	public static DatagramProtocol create() {
		return create(DEFAULT_QUEUE);
	}

	/**
	 * Creates a protocol.
	 * @param queue how many received datagrams may wait; for one more the oldest of the
	 * peer that has most waiting is dropped and counted; positive
	 * @return the protocol, not mounted yet
	 */
	public static DatagramProtocol create(int queue) {
		if (queue < 1) {
			throw new IllegalArgumentException("The queue must be positive, was " + queue);
		}
		return new DatagramProtocol(queue);
	}

	/**
	 * Accepts the next datagram, blocking until there is one. The sender is
	 * {@link Datagram#peer()}.
	 * @return the datagram
	 * @throws AsynchronousCloseException when the protocol is unmounted or the node
	 * closes
	 * @throws InterruptedIOException if the thread is interrupted
	 * @throws IllegalStateException if a handler serves this protocol, or it is not
	 * mounted
	 */
	public Datagram acceptDatagram() throws IOException {
		return this.mount.accept(this.waiting::poll, () -> this.handler != null, "datagram");
	}

	/**
	 * Sends a datagram, connecting first if needed. The first one to a peer waits until
	 * the peer has agreed to the protocol; from then on, while connected, sending never
	 * blocks: what cannot be sent now is dropped and counted.
	 * @param payload the bytes that remain; consumed
	 * @param peer the peer; may have no addresses, see {@link Node#connect(AddrInfo)}
	 * @throws DatagramTooLarge if the payload exceeds {@link #maxDatagramBytes}
	 * @throws ProtocolUnsupported if the peer does not serve this protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws IOException if the connection was lost or the thread was interrupted
	 * @throws IllegalStateException if the protocol is not mounted, or on an event loop
	 */
	public void sendDatagram(ByteBuffer payload, AddrInfo peer) throws IOException {
		this.mount.host().sendDatagram(peer, this.mount.path(), payload);
	}

	/**
	 * Returns the largest payload that fits to a peer now; it may change with the path
	 * and the connection.
	 * @param peer the peer
	 * @return the size in bytes; empty while not connected
	 * @throws IllegalStateException if the protocol is not mounted
	 */
	public OptionalInt maxDatagramBytes(AddrInfo peer) {
		return this.mount.host().maxDatagramBytes(peer, this.mount.path());
	}

	/**
	 * Serves every datagram, waiting ones included, with a handler. Returns at once.
	 * Datagrams of this protocol are handled one after the other: peers take turns, and
	 * those of one peer come in the order received. What a handler throws is logged and
	 * counted, and affects nothing else.
	 * @param executor runs the handler; what it rejects is offered to it again
	 * {@value #RETRY_MILLIS} ms later
	 * @param handler the handler
	 * @throws IllegalStateException if a handler serves this protocol already
	 */
	public void serve(Executor executor, DatagramHandler handler) {
		serveWith(executor, handler, null);
	}

	/**
	 * Serves every datagram as {@link #serve(Executor, DatagramHandler)} does.
	 * @param executor runs the handler; what it rejects is offered to it again
	 * {@value #RETRY_MILLIS} ms later
	 * @param handler the handler
	 * @param failures tells of what the handler could not do, instead of the node's log
	 * @throws IllegalStateException if a handler serves this protocol already
	 */
	public void serve(Executor executor, DatagramHandler handler, HandlerFailures failures) {
		serveWith(executor, handler, failures);
	}

	private void serveWith(Executor executor, DatagramHandler handler, @Nullable HandlerFailures failures) {
		this.mount.lock.lock();
		try {
			if (this.handler != null) {
				throw new IllegalStateException("A handler serves this protocol already");
			}
			this.executor = executor;
			this.handler = handler;
			this.failures = failures;
			this.mount.changed.signalAll();
		}
		finally {
			this.mount.lock.unlock();
		}
		drain();
	}

	/**
	 * Binds this protocol to its node. Called by nodes, not by users.
	 * @param host what the protocol asks of the node
	 * @param path where it is mounted
	 * @throws IllegalStateException if it is or was mounted
	 */
	public void mounted(ProtocolHost host, ProtocolPath path) {
		this.mount.mount(host, path);
	}

	/**
	 * Ends this protocol: blocked accepts fail. Called by nodes, not by users.
	 * Idempotent.
	 */
	public void unmounted() {
		this.mount.unmount();
	}

	/**
	 * Delivers a datagram. Called by nodes, not by users; never blocks. Does nothing once
	 * unmounted.
	 * @param datagram the datagram
	 */
	public void deliver(Datagram datagram) {
		boolean dropped;
		this.mount.lock.lock();
		try {
			if (this.mount.isEnded()) {
				return;
			}
			dropped = this.waiting.add(datagram);
			this.mount.changed.signal();
		}
		finally {
			this.mount.lock.unlock();
		}
		ProtocolHost host = this.mount.hostOrNull();
		if (dropped && host != null) {
			host.observer()
				.datagramDropped(this.mount.path(), Direction.INBOUND, NodeObserver.DatagramDrop.RECEIVE_QUEUE_FULL);
		}
		drain();
	}

	private void drain() {
		Executor executor;
		this.mount.lock.lock();
		try {
			executor = this.executor;
			if (executor == null || this.draining || this.retrying || this.waiting.isEmpty()) {
				return;
			}
			this.draining = true;
		}
		finally {
			this.mount.lock.unlock();
		}
		HandlerTask task = new HandlerTask(this.mount, this::handleAll);
		try {
			executor.execute(task);
		}
		catch (Throwable ex) {
			// An error too: where no thread can be had, the next time there may be one.
			if (!task.refuse()) {
				throw ex;
			}
			retryLater();
			ProtocolHost host = this.mount.hostOrNull();
			if (host != null && !(ex instanceof RejectedExecutionException)) {
				failures(host).executorFailed(this.mount.path(), ex);
			}
		}
	}

	/** No thread is free: asking again is all that can be done with any executor. */
	private void retryLater() {
		ProtocolHost host = this.mount.hostOrNull();
		this.mount.lock.lock();
		try {
			this.draining = false;
			this.retrying = host != null && !this.mount.isEnded();
			if (!this.retrying) {
				return;
			}
		}
		finally {
			this.mount.lock.unlock();
		}
		if (host != null) {
			host.later(Duration.ofMillis(RETRY_MILLIS), this::retry);
		}
	}

	private void retry() {
		this.mount.lock.lock();
		try {
			this.retrying = false;
		}
		finally {
			this.mount.lock.unlock();
		}
		drain();
	}

	private void handleAll() {
		boolean told = false;
		try {
			for (Datagram next = takeOrStop(); next != null; next = takeOrStop()) {
				DatagramHandler handler = this.handler;
				if (handler != null) {
					handle(handler, next);
				}
			}
			told = true;
		}
		finally {
			if (!told) {
				goOn();
			}
		}
	}

	/** Who was told of a failure failed too: the next datagram has no part in it. */
	private void goOn() {
		this.mount.lock.lock();
		try {
			this.draining = false;
		}
		finally {
			this.mount.lock.unlock();
		}
		drain();
	}

	private void handle(DatagramHandler handler, Datagram datagram) {
		try {
			handler.handle(datagram);
		}
		catch (Throwable ex) {
			ProtocolHost host = this.mount.hostOrNull();
			if (host != null) {
				failed(host, datagram, ex);
			}
		}
	}

	private void failed(ProtocolHost host, Datagram datagram, Throwable failure) {
		try {
			failures(host).datagramFailed(this.mount.path(), datagram, failure);
		}
		finally {
			host.observer().datagramHandlerFailed(this.mount.path(), failure);
		}
	}

	private HandlerFailures failures(ProtocolHost host) {
		HandlerFailures own = this.failures;
		return (own != null) ? own : host.failures();
	}

	private @Nullable Datagram takeOrStop() {
		this.mount.lock.lock();
		try {
			Datagram next = this.waiting.poll();
			this.draining = next != null;
			return next;
		}
		finally {
			this.mount.lock.unlock();
		}
	}

}
