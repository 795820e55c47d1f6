package io.p2pboot.libp2p.spring.topic;

import java.util.Optional;

import io.p2pboot.libp2p.pubsub.PubSub;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * The application's {@link PubSub}, which is put on the node by whoever needs it first: a
 * listener, a validator, an injection or a message that is published. Thread-safe.
 *
 * @param beanFactory the beans
 */
public record MountedPubSub(ConfigurableListableBeanFactory beanFactory) {

	/**
	 * Returns it, and puts it on the node if nobody has.
	 * @return publish and subscribe
	 */
	public PubSub get() {
		return this.beanFactory.getBean(PubSub.class);
	}

	/**
	 * Returns it if it is on the node.
	 * @return publish and subscribe; empty if nobody has needed it
	 */
	public Optional<PubSub> current() {
		for (String name : this.beanFactory.getBeanNamesForType(PubSub.class, false, false)) {
			if (this.beanFactory.getSingleton(name) instanceof PubSub mounted) {
				return Optional.of(mounted);
			}
		}
		return Optional.empty();
	}

}
