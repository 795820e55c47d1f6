package io.p2pboot.libp2p.muxer.yamux;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.ResourceLimits;
import io.p2pboot.libp2p.resource.ResourceManager;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.resource.UnreadMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Receiving frames on a connection whose application reads at once.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class YamuxFrameBenchmark {

	/** The body of a DATA frame, in bytes. */
	@Param({ "64", "1024", "16384", "65507" })
	public int size;

	private static final int WRITE_BYTES = 65_519;

	private EmbeddedChannel channel = new EmbeddedChannel();

	private ByteBuf data = PooledByteBufAllocator.DEFAULT.directBuffer();

	private ByteBuf openAndReset = PooledByteBufAllocator.DEFAULT.directBuffer();

	private int nextId = 3;

	/** Opens a connection with one stream. */
	@Setup
	public void open() {
		this.channel = new EmbeddedChannel();
		new YamuxMuxer(YamuxConfig.DEFAULT).attach(this.channel, false, WRITE_BYTES, YamuxFrameBenchmark::accept,
				scope());
		this.channel.writeInbound(frame(FrameType.WINDOW_UPDATE, FrameType.SYN, 1, 0));
		this.data = frame(FrameType.DATA, 0, 1, this.size).writeZero(this.size);
		this.openAndReset = PooledByteBufAllocator.DEFAULT.directBuffer(2 * FrameType.HEADER_BYTES);
	}

	private static void accept(StreamChildChannel stream) {
		stream.pipeline().addLast(new Discard());
		stream.config().setAutoRead(true);
	}

	private static ConnectionScope scope() {
		Multiaddr nowhere = Multiaddr.parse("/memory/1");
		try {
			return new ResourceManager(
					new ResourceLimits(ConnectionLimits.DEFAULT, AddressLimits.NONE, StreamLimits.NONE,
							Integer.MAX_VALUE),
					ConnectionGater.ALL, UnreadMemory.ofProcess(), System::nanoTime, ResourceManager.Listener.NONE)
				.open(Direction.INBOUND, nowhere, nowhere, () -> {
				});
		}
		catch (Libp2pException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ByteBuf frame(FrameType type, int flags, int stream, int length) {
		return write(PooledByteBufAllocator.DEFAULT.directBuffer(), type, flags, stream, length);
	}

	private static ByteBuf write(ByteBuf target, FrameType type, int flags, int stream, int length) {
		return target.writeShort(type.ordinal()).writeShort(flags).writeInt(stream).writeInt(length);
	}

	/** One DATA frame to the application, with the credit that goes back. */
	@Benchmark
	public void receive() {
		this.channel.writeInbound(this.data.retainedDuplicate());
		drain();
	}

	/** A stream that the peer opens and ends at once. */
	@Benchmark
	public void openAndFinish() {
		int id = this.nextId;
		this.nextId += 2;
		this.openAndReset.clear();
		write(this.openAndReset, FrameType.WINDOW_UPDATE, FrameType.SYN, id, 0);
		write(this.openAndReset, FrameType.DATA, FrameType.FIN, id, 0);
		this.channel.writeInbound(this.openAndReset.retainedDuplicate());
		drain();
	}

	private void drain() {
		this.channel.runPendingTasks();
		for (Object sent = this.channel.readOutbound(); sent != null; sent = this.channel.readOutbound()) {
			ReferenceCountUtil.release(sent);
		}
	}

	/** Closes the connection. */
	@TearDown
	public void close() {
		this.channel.finishAndReleaseAll();
		this.data.release();
		this.openAndReset.release();
	}

	/** An application that reads everything and closes when the peer does. */
	private static final class Discard extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ReferenceCountUtil.release(message);
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			ctx.close();
		}

	}

}
