package io.p2pboot.libp2p.benchmarks;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Parsing what peers send most: addresses and ids.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ParsingBenchmark {

	private static final String PEER = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

	private static final String ADDRESS = "/ip4/192.0.2.17/tcp/4001/p2p/" + PEER;

	private final ByteBuffer addressBytes = Multiaddr.parse(ADDRESS).encoded();

	private final PeerId peer = PeerId.parse(PEER);

	/**
	 * An address as text.
	 * @return the address
	 */
	@Benchmark
	public Multiaddr multiaddrFromText() {
		return Multiaddr.parse(ADDRESS);
	}

	/**
	 * An address in binary.
	 * @return the address
	 * @throws DecodeException never
	 */
	@Benchmark
	public Multiaddr multiaddrFromBytes() throws DecodeException {
		return Multiaddr.decode(this.addressBytes.duplicate());
	}

	/**
	 * An id as text.
	 * @return the id
	 */
	@Benchmark
	public PeerId peerIdFromText() {
		return PeerId.parse(PEER);
	}

	/**
	 * An id to text.
	 * @return the text
	 */
	@Benchmark
	public String peerIdToText() {
		return this.peer.toString();
	}

}
