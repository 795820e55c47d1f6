package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.autoconfigure.Libp2pAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pHandlerAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pKadAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pPeerStoreAutoConfiguration;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.kad.FileKadStore;
import io.p2pboot.libp2p.kad.Kademlia;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.MergedContextConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * A test in memory leaves alone what the application keeps in files.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class FilesOfTheApplicationTest {

	@TempDir
	Path folder;

	private ApplicationContextRunner runner;

	@BeforeEach
	void configure() {
		this.runner = new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class,
							Libp2pPeerStoreAutoConfiguration.class, Libp2pKadAutoConfiguration.class))
			.withInitializer((context) -> new TestTransportCustomizerFactory.TestTransportCustomizer()
				.customizeContext(context, mock(MergedContextConfiguration.class)))
			.withPropertyValues("libp2p.identity.location=" + this.folder.resolve("peer.key"),
					"libp2p.peerstore.location=" + this.folder.resolve("peers.db"),
					"libp2p.kad.store.location=" + this.folder.resolve("kad.db"));
	}

	@Test
	void noneIsMade() {
		this.runner.withPropertyValues("libp2p.kad.protocol=/app/kad/1.0.0", "libp2p.identity.type=secp256k1")
			.run((context) -> {
				assertThat(context).hasSingleBean(Kademlia.class)
					.doesNotHaveBean(FileKadStore.class)
					.doesNotHaveBean(PeerStore.class);
				assertThat(context.getBean(Node.class).isRunning()).isTrue();
				assertThat(context.getBean(PrivateKey.class).type()).isEqualTo(KeyType.SECP256K1);
			});
		assertThat(this.folder).isEmptyDirectory();
	}

	@Test
	void theKeyThatIsThereIsNotRead() throws IOException {
		Path key = Files.writeString(this.folder.resolve("peer.key"), "no key at all");
		this.runner.withPropertyValues("libp2p.identity.generate=never")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(key).hasContent("no key at all");
	}

	@Test
	void aKeyThatIsABeanIsTheIdentity() {
		PrivateKey own = PrivateKey.generate();
		this.runner.withBean("own", PrivateKey.class, () -> own)
			.run((context) -> assertThat(context.getBean(Node.class).peerId()).isEqualTo(PeerId.of(own.publicKey())));
	}

	@Test
	void whatIsSwitchedOffForTheTestIsNoReasonForAWarning(CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.transport.websocket.ssl.bundle=web")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("has no effect");
	}

}
