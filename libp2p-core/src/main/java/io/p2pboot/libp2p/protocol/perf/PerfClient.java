package io.p2pboot.libp2p.protocol.perf;

import java.time.Duration;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Asks, sends, then receives exactly what it asked for. Event loop only.
 */
final class PerfClient extends PerfHandler {

	private final StreamChannel stream;

	private final long uploadBytes;

	private final long downloadBytes;

	private final PerfProgress progress;

	private final Promise<PerfResult> result;

	private long uploaded;

	private long downloaded;

	private boolean allSent;

	private long startNanos;

	private long sentNanos;

	PerfClient(StreamChannel stream, long uploadBytes, long downloadBytes, PerfProgress progress,
			Promise<PerfResult> result) {
		this.stream = stream;
		this.uploadBytes = uploadBytes;
		this.downloadBytes = downloadBytes;
		this.progress = progress;
		this.result = result;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		super.handlerAdded(ctx);
		this.result.addListener((done) -> {
			if (!done.isSuccess()) {
				this.stream.reset(Perf.FAILED);
			}
		});
		this.startNanos = ctx.executor().ticker().nanoTime();
		ctx.write(ctx.alloc().buffer(Long.BYTES).writeLong(this.downloadBytes), ctx.voidPromise());
		sendZeros(ctx, this.uploadBytes);
	}

	@Override
	void sending(int bytes) {
		this.uploaded += bytes;
		this.progress.moved(this.uploaded, this.downloaded);
	}

	@Override
	void sent(ChannelHandlerContext ctx) {
		this.stream.closeWrite().addListener((written) -> {
			this.allSent = written.isSuccess();
			this.sentNanos = ctx.executor().ticker().nanoTime();
		});
	}

	@Override
	void received(ChannelHandlerContext ctx, ByteBuf bytes) {
		this.downloaded += bytes.readableBytes();
		if (this.downloaded > this.downloadBytes) {
			fail("the peer sent more than the " + this.downloadBytes + " bytes that were asked for");
			return;
		}
		this.progress.moved(this.uploaded, this.downloaded);
	}

	@Override
	void ended(ChannelHandlerContext ctx) {
		if (this.downloaded < this.downloadBytes || !this.allSent) {
			fail("the peer ended its side after " + this.downloaded + " of " + this.downloadBytes + " bytes");
			return;
		}
		long now = ctx.executor().ticker().nanoTime();
		this.stream.close();
		this.result.trySuccess(new PerfResult(this.uploaded, this.downloaded,
				Duration.ofNanos(this.sentNanos - this.startNanos), Duration.ofNanos(now - this.sentNanos)));
	}

	private void fail(String reason) {
		this.result.tryFailure(StreamReset.local(Perf.FAILED, reason));
	}

	@Override
	void failed(Throwable cause) {
		this.result.tryFailure(cause);
	}

	@Override
	void stalled() {
		fail("nothing moved for " + Perf.STALL_TIMEOUT.toSeconds() + " s");
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		super.channelInactive(ctx);
		this.result.tryFailure(new ConnectionLost("The connection ended before all bytes had moved"));
	}

}
