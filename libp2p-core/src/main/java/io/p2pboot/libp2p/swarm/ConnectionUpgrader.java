package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multistream.Multistream;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.UpgradeRequest;
import io.p2pboot.libp2p.transport.Upgrader;

/**
 * Turns a raw channel into a multiplexed connection: negotiate a security protocol, run
 * its handshake, negotiate a muxer unless the handshake chose one, attach it. The whole
 * runs on the channel's event loop under one deadline. Any thread may create it; it holds
 * no state of a connection.
 */
final class ConnectionUpgrader implements Upgrader {

	private final PrivateKey identity;

	private final SwarmConfig config;

	private final Swarm swarm;

	private final List<String> securityIds;

	private final List<String> muxerIds;

	ConnectionUpgrader(PrivateKey identity, SwarmConfig config, Swarm swarm) {
		this.identity = identity;
		this.config = config;
		this.swarm = swarm;
		this.securityIds = config.security().stream().map(SecurityProtocol::id).toList();
		this.muxerIds = config.muxers().stream().map(Muxer::id).toList();
	}

	@Override
	public void inbound(Channel channel, UpgradeRequest request) {
		Future<MuxedConnection> upgraded = upgrade(channel, request);
		upgraded.addListener((future) -> {
			if (future.isSuccess()) {
				this.swarm.connected(upgraded.getNow());
			}
			else {
				this.swarm.log().upgradeFailed(request.remote(), future.cause());
			}
		});
	}

	@Override
	public Future<MuxedConnection> outbound(Channel channel, UpgradeRequest request) {
		return upgrade(channel, request);
	}

	private Future<MuxedConnection> upgrade(Channel channel, UpgradeRequest request) {
		try {
			ConnectionScope scope = request.scope().isPresent() ? request.scope().get()
					: this.swarm.admit(channel, request.direction(), request.local(), request.remote());
			return new Upgrade(channel, request, scope).start();
		}
		catch (Libp2pException ex) {
			channel.close();
			return channel.eventLoop().newFailedFuture(ex);
		}
	}

	/**
	 * One upgrade. Event loop only.
	 */
	private final class Upgrade {

		private final Channel channel;

		private final UpgradeRequest request;

		private final ConnectionScope scope;

		private final Promise<MuxedConnection> result;

		private final long startNanos;

		Upgrade(Channel channel, UpgradeRequest request, ConnectionScope scope) {
			this.channel = channel;
			this.request = request;
			this.scope = scope;
			this.result = channel.eventLoop().newPromise();
			this.startNanos = channel.eventLoop().ticker().nanoTime();
		}

		Future<MuxedConnection> start() {
			Duration timeout = ConnectionUpgrader.this.config.upgradeTimeout();
			// Until the first stream, a scope is idle from its beginning on.
			long left = Math.max(0, timeout.toNanos() - this.scope.idleNanos());
			ScheduledFuture<?> deadline = this.channel.eventLoop()
				.schedule(() -> fail("it took longer than " + timeout.toMillis() + " ms"), left, TimeUnit.NANOSECONDS);
			this.channel.closeFuture().addListener((closed) -> fail("the connection was closed"));
			this.result.addListener((done) -> {
				deadline.cancel(false);
				if (!done.isSuccess()) {
					this.channel.close();
				}
			});
			if (this.channel instanceof StreamChildChannel) {
				this.channel.pipeline().addLast(CarrierEnd.INSTANCE);
			}
			negotiate(ConnectionUpgrader.this.securityIds, this::secure);
			return this.result;
		}

		private boolean isInitiator() {
			return this.request.isInitiator();
		}

		private void negotiate(List<String> ids, Consumer<String> next) {
			Duration timeout = ConnectionUpgrader.this.config.upgradeTimeout();
			Future<String> selected = isInitiator() ? Multistream.select(this.channel, ids, timeout)
					: Multistream.respond(this.channel, ids, timeout);
			then(selected, next);
		}

		/** Goes on with the result on the event loop, or fails the upgrade. */
		private <T> void then(Future<T> future, Consumer<T> next) {
			future.addListener((done) -> {
				if (!done.isSuccess()) {
					fail(done.cause());
				}
				else if (!this.result.isDone()) {
					next.accept(future.getNow());
				}
			});
		}

		private void secure(String id) {
			ConnectionUpgrader upgrader = ConnectionUpgrader.this;
			SecurityProtocol protocol = upgrader.config.security().get(upgrader.securityIds.indexOf(id));
			this.scope.progressed();
			if (!isInitiator()) {
				this.channel.pipeline().addLast(new FirstAnswer(this.scope::progressed));
			}
			SecurityRequest request = new SecurityRequest(upgrader.identity, isInitiator(), this.request.expectedPeer(),
					upgrader.muxerIds);
			then(protocol.secure(this.channel, request), (session) -> secured(id, session));
		}

		private void secured(String security, SecureSession session) {
			if (session.remotePeer().equals(ConnectionUpgrader.this.swarm.localPeer())) {
				fail("the peer at the other end is this node itself");
				return;
			}
			try {
				this.scope.secured(session.remotePeer());
			}
			catch (Libp2pException ex) {
				fail(ex);
				return;
			}
			Optional<String> early = session.muxer();
			if (early.isPresent()) {
				multiplex(security, session, early.get());
			}
			else {
				negotiate(ConnectionUpgrader.this.muxerIds, (muxer) -> multiplex(security, session, muxer));
			}
		}

		private void multiplex(String security, SecureSession session, String id) {
			ConnectionUpgrader upgrader = ConnectionUpgrader.this;
			Muxer muxer = upgrader.config.muxers().get(upgrader.muxerIds.indexOf(id));
			MuxerSession streams = muxer.attach(this.channel, isInitiator(), session.preferredWriteBytes(),
					upgrader.swarm.inboundStreams(), this.scope);
			Duration took = Duration.ofNanos(this.channel.eventLoop().ticker().nanoTime() - this.startNanos);
			MuxedConnection connection = new MuxedConnection(this.request.direction(), this.request.transport(),
					this.request.local(), this.request.remote(), Optional.of(security), Optional.of(id), session,
					streams, took, this.scope, this.request.limit());
			if (!this.result.trySuccess(connection)) {
				streams.close(0);
			}
		}

		private void fail(Throwable cause) {
			if (cause instanceof Libp2pException) {
				this.result.tryFailure(cause);
			}
			else {
				this.result.tryFailure(new UpgradeFailed(describe() + " failed: " + cause.getMessage(), cause));
			}
		}

		private void fail(String reason) {
			if (!this.result.isDone()) {
				this.result.tryFailure(new UpgradeFailed(describe() + " failed: " + reason));
			}
		}

		private String describe() {
			return "Upgrading the connection " + ((this.request.direction() == Direction.OUTBOUND) ? "to " : "from ")
					+ this.request.remote();
		}

	}

}
