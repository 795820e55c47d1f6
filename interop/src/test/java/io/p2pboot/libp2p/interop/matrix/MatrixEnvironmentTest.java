package io.p2pboot.libp2p.interop.matrix;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MatrixEnvironmentTest {

	private final Map<String, String> variables = new HashMap<>(
			Map.of("IS_DIALER", "true", "REDIS_ADDR", "redis:6379", "TEST_KEY", "a5b50d5e", "TRANSPORT", "tcp"));

	@Test
	void whatIsNotSaidHasTheDefaultsOfTheMatrix() {
		MatrixEnvironment environment = MatrixEnvironment.of(this.variables);
		assertThat(environment.dialer()).isTrue();
		assertThat(environment.key()).isEqualTo("a5b50d5e_listener_multiaddr");
		assertThat(environment.security()).isEmpty();
		assertThat(environment.listenHost()).isEqualTo("0.0.0.0");
		assertThat(environment.load()).isEqualTo(new PerfLoad(1L << 30, 1L << 30, 10, 10, 100));
	}

	@ParameterizedTest
	@ValueSource(strings = { "IS_DIALER", "REDIS_ADDR", "TEST_KEY", "TRANSPORT" })
	void whatIsNeededIsNamed(String name) {
		this.variables.remove(name);
		assertThatIllegalArgumentException().isThrownBy(() -> MatrixEnvironment.of(this.variables))
			.withMessageContaining(name);
	}

	@Test
	void aMuxerThatWeDoNotHaveIsRefused() {
		this.variables.put("MUXER", "mplex");
		assertThatIllegalArgumentException().isThrownBy(() -> MatrixEnvironment.of(this.variables))
			.withMessageContaining("mplex");
	}

	@ParameterizedTest
	@ValueSource(strings = { "-1", "much", "99999999999999999999" })
	void aSizeThatIsNoSizeIsRefused(String text) {
		this.variables.put("UPLOAD_BYTES", text);
		assertThatIllegalArgumentException().isThrownBy(() -> MatrixEnvironment.of(this.variables))
			.withMessageContaining("UPLOAD_BYTES");
	}

}
