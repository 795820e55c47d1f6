package io.p2pboot.libp2p.leak;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TailCheckTest {

	@Test
	void whatReachesTheTailOfAPipelineFailsTheClass() {
		LocalChannel channel = new LocalChannel();
		new EmbeddedChannel().eventLoop().register(channel);
		channel.pipeline().fireExceptionCaught(new IllegalStateException("nobody's"));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> TailCheck.check("A class"))
			.withMessageContaining("A class")
			.withMessageContaining("nobody's");
		TailCheck.check("What was found is forgotten");
	}

}
