package io.p2pboot.libp2p;

import java.util.Map;

/**
 * What one scope uses at one moment, and what it may use.
 *
 * @param scope its kind, and with a colon which one: {@code system}, {@code transient}
 * for handshakes and streams whose protocol is not known yet,
 * {@code protocol:/chat/1.0.0}, {@code service:libp2p.identify}, {@code peer:12D3KooW…}
 * @param inboundConnections how many connections peers have opened
 * @param outboundConnections how many connections we have opened
 * @param inboundStreams how many streams peers have open
 * @param outboundStreams how many streams we have open
 * @param memoryBytes how many bytes nobody has read yet
 * @param descriptors how many file descriptors connections use
 * @param limits the largest values, by the names that go-libp2p's resource manager gives
 * them ({@code conns}, {@code streams_inbound}, {@code memory}, {@code fd}); what is not
 * limited is not there
 */
public record ScopeUsage(String scope, long inboundConnections, long outboundConnections, long inboundStreams,
		long outboundStreams, long memoryBytes, long descriptors, Map<String, Long> limits) {

	/**
	 * Copies the limits.
	 * @param scope which scope
	 * @param inboundConnections how many connections peers have opened
	 * @param outboundConnections how many connections we have opened
	 * @param inboundStreams how many streams peers have open
	 * @param outboundStreams how many streams we have open
	 * @param memoryBytes how many bytes nobody has read yet
	 * @param descriptors how many file descriptors connections use
	 * @param limits the largest values
	 */
	public ScopeUsage {
		limits = Map.copyOf(limits);
	}

	/**
	 * Returns the kind of the scope.
	 * @return what comes before the first colon
	 */
	public String kind() {
		int end = this.scope.indexOf(':');
		return (end < 0) ? this.scope : this.scope.substring(0, end);
	}

	/**
	 * Returns which one of its kind it is.
	 * @return what comes after the first colon; empty if there is one of the kind
	 */
	public String name() {
		int end = this.scope.indexOf(':');
		return (end < 0) ? "" : this.scope.substring(end + 1);
	}

}
