package io.p2pboot.libp2p.spring.payload;

import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;

/**
 * How many messages a parameter or a reply is, and when: one, one that comes later, or
 * several. Immutable.
 *
 * @param kind how many
 * @param container what holds them; the type itself if it is one
 * @param message the type of each message
 */
public record MessageShape(Kind kind, Class<?> container, Type message) {

	/** How soon it shows that nobody waits for a message any more. */
	public static final Duration LOOK = Duration.ofSeconds(1);

	/**
	 * How many messages.
	 */
	public enum Kind {

		/** One. */
		ONE,

		/** One, later: a {@code CompletionStage} or, with Reactor, a {@code Mono}. */
		LATER,

		/**
		 * Several: a {@code Stream}, a {@code MessageReader} or {@code MessageWriter} or,
		 * with Reactor, a {@code Flux}.
		 */
		MANY

	}

	/**
	 * Looks at a type.
	 * @param type the type, with the variables of its class resolved
	 * @return its shape
	 */
	public static MessageShape of(Type type) {
		ResolvableType resolved = ResolvableType.forType(type);
		Class<?> raw = resolved.resolve(Object.class);
		if (raw == CompletableFuture.class || raw == CompletionStage.class) {
			return new MessageShape(Kind.LATER, raw, element(resolved));
		}
		if (raw == Stream.class || raw == MessageReader.class || raw == MessageWriter.class) {
			return new MessageShape(Kind.MANY, raw, element(resolved));
		}
		ReactiveAdapter adapter = adapter(raw);
		if (adapter == null) {
			return new MessageShape(Kind.ONE, raw, type);
		}
		if (adapter.isNoValue()) {
			return new MessageShape(Kind.LATER, raw, Void.class);
		}
		return new MessageShape(adapter.isMultiValue() ? Kind.MANY : Kind.LATER, raw, element(resolved));
	}

	private static Type element(ResolvableType container) {
		Type element = container.getGeneric(0).getType();
		return (container.getGeneric(0).resolve() != null) ? element : Object.class;
	}

	private static @Nullable ReactiveAdapter adapter(Class<?> container) {
		return ReactiveAdapterRegistry.getSharedInstance().getAdapter(container);
	}

	/**
	 * Waits for the value of a {@link Kind#LATER}.
	 * @param value what was returned
	 * @return completes with the message
	 */
	public CompletableFuture<?> future(Object value) {
		return (value instanceof CompletionStage<?> stage) ? stage.toCompletableFuture()
				: Reactive.future(value, adapter(this.container));
	}

	/**
	 * Makes a {@link Kind#LATER} of a call.
	 * @param call begins the call; asked for once, or with each subscription
	 * @return the future, or what stands for one
	 */
	public Object later(Supplier<CompletableFuture<?>> call) {
		return CompletionStage.class.isAssignableFrom(this.container) ? call.get()
				: Reactive.later(call, adapter(this.container));
	}

	/**
	 * Reads the values of a {@link Kind#MANY}, each when it is asked for.
	 * @param value what was returned or given
	 * @return the messages; to be closed
	 */
	public Messages messages(Object value) {
		return messages(value, () -> true);
	}

	/**
	 * Reads the values of a {@link Kind#MANY}, each when it is asked for, for as long as
	 * somebody wants them. A publisher is cancelled within {@link #LOOK} of the end of
	 * that, whatever it waits for, and what waits for it gets a
	 * {@link java.util.concurrent.CancellationException}; a {@link Stream} is not
	 * interrupted.
	 * @param value what was returned or given
	 * @param wanted asked now and then, on any thread
	 * @return the messages; to be closed
	 */
	public Messages messages(Object value, BooleanSupplier wanted) {
		Stream<?> stream = (value instanceof Stream<?> given) ? given
				: Reactive.stream(value, adapter(this.container), wanted);
		return new Messages(stream.iterator(), stream::close);
	}

	/**
	 * Makes a {@link Kind#MANY} of messages that are read from a peer.
	 * @param reader opens the messages; asked for once, or with each subscription
	 * @return what the container is
	 */
	public Object many(Supplier<MessageReader<?>> reader) {
		if (this.container == MessageReader.class) {
			return reader.get();
		}
		return (this.container == Stream.class) ? reader.get().stream()
				: Reactive.many(reader, adapter(this.container));
	}

	/**
	 * Messages that are to be sent.
	 *
	 * @param iterator gives them
	 * @param source ends what they come from
	 */
	public record Messages(Iterator<?> iterator, Runnable source) implements AutoCloseable {

		@Override
		public void close() {
			this.source.run();
		}

	}

	/** Loaded with Reactor only: without it there is no adapter. */
	private static final class Reactive {

		/** How many messages are asked for before the last one was sent. */
		private static final int AHEAD = 1;

		static CompletableFuture<?> future(Object value, @Nullable ReactiveAdapter adapter) {
			return Mono.from(present(adapter).toPublisher(value)).toFuture();
		}

		static Object later(Supplier<CompletableFuture<?>> call, @Nullable ReactiveAdapter adapter) {
			return present(adapter)
				.fromPublisher(Mono.<Object>fromFuture(() -> call.get().thenApply((value) -> value)));
		}

		static Stream<?> stream(Object value, @Nullable ReactiveAdapter adapter, BooleanSupplier wanted) {
			Flux<Object> unwanted = Flux.interval(LOOK).handle((tick, sink) -> {
				if (!wanted.getAsBoolean()) {
					sink.error(new CancellationException("Nobody waits for the next message"));
				}
			});
			return Flux.from(present(adapter).toPublisher(value)).takeUntilOther(unwanted).toStream(AHEAD);
		}

		static Object many(Supplier<MessageReader<?>> reader, @Nullable ReactiveAdapter adapter) {
			Flux<Object> messages = Flux
				.defer(() -> Flux.<Object>fromStream(() -> reader.get().stream().map((each) -> each)));
			return present(adapter).fromPublisher(messages.onErrorMap(UncheckedIOException.class, Throwable::getCause)
				.subscribeOn(Schedulers.boundedElastic()));
		}

		private static ReactiveAdapter present(@Nullable ReactiveAdapter adapter) {
			if (adapter == null) {
				throw new IllegalStateException("There is no adapter: Reactor is not on the class path");
			}
			return adapter;
		}

	}

}
