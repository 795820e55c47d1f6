package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.HandlerFailures;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.eventlog.FailureLog;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.DatagramInterceptor;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.payload.ErrorBodies;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.TraceContexts;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.spring.payload.UnreadableReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What every stream and datagram passes on its way to a handler: the interceptors,
 * outside of which for streams the exception handlers stand; and whatever fails on the
 * way is told to the log. Any thread.
 */
public final class HandlerChain {

	private final List<StreamInterceptor> interceptors;

	private final List<Libp2pExceptionHandler> exceptionHandlers;

	private final CallObserver observer;

	private final FailureLog log;

	private final List<DatagramInterceptor> datagramInterceptors;

	private final boolean errorBodies;

	private final boolean traceContext;

	/**
	 * Creates a chain that tells of failures as warnings.
	 * @param interceptors the interceptors, the first one outermost
	 * @param exceptionHandlers the exception handlers, in the order in which they are
	 * asked
	 */
	public HandlerChain(List<StreamInterceptor> interceptors, List<Libp2pExceptionHandler> exceptionHandlers) {
		this(interceptors, exceptionHandlers, CallObserver.NONE, Level.WARN);
	}

	/**
	 * Creates a chain.
	 * @param interceptors the interceptors, the first one outermost
	 * @param exceptionHandlers the exception handlers, in the order in which they are
	 * asked
	 * @param observer observes what handlers do, from outside of all else
	 * @param level the level at which the log tells of failures; null to tell of none
	 */
	public HandlerChain(List<StreamInterceptor> interceptors, List<Libp2pExceptionHandler> exceptionHandlers,
			CallObserver observer, @Nullable Level level) {
		this(interceptors, exceptionHandlers, observer,
				new FailureLog(LoggerFactory.getLogger(HandlerChain.class), level), List.of(), false, false);
	}

	private HandlerChain(List<StreamInterceptor> interceptors, List<Libp2pExceptionHandler> exceptionHandlers,
			CallObserver observer, FailureLog log, List<DatagramInterceptor> datagramInterceptors, boolean errorBodies,
			boolean traceContext) {
		this.observer = observer;
		this.log = log;
		this.datagramInterceptors = List.copyOf(datagramInterceptors);
		this.errorBodies = errorBodies;
		this.traceContext = traceContext;
		this.interceptors = List.copyOf(interceptors);
		this.exceptionHandlers = List.copyOf(exceptionHandlers);
	}

	/**
	 * Returns a chain that tells peers who ask for it why a method failed, and not only
	 * the code: the reason of the {@link StreamReset} that answers the failure.
	 * @return the chain; this one is not changed
	 */
	public HandlerChain withErrorBodies() {
		return new HandlerChain(this.interceptors, this.exceptionHandlers, this.observer, this.log,
				this.datagramInterceptors, true, this.traceContext);
	}

	/**
	 * Returns a chain whose observations of methods belong to the trace of the peer,
	 * where it tells one. Peers choose what they tell, sampling included.
	 * @return the chain; this one is not changed
	 */
	public HandlerChain withTraceContext() {
		return new HandlerChain(this.interceptors, this.exceptionHandlers, this.observer, this.log,
				this.datagramInterceptors, this.errorBodies, true);
	}

	/**
	 * Returns a chain that datagrams pass interceptors of.
	 * @param interceptors the interceptors, the first one outermost
	 * @return the chain; this one is not changed
	 */
	public HandlerChain withDatagramInterceptors(List<DatagramInterceptor> interceptors) {
		return new HandlerChain(this.interceptors, this.exceptionHandlers, this.observer, this.log, interceptors,
				this.errorBodies, this.traceContext);
	}

	boolean hasErrorBodies() {
		return this.errorBodies;
	}

	boolean hasTraceContext() {
		return this.traceContext;
	}

	StreamHandler aroundStreams(MountedHandler mounted, Semaphore permits, StreamHandler handler) {
		StreamHandler chained = handler;
		for (int index = this.interceptors.size() - 1; index >= 0; index--) {
			StreamInterceptor interceptor = this.interceptors.get(index);
			StreamHandler next = chained;
			chained = (stream) -> interceptor.intercept(stream, next);
		}
		StreamHandler outermost = chained;
		return (stream) -> serve(mounted, (served) -> limited(mounted.settings(), permits, outermost, served), stream);
	}

	DatagramHandler aroundDatagrams(MountedHandler mounted, DatagramHandler handler) {
		DatagramHandler chained = handler;
		for (int index = this.datagramInterceptors.size() - 1; index >= 0; index--) {
			DatagramInterceptor interceptor = this.datagramInterceptors.get(index);
			DatagramHandler next = chained;
			chained = (datagram) -> interceptor.intercept(mounted.path(), datagram, next);
		}
		DatagramHandler outermost = chained;
		return (datagram) -> serve(mounted, outermost, datagram);
	}

	/** What the core has to tell; all else is told where it happens. */
	HandlerFailures refusals() {
		return new Refusals(this.log);
	}

