package io.p2pboot.libp2p.security.noise;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.p2pboot.libp2p.crypto.ChaChaPoly;
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
 * Sealing a frame and opening it again, through the channel handler.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NoiseFrameBenchmark {

	/** The plaintext of a frame, in bytes. */
	@Param({ "64", "1024", "16384", "65519" })
	public int size;

	private EmbeddedChannel sender = new EmbeddedChannel();

	private EmbeddedChannel receiver = new EmbeddedChannel();

	private ByteBuf payload = PooledByteBufAllocator.DEFAULT.directBuffer();

	/** Opens both ends of one connection. */
	@Setup
	public void open() {
		this.sender = new EmbeddedChannel(codec());
		this.receiver = new EmbeddedChannel(codec());
		this.payload.clear().writeZero(this.size);
	}

	private static NoiseCodec codec() {
		return new NoiseCodec(ChaChaPoly.create(ByteBuffer.allocate(ChaChaPoly.KEY_BYTES)),
				ChaChaPoly.create(ByteBuffer.allocate(ChaChaPoly.KEY_BYTES)));
	}

	/**
	 * One frame from end to end.
	 * @return its size
	 */
	@Benchmark
	public int sealAndOpen() {
		this.sender.writeOutbound(this.payload.retainedDuplicate());
		int opened = 0;
		for (ByteBuf sealed = this.sender.readOutbound(); sealed != null; sealed = this.sender.readOutbound()) {
			this.receiver.writeInbound(sealed);
		}
		for (ByteBuf plain = this.receiver.readInbound(); plain != null; plain = this.receiver.readInbound()) {
			opened += plain.readableBytes();
			plain.release();
		}
		return opened;
	}

	/** Closes both ends. */
	@TearDown
	public void close() {
		this.sender.finishAndReleaseAll();
		this.receiver.finishAndReleaseAll();
		this.payload.release();
	}

}
