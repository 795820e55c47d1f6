package io.p2pboot.libp2p;

/**
 * A connection was made, but could not be secured and multiplexed: no security protocol
 * or muxer in common, a handshake that failed or took too long, bytes that are not
 * libp2p.
 */
public final class UpgradeFailed extends Libp2pException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the error.
	 * @param message the step that failed and why
	 * @param cause the first cause
	 */
	public UpgradeFailed(String message, Throwable cause) {
		super(message, cause);
	}

	/**
	 * Creates the error without a further cause.
	 * @param message the step that failed and why
	 */
	public UpgradeFailed(String message) {
		super(message, null);
	}

	@Override
	UpgradeFailed copy() {
		return new UpgradeFailed(text());
	}

}
