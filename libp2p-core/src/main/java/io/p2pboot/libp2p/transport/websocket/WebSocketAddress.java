package io.p2pboot.libp2p.transport.websocket;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.netty.util.NetUtil;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.IpEndpoint;

/**
 * A WebSocket multiaddr, taken apart.
 *
 * @param socketAddress the IP address and port
 * @param above the text above the port, for example {@code /tls/sni/example.com/ws}
 * @param secure whether it is over TLS
 * @param serverName the host that is asked for, and whose certificate is expected; empty
 * where it is not named
 */
record WebSocketAddress(InetSocketAddress socketAddress, String above, boolean secure, Optional<String> serverName) {

	private static final Pattern ABOVE = Pattern.compile("/ws|/wss|/tls/ws|(?:/tls)?/sni/([^/]+)/ws");

	private static final String PLAIN = "/ws";

	private static final String TLS = "/tls";

	private static final String WSS = "/wss";

	private static final int HTTP_PORT = 80;

	private static final int HTTPS_PORT = 443;

	static Optional<WebSocketAddress> parse(Multiaddr address) {
		return IpEndpoint.parse(address)
			.filter((endpoint) -> endpoint.layer().equals(IpEndpoint.TCP))
			.flatMap(WebSocketAddress::of);
	}

	private static Optional<WebSocketAddress> of(IpEndpoint endpoint) {
		Matcher matcher = ABOVE.matcher(endpoint.above());
		if (!matcher.matches()) {
			return Optional.empty();
		}
		return Optional.of(new WebSocketAddress(endpoint.socketAddress(), endpoint.above(),
				endpoint.above().equals(WSS) || endpoint.above().startsWith(TLS),
				Optional.ofNullable(matcher.group(1))));
	}

	/** What stands above the port of a connection's addresses. */
	static String above(boolean secure) {
		return secure ? "/tls/ws" : PLAIN;
	}

	/** Where the name is only for the Host header, no part of the address. */
	Multiaddr dialled(Multiaddr address) {
		return (this.secure || this.serverName.isEmpty()) ? address
				: IpEndpoint.format(this.socketAddress, IpEndpoint.TCP, PLAIN);
	}

	/** The name that a certificate has to be for. */
	String host() {
		return this.serverName.orElseGet(() -> NetUtil.toAddressString(this.socketAddress.getAddress()));
	}

	/** The value of the Host header, RFC 9110 section 7.2. */
	String hostHeader() {
		String host = host();
		int port = this.socketAddress.getPort();
		String bracketed = (host.indexOf(':') >= 0) ? "[" + host + "]" : host;
		return (port == (this.secure ? HTTPS_PORT : HTTP_PORT)) ? bracketed : bracketed + ":" + port;
	}

}
