package io.p2pboot.libp2p.spring.payload;

import java.nio.ByteBuffer;
import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JacksonConverterTest {

	private final JacksonConverter converter = new JacksonConverter(new JsonMapper(), PayloadFormat.JSON, 1024);

	@Test
	void whatIsSaidOfAMessageShowsNoPackageOfTheApplication() {
		assertThatExceptionOfType(UnreadableMessage.class)
			.isThrownBy(() -> this.converter.decode(ByteBuffer.wrap(new byte[] { '7' }), Order.class))
			.withMessage("The message is not a Order in JSON, at byte 0");
		assertThatExceptionOfType(UnreadableMessage.class)
			.isThrownBy(() -> this.converter.decode(ByteBuffer.wrap(new byte[] { '7' }),
					ResolvableType.forClassWithGenerics(List.class, Order.class).getType()))
			.withMessage("The message is not a List in JSON, at byte 0");
	}

	record Order(String item, int count) {
	}

}
