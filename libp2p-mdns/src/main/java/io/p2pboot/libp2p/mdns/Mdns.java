package io.p2pboot.libp2p.mdns;

import java.net.NetworkInterface;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.netty.NettyNode;

/**
 * Finds peers of the local network, and is found by them: multicast DNS, in the form that
 * Go, Rust and JavaScript understand. What is found goes into the peer store of the node
 * and, unless that is switched off, is dialled. On each network only the addresses of
 * that network are told, under a name that changes with each start. Whoever is on the
 * network can read them, and can make a node dial private addresses, within
 * {@link MdnsLimits}: it is for networks whose hosts are trusted so far.
 * <p>
 * Thread-safe; no method blocks but {@link #close}.
 */
public final class Mdns implements AutoCloseable {

	/** The service that every libp2p node offers. */
	public static final String DEFAULT_SERVICE = "_p2p._udp";

	/** The longest pause between two questions, unless set. */
	public static final Duration DEFAULT_QUERY_INTERVAL = Duration.ofSeconds(30);

	private static final long END_MILLIS = 2_000;

	private final NettyNode node;

	private final EventLoopGroup loops;

	private final MdnsRun run;

	private final ReentrantLock lock = new ReentrantLock();

	private boolean closed;

	private Mdns(NettyNode node, Builder builder, MulticastGroup group) {
		this.node = node;
		this.loops = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("libp2p-mdns", true),
				NioIoHandler.newFactory());
		EventLoop loop = this.loops.next();
		this.run = new MdnsRun(node, new MdnsConfig(builder.service, builder.queryInterval, builder.dial),
				new Devices(builder.interfaces), group, builder.listener, loop);
	}

	/**
	 * Begins with defaults.
	 * @return the builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Ends the search and takes back what was told. The node goes on. Blocks for
	 * milliseconds; idempotent.
	 */
	@Override
	public void close() {
		this.lock.lock();
		try {
			if (this.closed) {
				return;
			}
			this.closed = true;
		}
		finally {
			this.lock.unlock();
		}
		this.run.stop();
		this.loops.shutdownGracefully(0, END_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(END_MILLIS);
	}

	@Override
	public String toString() {
		return "Mdns[" + this.node.peerId() + "]";
	}

	/**
	 * Sets how peers are looked for. Not thread-safe.
	 */
	public static final class Builder {

		private static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);

		private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);

		private String service = DnsName.service(DEFAULT_SERVICE);

		private Duration queryInterval = DEFAULT_QUERY_INTERVAL;

		private boolean dial = true;

		private Predicate<NetworkInterface> interfaces = Devices.NETWORKS;

		private Consumer<AddrInfo> listener = (peer) -> {
		};

		private Builder() {
		}

		/**
		 * Sets the service to offer and to look for. Only nodes with the same find each
		 * other.
		 * @param service two labels, the second of them {@code _udp}:
		 * {@value #DEFAULT_SERVICE} by default
		 * @return this builder
		 * @throws IllegalArgumentException if it is not of that form
		 */
		public Builder service(String service) {
			this.service = DnsName.service(service);
			return this;
		}

		/**
		 * Sets the longest pause between two questions; the first ones come faster.
		 * @param interval one second to one hour; 30 seconds by default
		 * @return this builder
		 * @throws IllegalArgumentException if it is out of range
		 */
		public Builder queryInterval(Duration interval) {
			if (interval.compareTo(LEAST_INTERVAL) < 0 || interval.compareTo(LONGEST_INTERVAL) > 0) {
				throw new IllegalArgumentException(
						"The query interval is " + LEAST_INTERVAL + " to " + LONGEST_INTERVAL + ", was " + interval);
			}
			this.queryInterval = interval;
			return this;
		}

		/**
		 * Sets whether peers that are found are dialled: at most
		 * {@value MdnsLimits#MAX_DIALS} at once, each at most every 30 seconds, and none
		 * that is connected.
		 * @param dial whether they are; true by default
		 * @return this builder
		 */
		public Builder dial(boolean dial) {
			this.dial = dial;
			return this;
		}

		/**
		 * Sets which interfaces are used, of those that are up and no point-to-point
		 * links; by default all that can multicast but the loopback. Asked every 30
		 * seconds.
		 * @param interfaces whether an interface is used; must not block
		 * @return this builder
		 */
		public Builder interfaces(Predicate<NetworkInterface> interfaces) {
			this.interfaces = interfaces;
			return this;
		}

		/**
		 * Sets who is told of each peer that is found, once until it has been away for as
		 * long as its addresses count. Runs where handlers do.
		 * @param listener takes the peer and its addresses
		 * @return this builder
		 */
		public Builder listener(Consumer<AddrInfo> listener) {
			this.listener = listener;
			return this;
		}

		/**
		 * Begins to look for peers of a node. Where an interface cannot be used, the log
		 * says so and the others are.
		 * @param node the node, which runs
		 * @return what goes on until it is closed, before the node
		 */
		public Mdns start(NettyNode node) {
			return start(node, MulticastGroup.STANDARD);
		}

		Mdns start(NettyNode node, MulticastGroup group) {
			Mdns mdns = new Mdns(node, this, group);
			mdns.run.start();
			return mdns;
		}

	}

}
