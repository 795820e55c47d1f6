package io.p2pboot.libp2p.autoconfigure;

import java.util.Base64;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ConfiguredAddressesTest {

	private static final String OTHER = "12D3KooWCAbQULjg96zaG5GRoJrLQFv7rPrzmSYncofekQTdmjkj";

	private final PrivateKey key = PrivateKey.generate();

	private final PeerId own = PeerId.of(this.key.publicKey());

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class))
		.withPropertyValues("libp2p.identity.private-key=" + text(this.key));

	@ParameterizedTest
	@CsvSource({ "/ip4/198.51.100.1,no port", "/dns4/example.com,no port", "/ip4/198.51.100.1/tcp/0,no port",
			"/ip4/198.51.100.1/udp/0/quic-v1,no port", "/ip4/0.0.0.0/tcp/4001,can dial 0.0.0.0",
			"/ip6/::/tcp/4001,can dial ::", "/ip4/198.51.100.1/tcp/4001/p2p/" + OTHER + ",names another peer",
			"/ip4/198.51.100.1/tcp/4001/p2p/" + OTHER + "/p2p-circuit/p2p/" + OTHER + ",names another peer" })
	void anAddressThatNobodyCanDialIsNotAnnounced(String address, String problem) {
		FailureAnalysis analysis = FailureAnalyses.of(this.runner
			.withPropertyValues("libp2p.announce[0]=/ip4/198.51.100.1/tcp/4001", "libp2p.announce[1]=" + address));
		assertThat(analysis.getDescription()).contains("Property: libp2p.announce[1]")
			.contains("Value: \"" + address)
			.contains(problem);
		assertThat(analysis.getAction()).isNotBlank();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/198.51.100.1/tcp/4001", "/dns4/example.com/tcp/443/wss", "/dnsaddr/example.com",
			"/ip4/198.51.100.1/udp/4001/quic-v1", "/ip4/198.51.100.1/tcp/4001/p2p/OWN",
			"/ip4/198.51.100.1/tcp/4001/p2p/" + OTHER + "/p2p-circuit", "/memory/7",
			"/ip4/198.51.100.1/tcp/4001/p2p/" + OTHER + "/p2p-circuit/p2p/OWN" })
	void anAddressThatOthersCanDialIsAnnounced(String address) {
		this.runner
			.withPropertyValues("libp2p.auto-startup=false",
					"libp2p.announce=" + address.replace("OWN", this.own.toString()))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void anAddressOfAnotherPeerIsNotListenedOn() {
		FailureAnalysis analysis = FailureAnalyses
			.of(this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0/p2p/" + OTHER));
		assertThat(analysis.getDescription()).contains("Property: libp2p.listen")
			.contains(OTHER)
			.contains("which is " + this.own);
		this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0/p2p/" + this.own)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private static String text(PrivateKey key) {
		byte[] encoded = new byte[key.encoded().remaining()];
		key.encoded().get(encoded);
		return Base64.getEncoder().encodeToString(encoded);
	}

}
