package io.p2pboot.libp2p.multistream;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * A negotiation ended without an agreement.
 */
public final class NegotiationFailed extends IOException {

	private static final long serialVersionUID = 1L;

	/**
	 * Why a negotiation failed.
	 */
	public enum Reason {

		/** The remote peer refused every proposal. */
		REFUSED,

		/** The remote peer, or this node, made too many proposals. */
		TOO_MANY_PROPOSALS,

		/** What the remote peer sent is not multistream-select. */
		VIOLATION,

		/** It took longer than it may, all in all. */
		TIMEOUT,

		/** The channel ended, failed or was taken away before. */
		CLOSED

	}

	private final Reason reason;

	NegotiationFailed(Reason reason, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.reason = reason;
	}

	NegotiationFailed(Reason reason, String message) {
		this(reason, message, null);
	}

	/**
	 * Returns why the negotiation failed.
	 * @return the reason
	 */
	public Reason reason() {
		return this.reason;
	}

	/**
	 * Returns whether the remote peer speaks multistream-select and supports nothing that
	 * was proposed.
	 * @return {@code false} for every other reason
	 */
	public boolean isRefused() {
		return this.reason == Reason.REFUSED;
	}

}
