package io.p2pboot.libp2p.security;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;

/**
 * Two ends of a connection in one thread, with the wire between them in the test's hands.
 * Each end takes its payload in a handler that is added when the handshake ends, as the
 * upgrade adds the muxer.
 */
public final class SecurePair implements AutoCloseable {

	/** Changes what goes over the wire, one chunk as the sender flushed it. */
	public interface Wire {

		/**
		 * Returns what arrives instead of the bytes sent; an empty list to lose them.
		 * @param fromInitiator who sent
		 * @param bytes what was sent
		 */
		List<byte[]> carry(boolean fromInitiator, byte[] bytes);

	}

	/** A wire that changes nothing. */
	public static final Wire HONEST = (fromInitiator, bytes) -> List.of(bytes);

	/** One end. */
	public static final class End {

		private final EmbeddedChannel channel = new EmbeddedChannel();

		private final ByteArrayOutputStream received = new ByteArrayOutputStream();

		private final List<Throwable> errors = new ArrayList<>();

		private Optional<Future<SecureSession>> future = Optional.empty();

		/** The channel beneath. */
		public EmbeddedChannel channel() {
			return this.channel;
		}

		/** What the handshake ended with, if it has ended well. */
		public Optional<SecureSession> session() {
			return this.future.filter(Future::isSuccess).map(Future::getNow);
		}

		/** Why the handshake failed, if it has. */
		public Optional<Throwable> failure() {
			return this.future.map(Future::cause);
		}

		/** Whether the handshake has ended in any way. */
		public boolean isDone() {
			return this.future.map(Future::isDone).orElse(false);
		}

		/** The payload that arrived. */
		public byte[] received() {
			return this.received.toByteArray();
		}

		/** What was reported to the handler of the payload. */
		public List<Throwable> errors() {
			return this.errors;
		}

		/** Begins the handshake. */
		public Future<SecureSession> secure(SecurityProtocol protocol, SecurityRequest request) {
			Future<SecureSession> started = protocol.secure(this.channel, request);
			this.future = Optional.of(started);
			started.addListener((done) -> {
				if (done.isSuccess()) {
					this.channel.pipeline().addLast(new Inbox());
				}
			});
			return started;
		}

		/** Writes payload and flushes. */
		public void write(byte[] payload) {
			this.channel.writeAndFlush(Unpooled.wrappedBuffer(payload));
		}

		private List<byte[]> sent() {
			List<byte[]> chunks = new ArrayList<>();
			this.channel.runPendingTasks();
			for (ByteBuf chunk = this.channel.readOutbound(); chunk != null; chunk = this.channel.readOutbound()) {
				byte[] bytes = new byte[chunk.readableBytes()];
				chunk.readBytes(bytes);
				chunk.release();
				chunks.add(bytes);
			}
			return chunks;
		}

		/** Hands bytes to this end as if they came from the wire. */
		public void arrive(byte[] bytes) {
			if (this.channel.isActive() && bytes.length > 0) {
				this.channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(bytes));
				this.channel.pipeline().fireChannelReadComplete();
				this.channel.runPendingTasks();
			}
		}

		/** Closes this end as the peer's FIN or reset does. */
		public void eof() {
			this.channel.close();
			this.channel.runPendingTasks();
		}

		private final class Inbox extends ChannelInboundHandlerAdapter {

			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				ByteBuf bytes = (ByteBuf) message;
				byte[] copy = new byte[bytes.readableBytes()];
				bytes.readBytes(copy);
				End.this.received.writeBytes(copy);
				bytes.release();
			}

			@Override
			public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
				ReferenceCountUtil.release(event);
			}

			@Override
			public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
				End.this.errors.add(cause);
			}

		}

	}

	private final End initiator = new End();

	private final End responder = new End();

	private final List<byte[]> toResponder = new ArrayList<>();

	private final List<byte[]> toInitiator = new ArrayList<>();

	private Wire wire = HONEST;

	/** The end that dialled. */
	public End initiator() {
		return this.initiator;
	}

	/** The end that was dialled. */
	public End responder() {
		return this.responder;
	}

	/** One of the ends. */
	public End end(boolean isInitiator) {
		return isInitiator ? this.initiator : this.responder;
	}

	/** Carries bytes in another way from now on. */
	public void wire(Wire changed) {
		this.wire = changed;
	}

	/** What an honest wire carried, chunk by chunk. */
	public List<byte[]> carried(boolean fromInitiator) {
		return fromInitiator ? this.toResponder : this.toInitiator;
	}

	/** Carries bytes until both ends are silent; an end that closed closes the other. */
	public void run() {
		boolean moved = true;
		while (moved) {
			moved = move(true);
			moved |= move(false);
		}
	}

	private boolean move(boolean fromInitiator) {
		List<byte[]> chunks = end(fromInitiator).sent();
		for (byte[] chunk : chunks) {
			carried(fromInitiator).add(chunk);
			this.wire.carry(fromInitiator, chunk).forEach(end(!fromInitiator)::arrive);
		}
		if (!end(fromInitiator).channel().isOpen() && end(!fromInitiator).channel().isOpen()) {
			end(!fromInitiator).eof();
			return true;
		}
		return !chunks.isEmpty();
	}

	@Override
	public void close() {
		for (End end : List.of(this.initiator, this.responder)) {
			end.channel().close();
			end.channel().runPendingTasks();
			end.sent();
			end.channel().releaseInbound();
		}
	}

}
