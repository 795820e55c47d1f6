package io.p2pboot.libp2p.interop;

/**
 * What other stacks do otherwise than a scenario expects, as the same scenario between
 * two of them shows. Each is also told in {@code interop/peers/PROTOCOL.md}.
 */
final class Quirks {

	private Quirks() {
	}

	/**
	 * How a reset looks to a stack that reads: rust-yamux ends without an error. Over
	 * QUIC the Rust peer cannot reset a stream but only end it, and js-libp2p reads a
	 * reset as the end.
	 */
	static String resetSeenBy(StartedPeer peer, StartedPeer by, Pair pair) {
		if (pair.isQuic()) {
			return (isRust(by) || is(peer, Stacks.JS)) ? "eof" : "reset";
		}
		return isRust(peer) ? "eof" : "reset";
	}

	/**
	 * How many streams can be held open over QUIC, after thousands that have ended:
	 * js-libp2p counts those that were reset for a while, so that there is room for about
	 * 100; rust-libp2p allows 256, but tells of those that have ended only once they are
	 * 32; go-libp2p allows more once nearly all were opened, so that half of 256 are
	 * sure.
	 */
	static int heldStreams(Pair pair) {
		if (!pair.isQuic()) {
			return 250;
		}
		return pair.has(Stacks.JS) ? 50 : pair.has(Stacks.GO) ? 100 : pair.has(Stacks.RUST) ? 200 : 250;
	}

	/**
	 * How many ping streams may be opened at once: rust-libp2p answers one, a new one
	 * takes its place, and keeps one of its own, so that there is room for one more.
	 */
	static int pingStreams(StartedPeer from, StartedPeer to) {
		return (isRust(from) || isRust(to)) ? 1 : 2;
	}

	/** Whether a stack holds a sender up: js-yamux gives credit for what it buffers. */
	static boolean holdsUpSenders(StartedPeer peer) {
		return !is(peer, Stacks.JS);
	}

	/**
	 * Whether a stack hears of a reset before it has read all that came before it, a
	 * kibibyte at a time. Over QUIC js-libp2p resets only when the write that it is in
	 * has ended, so when it gets credit.
	 */
	static boolean hearsOfResetsAtOnce(StartedPeer peer, StartedPeer by, Pair pair) {
		return !isRust(peer) && !is(peer, Stacks.JS) && !(pair.isQuic() && !resetsQuicAtOnce(by));
	}

	private static boolean resetsQuicAtOnce(StartedPeer peer) {
		return !isRust(peer) && !is(peer, Stacks.JS);
	}

	/**
	 * Whether a signed record gets through by identify: the Rust peer sends none, and
	 * understands only the older form of it.
	 */
	static boolean exchangeRecords(StartedPeer at, StartedPeer about) {
		return !isRust(at) && !isRust(about);
	}

	/**
	 * Whether a dial ends before the muxer is agreed on: rust-libp2p proposes its only
	 * one and goes ahead.
	 */
	static boolean dialsBeforeTheMuxerIsAgreed(StartedPeer peer) {
		return isRust(peer);
	}

	/**
	 * Whether a stack reads what a peer of another one tells of many protocols:
	 * rust-libp2p takes at most 4,096 bytes, and go-libp2p and js-libp2p send more.
	 */
	static boolean readsManyProtocols(String reader, String teller) {
		return !reader.equals(Stacks.RUST) || teller.equals(Stacks.JAVA);
	}

	/**
	 * Whether two dials that meet may both fail: go-libp2p and rust-libp2p dial from the
	 * port on which they listen, so that both ends of one TCP connection may be dialers.
	 */
	static boolean dialsMayMeetInOneSocket(Pair pair) {
		return pair.has(Stacks.GO) && pair.has(Stacks.RUST);
	}

	/**
	 * Whether a stack resets a stream that was opened, written and finished before the
	 * connection was set up on its side: js-libp2p does.
	 */
	static boolean losesEarlyStreams(StartedPeer peer) {
		return is(peer, Stacks.JS);
	}

	/**
	 * Whether a QUIC listener stops accepting for a while when dials end before it has
	 * taken them: js-libp2p does.
	 */
	static boolean stallsWhenDialsEndEarly(String stack) {
		return stack.equals(Stacks.JS);
	}

	/**
	 * What a dial says, as a pattern, that failed for a certificate: the WebSocket of
	 * Node.js, by which js-libp2p dials, gives no reason.
	 */
	static String refusalOfACertificate(StartedPeer dialer) {
		return is(dialer, Stacks.JS) ? "" : "(?i)certificat(e|ion)";
	}

	private static boolean isRust(StartedPeer peer) {
		return is(peer, Stacks.RUST);
	}

	private static boolean is(StartedPeer peer, String stack) {
		return peer.peer().stack().equals(stack);
	}

}
