package io.p2pboot.libp2p.spring.handler;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.spring.payload.InvalidMessage;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.NotBlank;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class JakartaPayloadValidatorTest {

	private static final ValidatorFactory FACTORY = Validation.buildDefaultValidatorFactory();

	private static final Class<?>[] NO_GROUPS = {};

	private final JakartaPayloadValidator validator = new JakartaPayloadValidator(FACTORY.getValidator());

	@AfterAll
	static void close() {
		FACTORY.close();
	}

	@Test
	void whatACollectionMapArrayOrOptionalHoldsIsCheckedToo() {
		Item bad = new Item(" ");
		for (Object payload : List.of(bad, List.of(new Item("a"), bad), Map.of("key", bad), new Item[] { bad },
				Optional.of(bad), List.of(List.of(bad)))) {
			assertThatExceptionOfType(InvalidMessage.class).as(payload.toString())
				.isThrownBy(() -> this.validator.validate(payload, NO_GROUPS))
				.satisfies((failure) -> assertThat(failure.violations()).singleElement()
					.asString()
					.contains("name must not be blank"));
		}
		assertThatNoException()
			.isThrownBy(() -> this.validator.validate(List.of(new Item("a"), Optional.empty(), List.of()), NO_GROUPS));
	}

	@Test
	void noMoreIsSaidThanIsRead() {
		List<Item> items = IntStream.range(0, 1_000).mapToObj((number) -> new Item("")).toList();
		assertThatExceptionOfType(InvalidMessage.class).isThrownBy(() -> this.validator.validate(items, NO_GROUPS))
			.satisfies(
					(failure) -> assertThat(failure.violations()).hasSize(32).contains("[31].name must not be blank"));
	}

	record Item(@NotBlank String name) {
	}

}
