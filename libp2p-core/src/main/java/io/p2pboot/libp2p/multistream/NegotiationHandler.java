package io.p2pboot.libp2p.multistream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * Runs a session on a channel, then leaves. Our messages share a buffer with the first
 * payload where that is small. Event loop only.
 */
class NegotiationHandler extends ChannelDuplexHandler implements NegotiationSink, Negotiation {

	/** A first payload up to this size is copied behind our messages, into one frame. */
	static final int MAX_COPIED_BYTES = 4096;

	private enum State {

		/**
		 * Not begun: the channel is not active yet, or whoever holds the negotiation has
		 * not begun it; left to NEGOTIATING, and to FAILED.
		 */
		NEW,

		/** Messages go to the session; left to AGREED, or to FAILED. */
		NEGOTIATING,

		/** The listeners run, then what is held is passed on; left to GONE. */
		AGREED,

		/** What arrives is discarded; final. */
		FAILED,

		/** Everything was passed on; final. */
		GONE

	}

	private final NegotiationSession session;

	private final Promise<String> promise;

	private final Duration timeout;

	private final NegotiationBytes bytes;

	/** Whether it begins when it is told to, and not with the channel. */
	private final boolean held;

	private final MessageReader reader = new MessageReader();

	/** Buffers and events that came after the agreement, in order. */
	private final Deque<Object> later = new ArrayDeque<>();

	private State state = State.NEW;

	/** What is to be sent with the next write or flush. */
	private @Nullable ByteBuf outgoing;

	private @Nullable String agreement;

	private boolean readWanted;

	private @Nullable Future<?> timer;

	private @Nullable ChannelHandlerContext context;

	NegotiationHandler(NegotiationSession session, Promise<String> promise, Duration timeout, NegotiationBytes bytes,
			boolean held) {
		this.session = session;
		this.promise = promise;
		this.timeout = timeout;
		this.bytes = bytes;
		this.held = held;
	}

	@Override
	public final Future<String> future() {
		return this.promise;
	}

	final ChannelHandlerContext context() {
		ChannelHandlerContext ctx = this.context;
		if (ctx == null) {
			throw new IllegalStateException("The handler is not in a pipeline");
		}
		return ctx;
	}

