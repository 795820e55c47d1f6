package io.p2pboot.libp2p;

/**
 * What a node uses at one moment.
 *
 * @param inboundHandshakes how many inbound connections are in their handshakes
 * @param outboundHandshakes how many outbound connections are in their handshakes
 * @param inboundConnections how many connections peers have opened, without handshakes
 * @param outboundConnections how many connections we have opened, without handshakes
 * @param peers with how many peers there are connections
 * @param addresses how many networks have inbound connections that are limited
 * @param inboundStreams how many streams peers have open
 * @param outboundStreams how many streams we have open
 * @param unreadBytes how many bytes connections hold that no application has read
 */
public record ResourceUsage(long inboundHandshakes, long outboundHandshakes, long inboundConnections,
		long outboundConnections, int peers, int addresses, long inboundStreams, long outboundStreams,
		long unreadBytes) {

	/** What a node uses that has no connection. */
	public static final ResourceUsage NOTHING = new ResourceUsage(0, 0, 0, 0, 0, 0, 0, 0, 0);

	/**
	 * Returns how many connections there are, in their handshakes or not.
	 * @return the number
	 */
	public long scopes() {
		return this.inboundHandshakes + this.outboundHandshakes + this.inboundConnections + this.outboundConnections;
	}

}
