package io.p2pboot.libp2p.autoconfigure;

import java.util.Map;

import io.p2pboot.libp2p.kad.Kademlia;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class KadProtocolCheckTest {

	private static final String WARNING = "has no effect: this node takes part in no Kademlia network";

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pKadAutoConfiguration.class));

	@ParameterizedTest
	@ValueSource(strings = { "libp2p.kad.mode=server", "libp2p.kad.store.location=kad.db", "libp2p.kad.bucket-size=20",
			"libp2p.kad.bootstrap[0]=/memory/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
			"libp2p.kad.enabled=true" })
	void whatIsSetWithoutAProtocolIsNamed(String property, CapturedOutput output) {
		this.runner.withPropertyValues(property).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce(property.substring(0, property.indexOf('=')) + " " + WARNING)
			.contains("libp2p.kad.protocol");
	}

	@Test
	void severalPropertiesAreOneWarning(CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.kad.mode=server", "libp2p.kad.concurrency=3")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce(WARNING);
	}

	@ParameterizedTest
	@ValueSource(strings = { "libp2p.listen=/memory/0", "libp2p.kad.bootstrap=", "libp2p.kad.store.location=${none:}",
			"libp2p.kad.values.enabled=false", "libp2p.kad.protocol=/app/kad/1.0.0" })
	void whatAsksForNothingOrHasAnEffectIsNotNamed(String property, CapturedOutput output) {
		this.runner.withPropertyValues(property).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void theSourceThatComesFirstCounts(CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.kad.store.location=kad.db")
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("first", Map.of("libp2p.kad.store.location", ""))))
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void anApplicationWithoutKademliaOrWithOneOfItsOwnSaysNothing(CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.kad.mode=server", "libp2p.kad.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed());
		this.runner.withPropertyValues("libp2p.kad.health.min-table-size=1")
			.withBean(Kademlia.class, () -> Kademlia.builder("/own/kad/1.0.0").build())
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(WARNING);
	}

}
