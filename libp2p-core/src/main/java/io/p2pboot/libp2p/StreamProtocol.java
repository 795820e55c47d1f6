package io.p2pboot.libp2p;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/**
 * A protocol of streams. Mounted on a {@link Node}, it opens streams to peers and accepts
 * those that peers open, either one by one with {@link #acceptStream()} or with a handler
 * that {@link #serve} installs. Thread-safe.
 */
public final class StreamProtocol implements Protocol {

	/**
	 * The code with which a stream is reset that is one too many:
	 * {@link ErrorCode#RESOURCE_LIMIT_EXCEEDED}.
	 */
	public static final long REFUSED = 0x1002;

	/**
	 * The code with which a stream is reset whose handler threw. libp2p has none for
	 * that, so it is one of the numbers that belong to applications.
	 */
	public static final long HANDLER_FAILED = 0x10001;

	/** How many accepted streams wait for {@link #acceptStream()} by default. */
	public static final int DEFAULT_BACKLOG = 256;

	private final Mount mount = new Mount();

	private final int backlog;

	private final Deque<Stream> waiting = new ArrayDeque<>();

	private @Nullable Executor executor;

	private @Nullable StreamHandler handler;

	private volatile @Nullable HandlerFailures failures;

	private StreamProtocol(int backlog) {
		this.backlog = backlog;
	}

	/**
	 * Creates a protocol whose backlog holds {@value #DEFAULT_BACKLOG} streams.
	 * @return the protocol, not mounted yet
	 */
	public static StreamProtocol create() {
		return create(DEFAULT_BACKLOG);
	}

	/**
	 * Creates a protocol.
	 * @param backlog how many inbound streams may wait for {@link #acceptStream()}, those
	 * not counted that have ended since; one more is reset with {@link #REFUSED};
	 * positive
	 * @return the protocol, not mounted yet
	 */
	public static StreamProtocol create(int backlog) {
		if (backlog < 1) {
			throw new IllegalArgumentException("The backlog must be positive, was " + backlog);
		}
		return new StreamProtocol(backlog);
	}

	/**
	 * Accepts the next inbound stream, blocking until there is one. The peer is
	 * {@link Stream#remotePeer()}.
	 * @return the stream
	 * @throws AsynchronousCloseException when the protocol is unmounted or the node
	 * closes
	 * @throws InterruptedIOException if the thread is interrupted
	 * @throws IllegalStateException if a handler serves this protocol, or it is not
	 * mounted
	 */
	public Stream acceptStream() throws IOException {
		return this.mount.accept(this.waiting::poll, () -> this.handler != null, "stream");
	}

	/**
	 * Opens a stream to a peer, connecting first if needed. Blocks until the peer has
	 * agreed to the protocol, unless it is known to support it: the proposal then travels
	 * with what is written first, after 10 ms at the latest, and should the peer refuse
	 * after all, the first read says so.
	 * @param peer the peer; may have no addresses, see {@link Node#connect(AddrInfo)}
	 * @return the stream
	 * @throws ProtocolUnsupported if the peer does not serve this protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws LimitExceeded if a limit of this node is reached
	 * @throws IOException if the connection was lost, the negotiation took too long or
	 * the thread was interrupted
	 * @throws IllegalStateException if the protocol is not mounted
	 */
	public Stream openStream(AddrInfo peer) throws IOException {
		return this.mount.host().openStream(peer, this.mount.path());
	}

	/**
	 * Serves every inbound stream, waiting ones included, with a handler. Returns at
	 * once. When the handler returns the stream is closed; when it throws the stream is
	 * reset (with the code of a {@link StreamReset}, else {@link #HANDLER_FAILED}), so
	 * that a failure never looks like a clean end.
	 * @param executor runs the handler, not on the thread of its caller; a stream that it
	 * rejects is reset with {@link #REFUSED}. A {@link StreamExecutor} is told of the
	 * stream
	 * @param handler the handler
	 * @throws IllegalStateException if a handler serves this protocol already
	 */
	public void serve(Executor executor, StreamHandler handler) {
		serveWith(executor, handler, null);
	}

	/**
	 * Serves every inbound stream as {@link #serve(Executor, StreamHandler)} does.
	 * @param executor runs the handler, not on the thread of its caller; a stream that it
	 * rejects is reset with {@link #REFUSED}. A {@link StreamExecutor} is told of the
	 * stream
	 * @param handler the handler
	 * @param failures tells of what the handler could not do, instead of the node's log
	 * @throws IllegalStateException if a handler serves this protocol already
	 */
	public void serve(Executor executor, StreamHandler handler, HandlerFailures failures) {
		serveWith(executor, handler, failures);
	}

