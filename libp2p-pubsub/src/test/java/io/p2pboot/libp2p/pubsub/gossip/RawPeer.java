package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;

import io.p2pboot.libp2p.wire.pb.PubSubProto;

/**
 * A node that speaks the wire of publish and subscribe by hand.
 */
final class RawPeer implements AutoCloseable {

	static final int PATIENCE_SECONDS = 30;

	private final NettyNode node;

	/** The streams that the other node has opened, in order. */
	private final BlockingQueue<StreamChannel> opened = new LinkedBlockingQueue<>();

	private final BlockingQueue<PubSubProto.Rpc> frames = new LinkedBlockingQueue<>();

	private final BlockingQueue<Long> skipped = new LinkedBlockingQueue<>();

	RawPeer(ProtocolPath... protocols) throws IOException {
		this.node = NodeBuilder.create()
			.identity(PrivateKey.generate())
			.transport(new TcpTransport())
			.security(new NoiseSecurity())
			.listen("/ip4/127.0.0.1/tcp/0")
			.build();
		for (ProtocolPath protocol : protocols) {
			this.node.mountStreams(protocol, this::accept);
		}
		this.node.start();
	}

	private void accept(StreamChannel stream) {
		stream.channel().pipeline().addLast(new FrameReader(16 * 1024 * 1024, new FrameReader.Listener() {

			@Override
			public void frame(byte[] frame) {
				try {
					RawPeer.this.frames.add(PubSubProto.Rpc.parseFrom(frame));
				}
				catch (com.google.protobuf.InvalidProtocolBufferException ex) {
					throw new AssertionError("A frame that is no message", ex);
				}
			}

			@Override
			public void skipped(long length) {
				RawPeer.this.skipped.add(length);
			}

			@Override
			public void violated(String what) {
				throw new AssertionError(what);
			}

			@Override
			public void ended() {
				// Tests look at the stream.
			}

		}));
		this.opened.add(stream);
	}

	NettyNode node() {
		return this.node;
	}

	Connection connect(AddrInfo other) throws IOException {
		return this.node.connect(other);
	}

	/** Opens a stream to the other node. */
	StreamChannel open(Connection connection, ProtocolPath protocol) throws Exception {
		return this.node.openStream(connection, java.util.List.of(protocol), (stream) -> {
		}).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
	}

	static void send(StreamChannel stream, PubSubProto.Rpc.Builder rpc) {
		sendRaw(stream, rpc.build().toByteArray());
	}

	/** Sends bytes as a frame. */
	static void sendRaw(StreamChannel stream, byte[] frame) {
		FieldWriter length = new FieldWriter(8);
		length.varint(frame.length);
		ByteBuffer written = length.written();
		stream.channel()
			.writeAndFlush(Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(written), Unpooled.wrappedBuffer(frame)));
	}

	/** The next stream that the other node opens. */
	StreamChannel stream() throws InterruptedException {
		StreamChannel stream = this.opened.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
		if (stream == null) {
			throw new AssertionError("No stream was opened");
		}
		return stream;
	}

	boolean hasStream() {
		return !this.opened.isEmpty();
	}

	/** The next frame of the other node. */
	PubSubProto.Rpc frame() throws InterruptedException {
		PubSubProto.Rpc frame = this.frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
		if (frame == null) {
			throw new AssertionError("No frame came");
		}
		return frame;
	}

	static PubSubProto.Rpc.Builder subscribe(String topic) {
		return PubSubProto.Rpc.newBuilder()
			.addSubscriptions(
					PubSubProto.Rpc.SubOpts.newBuilder().setSubscribe(true).setTopicid(RouterHarness.bytes(topic)));
	}

	@Override
	public void close() {
		this.node.close();
	}

}
