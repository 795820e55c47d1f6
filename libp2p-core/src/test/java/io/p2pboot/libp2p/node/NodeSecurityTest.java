package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which security protocol two nodes agree on over TCP, and that streams work over it.
 */
@Timeout(60)
class NodeSecurityTest {

	private static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	private static final String NOISE = NoiseSecurity.ID;

	private static final String TLS = TlsSecurity.ID;

	private final ExecutorService executor = Executors.newCachedThreadPool();

	@AfterEach
	void stop() {
		this.executor.shutdownNow();
	}

	private static NodeBuilder node(List<String> security) {
		NodeBuilder builder = NodeBuilder.create();
		security.forEach((id) -> builder.security(protocol(id)));
		return builder;
	}

	private static SecurityProtocol protocol(String id) {
		return id.equals(NOISE) ? new NoiseSecurity() : TlsSecurity.create(Clock.systemUTC());
	}

	static Stream<Arguments> preferences() {
		List<String> byDefault = List.of();
		return Stream.of(Arguments.of(byDefault, byDefault, NOISE), Arguments.of(byDefault, List.of(TLS), TLS),
				Arguments.of(List.of(TLS), byDefault, TLS), Arguments.of(List.of(TLS, NOISE), byDefault, TLS),
				Arguments.of(List.of(TLS), List.of(TLS), TLS), Arguments.of(List.of(NOISE), byDefault, NOISE));
	}

	@ParameterizedTest
	@MethodSource("preferences")
	void theDiallersFirstCommonProtocolIsChosen(List<String> dialler, List<String> listener, String chosen)
			throws IOException {
		try (Node server = node(listener).listen("/ip4/127.0.0.1/tcp/0").start(); Node client = node(dialler).start()) {
			server.mountProtocol(ECHO, StreamProtocol.create())
				.serve(this.executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
			try (io.p2pboot.libp2p.Stream stream = client.openStream(server.addrInfo(), ECHO)) {
				stream.outputStream().write("hello".getBytes(StandardCharsets.UTF_8));
				stream.closeWrite();
				assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("hello");
				assertThat(stream.connection().security()).contains(chosen);
				assertThat(stream.connection().remotePeer()).isEqualTo(server.peerId());
			}
			assertThat(server.connections()).singleElement().satisfies((connection) -> {
				assertThat(connection.security()).contains(chosen);
				assertThat(connection.remotePeer()).isEqualTo(client.peerId());
			});
		}
	}

	@Test
	void aNodePreparesItsProtocolsOnceAsItIsBuilt() throws IOException {
		List<List<String>> prepared = new CopyOnWriteArrayList<>();
		PrivateKey identity = PrivateKey.generate();
		SecurityProtocol security = new SecurityProtocol() {

			@Override
			public String id() {
				return "/asked/1.0.0";
			}

			@Override
			public void prepare(PrivateKey key, List<String> muxers) {
				assertThat(key).isSameAs(identity);
				prepared.add(muxers);
			}

			@Override
			public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
				throw new AssertionError("Nobody connects");
			}

		};
		try (Node node = NodeBuilder.create().identity(identity).security(security).build()) {
			assertThat(prepared).containsExactly(List.of("/yamux/1.0.0"));
			node.start();
			assertThat(prepared).hasSize(1);
		}
	}

	@Test
	void withoutACommonProtocolTheDialFails() throws IOException {
		try (Node server = node(List.of(TLS)).listen("/ip4/127.0.0.1/tcp/0").start();
				Node client = node(List.of(NOISE)).start()) {
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> client.connect(server.addrInfo()));
			assertThat(client.connections()).isEmpty();
			assertThat(server.connections()).isEmpty();
		}
	}

}
