package io.p2pboot.libp2p.protocol.perf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamInitializer;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@Timeout(60)
class PerfTest {

	private NettyNode server;

	private NettyNode client;

	private Perf perf;

	@BeforeEach
	void start() throws IOException {
		this.server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
		this.client = NodeBuilder.create().start();
		this.perf = new Perf(this.client);
	}

	@AfterEach
	void close() {
		this.client.close();
		this.server.close();
	}

	@ParameterizedTest
	@CsvSource({ "0, 0", "1, 0", "0, 1", "65536, 65537", "1000003, 5000011", "50000000, 30000000" })
	void movesExactlyTheBytesAskedFor(long upload, long download) throws Exception {
		new Perf(this.server).mount();
		AtomicLong up = new AtomicLong();
		AtomicLong down = new AtomicLong();
		PerfResult result = await(this.perf.run(connect(), upload, download, (uploaded, downloaded) -> {
			up.set(uploaded);
			down.set(downloaded);
		}));
		assertThat(result.uploadedBytes()).isEqualTo(upload).isEqualTo(up.get());
		assertThat(result.downloadedBytes()).isEqualTo(download).isEqualTo(down.get());
		assertThat(result.upload().isNegative()).isFalse();
		assertThat(result.download()).isPositive();
	}

	@Test
	void noNodeServesItUnlessMounted() throws Exception {
		Future<PerfResult> refused = this.perf.run(connect(), 1, 1, (uploaded, downloaded) -> {
		});
		refused.await(20, TimeUnit.SECONDS);
		assertThat(refused.cause()).isInstanceOf(ProtocolUnsupported.class);
		assertThatIllegalArgumentException().isThrownBy(() -> this.perf.run(connect(), -1, 0, (up, down) -> {
		}));
	}

	@Test
	void theHeaderIsEightBytesInNetworkOrder() throws IOException {
		new Perf(this.server).mount();
		try (Stream stream = this.client.openStream(this.server.addrInfo(), Perf.PATH)) {
			stream.write(ByteBuffer.wrap(new byte[] { 0, 0, 0, 0, 0, 0, 1, 2, 42, 42 }));
			stream.closeWrite();
			assertThat(stream.inputStream().readAllBytes()).hasSize(0x102).containsOnly(0);
		}
	}

	@Test
	void aShortOrHugeHeaderIsReset() throws IOException {
		new Perf(this.server).mount();
		for (byte[] header : new byte[][] { {}, new byte[7], { -1, -1, -1, -1, -1, -1, -1, -1 } }) {
			Stream stream = this.client.openStream(this.server.addrInfo(), Perf.PATH);
			stream.write(ByteBuffer.wrap(header));
			stream.closeWrite();
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read());
		}
	}

	@ParameterizedTest
	@CsvSource({ "9, ended its side after 9 of 10", "11, more than the 10" })
	void aPeerThatSendsOtherThanWhatWasAskedForFails(int bytes, String reason) throws Exception {
		StreamInitializer liar = (stream) -> {
			stream.writeAndFlush(stream.alloc().buffer().writeZero(bytes));
			stream.closeWrite();
		};
		this.server.mountStreams(Perf.PATH, liar);
		Future<PerfResult> lied = this.perf.run(connect(), 0, 10, (uploaded, downloaded) -> {
		});
		lied.await(20, TimeUnit.SECONDS);
		assertThat(lied.cause()).isInstanceOf(StreamReset.class).hasMessageContaining(reason);
	}

	@Test
	void sixteenStreamsOfAPeerAreServedAndOneMoreIsReset() throws IOException {
		new Perf(this.server).mount();
		List<Stream> streams = new ArrayList<>();
		for (int i = 0; i < Perf.MAX_INBOUND_PER_PEER; i++) {
			Stream stream = this.client.openStream(this.server.addrInfo(), Perf.PATH);
			stream.write(ByteBuffer.allocate(8));
			streams.add(stream);
		}
		Stream more = this.client.openStream(this.server.addrInfo(), Perf.PATH);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> more.inputStream().read());
		for (Stream stream : streams) {
			stream.closeWrite();
			assertThat(stream.inputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void aReaderThatStopsStopsTheServer() throws IOException {
		new Perf(this.server).mount();
		Stream stream = this.client.openStream(this.server.addrInfo(), Perf.PATH);
		stream.write(ByteBuffer.allocate(8).putLong(0, Long.MAX_VALUE));
		stream.closeWrite();
		assertThat(stream.inputStream().readNBytes(1 << 20)).hasSize(1 << 20);
		// Another stream goes on meanwhile, and the reset frees the server's.
		assertThat(this.client.ping(this.server.addrInfo())).isPositive();
		stream.reset(0);
	}

	@Test
	void cancellingResetsTheStream() throws Exception {
		new Perf(this.server).mount();
		Connection connection = connect();
		Future<PerfResult> endless = this.perf.run(connection, 0, Long.MAX_VALUE, (uploaded, downloaded) -> {
		});
		assertThat(this.client.ping(this.server.addrInfo())).isPositive();
		assertThat(endless.cancel(false)).isTrue();
		while (connection.streams() > 0) {
			Thread.onSpinWait();
		}
		assertThat(connection.isOpen()).isTrue();
	}

	private Connection connect() throws IOException {
		this.client.connect(this.server.addrInfo());
		return this.client.connection(this.server.peerId()).orElseThrow();
	}

	private static PerfResult await(Future<PerfResult> future) throws InterruptedException {
		assertThat(future.await(50, TimeUnit.SECONDS)).isTrue();
		assertThat(future.cause()).isNull();
		return future.getNow();
	}

}
