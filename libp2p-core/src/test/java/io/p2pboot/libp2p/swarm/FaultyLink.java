package io.p2pboot.libp2p.swarm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.UpgradeRequest;

/**
 * One connection between two swarms in one thread and on one clock: it is upgraded, one
 * stream echoes a word, the dialler closes. One fault strikes at one byte of one
 * direction.
 */
final class FaultyLink {

	/** What can happen to a byte. */
	enum Fault {

		/** Nothing. */
		NONE,

		/** The connection ends in good order. */
		EOF,

		/** The connection is reset. */
		RESET,

		/** Nothing more arrives in either direction. */
		STALL,

		/** One bit differs. */
		BIT_FLIP,

		/** The byte arrives twice. */
		DUPLICATE,

		/** This byte and all that follow arrive one by one. */
		SINGLE_BYTES

	}

	static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	/** By then everything has to have ended: upgrade 15 s, keep-alive 2 x 30 s. */
	static final Duration PATIENCE = Duration.ofSeconds(61);

	private static final byte[] WORD = "a word to be echoed".getBytes(StandardCharsets.UTF_8);

	private static final Multiaddr HERE = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	private static final Multiaddr THERE = Multiaddr.parse("/ip4/192.0.2.2/tcp/2");

	/** Looks for timers left before Netty's own class cancels them all, when closed. */
	private static final class WireChannel extends EmbeddedChannel {

		private boolean timerLeft;

		WireChannel(Ticker ticker) {
			super(EmbeddedChannel.builder().ticker(ticker));
		}

		@Override
		public void runPendingTasks() {
			super.runPendingTasks();
			this.timerLeft |= !isRegistered() && runScheduledPendingTasks() != -1;
		}

	}

	private final MockTicker ticker = Ticker.newMockTicker();

	private final WireChannel dialler = new WireChannel(this.ticker);

	private final WireChannel listener = new WireChannel(this.ticker);

	private final Swarm client;

	private final Swarm server;

	private final Fault fault;

	private final boolean fromDialler;

	private final int offset;

	private final int[] carried = new int[2];

	private boolean stalled;

	private boolean struck;

	private final ByteArrayOutputStream echoed = new ByteArrayOutputStream();

	private boolean ended;

	private Optional<Future<MuxedConnection>> dial = Optional.empty();

	FaultyLink(Swarm client, Swarm server, Fault fault, boolean fromDialler, int offset) {
		this.client = client;
		this.server = server;
		this.fault = fault;
		this.fromDialler = fromDialler;
		this.offset = offset;
	}

	/** Lets a swarm echo. */
	static void echo(Swarm swarm) {
		swarm.running(true);
		swarm.accepting(true);
		swarm.mount(ECHO, (stream) -> stream.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				ctx.writeAndFlush(message);
			}

			@Override
			public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
				if (event instanceof ChannelInputShutdownEvent) {
					stream.close();
				}
			}

