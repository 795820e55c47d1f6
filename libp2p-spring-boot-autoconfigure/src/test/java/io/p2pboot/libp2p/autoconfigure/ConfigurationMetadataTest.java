package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class ConfigurationMetadataTest {

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
