package io.p2pboot.libp2p.netty;

import java.util.OptionalLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * A stream whose other end is the test, and whose time stands still.
 */
public final class TestStream implements StreamChannel {

	private final EmbeddedDuplex channel = new EmbeddedDuplex();

	private final ProtocolPath protocol;

	private final Connection connection;

	private OptionalLong resetCode = OptionalLong.empty();

	private boolean ended;

	/**
	 * Opens a stream.
	 * @param protocol what it carries
	 * @param connection where it is
	 */
	public TestStream(ProtocolPath protocol, Connection connection) {
		this.protocol = protocol;
		this.connection = connection;
		this.channel.freezeTime();
	}

	@Override
	public EmbeddedDuplex channel() {
		return this.channel;
	}

	@Override
	public ProtocolPath protocol() {
		return this.protocol;
	}

	@Override
	public Connection connection() {
		return this.connection;
	}

	@Override
	public Direction direction() {
		return Direction.INBOUND;
	}

	@Override
	public ChannelFuture closeWrite() {
		return this.channel.shutdownOutput();
	}

	@Override
	public ChannelFuture close() {
		this.ended = true;
		return this.channel.close();
	}

	@Override
	public ChannelFuture reset(long code) {
		if (this.channel.isOpen() && this.resetCode.isEmpty()) {
			this.resetCode = OptionalLong.of(code);
		}
		return this.channel.close();
	}

	/** The code with which our side reset the stream; empty if it did not. */
	public OptionalLong resetCode() {
		return this.resetCode;
	}

	/** Whether our side ended the stream with FIN. */
	public boolean isEnded() {
		return this.ended && this.resetCode.isEmpty();
	}

	/** Delivers bytes of the peer. */
	public void receive(byte... bytes) {
		this.channel.writeInbound(Unpooled.copiedBuffer(bytes));
	}

	/** The peer ends its side. */
	public void receiveEnd() {
		this.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		this.channel.runPendingTasks();
	}

	/** Takes what our side has sent. */
	public byte[] sent() {
		ByteBuf all = Unpooled.buffer();
		for (ByteBuf next = this.channel.readOutbound(); next != null; next = this.channel.readOutbound()) {
			all.writeBytes(next);
			next.release();
		}
		byte[] bytes = new byte[all.readableBytes()];
		all.readBytes(bytes);
		return bytes;
	}

	/**
	 * An embedded channel with two ends.
	 */
	public static final class EmbeddedDuplex extends EmbeddedChannel implements DuplexChannel {

		private boolean outputShutdown;

		@Override
		public boolean isInputShutdown() {
			return false;
		}

		@Override
		public boolean isOutputShutdown() {
			return this.outputShutdown;
		}

		@Override
		public boolean isShutdown() {
			return false;
		}

		@Override
		public ChannelFuture shutdownInput() {
			return newSucceededFuture();
		}

		@Override
		public ChannelFuture shutdownInput(ChannelPromise promise) {
			return promise.setSuccess();
		}

		@Override
		public ChannelFuture shutdownOutput() {
			return shutdownOutput(newPromise());
		}

		@Override
		public ChannelFuture shutdownOutput(ChannelPromise promise) {
			this.outputShutdown = true;
			return promise.setSuccess();
		}

		@Override
		public ChannelFuture shutdown() {
			return shutdownOutput();
		}

		@Override
		public ChannelFuture shutdown(ChannelPromise promise) {
			return shutdownOutput(promise);
		}

	}

}
