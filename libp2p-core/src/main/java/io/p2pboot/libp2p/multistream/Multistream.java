package io.p2pboot.libp2p.multistream;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.PeerId;

/**
 * Agrees with the remote peer on a protocol, on a connection or a stream. Stateless.
 *
 * <p>
 * Each method appends a handler to the channel's pipeline and has to be called on its
 * event loop. When both sides agree, first the listeners of the future run: they append
 * the protocol's handlers. Then what the remote peer sent beyond the negotiation is
 * passed on to those, byte for byte, and the negotiation's own handler is gone. When the
 * negotiation fails the handler stays and discards what arrives, until the caller closes
 * the channel; so it does when the future is cancelled.
 */
public final class Multistream {

	/** The longest message, with its newline, in bytes. */
	public static final int MAX_MESSAGE_BYTES = 1024;

	/** The most proposals in one negotiation. */
	public static final int MAX_PROPOSALS = 1000;

	/** The longest answer to {@code ls}, in bytes. */
	static final int MAX_LIST_BYTES = 16 * 1024;

	private Multistream() {
	}

	/**
	 * Proposes protocols until the remote peer supports one. The header and the first
	 * proposal are sent at once.
	 * @param channel the channel
	 * @param proposals 1 to {@value #MAX_PROPOSALS} names in order of preference, each of
	 * at most 1,023 bytes
	 * @param timeout how long the whole negotiation may take; positive
	 * @return the protocol that was agreed on; fails with {@link NegotiationFailed}
	 * @throws IllegalArgumentException if a name cannot be sent, or there are none or too
	 * many
	 */
	public static Future<String> select(Channel channel, List<String> proposals, Duration timeout) {
		return select(channel, proposals, timeout, NegotiationBytes.UNCOUNTED);
	}

	/**
	 * Proposes protocols as {@link #select}, and tells what that moves.
	 * @param channel the channel
	 * @param proposals the names, as for {@link #select}
	 * @param timeout how long the whole negotiation may take; positive
	 * @param bytes is told of the negotiation's bytes
	 * @return the protocol that was agreed on; fails with {@link NegotiationFailed}
	 * @throws IllegalArgumentException as {@link #select}
	 */
	public static Future<String> select(Channel channel, List<String> proposals, Duration timeout,
			NegotiationBytes bytes) {
		if (proposals.isEmpty() || proposals.size() > MAX_PROPOSALS) {
			throw new IllegalArgumentException(
					"There have to be 1 to " + MAX_PROPOSALS + " proposals, were " + proposals.size());
		}
		proposals.forEach(MessageWriter::checked);
		return negotiate(channel, new InitiatorSession(List.copyOf(proposals)), timeout, bytes, false).future();
	}

	/**
	 * Answers the remote peer's proposals until one is supported.
	 * @param channel the channel
	 * @param supported what we support; also the answer to {@code ls}
	 * @param timeout how long the whole negotiation may take; positive
	 * @return the protocol that was agreed on; fails with {@link NegotiationFailed}
	 */
	public static Future<String> respond(Channel channel, List<String> supported, Duration timeout) {
		return respond(channel, supported::contains, () -> supported, timeout);
	}

	/**
	 * Answers the remote peer's proposals until one is supported.
	 * @param channel the channel
	 * @param supported tells whether a name is supported; called on the event loop, never
	 * with a name that is empty, has control characters or is not UTF-8
	 * @param listed gives the answer to {@code ls}; called on the event loop. Beyond 16
	 * KiB it is cut
	 * @param timeout how long the whole negotiation may take; positive
	 * @return the protocol that was agreed on; fails with {@link NegotiationFailed}
	 */
	public static Future<String> respond(Channel channel, Predicate<String> supported, Supplier<List<String>> listed,
			Duration timeout) {
		return negotiate(channel, new ResponderSession(supported, listed), timeout, NegotiationBytes.UNCOUNTED, false)
			.future();
	}

	/**
	 * Answers the remote peer's proposals as {@link #respond}, once that is begun.
	 * @param channel the channel, active and with auto-read off
	 * @param supported tells whether a name is supported, as for {@link #respond}
	 * @param listed gives the answer to {@code ls}, as for {@link #respond}
	 * @param timeout how long the negotiation may take once it has begun; positive
	 * @param bytes is told of the negotiation's bytes
	 * @return the negotiation, to begin
	 */
	public static Negotiation prepare(Channel channel, Predicate<String> supported, Supplier<List<String>> listed,
			Duration timeout, NegotiationBytes bytes) {
		return negotiate(channel, new ResponderSession(supported, listed), timeout, bytes, true);
	}

	/**
	 * Proposes one protocol together with the first payload, and goes ahead as if it were
	 * agreed on. The proposal leaves with the first write or flush, when the channel is
	 * closed, when it reads on demand, and with auto-read on at the end of the event
	 * loop's current run at the latest. <b>{@code shutdownOutput()} does not pass through
	 * a pipeline: flush before it.</b> What the remote peer sends is passed on once it
	 * has confirmed.
	 *
	 * <p>
	 * Where it does not confirm, the future fails, and {@code exceptionCaught} is fired:
	 * with a {@link io.p2pboot.libp2p.ProtocolUnsupported} for a refusal, else with the
	 * {@link NegotiationFailed}.
	 * @param channel the channel
	 * @param protocol the name to propose, a protocol path
	 * @param peer the remote peer, for the error
	 * @param timeout how long the answer may take once the proposal was sent; positive
	 * @param bytes is told of the negotiation's bytes
	 * @return completes when the remote peer has confirmed; fails with
	 * {@link NegotiationFailed}
	 * @throws IllegalArgumentException if the name cannot be sent
	 */
	public static Future<String> selectLazily(Channel channel, String protocol, PeerId peer, Duration timeout,
			NegotiationBytes bytes) {
		LazyHandler handler = new LazyHandler(MessageWriter.checked(protocol), peer, channel.eventLoop().newPromise(),
				timeout, bytes);
		channel.pipeline().addLast(handler);
		return handler.future();
	}

	/**
	 * Returns whether a negotiation failed because the remote peer supports nothing that
	 * was proposed.
	 * @param cause why it failed
	 * @return whether it is a refusal
	 */
	public static boolean isRefusal(Throwable cause) {
		return cause instanceof NegotiationFailed failed && failed.isRefused();
	}

	private static Negotiation negotiate(Channel channel, NegotiationSession session, Duration timeout,
			NegotiationBytes bytes, boolean held) {
		NegotiationHandler handler = new NegotiationHandler(session, channel.eventLoop().newPromise(), timeout, bytes,
				held);
		channel.pipeline().addLast(handler);
		return handler;
	}

}
