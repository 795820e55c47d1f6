package io.p2pboot.libp2p.muxer.yamux;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer that keeps to the windows that it is given, against a real session, on a path
 * with a latency and in a time of its own. It counts from outside what the session has
 * promised, and fails when that is more than the budget or when a stream is reset.
 */
final class HonestSender implements YamuxSink {

	private static final int WINDOW = YamuxConfig.INITIAL_WINDOW_BYTES;

	private static final int LARGEST_FRAME = 1 << 20;

	/** What a stream is at both ends. */
	static final class Line {

		private final int id;

		private final boolean inbound;

		/** What the sender may still send, as far as it has heard. */
		private long window = WINDOW;

		private long left;

		private boolean ended;

		private @Nullable YamuxStream stream;

		private long credited;

		private long widest = WINDOW;

		private long read;

		private long unread;

		private boolean endSeen;

		private boolean gone;

		private boolean stalled;

		Line(int id, boolean inbound, long bytes) {
			this.id = id;
			this.inbound = inbound;
			this.left = bytes;
		}

		int id() {
			return this.id;
		}

		void stall() {
			this.stalled = true;
		}

		void goOn() {
			this.stalled = false;
		}

		/** The widest window that the session gave. */
		long widest() {
			return this.widest;
		}

		long unread() {
			return this.unread;
		}

		boolean isComplete() {
			return this.gone;
		}

		boolean isReadable() {
			return this.stream != null && !this.stalled && !this.gone && (this.unread > 0 || this.endSeen);
		}

		/** What this end may have to hold of the stream, beyond its first window. */
		private long beyondFirst() {
			return this.endSeen ? Math.max(0, this.unread - WINDOW) : Math.max(0, this.credited - this.read);
		}

		private boolean holdsPlace() {
			return this.inbound && (!this.gone || this.unread > 0);
		}

	}

	private record Travelling(long at, Runnable arrival) {
	}

	private final YamuxConfig config;

	private final Random random;

	private final long latencyNanos;

	private final YamuxSession session;

	private final Map<Integer, Line> lines = new HashMap<>();

	private final List<Line> open = new ArrayList<>();

	private final Deque<Travelling> there = new ArrayDeque<>();

	private final Deque<Travelling> back = new ArrayDeque<>();

	private long now;

	private int nextId = 1;

	private long most;

	HonestSender(YamuxConfig config, long latencyNanos, Random random) {
		this.config = config;
		this.latencyNanos = latencyNanos;
		this.random = random;
		this.session = new YamuxSession(config, false, this, random.nextInt(), this.now);
		this.session.roundTrip(2 * latencyNanos);
	}

	YamuxSession session() {
		return this.session;
	}

	/** The most that was promised at any time, first windows of all streams included. */
	long mostPromised() {
		return this.most;
	}

	boolean mayOpen() {
		return this.open.stream().filter(Line::holdsPlace).count() < this.config.streamsWithinBudget();
	}

	/** The sender opens a stream that is to carry so many bytes. */
	Line open(long bytes) {
		Line line = new Line(this.nextId, true, bytes);
		this.nextId += 2;
		this.lines.put(line.id, line);
		this.open.add(line);
		travel(this.there, () -> header(FrameType.WINDOW_UPDATE, FrameType.SYN, line, 0));
		return line;
	}

	/** Our side opens a stream, on which the peer answers with so many bytes. */
	Line weOpen(long bytes) {
		YamuxStream stream = this.session.open(this.now);
		Line line = new Line(stream.id(), false, 0);
		line.stream = stream;
		this.lines.put(line.id, line);
		this.open.add(line);
		travel(this.back, () -> line.left = line.ended ? 0 : bytes);
		travel(this.there, () -> header(FrameType.WINDOW_UPDATE, FrameType.ACK, line, 0));
		return line;
	}

	/** Sends a frame of a stream, if its window and what is left allow one. */
	void send(Line line) {
		long most = Math.min(Math.min(line.window, line.left), LARGEST_FRAME);
		if (most > 0) {
			int length = 1 + this.random.nextInt((int) most);
			send(line, (this.random.nextInt(4) == 0) ? (int) most : length);
		}
		else if (line.left == 0 && !line.ended && (line.inbound || line.read > 0 || line.unread > 0)) {
			line.ended = true;
			travel(this.there, () -> {
				header(FrameType.WINDOW_UPDATE, FrameType.FIN, line, 0);
				line.endSeen = true;
			});
		}
	}

