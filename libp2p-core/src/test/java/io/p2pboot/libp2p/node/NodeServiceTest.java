package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.protocol.addressbook.AddressBook;
import io.p2pboot.libp2p.protocol.identify.Identify;
import io.p2pboot.libp2p.protocol.ping.Ping;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Services, and what a node gives them.
 */
class NodeServiceTest extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/service/1.0.0");

	private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

	@Override
	NodeLink link() {
		return NodeLink.MEMORY;
	}

	@Test
	void servicesStartInOrderAndStopInTheOppositeOne() throws IOException {
		NettyNode node = started(link().server().service(named("first")).service(named("second")));
		assertThat(this.told).containsExactly("first starts, bound 0", "second starts, bound 0");
		this.told.clear();
		node.stop();
		assertThat(this.told).containsExactly("second stops", "first stops");
		this.told.clear();
		node.start();
		assertThat(this.told).containsExactly("first starts, bound 0", "second starts, bound 0");
		this.told.clear();
		node.close();
		assertThat(this.told).containsExactly("second stops", "first stops");
	}

	@Test
	void aServiceThatCannotStartStopsTheNode() {
		NodeService broken = (node) -> {
			throw new IOException("no socket");
		};
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> link().server().service(named("first")).service(broken).service(named("third")).start())
			.withMessage("no socket");
		assertThat(this.told).containsExactly("first starts, bound 0", "first stops");
	}

	@Test
	void aServiceThatFailsToStopHoldsUpNoOther() throws IOException {
		NodeService broken = new NodeService() {

			@Override
			public void start(NettyNode node) {
			}

			@Override
			public void stop() {
				throw new IllegalStateException("a bug");
			}

		};
		NettyNode node = started(link().server().service(named("first")).service(broken));
		node.stop();
		assertThat(this.told).containsExactly("first starts, bound 0", "first stops");
		assertThat(node.isRunning()).isFalse();
	}

	private NodeService named(String name) {
		return new NodeService() {

			@Override
			public void start(NettyNode node) {
				NodeServiceTest.this.told.add(name + " starts, bound " + node.listenAddresses().size());
				node.mountStreams(ProtocolPath.of("/" + name), (stream) -> stream.close());
				this.mounted = node;
			}

			private NettyNode mounted;

			@Override
			public void stop() {
				NodeServiceTest.this.told.add(name + " stops");
				this.mounted.unmountProtocol(ProtocolPath.of("/" + name));
			}

		};
	}

	@Test
	void anAddressBookIsAService() throws IOException {
		NettyNode node = started(link().server().service(AddressBook.create(List.of())));
		assertThat(node.protocols()).contains(AddressBook.PATH);
		node.stop();
		assertThat(node.protocols()).doesNotContain(AddressBook.PATH).contains(Identify.PATH, Ping.PATH);
		node.start();
		assertThat(node.protocols()).contains(AddressBook.PATH, Identify.PATH, Ping.PATH);
	}

	@Test
	void nobodyUnmountsWhatEveryNodeServes() {
		for (ProtocolPath path : List.of(Identify.PATH, Identify.PUSH_PATH, Ping.PATH)) {
			assertThatIllegalArgumentException().isThrownBy(() -> this.server.unmountProtocol(path))
				.withMessageContaining(path.toString());
			assertThat(this.server.protocols()).contains(path);
		}
	}

	@Test
	void nobodyTakesWhatEveryNodeServesBeforeItStarts() throws IOException {
		try (NettyNode node = link().server().build()) {
			for (ProtocolPath path : List.of(Identify.PATH, Identify.PUSH_PATH, Ping.PATH)) {
				assertThatIllegalStateException().isThrownBy(() -> node.mountProtocol(path, StreamProtocol.create()))
					.withMessage("The path " + path + " is taken");
				assertThatIllegalStateException().isThrownBy(() -> node.mountStreams(path, (stream) -> {
				})).withMessage("The path " + path + " is taken");
			}
			node.start();
			assertThat(node.protocols()).contains(Identify.PATH, Identify.PUSH_PATH, Ping.PATH);
		}
	}

	@Test
	void anUnmountMayResetTheOpenStreams() throws IOException {
		StreamProtocol protocol = this.server.mountProtocol(PATH, StreamProtocol.create());
		Stream kept = this.client.openStream(this.server.addrInfo(), PATH);
		kept.outputStream().write('a');
		kept.outputStream().flush();
		Stream served = protocol.acceptStream();
		this.server.unmountProtocol(PATH);
		kept.outputStream().write('b');
		kept.outputStream().flush();
		assertThat(served.inputStream().readNBytes(2)).containsExactly('a', 'b');
		StreamProtocol again = this.server.mountProtocol(PATH, StreamProtocol.create());
		Stream reset = this.client.openStream(this.server.addrInfo(), PATH);
		reset.outputStream().write('a');
		reset.outputStream().flush();
		again.acceptStream();
		this.server.unmountProtocol(PATH, Node.Unmount.RESET_STREAMS);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> reset.inputStream().read())
			.satisfies((ex) -> assertThat(ex.code()).hasValue(ErrorCode.SHUTDOWN.stream()));
	}

	@Test
	void listenersHearOfTheProtocolsOfAPeerAndOfEachChange() throws Exception {
		BlockingQueue<Set<ProtocolPath>> added = new LinkedBlockingQueue<>();
		BlockingQueue<Set<ProtocolPath>> removed = new LinkedBlockingQueue<>();
		this.client.addConnectionListener(new ConnectionListener() {

			@Override
			public void protocolsChanged(Connection connection, Set<ProtocolPath> now, Set<ProtocolPath> gone) {
				added.add(now);
				removed.add(gone);
			}

		});
		this.client.connect(this.server.addrInfo());
		assertThat(added.poll(20, TimeUnit.SECONDS)).isEqualTo(this.server.protocols());
		assertThat(removed.poll(20, TimeUnit.SECONDS)).isEmpty();
		this.server.mountProtocol(PATH, StreamProtocol.create());
		assertThat(added.poll(20, TimeUnit.SECONDS)).containsExactly(PATH);
		assertThat(removed.poll(20, TimeUnit.SECONDS)).isEmpty();
		this.server.unmountProtocol(PATH);
		assertThat(added.poll(20, TimeUnit.SECONDS)).isEmpty();
		assertThat(removed.poll(20, TimeUnit.SECONDS)).containsExactly(PATH);
	}

	@Test
	void aLocalChangeIsHeardOfUntilTheSubscriptionEnds() {
		Node.Subscription subscription = this.server.onLocalChange(() -> this.told.add("changed"));
		this.server.onLocalChange(() -> {
			throw new IllegalStateException("a bug");
		});
		this.server.mountProtocol(PATH, StreamProtocol.create());
		assertThat(this.told).containsExactly("changed");
		subscription.close();
		this.server.unmountProtocol(PATH);
		assertThat(this.told).containsExactly("changed");
	}

	@Test
	void whatIsSignedIsSignedWithTheNodesKey() throws Exception {
		ByteBuffer payload = StandardCharsets.UTF_8.encode("payload");
		SignedEnvelope sealed = this.server.seal("domain", StandardCharsets.UTF_8.encode("type"), payload);
		assertThat(SignedEnvelope.open(sealed.encoded(), "domain").signer()).isEqualTo(this.server.publicKey());
		ByteBuffer signature = this.server.sign("prefix:", payload);
		assertThat(this.server.publicKey().verify(StandardCharsets.UTF_8.encode("prefix:payload"), signature)).isTrue();
		assertThat(payload.remaining()).isEqualTo(7);
	}

	@Test
	void timeIsTheInjectedOne() throws Exception {
		Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
		NettyNode node = started(link().client().clock(clock));
		assertThat(node.clock()).isSameAs(clock);
		node.scheduler().schedule(() -> this.told.add("due"), 1, TimeUnit.MILLISECONDS);
		assertThat(this.told.poll(20, TimeUnit.SECONDS)).isEqualTo("due");
		assertThat(Duration.ofNanos(node.scheduler().ticker().nanoTime())).isNotNull();
	}

}
