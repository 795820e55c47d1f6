package io.p2pboot.libp2p.transport;

import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * A listener that is a bound server channel.
 *
 * @param channel the server channel
 * @param address the address, port resolved
 */
public record BoundListener(Channel channel, Multiaddr address) implements Listener {

	@Override
	public void onChange(Runnable task) {
		this.channel.closeFuture().addListener((closed) -> task.run());
	}

	@Override
	public boolean isOpen() {
		return this.channel.isOpen();
	}

	@Override
	public Future<Void> close() {
		Promise<Void> freed = this.channel.eventLoop().newPromise();
		// NIO closes a registered socket with the next select only; a scheduled task
		// comes after that.
		this.channel.close()
			.addListener((closed) -> this.channel.eventLoop()
				.schedule(() -> freed.trySuccess(null), 1, TimeUnit.NANOSECONDS));
		return freed;
	}

}
