package io.p2pboot.libp2p.spring.handler;

import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.spring.payload.InvalidMessage;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validator;

/**
 * Checks payloads with Jakarta Validation. Thread-safe.
 *
 * @param validator the application's validator
 */
public record JakartaPayloadValidator(Validator validator) implements PayloadValidator {

	@Override
	public void validate(Object payload, Class<?>[] groups) throws InvalidMessage {
		Set<ConstraintViolation<Object>> violations = this.validator.validate(payload, groups);
		if (!violations.isEmpty()) {
			List<String> texts = violations.stream()
				.map((violation) -> violation.getPropertyPath() + " " + violation.getMessage())
				.sorted()
				.toList();
			throw new InvalidMessage(payload.getClass().getSimpleName(), texts);
		}
	}

}
