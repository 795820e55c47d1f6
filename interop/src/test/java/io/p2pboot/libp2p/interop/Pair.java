package io.p2pboot.libp2p.interop;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Who dials whom, and how the connection is secured.
 *
 * @param dialer the stack that dials
 * @param listener the stack that listens
 * @param security {@code noise} or {@code tls} over TCP, or the transport: {@code ws} or
 * {@code wss} with Noise, or {@code quic-v1}
 */
record Pair(String dialer, String listener, String security) {

	private static final String QUIC = "quic-v1";

	private static final String WS = "ws";

	private static final String WSS = "wss";

	static final List<String> SECURITY = List.of("noise", "tls");

	/** Every foreign stack with ours, two foreign ones, and ours with itself. */
	static Stream<Pair> all() {
		List<Pair> pairs = new ArrayList<>();
		for (String security : SECURITY) {
			for (String foreign : Stacks.FOREIGN) {
				pairs.add(new Pair(Stacks.JAVA, foreign, security));
				pairs.add(new Pair(foreign, Stacks.JAVA, security));
			}
			pairs.add(new Pair(Stacks.GO, Stacks.RUST, security));
			pairs.add(new Pair(Stacks.RUST, Stacks.GO, security));
			pairs.add(new Pair(Stacks.JAVA, Stacks.JAVA, security));
		}
		return pairs.stream();
	}

	/** The same over QUIC, which secures and multiplexes by itself. */
	static Stream<Pair> quic() {
		List<Pair> pairs = new ArrayList<>();
		for (String foreign : Stacks.FOREIGN) {
			pairs.add(new Pair(Stacks.JAVA, foreign, QUIC));
			pairs.add(new Pair(foreign, Stacks.JAVA, QUIC));
		}
		pairs.add(new Pair(Stacks.GO, Stacks.RUST, QUIC));
		pairs.add(new Pair(Stacks.RUST, Stacks.GO, QUIC));
		pairs.add(new Pair(Stacks.JAVA, Stacks.JAVA, QUIC));
		return pairs.stream();
	}

	/** The same over WebSocket, secured with Noise. */
	static Stream<Pair> webSocket() {
		return quic().map((pair) -> new Pair(pair.dialer(), pair.listener(), WS));
	}

	/** The same over WebSocket within TLS, secured with Noise. */
	static Stream<Pair> secureWebSocket() {
		return quic().map((pair) -> new Pair(pair.dialer(), pair.listener(), WSS));
	}

	/** Stacks with datagrams beside the streams of QUIC. */
	static Stream<Pair> datagrams() {
		List<String> stacks = List.of(Stacks.JAVA, Stacks.GO);
		return stacks.stream().flatMap((from) -> stacks.stream().map((to) -> new Pair(from, to, QUIC)));
	}

	/** Ours with those that send and take datagrams on streams. */
	static Stream<Pair> messageDatagrams() {
		return Stream.concat(quic().filter((pair) -> !pair.has(Stacks.GO)), all())
			.filter((pair) -> pair.has(Stacks.JAVA) && (pair.has(Stacks.RUST) || pair.has(Stacks.JS)))
			.filter((pair) -> !pair.security().equals("tls"));
	}

	boolean isQuic() {
		return this.security.equals(QUIC);
	}

	boolean isWebSocket() {
		return this.security.equals(WS);
	}

	/** How both nodes are started. */
	Map<String, Object> layers() {
		if (isWebSocket()) {
			return Map.of("transports", List.of(WS), "listen", List.of("/ip4/127.0.0.1/tcp/0/ws"));
		}
		return isQuic() ? Map.of("transports", List.of(QUIC), "listen", List.of("/ip4/127.0.0.1/udp/0/quic-v1"))
				: Map.of("security", List.of(this.security));
	}

	void require() {
		// The foreign one first: its reason says more.
		Stream.of(this.dialer, this.listener)
			.sorted(Comparator.comparing(Stacks.JAVA::equals))
			.forEach(Stacks::require);
	}

	boolean has(String stack) {
		return this.dialer.equals(stack) || this.listener.equals(stack);
	}

	String enc() {
		if (isQuic()) {
			return "";
		}
		return this.security.equals("tls") ? "/tls/1.0.0" : "/noise";
	}

	String mux() {
		return isQuic() ? "" : "/yamux/1.0.0";
	}

	@Override
	public String toString() {
		return this.dialer + " dials " + this.listener + ", " + this.security;
	}

}
