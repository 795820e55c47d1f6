package io.p2pboot.libp2p.transport.memory;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.RejectedExecutionException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;

/**
 * One end of a connection in memory. It runs on any event loop, because it has no socket
 * to be selected. Netty's own local channel does not serve: it queues without a bound
 * what its peer does not read. State is touched on the event loop only.
 */
final class MemoryChannel extends AbstractChannel {

	private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

	private static final int READS_AT_ONCE = 16;

	private final ChannelConfig config = new MemoryConfig();

	private final MemoryAddress local;

	private final MemoryAddress remote;

	private final MemoryPipe in;

	private final MemoryPipe out;

	private volatile boolean open = true;

	private boolean readPending;

	MemoryChannel(MemoryAddress local, MemoryAddress remote, MemoryPipe in, MemoryPipe out) {
		super(null);
		this.local = local;
		this.remote = remote;
		this.in = in;
		this.out = out;
		this.config.setAutoRead(false);
		this.config.setAllocator(PooledByteBufAllocator.DEFAULT);
	}

	@Override
	protected AbstractUnsafe newUnsafe() {
		return new MemoryUnsafe();
	}

	@Override
	protected boolean isCompatible(EventLoop loop) {
		return true;
	}

	@Override
	protected void doRegister(ChannelPromise promise) {
		this.in.onReadable(() -> wake(this::drain));
		this.out.onWritable(() -> wake(((MemoryUnsafe) unsafe())::resumeFlush));
		promise.setSuccess();
	}

	/** Runs on the other end's thread. */
	private void wake(Runnable task) {
		try {
			eventLoop().execute(task);
		}
		catch (RejectedExecutionException ex) {
			// Our event loops are shut down: for the other end we are gone.
			doClose();
		}
	}

	@Override
	protected void doBeginRead() {
		if (!this.readPending) {
			this.readPending = true;
			eventLoop().execute(this::drain);
		}
	}

	private void drain() {
		if (!this.readPending || !this.open) {
			return;
		}
		int reads = 0;
		ByteBuf chunk;
		// As sockets do: without auto-read one read() delivers one buffer.
		do {
			chunk = this.in.read();
			if (chunk != null) {
				this.readPending = false;
				reads++;
				pipeline().fireChannelRead(chunk);
			}
		}
		while (chunk != null && reads < READS_AT_ONCE && this.open && this.config.isAutoRead());
		if (reads > 0) {
			pipeline().fireChannelReadComplete();
			if (this.open && this.config.isAutoRead()) {
				read();
			}
		}
		else if (this.in.isEnded()) {
			unsafe().close(voidPromise());
		}
	}

	@Override
	protected void doWrite(ChannelOutboundBuffer buffer) throws Exception {
		for (Object message = buffer.current(); message != null; message = buffer.current()) {
			ByteBuf bytes = (ByteBuf) message;
			int taken = this.out.write(bytes, alloc());
			if (taken < 0) {
				throw new IOException("Broken pipe: " + this.remote + " closed");
			}
			buffer.progress(taken);
			if (bytes.isReadable()) {
				return;
			}
			buffer.remove();
		}
	}

	@Override
	protected Object filterOutboundMessage(Object message) {
		if (message instanceof ByteBuf) {
			return message;
		}
		ReferenceCountUtil.release(message);
		throw new UnsupportedOperationException("Not a ByteBuf: " + message.getClass().getName());
	}

	@Override
	protected void doClose() {
		if (!this.open) {
			return;
		}
		this.open = false;
		this.out.closeWrite();
		this.in.closeRead();
	}

	@Override
	protected void doBind(SocketAddress address) {
		throw new UnsupportedOperationException("A connection in memory is made with both ends");
	}

	@Override
	protected void doDisconnect() {
		doClose();
	}

	@Override
	protected SocketAddress localAddress0() {
		return this.local;
	}

	@Override
	protected SocketAddress remoteAddress0() {
		return this.remote;
	}

	@Override
	public ChannelConfig config() {
		return this.config;
	}

	@Override
	public boolean isOpen() {
		return this.open;
	}

	@Override
	public boolean isActive() {
		return this.open;
	}

	@Override
	public ChannelMetadata metadata() {
		return METADATA;
	}

	private final class MemoryUnsafe extends AbstractUnsafe {

		@Override
		public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
			promise.setFailure(new UnsupportedOperationException("A connection in memory is made with both ends"));
		}

		void resumeFlush() {
			flush0();
		}

	}

	private final class MemoryConfig extends DefaultChannelConfig {

		MemoryConfig() {
			super(MemoryChannel.this);
		}

		@Override
		protected void autoReadCleared() {
			if (!isRegistered() || eventLoop().inEventLoop()) {
				MemoryChannel.this.readPending = false;
			}
			else {
				eventLoop().execute(() -> MemoryChannel.this.readPending = isAutoRead());
			}
		}

	}

}
