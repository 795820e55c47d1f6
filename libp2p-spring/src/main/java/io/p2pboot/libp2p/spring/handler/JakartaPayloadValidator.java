package io.p2pboot.libp2p.spring.handler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.spring.payload.InvalidMessage;
import jakarta.validation.Validator;

/**
 * Checks payloads with Jakarta Validation, and where a payload is a collection, map,
 * array or {@code Optional} what it holds. Thread-safe.
 *
 * @param validator the application's validator
 */
public record JakartaPayloadValidator(Validator validator) implements PayloadValidator {

	/** More of them say no more, and a peer could send a message of nothing else. */
	private static final int MAX_TEXTS = 32;

	@Override
	public void validate(Object payload, Class<?>[] groups) throws InvalidMessage {
		List<String> texts = new ArrayList<>();
		check("", payload, groups, texts);
		if (!texts.isEmpty()) {
			throw new InvalidMessage(payload.getClass().getSimpleName(), texts);
		}
	}

	/** Checks a value and what it holds: the validator itself looks at beans only. */
	private void check(String path, Object value, Class<?>[] groups, List<String> texts) {
		this.validator.validate(value, groups)
			.stream()
			.map((violation) -> path + violation.getPropertyPath() + " " + violation.getMessage())
			.sorted()
			.limit(MAX_TEXTS - texts.size())
			.forEach(texts::add);
		int index = 0;
		for (Object element : elements(value)) {
			if (texts.size() >= MAX_TEXTS) {
				return;
			}
			if (element != null) {
				check(path + "[" + index + "].", element, groups, texts);
			}
			index++;
		}
	}

	private static Collection<?> elements(Object value) {
		if (value instanceof Collection<?> elements) {
			return elements;
		}
		if (value instanceof Map<?, ?> map) {
			return map.values();
		}
		if (value instanceof Optional<?> optional) {
			return optional.stream().toList();
		}
		return (value instanceof Object[] array) ? Arrays.asList(array) : List.of();
	}

}
