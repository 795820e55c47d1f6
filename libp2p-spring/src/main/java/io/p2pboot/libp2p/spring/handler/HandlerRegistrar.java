package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.payload.ErrorBodies;
import io.p2pboot.libp2p.spring.payload.TraceContexts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ReflectionUtils;

/**
 * Mounts on the node what carries {@link Libp2pProtocol}, when all singletons exist and
 * before the node starts. Beans are resolved by name with each stream or datagram. The
 * list of handlers is read by any thread once the context has started.
 */
public final class HandlerRegistrar implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(HandlerRegistrar.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final Node node;

	private final HandlerExecutor executor;

	private final HandlerChain chain;

	private final Supplier<@Nullable MethodHandlers> methodHandlers;

	private final Map<ProtocolPath, MountedHandler> mounted = new LinkedHashMap<>();

	private final Libp2pHandlerRegistry registry = new Libp2pHandlerRegistry();

	/**
	 * Creates a registrar.
	 * @param beanFactory the beans
	 * @param node the node
	 * @param executor runs the handlers
	 * @param chain what streams pass
	 * @param methodHandlers serves methods, asked for where some are annotated; gives
	 * null without {@code spring-messaging}
	 */
	public HandlerRegistrar(ConfigurableListableBeanFactory beanFactory, Node node, HandlerExecutor executor,
			HandlerChain chain, Supplier<@Nullable MethodHandlers> methodHandlers) {
		this.beanFactory = beanFactory;
		this.node = node;
		this.executor = executor;
		this.chain = chain;
		this.methodHandlers = methodHandlers;
	}

	/**
	 * Returns what is mounted, or would be once it is started.
	 * @return the handlers, in the order in which they were found
	 */
	public List<MountedHandler> handlers() {
		return List.copyOf(this.mounted.values());
	}

	/**
	 * Returns what starts and stops each handler.
	 * @return the registry
	 */
	public Libp2pHandlerRegistry registry() {
		return this.registry;
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<String> started = new ArrayList<>();
		Set<String> ids = new HashSet<>();
		for (FoundHandler<Libp2pProtocol> found : new HandlerDiscovery<>(this.beanFactory, Libp2pProtocol.class)
			.find()) {
			HandlerSettings settings = HandlerSettings.of(found,
					(attribute, text) -> found.resolve(this.beanFactory, attribute, text), ids);
			ids.add(settings.id());
			ServedMethod served = (found.method() == null) ? bean(found) : method(found, settings);
			if (settings.concurrency() != HandlerSettings.NO_LIMIT || !settings.timeout().isZero()) {
				refuseForDatagrams(found, served);
			}
			add(found, settings, served);
			if (settings.autoStartup()) {
				started.add(settings.id());
			}
		}
		if (this.node.protocols().isEmpty()) {
			// Every node serves identify.
			logger.info("The node is a mock: nothing is mounted on it");
			return;
		}
		started.forEach(this.registry::start);
	}

	private static void refuseForDatagrams(FoundHandler<?> found, ServedMethod served) {
		if (served instanceof ServedMethod.OfDatagrams) {
			throw found.refusal("it sets a concurrency or a timeout, and serves datagrams",
					"Leave both out: datagrams are handled one after the other.");
		}
	}

	private void add(FoundHandler<Libp2pProtocol> found, HandlerSettings settings, ServedMethod served) {
		if (found.annotation().value().length == 0) {
			throw found.refusal("its @Libp2pProtocol names no path",
					"Give the annotation a path, for example @Libp2pProtocol(\"/echo/1.0.0\").");
		}
		Semaphore permits = new Semaphore(settings.concurrency());
		List<MountedHandler> handlers = new ArrayList<>();
		for (String path : found.annotation().value()) {
			ProtocolPath resolved = resolve(found, path);
			if (handlers.stream().anyMatch((before) -> before.path().equals(resolved))) {
				throw found.refusal("it names the path " + resolved + " twice", "Name it once.");
			}
			handlers.add(prepare(found, resolved, settings, served));
		}
		this.registry.add(settings.id(), handlers, () -> mount(handlers, served, permits),
				() -> handlers.forEach((each) -> unmount(each, served)));
	}

	private ProtocolPath resolve(FoundHandler<?> found, String path) {
		String resolved = found.resolve(this.beanFactory, "value", path);
		try {
			return ProtocolPath.of(resolved);
		}
		catch (IllegalArgumentException ex) {
			throw found.refusal("'" + resolved + "' is not a valid protocol path: " + ex.getMessage(),
					"Begin the path of @Libp2pProtocol with '/', for example /echo/1.0.0.");
		}
	}

	private MountedHandler prepare(FoundHandler<?> found, ProtocolPath path, HandlerSettings settings,
			ServedMethod served) {
		HandlerKind kind = (served instanceof ServedMethod.OfStreams) ? HandlerKind.STREAM : HandlerKind.DATAGRAM;
		MountedHandler handler = new MountedHandler(path, kind, found.beanName(), settings, found.describe());
		MountedHandler before = this.mounted.putIfAbsent(path, handler);
		if (before != null) {
			throw new DuplicateProtocolException(path, before.toString(), handler.toString());
		}
		if (this.node.protocols().contains(path)) {
			throw new DuplicateProtocolException(path, "the node itself", handler.toString());
		}
		return handler;
	}

	/**
	 * All paths or none. What somebody else has mounted at the path that is taken stays.
	 */
	private void mount(List<MountedHandler> handlers, ServedMethod served, Semaphore permits) {
		List<ProtocolPath> paths = new ArrayList<>();
		try {
			handlers.forEach((each) -> mount(each, served, permits, paths));
		}
		catch (RuntimeException ex) {
			paths.forEach(this.node::unmountProtocol);
			throw ex;
		}
	}

	private void mount(MountedHandler mounted, ServedMethod served, Semaphore permits, List<ProtocolPath> paths) {
		if (served instanceof ServedMethod.OfStreams streams) {
			StreamHandler handler = this.chain.aroundStreams(mounted, permits, streams.handler());
			serve(mounted.path(), handler, paths);
			envelopes(mounted.path(), streams)
				.forEach((path, opened) -> serve(path, (stream) -> handler.handle(opened.apply(stream)), paths));
		}
		else if (served instanceof ServedMethod.OfDatagrams datagrams) {
			DatagramProtocol protocol = this.node.mountProtocol(mounted.path(), DatagramProtocol.create());
			paths.add(mounted.path());
			protocol.serve(this.executor.executor(), this.chain.aroundDatagrams(mounted, datagrams.handler()),
					this.chain.refusals());
		}
	}

	private void unmount(MountedHandler mounted, ServedMethod served) {
		this.node.unmountProtocol(mounted.path());
		if (served instanceof ServedMethod.OfStreams streams) {
			envelopes(mounted.path(), streams).keySet().forEach(this.node::unmountProtocol);
		}
	}

	/**
	 * Under which other paths messages are served that have something around them, and
	 * what makes a stream for the handler of one there.
	 */
	private Map<ProtocolPath, UnaryOperator<Stream>> envelopes(ProtocolPath path, ServedMethod.OfStreams streams) {
		Map<ProtocolPath, UnaryOperator<Stream>> envelopes = new LinkedHashMap<>();
		boolean errors = streams.messages() && this.chain.hasErrorBodies();
		if (errors) {
			envelopes.put(ErrorBodies.with(path), (stream) -> ErrorBodies.serving(stream, path));
		}
		if (streams.messages() && this.chain.hasTraceContext()) {
			ProtocolPath traced = TraceContexts.with(path);
			envelopes.put(traced, (stream) -> TraceContexts.serving(stream, path));
			if (errors) {
				envelopes.put(ErrorBodies.with(traced),
						(stream) -> ErrorBodies.serving(TraceContexts.serving(stream, path), path));
			}
		}
		return envelopes;
	}

	private void serve(ProtocolPath path, StreamHandler handler, List<ProtocolPath> paths) {
		StreamProtocol protocol = this.node.mountProtocol(path, StreamProtocol.create());
		paths.add(path);
		protocol.serve(this.executor.executor(), handler, this.chain.refusals());
	}

	private ServedMethod method(FoundHandler<Libp2pProtocol> found, HandlerSettings settings) {
		MethodHandlers handlers = this.methodHandlers.get();
		if (handlers == null) {
			throw found.refusal("spring-messaging is not on the class path",
					"Add the dependency libp2p-spring-boot-starter, or org.springframework:spring-messaging.");
		}
		return handlers.create(found, settings);
	}

	private ServedMethod bean(FoundHandler<?> found) {
		boolean streams = serves(found, StreamHandler.class);
		boolean datagrams = serves(found, DatagramHandler.class);
		if (streams == datagrams) {
			throw found.refusal(
					streams ? "it is a StreamHandler and a DatagramHandler"
							: "it is neither a StreamHandler nor a DatagramHandler",
					"Implement one of the two, or put @Libp2pProtocol on the methods that serve.");
		}
		Method handle = ReflectionUtils.findMethod(found.type(), "handle", streams ? Stream.class : Datagram.class);
		if (handle != null) {
			found.requirePassedOn(this.beanFactory, found.describe(handle), handle);
			if (streams && found.isAsync(handle)) {
				throw found.refusal(found.describe(handle),
						"it is @Async, and its stream is closed as soon as it returns",
						"Remove @Async: each call has a thread of its own.");
			}
		}
		return streams ? new ServedMethod.OfStreams((stream) -> handle(found, stream), false)
				: new ServedMethod.OfDatagrams((datagram) -> handle(found, datagram));
	}

	private boolean serves(FoundHandler<?> found, Class<?> handler) {
		return handler.isAssignableFrom(found.type()) || this.beanFactory.isTypeMatch(found.beanName(), handler);
	}

	private void handle(FoundHandler<?> found, Stream stream) throws IOException {
		this.beanFactory.getBean(found.beanName(), StreamHandler.class).handle(stream);
	}

	private void handle(FoundHandler<?> found, Datagram datagram) throws IOException {
		this.beanFactory.getBean(found.beanName(), DatagramHandler.class).handle(datagram);
	}

}
