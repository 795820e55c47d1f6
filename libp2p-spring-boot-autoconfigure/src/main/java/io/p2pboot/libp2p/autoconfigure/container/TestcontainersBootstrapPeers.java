package io.p2pboot.libp2p.autoconfigure.container;

import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.autoconfigure.Libp2pConnectionDetails;
import org.testcontainers.containers.GenericContainer;

import org.springframework.boot.testcontainers.service.connection.ContainerConnectionDetailsFactory;
import org.springframework.boot.testcontainers.service.connection.ContainerConnectionSource;

/**
 * Makes a bootstrap peer of a container that carries
 * {@code @ServiceConnection("libp2p")}.
 */
final class TestcontainersBootstrapPeers
		extends ContainerConnectionDetailsFactory<GenericContainer<?>, Libp2pConnectionDetails> {

	TestcontainersBootstrapPeers() {
		super(BootstrapContainer.CONNECTION);
	}

	@Override
	protected Libp2pConnectionDetails getContainerConnectionDetails(
			ContainerConnectionSource<GenericContainer<?>> source) {
		return new Details(source);
	}

	/** The peer of one container, which has to run when it is asked for. */
	private static final class Details extends ContainerConnectionDetails<GenericContainer<?>>
			implements Libp2pConnectionDetails {

		Details(ContainerConnectionSource<GenericContainer<?>> source) {
			super(source);
		}

		@Override
		public List<AddrInfo> bootstrapPeers() {
			GenericContainer<?> container = getContainer();
			return List.of(new BootstrapContainer(container.getDockerImageName(), container.getHost(),
					container.getLabels(), container.getEnvMap(), container::getMappedPort)
				.peer());
		}

	}

}
