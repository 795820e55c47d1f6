package io.p2pboot.libp2p.benchmarks;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Signing and verifying, as each handshake does once. With
 * {@code -jvmArgs -Dio.p2pboot.libp2p.crypto.native=false} the fallbacks are measured.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class SignatureBenchmark {

	/** The kind of key. */
	@Param
	public KeyType type = KeyType.ED25519;

	private PrivateKey key = PrivateKey.generate();

	private PublicKey publicKey = this.key.publicKey();

	private final ByteBuffer message = ByteBuffer.allocate(64);

	private ByteBuffer signature = this.key.sign(this.message.duplicate());

	/** Makes a key. */
	@Setup
	public void generate() {
		this.key = PrivateKey.generate(this.type);
		this.publicKey = this.key.publicKey();
		this.signature = this.key.sign(this.message.duplicate());
	}

	/**
	 * Signs.
	 * @return the signature
	 */
	@Benchmark
	public ByteBuffer sign() {
		return this.key.sign(this.message.duplicate());
	}

	/**
	 * Verifies.
	 * @return whether it is right
	 */
	@Benchmark
	public boolean verify() {
		return this.publicKey.verify(this.message.duplicate(), this.signature.duplicate());
	}

}
