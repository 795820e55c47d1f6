package io.p2pboot.libp2p.spring;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.spring.payload.Libp2pRemoteException;
import io.p2pboot.libp2p.spring.payload.MessageCheck;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadConverter;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import io.p2pboot.libp2p.spring.payload.UnreadableReply;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * Calls protocols of other peers. Thread-safe; every method blocks unless it returns a
 * future, and none that blocks may be called on an event loop. A peer may be given by id
 * alone if its addresses are known.
 */
public class Libp2pTemplate {

	/** To wait for no peers at all. */
	private static final Duration ANY_TIME = Duration.ofSeconds(1);

	private final Node node;

	private final MessageCodec codec;

	private final CallObserver observer;

	private final Supplier<Optional<TopicPublisher>> topics;

	private final TemplateSettings settings;

	private final MessageStreams streams;

	/**
	 * Creates a template whose calls are not observed.
	 * @param node the node that calls
	 * @param codec reads and writes messages
	 */
	public Libp2pTemplate(Node node, MessageCodec codec) {
		this(node, codec, CallObserver.NONE);
	}

	/**
	 * Creates a template.
	 * @param node the node that calls
	 * @param codec reads and writes messages
	 * @param observer observes the calls
	 */
	public Libp2pTemplate(Node node, MessageCodec codec, CallObserver observer) {
		this(node, codec, observer, Optional::empty);
	}

	/**
	 * Creates a template that publishes too.
	 * @param node the node that calls
	 * @param codec reads and writes messages
	 * @param observer observes the calls
	 * @param topics publishes messages, asked for with each one
	 */
	public Libp2pTemplate(Node node, MessageCodec codec, CallObserver observer,
			Supplier<Optional<TopicPublisher>> topics) {
		this(node, codec, observer, topics, TemplateSettings.of(codec.format()));
	}

	private Libp2pTemplate(Node node, MessageCodec codec, CallObserver observer,
			Supplier<Optional<TopicPublisher>> topics, TemplateSettings settings) {
		this.node = node;
		this.codec = codec;
		this.observer = observer;
		this.topics = topics;
		this.settings = settings;
		this.streams = new MessageStreams(node, settings.errorBodies(), settings.traceContext());
	}

	private Libp2pTemplate with(TemplateSettings settings) {
		return new Libp2pTemplate(this.node, this.codec, this.observer, this.topics, settings);
	}

	/**
	 * Returns a template that writes and reads objects in another format.
	 * @param format the format
	 * @return the template; this one is not changed
	 */
	public Libp2pTemplate withFormat(PayloadFormat format) {
		return with(this.settings.withFormat(format));
	}

	/**
	 * Returns a template whose asynchronous calls have threads of their own. Without it
	 * all templates share a pool of 256 daemon threads.
	 * @param threads runs each call until it has ended, and rejects what it has no thread
	 * for; not closed
	 * @return the template; this one is not changed
	 */
	public Libp2pTemplate withAsyncExecutor(Executor threads) {
		return with(this.settings.withAsync(this.settings.async().on(threads)));
	}

	/**
	 * Returns a template whose asynchronous calls are decorated, as by a
	 * {@link org.springframework.core.task.support.ContextPropagatingTaskDecorator}, on
	 * the thread that makes them. In place of the decorator there was.
	 * @param decorator decorates each call, whatever thread it runs on
	 * @return the template; this one is not changed
	 */
	public Libp2pTemplate withTaskDecorator(TaskDecorator decorator) {
		return with(this.settings.withAsync(this.settings.async().decorated(decorator)));
	}

	/**
	 * Returns a template that asks peers for more than a code when they fail: where the
	 * peer serves it, calls throw a {@link Libp2pRemoteException} with code and text in
	 * place of a {@link StreamReset}. A peer that does not is first proposed a protocol
	 * that it does not know, unless that is known of it.
	 * @return the template; this one is not changed
	 */
	public Libp2pTemplate withErrorBodies() {
		return with(this.settings.withErrorBodies());
	}

