package io.p2pboot.libp2p.transport;

import java.net.ConnectException;
import java.util.concurrent.RejectedExecutionException;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * One dial of a transport that carries only bytes, from its socket to the upgraded
 * connection. Cancelling {@link #future()} closes the channel, at whatever step it is; so
 * does a failure. {@link #opened} and {@link #ready} are called on the channel's event
 * loop, the other methods on any thread.
 */
public final class RawDial {

	private final Multiaddr address;

	private final DialOptions options;

	private final Promise<MuxedConnection> result;

	/** Event loop only. From then on the upgrader knows best why the channel closed. */
	private boolean handedOver;

	/**
	 * Creates a dial.
	 * @param loop the event loop of the connection
	 * @param address the address that is dialled
	 * @param options who may answer, and who speaks first
	 */
	public RawDial(EventLoop loop, Multiaddr address, DialOptions options) {
		this.address = address;
		this.options = options;
		this.result = loop.newPromise();
	}

	/**
	 * Returns the result.
	 * @return the connection, secured and multiplexed; fails with an
	 * {@link java.io.IOException} that names the address
	 */
	public Future<MuxedConnection> future() {
		return this.result;
	}

	/**
	 * Ties a channel to the result: each ends with the other, unless the result is a
	 * connection.
	 * @param channel the channel, connected or not
	 */
	public void opened(Channel channel) {
		this.result.addListener((done) -> {
			if (!done.isSuccess()) {
				channel.close();
			}
		});
		channel.closeFuture().addListener((closed) -> {
			if (!this.handedOver) {
				failLater(channel.eventLoop());
			}
		});
	}

	/** Whoever closed the channel may be about to say why. */
	private void failLater(EventLoop loop) {
		ConnectException cause = new ConnectException("the connection closed");
		try {
			loop.execute(() -> fail(cause));
		}
		catch (RejectedExecutionException ex) {
			// The event loop is shut down, nobody else comes.
			fail(cause);
		}
	}

	/**
	 * Gives the raw channel to the upgrader and lets it read.
	 * @param upgrader the upgrader
	 * @param channel the channel, active, with auto-read off
	 * @param transport the transport's label
	 * @param local our end's address
	 */
	public void ready(Upgrader upgrader, Channel channel, String transport, Multiaddr local) {
		if (this.result.isDone()) {
			channel.close();
			return;
		}
		this.handedOver = true;
		Future<MuxedConnection> upgrade = upgrader.outbound(channel,
				UpgradeRequest.outbound(transport, local, this.address, this.options.peer())
					.withRole(this.options.role()));
		upgrade.addListener((done) -> {
			if (!upgrade.isSuccess()) {
				fail(upgrade.cause());
			}
			else if (!this.result.trySuccess(upgrade.getNow())) {
				channel.close();
			}
		});
		this.result.addListener((done) -> {
			if (done.isCancelled()) {
				upgrade.cancel(false);
			}
		});
		channel.config().setAutoRead(true);
	}

	/**
	 * Ends the dial, unless it has ended.
	 * @param cause why
	 */
	public void fail(Throwable cause) {
		this.result.tryFailure(SocketFailure.dial(this.address, cause));
	}

}
