package io.p2pboot.libp2p.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * The node cannot be set up as a property says. The message never shows a key.
 */
final class InvalidSettingException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String property;

	private final @Nullable String value;

	private final String problem;

	private final String action;

	/**
	 * Creates the exception.
	 * @param property the property that is at fault
	 * @param value its value; null if it must not be shown
	 * @param problem what is wrong, a clause without a full stop
	 * @param action what to do, in sentences
	 * @param cause what was thrown
	 */
	InvalidSettingException(String property, @Nullable String value, String problem, String action,
			@Nullable Throwable cause) {
		super("The libp2p node cannot be set up with " + property + ((value != null) ? "=" + value : "") + ": "
				+ problem, cause);
		this.property = property;
		this.value = value;
		this.problem = problem;
		this.action = action;
	}

	String property() {
		return this.property;
	}

	@Nullable String value() {
		return this.value;
	}

	String problem() {
		return this.problem;
	}

	String action() {
		return this.action;
	}

}
