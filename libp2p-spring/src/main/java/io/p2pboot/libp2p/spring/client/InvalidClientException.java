package io.p2pboot.libp2p.spring.client;

/**
 * No client can be made of an interface.
 */
public final class InvalidClientException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final String subject;

	private final String problem;

	private final String action;

	InvalidClientException(String subject, String problem, String action) {
		super("No client can be made of " + subject + ": " + problem);
		this.subject = subject;
		this.problem = problem;
		this.action = action;
	}

	/**
	 * Returns what no client can be made of.
	 * @return the interface or the method
	 */
	public String subject() {
		return this.subject;
	}

	/**
	 * Returns why not.
	 * @return the problem
	 */
	public String problem() {
		return this.problem;
	}

	/**
	 * Returns what mends it.
	 * @return an instruction
	 */
	public String action() {
		return this.action;
	}

}
