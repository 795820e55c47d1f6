package io.p2pboot.libp2p.netty;

import java.util.OptionalLong;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import org.jspecify.annotations.Nullable;

/**
 * A stream whose other end is the test, and whose time stands still.
 */
public final class TestStream extends EmbeddedChannel implements StreamChannel {

	private final ProtocolPath protocol;

	private final Connection connection;

	private OptionalLong resetCode = OptionalLong.empty();

	private boolean lost;

	private boolean outputShutdown;

	/**
	 * Opens a stream.
	 * @param protocol what it carries
	 * @param connection where it is
	 */
	public TestStream(ProtocolPath protocol, Connection connection) {
		this(null, protocol, connection);
	}

	/**
	 * Opens a stream.
	 * @param parent the channel of the connection; null for none
	 * @param protocol what it carries
	 * @param connection where it is
	 */
	public TestStream(@Nullable Channel parent, ProtocolPath protocol, Connection connection) {
		super(parent, DefaultChannelId.newInstance(), true, false);
		this.protocol = protocol;
		this.connection = connection;
		freezeTime();
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
		return shutdownOutput();
	}

	@Override
	public long streamId() {
		return 0;
	}

	@Override
	public ChannelFuture reset(long code) {
		if (isOpen() && this.resetCode.isEmpty()) {
			this.resetCode = OptionalLong.of(code);
		}
		return close();
	}

	/** The code with which our side reset the stream; empty if it did not. */
	public OptionalLong resetCode() {
		return this.resetCode;
	}

	/** The connection is lost. */
	public void lose() {
		this.lost = true;
		close();
	}

	/** Whether our side ended the stream with FIN. */
	public boolean isEnded() {
		return !isOpen() && !this.lost && this.resetCode.isEmpty();
	}

	/** Delivers bytes of the peer. */
	public void receive(byte... bytes) {
		writeInbound(Unpooled.copiedBuffer(bytes));
	}

	/** The peer ends its side. */
	public void receiveEnd() {
		pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		runPendingTasks();
	}

	/** Takes what our side has sent. */
	public byte[] sent() {
		ByteBuf all = Unpooled.buffer();
		for (ByteBuf next = readOutbound(); next != null; next = readOutbound()) {
			all.writeBytes(next);
			next.release();
		}
		byte[] bytes = new byte[all.readableBytes()];
		all.readBytes(bytes);
		return bytes;
	}

	// The duplex side.

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