	/**
	 * Returns a template whose calls with messages tell the peer to which trace they
	 * belong, where the peer serves that and there is a trace. Every field of it goes to
	 * the peer, baggage included. A peer that does not is first proposed a protocol that
	 * it does not know, unless that is known of it.
	 * @return the template; this one is not changed
	 */
	public Libp2pTemplate withTraceContext() {
		return with(this.settings.withTraceContext());
	}

	/**
	 * Returns a template whose calls pass interceptors.
	 * @param interceptors the interceptors, the first one outermost
	 * @return the template; this one is not changed
	 */
	public Libp2pTemplate withInterceptors(List<CallInterceptor> interceptors) {
		return with(this.settings.withInterceptors(interceptors));
	}

	/**
	 * Returns in which format this template writes and reads objects.
	 * @return the format
	 */
	public PayloadFormat format() {
		return this.settings.format();
	}

	/**
	 * Returns how long a call waits for its reply unless it says.
	 * @return the codec's timeout
	 */
	public Duration timeout() {
		return this.codec.timeout();
	}

	/**
	 * Returns whether a type can be a message.
	 * @param type the type
	 * @return whether there is a converter for it in the format of this template
	 */
	public boolean supports(Type type) {
		return this.codec.converter(type, this.settings.format()).isPresent();
	}

	/**
	 * Connects to a peer; returns at once if connected.
	 * @param peer the peer
	 * @throws DialFailed if no address could be connected
	 * @throws IOException if a limit is reached or the thread was interrupted
	 */
	public void connect(AddrInfo peer) throws IOException {
		this.node.connect(peer);
	}

	/**
	 * Connects to a peer; returns at once if connected.
	 * @param address an address that ends with {@code /p2p/<peer id>}
	 * @throws DialFailed if the address could not be connected
	 * @throws IOException if a limit is reached or the thread was interrupted
	 * @throws IllegalArgumentException if the address does not end with a peer id
	 */
	public void connect(Multiaddr address) throws IOException {
		connect(AddrInfo.of(address));
	}

	/**
	 * Opens a stream, connecting first if needed. The caller closes it.
	 * @param peer the peer
	 * @param path the protocol, for example {@code /echo/1.0.0}
	 * @return the stream
	 * @throws ProtocolUnsupported if the peer does not serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws IOException if the connection was lost or the negotiation took too long
	 */
	public Stream openStream(AddrInfo peer, String path) throws IOException {
		return observed("open", peer, path, (trace) -> this.streams.plain(peer, path));
	}

	/**
	 * Sends one message and waits for one in reply, for as long as the codec's timeout.
	 * @param <T> the type of the reply
	 * @param peer the peer
	 * @param path the protocol
	 * @param body what to send
	 * @param replyType the type of the reply
	 * @return the reply
	 * @throws IOException as {@link #request(AddrInfo, String, Object, Class, Duration)}
	 */
	public <T> T request(AddrInfo peer, String path, Object body, Class<T> replyType) throws IOException {
		return request(peer, path, body, replyType, this.codec.timeout());
	}

	/**
	 * Sends one message and waits for one in reply.
	 * @param <T> the type of the reply
	 * @param peer the peer
	 * @param path the protocol
	 * @param body what to send
	 * @param replyType the type of the reply; {@code Void.class} for a handler that
	 * returns {@code void}: this then waits until the handler has returned
	 * @param timeout how long to wait for the reply; positive
	 * @return the reply; null for {@code Void.class} only
	 * @throws ProtocolUnsupported if the peer does not serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws LimitExceeded if the message or the reply is too long
	 * @throws StreamReset if the peer refused or failed, with its code
	 * @throws Libp2pRemoteException in its place if both ends have error bodies
	 * @throws UnreadableReply if the reply is not of the type
	 * @throws java.net.SocketTimeoutException if the reply takes too long
	 * @throws java.io.EOFException if the peer ends without a reply
	 * @throws IOException if the connection was lost or the thread was interrupted
	 * @throws IllegalArgumentException if there is no converter for one of the types
	 */
	public <T> T request(AddrInfo peer, String path, Object body, Class<T> replyType, Duration timeout)
			throws IOException {
		return cast(replyType, exchange(peer, path, body, replyType, timeout).orElse(null));
	}

