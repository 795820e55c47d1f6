package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.wire.LengthPrefixedReader;
import org.jspecify.annotations.Nullable;

/**
 * A stream on which we ask, one request at a time. Its handler runs on the connection's
 * event loop, callbacks on the instance's.
 */
final class OutboundStream {

	/** The code with which a stream is reset whose peer breaks the protocol. */
	private static final long VIOLATED = 0x1;

	private final EventExecutor loop;

	private final AnswerBudget budget;

	private volatile @Nullable StreamChannel stream;

	private volatile boolean usable = true;

	/** Connection's event loop only. */
	private KadNetwork.@Nullable Callback callback;

	private boolean awaitsSign;

	private long heldBytes;

	OutboundStream(EventExecutor loop, AnswerBudget budget) {
		this.loop = loop;
		this.budget = budget;
	}

	/** Sets the stream up; connection's event loop. */
	void initialize(StreamChannel opened) {
		this.stream = opened;
		opened.pipeline().addLast(new Handler());
	}

	/** Whether another request may be sent. */
	boolean isUsable() {
		return this.usable;
	}

	/**
	 * Sends a request. One without an answer is followed by one that has: that the peer
	 * answers this, or ends its side in good order, says that it has not refused the
	 * other.
	 */
	void ask(KadMessage message, KadNetwork.Callback answer) {
		StreamChannel open = this.stream;
		if (open == null) {
			throw new IllegalStateException("The stream was not set up");
		}
		boolean unanswered = message.type() == KadMessage.Type.ADD_PROVIDER;
		ByteBuffer encoded = KadCodec.encode(message);
		ByteBuffer question = KadCodec.encode(KadMessage.of(KadMessage.Type.GET_PROVIDERS, message.key()));
		answer.sent(encoded.remaining());
		open.eventLoop().execute(() -> {
			this.callback = answer;
			this.awaitsSign = unanswered;
			if (!open.isActive() || !this.usable) {
				end(new ConnectionLost("The stream has ended"));
				return;
			}
			open.write(Frames.frame(open.alloc(), encoded), open.voidPromise());
			if (unanswered) {
				this.usable = false;
				open.write(Frames.frame(open.alloc(), question), open.voidPromise());
			}
			open.flush();
		});
	}

	/** Ends the stream in good order. */
	void finish() {
		this.usable = false;
		StreamChannel open = this.stream;
		if (open != null) {
			open.close();
		}
	}

	void reset(long code) {
		this.usable = false;
		StreamChannel open = this.stream;
		if (open != null) {
			open.reset(code);
		}
	}

	private void answered(@Nullable KadMessage answer) {
		KadNetwork.Callback waiting = this.callback;
		this.callback = null;
		if (waiting != null) {
			Futures.execute(this.loop, () -> waiting.answered(answer));
		}
	}

	private void end(Throwable cause) {
		this.usable = false;
		KadNetwork.Callback waiting = this.callback;
		this.callback = null;
		if (waiting != null) {
			Futures.execute(this.loop, () -> waiting.failed(cause));
		}
	}

	/** Reads answers. */
	private final class Handler extends ChannelInboundHandlerAdapter {

		private final LengthPrefixedReader reader = new LengthPrefixedReader(KadLimits.MAX_ANSWER_BYTES);

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object received) {
			ByteBuf bytes = (ByteBuf) received;
			try {
				for (ByteBuffer part : bytes.nioBuffers()) {
					read(part);
				}
			}
			catch (IOException ex) {
				end(ex);
				reset(VIOLATED);
			}
			finally {
				bytes.release();
			}
		}

		private void read(ByteBuffer part) throws IOException {
			int size = part.remaining();
			if (!OutboundStream.this.budget.take(size)) {
				// Of this node's room others have taken too much; that is not this peer's
				// doing.
				throw new LimitExceeded("bytes of unfinished answers", AnswerBudget.MAX_BYTES + 1,
						AnswerBudget.MAX_BYTES);
			}
			OutboundStream.this.heldBytes += size;
			for (Optional<ByteBuffer> next = this.reader.read(part); next.isPresent(); next = this.reader.read(part)) {
				release();
				message(next.get());
			}
		}

		private void message(ByteBuffer bytes) throws DecodeException {
			if (OutboundStream.this.callback == null) {
				throw new DecodeException("An answer came that nobody asked for");
			}
			KadMessage answer = KadCodec.decode(bytes);
			if (OutboundStream.this.awaitsSign) {
				// The answer to the question, or of py-libp2p to the request itself.
				answered(null);
				OutboundStream.this.finish();
				return;
			}
			answered(answer);
		}

		private void release() {
			OutboundStream.this.budget.release(OutboundStream.this.heldBytes);
			OutboundStream.this.heldBytes = 0;
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
				if (OutboundStream.this.awaitsSign && !this.reader.isInsideMessage()) {
					answered(null);
				}
				else {
					end(StreamReset.local(VIOLATED, "the peer ended its side without an answer"));
				}
				OutboundStream.this.finish();
			}
			ReferenceCountUtil.release(event);
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			end(cause);
			ctx.close();
		}

		@Override
		public void channelInactive(ChannelHandlerContext ctx) {
			release();
			end(new ConnectionLost("The stream ended before the answer"));
		}

	}

}
