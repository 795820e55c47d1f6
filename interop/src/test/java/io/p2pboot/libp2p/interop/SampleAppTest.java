package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.p2pboot.libp2p.multiformats.Varint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packaged sample application, started from its {@code application.yml} only, called
 * by peers of the other stacks and calling them, and what its meters say then.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class SampleAppTest {

	private static final String ECHO = "/sample/echo/1.0.0";

	private static final String YAML = """
			server:
			  port: 0
			libp2p:
			  listen: /ip4/127.0.0.1/tcp/0
			sample:
			  push:
			    open: true
			""";

	@TempDir
	static Path folder;

	private static SampleProcess sample;

	@BeforeAll
	static void start() throws IOException {
		Stacks.require(Stacks.JAVA);
		sample = SampleProcess.start(folder.resolve("first"), YAML);
	}

	@AfterAll
	static void stop() {
		if (sample != null) {
			sample.close();
		}
	}

	static List<Object[]> peers() {
		List<Object[]> peers = new ArrayList<>();
		for (String stack : Stacks.FOREIGN) {
			Pair.SECURITY.forEach((security) -> peers.add(new Object[] { stack, security }));
		}
		return peers;
	}

	@ParameterizedTest(name = "{0} over {1}")
	@MethodSource("peers")
	void everyKindOfHandlerIsCalledAndCallsBack(String stack, String security) {
		Stacks.require(stack);
		double openedBefore = meter("libp2p_swarm_connections_opened_total", "dir=\"inbound\"",
				"security=\"" + security(security) + "\"");
		try (StartedPeer peer = StartedPeer.start(stack, security)) {
			callEveryKindOfHandler(peer, sample);
		}
		assertThat(meter("libp2p_swarm_connections_opened_total", "dir=\"inbound\"",
				"security=\"" + security(security) + "\"", "transport=\"tcp\"", "muxer=\"/yamux/1.0.0\""))
			.isEqualTo(openedBefore + 1);
		assertThat(
				meter("libp2p_stream_handler_seconds_count", "libp2p_protocol=\"" + ECHO + "\"", "outcome=\"SUCCESS\""))
			.isPositive();
	}

	private static void callEveryKindOfHandler(StartedPeer peer, SampleProcess app) {
		peer.dial(app.address());

		assertThat(exchange(peer, app, ECHO, "hello")).isEqualTo("hello");
		assertThat(exchange(peer, app, "/sample/about/1.0.0", "")).contains("hello " + peer.id());
		assertThat(exchange(peer, app, "/sample/deals/propose/1.0.0",
				framed("{\"item\":\"apples\",\"quantity\":3,\"price\":1.25}")))
			.contains("\"accepted\":true")
			.contains("3.75");
		String reading = framed("{\"sequence\":7,\"load\":0.5,\"heapBytes\":1,\"connections\":1}");
		// Answers could come for some seconds after the last reading: nobody waits for
		// that.
		CompletableFuture.runAsync(() -> exchange(peer, app, "/sample/telemetry/1.0.0", reading + reading));
		await("the telemetry of " + peer.id(), () -> app.getJson("/api/telemetry").path(peer.id()).size() == 2);

		peer.call("idPush", Map.of("add", List.of(ECHO)));
		JsonNode answer = app.post("/api/peers/" + peer.id() + "/echo", Map.of("text", "and back"));
		assertThat(answer.path("text").asString()).isEqualTo("and back");
	}

	@Test
	void asProcessedAheadOfTimeItServesEveryKindOfHandler() throws IOException {
		try (SampleProcess processed = SampleProcess.start(folder.resolve("aot"), YAML, "-Dspring.aot.enabled=true");
				StartedPeer peer = StartedPeer.start(Stacks.JAVA, "noise")) {
			assertThat(processed.log()).contains("Starting AOT-processed SampleApplication");
			callEveryKindOfHandler(peer, processed);
		}
	}

	@Test
	void aPushOfALargeFileGoesOnAfterItsReceiverWasKilled() throws IOException {
		Path second = folder.resolve("second");
		SampleProcess receiver = SampleProcess.start(second, YAML);
		try {
			Path file = folder.resolve("first/data/files/large.bin");
			Files.write(file, new byte[100_000_000]);
			sample.post("/api/peers", Map.of("address", receiver.address()));
			push(receiver);
			await("some of it", () -> unfinished(second) > 1_000_000);
			receiver.kill();
			await("the transfer to end", () -> state().equals("FAILED"));

			receiver = SampleProcess.start(second, YAML);
			long there = unfinished(second);
			sample.post("/api/peers", Map.of("address", receiver.address()));
			push(receiver);
			await("all of it", () -> !state().equals("QUEUED") && !state().equals("RUNNING"));
			JsonNode transfer = sample.getJson("/api/transfers").path(0);
			assertThat(transfer.path("state").asString()).as(transfer.toString()).isEqualTo("DONE");
			assertThat(transfer.path("resumedAt").asLong()).isEqualTo(there).isPositive();
			assertThat(Files.mismatch(file, second.resolve("data/files/large.bin"))).isEqualTo(-1);
		}
		finally {
			receiver.close();
		}
	}

	private static void push(SampleProcess receiver) {
		sample.post("/api/transfers", Map.of("peer", receiver.id(), "name", "large.bin", "direction", "PUSH"));
	}

	private static String state() {
		return sample.getJson("/api/transfers").path(0).path("state").asString();
	}

	private static long unfinished(Path home) {
		try (java.util.stream.Stream<Path> files = Files.list(home.resolve("data/files/.unfinished"))) {
			return files.mapToLong((file) -> file.toFile().length()).sum();
		}
		catch (IOException ex) {
			return 0;
		}
	}

	private static String exchange(StartedPeer peer, SampleProcess app, String protocol, String body) {
		JsonNode answer = peer.call("exchange", Map.of("peer", app.id(), "proto", protocol, "hex",
				HexFormat.of().formatHex(body.getBytes(StandardCharsets.ISO_8859_1))));
		return new String(HexFormat.of().parseHex(answer.path("hex").asString()), StandardCharsets.UTF_8);
	}

	/** A message with its length before it. */
	private static String framed(String message) {
		ByteBuffer frame = ByteBuffer.allocate(Varint.MAX_BYTES + message.length());
		Varint.write(message.length(), frame);
		frame.put(message.getBytes(StandardCharsets.ISO_8859_1));
		return new String(frame.array(), 0, frame.position(), StandardCharsets.ISO_8859_1);
	}

	private static String security(String name) {
		return name.equals("tls") ? "/tls/1.0.0" : "/noise";
	}

	/** The sum of all series of a meter that carry these labels. */
	private static double meter(String name, String... labels) {
		return sample.get("/actuator/prometheus")
			.lines()
			.filter((line) -> line.startsWith(name + "{"))
			.filter((line) -> List.of(labels).stream().allMatch(line::contains))
			.mapToDouble((line) -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
			.sum();
	}

	private static void await(String what, BooleanSupplier condition) {
		long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() > deadline) {
				throw new AssertionError("Not within 60 s: " + what);
			}
			LockSupport.parkNanos(5_000_000);
		}
	}

}
