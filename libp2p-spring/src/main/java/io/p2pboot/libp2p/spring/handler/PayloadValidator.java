package io.p2pboot.libp2p.spring.handler;

import io.p2pboot.libp2p.spring.payload.InvalidMessage;

/**
 * Checks payloads that are to be valid.
 */
@FunctionalInterface
public interface PayloadValidator {

	/**
	 * Checks a payload.
	 * @param payload the payload
	 * @param groups the constraint groups; empty for the default one
	 * @throws InvalidMessage if it breaks a constraint
	 */
	void validate(Object payload, Class<?>[] groups) throws InvalidMessage;

}
