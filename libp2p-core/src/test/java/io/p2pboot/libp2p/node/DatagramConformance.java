package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolHost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What datagrams mean on every transport.
 */
abstract class DatagramConformance extends NodeSuite {

	static final ProtocolPath PATH = ProtocolPath.of("/datagrams/1.0.0");

	private static final ProtocolPath CONTROL = ProtocolPath.of("/dg/1");

	final BlockingQueue<String> received = new LinkedBlockingQueue<>();

	final DatagramProtocol serve(NettyNode node) {
		DatagramProtocol protocol = node.mountProtocol(PATH, DatagramProtocol.create(4096));
		protocol.serve(this.executor, (datagram) -> this.received.add(text(datagram)));
		return protocol;
	}

	final String next() throws InterruptedException {
		String next = this.received.poll(20, TimeUnit.SECONDS);
		assertThat(next).as("a datagram within 20 s").isNotNull();
		return next;
	}

	static String text(Datagram datagram) {
		return StandardCharsets.UTF_8.decode(datagram.payload().duplicate()).toString();
	}

	static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	final void send(String text) throws IOException {
		this.client.sendDatagram(this.server.addrInfo(), PATH, bytes(text));
	}

	/** How many flows the client has, with either carrier. */
	final int flowsOfClient() {
		return this.clientEvents.openStreams(PATH) + this.clientEvents.openStreams(CONTROL);
	}

