package io.p2pboot.libp2p.autoconfigure.container;

import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.autoconfigure.Libp2pConnectionDetails;

import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionDetailsFactory;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;

/**
 * Makes a bootstrap peer of a service in {@code compose.yaml} that is labelled
 * {@code org.springframework.boot.service-connection: libp2p}.
 */
final class DockerComposeBootstrapPeers extends DockerComposeConnectionDetailsFactory<Libp2pConnectionDetails> {

	DockerComposeBootstrapPeers() {
		super(BootstrapContainer.CONNECTION);
	}

	@Override
	protected Libp2pConnectionDetails getDockerComposeConnectionDetails(DockerComposeConnectionSource source) {
		return new Details(source.getRunningService());
	}

	/** The peer of one service. */
	private static final class Details extends DockerComposeConnectionDetails implements Libp2pConnectionDetails {

		private final List<AddrInfo> peers;

		Details(RunningService service) {
			super(service);
			this.peers = List.of(new BootstrapContainer(service.name(), service.host(), service.labels(), service.env(),
					service.ports()::get)
				.peer());
		}

		@Override
		public List<AddrInfo> bootstrapPeers() {
			return this.peers;
		}

	}

}
