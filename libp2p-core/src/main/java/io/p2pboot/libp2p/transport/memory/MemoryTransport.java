package io.p2pboot.libp2p.transport.memory;

import java.io.IOException;
import java.util.function.Consumer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.RawDial;
import io.p2pboot.libp2p.transport.SocketFailure;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;
import io.p2pboot.libp2p.transport.UpgradeRequest;
import org.jspecify.annotations.Nullable;

/**
 * Dials and listens on {@code /memory/<n>} within a {@link MemoryNetwork}; 0 is any free
 * number. Connections are secured and multiplexed as on TCP. Thread-safe.
 */
public final class MemoryTransport implements Transport {

	/** The transport's label. */
	public static final String NAME = "memory";

	private final MemoryNetwork network;

	private volatile @Nullable TransportContext context;

	private volatile boolean closed;

	/**
	 * Creates a transport on {@link MemoryNetwork#global()}.
	 */
	public MemoryTransport() {
		this(MemoryNetwork.global());
	}

	/**
	 * Creates a transport.
	 * @param network the network of the addresses
	 */
	public MemoryTransport(MemoryNetwork network) {
		this.network = network;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public boolean supports(Multiaddr address) {
		return MemoryAddress.parse(address).isPresent();
	}

	@Override
	public void start(TransportContext context) {
		this.context = context;
	}

	/**
	 * {@inheritDoc}
	 * @throws IllegalArgumentException if the address is not supported
	 * @throws IllegalStateException if the transport is not started
	 */
	@Override
	public Future<Listener> listen(Multiaddr address) {
		MemoryAddress wanted = required(address);
		TransportContext context = started();
		EventLoop loop = context.eventLoops().group().next();
		try {
			if (this.closed) {
				throw closedFailure();
			}
			Consumer<MemoryChannel> accepted = (channel) -> accept(context, channel);
			MemoryAddress bound = this.network.listen(wanted, accepted);
			return loop.newSucceededFuture(new MemoryListener(this.network, bound, accepted));
		}
		catch (IOException ex) {
			return loop.newFailedFuture(SocketFailure.listen(address, ex));
		}
	}

	private static void accept(TransportContext context, MemoryChannel channel) {
		channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelActive(ChannelHandlerContext ctx) {
				ctx.pipeline().remove(this);
				Multiaddr local = ((MemoryAddress) channel.localAddress()).toMultiaddr();
				Multiaddr remote = ((MemoryAddress) channel.remoteAddress()).toMultiaddr();
				context.upgrader().inbound(channel, UpgradeRequest.inbound(NAME, local, remote));
				channel.config().setAutoRead(true);
			}
		});
		context.eventLoops().group().next().register(channel);
	}

	/**
	 * {@inheritDoc}
	 * @throws IllegalArgumentException if the address is not supported
	 * @throws IllegalStateException if the transport is not started
	 */
	@Override
	public Future<MuxedConnection> dial(Multiaddr address, DialOptions options) {
		MemoryAddress target = required(address);
		TransportContext context = started();
		EventLoop loop = context.eventLoops().group().next();
		RawDial dial = new RawDial(loop, address, options);
		try {
			if (this.closed) {
				throw closedFailure();
			}
			MemoryChannel channel = this.network.connect(target);
			channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
				@Override
				public void channelActive(ChannelHandlerContext ctx) {
					ctx.pipeline().remove(this);
					dial.opened(channel);
					dial.ready(context.upgrader(), channel, NAME,
							((MemoryAddress) channel.localAddress()).toMultiaddr());
				}
			});
			loop.register(channel);
		}
		catch (IOException ex) {
			dial.fail(ex);
		}
		return dial.future();
	}

	@Override
	public Future<Void> close() {
		this.closed = true;
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
	}

	private static MemoryAddress required(Multiaddr address) {
		return MemoryAddress.parse(address)
			.orElseThrow(() -> new IllegalArgumentException(address + " is not an address of the transport memory"));
	}

	private TransportContext started() {
		TransportContext context = this.context;
		if (context == null) {
			throw new IllegalStateException("The transport memory is not started");
		}
		return context;
	}

	private static IOException closedFailure() {
		return new IOException("the transport memory is closed");
	}

	/** An address in the network. */
	private record MemoryListener(MemoryNetwork network, MemoryAddress bound,
			Consumer<MemoryChannel> accepted) implements Listener {

		@Override
		public Multiaddr address() {
			return this.bound.toMultiaddr();
		}

		@Override
		public Future<Void> close() {
			this.network.unlisten(this.bound, this.accepted);
			return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
		}

	}

}
