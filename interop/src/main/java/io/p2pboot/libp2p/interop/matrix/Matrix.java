package io.p2pboot.libp2p.interop.matrix;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;

/**
 * One side of one test: {@code transport} (connect and ping) or {@code perf}. A dialer
 * ends with status 0 if all went well, a listener serves until it is killed. Only the
 * result is written to standard output.
 */
public final class Matrix {

	/** How long a dialer of the transport suite waits for the listener. */
	private static final Duration TRANSPORT_WAIT = Duration.ofSeconds(180);

	/**
	 * How often, and how long apart, a dialer of the perf suite asks for the listener.
	 */
	private static final int PERF_POLLS = 60;

	private static final long PERF_POLL_MILLIS = 500;

	private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(60);

	private static final double NANOS_PER_MILLI = 1e6;

	private final boolean perf;

	private final MatrixEnvironment environment;

	private final PrintStream result;

	private Matrix(boolean perf, MatrixEnvironment environment, PrintStream result) {
		this.perf = perf;
		this.environment = environment;
		this.result = result;
	}

	/**
	 * Runs one side.
	 * @param arguments {@code transport} or {@code perf}
	 */
	public static void main(String... arguments) {
		PrintStream result = System.out;
		System.setOut(System.err);
		List<String> suite = List.of(arguments);
		if (!suite.equals(List.of("transport")) && !suite.equals(List.of("perf"))) {
			System.err.println("One argument is needed, transport or perf, was " + suite);
			System.exit(2);
		}
		try {
			new Matrix(suite.contains("perf"), MatrixEnvironment.of(System.getenv()), result).run();
		}
		catch (Exception ex) {
			ex.printStackTrace();
			System.exit(1);
		}
		System.exit(0);
	}

	private void run() throws Exception {
		Proof proof = new Proof(System.err);
		try (MatrixNode side = MatrixNode.start(this.environment, proof);
				Redis redis = Redis.connect(this.environment.redis())) {
			if (!this.environment.dialer()) {
				publish(redis, side.publishedAddress());
				new CountDownLatch(1).await();
			}
			AddrInfo listener = AddrInfo.parse(listenerAddress(redis));
			if (this.perf) {
				side.node().connect(listener, DIAL_TIMEOUT);
				print(new PerfDialer(side.node(), listener, side.perfForm(listener), proof)
					.measure(this.environment.load()));
			}
			else {
				print(ping(side, listener));
			}
		}
	}

	private void publish(Redis redis, String address) throws IOException {
		if (this.perf) {
			redis.call("SET", this.environment.key(), address);
			return;
		}
		redis.call("DEL", this.environment.key());
		redis.call("RPUSH", this.environment.key(), address);
	}

	private String listenerAddress(Redis redis) throws IOException, InterruptedException {
		if (!this.perf) {
			List<String> popped = redis.call("BLPOP", this.environment.key(),
					Long.toString(TRANSPORT_WAIT.toSeconds()));
			if (popped.size() != 2) {
				throw new IOException("No listener within " + TRANSPORT_WAIT);
			}
			return popped.get(1);
		}
		CountDownLatch never = new CountDownLatch(1);
		for (int i = 0; i < PERF_POLLS; i++) {
			List<String> address = redis.call("GET", this.environment.key());
			if (!address.isEmpty()) {
				return address.get(0);
			}
			never.await(PERF_POLL_MILLIS, TimeUnit.MILLISECONDS);
		}
		throw new IOException("No listener within " + PERF_POLLS * PERF_POLL_MILLIS + " ms");
	}

	private static String ping(MatrixNode side, AddrInfo listener) throws IOException {
		long begun = System.nanoTime();
		side.node().connect(listener, DIAL_TIMEOUT);
		Duration roundTrip = side.node().ping(listener);
		double all = (System.nanoTime() - begun) / NANOS_PER_MILLI;
		return String.format(Locale.ROOT, "latency:\n  handshake_plus_one_rtt: %.3f\n  ping_rtt: %.3f\n  unit: ms\n",
				all, roundTrip.toNanos() / NANOS_PER_MILLI);
	}

	private void print(String text) {
		this.result.print(text);
		this.result.flush();
	}

}
