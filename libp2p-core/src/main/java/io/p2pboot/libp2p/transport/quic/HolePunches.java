package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.PeerId;

/**
 * Dials of one socket as responder (libp2p/specs relay/DCUtR.md, "The protocol"): the
 * peer dials us at the same moment, and what we send opens the way for it through the
 * routers before us; the connection that it makes is the dial's. Event loop only.
 */
final class HolePunches {

	/** How large a packet is, as go-libp2p's. */
	static final int PACKET_BYTES = 64;

	/** The shortest time between two packets. */
	static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

	/** The longest time between two packets. */
	static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

	/** The first two bits are 0: no packet of QUIC begins so, and nobody answers it. */
	private static final int FIRST_BITS = 0x3F;

	private final Channel channel;

	private final Siblings siblings;

	private final int number;

	private final Map<InetSocketAddress, Set<QuicDial>> dials = new HashMap<>();

	/**
	 * Creates the dials of a socket.
	 * @param channel the socket
	 * @param siblings all sockets of the port
	 * @param number which of them it is
	 */
	HolePunches(Channel channel, Siblings siblings, int number) {
		this.channel = channel;
		this.siblings = siblings;
		this.number = number;
	}

	/**
	 * Sends packets until the peer's connection is there, or the dial has ended.
	 * @param dial the dial
	 * @param remote where the peer dials from
	 * @param timeout how long the peer may take
	 */
	void begin(QuicDial dial, InetSocketAddress remote, Duration timeout) {
		this.dials.computeIfAbsent(remote, (address) -> new LinkedHashSet<>(2)).add(dial);
		this.siblings.punching(remote, this.number);
		ScheduledFuture<?> deadline = this.channel.eventLoop()
			.schedule(
					() -> dial.fail(new SocketTimeoutException(
							"the peer did not dial this node within " + timeout.toMillis() + " ms")),
					timeout.toNanos(), TimeUnit.NANOSECONDS);
		dial.future().addListener((done) -> {
			deadline.cancel(false);
			this.dials.computeIfPresent(remote, (address, all) -> all.remove(dial) && all.isEmpty() ? null : all);
			if (!this.dials.containsKey(remote)) {
				this.siblings.punchEnded(remote, this.number);
			}
		});
		send(dial, remote);
	}

	private void send(QuicDial dial, InetSocketAddress remote) {
		ChannelHandlerContext ctx = this.channel.pipeline().firstContext();
		if (dial.isDone() || ctx == null) {
			return;
		}
		byte[] random = new byte[PACKET_BYTES];
		ThreadLocalRandom.current().nextBytes(random);
		random[0] &= FIRST_BITS;
		ByteBuf packet = ctx.alloc().buffer(PACKET_BYTES).writeBytes(random);
		ctx.writeAndFlush(new DatagramPacket(packet, remote), ctx.voidPromise());
		long pause = ThreadLocalRandom.current().nextLong(SHORTEST_PAUSE.toNanos(), LONGEST_PAUSE.toNanos() + 1);
		this.channel.eventLoop().schedule(() -> send(dial, remote), pause, TimeUnit.NANOSECONDS);
	}

	/**
	 * Returns the dial that waits for a peer at an address, the oldest first.
	 * @param remote where the peer is
	 * @param peer who has proved to be there
	 * @return the dial; empty if nobody waits for that peer there
	 */
	Optional<QuicDial> waitingFor(InetSocketAddress remote, PeerId peer) {
		return this.dials.getOrDefault(remote, Set.of())
			.stream()
			.filter((dial) -> !dial.isDone() && dial.proof().expected().map(peer::equals).orElse(true))
			.findFirst();
	}

	/** How many dials wait. */
	int size() {
		return this.dials.values().stream().mapToInt(Set::size).sum();
	}

}
