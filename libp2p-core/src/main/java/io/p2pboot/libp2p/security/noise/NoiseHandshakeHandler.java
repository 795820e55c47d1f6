package io.p2pboot.libp2p.security.noise;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.ChaChaPoly;
import io.p2pboot.libp2p.crypto.X25519KeyPair;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityRequest;
import org.jspecify.annotations.Nullable;

/**
 * Runs the handshake on a channel and leaves a {@link NoiseCodec} behind. What is written
 * before the end of the handshake is refused. Event loop only.
 */
final class NoiseHandshakeHandler extends ChannelDuplexHandler {

	private enum State {

		/** The initiator waits for the second message; left by it. */
		AWAITS_SECOND,

		/** The responder waits for the first message; left by it. */
		AWAITS_FIRST,

		/** The responder waits for the third message; left by it. */
		AWAITS_THIRD,

		/** Final. */
		DONE

	}

	/** libp2p uses none on its connections. */
	private static final ByteBuffer NO_PROLOGUE = ByteBuffer.allocate(0);

	private final X25519KeyPair staticKey;

	private final SecurityRequest request;

	private final Promise<SecureSession> result;

	/** Made for the responder when the first message is there: keys cost time. */
	private @Nullable NoiseHandshake handshake;

	private State state;

	private ByteBuf received = Unpooled.EMPTY_BUFFER;

	NoiseHandshakeHandler(X25519KeyPair staticKey, SecurityRequest request, Promise<SecureSession> result) {
		this.staticKey = staticKey;
		this.request = request;
		this.result = result;
		this.state = request.initiator() ? State.AWAITS_SECOND : State.AWAITS_FIRST;
	}

	private NoiseHandshake handshake() {
		NoiseHandshake existing = this.handshake;
		if (existing == null) {
			existing = new NoiseHandshake(this.staticKey, X25519KeyPair.generate(), NO_PROLOGUE.duplicate());
			this.handshake = existing;
		}
		return existing;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		if (this.request.initiator()) {
			send(ctx, handshake().writeFirst(ByteBuffer.allocate(0)));
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		if (this.state == State.DONE) {
			bytes.release();
			return;
		}
		// Grows by doubling: bytes that come one by one are not copied over and over.
		this.received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), this.received, bytes);
		try {
			while (this.state != State.DONE && isMessageWhole()) {
				int length = this.received.readUnsignedShort();
				byte[] content = new byte[length];
				this.received.readBytes(content);
				message(ctx, ByteBuffer.wrap(content));
			}
		}
		catch (IOException ex) {
			fail(ctx, ex);
		}
	}

	private boolean isMessageWhole() {
		return this.received.readableBytes() >= 2
				&& this.received.readableBytes() - 2 >= this.received.getUnsignedShort(this.received.readerIndex());
	}

	private void message(ChannelHandlerContext ctx, ByteBuffer message) throws IOException {
		NoiseHandshake noise = handshake();
		switch (this.state) {
			case AWAITS_FIRST -> {
				noise.readFirst(message);
				send(ctx, noise.writeSecond(payload()));
				this.state = State.AWAITS_THIRD;
			}
			case AWAITS_SECOND -> {
				NoisePayload peer = NoisePayload.open(noise.readSecond(message), noise.remoteStatic());
				SecureSession session = verified(peer);
				send(ctx, noise.writeThird(payload()));
				complete(ctx, session);
			}
			case AWAITS_THIRD ->
				complete(ctx, verified(NoisePayload.open(noise.readThird(message), noise.remoteStatic())));
			case DONE -> throw new IllegalStateException("No message is read after the handshake");
		}
	}

	private ByteBuffer payload() {
		return NoisePayload.make(this.request.identity(), this.staticKey.publicKey(), this.request.muxers());
	}

	private SecureSession verified(NoisePayload peer) throws PeerIdMismatch {
		PeerId actual = PeerId.of(peer.key());
		Optional<PeerId> expected = this.request.expectedPeer();
		if (expected.isPresent() && !expected.get().equals(actual)) {
			throw new PeerIdMismatch(expected.get(), actual);
		}
		List<String> ours = this.request.muxers();
		Optional<String> muxer = this.request.initiator() ? NoisePayload.choose(ours, peer.muxers())
				: NoisePayload.choose(peer.muxers(), ours);
		return new SecureSession(actual, peer.key(), muxer, NoiseCodec.MAX_PLAINTEXT_BYTES);
	}

	private void complete(ChannelHandlerContext ctx, SecureSession session) {
		this.state = State.DONE;
		ChaChaPoly[] ciphers = handshake().split();
		NoiseCodec codec = this.request.initiator() ? new NoiseCodec(ciphers[0], ciphers[1])
				: new NoiseCodec(ciphers[1], ciphers[0]);
		ctx.pipeline().addAfter(ctx.name(), null, codec);
		if (!this.result.trySuccess(session)) {
			ctx.close();
		}
		// The listeners have run and added their handlers: what came early may follow.
		ByteBuf rest = this.received;
		this.received = Unpooled.EMPTY_BUFFER;
		if (rest.isReadable()) {
			ctx.fireChannelRead(rest);
			ctx.fireChannelReadComplete();
		}
		else {
			rest.release();
		}
		if (!ctx.isRemoved()) {
			ctx.pipeline().remove(this);
		}
	}

	private void send(ChannelHandlerContext ctx, ByteBuffer message) {
		ByteBuf frame = ctx.alloc().buffer(2 + message.remaining());
		frame.writeShort(message.remaining()).writeBytes(message);
		ctx.writeAndFlush(frame, ctx.voidPromise());
	}

	private void fail(ChannelHandlerContext ctx, IOException cause) {
		if (this.state == State.DONE) {
			return;
		}
		this.state = State.DONE;
		this.result.tryFailure((cause instanceof Libp2pException) ? cause
				: new UpgradeFailed("The Noise handshake failed: " + cause.getMessage(), cause));
		ctx.close();
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		if (this.state == State.DONE) {
			ctx.write(message, promise);
			return;
		}
		ReferenceCountUtil.release(message);
		promise.setFailure(new IllegalStateException("Nothing is written before the Noise handshake is over"));
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		fail(ctx, new DecodeException("the connection was closed"));
		ctx.fireChannelInactive();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		fail(ctx, (cause instanceof IOException io) ? io : new IOException(cause.getMessage(), cause));
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		this.received.release();
		this.received = Unpooled.EMPTY_BUFFER;
	}

}
