package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenario C2: connections without streams are still there after a minute. All pairs wait
 * through the same minute.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class IdleTest {

	private static final Duration IDLE = Duration.ofSeconds(60);

	private static final Map<Pair, Idle> IDLING = new LinkedHashMap<>();

	private record Idle(StartedPeer dialer, StartedPeer listener) {
	}

	@BeforeAll
	static void waitAMinute() {
		Pair.all().forEach(IdleTest::connect);
		IDLING.values()
			.stream()
			.findFirst()
			.ifPresent((idle) -> idle.dialer().peer().awaitEvent("connClose", (event) -> true, IDLE));
	}

	private static void connect(Pair pair) {
		try {
			pair.require();
		}
		catch (TestAbortedException | AssertionError ex) {
			// Its test will say why.
			return;
		}
		StartedPeer listener = StartedPeer.start(pair.listener(), pair.security());
		StartedPeer dialer = StartedPeer.start(pair.dialer(), pair.security());
		IDLING.put(pair, new Idle(dialer, listener));
		dialer.dial(listener);
	}

	@AfterAll
	static void closeAll() {
		IDLING.values().forEach((idle) -> {
			idle.dialer().close();
			idle.listener().close();
		});
		IDLING.clear();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("io.p2pboot.libp2p.interop.Pair#all")
	void aConnectionSurvivesAnIdleMinute(Pair pair) {
		pair.require();
		Idle idle = IDLING.get(pair);
		assertThat(idle).isNotNull();
		StartedPeer dialer = idle.dialer();
		StartedPeer listener = idle.listener();
		assertThat(dialer.peer().awaitEvent("connClose", (event) -> true, Duration.ofMillis(1))).isEmpty();
		assertThat(PairSuite.ask(dialer, listener, "echo", Map.of("size", 1000)).path("equal").asBoolean()).isTrue();
		assertThat(PairSuite.ask(listener, dialer, "echo", Map.of("size", 1000)).path("equal").asBoolean()).isTrue();
	}

}
