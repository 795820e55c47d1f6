package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.peerstore.FilePeerStore;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of a {@link PeerStore} that outlives its process, if a property says
 * where.
 */
@AutoConfiguration(before = Libp2pAutoConfiguration.class)
@ConditionalOnClass(Node.class)
@ConditionalOnBooleanProperty(name = { "libp2p.enabled", "libp2p.peerstore.enabled" }, matchIfMissing = true)
@ConditionalOnProperty("libp2p.peerstore.location")
@EnableConfigurationProperties(PeerStoreProperties.class)
public final class Libp2pPeerStoreAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean(value = { PeerStore.class, Node.class }, search = SearchStrategy.CURRENT)
	FilePeerStore libp2pPeerStore(PeerStoreProperties properties) {
		String location = String.valueOf(properties.location());
		Path file = FileLocation.PEER_STORE.resolve(location, System.getProperty("user.home"));
		try {
			return FilePeerStore.open(file, Clock.systemUTC());
		}
		catch (IOException ex) {
			throw new InvalidSettingException(FileLocation.PEER_STORE.property(), location,
					"the file cannot be used: " + ex.getMessage(),
					"Set it to a path that this application alone uses and may write to; a file that is missing "
							+ "is created.",
					ex);
		}
	}

}
