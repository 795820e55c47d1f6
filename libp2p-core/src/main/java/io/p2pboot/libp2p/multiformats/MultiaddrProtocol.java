package io.p2pboot.libp2p.multiformats;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The protocols of multiaddrs: multiformats/multiaddr protocols.csv.
 */
public enum MultiaddrProtocol {

	/** An IPv4 address. */
	IP4(4, "ip4", 32, ValueFormat.IP4),
	/** A TCP port. */
	TCP(6, "tcp", 16, ValueFormat.PORT),
	/** A DCCP port. */
	DCCP(33, "dccp", 16, ValueFormat.PORT),
	/** An IPv6 address. */
	IP6(41, "ip6", 128, ValueFormat.IP6),
	/** The zone of an IPv6 address. */
	IP6ZONE(42, "ip6zone", MultiaddrProtocol.VARIABLE, ValueFormat.NAME),
	/** The length of an address mask. */
	IPCIDR(43, "ipcidr", 8, ValueFormat.BYTE),
	/** A name to resolve to any address. */
	DNS(53, "dns", MultiaddrProtocol.VARIABLE, ValueFormat.NAME),
	/** A name to resolve to IPv4 addresses. */
	DNS4(54, "dns4", MultiaddrProtocol.VARIABLE, ValueFormat.NAME),
	/** A name to resolve to IPv6 addresses. */
	DNS6(55, "dns6", MultiaddrProtocol.VARIABLE, ValueFormat.NAME),
	/** A name whose TXT records hold multiaddrs. */
	DNSADDR(56, "dnsaddr", MultiaddrProtocol.VARIABLE, ValueFormat.NAME),
	/** An SCTP port. */
	SCTP(132, "sctp", 16, ValueFormat.PORT),
	/** A UDP port. */
	UDP(273, "udp", 16, ValueFormat.PORT),
	/** The retired WebRTC star. */
	P2P_WEBRTC_STAR(275, "p2p-webrtc-star", 0, ValueFormat.NONE),
	/** The retired direct WebRTC. */
	P2P_WEBRTC_DIRECT(276, "p2p-webrtc-direct", 0, ValueFormat.NONE),
	/** The retired stardust. */
	P2P_STARDUST(277, "p2p-stardust", 0, ValueFormat.NONE),
	/** WebRTC without a signalling server. */
	WEBRTC_DIRECT(280, "webrtc-direct", 0, ValueFormat.NONE),
	/** WebRTC. */
	WEBRTC(281, "webrtc", 0, ValueFormat.NONE),
	/** A circuit over a relay. */
	P2P_CIRCUIT(290, "p2p-circuit", 0, ValueFormat.NONE),
	/** UDT. */
	UDT(301, "udt", 0, ValueFormat.NONE),
	/** uTP. */
	UTP(302, "utp", 0, ValueFormat.NONE),
	/** A Unix socket's path; ends the address. */
	UNIX(400, "unix", MultiaddrProtocol.VARIABLE, ValueFormat.PATH),
	/** A peer id. */
	P2P(421, "p2p", MultiaddrProtocol.VARIABLE, ValueFormat.PEER_ID),
	/** An onion address of version 2. */
	ONION(444, "onion", 96, ValueFormat.ONION),
	/** An onion address of version 3. */
	ONION3(445, "onion3", 296, ValueFormat.ONION3),
	/** A full I2P address. */
	GARLIC64(446, "garlic64", MultiaddrProtocol.VARIABLE, ValueFormat.GARLIC64),
	/** A short I2P address. */
	GARLIC32(447, "garlic32", MultiaddrProtocol.VARIABLE, ValueFormat.GARLIC32),
	/** TLS. */
	TLS(448, "tls", 0, ValueFormat.NONE),
	/** The server name of a TLS handshake. */
	SNI(449, "sni", MultiaddrProtocol.VARIABLE, ValueFormat.NAME),
	/** Noise. */
	NOISE(454, "noise", 0, ValueFormat.NONE),
	/** QUIC, draft 29. */
	QUIC(460, "quic", 0, ValueFormat.NONE),
	/** QUIC, version 1. */
	QUIC_V1(461, "quic-v1", 0, ValueFormat.NONE),
	/** WebTransport. */
	WEBTRANSPORT(465, "webtransport", 0, ValueFormat.NONE),
	/** The hash of a certificate. */
	CERTHASH(466, "certhash", MultiaddrProtocol.VARIABLE, ValueFormat.CERTHASH),
	/** Plain WebSocket. */
	WS(477, "ws", 0, ValueFormat.NONE),
	/** WebSocket over TLS. */
	WSS(478, "wss", 0, ValueFormat.NONE),
	/** The retired WebSocket star. */
	P2P_WEBSOCKET_STAR(479, "p2p-websocket-star", 0, ValueFormat.NONE),
	/** Plain HTTP. */
	HTTP(480, "http", 0, ValueFormat.NONE),
	/** The path of an HTTP address, percent-encoded. */
	HTTP_PATH(481, "http-path", MultiaddrProtocol.VARIABLE, ValueFormat.HTTP_PATH),
	/** HTTP over TLS. */
	HTTPS(443, "https", 0, ValueFormat.NONE),
	/** A number in the memory of this process. */
	MEMORY(777, "memory", 64, ValueFormat.NUMBER);

	/** The size of values that carry their length. */
	static final int VARIABLE = -1;

	private static final Map<Long, MultiaddrProtocol> BY_CODE = Arrays.stream(values())
		.collect(Collectors.toUnmodifiableMap((protocol) -> (long) protocol.code, Function.identity()));

	private static final Map<String, MultiaddrProtocol> BY_TEXT = Arrays.stream(values())
		.collect(Collectors.toUnmodifiableMap(MultiaddrProtocol::text, Function.identity()));

	private final int code;

	private final String text;

	private final int sizeBits;

	private final ValueFormat format;

	MultiaddrProtocol(int code, String text, int sizeBits, ValueFormat format) {
		this.code = code;
		this.text = text;
		this.sizeBits = sizeBits;
		this.format = format;
	}

	/**
	 * Returns the code of the protocol.
	 * @return the code of the table
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Returns the name of the protocol.
	 * @return the name in text form, for example {@code quic-v1}
	 */
	public String text() {
		return this.text;
	}

	/**
	 * Returns whether the protocol has a value.
	 * @return whether a value follows its name
	 */
	public boolean hasValue() {
		return this.sizeBits != 0;
	}

	int sizeBits() {
		return this.sizeBits;
	}

	ValueFormat format() {
		return this.format;
	}

	static Optional<MultiaddrProtocol> find(long code) {
		return Optional.ofNullable(BY_CODE.get(code));
	}

	static Optional<MultiaddrProtocol> find(String text) {
		return Optional.ofNullable(text.equals("ipfs") ? P2P : BY_TEXT.get(text));
	}

}
