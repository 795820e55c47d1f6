package io.p2pboot.libp2p.spring.metrics;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.kad.KadMessageStats;
import io.p2pboot.libp2p.kad.KadObserver;
import io.p2pboot.libp2p.kad.KadStats;
import io.p2pboot.libp2p.kad.Kademlia;
import org.jspecify.annotations.Nullable;

/**
 * Measures Kademlia instances, under go-libp2p-kad-dht's names where it has them, by
 * their protocol and, messages, by their type. An instance is asked once a second at
 * most. Any number of registries; closing takes the meters out of them. Thread-safe.
 */
public final class KadMetrics implements MeterBinder, AutoCloseable {

	private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final Supplier<List<Kademlia>> instances;

	private final BoundRegistries<Meters> registries;

	/**
	 * Creates metrics.
	 * @param instances the instances, asked for when a registry is bound
	 * @param histograms whether durations and sizes are counted in buckets
	 */
	public KadMetrics(Supplier<List<Kademlia>> instances, boolean histograms) {
		this.instances = instances;
		this.registries = new BoundRegistries<>((registry) -> new Meters(registry, this.instances.get(), histograms));
	}

	/**
	 * Begins to fill a registry; does nothing if it is filled already.
	 * @param registry the registry
	 */
	@Override
	public void bindTo(MeterRegistry registry) {
		this.registries.bind(registry);
	}

	/**
	 * Takes the meters out of every registry.
	 */
	@Override
	public void close() {
		this.registries.all().forEach(Meters::unsubscribe);
		this.registries.close();
	}

	/**
	 * The meters in one registry. Any thread.
	 */
	private static final class Meters extends TrackedMeters {

		private final List<Node.Subscription> subscriptions = new ArrayList<>();

		Meters(MeterRegistry registry, List<Kademlia> instances, boolean histograms) {
			super(registry, histograms);
			instances.forEach((kad) -> add(new Source(kad, System::nanoTime)));
		}

		private void unsubscribe() {
			this.subscriptions.forEach(Node.Subscription::close);
		}

		private void add(Source source) {
			Tags tags = Tags.of("dht", source.kad.protocol().value());
			this.subscriptions.add(source.kad.observe(new Histograms(this, tags)));
			source.types.forEach((type) -> messages(tags.and("message_type", type), type, source));
			gauge("network.size", "Servers of the network, by estimate; 0 while unknown", tags, source,
					of(KadStats::networkSize));
			counter("provider.provides", "Keys that were announced and stored by a peer at least", tags, source,
					of(KadStats::provides));
			counter("libp2p.kad.lookups", "Lookups that have ended", tags, source, of(KadStats::lookups));
			counter("libp2p.kad.lookup.requests", "Requests that lookups sent", tags, source,
					of(KadStats::lookupRequests));
			event(tags, "added", source, KadStats::peersAdded);
			event(tags, "evicted", source, KadStats::peersEvicted);
			event(tags, "refused", source, KadStats::peersRefused);
			counter("libp2p.kad.dense.lookups", "Lookups that found the peers around their key too dense for chance",
					tags, source, of(KadStats::denseLookups));
			gauge("libp2p.kad.routing.table.size", "Peers in the routing table", tags, source, of(KadStats::tableSize));
			gauge("libp2p.kad.records", "Values that are kept", tags, source, of(KadStats::records));
			gauge("libp2p.kad.providers", "Provider records that are kept", tags, source, of(KadStats::providers));
			gauge("libp2p.kad.reprovide.keys", "Keys that are provided again and again", tags, source,
					of(KadStats::providedKeys));
			gauge("libp2p.kad.reprovide.lag", "Seconds for which the most overdue key waits", tags, source,
					of((stats) -> stats.reprovideLag().toMillis() / 1000.0));
			gauge("libp2p.kad.mode", "1 while peers are answered, else 0", tags, source,
					(asked) -> asked.stats() != null && asked.kad.isServer() ? 1 : 0);
		}

		/** Go counts what has no answer as messages, and what has one as requests. */
		private void messages(Tags tags, String type, Source source) {
			counter("rpc.inbound.messages", "Requests of Kademlia that peers sent", tags, source,
					of(type, KadMessageStats::inbound));
			counter("rpc.inbound.message.errors", "Requests of Kademlia that were refused", tags, source,
					of(type, KadMessageStats::inboundRefused));
			String sent = type.equals("ADD_PROVIDER") ? "rpc.outbound.message" : "rpc.outbound.request";
			counter(sent + "s", "Requests of Kademlia that were sent", tags, source,
					of(type, KadMessageStats::outbound));
			counter(sent + ".errors", "Requests of Kademlia that failed", tags, source,
					of(type, KadMessageStats::outboundFailed));
			counter("libp2p.kad.request.seconds", "Time of requests of Kademlia that were answered", tags, source,
					of(type, (stats) -> stats.outboundTime().toNanos() / 1e9));
		}

		private void event(Tags tags, String event, Source source, ToDoubleFunction<KadStats> count) {
			counter("libp2p.kad.routing.table.events", "Peers that got, lost or did not get a place",
					tags.and("event", event), source, of(count));
		}

