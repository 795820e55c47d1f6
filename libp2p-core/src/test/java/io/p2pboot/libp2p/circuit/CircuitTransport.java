package io.p2pboot.libp2p.circuit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;
import io.p2pboot.libp2p.transport.UpgradeRequest;
import org.jspecify.annotations.Nullable;

/**
 * Dials {@code /…/p2p/RELAY/p2p-circuit} through a {@link CircuitRelay}, and takes what
 * comes through one. Given to a builder as a transport and as a service.
 */
public final class CircuitTransport implements Transport, NodeService {

	static final String NAME = "p2p-circuit";

	/** What the relay of the tests says that it carries. */
	static final Connection.Limit LIMIT = new Connection.Limit(Optional.of(Duration.ofMinutes(2)),
			OptionalLong.of(64 << 20));

	private static final int MAX_MESSAGE_BYTES = 128;

	private @Nullable TransportContext context;

	private @Nullable NettyNode node;

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public boolean supports(Multiaddr address) {
		return address.has(MultiaddrProtocol.P2P_CIRCUIT);
	}

	@Override
	public void start(TransportContext context) {
		this.context = context;
	}

	@Override
	public void start(NettyNode node) {
		this.node = node;
		node.mountStreams(CircuitRelay.STOP,
				(stream) -> MessageChannel.open(stream, MAX_MESSAGE_BYTES, (channel, source) -> {
					channel.detach();
					Multiaddr remote = circuit(stream.connection());
					this.context.upgrader()
						.inbound(stream,
								UpgradeRequest.inbound(NAME, stream.connection().localAddress(), remote)
									.withExpectedPeer(PeerId.decode(source))
									.withLimit(LIMIT));
				}));
	}

	@Override
	public void stop() {
		this.node.unmountProtocol(CircuitRelay.STOP);
	}

	static Multiaddr circuit(Connection relay) {
		return Multiaddr.parse(relay.remoteAddress() + "/p2p/" + relay.remotePeer() + "/p2p-circuit");
	}

	@Override
	public Future<Listener> listen(Multiaddr address) {
		return this.context.eventLoops().group().next().newFailedFuture(new IOException("not a relay's client"));
	}

	@Override
	public Future<MuxedConnection> dial(Multiaddr address, DialOptions options) {
		Promise<MuxedConnection> result = this.context.eventLoops().group().next().newPromise();
		Multiaddr relay = address.decapsulateLast(MultiaddrProtocol.P2P_CIRCUIT);
		Future<StreamChannel> opening = this.node.openStream(AddrInfo.parse(relay.toString()),
				List.of(CircuitRelay.HOP), ConnectOptions.DEFAULT.withoutRoutings(),
				(stream) -> MessageChannel.open(stream, MAX_MESSAGE_BYTES, new MessageChannel.Handler() {

					@Override
					public void received(MessageChannel channel, ByteBuffer granted) {
						channel.detach();
						upgrade(stream, address, options, result);
					}

					@Override
					public void failed(MessageChannel channel, Throwable cause) {
						result.tryFailure(cause);
					}

				}).send(options.peer().orElseThrow().multihash().encoded()));
		opening.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
		});
		return result;
	}

	private void upgrade(StreamChannel stream, Multiaddr address, DialOptions options,
			Promise<MuxedConnection> result) {
		Future<MuxedConnection> upgraded = this.context.upgrader()
			.outbound(stream,
					UpgradeRequest.outbound(NAME, stream.connection().localAddress(), address, options.peer())
						.withRole(options.role())
						.withLimit(LIMIT));
		upgraded.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(done.cause());
			}
			else if (!result.trySuccess(upgraded.getNow())) {
				stream.close();
			}
		});
	}

	@Override
	public Future<Void> close() {
		return this.context.eventLoops().group().next().newSucceededFuture(null);
	}

}
