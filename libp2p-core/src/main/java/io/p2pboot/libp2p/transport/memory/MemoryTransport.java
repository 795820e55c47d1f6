package io.p2pboot.libp2p.transport.memory;

import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.Role;
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
 * number. Connections are secured and multiplexed as on TCP. A dial bears the number of a
 * listener of the transport, if it has one. A dial as responder waits until the peer
 * dials that number from the one that is dialled; whoever began it ends the wait.
 * Thread-safe.
 */
public final class MemoryTransport implements Transport {

	/** The transport's label. */
	public static final String NAME = "memory";

	private final MemoryNetwork network;

	private final List<MemoryAddress> listening = new CopyOnWriteArrayList<>();

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
			this.listening.add(bound);
			return loop.newSucceededFuture(new MemoryListener(this, bound, accepted));
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
			Optional<MemoryAddress> own = this.listening.stream().findFirst();
			if (options.role() == Role.RESPONDER) {
				MemoryAddress at = own
					.orElseThrow(() -> new ConnectException("the peer would dial this node, and it listens nowhere"));
				Runnable end = this.network.expect(target, at, (channel) -> {
					boolean waiting = !dial.future().isDone();
					if (waiting) {
						begin(context, dial, loop, channel);
					}
					return waiting;
				});
				dial.future().addListener((done) -> end.run());
			}
			else {
				Optional<MemoryAddress> from = (options.port() == DialPort.REUSE) ? own : Optional.empty();
				begin(context, dial, loop, this.network.connect(from, target));
			}
		}
		catch (IOException ex) {
			dial.fail(ex);
		}
		return dial.future();
	}

	private static void begin(TransportContext context, RawDial dial, EventLoop loop, MemoryChannel channel) {
		channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelActive(ChannelHandlerContext ctx) {
				ctx.pipeline().remove(this);
				dial.opened(channel);
				dial.ready(context.upgrader(), channel, NAME, ((MemoryAddress) channel.localAddress()).toMultiaddr());
			}
		});
		loop.register(channel);
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
	private record MemoryListener(MemoryTransport transport, MemoryAddress bound,
			Consumer<MemoryChannel> accepted) implements Listener {

		@Override
		public Multiaddr address() {
			return this.bound.toMultiaddr();
		}

		@Override
		public Future<Void> close() {
			this.transport.listening.remove(this.bound);
			this.transport.network.unlisten(this.bound, this.accepted);
			return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
		}

	}

}
