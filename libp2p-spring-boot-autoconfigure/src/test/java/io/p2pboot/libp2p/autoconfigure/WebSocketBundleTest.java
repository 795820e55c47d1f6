package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Secure WebSockets with the certificate and the trust of an SSL bundle.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class WebSocketBundleTest {

	private static final String PASSWORD = "of-a-test";

	@TempDir
	static Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class,
				SslAutoConfiguration.class))
		.withPropertyValues("libp2p.transport.websocket.enabled=true", "libp2p.transport.tcp.enabled=false",
				"libp2p.listen=/ip4/127.0.0.1/tcp/0/tls/ws")
		.withUserConfiguration(Echoing.class);

	@BeforeAll
	static void makeCertificates() throws Exception {
		makeCertificate("one");
		makeCertificate("two");
	}

	private static void makeCertificate(String name) throws Exception {
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-keystore", folder.resolve(name + ".p12").toString(), "-storetype", "PKCS12",
				"-storepass", PASSWORD, "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext",
				"SAN=ip:127.0.0.1")
			.redirectErrorStream(true)
			.redirectOutput(folder.resolve(name + ".log").toFile())
			.start();
		assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(keytool.exitValue()).as(Files.readString(folder.resolve(name + ".log"))).isZero();
	}

	@Test
	void theBundleBringsTheCertificateAndTheTrust() {
		runner("one", "one").run((context) -> {
			assertThat(context).hasNotFailed();
			runner("one", "one").run((caller) -> assertThat(call(caller, context)).isEqualTo("hello"));
			runner("two", "two")
				.run((stranger) -> assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> call(stranger, context))
					.withMessageContaining("certif"));
		});
	}

	@Test
	void aBundleThatIsReloadedIsUsedByTheNextConnection() {
		ApplicationContextRunner two = runner("two", "two");
		runner("one", "one").run((context) -> two.run((other) -> {
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> call(other, context));
			((DefaultSslBundleRegistry) context.getBean(SslBundles.class)).updateBundle("p2p-wss",
					other.getBean(SslBundles.class).getBundle("p2p-wss"));
			assertThat(call(other, context)).isEqualTo("hello");
		}));
	}

	@Test
	void aBundleOfATransportThatIsOffIsSaidToHaveNoEffect(CapturedOutput output) {
		String off = "libp2p.transport.websocket.enabled=false";
		String[] tcp = { off, "libp2p.transport.tcp.enabled=true", "libp2p.listen=/ip4/127.0.0.1/tcp/0" };
		String warning = "libp2p.transport.websocket.ssl.bundle has no effect";
		this.runner.withPropertyValues(tcp)
			.withPropertyValues("libp2p.transport.websocket.ssl.bundle=")
			.run((context) -> assertThat(context).hasNotFailed());
		runner("one", "one").run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(warning);
		runner("one", "one").withPropertyValues(tcp).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce(warning).contains("libp2p.transport.websocket.enabled is false");
	}

	private static String call(AssertableApplicationContext caller, AssertableApplicationContext app)
			throws IOException {
		Node node = app.getBean(Node.class);
		assertThat(node.listenAddresses()).singleElement().asString().endsWith("/tls/ws");
		return MemoryApp.exchange(caller.getBean(Node.class), new AddrInfo(node.peerId(), node.listenAddresses()),
				"/echo/1.0.0", "hello");
	}

	private ApplicationContextRunner runner(String key, String trust) {
		String bundle = "spring.ssl.bundle.jks.p2p-wss.";
		return this.runner.withPropertyValues(List
			.of("libp2p.transport.websocket.ssl.bundle=p2p-wss",
					bundle + "keystore.location=file:" + folder.resolve(key + ".p12"),
					bundle + "keystore.password=" + PASSWORD, bundle + "keystore.type=PKCS12",
					bundle + "truststore.location=file:" + folder.resolve(trust + ".p12"),
					bundle + "truststore.password=" + PASSWORD, bundle + "truststore.type=PKCS12")
			.toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	static class Echoing {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

}