	/**
	 * Sends one message and waits for one in reply, of a generic type.
	 * @param <T> the type of the reply
	 * @param peer the peer
	 * @param path the protocol
	 * @param body what to send
	 * @param replyType the type of the reply
	 * @return the reply
	 * @throws IOException as {@link #request(AddrInfo, String, Object, Class, Duration)}
	 */
	@SuppressWarnings({ "unchecked", "NullAway" })
	public <T> T request(AddrInfo peer, String path, Object body, ParameterizedTypeReference<T> replyType)
			throws IOException {
		return (T) exchange(peer, path, body, replyType.getType(), this.codec.timeout()).orElse(null);
	}

	/**
	 * Sends one message and waits for one in reply, on a thread of its own. Does not
	 * block.
	 * @param <T> the type of the reply
	 * @param peer the peer
	 * @param path the protocol
	 * @param body what to send
	 * @param replyType the type of the reply
	 * @return completes with the reply; fails as
	 * {@link #request(AddrInfo, String, Object, Class, Duration)} throws, or with a
	 * {@link java.util.concurrent.RejectedExecutionException} if there is no thread for
	 * it. Cancelling it interrupts the call
	 */
	public <T> CompletableFuture<T> requestAsync(AddrInfo peer, String path, Object body, Class<T> replyType) {
		return async(() -> request(peer, path, body, replyType));
	}

	/**
	 * Sends one message and waits for one in reply, of a generic type, on a thread of its
	 * own. Does not block.
	 * @param <T> the type of the reply
	 * @param peer the peer
	 * @param path the protocol
	 * @param body what to send
	 * @param replyType the type of the reply
	 * @return as {@link #requestAsync(AddrInfo, String, Object, Class)}
	 */
	public <T> CompletableFuture<T> requestAsync(AddrInfo peer, String path, Object body,
			ParameterizedTypeReference<T> replyType) {
		return async(() -> request(peer, path, body, replyType));
	}

	/**
	 * Runs something that blocks where asynchronous calls run, as a part of what the
	 * calling thread observes. Does not block.
	 * @param <T> what it results in
	 * @param call what to run
	 * @return completes with the result; cancelling it interrupts the call
	 */
	public <T> CompletableFuture<T> async(Callable<T> call) {
		return this.settings.async().make(this.observer.carried(call));
	}

	/**
	 * Opens a stream of messages in both directions, connecting first if needed. The
	 * caller closes it.
	 * @param <S> the type of the messages that are sent
	 * @param <R> the type of the messages that are received
	 * @param peer the peer
	 * @param path the protocol
	 * @param sent the type of the messages that are sent
	 * @param received the type of the messages that are received
	 * @return the messages
	 * @throws ProtocolUnsupported if the peer does not serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws IOException if the connection was lost or the negotiation took too long
	 * @throws IllegalArgumentException if there is no converter for one of the types
	 */
	public <S, R> MessageExchange<S, R> exchange(AddrInfo peer, String path, Class<S> sent, Class<R> received)
			throws IOException {
		return exchange(peer, path, ParameterizedTypeReference.forType(sent),
				ParameterizedTypeReference.forType(received));
	}

	/**
	 * Opens a stream of messages of generic types in both directions. Otherwise as
	 * {@link #exchange(AddrInfo, String, Class, Class)}.
	 * @param <S> the type of the messages that are sent
	 * @param <R> the type of the messages that are received
	 * @param peer the peer
	 * @param path the protocol
	 * @param sent the type of the messages that are sent
	 * @param received the type of the messages that are received
	 * @return the messages
	 * @throws IOException as {@link #exchange(AddrInfo, String, Class, Class)}
	 */
	public <S, R> MessageExchange<S, R> exchange(AddrInfo peer, String path, ParameterizedTypeReference<S> sent,
			ParameterizedTypeReference<R> received) throws IOException {
		converter(sent.getType());
		converter(received.getType());
		Stream stream = observed("open", peer, path, (trace) -> this.streams.open(peer, path, trace));
		return new MessageExchange<>(stream, this.codec.writer(stream, sent.getType(), this.settings.format()),
				this.codec.reader(stream, received.getType(), this.settings.format(), MessageCheck.NONE));
	}

