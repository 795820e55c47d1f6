package io.p2pboot.libp2p.autoconfigure;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.kad.FileKadStore;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.kad.KademliaBuilder;
import io.p2pboot.libp2p.spring.kad.KademliaCustomizer;
import io.p2pboot.libp2p.spring.kad.Libp2pRecords;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.PropertyMapper;

/**
 * Makes the Kademlia instance out of properties and beans; a value that does not fit is
 * named with its property. Used once, while the context starts.
 *
 * @param prefix what the names of the properties begin with
 * @param properties the properties
 * @param bootstrap the bootstrap peers of the node
 * @param store what outlives the process; null if nothing does
 * @param beanFactory the beans, for validators of values
 */
record KademliaFactory(String prefix, Libp2pKadProperties properties, List<AddrInfo> bootstrap,
		@Nullable FileKadStore store, ConfigurableListableBeanFactory beanFactory) {

	Kademlia create(List<KademliaCustomizer> customizers) {
		String protocol = String.valueOf(this.properties.protocol());
		KademliaBuilder builder = builder(protocol);
		checked(() -> set(builder));
		// What a customizer throws is no matter of the properties.
		customizers.forEach((customizer) -> customizer.customize(builder));
		return checked(builder::build);
	}

	private <T> T checked(Supplier<T> made) {
		try {
			return made.get();
		}
		catch (IllegalArgumentException | IllegalStateException ex) {
			throw new InvalidSettingException(this.prefix, null, String.valueOf(ex.getMessage()),
					"Change the values below " + this.prefix + ", or remove them.", ex);
		}
	}

	private KademliaBuilder builder(String protocol) {
		try {
			return Kademlia.builder(protocol);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidSettingException(this.prefix + ".protocol", protocol, String.valueOf(ex.getMessage()),
					"Set it to the protocol id of your network, for example /myapp/kad/1.0.0.", ex);
		}
	}

	private KademliaBuilder set(KademliaBuilder builder) {
		PropertyMapper map = PropertyMapper.get();
		map.from(this.properties::mode).to(builder::mode);
		map.from(this.properties::scope).to(builder::addressScope);
		map.from(this.properties::peersWithin).to(builder::peersWithin);
		List<AddrInfo> own = this.properties.bootstrap();
		builder.bootstrap((own != null) ? own : this.bootstrap)
			.bucketSize(this.properties.bucketSize())
			.concurrency(this.properties.concurrency())
			.resiliency(this.properties.resiliency())
			.disjointPaths(this.properties.disjointPaths())
			.lookupTimeout(this.properties.lookupTimeout())
			.requestTimeout(this.properties.requestTimeout())
			.refreshInterval(this.properties.refreshInterval())
			.provideTimeToLive(this.properties.providers().timeToLive())
			.reprovideInterval(this.properties.providers().reprovideInterval())
			.optimisticProvide(this.properties.providers().optimistic())
			.recordTimeToLive(this.properties.values().timeToLive())
			.diversity(this.properties.diversity().perBucket(), this.properties.diversity().total());
		if (!this.properties.providers().enabled()) {
			builder.disableProviders();
		}
		if (!this.properties.values().enabled()) {
			builder.disableValues();
		}
		if (this.store != null) {
			builder.store(this.store);
		}
		addValidators(builder);
		return builder;
	}

	private void addValidators(KademliaBuilder builder) {
		Map<String, String> beans = new HashMap<>();
		for (String name : this.beanFactory.getBeanNamesForType(RecordValidator.class, true, false)) {
			Libp2pRecords records = this.beanFactory.findAnnotationOnBean(name, Libp2pRecords.class, false);
			if (records == null) {
				continue;
			}
			String before = beans.putIfAbsent(records.value(), name);
			if (before != null) {
				throw new InvalidSettingException("@Libp2pRecords", records.value(),
						"the beans '" + before + "' and '" + name + "' both validate its values",
						"Let one bean validate each namespace.", null);
			}
			builder.validator(records.value(), this.beanFactory.getBean(name, RecordValidator.class));
		}
	}

}