		private static ToDoubleFunction<Source> of(String type, ToDoubleFunction<KadMessageStats> value) {
			return of((stats) -> {
				KadMessageStats messages = stats.messages().get(type);
				return (messages != null) ? value.applyAsDouble(messages) : Double.NaN;
			});
		}

		private static ToDoubleFunction<Source> of(ToDoubleFunction<KadStats> value) {
			return (source) -> {
				KadStats stats = source.stats();
				return (stats != null) ? value.applyAsDouble(stats) : Double.NaN;
			};
		}

	}

	/**
	 * Sizes and times of the messages of an instance, in go-libp2p-kad-dht's buckets, and
	 * what lookups took. Any thread.
	 */
	private static final class Histograms implements KadObserver {

		private static final double[] BYTES = { 1 << 10, 1 << 11, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22,
				1 << 24, 1 << 26, 1 << 28, 1 << 30, 1L << 32 };

		private static final double[] MILLISECONDS = { 0.01, 0.05, 0.1, 0.3, 0.6, 0.8, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16,
				20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800, 1000, 2000, 5000, 10_000,
				20_000, 50_000, 100_000 };

		private static final double[] HOPS = { 1, 2, 3, 4, 5, 6, 8, 10 };

		private static final Duration[] LOOKUPS = Stream
			.of(1L, 3L, 10L, 30L, 100L, 200L, 300L, 500L, 750L, 1000L, 1500L, 2000L, 3000L, 5000L, 10_000L, 20_000L,
					30_000L, 60_000L)
			.map(Duration::ofMillis)
			.toArray(Duration[]::new);

		private static final double NANOS_PER_MILLI = 1e6;

		private final Meters meters;

		private final Tags tags;

		private final Map<Tags, Timer> timers = new ConcurrentHashMap<>();

		private final Map<Tags, DistributionSummary> hops = new ConcurrentHashMap<>();

		private final Map<String, DistributionSummary> summaries = new ConcurrentHashMap<>();

		Histograms(Meters meters, Tags tags) {
			this.meters = meters;
			this.tags = tags;
		}

		@Override
		public void requestReceived(String type, int bytes) {
			summary("rpc.inbound.bytes", "Bytes of requests of Kademlia that peers sent", type, BYTES).record(bytes);
		}

		@Override
		public void requestServed(String type, Duration time) {
			record("rpc.inbound.request.latency.milliseconds",
					"Milliseconds from reading a request of Kademlia to answering it", type, time);
		}

		@Override
		public void requestSent(String type, int bytes) {
			summary("rpc.outbound.bytes", "Bytes of requests of Kademlia that were sent", type, BYTES).record(bytes);
		}

		@Override
		public void requestAnswered(String type, Duration time) {
			record("rpc.outbound.request.latency.milliseconds",
					"Milliseconds from connecting for a request of Kademlia to its answer", type, time);
		}

		@Override
		public void lookupEnded(String operation, String outcome, Duration time, int hops) {
			Tags kind = Tags.of("operation", operation, "outcome", outcome);
			this.timers
				.computeIfAbsent(kind,
						(absent) -> this.meters.timer("libp2p.kad.lookup", "Time that a lookup took",
								this.tags.and(kind), LOOKUPS))
				.record(time);
			this.hops
				.computeIfAbsent(kind,
						(absent) -> this.meters.summary("libp2p.kad.lookup.hops",
								"Peers over which the nearest one was heard of", this.tags.and(kind), HOPS))
				.record(hops);
		}

		private void record(String name, String description, String type, Duration time) {
			summary(name, description, type, MILLISECONDS).record(time.toNanos() / NANOS_PER_MILLI);
		}

		private DistributionSummary summary(String name, String description, String type, double[] buckets) {
			return this.summaries.computeIfAbsent(name + type,
					(absent) -> this.meters.summary(name, description, this.tags.and("message_type", type), buckets));
		}

	}

	/**
	 * What an instance last told. Any thread.
	 */
	private static final class Source {

		private final List<String> types = List.of("PUT_VALUE", "GET_VALUE", "ADD_PROVIDER", "GET_PROVIDERS",
				"FIND_NODE", "PING");

		private final Kademlia kad;

		private final LongSupplier nanoTime;

		private volatile @Nullable Told told;

		Source(Kademlia kad, LongSupplier nanoTime) {
			this.kad = kad;
			this.nanoTime = nanoTime;
		}

		/**
		 * Null before it is mounted and after it was closed, if it never told anything.
		 */
		@Nullable KadStats stats() {
			Told last = this.told;
			long now = this.nanoTime.getAsLong();
			if (last != null && now - last.atNanos() < FRESH_NANOS) {
				return last.stats();
			}
			try {
				KadStats stats = this.kad.stats();
				this.told = new Told(stats, now);
				return stats;
			}
			catch (IOException | IllegalStateException ex) {
				return (last != null) ? last.stats() : null;
			}
		}

		/** What was told, and when. */
		private record Told(KadStats stats, long atNanos) {
		}

	}

}
