package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicValidator;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;
import io.p2pboot.libp2p.spring.topic.TopicCall;
import io.p2pboot.libp2p.spring.topic.TopicListener;
import io.p2pboot.libp2p.spring.topic.TopicListenerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/**
 * Registers what carries {@link Libp2pTopicListener} and {@link Libp2pTopicValidator},
 * when all singletons exist and before the node starts. Beans are resolved by name with
 * each message.
 */
public final class TopicRegistrar implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(TopicRegistrar.class);

	private static final String EXAMPLE = "for example topics = \"news\".";

	private final ConfigurableListableBeanFactory beanFactory;

	private final Node node;

	private final MountedPubSub pubSub;

	private final ObjectProvider<TopicMethods> methods;

	private final Function<ListenerParts, TopicListener> listeners;

	private final Libp2pTopicListenerRegistry registry;

	private final Defaults defaults;

	/**
	 * Creates a registrar.
	 * @param beanFactory the beans
	 * @param node the node
	 * @param pubSub publish and subscribe
	 * @param methods calls methods; needed only where some are annotated
	 * @param listeners makes a listener
	 * @param registry takes the listeners
	 * @param defaults what annotations leave open
	 */
	public TopicRegistrar(ConfigurableListableBeanFactory beanFactory, Node node, MountedPubSub pubSub,
			ObjectProvider<TopicMethods> methods, Function<ListenerParts, TopicListener> listeners,
			Libp2pTopicListenerRegistry registry, Defaults defaults) {
		this.beanFactory = beanFactory;
		this.node = node;
		this.pubSub = pubSub;
		this.methods = methods;
		this.listeners = listeners;
		this.registry = registry;
		this.defaults = defaults;
	}

	/**
	 * A listener that was found.
	 *
	 * @param settings how it listens
	 * @param call what it does
	 */
	public record ListenerParts(TopicListenerSettings settings, TopicCall call) {
	}

	/**
	 * What annotations leave open.
	 *
	 * @param concurrency how many messages a listener handles at once
	 * @param queue how messages wait for a listener
	 * @param batch how batches are made
	 * @param validators how validators run
	 * @param mounts whether publish and subscribe is put on the node although nothing
	 * needs it
	 */
	public record Defaults(int concurrency, SubscribeOptions queue, TopicListenerSettings.Batch batch,
			ValidatorOptions validators, boolean mounts) {
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<TopicListener> found = new ArrayList<>();
		for (FoundHandler<Libp2pTopicListener> each : new HandlerDiscovery<>(this.beanFactory,
				Libp2pTopicListener.class)
			.find()) {
			found.add(listener(each, found));
		}
		List<Runnable> validators = new ArrayList<>();
		for (FoundHandler<Libp2pTopicValidator> each : new HandlerDiscovery<>(this.beanFactory,
				Libp2pTopicValidator.class)
			.find()) {
			AsyncTopicValidator validator = (each.method() != null) ? methods(each).validator(each) : bean(each);
			topics(each, each.annotation().topics()).forEach((topic) -> validators
				.add(() -> this.pubSub.get().validateAsync(topic, validator, this.defaults.validators())));
		}
		boolean needed = !found.isEmpty() || !validators.isEmpty() || this.defaults.mounts();
		if (needed && this.node.protocols().isEmpty()) {
			// Every node serves identify.
			logger.info("The node is a mock: no topic is listened to");
			return;
		}
		validators.forEach(Runnable::run);
		found.forEach(this.registry::add);
		if (needed) {
			PubSub mounted = this.pubSub.get();
			logger.debug("Publish and subscribe is on the node: {}", mounted);
		}
	}

	private TopicMethods methods(FoundHandler<?> found) {
		TopicMethods available = this.methods.getIfAvailable();
		if (available == null) {
			throw found.refusal("spring-messaging is not on the class path",
					"Add the dependency libp2p-spring-boot-starter, or org.springframework:spring-messaging.");
		}
		return available;
	}

	private TopicListener listener(FoundHandler<Libp2pTopicListener> found, List<TopicListener> before) {
		TopicCall call = methods(found).listener(found);
		Libp2pTopicListener annotation = found.annotation();
		String id = id(found, before);
		before.stream().filter((other) -> other.id().equals(id)).findFirst().ifPresent((other) -> {
			throw found.refusal("its id '" + id + "' is also that of " + other, "Give one of them another id.");
		});
		TopicListenerSettings settings = new TopicListenerSettings(id, found.describe(),
				topics(found, annotation.topics()), concurrency(found), autoStartup(found), queue(found),
				annotation.batch() ? Optional.of(this.defaults.batch()) : Optional.empty());
		return this.listeners.apply(new ListenerParts(settings, call));
	}

	/** The bean and the method, with a number where methods are overloaded. */
	private String id(FoundHandler<Libp2pTopicListener> found, List<TopicListener> before) {
		String named = found.resolve(this.beanFactory, "id", found.annotation().id());
		if (StringUtils.hasText(named) || found.method() == null) {
			return named;
		}
		String base = found.beanName() + "." + found.method().getName();
		String id = base;
		for (int number = 2; isTaken(id, before); number++) {
			id = base + "#" + number;
		}
		return id;
	}

	private static boolean isTaken(String id, List<TopicListener> before) {
		return before.stream().anyMatch((other) -> other.id().equals(id));
	}

	private List<String> topics(FoundHandler<?> found, String[] topics) {
		if (topics.length == 0) {
			throw found.refusal("it names no topic", "Name one, " + EXAMPLE);
		}
		List<String> resolved = new ArrayList<>();
		for (String topic : topics) {
			String name = found.resolve(this.beanFactory, "topics", topic);
			if (!StringUtils.hasText(name)) {
				throw found.refusal("its topic '" + topic + "' is blank", "Name the topic, " + EXAMPLE);
			}
			if (resolved.contains(name)) {
				throw found.refusal("it names the topic '" + name + "' twice", "Name it once.");
			}
			resolved.add(name);
		}
		return resolved;
	}

	private int concurrency(FoundHandler<Libp2pTopicListener> found) {
		String text = found.resolve(this.beanFactory, "concurrency", found.annotation().concurrency());
		if (text.isEmpty()) {
			return this.defaults.concurrency();
		}
		try {
			int concurrency = Integer.parseInt(text.strip());
			if (concurrency > 0) {
				return concurrency;
			}
		}
		catch (NumberFormatException ex) {
			logger.debug("Not a number: {}", text, ex);
		}
		throw found.refusal("its concurrency '" + text + "' is not a positive number", "Set it to 1 or more.");
	}

	private boolean autoStartup(FoundHandler<Libp2pTopicListener> found) {
		String text = found.resolve(this.beanFactory, "autoStartup", found.annotation().autoStartup()).strip();
		if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
			return Boolean.parseBoolean(text);
		}
		throw found.refusal("its autoStartup '" + text + "' is neither true nor false", "Set it to true or false.");
	}

	private SubscribeOptions queue(FoundHandler<Libp2pTopicListener> found) {
		Overflow[] overflow = found.annotation().overflow();
		if (overflow.length > 1) {
			throw found.refusal("it names more than one overflow", "Name one.");
		}
		SubscribeOptions queue = this.defaults.queue();
		return (overflow.length == 0) ? queue
				: new SubscribeOptions(queue.queueMessages(), queue.queueBytes(), overflow[0]);
	}

	private AsyncTopicValidator bean(FoundHandler<Libp2pTopicValidator> found) {
		boolean inline = is(found, TopicValidator.class);
		boolean async = is(found, AsyncTopicValidator.class);
		if (inline == async) {
			throw found.refusal(
					inline ? "it is a TopicValidator and an AsyncTopicValidator"
							: "it is neither a TopicValidator nor an AsyncTopicValidator",
					"Implement one of the two, or put @Libp2pTopicValidator on the methods that validate.");
		}
		Method check = ReflectionUtils.findMethod(found.type(), "check", TopicMessage.class);
		if (check != null) {
			found.requirePassedOn(this.beanFactory, found.describe(check), check);
			if (found.isAsync(check)) {
				throw found.refusal(found.describe(check), "it is @Async, which returns no answer", "Remove @Async.");
			}
		}
		return inline ? (message) -> check(found, message)
				: (message) -> this.beanFactory.getBean(found.beanName(), AsyncTopicValidator.class).check(message);
	}

	private CompletionStage<Validation> check(FoundHandler<?> found, TopicMessage message) {
		try {
			return CompletableFuture
				.completedStage(this.beanFactory.getBean(found.beanName(), TopicValidator.class).check(message));
		}
		catch (Exception ex) {
			return CompletableFuture.failedStage(ex);
		}
	}

	private boolean is(FoundHandler<?> found, Class<?> type) {
		return type.isAssignableFrom(found.type()) || this.beanFactory.isTypeMatch(found.beanName(), type);
	}

}
