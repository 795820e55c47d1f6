package io.p2pboot.libp2p.spring.handler;

/**
 * What is annotated cannot serve a protocol.
 */
public final class UnsupportedHandlerException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final String handler;

	private final String problem;

	private final String action;

	UnsupportedHandlerException(String handler, String problem, String action) {
		super(handler + " cannot serve a protocol: " + problem);
		this.handler = handler;
		this.problem = problem;
		this.action = action;
	}

	/**
	 * Returns what is annotated.
	 * @return the bean and, for a method, the method
	 */
	public String handler() {
		return this.handler;
	}

	/**
	 * Returns why it cannot serve.
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
