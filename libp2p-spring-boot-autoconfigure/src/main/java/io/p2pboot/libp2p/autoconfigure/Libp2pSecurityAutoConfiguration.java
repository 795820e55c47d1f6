package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.security.PeerAuthorities;
import io.p2pboot.libp2p.spring.security.PeerSecurity;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Auto-configuration that has handlers run as the peer that they serve, with Spring
 * Security on the class path.
 */
@AutoConfiguration(before = Libp2pHandlerAutoConfiguration.class, after = Libp2pAutoConfiguration.class)
@ConditionalOnClass(SecurityContextHolder.class)
@ConditionalOnBean(value = { Node.class, Libp2pProperties.class }, search = SearchStrategy.CURRENT)
public final class Libp2pSecurityAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	PeerSecurity libp2pPeerSecurity(ObjectProvider<PeerAuthorities> authorities,
			ObjectProvider<SecurityContextHolderStrategy> contexts) {
		// Method security decides by the strategy that is a bean, if there is one.
		return new PeerSecurity(authorities.getIfAvailable(() -> (peer) -> List.of()),
				contexts.getIfAvailable(SecurityContextHolder::getContextHolderStrategy));
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	PeerSecurity.Denials libp2pPeerSecurityDenials() {
		return new PeerSecurity.Denials();
	}

}
