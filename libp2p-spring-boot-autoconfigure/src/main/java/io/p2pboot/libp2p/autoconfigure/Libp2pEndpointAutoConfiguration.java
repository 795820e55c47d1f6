package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Locale;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.autoconfigure.actuate.EndpointSection;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pEndpoint;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pInfoContributor;
import io.p2pboot.libp2p.autoconfigure.actuate.ScopesSection;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the Actuator endpoint and info of the node. Its private key is
 * shown by no endpoint.
 */
@AutoConfiguration(after = { Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class })
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(Node.class)
public final class Libp2pEndpointAutoConfiguration {

	private static final String SECRET = "libp2pidentityprivatekey";

	@Bean
	static SanitizingFunction libp2pSanitizingFunction() {
		return (data) -> isSecret(data.getKey()) ? data.withSanitizedValue() : data;
	}

	/** Whatever way a property source or endpoint writes it. */
	static boolean isSecret(String key) {
		StringBuilder letters = new StringBuilder();
		key.toLowerCase(Locale.ROOT).chars().filter(Character::isLetterOrDigit).forEach(letters::appendCodePoint);
		return letters.toString().endsWith(SECRET);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint
	Libp2pEndpoint libp2pEndpoint(Node node, ObjectProvider<HandlerRegistrar> registrar,
			ObjectProvider<EndpointSection> sections) {
		return new Libp2pEndpoint(node, () -> {
			HandlerRegistrar handlers = registrar.getIfAvailable();
			return (handlers != null) ? handlers.handlers() : List.of();
		}, sections.orderedStream().toList());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(endpoint = Libp2pEndpoint.class)
	@ConditionalOnSingleCandidate(NettyNode.class)
	ScopesSection libp2pScopesSection(NettyNode node) {
		return new ScopesSection(node);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnEnabledInfoContributor("libp2p")
	Libp2pInfoContributor libp2pInfoContributor(Node node) {
		return new Libp2pInfoContributor(node);
	}

}