	final boolean isNegotiating() {
		return this.state == State.NEGOTIATING;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.context = ctx;
		if (ctx.channel().isActive()) {
			if (!this.held) {
				begin(ctx);
			}
		}
		else if (!ctx.channel().isOpen()) {
			failed(NegotiationFailed.Reason.CLOSED, "The channel is closed already");
		}
	}

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		if (this.state == State.NEW && !this.held) {
			begin(ctx);
		}
		ctx.fireChannelActive();
	}

	@Override
	public final void begin() {
		if (this.state == State.NEW) {
			begin(context());
		}
	}

	private void begin(ChannelHandlerContext ctx) {
		this.state = State.NEGOTIATING;
		this.promise.addListener((done) -> {
			if (this.promise.isCancelled() && isNegotiating()) {
				end(State.FAILED);
			}
		});
		started(ctx);
	}

	/** The negotiation begins. */
	void started(ChannelHandlerContext ctx) {
		startTimer();
		this.session.start(this);
		flush(ctx);
		if (this.held) {
			// Last: what has come is read at once, and the protocol may turn it off.
			ctx.channel().config().setAutoRead(true);
		}
		else {
			readMore(ctx);
		}
	}

	/** Bounds the whole negotiation, not the silence between two bytes. */
	final void startTimer() {
		this.timer = context().executor()
			.schedule(
					() -> failed(NegotiationFailed.Reason.TIMEOUT,
							"Waited longer than " + this.timeout.toMillis() + " ms for " + this.session.waitingFor()),
					this.timeout.toNanos(), TimeUnit.NANOSECONDS);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		switch (this.state) {
			case NEGOTIATING -> negotiate(ctx, (ByteBuf) message);
			case AGREED -> this.later.add(message);
			case NEW, FAILED -> ReferenceCountUtil.release(message);
			case GONE -> ctx.fireChannelRead(message);
		}
	}

	private void negotiate(ChannelHandlerContext ctx, ByteBuf in) {
		boolean passedOn = false;
		int before = in.readableBytes();
		try {
			while (isNegotiating()) {
				String message = this.reader.read(in);
				if (message == null) {
					return;
				}
				this.session.on(message, this);
			}
			if (this.state == State.AGREED && in.isReadable()) {
				this.later.add(in);
				passedOn = true;
			}
		}
		catch (DecodeException ex) {
			failed(NegotiationFailed.Reason.VIOLATION, ex.getMessage() + "; waited for " + this.session.waitingFor());
		}
		finally {
			this.bytes.moved(Direction.INBOUND, before - in.readableBytes());
			if (!passedOn) {
				in.release();
			}
		}
		if (this.state == State.AGREED) {
			announce(ctx);
		}
	}

	/**
	 * Lets the listeners append their handlers, then passes on what is held. Netty runs
	 * listeners in order, but puts them off when calls are nested deeply: being one of
	 * them keeps us behind the others in either case.
	 */
	private void announce(ChannelHandlerContext ctx) {
		if (!this.promise.trySuccess(this.agreement)) {
			end(State.FAILED);
			releaseHeld();
			return;
		}
		this.promise.addListener((done) -> passOn(ctx));
	}

	private void passOn(ChannelHandlerContext ctx) {
		if (this.state != State.AGREED) {
			return;
		}
		boolean read = passOnLater(ctx);
		if (!read && this.readWanted) {
			// What the protocol asked for brought it nothing but our answer.
			ctx.read();
		}
		while (read || !this.later.isEmpty()) {
			if (read) {
				ctx.fireChannelReadComplete();
			}
			// What was asked for may have come within.
			read = passOnLater(ctx);
		}
		this.state = State.GONE;
		flush(ctx);
		if (!ctx.isRemoved()) {
			ctx.pipeline().remove(this);
		}
	}

	/** Passes on what is held; whether bytes were. */
	private boolean passOnLater(ChannelHandlerContext ctx) {
		boolean read = false;
		for (Object next = this.later.poll(); next != null; next = this.later.poll()) {
			if (next instanceof ByteBuf bytes) {
				ctx.fireChannelRead(bytes);
				read = true;
			}
			else {
				ctx.fireUserEventTriggered(next);
			}
		}
		return read;
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		flushOutgoing(ctx);
		if (isNegotiating()) {
			readMore(ctx);
		}
		else {
			ctx.fireChannelReadComplete();
		}
	}

	/** While it lasts the negotiation needs to read, whatever the protocol will want. */
	final void readMore(ChannelHandlerContext ctx) {
		if (!ctx.channel().config().isAutoRead()) {
			ctx.read();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (this.state == State.AGREED) {
			this.later.add(event);
			return;
		}
		if (this.state == State.NEW && event instanceof ChannelInputShutdownEvent) {
			ctx.close();
			failed(NegotiationFailed.Reason.CLOSED, "The remote peer ended its side before the negotiation");
		}
		else if (isNegotiating() && event instanceof ChannelInputShutdownEvent) {
			failed(NegotiationFailed.Reason.CLOSED,
					"The remote peer ended its side; waited for " + this.session.waitingFor());
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (isNegotiating()) {
			failed(new NegotiationFailed(NegotiationFailed.Reason.CLOSED,
					"The channel failed; waited for " + this.session.waitingFor(), cause));
		}
		else {
			ctx.fireExceptionCaught(cause);
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		failed(NegotiationFailed.Reason.CLOSED, "The channel closed; waited for " + this.session.waitingFor());
		ctx.fireChannelInactive();
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		failed(NegotiationFailed.Reason.CLOSED, "The negotiation was taken away");
		releaseHeld();
		ByteBuf unsent = takeOutgoing();
		if (unsent != null) {
			unsent.release();
		}
	}

	private void releaseHeld() {
		this.later.forEach(ReferenceCountUtil::release);
		this.later.clear();
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		ByteBuf first = takeOutgoing();
		if (first != null && message instanceof ByteBuf payload && payload.readableBytes() <= MAX_COPIED_BYTES) {
			first.writeBytes(payload);
			payload.release();
			ctx.write(first, promise);
			return;
		}
		if (first != null) {
			ctx.write(first, ctx.voidPromise());
		}
		ctx.write(message, promise);
	}

	@Override
	public void flush(ChannelHandlerContext ctx) {
		flushOutgoing(ctx);
		ctx.flush();
	}

	@Override
	public void read(ChannelHandlerContext ctx) {
		this.readWanted = true;
		ctx.read();
	}

	@Override
	public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
		flushOutgoing(ctx);
		ctx.close(promise);
	}

	private void flushOutgoing(ChannelHandlerContext ctx) {
		ByteBuf bytes = takeOutgoing();
		if (bytes != null) {
			ctx.writeAndFlush(bytes, ctx.voidPromise());
		}
	}

	private @Nullable ByteBuf takeOutgoing() {
		ByteBuf bytes = this.outgoing;
		this.outgoing = null;
		return bytes;
	}

	private ByteBuf outgoing() {
		ByteBuf bytes = this.outgoing;
		if (bytes == null) {
			bytes = context().alloc().buffer();
			this.outgoing = bytes;
		}
		return bytes;
	}

	@Override
	public void send(String message) {
		ByteBuf out = outgoing();
		int before = out.readableBytes();
		MessageWriter.write(message, out);
		this.bytes.moved(Direction.OUTBOUND, out.readableBytes() - before);
	}

	@Override
	public void sendList(Iterable<String> names) {
		ByteBuf out = outgoing();
		int before = out.readableBytes();
		MessageWriter.writeList(names, out);
		this.bytes.moved(Direction.OUTBOUND, out.readableBytes() - before);
	}

	@Override
	public void agreed(String protocol) {
		this.agreement = protocol;
		end(State.AGREED);
	}

	@Override
	public final void failed(NegotiationFailed.Reason reason, String message) {
		if (isUndecided()) {
			failed(new NegotiationFailed(reason, message));
		}
	}

	/** Every handler is removed in the end, most of them after an agreement. */
	private boolean isUndecided() {
		return this.state == State.NEW || isNegotiating();
	}

	void failed(NegotiationFailed cause) {
		if (isUndecided()) {
			end(State.FAILED);
			sendLastAnswer();
			this.promise.tryFailure(cause);
		}
	}

	/** A proposal that was refused may be followed by what only the protocol knows. */
	private void sendLastAnswer() {
		ChannelHandlerContext ctx = this.context;
		if (ctx != null && !ctx.isRemoved() && ctx.channel().isActive()) {
			flushOutgoing(ctx);
		}
	}

	private void end(State next) {
		this.state = next;
		Future<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
		}
	}

}
