package io.p2pboot.libp2p.interop.matrix;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class PerfTest {

	private static final int SIZE = 3 * PerfListener.BUFFER_BYTES + 7;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final BlockingQueue<String> served = new LinkedBlockingQueue<>();

	private volatile Optional<String> agent = Optional.empty();

	private NettyNode listener;

	private NettyNode dialer;

	@BeforeEach
	void start() throws IOException {
		this.listener = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
		this.dialer = NodeBuilder.create().start();
		PrintStream lines = new PrintStream(new ByteArrayOutputStream()) {

			@Override
			public void print(String line) {
				PerfTest.this.served.add(line.strip());
			}

		};
		this.listener.mountProtocol(PerfDialer.PATH, StreamProtocol.create())
			.serve(this.threads, new PerfListener((peer) -> this.agent, new Proof(lines)));
	}

	@AfterEach
	void stop() {
		this.dialer.close();
		this.listener.close();
		this.threads.shutdownNow();
	}

	@Test
	void bothFormsAreServedAndToldApart() throws Exception {
		for (PerfForm form : PerfForm.values()) {
			assertThat(transfer(form.header(SIZE, 5), SIZE)).isEqualTo(5);
			assertThat(takeServed()).isEqualTo("proof {\"perf\":\"in\",\"up\":" + SIZE + ",\"down\":5}");
			assertThat(transfer(form.header(0, SIZE), 0)).isEqualTo(SIZE);
			assertThat(takeServed()).isEqualTo("proof {\"perf\":\"in\",\"up\":0,\"down\":" + SIZE + "}");
			assertThat(transfer(form.header(1, 1), 1)).isEqualTo(1);
			assertThat(takeServed()).isEqualTo("proof {\"perf\":\"in\",\"up\":1,\"down\":1}");
		}
	}

	@Test
	void anUploadOfEightBytesIsNotTakenForASecondSize() throws Exception {
		assertThat(transfer(PerfForm.SPECIFICATION.header(8, 3), 8)).isEqualTo(3);
		assertThat(takeServed()).isEqualTo("proof {\"perf\":\"in\",\"up\":8,\"down\":3}");
	}

	@Test
	void whoWaitsForTheAnswerBeforeItsEndGetsIt() throws Exception {
		this.agent = Optional.of("dotnet-libp2p/1.0.0");
		Stream stream = this.dialer.openStream(peer(), PerfDialer.PATH);
		stream.write(PerfForm.SIZES.header(SIZE, 9));
		PerfListener.writeZeros(stream, SIZE);
		assertThat(PerfListener.drain(stream, Long.MAX_VALUE)).isEqualTo(9);
		stream.close();
	}

	@Test
	void aSizeThatIsCutOffResetsTheStream() throws Exception {
		Stream stream = this.dialer.openStream(peer(), PerfDialer.PATH);
		stream.write(ByteBuffer.allocate(Long.BYTES - 1));
		stream.closeWrite();
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> PerfListener.drain(stream, Long.MAX_VALUE));
	}

	@Test
	void theDialerMeasuresInEitherForm() throws Exception {
		for (PerfForm form : PerfForm.values()) {
			ByteArrayOutputStream proofs = new ByteArrayOutputStream();
			Proof proof = new Proof(new PrintStream(proofs, true, StandardCharsets.UTF_8));
			String blocks = new PerfDialer(this.dialer, peer(), form, proof)
				.measure(new PerfLoad(SIZE, SIZE + 1, 2, 1, 3));
			assertThat(blocks).contains("upload:\n  iterations: 2\n", "download:\n  iterations: 1\n",
					"latency:\n  iterations: 3\n");
			assertThat(proofs.toString(StandardCharsets.UTF_8).lines()).hasSize(6)
				.contains("proof {\"perf\":\"out\",\"up\":0,\"down\":" + (SIZE + 1) + "}");
		}
	}

	@Test
	void theFormFollowsTheNameOfTheListener() {
		assertThat(PerfForm.ofListener(Optional.of("rust-libp2p/0.48.0"))).isEqualTo(PerfForm.SIZES);
		assertThat(PerfForm.ofListener(Optional.of("dotnet-libp2p/1.0.0"))).isEqualTo(PerfForm.SIZES);
		assertThat(PerfForm.ofListener(Optional.of("js-libp2p/3.3.11"))).isEqualTo(PerfForm.SPECIFICATION);
		assertThat(PerfForm.ofListener(Optional.empty())).isEqualTo(PerfForm.SPECIFICATION);
	}

	private long transfer(ByteBuffer header, int up) throws IOException {
		Stream stream = this.dialer.openStream(peer(), PerfDialer.PATH);
		stream.write(header);
		PerfListener.writeZeros(stream, up);
		stream.closeWrite();
		long came = PerfListener.drain(stream, Long.MAX_VALUE);
		stream.close();
		return came;
	}

	private AddrInfo peer() {
		return new AddrInfo(this.listener.peerId(), this.listener.listenAddresses());
	}

	private String takeServed() throws InterruptedException {
		return String.valueOf(this.served.poll(30, TimeUnit.SECONDS));
	}

}