	@Test
	void datagramsArriveWholeWithTheirSender() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		DatagramProtocol sending = this.client.mountProtocol(PATH, DatagramProtocol.create());
		sending.sendDatagram(bytes("one"), this.server.addrInfo());
		sending.sendDatagram(bytes(""), this.server.addrInfo());
		sending.sendDatagram(bytes("three"), AddrInfo.of(this.server.peerId()));
		for (String expected : List.of("one", "", "three")) {
			Datagram datagram = serving.acceptDatagram();
			assertThat(text(datagram)).isEqualTo(expected);
			assertThat(datagram.peer().id()).isEqualTo(this.client.peerId());
			assertThat(datagram.payload().isReadOnly()).isTrue();
		}
		assertThat(this.serverEvents.received()).isEqualTo(3);
		eventually("three datagrams counted as sent", () -> this.clientEvents.sent() == 3);
	}

	@Test
	void theAnswerTakesTheSameFlowThoughItsReceiverServesNothing() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		send("question");
		Datagram question = serving.acceptDatagram();
		serving.sendDatagram(bytes("answer"), question.peer());
		// The client sends, but has no protocol to deliver to.
		eventually("the answer dropped", () -> this.clientEvents.dropped(DatagramDrop.UNKNOWN_FLOW) == 1);
	}

	@Test
	void aReplyTakesTheFlowOfItsDatagram() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		DatagramProtocol asking = this.client.mountProtocol(PATH, DatagramProtocol.create());
		asking.sendDatagram(bytes("question"), this.server.addrInfo());
		Datagram question = serving.acceptDatagram();
		assertThat(question.flow().direction()).isEqualTo(Direction.INBOUND);
		assertThat(question.flow().protocol()).isEqualTo(PATH);
		int before = this.serverEvents.streamsOpened.get();
		question.reply(bytes("answer"));
		Datagram answer = asking.acceptDatagram();
		assertThat(text(answer)).isEqualTo("answer");
		assertThat(answer.flow().direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(answer.flow().connection()).isEqualTo(this.client.connections().get(0));
		assertThat(this.serverEvents.streamsOpened.get()).isEqualTo(before);
	}

	@Test
	void twoHandlersThatReplyToInboundFlowsBounceNothing() throws Exception {
		for (NettyNode node : List.of(this.server, this.client)) {
			node.mountProtocol(PATH, DatagramProtocol.create()).serve(this.executor, (datagram) -> {
				this.received.add(text(datagram));
				if (datagram.flow().direction() == Direction.INBOUND) {
					datagram.reply(bytes("to " + text(datagram)));
				}
			});
		}
		send("one");
		assertThat(List.of(next(), next())).containsExactly("one", "to one");
		send("two");
		assertThat(List.of(next(), next())).containsExactly("two", "to two");
	}

	@Test
	void aReplyAfterTheEndOfItsFlowIsDroppedAndCounted() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		send("question");
		Datagram question = serving.acceptDatagram();
		assertThat(this.client.disconnect(this.server.peerId(), Duration.ofSeconds(20))).isTrue();
		eventually("the end told", () -> this.server.connections().isEmpty());
		eventually("the flow over",
				() -> this.serverEvents.openStreams(PATH) + this.serverEvents.openStreams(CONTROL) == 0);
		assertThat(question.flow().isOpen()).isFalse();
		question.reply(bytes("too late"));
		eventually("the reply dropped", () -> this.serverEvents.dropped(DatagramDrop.CONNECTION_LOST) == 1);
	}

	@Test
	void bothSidesExchangeOverTheFlowOfEither() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create(4096));
		DatagramProtocol asking = this.client.mountProtocol(PATH, DatagramProtocol.create(4096));
		asking.sendDatagram(bytes("hello"), this.server.addrInfo());
		Datagram hello = serving.acceptDatagram();
		int before = this.serverEvents.streamsOpened.get();
		for (int i = 0; i < 1000; i++) {
			serving.sendDatagram(bytes("down " + i), hello.peer());
			assertThat(text(asking.acceptDatagram())).isEqualTo("down " + i);
			asking.sendDatagram(bytes("up " + i), this.server.addrInfo());
			assertThat(text(serving.acceptDatagram())).isEqualTo("up " + i);
		}
		assertThat(this.serverEvents.streamsOpened.get()).isEqualTo(before);
	}

	@Test
	void senderMayBeOpenedByManyThreadsAtOnce() throws Exception {
		serve(this.server);
		CountDownLatch go = new CountDownLatch(1);
		List<Future<?>> sending = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			sending.add(this.executor.submit(() -> {
				go.await();
				send("many");
				return null;
			}));
		}
		go.countDown();
		for (Future<?> one : sending) {
			one.get(20, TimeUnit.SECONDS);
		}
		for (int i = 0; i < 50; i++) {
			assertThat(next()).isEqualTo("many");
		}
		assertThat(this.clientEvents.connectionsOpened.get()).isEqualTo(1);
		assertThat(this.serverEvents.connectionsOpened.get()).isEqualTo(1);
	}

	@Test
	void everyDatagramOfABurstIsDeliveredOrCounted() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create(16));
		CountDownLatch slow = new CountDownLatch(1);
		AtomicInteger handled = new AtomicInteger();
		serving.serve(this.executor, (datagram) -> {
			awaitLatch(slow);
			handled.incrementAndGet();
		});
		ByteBuffer payload = ByteBuffer.allocate(1000);
		for (int i = 0; i < 10_000; i++) {
			this.client.sendDatagram(this.server.addrInfo(), PATH, payload.duplicate());
		}
		eventually("all sent or dropped", () -> this.clientEvents.sent() + this.clientEvents.dropped() == 10_000);
		eventually("all sent received", () -> this.serverEvents.received()
				+ this.serverEvents.dropped(DatagramDrop.UNKNOWN_FLOW) == this.clientEvents.sent());
		slow.countDown();
		eventually("all received handled or dropped", () -> handled.get()
				+ this.serverEvents.dropped(DatagramDrop.RECEIVE_QUEUE_FULL) == this.serverEvents.received());
		assertThat(this.serverEvents.dropped(DatagramDrop.RECEIVE_QUEUE_FULL)).isPositive();
	}

	private static void awaitLatch(CountDownLatch latch) throws IOException {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new InterruptedIOException();
		}
	}

	@Test
	void theOldestMakesRoomWhereTheReceiverIsSlow() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create(2));
		for (String text : List.of("1", "2", "3", "4", "5")) {
			send(text);
		}
		eventually("five received", () -> this.serverEvents.received() == 5);
		eventually("three dropped", () -> this.serverEvents.dropped(DatagramDrop.RECEIVE_QUEUE_FULL) == 3);
		assertThat(text(serving.acceptDatagram())).isEqualTo("4");
		assertThat(text(serving.acceptDatagram())).isEqualTo("5");
	}

	@Test
	void aFlowIsOpenedAnewAfterItsConnectionIsLost() throws Exception {
		serve(this.server);
		send("before");
		assertThat(next()).isEqualTo("before");
		this.server.disconnect(this.client.peerId());
		eventually("the connection gone", () -> this.client.connections().isEmpty());
		send("after");
		assertThat(next()).isEqualTo("after");
		assertThat(this.clientEvents.connectionsOpened.get()).isEqualTo(2);
	}

	@Test
	void aPayloadAtTheLimitFitsAndOneByteMoreDoesNot() throws Exception {
		serve(this.server);
		assertThat(this.client.mountProtocol(PATH, DatagramProtocol.create()).maxDatagramBytes(this.server.addrInfo()))
			.isEmpty();
		send("connect");
		assertThat(next()).isEqualTo("connect");
		int limit;
		do {
			limit = limit();
			assertThat(limit).isGreaterThanOrEqualTo(1);
			this.client.sendDatagram(this.server.addrInfo(), PATH, ByteBuffer.allocate(limit));
			assertThat(next()).hasSize(limit);
			refusesMoreThan(limit);
		}
		// The path's own limit grows while it is being found.
		while (limit() != limit);
	}

	private int limit() {
		return ((ProtocolHost) this.client).maxDatagramBytes(this.server.addrInfo(), PATH).orElseThrow();
	}

	private void refusesMoreThan(int limit) throws Exception {
		ByteBuffer over = ByteBuffer.allocate(limit + 1);
		try {
			this.client.sendDatagram(this.server.addrInfo(), PATH, over);
			assertThat(limit()).isGreaterThan(limit);
			assertThat(next()).hasSize(limit + 1);
		}
		catch (DatagramTooLarge refused) {
			assertThat(refused.sizeBytes()).isEqualTo(limit + 1);
			assertThat(refused.maximumBytes()).isEqualTo(limit);
		}
		assertThat(over.remaining()).isEqualTo(limit + 1);
	}

	@Test
	void aPeerThatCannotBeReachedIsAnError() {
		AddrInfo nobody = AddrInfo.of(PeerId.of(PrivateKey.generate().publicKey()));
		assertThatExceptionOfType(DialFailed.class)
			.isThrownBy(() -> this.client.sendDatagram(nobody, PATH, bytes("lost")));
	}

	@Test
	void unmountingEndsAcceptsAndFlows() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		send("last");
		assertThat(text(serving.acceptDatagram())).isEqualTo("last");
		assertThat(flowsOfClient()).isEqualTo(1);
		Future<Datagram> blocked = this.executor.submit(serving::acceptDatagram);
		this.server.unmountProtocol(PATH);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> blocked.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(AsynchronousCloseException.class);
		eventually("the flow ended", () -> flowsOfClient() == 0);
		assertThatIllegalStateException().isThrownBy(() -> serving.sendDatagram(bytes("x"), this.client.addrInfo()));
	}

	@Test
	void closingTheNodeEndsAccepts() throws Exception {
		NettyNode node = started(link().client());
		DatagramProtocol serving = node.mountProtocol(PATH, DatagramProtocol.create());
		Future<Datagram> blocked = this.executor.submit(serving::acceptDatagram);
		node.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> blocked.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(AsynchronousCloseException.class);
	}

	@Test
	void anInterruptEndsAnAccept() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(serving::acceptDatagram);
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void whatAHandlerThrowsIsCountedAndTheNextIsHandled() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		serving.serve(this.executor, (datagram) -> {
			if (text(datagram).equals("bad")) {
				throw new IOException("expected");
			}
			this.received.add(text(datagram));
		});
		send("bad");
		send("good");
		assertThat(next()).isEqualTo("good");
		assertThat(this.serverEvents.datagramHandlerFailures).hasSize(1);
	}

	@Test
	void aMountThatFailsLeavesThePathAndTheProtocolFree() throws Exception {
		DatagramProtocol mounted = this.server.mountProtocol(PATH, DatagramProtocol.create());
		DatagramProtocol second = DatagramProtocol.create();
		assertThatIllegalStateException().isThrownBy(() -> this.server.mountProtocol(PATH, second));
		ProtocolPath other = ProtocolPath.of("/other/1.0.0");
		assertThatIllegalStateException().isThrownBy(() -> this.server.mountProtocol(other, mounted));
		assertThat(this.server.protocols()).doesNotContain(other);
		this.server.mountProtocol(other, second);
		send("still served");
		assertThat(text(mounted.acceptDatagram())).isEqualTo("still served");
		assertThatIllegalStateException()
			.isThrownBy(() -> DatagramProtocol.create().sendDatagram(bytes("x"), this.client.addrInfo()));
	}

	@Test
	void sendingOnAnEventLoopIsRefused() throws Exception {
		this.client.connect(this.server.addrInfo());
		CountDownLatch done = new CountDownLatch(1);
		List<Throwable> thrown = new ArrayList<>();
		this.client.connectAsync(this.server.addrInfo()).addListener((connected) -> {
			try {
				send("blocked");
			}
			catch (Throwable ex) {
				thrown.add(ex);
			}
			done.countDown();
		});
		assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(thrown).singleElement().isInstanceOf(IllegalStateException.class);
	}

	@Test
	void theNodeStopsWhileDatagramsFly() throws Exception {
		serve(this.server);
		send("first");
		AtomicInteger offered = new AtomicInteger(1);
		Future<?> sending = this.executor.submit(() -> {
			while (this.client.isRunning()) {
				send("flood");
				offered.incrementAndGet();
			}
			return null;
		});
		assertThat(next()).isEqualTo("first");
		this.client.stop();
		assertThatCode(() -> sending.get(20, TimeUnit.SECONDS)).satisfiesAnyOf((none) -> assertThat(none).isNull(),
				(failed) -> assertThat(failed.getCause()).isInstanceOfAny(IOException.class,
						IllegalStateException.class));
		eventually("all counted", () -> this.clientEvents.sent() + this.clientEvents.dropped() == offered.get());
	}

}
