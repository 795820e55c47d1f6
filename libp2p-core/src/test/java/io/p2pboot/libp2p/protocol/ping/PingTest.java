package io.p2pboot.libp2p.protocol.ping;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.node.ScriptedPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@Timeout(30)
class PingTest {

	private final BlockingQueue<Duration> observed = new LinkedBlockingQueue<>();

	private NettyNode node;

	private NettyNode other;

	@BeforeEach
	void start() throws IOException {
		this.other = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
		this.node = NodeBuilder.create().observer(new NodeObserver() {

			@Override
			public void pinged(Connection connection, Duration roundTrip) {
				PingTest.this.observed.add(roundTrip);
			}

		}).start();
	}

	@AfterEach
	void close() {
		this.node.close();
		this.other.close();
	}

	@Test
	void aPingConnectsAndMeasures() throws IOException { // P1
		Duration roundTrip = this.node.ping(this.other.addrInfo());
		assertThat(roundTrip).isPositive();
		assertThat(this.observed).containsExactly(roundTrip);
		assertThat(this.other.ping(this.node.addrInfo())).isPositive();
	}

	@Test
	void manyPingsShareOneStream() throws Exception { // P2
		Future<List<Duration>> pings = this.node.pingAsync(connect(), 100);
		assertThat(pings.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(pings.getNow()).hasSize(100).allSatisfy((roundTrip) -> assertThat(roundTrip).isPositive());
		assertThatIllegalArgumentException().isThrownBy(() -> this.node.pingAsync(connect(), 0));
	}

	@Test
	void aPeerWithoutPingStaysConnected() throws IOException { // P10
		ScriptedPeer.withoutBuiltIn(this.other, Ping.PATH);
		Connection connection = connect();
		assertThatExceptionOfType(ProtocolUnsupported.class).isThrownBy(() -> this.node.ping(this.other.addrInfo()));
		assertThat(connection.isOpen()).isTrue();
	}

	@Test
	void aWrongAnswerFailsAndThePeerStaysConnected() throws IOException { // P3
		StreamInitializer liar = (stream) -> stream.writeAndFlush(stream.alloc().buffer().writeZero(32));
		ScriptedPeer.withoutBuiltIn(this.other, Ping.PATH);
		this.other.mountStreams(Ping.PATH, liar);
		Connection connection = connect();
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.node.ping(this.other.addrInfo()))
			.withMessageContaining("other bytes");
		assertThat(connection.isOpen()).isTrue();
	}

	@Test
	void twoStreamsOfAPeerAreServedAndTheThirdIsReset() throws IOException { // P6
		List<Stream> streams = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Stream stream = this.node.openStream(this.other.addrInfo(), Ping.PATH);
			streams.add(stream);
			assertThat(echoed(stream)).isEqualTo(32);
		}
		Stream third = this.node.openStream(this.other.addrInfo(), Ping.PATH);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> echoed(third));
		streams.get(0).closeWrite();
		assertThat(streams.get(0).read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThat(this.node.ping(this.other.addrInfo())).isPositive();
		streams.get(1).close();
	}

	private static int echoed(Stream stream) throws IOException {
		stream.write(ByteBuffer.allocate(32));
		return stream.inputStream().readNBytes(32).length;
	}

	@Test
	void answersThatNobodyTakesStopTheReading() throws IOException { // P8
		Stream stream = this.node.openStream(this.other.addrInfo(), Ping.PATH);
		stream.writeTimeout(Duration.ofSeconds(1));
		ByteBuffer flood = ByteBuffer.allocate(64 * 1024 * 1024);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> stream.write(flood));
		// Two windows and what lies between them, and not the whole flood.
		assertThat(flood.position()).isLessThan(40 * 1024 * 1024);
		stream.reset(0);
	}

	private Connection connect() throws IOException {
		this.node.connect(this.other.addrInfo());
		return this.node.connection(this.other.peerId()).orElseThrow();
	}

}