	private void serveWith(Executor executor, StreamHandler handler, @Nullable HandlerFailures failures) {
		Deque<Stream> early;
		this.mount.lock.lock();
		try {
			if (this.handler != null) {
				throw new IllegalStateException("A handler serves this protocol already");
			}
			this.executor = executor;
			this.handler = handler;
			this.failures = failures;
			early = new ArrayDeque<>(this.waiting);
			this.waiting.clear();
			this.mount.changed.signalAll();
		}
		finally {
			this.mount.lock.unlock();
		}
		early.forEach((stream) -> dispatch(executor, handler, stream));
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
	 * Ends this protocol: blocked accepts fail, waiting streams are reset. Called by
	 * nodes, not by users. Idempotent.
	 */
	public void unmounted() {
		Deque<Stream> left;
		this.mount.lock.lock();
		try {
			this.mount.unmount();
			left = new ArrayDeque<>(this.waiting);
			this.waiting.clear();
		}
		finally {
			this.mount.lock.unlock();
		}
		left.forEach((stream) -> stream.reset(ErrorCode.SHUTDOWN.stream()));
	}

	/**
	 * Delivers an inbound stream. Called by nodes, not by users; never blocks.
	 * @param stream the stream, negotiated for this protocol
	 */
	public void deliver(Stream stream) {
		Executor executor;
		StreamHandler handler;
		boolean refused;
		List<Stream> ended = List.of();
		this.mount.lock.lock();
		try {
			executor = this.executor;
			handler = this.handler;
			if (handler == null && this.waiting.size() >= this.backlog) {
				ended = takeEnded();
			}
			refused = this.mount.isEnded() || (handler == null && this.waiting.size() >= this.backlog);
			if (!refused && handler == null) {
				this.waiting.add(stream);
				this.mount.changed.signal();
			}
		}
		finally {
			this.mount.lock.unlock();
		}
		// What they have received is nobody's.
		ended.forEach((gone) -> gone.reset(REFUSED));
		if (refused) {
			stream.reset(REFUSED);
		}
		else if (executor != null && handler != null) {
			dispatch(executor, handler, stream);
		}
	}

	/** Takes out the streams that have ended while they waited: they make room. */
	private List<Stream> takeEnded() {
		List<Stream> ended = new ArrayList<>();
		this.waiting.removeIf((stream) -> !stream.isOpen() && ended.add(stream));
		return ended;
	}

	private void dispatch(Executor executor, StreamHandler handler, Stream stream) {
		HandlerTask task = new HandlerTask(this.mount, () -> handle(handler, stream));
		try {
			if (executor instanceof StreamExecutor shared) {
				shared.execute(stream, task);
			}
			else {
				executor.execute(task);
			}
		}
		catch (Throwable ex) {
			// An error too: where no thread can be had the stream must not stay open.
			if (!task.refuse()) {
				throw ex;
			}
			stream.reset(REFUSED);
			refused(stream, ex);
		}
	}

	private void handle(StreamHandler handler, Stream stream) {
		try {
			handler.handle(stream);
			stream.close();
		}
		catch (Throwable ex) {
			failed(stream, ex);
			return;
		}
		ProtocolHost host = this.mount.hostOrNull();
		if (host != null) {
			host.observer().handlerReturned(stream);
		}
	}

	private static long resetCode(Throwable failure) {
		if (failure instanceof StreamReset reset && !reset.isRemote()) {
			return reset.code().orElse(HANDLER_FAILED);
		}
		return HANDLER_FAILED;
	}

	/** Tells first: whose fault it is shows only until the stream is reset. */
	private void failed(Stream stream, Throwable failure) {
		ProtocolHost host = this.mount.hostOrNull();
		try {
			if (host != null) {
				failures(host).streamFailed(stream, failure);
			}
		}
		finally {
			stream.reset(resetCode(failure));
		}
		if (host != null) {
			host.observer().handlerFailed(stream, failure);
		}
	}

	private void refused(Stream stream, Throwable failure) {
		ProtocolHost host = this.mount.hostOrNull();
		if (host != null) {
			failures(host).streamRefused(stream);
			if (!(failure instanceof RejectedExecutionException)) {
				failures(host).executorFailed(this.mount.path(), failure);
			}
			host.observer().streamRefused(stream);
		}
	}

	private HandlerFailures failures(ProtocolHost host) {
		HandlerFailures own = this.failures;
		return (own != null) ? own : host.failures();
	}

}
