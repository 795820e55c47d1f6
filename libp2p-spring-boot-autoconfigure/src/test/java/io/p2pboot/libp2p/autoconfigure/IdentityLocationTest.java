package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.KeyFile;
import io.p2pboot.libp2p.crypto.KeyType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A location is a file, whatever the kind of the application, or the start fails.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class IdentityLocationTest {

	private static final String[] NAMES = { "peer.key", "new/folders/peer.key", "with spaces/a key", "%41 # ?.key" };

	@TempDir
	Path folder;

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "NONE" })
	void anApplicationThatStartsTwiceHasOnePeerIdForEachForm(WebApplicationType type) {
		for (String name : NAMES) {
			for (String location : forms(type + "/" + name, name.indexOf('%') < 0)) {
				assertThat(run(type, location)).as(location).isEqualTo(run(type, location));
			}
			assertThat(this.folder.resolve(type + "/" + name)).isRegularFile();
		}
	}

	@Test
	void aReactiveApplicationThatStartsTwiceHasOnePeerIdForEachForm() {
		List<PeerId> ids = new ArrayList<>();
		for (int round = 0; round < 2; round++) {
			for (String location : forms("peer.key", true)) {
				new ReactiveWebApplicationContextRunner()
					.withUserConfiguration(SslAutoConfiguration.class, Libp2pAutoConfiguration.class)
					.withPropertyValues(property(location))
					.run((context) -> ids.add(context.getBean(Node.class).peerId()));
			}
		}
		assertThat(ids).hasSize(8).containsOnly(ids.get(0));
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "NONE" })
	void aKeyThatExistsIsUsedInEachForm(WebApplicationType type) throws IOException {
		PeerId existing = PeerId
			.of(KeyFile.readOrCreate(this.folder.resolve("existing.key"), KeyType.ED25519).publicKey());
		for (String location : forms("existing.key", true)) {
			assertThat(run(type, location, "libp2p.identity.generate=never")).as(location).isEqualTo(existing);
		}
	}

	@Test
	void aFileOfTheClassPathIsNotMistakenForTheKey() {
		// There is a resource of this name, which a resource loader would find.
		String location = "META-INF/spring.factories";
		assertThat(Libp2pProperties.class.getClassLoader().getResource(location)).isNotNull();
		assertThat(FileLocation.IDENTITY.resolve(location, "/home/me"))
			.isEqualTo(Path.of("META-INF", "spring.factories"));
	}

	@Test
	void theFirstStartSaysWhereItKeepsTheNewIdentity(CapturedOutput output) {
		Path file = this.folder.resolve("peer.key");
		String logging = "logging.level.io.p2pboot.libp2p.autoconfigure=info";
		PeerId id = run(WebApplicationType.NONE, file.toString(), logging);
		run(WebApplicationType.NONE, file.toString(), logging);
		assertThat(output).containsOnlyOnce("Created the identity " + id + " in " + file);
	}

	@ParameterizedTest
	@CsvSource({ "~/peer.key,/home/me/peer.key", "~/a/b.key,/home/me/a/b.key", "file:~/peer.key,/home/me/peer.key",
			"./~/peer.key,./~/peer.key", "~other/peer.key,~other/peer.key", "file:/a/b.key,/a/b.key",
			"FILE:/a/b.key,/a/b.key", "file:///a/b.key,/a/b.key", "file://localhost/a/b.key,/a/b.key",
			"file:a/b.key,a/b.key", "file:a%20b.key,a b.key", "file:100%.key,100%.key", "a%20b.key,a%20b.key",
			"./a:b.key,./a:b.key", "' /a/b.key ',/a/b.key" })
	void aLocationIsReadAsAPath(String location, Path file) {
		assertThat(FileLocation.IDENTITY.resolve(location, "/home/me")).isEqualTo(file);
	}

	@ParameterizedTest
	@ValueSource(strings = { "classpath:peer.key", "classpath*:peer.key", "classpath:/META-INF/peer.key",
			"http://localhost/peer.key", "https://localhost/peer.key", "jar:file:/app.jar!/peer.key",
			"optional:file:./peer.key", "base64:AAAA", "file://data/peer.key", "${KEYS}/peer.key", "''", "' '", "data/",
			".", "..", "/", "~", "file:", "file:data/" })
	void whatCannotBeAFileIsRefused(String location) {
		String text = location.replace("'", "");
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> FileLocation.IDENTITY.resolve(text, "/home/me"))
			.withMessageContaining(FileLocation.IDENTITY.property() + "=" + text)
			.satisfies((failure) -> assertThat(failure.action()).isNotBlank());
	}

	@ParameterizedTest
	@CsvSource({ "classpath:peer.key,only a file can keep a private key", "http://localhost/k,only a file can",
			"file:,it is a directory", "FOLDER,it is a directory", "FOLDER/key/peer.key,/key is not a directory",
			"/proc/peer.key,cannot be created" })
	void theStartFailsAndSaysWhy(String location, String reason, CapturedOutput output) throws IOException {
		Files.writeString(this.folder.resolve("key"), "a file, not a folder");
		String value = location.replace("FOLDER", this.folder.toString());
		Files.writeString(this.folder.resolve("application.yml"), """
				libp2p:
				  identity:
				    location: "%s"
				""".formatted(value));
		for (WebApplicationType type : List.of(WebApplicationType.SERVLET, WebApplicationType.NONE)) {
			assertThatException().isThrownBy(() -> start(type, "spring.config.location=file:" + this.folder + "/"));
		}
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Property: libp2p.identity.location")
			.contains("Value: \"" + value + "\"")
			.contains("application.yml] - 3:15")
			.contains(reason)
			.doesNotContain("\n\tat ");
		assertThat(output.getOut().split("Action:", -1)).hasSize(3);
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "NONE" })
	void aKeyThatHasToExistAndDoesNotFailsTheStart(WebApplicationType type, CapturedOutput output) {
		Path file = this.folder.resolve("missing.key");
		assertThatException()
			.isThrownBy(() -> start(type, property(file.toString()), "libp2p.identity.generate=never"));
		assertThat(output).contains("Property: libp2p.identity.location")
			.contains("The key file " + file + " does not exist")
			.contains("libp2p.identity.generate=if-missing");
		assertThat(file).doesNotExist();
	}

	/** Relative and absolute, with and without the scheme. */
	private List<String> forms(String name, boolean withScheme) {
		Path absolute = this.folder.resolve(name).toAbsolutePath();
		Path relative = Path.of("").toAbsolutePath().relativize(absolute);
		Stream<String> plain = Stream.of(absolute.toString(), relative.toString());
		return (withScheme ? Stream.concat(plain, Stream.of("file:" + absolute, "file:" + relative)) : plain).toList();
	}

	private static PeerId run(WebApplicationType type, String location, String... properties) {
		String[] all = Stream.concat(Stream.of(property(location)), Stream.of(properties)).toArray(String[]::new);
		try (ConfigurableApplicationContext context = start(type, all)) {
			assertThat(context instanceof WebServerApplicationContext).isEqualTo(type == WebApplicationType.SERVLET);
			return context.getBean(Node.class).peerId();
		}
	}

	private static String property(String location) {
		return FileLocation.IDENTITY.property() + "=" + location;
	}

	private static ConfigurableApplicationContext start(WebApplicationType type, String... properties) {
		return new SpringApplicationBuilder(App.class).web(type)
			.properties("server.port=0", "server.address=127.0.0.1")
			.properties(properties)
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
