package io.p2pboot.libp2p.spring.handler;

/**
 * What is annotated cannot serve a protocol or a topic.
 */
public final class UnsupportedHandlerException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final String annotation;

	private final String handler;

	private final String problem;

	private final String action;

	UnsupportedHandlerException(String annotation, String handler, String problem, String action) {
		super("The " + annotation + " of " + handler + " cannot be served: " + problem);
		this.annotation = annotation;
		this.handler = handler;
		this.problem = problem;
		this.action = action;
	}

	/**
	 * Returns the annotation.
	 * @return its simple name, after an {@code @}
	 */
	public String annotation() {
		return this.annotation;
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
