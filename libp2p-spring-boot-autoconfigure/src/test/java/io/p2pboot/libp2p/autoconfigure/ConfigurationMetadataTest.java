package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

class ConfigurationMetadataTest {

	private static final String PEER = PeerId.of(PrivateKey.generate().publicKey()).toString();

	@Test
	void everyPropertyAndGroupHasADescription() throws IOException {
		List<String> undescribed = new ArrayList<>();
		int properties = 0;
		for (JsonNode property : metadata().get("properties")) {
			if (property.get("name").asString().startsWith("libp2p.")) {
				properties++;
				if (property.path("description").asString("").isBlank()) {
					undescribed.add(property.get("name").asString());
				}
			}
		}
		assertThat(properties).isGreaterThan(25);
		assertThat(undescribed).isEmpty();
	}

	@Test
	void defaultsStandInTheMetadata() throws IOException {
		assertThat(defaultOf("libp2p.dial.timeout")).isEqualTo("15s");
		assertThat(defaultOf("libp2p.handlers.max-concurrent")).isEqualTo("256");
		assertThat(defaultOf("libp2p.identity.generate")).isEqualTo("if-missing");
		assertThat(defaultOf("libp2p.identity.type")).isEqualTo("ed25519");
		assertThat(defaultOf("libp2p.security")).isEqualTo("[noise, tls]");
		assertThat(defaultOf("libp2p.shutdown.grace-period")).isEqualTo("20s");
		assertThat(defaultOf("libp2p.streams.max-message-size")).isEqualTo("4MB");
		assertThat(defaultOf("libp2p.yamux.max-window")).isEqualTo("16MB");
	}

	@Test
	void hintsAreOfPropertiesThatExistAndSaySomething() throws IOException {
		List<String> names = new ArrayList<>();
		metadata().get("properties").forEach((property) -> names.add(property.get("name").asString()));
		assertThat(metadata().get("hints")).hasSizeGreaterThan(4).allSatisfy((hint) -> {
			assertThat(names).contains(hint.get("name").asString());
			assertThat(hint.get("values")).isNotEmpty()
				.allSatisfy((value) -> assertThat(value.get("description").asString()).endsWith("."));
		});
	}

	@Test
	void everyPropertyOfAClosedSetHintsAtEachOfItsValues() throws Exception {
		Map<String, Set<String>> hints = hints();
		List<String> checked = new ArrayList<>();
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asString();
			Matcher type = Pattern.compile("(?:java\\.util\\.List<)?([\\w.$]+)>?")
				.matcher(property.get("type").asString());
			if (!name.startsWith("libp2p.") || !type.matches()) {
				continue;
			}
			Class<?> values = ClassUtils.forName(type.group(1), null);
			if (values.isEnum()) {
				assertThat(hints).containsKey(name);
				assertThat(hints.get(name)).as(name)
					.isEqualTo(Arrays.stream(values.getEnumConstants())
						.map((value) -> ((Enum<?>) value).name().toLowerCase(Locale.ROOT).replace('_', '-'))
						.collect(Collectors.toSet()));
				checked.add(name);
			}
		}
		assertThat(checked).contains("libp2p.security", "libp2p.muxers", "libp2p.identity.type",
				"libp2p.handlers.failure-log-level", "libp2p.kad.mode", "libp2p.pubsub.profile",
				"libp2p.pubsub.listener.overflow");
	}

	@Test
	void everyListHintsAtWhatItTakesAndItsExamplesAreTaken() throws IOException {
		Map<String, Set<String>> hints = hints();
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asString();
			String type = property.get("type").asString();
			if (name.startsWith("libp2p.") && type.startsWith("java.util.List<")) {
				assertThat(hints).containsKey(name);
				hints.get(name)
					.forEach((value) -> assertThatCode(() -> parse(type, value.replace("12D3KooW…", PEER))).as(name)
						.doesNotThrowAnyException());
			}
		}
	}

	private static void parse(String type, String value) throws Exception {
		switch (type.substring(type.lastIndexOf('.') + 1)) {
			case "Multiaddr>" -> Multiaddr.parse(value);
			case "AddrInfo>" -> AddrInfo.parse(value);
			case "PeerId>" -> PeerId.parse(value);
			case "IpNetwork>" -> IpNetwork.parse(value);
			default -> assertThat(value).isNotBlank();
		}
	}

	private static Map<String, Set<String>> hints() throws IOException {
		Map<String, Set<String>> hints = new TreeMap<>();
		metadata().get("hints").forEach((hint) -> {
			Set<String> values = new TreeSet<>();
			hint.get("values").forEach((value) -> values.add(value.get("value").asString()));
			assertThat(hints.put(hint.get("name").asString(), values)).as("One hint for %s", hint.get("name")).isNull();
		});
		return hints;
	}

	private static String defaultOf(String name) throws IOException {
		for (JsonNode property : metadata().get("properties")) {
			if (property.get("name").asString().equals(name)) {
				JsonNode value = property.path("defaultValue");
				return value.asString("");
			}
		}
		throw new AssertionError("There is no property " + name);
	}

	private static JsonNode metadata() throws IOException {
		try (InputStream json = Libp2pProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return JsonMapper.shared().readTree(json);
		}
	}

}
