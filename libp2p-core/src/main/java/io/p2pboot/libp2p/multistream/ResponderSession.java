package io.p2pboot.libp2p.multistream;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Answers proposals until one is supported. Our header goes out with the first answer.
 * Event loop only.
 */
final class ResponderSession implements NegotiationSession {

	/** A list may be long: asking for it again and again is not free. */
	static final int MAX_LISTS = 8;

	private final Predicate<String> supported;

	private final Supplier<List<String>> listed;

	private boolean greeted;

	private int proposals;

	private int lists;

	ResponderSession(Predicate<String> supported, Supplier<List<String>> listed) {
		this.supported = supported;
		this.listed = listed;
	}

	@Override
	public void start(NegotiationSink sink) {
		// The initiator speaks first: our header can then share a packet with the answer.
	}

	@Override
	public void on(String message, NegotiationSink sink) {
		if (!this.greeted) {
			this.greeted = message.equals(HEADER);
			if (this.greeted) {
				sink.send(HEADER);
			}
			else {
				sink.failed(NegotiationFailed.Reason.VIOLATION,
						"Expected " + HEADER + ", received " + InitiatorSession.quote(message));
			}
		}
		else if (++this.proposals > Multistream.MAX_PROPOSALS) {
			sink.failed(NegotiationFailed.Reason.TOO_MANY_PROPOSALS,
					"More than " + Multistream.MAX_PROPOSALS + " proposals");
		}
		else {
			answer(message, sink);
		}
	}

	@Override
	public String waitingFor() {
		return this.greeted ? "proposal " + (this.proposals + 1) : "the remote peer's header";
	}

	private void answer(String message, NegotiationSink sink) {
		if (message.equals(HEADER)) {
			sink.failed(NegotiationFailed.Reason.VIOLATION, "Received " + HEADER + " twice");
		}
		else if (message.equals(LIST)) {
			if (++this.lists > MAX_LISTS) {
				sink.failed(NegotiationFailed.Reason.TOO_MANY_PROPOSALS, "Asked for more than " + MAX_LISTS + " lists");
				return;
			}
			sink.sendList(this.listed.get());
		}
		else if (isName(message) && this.supported.test(message)) {
			sink.send(message);
			sink.agreed(message);
		}
		else {
			sink.send(NOT_AVAILABLE);
		}
	}

	/** What is not text on the wire never reaches the application's predicate. */
	private static boolean isName(String message) {
		return !message.isEmpty() && message.indexOf(MessageReader.NOT_UTF_8) < 0
				&& message.chars().noneMatch(Character::isISOControl);
	}

}
