package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what an instance does. Any thread.
 */
final class KadCounters {

	private final Map<KadMessage.Type, Messages> messages = new EnumMap<>(KadMessage.Type.class);

	private KadObserver observer = new KadObserver() {
	};

	private final LongAdder added = new LongAdder();

	private final LongAdder evicted = new LongAdder();

	private final LongAdder refused = new LongAdder();

	private final LongAdder lookups = new LongAdder();

	private final LongAdder lookupRequests = new LongAdder();

	private final LongAdder provides = new LongAdder();

	private final LongAdder denseLookups = new LongAdder();

	/** The messages of one type. */
	private static final class Messages {

		private final LongAdder inbound = new LongAdder();

		private final LongAdder inboundRefused = new LongAdder();

		private final LongAdder outbound = new LongAdder();

		private final LongAdder outboundFailed = new LongAdder();

		private final LongAdder outboundNanos = new LongAdder();

		private KadMessageStats stats() {
			return new KadMessageStats(this.inbound.sum(), this.inboundRefused.sum(), this.outbound.sum(),
					this.outboundFailed.sum(), Duration.ofNanos(this.outboundNanos.sum()));
		}

	}

	KadCounters() {
		for (KadMessage.Type type : KadMessage.Type.values()) {
			this.messages.put(type, new Messages());
		}
	}

	private Messages messages(KadMessage.Type type) {
		return Objects.requireNonNull(this.messages.get(type));
	}

	/** Tells an observer of each message; before the first one. */
	void observe(KadObserver listener) {
		this.observer = listener;
	}

	void inbound(KadMessage.Type type) {
		messages(type).inbound.increment();
	}

	void inboundBytes(KadMessage.Type type, int bytes) {
		this.observer.requestReceived(type.name(), bytes);
	}

	void inboundServed(KadMessage.Type type, long nanos) {
		this.observer.requestServed(type.name(), Duration.ofNanos(nanos));
	}

	void inboundRefused(KadMessage.Type type) {
		messages(type).inboundRefused.increment();
	}

	void outbound(KadMessage.Type type) {
		messages(type).outbound.increment();
	}

	void outboundBytes(KadMessage.Type type, int bytes) {
		this.observer.requestSent(type.name(), bytes);
	}

	void outboundAnswered(KadMessage.Type type, long nanos) {
		messages(type).outboundNanos.add(nanos);
		this.observer.requestAnswered(type.name(), Duration.ofNanos(nanos));
	}

	void outboundFailed(KadMessage.Type type) {
		messages(type).outboundFailed.increment();
	}

	void added() {
		this.added.increment();
	}

	void evicted() {
		this.evicted.increment();
	}

	void refused() {
		this.refused.increment();
	}

	void lookup(String operation, LookupResult result, long nanos) {
		this.lookups.increment();
		this.lookupRequests.add(result.requests());
		this.observer.lookupEnded(operation, result.outcome().name().toLowerCase(Locale.ROOT), Duration.ofNanos(nanos),
				result.hops());
	}

	/** A key was announced, and somebody has stored that. */
	void provided() {
		this.provides.increment();
	}

	/** Peers stand around a key more densely than chance would have it. */
	void dense() {
		this.denseLookups.increment();
	}

	KadStats stats(KadEngine engine) {
		ProvideSchedule schedule = engine.reprovider().schedule();
		Map<String, KadMessageStats> byType = new TreeMap<>();
		this.messages.forEach((type, counted) -> byType.put(type.name(), counted.stats()));
		return new KadStats(engine.table().size(), engine.records().size(), engine.providers().size(), schedule.size(),
				Duration.ofNanos(schedule.lagNanos(engine.nanoTime())), this.lookups.sum(), this.lookupRequests.sum(),
				this.provides.sum(), engine.networkSize().orElse(0), this.added.sum(), this.evicted.sum(),
				this.refused.sum(), this.denseLookups.sum(), byType);
	}

}
