package io.p2pboot.libp2p.interop.matrix;

import java.io.IOException;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;

/**
 * Measures uploads, downloads and latency, one stream after the other. Blocks.
 */
final class PerfDialer {

	static final ProtocolPath PATH = ProtocolPath.of("/perf/1.0.0");

	private static final double NANOS_PER_MILLI = 1e6;

	private final Node node;

	private final AddrInfo peer;

	private final PerfForm form;

	private final Proof proof;

	PerfDialer(Node node, AddrInfo peer, PerfForm form, Proof proof) {
		this.node = node;
		this.peer = peer;
		this.form = form;
		this.proof = proof;
	}

	/** Measures all, and returns what the matrix wants to read. */
	String measure(PerfLoad load) throws IOException {
		double[] uploads = new double[load.uploads()];
		for (int i = 0; i < uploads.length; i++) {
			uploads[i] = gigabits(load.uploadBytes(), transfer(load.uploadBytes(), 0));
		}
		double[] downloads = new double[load.downloads()];
		for (int i = 0; i < downloads.length; i++) {
			downloads[i] = gigabits(load.downloadBytes(), transfer(0, load.downloadBytes()));
		}
		double[] latencies = new double[load.latencies()];
		for (int i = 0; i < latencies.length; i++) {
			latencies[i] = transfer(1, 1) / NANOS_PER_MILLI;
		}
		return Samples.ofGigabits(uploads).block("upload") + Samples.ofGigabits(downloads).block("download")
				+ Samples.ofMillis(latencies).block("latency");
	}

	private long transfer(long up, long down) throws IOException {
		long begun = System.nanoTime();
		Stream stream = this.node.openStream(this.peer, PATH);
		try {
			stream.write(this.form.header(up, down));
			PerfListener.writeZeros(stream, up);
			stream.closeWrite();
			long came = PerfListener.drain(stream, Long.MAX_VALUE);
			if (came != down) {
				throw new IOException("Of " + down + " bytes " + came + " came");
			}
			stream.close();
		}
		catch (IOException ex) {
			stream.reset(0);
			throw ex;
		}
		long took = System.nanoTime() - begun;
		this.proof.transferred("out", up, down);
		return took;
	}

	private static double gigabits(long bytes, long nanos) {
		return bytes * 8.0 / nanos;
	}

}
