package io.p2pboot.libp2p.transport.quic;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionAddress;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.transport.SourceAddress;
import io.p2pboot.libp2p.transport.TransportContext;
import org.jspecify.annotations.Nullable;

/**
 * One UDP socket with QUIC connections on it, accepted and dialled: dials leave from the
 * port that is listened on, so that what peers observe is an address that can be dialled.
 * All connections of a socket share its event loop. Event loop only, except where said.
 */
final class QuicSocket {

	/**
	 * With more inbound handshakes than this, peers have to prove their address first.
	 */
	static final int RETRY_ABOVE = 32;

	private final QuicPort port;

	/** Which socket of the port it is. */
	private final int number;

	private final TransportContext context;

	private final QuicConfig config;

	private final QuicheAccess access;

	private final QuicTls tls;

	private final UdpSockets sockets;

	private final EventLoop loop;

	private final Channel channel;

	private final ResetTokens resetTokens;

	private final ConnectionIds ids;

	private final BatchedReads reads = new BatchedReads();

	private final HandshakeTasks tasks = new HandshakeTasks();

	private final HolePunches punches;

	private final PacketRouter router;

	private int upgrading;

	private @Nullable Multiaddr formatted;

	private QuicSocket(QuicPort port, Channel channel, int number) {
		QuicPort.Parts parts = port.parts();
		this.port = port;
		this.number = number;
		this.context = parts.context();
		this.config = parts.config();
		this.access = parts.access();
		this.tls = parts.tls();
		this.sockets = parts.sockets();
		this.channel = channel;
		this.loop = channel.eventLoop();
		this.resetTokens = new ResetTokens(this.context.identity());
		this.ids = port.siblings().areSeveral() ? ConnectionIds.numbered(number, this::resetToken)
				: new ConnectionIds(this::resetToken);
		this.punches = new HolePunches(channel, port.siblings(), number);
		this.router = new PacketRouter(this.ids, new StatelessResets(this::resetToken), this.reads, this.tasks,
				port.siblings());
	}