	/**
	 * Sends one message without waiting for anything: returns when it is handed to the
	 * connection. That the peer got it, serves the protocol, took the message or failed
	 * at it is not learnt, and the message is lost if the connection is. To know, call
	 * {@link #request(AddrInfo, String, Object, Class)} with {@code Void.class}.
	 * @param peer the peer
	 * @param path the protocol
	 * @param body what to send
	 * @throws ProtocolUnsupported if the peer is known not to serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws LimitExceeded if the message is too long
	 * @throws java.net.SocketTimeoutException if the peer does not take it in time
	 * @throws IOException if the connection was lost or the thread was interrupted
	 * @throws IllegalArgumentException if the body is null, an exception, or of a type
	 * without a converter
	 */
	public void send(AddrInfo peer, String path, Object body) throws IOException {
		ByteBuffer message = encode(body);
		observed("send", peer, path, (trace) -> {
			Stream stream = this.streams.withoutReplies().open(peer, path, trace);
			try {
				this.codec.write(stream, message.duplicate());
				stream.close();
				return stream;
			}
			catch (IOException | RuntimeException ex) {
				stream.reset(StreamReset.NO_ERROR);
				throw ex;
			}
		});
	}

	/**
	 * Sends a datagram, connecting first if needed: it arrives whole, once, or never.
	 * @param peer the peer
	 * @param path the protocol
	 * @param payload the bytes that remain; consumed
	 * @throws DatagramTooLarge if the payload does not fit
	 * @throws ProtocolUnsupported if the peer does not serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws IOException if the connection was lost or the thread was interrupted
	 */
	public void sendDatagram(AddrInfo peer, String path, ByteBuffer payload) throws IOException {
		observed("datagram", peer, path, (trace) -> {
			this.node.sendDatagram(peer, ProtocolPath.of(path), payload.duplicate());
			return peer;
		});
		payload.position(payload.limit());
	}

	/**
	 * Publishes a message on a topic, to whoever is subscribed. Blocks until the queues
	 * to peers have taken it, not until a peer has it. The topic is not joined: without a
	 * listener of this node the message goes to some peers of the topic, which pass it
	 * on.
	 * @param topic the topic
	 * @param body what to publish; written as {@link #send} writes it, without a length
	 * @return how many peers' queues took it; 0 if nobody is subscribed
	 * @throws IOException a {@code PublishFailed} if the message is too long, a validator
	 * of this node did not accept it, it was published before, too many are being
	 * published or publishing has ended; another one if the thread was interrupted
	 * @throws IllegalStateException if there is no {@code libp2p-pubsub}, or on an event
	 * loop
	 * @throws IllegalArgumentException if the body is null, an exception, or of a type
	 * without a converter, or the topic's name is empty or too long
	 */
	public int publish(String topic, Object body) throws IOException {
		return publish(topic, body, 0, ANY_TIME);
	}

	/**
	 * Publishes a message on a topic once so many peers are subscribed: right after
	 * connecting nobody is. Blocks.
	 * @param topic the topic
	 * @param body what to publish
	 * @param atLeast how many peers at least; not negative
	 * @param within how long to wait for them; positive
	 * @return how many peers' queues took it
	 * @throws IOException a {@code PublishFailed.NoPeers} if there are fewer in time,
	 * else as {@link #publish(String, Object)}
	 */
	public int publish(String topic, Object body, int atLeast, Duration within) throws IOException {
		return topics().publish(topic, encode(body), atLeast, within);
	}

	/**
	 * Publishes a message on a topic. Does not block.
	 * @param topic the topic
	 * @param body what to publish
	 * @return completes with how many peers' queues took it; fails as
	 * {@link #publish(String, Object)}
	 * @throws IOException if the body cannot be encoded
	 */
	public CompletionStage<Integer> publishAsync(String topic, Object body) throws IOException {
		return publishAsync(topic, body, 0, ANY_TIME);
	}

