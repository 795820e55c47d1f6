package io.p2pboot.libp2p.spring.handler;

import java.lang.annotation.Annotation;
import java.util.List;

import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.util.Assert;

/**
 * Refuses handlers in a parent or a child of the context that has the node: a registrar
 * finds those of its own context only, and they would never be mounted. Called by the
 * threads that refresh contexts.
 *
 * @param context the context that has the node
 */
public record StrayHandlers(ApplicationContext context) implements ApplicationListener<ContextRefreshedEvent> {

	private static final List<Class<? extends Annotation>> ANNOTATIONS = List.of(Libp2pProtocol.class,
			Libp2pTopicListener.class, Libp2pTopicValidator.class);

	/**
	 * Creates the listener.
	 * @param context the context that has the node
	 */
	public StrayHandlers {
		Assert.notNull(context, "The context must not be null");
	}

	/**
	 * Checks the parents of the node's context, or one of its children.
	 * @param event tells the context that was refreshed
	 * @throws UnsupportedHandlerException if it has handlers and no node of its own
	 */
	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		ApplicationContext refreshed = event.getApplicationContext();
		if (refreshed != this.context) {
			check(refreshed, "a child of the one that has the node");
			return;
		}
		for (ApplicationContext parent = refreshed.getParent(); parent != null; parent = parent.getParent()) {
			check(parent, "a parent of the one that has the node");
		}
	}

	private static void check(ApplicationContext other, String relation) {
		boolean registers = other.getBeanNamesForType(HandlerRegistrar.class, true, false).length > 0;
		if (!registers && other instanceof ConfigurableApplicationContext configurable) {
			for (Class<? extends Annotation> annotation : ANNOTATIONS) {
				refuse(new HandlerDiscovery<>(configurable.getBeanFactory(), annotation).find(), other, relation);
			}
		}
	}

	private static void refuse(List<? extends FoundHandler<?>> found, ApplicationContext other, String relation) {
		if (!found.isEmpty()) {
			throw found.get(0)
				.refusal(
						"it is in the context '" + other.getDisplayName() + "', " + relation
								+ ", and would never be mounted",
						"Define the bean in the context of the node, or give its context a node of its own: "
								+ "enable auto-configuration there.");
		}
	}

}