			@Override
			public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
				ctx.close();
			}
		}));
	}

	/** Runs until both ends are closed or patience is over. */
	FaultyLink run() {
		this.server.upgrader().inbound(this.listener, UpgradeRequest.inbound("test", THERE, HERE));
		Future<MuxedConnection> dialled = this.client.upgrader()
			.outbound(this.dialler, UpgradeRequest.outbound("test", HERE, THERE, Optional.of(this.server.localPeer())));
		this.dial = Optional.of(dialled);
		dialled.addListener((done) -> {
			if (done.isSuccess()) {
				connected(dialled.getNow());
			}
		});
		carry();
		for (long waited = 0; waited < PATIENCE.toSeconds() && isOpen(); waited++) {
			this.ticker.advance(1, TimeUnit.SECONDS);
			carry();
		}
		return this;
	}

	private void connected(MuxedConnection muxed) {
		SwarmConnection connection = this.client.adopt(muxed);
		this.client.register(connection);
		this.client.openStream(connection, List.of(ECHO), false, (stream) -> {
			stream.pipeline().addLast(new Word(stream, connection));
			stream.writeAndFlush(Unpooled.copiedBuffer(WORD));
			stream.closeWrite();
		});
	}

	private final class Word extends ChannelInboundHandlerAdapter {

		private final StreamChannel stream;

		private final SwarmConnection connection;

		Word(StreamChannel stream, SwarmConnection connection) {
			this.stream = stream;
			this.connection = connection;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			byte[] copy = new byte[bytes.readableBytes()];
			bytes.readBytes(copy);
			bytes.release();
			FaultyLink.this.echoed.writeBytes(copy);
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent) {
				FaultyLink.this.ended = true;
				this.stream.close();
				this.connection.close();
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			ctx.close();
		}

	}

	// The wire.

	private void carry() {
		boolean moved = true;
		while (moved) {
			moved = carry(this.dialler, this.listener, true);
			moved |= carry(this.listener, this.dialler, false);
		}
	}

	private boolean carry(WireChannel from, WireChannel to, boolean dialling) {
		from.runPendingTasks();
		List<byte[]> chunks = new ArrayList<>();
		for (ByteBuf chunk = from.readOutbound(); chunk != null; chunk = from.readOutbound()) {
			byte[] bytes = new byte[chunk.readableBytes()];
			chunk.readBytes(bytes);
			chunk.release();
			chunks.add(bytes);
		}
		chunks.forEach((chunk) -> carry(chunk, to, dialling));
		if (!from.isOpen() && to.isOpen() && !this.stalled) {
			end(to);
			return true;
		}
		return !chunks.isEmpty();
	}

	private void carry(byte[] chunk, WireChannel to, boolean dialling) {
		int start = this.carried[dialling ? 0 : 1];
		this.carried[dialling ? 0 : 1] += chunk.length;
		int place = this.offset - start;
		if (dialling != this.fromDialler || this.fault == Fault.NONE || place >= chunk.length) {
			arrive(to, chunk, 0, chunk.length);
			return;
		}
		if (place >= 0) {
			this.struck = true;
		}
		strike(to, chunk, Math.max(0, place), place >= 0);
	}

	/** The fault is at this place of the chunk, or was in an earlier one. */
	private void strike(WireChannel to, byte[] chunk, int place, boolean here) {
		if (this.fault == Fault.SINGLE_BYTES) {
			arrive(to, chunk, 0, place);
			for (int i = place; i < chunk.length; i++) {
				arrive(to, chunk, i, i + 1);
			}
			return;
		}
		if (!here) {
			arrive(to, chunk, 0, chunk.length);
			return;
		}
		switch (this.fault) {
			case BIT_FLIP -> {
				chunk[place] ^= (byte) (1 << place % 8);
				arrive(to, chunk, 0, chunk.length);
			}
			case DUPLICATE -> {
				arrive(to, chunk, 0, place + 1);
				arrive(to, chunk, place, chunk.length);
			}
			case EOF -> {
				arrive(to, chunk, 0, place);
				end(to);
			}
			case RESET -> {
				arrive(to, chunk, 0, place);
				for (WireChannel end : List.of(this.dialler, this.listener)) {
					end.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
					end(end);
				}
			}
			case STALL -> {
				arrive(to, chunk, 0, place);
				this.stalled = true;
			}
			case NONE, SINGLE_BYTES -> throw new IllegalStateException(this.fault + " is not at one byte");
		}
	}

	private void arrive(WireChannel to, byte[] chunk, int from, int until) {
		if (to.isOpen() && !this.stalled && until > from) {
			to.pipeline().fireChannelRead(Unpooled.copiedBuffer(chunk, from, until - from));
			to.pipeline().fireChannelReadComplete();
			to.runPendingTasks();
		}
	}

	/** The socket ends, as a transport learns it. */
	private static void end(WireChannel channel) {
		channel.unsafe().close(channel.newPromise());
		channel.runPendingTasks();
	}

	// What came of it.

	int carried(boolean byDialler) {
		return this.carried[byDialler ? 0 : 1];
	}

	boolean hasStruck() {
		return this.struck;
	}

	private boolean isOpen() {
		return this.dialler.isOpen() || this.listener.isOpen();
	}

	/** Whether the whole word came back, and then the end. */
	boolean isEchoed() {
		return this.ended && java.util.Arrays.equals(this.echoed.toByteArray(), WORD);
	}

	/** What is wrong with the way it ended; empty if nothing is. */
	List<String> complaints() {
		List<String> complaints = new ArrayList<>();
		check(complaints, !isOpen(), "a channel is open");
		check(complaints, this.dial.orElseThrow().isDone(), "the dial hangs");
		check(complaints, !this.ended || isEchoed(), "another word came back: " + this.echoed);
		check(complaints, this.client.connections().isEmpty(), "the dialler's table has a connection");
		check(complaints, this.server.connections().isEmpty(), "the listener's table has a connection");
		for (WireChannel channel : List.of(this.dialler, this.listener)) {
			String name = (channel == this.dialler) ? "the dialler" : "the listener";
			check(complaints, !channel.timerLeft && channel.runScheduledPendingTasks() == -1,
					"a timer is left at " + name);
			check(complaints, !channel.hasPendingTasks(), "a task is left at " + name);
			check(complaints, channel.<Object>readOutbound() == null, "a buffer is left at " + name);
		}
		boolean harmless = this.fault == Fault.NONE || this.fault == Fault.SINGLE_BYTES;
		check(complaints, !harmless || isEchoed(), "the word did not come back");
		return complaints;
	}

	private static void check(List<String> complaints, boolean good, String complaint) {
		if (!good) {
			complaints.add(complaint);
		}
	}

	@Override
	public String toString() {
		return this.fault + " at byte " + this.offset + " of the " + (this.fromDialler ? "dialler" : "listener");
	}

}
