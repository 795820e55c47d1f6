package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two hosts of one network find each other without any address. Cases D1 to D3 of
 * docs/conformance/mdns.md.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class MdnsTest {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static LocalNetwork network;

	@BeforeAll
	static void connectHosts() {
		NetworkNamespace.require();
		network = LocalNetwork.create();
	}

	@AfterAll
	static void takeHostsAway() {
		if (network != null) {
			network.close();
		}
	}

	private static StartedPeer start(String stack, NetworkNamespace host) {
		return StartedPeer.start(Stacks.launch(stack, host),
				Map.of("listen", List.of("/ip4/0.0.0.0/tcp/0"), "mdns", true));
	}

	@ParameterizedTest
	@ValueSource(strings = { Stacks.GO, Stacks.RUST, Stacks.JS, Stacks.JAVA })
	void whoCameLaterFindsUsAndWeFindIt(String stack) {
		Stacks.require(stack);
		try (StartedPeer ours = start(Stacks.JAVA, network.left()); StartedPeer other = start(stack, network.right())) {
			assertFound(ours, other);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { Stacks.GO, Stacks.RUST, Stacks.JS })
	void whoWasThereFindsUsAndWeFindIt(String stack) {
		Stacks.require(stack);
		try (StartedPeer other = start(stack, network.right()); StartedPeer ours = start(Stacks.JAVA, network.left())) {
			assertFound(ours, other);
		}
	}

	/** Returns an address at which the other was found. */
	private static String assertFound(StartedPeer finder, StartedPeer found, String host) {
		JsonNode event = finder.peer()
			.awaitEvent("found", (each) -> each.path("peer").stringValue().equals(found.id()), PATIENCE)
			.orElseThrow(() -> new AssertionError(finder.peer().stack() + " did not find " + found.peer().stack()));
		List<String> addresses = event.path("addrs").valueStream().map(JsonNode::stringValue).toList();
		assertThat(addresses).isNotEmpty()
			.allSatisfy((address) -> assertThat(address).startsWith("/ip4/" + host + "/tcp/"));
		return addresses.get(0);
	}

	private static void assertFound(StartedPeer ours, StartedPeer other) {
		String address = assertFound(ours, other, "10.97.0.2");
		assertFound(other, ours, "10.97.0.1");
		ours.call("dial", Map.of("addr", address + "/p2p/" + other.id(), "timeout", PATIENCE.toMillis()));
	}

}
