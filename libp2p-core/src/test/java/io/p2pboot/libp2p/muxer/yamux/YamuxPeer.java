package io.p2pboot.libp2p.muxer.yamux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.TestScope;
import io.p2pboot.libp2p.resource.UnreadMemory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A scripted yamux peer: what a test makes it send goes to a real session on an
 * {@link EmbeddedChannel} whose time stands still unless it is advanced.
 */
final class YamuxPeer implements AutoCloseable {

	static final int DATA = 0;

	static final int WINDOW_UPDATE = 1;

	static final int PING = 2;

	static final int GO_AWAY = 3;

	static final int SYN = 1;

	static final int ACK = 2;

	static final int FIN = 4;

	static final int RST = 8;

	static final int WINDOW = 256 * 1024;

	/** A frame that our side sent. */
	record Frame(int type, int flags, int id, long length, String body) {

		Frame(int type, int flags, int id, long length) {
			this(type, flags, id, length, "");
		}

	}

	/** A frame fills it with its header. */
	static final int WRITE_BYTES = 65_519;

	private final EmbeddedChannel channel = new EmbeddedChannel();

	private final Stall stall = new Stall();

	private final MuxerSession session;

	private final Deque<RecordedStream> accepted = new ArrayDeque<>();

	private final ByteBuf sent = Unpooled.buffer();

	private boolean autoRead = true;

	/** A peer of a session that was dialled, so that the peer opens odd streams. */
	YamuxPeer() {
		this(YamuxConfig.DEFAULT, false);
	}

	YamuxPeer(YamuxConfig config, boolean weDialled) {
		this(new YamuxMuxer(config), TestScope.open(), weDialled);
	}

	/** A peer of a session in a process that has so much memory. */
	YamuxPeer(YamuxConfig config, UnreadMemory memory) {
		this(new YamuxMuxer(config), TestScope.open(memory), false);
	}

	private YamuxPeer(YamuxMuxer muxer, ConnectionScope scope, boolean weDialled) {
		this.channel.freezeTime();
		this.channel.pipeline().addLast(this.stall);
		this.session = muxer.attach(this.channel, weDialled, WRITE_BYTES, (stream) -> {
			RecordedStream recorded = new RecordedStream();
			stream.pipeline().addLast(recorded);
			stream.config().setAutoRead(this.autoRead);
			this.accepted.add(recorded);
		}, scope);
		this.channel.runPendingTasks();
		assertThat(acceptFrame()).isEqualTo(new Frame(PING, SYN, 0, 1));
	}

	MuxerSession session() {
		return this.session;
	}

	EmbeddedChannel channel() {
		return this.channel;
	}

	/** From now on streams that we accept are not read. */
	YamuxPeer unread() {
		this.autoRead = false;
		return this;
	}

	/** From now on, or no longer, the peer reads nothing. */
	void stall(boolean stalled) {
		this.stall.stalled = stalled;
		if (!stalled) {
			this.channel.flush();
		}
	}

	void advance(long millis) {
		this.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
		this.channel.runPendingTasks();
		this.channel.runScheduledPendingTasks();
		this.channel.runPendingTasks();
	}

	// What the peer sends.

	static ByteBuf header(int version, int type, int flags, int id, long length) {
		return Unpooled.buffer()
			.writeByte(version)
			.writeByte(type)
			.writeShort(flags)
			.writeInt(id)
			.writeInt((int) length);
	}

	static ByteBuf frame(int type, int flags, int id, long length) {
		return header(0, type, flags, id, length);
	}

	void sendFrame(int type, int flags, int id, long length) {
		sendBytes(frame(type, flags, id, length));
	}

	void sendData(int flags, int id, byte... body) {
		sendBytes(frame(DATA, flags, id, body.length).writeBytes(body));
	}

	void sendBytes(ByteBuf bytes) {
		this.channel.writeInbound(bytes);
		this.channel.runPendingTasks();
	}

	/** Opens a stream, and takes the acknowledgement. */
	RecordedStream openStream(int id) {
		sendFrame(WINDOW_UPDATE, SYN, id, 0);
		assertThat(acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, ACK, id, 0));
		return acceptStream();
	}

	/** Opens a stream while nothing is sent. */
	RecordedStream openStreamUnread(int id) {
		sendFrame(WINDOW_UPDATE, SYN, id, 0);
		return acceptStream();
	}

	// What our side does.

	/** The stream that our side has accepted. */
	RecordedStream acceptStream() {
		return this.accepted.remove();
	}

	boolean hasAccepted() {
		return !this.accepted.isEmpty();
	}

	/** Our side opens a stream. */
	RecordedStream weOpen() {
		RecordedStream recorded = new RecordedStream();
		Future<StreamChildChannel> opened = this.session.openStream(recorded);
		this.channel.runPendingTasks();
		assertThat(opened.isSuccess()).isTrue();
		return recorded;
	}

	/** The next frame that our side has sent. */
	Frame acceptFrame() {
		gather();
		assertThat(this.sent.readableBytes()).as("bytes of a frame").isGreaterThanOrEqualTo(FrameType.HEADER_BYTES);
		assertThat(this.sent.readByte()).as("version").isZero();
		int type = this.sent.readByte();
		int flags = this.sent.readUnsignedShort();
		int id = this.sent.readInt();
		long length = this.sent.readUnsignedInt();
		int body = (type == DATA) ? Math.toIntExact(length) : 0;
		String text = this.sent.readCharSequence(body, StandardCharsets.ISO_8859_1).toString();
		if (!this.sent.isReadable()) {
			this.sent.clear();
		}
		return new Frame(type, flags, id, length, text);
	}

	List<Frame> acceptFrames() {
		List<Frame> frames = new ArrayList<>();
		while (hasSent()) {
			frames.add(acceptFrame());
		}
		return frames;
	}

	boolean hasSent() {
		gather();
		return this.sent.isReadable();
	}

	private void gather() {
		this.channel.runPendingTasks();
		for (ByteBuf next = this.channel.readOutbound(); next != null; next = this.channel.readOutbound()) {
			this.sent.writeBytes(next);
			next.release();
		}
	}

	/** Our side has said GoAway with the code, as its last frame, and has closed. */
	void assertGoneAway(GoAwayCode code) {
		List<Frame> frames = acceptFrames();
		assertThat(frames).as("frames").isNotEmpty();
		assertThat(frames.get(frames.size() - 1)).isEqualTo(new Frame(GO_AWAY, 0, 0, code.ordinal()));
		assertThat(frames).filteredOn((frame) -> frame.type() == GO_AWAY).hasSize(1);
		assertThat(this.channel.isOpen()).isFalse();
		assertThat(this.session.streams()).isZero();
	}

	/** The connection lives, and answers. */
	void assertAlive() {
		acceptFrames();
		sendFrame(PING, SYN, 0, 0xCAFE);
		assertThat(acceptFrame()).isEqualTo(new Frame(PING, ACK, 0, 0xCAFE));
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Override
	public void close() {
		this.stall.stalled = false;
		this.channel.finishAndReleaseAll();
		this.channel.runPendingTasks();
	}

	private static final class Stall extends ChannelOutboundHandlerAdapter {

		private boolean stalled;

		@Override
		public void flush(ChannelHandlerContext ctx) {
			if (!this.stalled) {
				ctx.flush();
			}
		}

	}

}
