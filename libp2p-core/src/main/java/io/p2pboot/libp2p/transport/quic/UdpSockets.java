package io.p2pboot.libp2p.transport.quic;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.transport.EventLoops;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens UDP sockets that are fast enough for QUIC: large buffers, segmentation offload
 * and no fragments where the platform has them. Thread-safe; no method blocks.
 */
final class UdpSockets {

	/** How many packets at most leave in one system call, and come in by one. */
	static final int MAX_SEGMENTS = 44;

	/**
	 * What is sent where packets may be fragmented: IPv6's smallest MTU, less headers.
	 */
	static final int UNDISCOVERED_UDP_PAYLOAD_BYTES = 1232;

	private static final Logger logger = LoggerFactory.getLogger(UdpSockets.class);

	/** Segments that came in together are one message of this size at most. */
	private static final int MAX_READ_BYTES = 65_535;

	private static final int MESSAGES_PER_READ = 16;

	private static final int WRITE_LOW_BYTES = 1 << 20;

	private static final int WRITE_HIGH_BYTES = 2 << 20;

	/** Linux: IPPROTO_IP is 0, IP_MTU_DISCOVER is 10. */
	private static final ChannelOption<Integer> IP_MTU_DISCOVER = new IntegerUnixChannelOption("IP_MTU_DISCOVER", 0,
			10);

	/** Linux: IPPROTO_IPV6 is 41, IPV6_MTU_DISCOVER is 23. */
	private static final ChannelOption<Integer> IPV6_MTU_DISCOVER = new IntegerUnixChannelOption("IPV6_MTU_DISCOVER",
			41, 23);

	/** Linux: IPPROTO_IPV6 is 41, IPV6_V6ONLY is 26. */
	private static final ChannelOption<Integer> IPV6_ONLY = new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

	/**
	 * Linux: IP_PMTUDISC_PROBE. No fragments, whatever the kernel thinks the path takes.
	 */
	private static final int PROBE = 3;

	private final EventLoops eventLoops;

	private final int bufferBytes;

	private final AtomicBoolean complained = new AtomicBoolean();

	UdpSockets(EventLoops eventLoops, int bufferBytes) {
		this.eventLoops = eventLoops;
		this.bufferBytes = bufferBytes;
	}

	EventLoop nextLoop() {
		return this.eventLoops.group().next();
	}

	private boolean isEpoll() {
		return EpollDatagramChannel.class.isAssignableFrom(this.eventLoops.udp());
	}

	/**
	 * Returns event loops beside one that may serve its port; none where the system
	 * cannot share a port.
	 * @param first the event loop of the first socket
	 * @param loops how many there are to be, with the first
	 */
	List<EventLoop> sharing(EventLoop first, int loops) {
		List<EventLoop> others = new ArrayList<>();
		for (EventExecutor other : this.eventLoops.group()) {
			if (isEpoll() && other != first && 1 + others.size() < loops) {
				others.add((EventLoop) other);
			}
		}
		return others;
	}

	/**
	 * Lets further sockets of this node have the port of one that is bound: had it the
	 * option before, another process could have it too, unnoticed.
	 */
	void share(Channel bound) {
		bound.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
	}

