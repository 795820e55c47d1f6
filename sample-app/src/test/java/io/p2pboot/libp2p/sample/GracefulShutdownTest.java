package io.p2pboot.libp2p.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

/**
 * The end of the program while a stream and an HTTP request are being served.
 */
@Timeout(120)
class GracefulShutdownTest {

	private static final ProtocolPath HOLD = ProtocolPath.of("/hold/1.0.0");

	@TempDir
	Path data;

	@Test
	void streamsAndHttpRequestsDrainTogether() throws Exception {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(SampleApplication.class, Holding.class)
			.run("--server.port=0", "--libp2p.listen=/ip4/127.0.0.1/tcp/0",
					"--libp2p.identity.location=file:" + this.data.resolve("peer.key"),
					"--sample.files.folder=" + this.data.resolve("files"));
		Holding holding = context.getBean(Holding.class);
		Node node = context.getBean(Node.class);
		String url = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
		HttpRequest hold = HttpRequest.newBuilder(URI.create(url + "/hold")).build();
		HttpRequest other = HttpRequest.newBuilder(URI.create(url + "/api/node")).build();
		try (Node peer = NodeBuilder.create().start()) {
			Stream held = peer.openStream(node.addrInfo(), HOLD);
			held.closeWrite();
			CompletableFuture<HttpResponse<String>> answer = HttpClient.newHttpClient()
				.sendAsync(hold, HttpResponse.BodyHandlers.ofString());
			assertThat(holding.entered.await(30, TimeUnit.SECONDS)).isTrue();

			CompletableFuture<Void> closing = CompletableFuture.runAsync(context::close,
					(task) -> new Thread(task, "closing").start());
			await().until(node::isDraining);
			assertThatIOException().isThrownBy(() -> peer.openStream(node.addrInfo(), HOLD).inputStream().read());
			await().until(() -> isRefused(other));
			assertThat(closing).isNotDone();
			assertThat(answer).isNotDone();

			holding.release.countDown();
			assertThat(answer.get(30, TimeUnit.SECONDS).body()).isEqualTo("held");
			assertThat(held.inputStream().readAllBytes()).containsExactly('!');
			closing.get(30, TimeUnit.SECONDS);
			assertThat(node.isRunning()).isFalse();
		}
		finally {
			holding.release.countDown();
			context.close();
		}
	}

	private static boolean isRefused(HttpRequest request) throws InterruptedException {
		try {
			HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
			return false;
		}
		catch (IOException ex) {
			return true;
		}
	}

	@TestConfiguration(proxyBeanMethods = false)
	@RestController
	static class Holding {

		private final CountDownLatch entered = new CountDownLatch(2);

		private final CountDownLatch release = new CountDownLatch(1);

		@GetMapping("/hold")
		String http() throws InterruptedException {
			hold();
			return "held";
		}

		@Bean
		@Libp2pProtocol("/hold/1.0.0")
		StreamHandler streams() {
			return (stream) -> {
				try {
					hold();
				}
				catch (InterruptedException ex) {
					throw new IOException(ex);
				}
				stream.outputStream().write('!');
			};
		}

		private void hold() throws InterruptedException {
			this.entered.countDown();
			this.release.await();
		}

	}

}
