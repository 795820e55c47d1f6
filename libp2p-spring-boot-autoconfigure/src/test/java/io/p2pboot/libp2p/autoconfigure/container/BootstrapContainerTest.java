package io.p2pboot.libp2p.autoconfigure.container;

import java.util.Base64;
import java.util.Map;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class BootstrapContainerTest {

	private static final PrivateKey KEY = PrivateKey.generate();

	private static final PeerId PEER = PeerId.of(KEY.publicKey());

	private static String key() {
		byte[] encoded = new byte[KEY.encoded().remaining()];
		KEY.encoded().get(encoded);
		return Base64.getEncoder().encodeToString(encoded);
	}

	private static AddrInfo peer(String host, Map<String, String> labels, Map<String, String> environment) {
		return new BootstrapContainer("relay", host, labels, environment, (port) -> port + 10_000).peer();
	}

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, ip4", "::1, ip6", "docker.example.com, dns", "localhost, dns" })
	void theLabelTellsThePeerAndThePortIsThatOfTheHost(String host, String kind) {
		assertThat(peer(host, Map.of(BootstrapContainer.PEER_ID, PEER.toString()), Map.of()))
			.isEqualTo(AddrInfo.parse("/" + kind + "/" + host + "/tcp/14001/p2p/" + PEER));
	}

	@Test
	void anotherPortIsToldByItsLabel() {
		assertThat(peer("127.0.0.1",
				Map.of(BootstrapContainer.PEER_ID, PEER.toString(), BootstrapContainer.PORT, "5001"), Map.of()))
			.isEqualTo(AddrInfo.parse("/ip4/127.0.0.1/tcp/15001/p2p/" + PEER));
	}

	@Test
	void theKeyInTheEnvironmentTellsThePeerToo() {
		assertThat(peer("127.0.0.1", Map.of(), Map.of(BootstrapContainer.KEY, key())).id()).isEqualTo(PEER);
		String other = PeerId.of(PrivateKey.generate().publicKey()).toString();
		assertThat(peer("127.0.0.1", Map.of(BootstrapContainer.PEER_ID, other), Map.of(BootstrapContainer.KEY, key()))
			.id()).hasToString(other);
	}

	@Test
	void whatIsMissingOrWrongIsNamedAndNoKeyIsQuoted() {
		assertThatIllegalStateException().isThrownBy(() -> peer("127.0.0.1", Map.of(), Map.of()))
			.withMessageContaining("'relay'")
			.withMessageContaining(BootstrapContainer.PEER_ID)
			.withMessageContaining(BootstrapContainer.KEY);
		assertThatIllegalStateException()
			.isThrownBy(() -> peer("127.0.0.1", Map.of(BootstrapContainer.PEER_ID, "somebody"), Map.of()))
			.withMessageContaining("'somebody', which is no peer id");
		assertThatIllegalStateException()
			.isThrownBy(() -> peer("127.0.0.1", Map.of(), Map.of(BootstrapContainer.KEY, "c2VjcmV0")))
			.withMessageContaining("no private key in base64")
			.withNoCause()
			.satisfies((failure) -> assertThat(failure.getMessage()).doesNotContain("c2VjcmV0"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "0", "65536", "-1", "tcp" })
	void whatIsNoPortIsNamed(String port) {
		assertThatIllegalStateException()
			.isThrownBy(() -> peer("127.0.0.1",
					Map.of(BootstrapContainer.PEER_ID, PEER.toString(), BootstrapContainer.PORT, port), Map.of()))
			.withMessageContaining("'" + port + "', which is no port");
	}

}
