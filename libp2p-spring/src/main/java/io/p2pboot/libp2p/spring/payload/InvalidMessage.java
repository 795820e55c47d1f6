package io.p2pboot.libp2p.spring.payload;

import java.util.List;

/**
 * A message of a peer was read, and breaks a constraint of its {@code @Valid} parameter.
 */
public final class InvalidMessage extends UnreadableMessage {

	private static final long serialVersionUID = 1L;

	private final transient List<String> violations;

	/**
	 * Creates the error.
	 * @param type the simple name of the parameter's class
	 * @param violations each property with what is wrong with it
	 */
	public InvalidMessage(String type, List<String> violations) {
		super("The " + type + " is not valid: " + String.join(", ", violations));
		this.violations = List.copyOf(violations);
	}

	/**
	 * Returns what is wrong.
	 * @return each property with what is wrong with it
	 */
	public List<String> violations() {
		return this.violations;
	}

}