	private void send(Line line, int length) {
		line.window -= length;
		line.left -= length;
		boolean last = line.left == 0 && this.random.nextBoolean();
		line.ended |= last;
		travel(this.there, () -> {
			YamuxStream stream = header(FrameType.DATA, last ? FrameType.FIN : 0, line, length);
			assertThat(stream).as("whose body follows").isNotNull();
			line.unread += length;
			if (last) {
				this.session.onFin(stream);
				line.endSeen = true;
			}
		});
	}

	/** The application reads so many bytes, or fewer, or closes the stream at its end. */
	void read(Line line, int most) {
		YamuxStream stream = line.stream;
		if (stream == null || line.gone) {
			return;
		}
		int length = (int) Math.min(most, line.unread);
		if (length > 0) {
			line.unread -= length;
			line.read += length;
			this.session.consumed(stream, length, this.now);
		}
		if (line.unread == 0 && line.endSeen) {
			line.gone = true;
			if (stream.maySend()) {
				this.session.finish(stream);
			}
			this.open.remove(line);
		}
	}

	/** The application ends its side before it has read all. */
	void finishEarly(Line line) {
		if (line.stream != null && line.stream.state() == YamuxStream.State.OPEN) {
			this.session.finish(line.stream);
		}
	}

	/** The sender gives a stream up; what has come is dropped. */
	void reset(Line line) {
		line.left = 0;
		line.ended = true;
		travel(this.there, () -> {
			this.open.remove(line);
			header(FrameType.WINDOW_UPDATE, FrameType.RST, line, 0);
			YamuxStream stream = line.stream;
			if (stream != null && !line.gone) {
				this.session.consumed(stream, (int) line.unread, this.now);
			}
			line.unread = 0;
			line.gone = true;
		});
	}

	void advance(long nanos) {
		long end = this.now + nanos;
		while (true) {
			Deque<Travelling> next = earlier(this.there, this.back);
			if (next.isEmpty() || next.element().at() > end) {
				break;
			}
			Travelling travelling = next.remove();
			this.now = travelling.at();
			travelling.arrival().run();
			check();
		}
		this.now = end;
	}

	private static Deque<Travelling> earlier(Deque<Travelling> one, Deque<Travelling> other) {
		if (one.isEmpty() || other.isEmpty()) {
			return one.isEmpty() ? other : one;
		}
		return (one.element().at() <= other.element().at()) ? one : other;
	}

	private void travel(Deque<Travelling> direction, Runnable arrival) {
		direction.add(new Travelling(this.now + this.latencyNanos, arrival));
	}

	List<Line> open() {
		return List.copyOf(this.open);
	}

	/** What is promised, counted from the frames alone. */
	void check() {
		long promised = (long) this.config.streamsWithinBudget() * WINDOW;
		for (Line line : this.open) {
			promised += line.beyondFirst();
		}
		this.most = Math.max(this.most, promised);
		assertThat(promised).as("promised").isLessThanOrEqualTo(this.config.unreadBytes());
	}

	private @Nullable YamuxStream header(FrameType type, int flags, Line line, long length) {
		try {
			return this.session.onHeader(0, type.ordinal(), flags, line.id, length, this.now);
		}
		catch (YamuxViolation ex) {
			throw new AssertionError("An honest peer is cut off", ex);
		}
	}

	/** Sends a frame that the windows may not allow. */
	void overrun(Line line, long length) throws YamuxViolation {
		this.session.onHeader(0, FrameType.DATA.ordinal(), 0, line.id, length, this.now);
	}

	long now() {
		return this.now;
	}

	@Override
	public void send(FrameType type, int flags, int streamId, long length) {
		assertThat(flags & FrameType.RST).as("a reset of stream " + streamId).isZero();
		Line line = this.lines.get(streamId);
		if (line != null && type == FrameType.WINDOW_UPDATE && length > 0) {
			line.credited += length;
			line.widest = Math.max(line.widest, WINDOW + line.credited - line.read);
			travel(this.back, () -> line.window += length);
		}
	}

	@Override
	public void opened(YamuxStream stream) {
		Line line = this.lines.get(stream.id());
		assertThat(line).isNotNull();
		line.stream = stream;
	}

	@Override
	public void writable(YamuxStream stream) {
		// nothing is sent to the peer
	}

	@Override
	public void finished(YamuxStream stream) {
		// told by the frame
	}

	@Override
	public void reset(YamuxStream stream, long code) {
		// by the sender itself
	}

	@Override
	public void expired(YamuxStream stream) {
		throw new AssertionError("Stream " + stream.id() + " has expired");
	}

	@Override
	public void acknowledged() {
		// nobody waits
	}

	@Override
	public void pong(long value) {
		// no pings are sent
	}

	@Override
	public void goAway(long code) {
		throw new AssertionError("The peer did not go away");
	}

}
