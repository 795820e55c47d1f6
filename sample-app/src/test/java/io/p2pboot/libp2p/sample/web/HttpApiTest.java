package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.p2pboot.libp2p.test.AutoConfigureTestLibp2pTransport;
import io.p2pboot.libp2p.test.TestPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.env.Environment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The HTTP API and Actuator as {@code application.yml} has them, asked over HTTP.
 */
@Timeout(120)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureTestLibp2pTransport
class HttpApiTest {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	@TempDir
	static Path data;

	private final HttpClient client = HttpClient.newHttpClient();

	@Autowired
	private TestPeer peer;

	@Autowired
	private Environment environment;

	@LocalServerPort
	private int port;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("libp2p.identity.location", () -> data.resolve("peer.key").toUri().toString());
		registry.add("sample.files.folder", () -> data.resolve("files").toString());
	}

	@ParameterizedTest
	@ValueSource(strings = { "../escape", "/etc/passwd", "a\0b", "<script>alert(1)</script>", "", ".unfinished" })
	void aNameThatIsNoPlainSegmentIsAConflict(String name) throws Exception {
		for (String direction : new String[] { "PUSH", "FETCH" }) {
			HttpResponse<String> answer = post("/api/transfers",
					Map.of("peer", this.peer.peerId().toString(), "name", name, "direction", direction));
			assertThat(answer.statusCode()).isEqualTo(409);
			assertThat(detail(answer)).startsWith("A file name");
		}
		assertThat(get("/api/transfers").body()).isEqualTo("[]");
		assertThat(data.resolve("escape")).doesNotExist();
	}

	/** Longer than what a server reads of a request that it has answered. */
	@Test
	void aFileIsPutOnceWhateverItsTypeAndARefusalIsReadToTheEnd() throws Exception {
		String content = "x".repeat(5_000_000);
		for (String type : new String[] { "application/octet-stream", "application/x-www-form-urlencoded" }) {
			String path = "/api/files/" + type.length() + ".bin";
			HttpResponse<String> answer = put(path, type, content);
			assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
			assertThat(data.resolve("files/" + type.length() + ".bin")).hasSize(5_000_000);
			HttpResponse<String> again = put(path, type, content);
			assertThat(again.statusCode()).isEqualTo(409);
			assertThat(detail(again)).endsWith("is taken");
		}
		assertThat(detail(put("/api/files/.hidden", "text/plain", content))).contains("does not begin with a dot");
		HttpResponse<String> foreign = send(request("/api/files/evil").header("Origin", "http://evil.example"), "PUT",
				"content");
		assertThat(foreign.statusCode()).isEqualTo(403);
		assertThat(data.resolve("files/evil")).doesNotExist();
	}

	private HttpResponse<String> put(String path, String type, String content)
			throws IOException, InterruptedException {
		return send(request(path).header("Origin", origin()).header("Content-Type", type), "PUT", content);
	}

	@Test
	void whatIsWrongWithARequestIsSaid() throws Exception {
		HttpResponse<String> deal = post("/api/peers/" + this.peer.peerId() + "/deals",
				Map.of("item", " ", "quantity", 0, "price", "1.25"));
		assertThat(deal.statusCode()).isEqualTo(400);
		assertThat(detail(deal)).contains("item must not be blank")
			.contains("quantity must be greater than or equal to 1");
		assertThat(detail(post("/api/peers", Map.of()))).contains("address");
		assertThat(detail(post("/api/peers/" + this.peer.peerId() + "/echo", Map.of())))
			.isEqualTo("text must not be null");
		HttpResponse<String> address = post("/api/peers", Map.of("address", "/ip4/127.0.0.1/tcp/1"));
		assertThat(address.statusCode()).isEqualTo(400);
		assertThat(detail(address)).contains("/ip4/127.0.0.1/tcp/1");
		HttpResponse<String> id = get("/api/peers/nobody/files");
		assertThat(id.statusCode()).isEqualTo(400);
		assertThat(detail(id)).contains("'nobody'");
		HttpResponse<String> text = send(
				request("/api/peers").header("Origin", origin()).header("Content-Type", "application/json"), "POST",
				"no json");
		assertThat(text.statusCode()).isEqualTo(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/api/peers", "/api/transfers", "/actuator/libp2p/peers/nobody" })
	void anotherOriginChangesNothing(String path) throws Exception {
		for (String method : new String[] { "POST", "PUT", "DELETE" }) {
			HttpResponse<String> foreign = send(
					request(path).header("Origin", "http://evil.example").header("Content-Type", "application/json"),
					method, "{}");
			assertThat(foreign.statusCode()).isEqualTo(403);
			assertThat(detail(foreign)).contains("Origin: " + origin());
		}
	}

	@Test
	void httpAndActuatorAreBoundToThisMachineAndDisconnectingIsRefused() throws Exception {
		assertThat(this.environment.getProperty("server.address")).isEqualTo("127.0.0.1");
		assertThat(this.environment.getProperty("management.server.port")).isNull();
		assertThat(MAPPER.readTree(get("/actuator/health").body()).path("components").path("libp2p").path("status"))
			.hasToString("\"UP\"");
		this.peer.connect();
		String id = this.peer.peerId().toString();
		JsonNode shown = MAPPER.readTree(get("/actuator/libp2p/peers/" + id).body());
		assertThat(shown.path("connections").path(0).path("transport").asString()).isEqualTo("memory");
		assertThat(get("/actuator/libp2p/peers/none").statusCode()).isEqualTo(404);
		assertThat(get("/actuator/libp2p/nothing").statusCode()).isEqualTo(404);
		HttpResponse<String> refused = send(request("/actuator/libp2p/peers/" + id).header("Origin", origin()),
				"DELETE", "");
		assertThat(refused.statusCode()).isEqualTo(405);
		assertThat(this.peer.node().connections()).hasSize(1);
		assertThat(get("/actuator/prometheus").body()).contains("libp2p_swarm_connections_opened_total");
		assertThat(get("/actuator/health/liveness").body()).doesNotContain("libp2p");
	}

	@Test
	void thePageMayLoadNothingOfOthers() throws Exception {
		HttpResponse<String> page = get("/");
		assertThat(page.headers().firstValue("Content-Security-Policy"))
			.hasValueSatisfying((policy) -> assertThat(policy).contains("default-src 'none'").doesNotContain("unsafe"));
		assertThat(page.body()).doesNotContain("style=").doesNotContain("onclick");
		assertThat(get("/app.js").body()).doesNotContain("innerHTML").doesNotContain("insertAdjacentHTML");
		assertThat(Files.exists(data.resolve("files"))).isTrue();
	}

	private HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return send(request(path), "GET", "");
	}

	private HttpResponse<String> post(String path, Map<String, ?> body) throws IOException, InterruptedException {
		return send(request(path).header("Origin", origin()).header("Content-Type", "application/json"), "POST",
				MAPPER.writeValueAsString(body));
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create(origin() + path));
	}

	private HttpResponse<String> send(HttpRequest.Builder request, String method, String body)
			throws IOException, InterruptedException {
		return this.client.send(request.method(method, HttpRequest.BodyPublishers.ofString(body)).build(),
				HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
	}

	private String origin() {
		return "http://127.0.0.1:" + this.port;
	}

	private static String detail(HttpResponse<String> answer) {
		assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
		return MAPPER.readTree(answer.body()).path("detail").asString();
	}

}