	/**
	 * Binds a socket. Its pipeline is the initializer's to fill.
	 * @param shares whether another socket of this node has the port already
	 */
	ChannelFuture bind(EventLoop loop, InetSocketAddress address, boolean shares, ChannelHandler initializer) {
		boolean ip6 = address.getAddress() instanceof Inet6Address;
		Bootstrap bootstrap = new Bootstrap().group(loop)
			.channelFactory(factory(ip6))
			.option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
			.option(ChannelOption.SO_RCVBUF, this.bufferBytes)
			.option(ChannelOption.SO_SNDBUF, this.bufferBytes)
			.option(ChannelOption.RECVBUF_ALLOCATOR,
					new FixedRecvByteBufAllocator(MAX_READ_BYTES).maxMessagesPerRead(MESSAGES_PER_READ))
			.option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES))
			.handler(initializer);
		if (isEpoll()) {
			bootstrap.option(ip6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, PROBE);
			if (segments().maxNumSegments() > 0) {
				bootstrap.option(EpollChannelOption.UDP_GRO, true);
			}
			if (ip6) {
				bootstrap.option(IPV6_ONLY, 1);
			}
		}
		if (shares) {
			bootstrap.option(EpollChannelOption.SO_REUSEPORT, true);
		}
		ChannelFuture bound = bootstrap.bind(address);
		bound.addListener((done) -> {
			if (done.isSuccess()) {
				checkBuffers(bound.channel());
			}
		});
		return bound;
	}

	private ChannelFactory<DatagramChannel> factory(boolean ip6) {
		SocketProtocolFamily family = ip6 ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
		if (isEpoll()) {
			return () -> new EpollDatagramChannel(family);
		}
		return () -> {
			NioDatagramChannel channel = new NioDatagramChannel(family);
			unfragmented(channel).ifPresent((option) -> channel.config().setOption(option, true));
			return channel;
		};
	}

	/** The JDK has the option since 19, and not on every system. */
	@SuppressWarnings("unchecked")
	private static Optional<ChannelOption<Boolean>> unfragmented(Channel channel) {
		for (ChannelOption<?> option : channel.config().getOptions().keySet()) {
			if (option.name().endsWith("IP_DONTFRAGMENT")) {
				return Optional.of((ChannelOption<Boolean>) option);
			}
		}
		return Optional.empty();
	}

	/** Whether large packets are found to arrive or not, instead of being fragmented. */
	boolean mayDiscoverPathMtu(Channel channel) {
		return isEpoll() || unfragmented(channel).isPresent();
	}

	SegmentedDatagramPacketAllocator segments() {
		return isEpoll() ? Segments.ALLOCATOR : SegmentedDatagramPacketAllocator.NONE;
	}

	/**
	 * On the module path Netty's codec cannot see Netty's epoll transport: its descriptor
	 * names another module.
	 */
	private static final class Segments {

		static final SegmentedDatagramPacketAllocator ALLOCATOR = create();

		private static SegmentedDatagramPacketAllocator create() {
			try {
				return EpollQuicUtils.newSegmentedAllocator(MAX_SEGMENTS);
			}
			catch (IllegalAccessError ex) {
				logger
					.warn("QUIC packets go out one by one, which is slower: Netty's QUIC codec cannot see Netty's epoll"
							+ " transport; add --add-reads io.netty.codec.classes.quic=io.netty.transport.classes.epoll");
				return SegmentedDatagramPacketAllocator.NONE;
			}
		}

	}

	private void checkBuffers(Channel channel) {
		int received = granted(channel, ChannelOption.SO_RCVBUF);
		int sent = granted(channel, ChannelOption.SO_SNDBUF);
		if ((received < this.bufferBytes || sent < this.bufferBytes) && this.complained.compareAndSet(false, true)) {
			logger.warn(complaint(this.bufferBytes, received, sent));
		}
	}

	/** Linux tells twice what is usable; the JDK's own sockets halve that already. */
	private int granted(Channel channel, ChannelOption<Integer> option) {
		Integer value = channel.config().getOption(option);
		return (value == null) ? 0 : isEpoll() ? value / 2 : value;
	}

	static String complaint(int wanted, int received, int sent) {
		String setting = isLinux() ? "raise net.core.rmem_max and net.core.wmem_max to " + wanted
				: "raise the largest UDP socket buffer of the system";
		return "QUIC will lose packets and be slow: of " + wanted + " bytes of socket buffers the kernel gives "
				+ received + " for receiving and " + sent + " for sending; " + setting;
	}

	private static boolean isLinux() {
		return System.getProperty("os.name").startsWith("Linux");
	}

}
