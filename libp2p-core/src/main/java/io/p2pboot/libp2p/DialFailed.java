package io.p2pboot.libp2p;

import java.util.List;
import java.util.stream.Collectors;

/**
 * No address of a peer could be connected. Every address that was tried, and every
 * routing that was asked, is listed with why it failed.
 */
public final class DialFailed extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private final transient PeerId peer;

	private final transient List<Attempt> attempts;

	/**
	 * Creates the error.
	 * @param peer the peer that was asked for
	 * @param attempts what was tried, in order; empty if no address was known
	 */
	public DialFailed(PeerId peer, List<Attempt> attempts) {
		super("Could not connect to " + peer + ": " + describe(attempts), null);
		this.peer = peer;
		this.attempts = List.copyOf(attempts);
		this.attempts.forEach((attempt) -> addSuppressed(attempt.cause()));
	}

	/** The causes are suppressed exceptions of the original, and not shown twice. */
	private DialFailed(DialFailed original) {
		super(original.text(), null);
		this.peer = original.peer;
		this.attempts = original.attempts;
	}

	/**
	 * Returns the peer that was asked for.
	 * @return the peer id
	 */
	public PeerId peer() {
		return this.peer;
	}

	/**
	 * Returns what was tried.
	 * @return the attempts, in order
	 */
	public List<Attempt> attempts() {
		return this.attempts;
	}

	@Override
	DialFailed copy() {
		return new DialFailed(this);
	}

	private static String describe(List<Attempt> attempts) {
		if (attempts.isEmpty()) {
			return "no address is known, and no mounted routing knows one";
		}
		return attempts.stream()
			.map((attempt) -> attempt.target() + " (" + attempt.cause().getMessage() + ")")
			.collect(Collectors.joining(", "));
	}

	/**
	 * One thing that was tried.
	 *
	 * @param target the address dialled, or the name of the routing asked
	 * @param cause why it failed
	 */
	public record Attempt(String target, Exception cause) {
	}

}
