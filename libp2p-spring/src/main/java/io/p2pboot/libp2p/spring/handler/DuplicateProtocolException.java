package io.p2pboot.libp2p.spring.handler;

import io.p2pboot.libp2p.ProtocolPath;

/**
 * Two handlers ask for one path.
 */
public final class DuplicateProtocolException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final transient ProtocolPath path;

	private final String first;

	private final String second;

	DuplicateProtocolException(ProtocolPath path, String first, String second) {
		super("The protocol " + path + " is served by " + first + " and by " + second);
		this.path = path;
		this.first = first;
		this.second = second;
	}

	/**
	 * Returns the path.
	 * @return the path
	 */
	public ProtocolPath path() {
		return this.path;
	}

	/**
	 * Returns who has the path.
	 * @return the description of the first handler
	 */
	public String first() {
		return this.first;
	}

	/**
	 * Returns who wants it too.
	 * @return the description of the second handler
	 */
	public String second() {
		return this.second;
	}

}
