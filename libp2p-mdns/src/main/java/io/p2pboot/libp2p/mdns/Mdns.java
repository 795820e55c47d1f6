package io.p2pboot.libp2p.mdns;

import java.net.NetworkInterface;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import org.jspecify.annotations.Nullable;

/**
 * Finds peers of the local network, and is found by them: multicast DNS, in the form that
 * Go, Rust and JavaScript understand. What is found goes into the peer store of the node
 * and, unless that is switched off, is dialled. On each network only the addresses of
 * that network are told, under a name that changes with each start. Whoever is on the
 * network can read them, and can make a node dial private addresses, within
 * {@link MdnsLimits}: it is for networks whose hosts are trusted so far.
 * <p>
 * A service of a node: given to {@code NodeBuilder.service}, it begins and ends with the
 * node. Called by the node alone.
 */
public final class Mdns implements NodeService {

	/** The service that every libp2p node offers. */
	public static final String DEFAULT_SERVICE = "_p2p._udp";

	/** The longest pause between two questions, unless set. */
	public static final Duration DEFAULT_QUERY_INTERVAL = Duration.ofSeconds(30);

	private static final long END_MILLIS = 2_000;

	private final MdnsConfig config;

	private final Devices devices;

	private final MulticastGroup group;

	private final Consumer<AddrInfo> listener;

	private @Nullable Running running;

	/**
	 * From a start to the stop after it.
	 *
	 * @param loops its thread
	 * @param run what goes on there
	 * @param changes tells of other addresses of the node
	 */
	private record Running(EventLoopGroup loops, MdnsRun run, Node.Subscription changes) {
	}

	private Mdns(Builder builder, MulticastGroup group) {
		this.config = new MdnsConfig(builder.service, builder.queryInterval, builder.dial);
		this.devices = new Devices(builder.interfaces);
		this.group = group;
		this.listener = builder.listener;
	}

	/**
	 * Begins with defaults.
	 * @return the builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Begins to look for peers. Where an interface cannot be used, the log says so and
	 * the others are.
	 */
	@Override
	public void start(NettyNode node) {
		EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("libp2p-mdns", true),
				NioIoHandler.newFactory());
		MdnsRun run = new MdnsRun(node, this.config, this.devices, this.group, this.listener, loops.next());
		run.start();
		this.running = new Running(loops, run, node.onLocalChange(run::lookSoon));
	}

	/** Ends the search, and takes back what was told. */
	@Override
	public void stop() {
		Running ending = this.running;
		this.running = null;
		if (ending != null) {
			ending.changes().close();
			ending.run().stop();
			ending.loops().shutdownGracefully(0, END_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(END_MILLIS);
		}
	}

	@Override
	public String toString() {
		return "Mdns[" + this.config.service() + "]";
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
		 * Builds the service.
		 * @return the service, for one node
		 */
		public Mdns build() {
			return build(MulticastGroup.STANDARD);
		}

		Mdns build(MulticastGroup group) {
			return new Mdns(this, group);
		}

	}

}