	/**
	 * Binds a socket. Any thread.
	 * @param port the port
	 * @param number which of its sockets it is, 0 for the first
	 * @return the socket, on the loop given
	 */
	static Future<QuicSocket> bind(QuicPort port, EventLoop loop, InetSocketAddress address, int number) {
		Promise<QuicSocket> result = loop.newPromise();
		QuicSocket[] made = new QuicSocket[1];
		ChannelHandler initializer = new ChannelInitializer<Channel>() {
			@Override
			protected void initChannel(Channel channel) {
				made[0] = new QuicSocket(port, channel, number);
				made[0].fill(channel.pipeline());
			}
		};
		ChannelFuture bound = port.parts().sockets().bind(loop, address, number > 0, initializer);
		bound.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
			else if (!result.trySuccess(made[0])) {
				bound.channel().close();
			}
		});
		return result;
	}

	private void fill(ChannelPipeline pipeline) {
		pipeline.addLast(this.router);
		if (this.port.serves()) {
			ChannelHandler codec = serverCodec();
			pipeline.addLast(codec);
			if (this.access.offers(QuicheAccess.Use.RESETS)) {
				this.ids.onFirst((id) -> tellToken(codec, id));
			}
			this.router.serverCodec(pipeline.context(codec));
		}
		pipeline.addLast(clientCodec());
	}

	/** The codec has one token for all connections; each is to have its own. */
	private void tellToken(ChannelHandler codec, long id) {
		try {
			this.access.resetToken(codec, resetToken(id));
		}
		catch (Throwable ex) {
			throw new IllegalStateException("The codec takes no reset token", ex);
		}
	}

	private byte[] resetToken(long id) {
		return this.resetTokens.token(boundAddress(), id);
	}

	private ChannelHandler serverCodec() {
		return configured(new QuicServerCodecBuilder()).sslEngineProvider(this.tls::serverEngine)
			.connectionIdAddressGenerator(this.ids)
			.resetTokenGenerator(this.ids)
			.tokenHandler(new AddressTokens(this.ids, this.loop.ticker(), this::hasToProve))
			.option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, this.sockets.segments())
			.handler(new ChannelInitializer<QuicChannel>() {
				@Override
				protected void initChannel(QuicChannel accepted) {
					InetSocketAddress remote = (InetSocketAddress) accepted.remoteSocketAddress();
					track(accepted, QuicSocket.this.ids.accepted(remote));
					accepted.pipeline().addLast(new AcceptedConnection(QuicSocket.this));
				}
			})
			.build();
	}

	/** Whether a peer has to prove first that it is at its address. */
	private boolean hasToProve(InetSocketAddress remote) {
		return this.upgrading > RETRY_ABOVE || this.context.isBusy(QuicAddress.format(remote));
	}

	private ChannelHandler clientCodec() {
		return configured(new QuicClientCodecBuilder()).sslEngineProvider(this.tls::clientEngine).build();
	}

	private <B extends QuicCodecBuilder<B>> B configured(B builder) {
		boolean discovers = this.sockets.mayDiscoverPathMtu(this.channel);
		if (this.config.carriesDatagrams()) {
			builder.datagram(this.config.datagramQueue(), this.config.datagramQueue());
		}
		return builder.sslTaskExecutor(this.tasks)
			.maxIdleTimeout(this.config.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
			.localConnectionIdLength(ConnectionIds.LENGTH)
			.activeMigration(false)
			.initialMaxData(this.config.connectionWindowBytes())
			.initialMaxStreamDataBidirectionalLocal(this.config.streamWindowBytes())
			.initialMaxStreamDataBidirectionalRemote(this.config.streamWindowBytes())
			.initialMaxStreamDataUnidirectional(0)
			.initialMaxStreamsBidirectional(this.config.inboundStreams())
			.initialMaxStreamsUnidirectional(0)
			.maxRecvUdpPayloadSize(this.config.maxUdpPayloadBytes())
			.maxSendUdpPayloadSize(
					discovers ? this.config.maxUdpPayloadBytes() : UdpSockets.UNDISCOVERED_UDP_PAYLOAD_BYTES)
			.discoverPmtu(discovers);
	}

	// What connections ask.

	TransportContext context() {
		return this.context;
	}

	QuicConfig config() {
		return this.config;
	}

	/** Where datagrams beside the streams wait; empty if connections carry none. */
	Optional<DatagramQueue> datagrams() {
		return this.config.carriesDatagrams() ? DatagramQueue.with(this.access) : Optional.empty();
	}

	BatchedReads reads() {
		return this.reads;
	}

	long now() {
		return this.loop.ticker().nanoTime();
	}

	/** Our end of a connection with a peer. */
	Multiaddr localAddress(InetSocketAddress remote) {
		InetSocketAddress bound = boundAddress();
		if (!bound.getAddress().isAnyLocalAddress()) {
			return formatted(bound);
		}
		InetAddress ip = SourceAddress.towards(remote).orElse(bound.getAddress());
		return QuicAddress.format(new InetSocketAddress(ip, bound.getPort()));
	}

	/** The address that is bound, which stays as it is; written once. */
	private Multiaddr formatted(InetSocketAddress bound) {
		Multiaddr known = this.formatted;
		if (known == null) {
			known = QuicAddress.format(bound);
			this.formatted = known;
		}
		return known;
	}

	/**
	 * Begins an inbound handshake, which ends with {@link #upgraded}. If it may not
	 * begin, the first packet is read but the handshake does not go on.
	 */
	ConnectionScope admit(QuicChannel accepted, Multiaddr remote) throws Libp2pException {
		try {
			if (!this.port.isAccepting()) {
				throw new ConnectionLost("The socket accepts no connections");
			}
			ConnectionScope scope = this.context.admit(accepted, Direction.INBOUND, formatted(boundAddress()), remote);
			this.upgrading++;
			return scope;
		}
		catch (Libp2pException ex) {
			this.tasks.refuse();
			// It takes room until it is closed: where there are many, addresses have to
			// be
			// proved.
			this.upgrading++;
			accepted.closeFuture().addListener((closed) -> this.upgrading--);
			throw ex;
		}
	}

	/** The dial whose peer has dialled us instead, as agreed. */
	Optional<QuicDial> waitingFor(InetSocketAddress remote, PeerId peer) {
		return this.punches.waitingFor(remote, peer);
	}

	/** An inbound handshake has ended. */
	void upgraded() {
		this.upgrading--;
	}

	private void track(QuicChannel connection, long id) {
		connection.attr(QuicheAccess.KEY).set(this.access);
		connection.attr(ConnectionIds.OWNER).set(this.ids.connection(id));
		connection.attr(Inflow.KEY).set(this.ids.inflow(id));
		connection.config().setAllocator(new SendBudget(connection));
		this.port.connectionOpened();
		connection.closeFuture().addListener((closed) -> {
			this.ids.ended(id);
			this.port.connectionEnded();
		});
	}

	// What the transport asks, on any thread.

	EventLoop loop() {
		return this.loop;
	}

	InetSocketAddress boundAddress() {
		return (InetSocketAddress) this.channel.localAddress();
	}

	boolean isOpen() {
		return this.channel.isOpen();
	}

	/** What packets for this socket go to. */
	PacketRouter router() {
		return this.router;
	}

	Channel channel() {
		return this.channel;
	}

	/** Dials from this socket, on its event loop. */
	void dial(QuicDial dial, InetSocketAddress remote) {
		this.loop.execute(() -> {
			if (!this.channel.isActive()) {
				dial.fail(new ConnectException("the socket is closed"));
			}
			else if (!dial.isDone() && dial.role() == Role.RESPONDER) {
				this.punches.begin(dial, remote, this.config.handshakeTimeout());
			}
			else if (!dial.isDone()) {
				connect(dial, remote);
			}
		});
	}

	private void connect(QuicDial dial, InetSocketAddress remote) {
		long id = this.ids.dial(remote);
		this.port.siblings().dialling(remote, this.number);
		QuicChannel.newBootstrap(this.channel).handler(new ChannelInitializer<QuicChannel>() {
			@Override
			protected void initChannel(QuicChannel dialled) {
				dialled.closeFuture()
					.addListener((closed) -> QuicSocket.this.port.siblings().ended(remote, QuicSocket.this.number));
				track(dialled, id);
				dial.opened(dialled);
				begin(dialled, dial, remote);
			}
		})
			.attr(QuicTls.PROOF, dial.proof())
			.attr(Confirmation.KEY, new Confirmation(this.config.idleTimeout()))
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(this.config.handshakeTimeout().toMillis()))
			.option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, this.sockets.segments())
			.localConnectionAddress(new QuicConnectionAddress(ConnectionIds.bytes(id)))
			.remoteAddress(remote)
			.connect()
			.addListener((done) -> {
				if (!done.isSuccess()) {
					dial.fail(done.cause());
				}
			});
	}

	private void begin(QuicChannel dialled, QuicDial dial, InetSocketAddress remote) {
		try {
			Multiaddr address = QuicAddress.format(remote);
			ConnectionScope scope = this.context.admit(dialled, Direction.OUTBOUND, localAddress(remote), address);
			dialled.pipeline().addLast(new DialledConnection(this, dial, scope, address));
		}
		catch (Libp2pException ex) {
			dial.fail(ex);
		}
	}

	/** Ends all connections of this socket and closes it. */
	Future<Void> close() {
		Promise<Void> result = this.loop.newPromise();
		this.loop.execute(() -> {
			// NIO closes a registered socket with the next select only; a scheduled task
			// comes after that.
			Runnable freed = () -> result.trySuccess(null);
			this.channel.close().addListener((closed) -> this.loop.schedule(freed, 1, TimeUnit.NANOSECONDS));
		});
		return result;
	}

}
