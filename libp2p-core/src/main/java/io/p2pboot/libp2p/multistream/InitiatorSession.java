package io.p2pboot.libp2p.multistream;

import java.util.List;

/**
 * Proposes one protocol after the other. The header and the first proposal go out
 * together. Event loop only.
 */
final class InitiatorSession implements NegotiationSession {

	private final List<String> proposals;

	private int proposed;

	private boolean greeted;

	InitiatorSession(List<String> proposals) {
		this.proposals = proposals;
	}

	@Override
	public void start(NegotiationSink sink) {
		if (!isStarted()) {
			this.proposed = 1;
			sink.send(HEADER);
			sink.send(this.proposals.get(0));
		}
	}

	boolean isStarted() {
		return this.proposed > 0;
	}

	@Override
	public void on(String message, NegotiationSink sink) {
		if (!this.greeted) {
			this.greeted = message.equals(HEADER);
			if (!this.greeted) {
				sink.failed(NegotiationFailed.Reason.VIOLATION, "Expected " + HEADER + ", received " + quote(message));
			}
		}
		else if (!isStarted()) {
			sink.failed(NegotiationFailed.Reason.VIOLATION, "Received " + quote(message) + " before a proposal");
		}
		else if (message.equals(current())) {
			sink.agreed(message);
		}
		else if (!message.equals(NOT_AVAILABLE)) {
			sink.failed(NegotiationFailed.Reason.VIOLATION,
					"Expected " + current() + " or na, received " + quote(message));
		}
		else if (this.proposed < this.proposals.size()) {
			sink.send(this.proposals.get(this.proposed++));
		}
		else {
			sink.failed(NegotiationFailed.Reason.REFUSED, "The remote peer supports none of " + this.proposals);
		}
	}

	@Override
	public String waitingFor() {
		return this.greeted ? "the answer to " + this.proposals.get(Math.max(0, this.proposed - 1))
				: "the remote peer's header";
	}

	private String current() {
		return this.proposals.get(this.proposed - 1);
	}

	/** Remote text is cut short; whoever logs it sanitises it. */
	static String quote(String message) {
		return (message.length() > 64) ? "'" + message.substring(0, 64) + "…'" : "'" + message + "'";
	}

}
