package io.p2pboot.libp2p.kad;

import java.util.concurrent.atomic.LongAdder;

/**
 * What an instance counts. Any thread.
 */
final class KadCounters {

	private final LongAdder inbound = new LongAdder();

	private final LongAdder inboundRefused = new LongAdder();

	private final LongAdder outbound = new LongAdder();

	private final LongAdder outboundFailed = new LongAdder();

	private final LongAdder added = new LongAdder();

	private final LongAdder evicted = new LongAdder();

	private final LongAdder refused = new LongAdder();

	private final LongAdder lookups = new LongAdder();

	private final LongAdder lookupRequests = new LongAdder();

	void inbound() {
		this.inbound.increment();
	}

	void inboundRefused() {
		this.inboundRefused.increment();
	}

	void outbound() {
		this.outbound.increment();
	}

	void outboundFailed() {
		this.outboundFailed.increment();
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

	void lookup(LookupResult result) {
		this.lookups.increment();
		this.lookupRequests.add(result.requests());
	}

	KadStats stats(KadEngine engine) {
		return new KadStats(engine.table().size(), engine.records().size(), engine.providers().size(),
				engine.reprovider().schedule().size(),
				java.time.Duration.ofNanos(engine.reprovider().schedule().lagNanos(engine.nanoTime())),
				this.lookups.sum(), this.lookupRequests.sum(), this.inbound.sum(), this.inboundRefused.sum(),
				this.outbound.sum(), this.outboundFailed.sum(), this.added.sum(), this.evicted.sum(),
				this.refused.sum());
	}

}
