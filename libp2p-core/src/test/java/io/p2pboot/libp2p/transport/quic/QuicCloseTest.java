package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.guard.LoopWatch;
import io.p2pboot.libp2p.guard.Nightly;
import io.p2pboot.libp2p.guard.NodeGuard;
import io.p2pboot.libp2p.guard.ResidentMemory;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections that are closed at every point of the handshake: no event loop is held, no
 * memory grows, and each ends in time. The number of closes against each kind of peer is
 * the system property {@code quic.closes}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class QuicCloseTest extends QuicSuite {

	private static final int CLOSES = Integer.getInteger("quic.closes", Nightly.nightOrDay(200, 100));

	private static final int AT_ONCE = 50;

	private static final long MOST_GROWTH_BYTES = 64 << 20;

	/** A second for the peer to answer, and time for a loaded machine. */
	private static final Duration ENDED = Duration.ofSeconds(10);

	private static final int GARBAGE_BYTES = 60;

	private static final int RUNAWAYS = 10;

	private final Random random = new Random(19);

	@Override
	EventLoops createEventLoops() {
		EventLoops loops = super.createEventLoops();
		loops.group().forEach(LoopWatch.instance()::watch);
		return loops;
	}

	/** Connections that never hear of their end are soon forgotten by the listener. */
	@Override
	QuicConfig config() {
		return QuicConfig.DEFAULT.withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(2));
	}

	@BeforeEach
	void warmUp() throws Exception {
		closeAll(listen(ANY_PORT).address(), AT_ONCE);
		LoopWatch.instance().take(Duration.ZERO);
	}

	@Test
	void closesAgainstOurselvesEnd() throws Exception {
		closeMany(listen(ANY_PORT).address());
	}

	@Test
	void closesAgainstAPeerThatNeverConfirmsEnd() throws Exception {
		closeMany(new Unconfirmed());
	}

	@Test
	void closesAgainstAPeerThatSendsGarbageAsDataEnd() throws Exception {
		closeMany((packet, id) -> isLong(packet) ? List.of(packet, garbage(id), garbage(id)) : List.of(garbage(id)));
	}

	@Test
	void closesAgainstAPeerThatSendsNothingButGarbageEnd() throws Exception {
		closeMany((packet, id) -> List.of(garbage(id)));
	}

	/**
	 * Told to close while a probe of the handshake is due, which its timer may find at
	 * the end of what it sends, the codec acknowledges the handshake without end.
	 */
	@Test
	void aCodecThatMakesPacketsWithoutEndIsStopped() throws Exception {
		try (UdpRelay relay = new UdpRelay(listen(ANY_PORT).address(), new Unconfirmed())) {
			long before = ResidentMemory.besideHeap().orElse(0);
			for (int i = 0; i < RUNAWAYS; i++) {
				Future<MuxedConnection> dial = this.clientTransport.dial(relay.address(), DialOptions.ANY_PEER);
				dial.addListener((done) -> {
					QuicChannel channel = (QuicChannel) dial.getNow().session().channel();
					// Not within the turn of the codec that has completed the handshake.
					channel.eventLoop().execute(() -> closeWithAProbeDue(channel));
				});
				Future<Void> end = await(dial).session().channel().closeFuture();
				assertThat(end.await(ENDED.toMillis())).as("the connection is freed").isTrue();
			}
			assertThat(relay.packetsToListener()).isBetween((long) RUNAWAYS * SendBudget.MAX_CLOSING_PACKETS / 2,
					(long) RUNAWAYS * 4 * SendBudget.MAX_CLOSING_PACKETS);
			assertThat(ResidentMemory.besideHeap().orElse(0) - before).isLessThan(MOST_GROWTH_BYTES);
			assertThat(LoopWatch.instance().take(NodeGuard.LONGEST_TASK)).as("tasks that held a loop").isEmpty();
		}
	}

	private static void closeWithAProbeDue(QuicChannel channel) {
		ByteBuf reason = channel.alloc().directBuffer();
		QuicheAccess access = QuicheAccess.instance();
		try {
			while (access.timeoutNanos(channel) > 0) {
				LockSupport.parkNanos(access.timeoutNanos(channel));
			}
			access.flush(channel);
			SendBudget.closing(channel);
			access.close(channel, 0, reason);
			access.flush(channel);
		}
		catch (Throwable ex) {
			throw new AssertionError(ex);
		}
		finally {
			reason.release();
		}
	}

	/**
	 * Passes the listener's part of the handshake on, and repeats it instead of anything
	 * else, so that the dialler goes on but is never confirmed.
	 */
	private static final class Unconfirmed implements UdpRelay.Script {

		private volatile byte[] last = new byte[0];

		@Override
		public List<byte[]> answers(byte[] packet, byte[] diallerId) {
			if (isLong(packet)) {
				this.last = packet;
			}
			return List.of(this.last);
		}

	}

	private static boolean isLong(byte[] packet) {
		return (packet[0] & 0x80) != 0;
	}

	/** Looks like data of the connection with this id. */
	private byte[] garbage(byte[] id) {
		byte[] packet = new byte[GARBAGE_BYTES];
		this.random.nextBytes(packet);
		packet[0] = (byte) (0x40 | packet[0] & 0x3F);
		System.arraycopy(id, 0, packet, 1, id.length);
		return packet;
	}

	private void closeMany(UdpRelay.Script script) throws Exception {
		try (UdpRelay relay = new UdpRelay(listen(ANY_PORT).address(), script)) {
			closeMany(relay.address());
		}
	}

	private void closeMany(Multiaddr address) throws Exception {
		closeAll(address, CLOSES / 10);
		long before = ResidentMemory.besideHeap().orElse(0);
		closeAll(address, CLOSES);
		long after = ResidentMemory.besideHeap().orElse(0);
		assertThat(LoopWatch.instance().take(NodeGuard.LONGEST_TASK)).as("tasks that held a loop").isEmpty();
		assertThat(after - before).as("growth outside the heap").isLessThan(MOST_GROWTH_BYTES);
	}

	/** Closes at another moment each time, and waits for all ends. */
	private void closeAll(Multiaddr address, int count) throws Exception {
		int left = count;
		while (left > 0) {
			List<Future<Void>> ends = new ArrayList<>();
			for (int i = 0; i < Math.min(left, AT_ONCE); i++) {
				ends.add(closeOne(address, Moment.values()[i % Moment.values().length], i));
			}
			for (Future<Void> end : ends) {
				assertThat(end.await(ENDED.toMillis())).as("the end is told").isTrue();
			}
			left -= AT_ONCE;
			while (this.server.waitingInbound() > 0) {
				this.server.nextInbound();
			}
		}
	}

	/** When a connection is closed. */
	private enum Moment {

		AT_ONCE, LATER, ESTABLISHED, SOON_AFTER, WITH_A_STREAM

	}

	private Future<Void> closeOne(Multiaddr address, Moment moment, int millis) {
		EventLoop loop = this.client.eventLoops().group().next();
		Promise<Void> ended = loop.newPromise();
		Future<MuxedConnection> dial = this.clientTransport.dial(address, DialOptions.ANY_PEER);
		dial.addListener((done) -> {
			if (!done.isSuccess()) {
				ended.trySuccess(null);
				return;
			}
			MuxedConnection connection = dial.getNow();
			connection.session().channel().closeFuture().addListener((closed) -> ended.trySuccess(null));
			if (moment == Moment.WITH_A_STREAM) {
				connection.session().openStream(new MuxNode.Inbox());
			}
			int wait = (moment == Moment.SOON_AFTER || moment == Moment.WITH_A_STREAM) ? millis : 0;
			loop.schedule(() -> connection.session().close(0), wait, TimeUnit.MILLISECONDS);
		});
		if (moment == Moment.AT_ONCE) {
			dial.cancel(false);
		}
		else if (moment == Moment.LATER) {
			loop.schedule(() -> dial.cancel(false), millis * 200L, TimeUnit.MICROSECONDS);
		}
		return ended;
	}

}
