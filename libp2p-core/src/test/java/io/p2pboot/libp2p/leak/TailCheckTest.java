package io.p2pboot.libp2p.leak;

import io.netty.channel.DefaultChannelPipeline;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TailCheckTest {

	@Test
	void whatReachesTheTailOfAPipelineFailsTheClass() {
		LoggerFactory.getLogger(DefaultChannelPipeline.class)
			.warn("It reached at the tail of the pipeline", new IllegalStateException("nobody's"));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> TailCheck.check("A class"))
			.withMessageContaining("A class")
			.withMessageContaining("nobody's");
		TailCheck.check("What was found is forgotten");
	}

}