	private void serve(MountedHandler mounted, StreamHandler handler, Stream stream) {
		mounted.began();
		CallObserver.Scope scope = CallObserver.Scope.NONE;
		try {
			TraceContexts.receive(stream);
			scope = this.observer.handling(stream);
			handler.handle(stream);
		}
		catch (Throwable ex) {
			Throwable answer = answered(stream, Failures.unwrap(ex));
			scope.failed(Failures.behind(answer));
			this.log.streamFailed(mounted.title(), stream, answer);
			if (!ErrorBodies.answer(stream, answer)) {
				throw Failures.rethrow(answer);
			}
		}
		finally {
			end(scope, mounted, stream.remotePeer());
		}
	}

	private static void limited(HandlerSettings settings, Semaphore permits, StreamHandler handler, Stream stream)
			throws IOException {
		if (!permits.tryAcquire()) {
			throw StreamReset.local(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream(),
					"as many streams are served as the handler's concurrency of " + settings.concurrency() + " allows");
		}
		try {
			if (settings.timeout().isZero()) {
				handler.handle(stream);
			}
			else {
				timed(settings, handler, stream);
			}
		}
		finally {
			permits.release();
		}
	}

	private static void timed(HandlerSettings settings, StreamHandler handler, Stream stream) throws IOException {
		HandlerDeadline deadline = HandlerDeadline.begin(stream, settings.timeout());
		try (deadline) {
			handler.handle(stream);
		}
		catch (Throwable ex) {
			throw Failures.rethrow(deadline.answer(ex));
		}
	}

	private void serve(MountedHandler mounted, DatagramHandler handler, Datagram datagram) {
		mounted.began();
		CallObserver.Scope scope = CallObserver.Scope.NONE;
		try {
			scope = this.observer.handling(mounted.path(), datagram);
			handler.handle(datagram);
		}
		catch (Throwable ex) {
			Throwable failure = Failures.unwrap(ex);
			scope.failed(Failures.behind(failure));
			if (isRefusal(failure)) {
				this.log.refused(mounted.title(), mounted.path(), datagram.peer(), failure);
			}
			else {
				this.log.failed(mounted.title(), mounted.path(), datagram.peer(), failure);
			}
			throw Failures.rethrow(failure);
		}
		finally {
			end(scope, mounted, datagram.peer());
		}
	}

	/** An observation that fails at its end takes nothing from what was served. */
	private void end(CallObserver.Scope scope, MountedHandler mounted, AddrInfo peer) {
		mounted.ended();
		try {
			scope.close();
		}
		catch (RuntimeException ex) {
			this.log.failed("The observation of a handler", mounted.path(), peer, ex);
		}
	}

	/** A datagram has no stream to reset, but a handler may say so all the same. */
	private static boolean isRefusal(Throwable failure) {
		return failure instanceof UnreadableMessage && !(failure instanceof UnreadableReply)
				|| FailureLog.isRefusal(failure);
	}

	/** What the peer is told: the first answer, else the failure as it is. */
	private Throwable answered(Stream stream, Throwable failure) {
		try {
			for (Libp2pExceptionHandler handler : this.exceptionHandlers) {
				Optional<StreamReset> reset = handler.handle(stream, failure);
				if (reset.isPresent()) {
					return (reset.get() != failure) ? reset.get().causedBy(failure) : failure;
				}
			}
		}
		catch (RuntimeException ex) {
			return Failures.during(failure, ex);
		}
		return standard(failure).<Throwable>map((reset) -> reset.causedBy(failure)).orElse(failure);
	}

	/** What tells the peer that its message was at fault. */
	private static Optional<StreamReset> standard(Throwable failure) {
		if (failure instanceof LimitExceeded exceeded && exceeded.limit().equals(MessageCodec.LIMIT)) {
			return Optional
				.of(StreamReset.local(MessageCodec.TOO_LARGE_RESET_CODE, String.valueOf(exceeded.getMessage())));
		}
		if (failure instanceof UnreadableMessage unreadable && !(failure instanceof UnreadableReply)) {
			return Optional
				.of(StreamReset.local(UnreadableMessage.RESET_CODE, String.valueOf(unreadable.getMessage())));
		}
		return Optional.empty();
	}

	/**
	 * Tells of streams that no handler saw.
	 *
	 * @param log where
	 */
	private record Refusals(FailureLog log) implements HandlerFailures {

		@Override
		public void streamRefused(Stream stream) {
			this.log.streamRefused(stream,
					"as many handlers run as libp2p.handlers.max-concurrent allows, or as many as this peer may have");
		}

		@Override
		public void executorFailed(ProtocolPath path, Throwable failure) {
			this.log.executorFailed(path, failure);
		}

		@Override
		public void streamFailed(Stream stream, Throwable failure) {
			// Told by the chain, within its observation.
		}

		@Override
		public void datagramFailed(ProtocolPath path, Datagram datagram, Throwable failure) {
			// Told by the chain, within its observation.
		}

	}

}