	/**
	 * Publishes a message on a topic once so many peers are subscribed. Does not block.
	 * @param topic the topic
	 * @param body what to publish
	 * @param atLeast how many peers at least; not negative
	 * @param within how long to wait for them; positive
	 * @return completes with how many peers' queues took it; fails as
	 * {@link #publish(String, Object, int, Duration)}
	 * @throws IOException if the body cannot be encoded
	 */
	public CompletionStage<Integer> publishAsync(String topic, Object body, int atLeast, Duration within)
			throws IOException {
		return topics().publishAsync(topic, encode(body), atLeast, within);
	}

	private TopicPublisher topics() {
		return this.topics.get()
			.orElseThrow(() -> new IllegalStateException("Nothing publishes here: io.p2pboot:libp2p-pubsub is not "
					+ "on the class path, or libp2p.pubsub.enabled is false"));
	}

	private Optional<Object> exchange(AddrInfo peer, String path, Object body, Type replyType, Duration timeout)
			throws IOException {
		boolean acknowledged = replyType == Void.class || replyType == void.class;
		PayloadConverter reader = acknowledged ? null : converter(replyType);
		ByteBuffer message = encode(body);
		if (message.remaining() > this.codec.maxMessageBytes()) {
			throw new LimitExceeded(MessageCodec.LIMIT, message.remaining(), this.codec.maxMessageBytes());
		}
		return observed("request", peer, path, (trace) -> {
			Stream stream = this.streams.open(peer, path, trace);
			try {
				this.codec.write(stream, message.duplicate());
				stream.closeWrite();
				Optional<Object> reply = read(stream, reader, replyType, timeout);
				stream.close();
				return reply;
			}
			catch (LimitExceeded ex) {
				stream.reset(MessageCodec.TOO_LARGE_RESET_CODE);
				throw ex;
			}
			catch (UnreadableMessage ex) {
				stream.reset(StreamReset.NO_ERROR);
				throw new UnreadableReply(ex);
			}
			catch (IOException | RuntimeException ex) {
				stream.reset(StreamReset.NO_ERROR);
				throw ex;
			}
		});
	}

	private Optional<Object> read(Stream stream, @Nullable PayloadConverter reader, Type replyType, Duration timeout)
			throws IOException {
		if (reader != null) {
			return Optional.of(reader.decode(this.codec.read(stream, timeout), replyType));
		}
		this.codec.readEnd(stream, timeout);
		return Optional.empty();
	}

	private <T> T observed(String operation, AddrInfo peer, String path, Call<T> call) throws IOException {
		try (CallObserver.Scope scope = this.observer.calling(operation, peer.id(), path)) {
			try {
				return intercepted(new CallInterceptor.Call(operation, peer, path), () -> call.make(scope.trace()));
			}
			catch (IOException | RuntimeException | Error ex) {
				scope.failed(ex);
				throw ex;
			}
		}
	}

	@SuppressWarnings("unchecked")
	private <T> T intercepted(CallInterceptor.Call called, CallInterceptor.Next call) throws IOException {
		CallInterceptor.Next next = call;
		List<CallInterceptor> interceptors = this.settings.interceptors();
		for (int index = interceptors.size() - 1; index >= 0; index--) {
			CallInterceptor interceptor = interceptors.get(index);
			CallInterceptor.Next inner = next;
			next = () -> interceptor.intercept(called, inner);
		}
		Object result = next.proceed();
		Assert.state(result != null, "A CallInterceptor returned null in place of the result of the call");
		return (T) result;
	}

	/**
	 * What is observed.
	 *
	 * @param <T> what it results in
	 */
	@FunctionalInterface
	private interface Call<T> {

		T make(Map<String, String> trace) throws IOException;

	}

	private ByteBuffer encode(Object body) throws IOException {
		Assert.notNull(body, "There is no message to send: the body is null");
		return this.codec.encode(body, body.getClass(), this.settings.format());
	}

	private PayloadConverter converter(Type type) {
		return this.codec.converter(type, this.settings.format())
			.orElseThrow(() -> new IllegalArgumentException(MessageCodec.noConverter(type, this.settings.format())));
	}

	/** Null is what stands for a reply of the type Void. */
	@SuppressWarnings({ "unchecked", "NullAway" })
	private static <T> T cast(Class<T> type, @Nullable Object reply) {
		return (T) ClassUtils.resolvePrimitiveIfNecessary(type).cast(reply);
	}

}
