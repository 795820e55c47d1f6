package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.RoutingTimeout;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Against servers on loopback. */
@Timeout(120)
class DelegatedRoutingTest {

	private static final PeerId PEER = PeerId.of(PrivateKey.generate().publicKey());

	private static final Cid CONTENT = new Cid(Cid.RAW, Multihash.sha256(ByteBuffer.allocate(3)));

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

	private final List<HttpServer> servers = new ArrayList<>();

	private final CountDownLatch over = new CountDownLatch(1);

	private final List<String> asked = new ArrayList<>();

	private URI serve(HttpHandler handler) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/", handler);
		server.start();
		this.servers.add(server);
		return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
	}

	private URI answers(int status, String body) throws IOException {
		return serve((exchange) -> answer(exchange, status, body.getBytes(StandardCharsets.UTF_8)));
	}

	private void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
		synchronized (this.asked) {
			this.asked.add(exchange.getRequestURI().getPath() + " " + exchange.getRequestHeaders().getFirst("Accept"));
		}
		exchange.sendResponseHeaders(status, (body.length == 0) ? -1 : body.length);
		try (OutputStream out = exchange.getResponseBody()) {
			out.write(body);
		}
	}

	private static DelegatedRouting client(URI... servers) {
		return DelegatedRouting.create(List.of(servers), PATIENCE, Clock.fixed(NOW, ZoneOffset.UTC));
	}

	@AfterEach
	void stop() {
		this.over.countDown();
		this.servers.forEach((server) -> server.stop(0));
	}

	private static String record(String schema, Object id, String... addresses) {
		return "{\"Schema\":\"" + schema + "\",\"ID\":\"" + id + "\",\"Addrs\":[\"" + String.join("\",\"", addresses)
				+ "\"],\"Protocols\":[\"transport-bitswap\"],\"More\":{\"x\":[1,{}]}}";
	}

	@Test
	void providersComeLineByLineAndWhatIsNotUnderstoodIsLeftOut() throws IOException {
		URI server = answers(200,
				record("peer", PEER, "/ip4/1.2.3.4/tcp/1", "/ip4/1.2.3.4/tcp/1/p2p/" + PEER, "/unknown/x") + "\n"
						+ record("other", PEER, "/ip4/9.9.9.9/tcp/1") + "\n" + record("peer", "no id")
						+ "\n[1]\n\"x\"\n");
		List<AddrInfo> found = client(server).findProviders(CONTENT);
		assertThat(found).containsExactly(new AddrInfo(PEER, List.of(Multiaddr.parse("/ip4/1.2.3.4/tcp/1"))));
		assertThat(this.asked).singleElement()
			.asString()
			.startsWith("/routing/v1/providers/" + CONTENT)
			.contains("application/x-ndjson");
	}

	@Test
	void peerAtTheEndOfAnAddressIsTakenOffInAnyFormAndAnotherIsRefused() throws IOException {
		URI server = answers(200,
				record("peer", PEER, "/ip4/1.2.3.4/tcp/1/p2p/" + PEER.toCidString(), "/ip4/1.2.3.4/tcp/2/ipfs/" + PEER,
						"/ip4/1.2.3.4/tcp/3/p2p/" + CONTENTS_PEER, "/p2p/" + PEER,
						"/ip4/1.2.3.4/tcp/4/p2p/" + CONTENTS_PEER + "/p2p-circuit"));
		assertThat(client(server).findPeer(PEER)).map(Multiaddr::toString)
			.containsExactly("/ip4/1.2.3.4/tcp/1", "/ip4/1.2.3.4/tcp/2",
					"/ip4/1.2.3.4/tcp/4/p2p/" + CONTENTS_PEER + "/p2p-circuit");
	}

	@Test
	void listsInOneObjectAreReadToo() throws IOException {
		URI server = answers(200, "{\"Providers\":[" + record("bitswap", PEER, "/ip4/1.2.3.4/tcp/1") + ",null,7]}");
		assertThat(client(server).findProviders(CONTENT)).hasSize(1);
		URI peers = answers(200, "{\"Peers\":[" + record("peer", PEER.toCidString(), "/ip4/1.2.3.4/tcp/1") + "]}");
		assertThat(client(peers).findPeer(PEER)).containsExactly(Multiaddr.parse("/ip4/1.2.3.4/tcp/1"));
		assertThat(this.asked.get(1)).startsWith("/routing/v1/peers/" + PEER.toCidString());
		URI liar = answers(200, "{\"Peers\":[" + record("peer", CONTENTS_PEER, "/ip4/1.2.3.4/tcp/1") + "]}");
		assertThat(client(liar).findPeer(PEER)).isEmpty();
	}

	private static final PeerId CONTENTS_PEER = PeerId.of(PrivateKey.generate().publicKey());

	@Test
	void hundredPeersAndSixteenAddressesAreTaken() throws IOException {
		StringBuilder body = new StringBuilder();
		for (int number = 0; number < 101; number++) {
			body.append(record("peer", PeerId.of(PrivateKey.generate().publicKey()), addresses(17))).append('\n');
		}
		List<AddrInfo> found = client(answers(200, body.toString())).findProviders(CONTENT);
		assertThat(found).hasSize(PeerList.MAX_PEERS)
			.allSatisfy((peer) -> assertThat(peer.addresses()).hasSize(PeerList.MAX_ADDRESSES));
	}

	private static String[] addresses(int count) {
		String[] addresses = new String[count];
		for (int index = 0; index < count; index++) {
			addresses[index] = "/ip4/1.2.3.4/tcp/" + (1 + index);
		}
		return addresses;
	}

	@Test
	void serversAreAskedTogetherAndOneFailureDoesNotCount() throws IOException {
		URI broken = answers(500, "no");
		URI one = answers(200, record("peer", PEER, "/ip4/1.2.3.4/tcp/1"));
		URI two = answers(200, record("peer", PEER, "/ip4/1.2.3.4/tcp/2"));
		URI knowsNothing = answers(404, "");
		assertThat(client(broken, one, two, knowsNothing).findProviders(CONTENT)).singleElement()
			.satisfies((peer) -> assertThat(peer.addresses()).hasSize(2));
		assertThat(client(broken, knowsNothing).findProviders(CONTENT)).isEmpty();
		assertThatIOException().isThrownBy(() -> client(broken).findProviders(CONTENT)).withMessageContaining("500");
		assertThatIOException().isThrownBy(() -> client(broken, answers(200, "{")).findProviders(CONTENT))
			.satisfies((failure) -> assertThat(failure.getSuppressed()).hasSize(1));
	}

	@Test
	void bodyOfAMebibyteIsReadAndOneByteMoreFails() throws IOException {
		String longest = " ".repeat(DelegatedRouting.MAX_BODY_BYTES);
		assertThat(client(answers(200, longest)).findProviders(CONTENT)).isEmpty();
		URI longer = answers(200, longest + " ");
		assertThatIOException().isThrownBy(() -> client(longer).findProviders(CONTENT))
			.withMessageContaining("longer than");
	}

	@Test
	void bodyThatDoesNotEndFailsInTime() throws IOException {
		URI server = serve((exchange) -> {
			exchange.sendResponseHeaders(200, 0);
			exchange.getResponseBody().write(' ');
			exchange.getResponseBody().flush();
			try {
				this.over.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		DelegatedRouting client = DelegatedRouting.create(List.of(server), Duration.ofMillis(500));
		assertThatExceptionOfType(RoutingTimeout.class).isThrownBy(() -> client.findProviders(CONTENT));
	}

	private URI streams(String body, boolean goesOn) throws IOException {
		return serve((exchange) -> {
			exchange.getResponseHeaders().add("Content-Type", "application/x-ndjson; charset=utf-8");
			exchange.sendResponseHeaders(200, goesOn ? 0 : 1_000_000);
			exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
			exchange.getResponseBody().flush();
			if (goesOn) {
				try {
					this.over.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
			exchange.close();
		});
	}

	@Test
	void linesOfAServerThatGoesOnOrBreaksOffCount() throws IOException {
		String line = record("peer", PEER, "/ip4/1.2.3.4/tcp/1") + "\n";
		String half = line + record("peer", CONTENTS_PEER, "/ip4/1.2.3.4/tcp/2").substring(0, 70);
		for (boolean goesOn : new boolean[] { true, false }) {
			List<URI> servers = List.of(streams(half, goesOn), streams("{\n", goesOn));
			DelegatedRouting routing = DelegatedRouting.create(servers, Duration.ofSeconds(2));
			assertThat(routing.findPeer(PEER)).containsExactly(Multiaddr.parse("/ip4/1.2.3.4/tcp/1"));
		}
		DelegatedRouting nothing = DelegatedRouting.create(List.of(streams("{\"Schema\":", true)),
				Duration.ofMillis(500));
		assertThatExceptionOfType(RoutingTimeout.class).isThrownBy(() -> nothing.findPeer(PEER));
	}

	@Test
	void bestRecordOfANameIsTakenAndVerified() throws IOException {
		PrivateKey key = PrivateKey.generate();
		IpnsName name = new IpnsName(PeerId.of(key.publicKey()));
		URI old = serve((exchange) -> answer(exchange, 200, record(key, 1)));
		URI newer = serve((exchange) -> answer(exchange, 200, record(key, 2)));
		URI forged = serve((exchange) -> answer(exchange, 200, record(PrivateKey.generate(), 3)));
		assertThat(client(old, newer, forged).resolve(name).orElseThrow().sequence()).isEqualTo(2);
		assertThatIOException().isThrownBy(() -> client(forged).resolve(name)).withMessageContaining("not signed");
		assertThat(client(answers(404, "")).resolve(name)).isEmpty();
		assertThat(this.asked.get(0)).isEqualTo("/routing/v1/ipns/" + name + " application/vnd.ipfs.ipns-record");
	}

	private static byte[] record(PrivateKey key, long sequence) {
		ByteBuffer encoded = IpnsRecord
			.create(key, "/ipfs/bafkqaaa", sequence, NOW.plusSeconds(60), Duration.ofMinutes(1))
			.encoded();
		byte[] bytes = new byte[encoded.remaining()];
		encoded.get(bytes);
		return bytes;
	}

	@Test
	void settingsOutOfRangeAreRefused() {
		URI good = URI.create("https://example.com/base/");
		assertThat(DelegatedRouting.create(List.of(good), PATIENCE).name()).isEqualTo("delegated routing");
		assertThatIllegalArgumentException().isThrownBy(() -> DelegatedRouting.create(List.of(), PATIENCE));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DelegatedRouting.create(List.of(URI.create("ftp://example.com")), PATIENCE));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DelegatedRouting.create(List.of(URI.create("http:x")), PATIENCE));
		assertThatIllegalArgumentException().isThrownBy(() -> DelegatedRouting.create(List.of(good), Duration.ZERO));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> DelegatedRouting.create(java.util.Collections.nCopies(17, good), PATIENCE));
	}

}
