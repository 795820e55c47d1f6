package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;

/**
 * What every stream passes on its way to a handler: the interceptors, outside of which
 * the exception handlers stand. Any thread.
 */
public final class HandlerChain {

	private final List<StreamInterceptor> interceptors;

	private final List<Libp2pExceptionHandler> exceptionHandlers;

	/**
	 * Creates a chain.
	 * @param interceptors the interceptors, the first one outermost
	 * @param exceptionHandlers the exception handlers, in the order in which they are
	 * asked
	 */
	public HandlerChain(List<StreamInterceptor> interceptors, List<Libp2pExceptionHandler> exceptionHandlers) {
		this.interceptors = List.copyOf(interceptors);
		this.exceptionHandlers = List.copyOf(exceptionHandlers);
	}

	StreamHandler around(MountedHandler mounted, StreamHandler handler) {
		StreamHandler chained = handler;
		for (int index = this.interceptors.size() - 1; index >= 0; index--) {
			StreamInterceptor interceptor = this.interceptors.get(index);
			StreamHandler next = chained;
			chained = (stream) -> interceptor.intercept(stream, next);
		}
		StreamHandler outermost = chained;
		return (stream) -> serve(mounted, outermost, stream);
	}

	private void serve(MountedHandler mounted, StreamHandler handler, Stream stream) throws IOException {
		mounted.began();
		try {
			handler.handle(stream);
		}
		catch (Throwable ex) {
			Throwable failure = Failures.unwrap(ex);
			throw Failures.rethrow(answered(stream, failure));
		}
		finally {
			mounted.ended();
		}
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
		if (failure instanceof UnreadableMessage unreadable) {
			return Optional
				.of(StreamReset.local(UnreadableMessage.RESET_CODE, String.valueOf(unreadable.getMessage())));
		}
		return Optional.empty();
	}

}
