package io.p2pboot.libp2p.transport;

import java.net.ConnectException;
import java.util.concurrent.RejectedExecutionException;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * One dial of a transport that carries only bytes, from its socket to the upgraded
 * connection. Cancelling {@link #future()} closes the channel, at whatever step it is; so
 * does a failure. {@link #opened}, {@link #onFailedUpgrade} and {@link #ready} are called
 * on the channel's event loop, the other methods on any thread.
 */
public final class RawDial {

	private final Multiaddr address;

	private final DialOptions options;

	private final Promise<MuxedConnection> result;

	/** Event loop only. The newest, where a dial was begun anew from another port. */
	private @Nullable Channel current;

	/** Event loop only. Begins anew, once. */
	private @Nullable Runnable again;

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
	 * connection. A channel takes the place of the one before.
	 * @param channel the channel, connected or not
	 */
	public void opened(Channel channel) {
		this.current = channel;
		this.result.addListener((done) -> {
			if (!done.isSuccess()) {
				channel.close();
			}
		});
		channel.closeFuture().addListener((closed) -> {
			if (!this.handedOver) {
				failLater(channel);
			}
		});
	}

	/**
	 * Sets what begins the dial anew, once, if the upgrade fails: the peer may have
	 * dialled us from and to the same ports at the same moment, and then both ends are
	 * initiators on one connection (RFC 9293 section 3.5, simultaneous open).
	 * @param task opens a channel from another port, on the event loop
	 */
	public void onFailedUpgrade(Runnable task) {
		this.again = task;
	}

	/** Whoever closed the channel may be about to say why, or to begin another. */
	private void failLater(Channel channel) {
		ConnectException cause = new ConnectException("the connection closed");
		try {
			channel.eventLoop().execute(() -> {
				if (channel == this.current) {
					fail(cause);
				}
			});
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
				failed(upgrade.cause());
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

	private void failed(Throwable cause) {
		Runnable task = this.again;
		if (task == null || this.result.isDone() || !(cause instanceof UpgradeFailed)) {
			fail(cause);
			return;
		}
		this.again = null;
		this.handedOver = false;
		task.run();
	}

	/**
	 * Ends the dial, unless it has ended.
	 * @param cause why
	 */
	public void fail(Throwable cause) {
		this.result.tryFailure(SocketFailure.dial(this.address, cause));
	}

}
