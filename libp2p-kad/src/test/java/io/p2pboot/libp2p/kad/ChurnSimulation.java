package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;

/**
 * A network of which half is replaced each hour, a tenth of an hour at a time, and one
 * node in it that provides keys. Its records go with those that hold them; nobody but
 * their provider brings them to others.
 */
final class ChurnSimulation {

	private static final int NODES = 500;

	private static final int KEYS = 50;

	private static final int SEARCHES = 100;

	private static final int STEPS = 10;

	private final KadSimulation network;

	private final KadSimulation.SimNode provider;

	private final List<ByteBuffer> keys = IntStream.range(0, KEYS)
		.mapToObj((number) -> ByteBuffer.allocate(8).putLong(0, number * 7919L).asReadOnlyBuffer())
		.toList();

	private final Random random;

	private ChurnSimulation(long seed, Duration reprovideInterval) {
		KadConfig config = Kademlia.builder("/sim/kad/1.0.0").reprovideInterval(reprovideInterval).config();
		this.network = new KadSimulation(seed, NODES, config);
		this.random = new Random(seed);
		this.network.fillTables();
		this.provider = this.network.nodes().get(0);
		this.keys.forEach(this.provider.engine.reprovider()::add);
		this.provider.engine.running(true);
	}

	/**
	 * Returns which share of searches found the provider, after each hour.
	 * @param seed makes the network
	 * @param reprovideInterval how often the provider announces its keys
	 * @param hours for how long
	 */
	static List<Double> foundEachHour(long seed, Duration reprovideInterval, int hours) {
		ChurnSimulation simulation = new ChurnSimulation(seed, reprovideInterval);
		List<Double> found = new ArrayList<>();
		for (int hour = 0; hour < hours; hour++) {
			for (int step = 0; step < STEPS; step++) {
				simulation.network.run(Duration.ofHours(1).dividedBy(STEPS));
				simulation.network.replace(1 - Math.pow(0.5, 1.0 / STEPS), simulation.provider);
			}
			found.add(simulation.found());
		}
		return found;
	}

	private double found() {
		List<KadSimulation.SimNode> living = this.network.living();
		int found = 0;
		for (int count = 0; count < SEARCHES; count++) {
			KadSimulation.SimNode asking = living.get(1 + this.random.nextInt(living.size() - 1));
			found += isFound(asking, this.keys.get(count % KEYS)) ? 1 : 0;
		}
		return found / (double) SEARCHES;
	}

	private boolean isFound(KadSimulation.SimNode asking, ByteBuffer key) {
		Promise<Boolean> found = asking.engine.promise();
		new FindProviders(asking.engine, key, 1, new SearchSink<>() {

			@Override
			public boolean result(AddrInfo result) {
				found.trySuccess(true);
				return true;
			}

			@Override
			public void ended() {
				found.trySuccess(false);
			}

			@Override
			public void failed(Throwable cause) {
				found.tryFailure(cause);
			}

		}, this.random).search();
		return this.network.run(found);
	}

}
