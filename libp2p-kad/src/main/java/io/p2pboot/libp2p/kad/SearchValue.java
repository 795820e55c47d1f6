package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.InvalidRecord;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the best value of a key. Once it is known, those of the nearest peers that
 * hold none or a worse one are told. The instance's event loop only.
 */
final class SearchValue extends LookupRun implements SearchSink.Source {

	private final KadEngine engine;

	private final ByteBuffer key;

	private final int quorum;

	private final SearchSink<ByteBuffer> sink;

	/** What each peer that answered holds; none for one that holds no valid value. */
	private final Map<KadKey, Optional<ByteBuffer>> answers = new HashMap<>();

	private @Nullable ByteBuffer best;

	private int valid;

	private boolean over;

	private boolean paused;

	SearchValue(KadEngine engine, ByteBuffer key, int quorum, SearchSink<ByteBuffer> sink) {
		super(engine, "search_value", KadMessage.of(KadMessage.Type.GET_VALUE, key),
				(quorum == 0) ? engine.config().lookup() : engine.config().lookup().withoutFollowUp());
		this.engine = engine;
		this.key = key.asReadOnlyBuffer();
		this.quorum = quorum;
		this.sink = sink;
	}

	void search() {
		this.engine.records().get(KadKey.of(this.key), this.engine.nanoTime()).ifPresent((held) -> take(held.value()));
		if (isEnough()) {
			this.over = true;
			this.sink.ended();
			return;
		}
		start();
	}

	private boolean isEnough() {
		return this.quorum > 0 && this.valid >= this.quorum;
	}

	@Override
	void answered(KadPeer from, KadMessage answer) {
		KadRecord record = answer.record();
		Optional<ByteBuffer> held = Optional.empty();
		if (record != null && record.key().equals(this.key) && take(record.value())) {
			held = Optional.of(record.value());
		}
		this.answers.put(from.key(), held);
		if (isEnough() && !this.over) {
			this.engine.schedule(this::stop, 0);
		}
	}

	/** Looks at a value; returns whether it is valid. */
	private boolean take(ByteBuffer value) {
		try {
			Validators validators = this.engine.config().validators();
			validators.validate(this.key, value);
			this.valid++;
			ByteBuffer known = this.best;
			if (known == null || validators.compare(this.key, known, value) == Validators.Order.BETTER) {
				this.best = value.asReadOnlyBuffer();
				if (!this.over && !this.sink.result(value.asReadOnlyBuffer()) && !this.paused) {
					this.paused = true;
					on(new Lookup.Event.Pause());
				}
			}
			return true;
		}
		catch (InvalidRecord ex) {
			// Whoever sent it may still know others.
			return false;
		}
	}

	@Override
	void ended(LookupResult result) {
		correct(result);
		if (this.over) {
			return;
		}
		this.over = true;
		if (result.outcome() == LookupResult.Outcome.NO_PEERS && this.best == null) {
			this.sink.failed(this.engine.noPeers());
		}
		else {
			this.sink.ended();
		}
	}

	/** Not waited for. */
	private void correct(LookupResult result) {
		ByteBuffer known = this.best;
		if (known == null) {
			return;
		}
		KadMessage put = KadMessage.put(KadRecord.of(this.key, known));
		for (KadPeer peer : result.closest()) {
			Optional<ByteBuffer> held = this.answers.get(peer.key());
			if (held != null && (held.isEmpty() || !held.get().equals(known))) {
				this.engine.ask(peer, put, new KadNetwork.Callback() {

					@Override
					public void answered(@Nullable KadMessage answer) {
						// Nobody waits for it.
					}

					@Override
					public void failed(Throwable cause) {
						// The table knows.
					}

				});
			}
		}
	}

	@Override
	void abandoned() {
		if (!this.over) {
			this.over = true;
			this.sink.failed(this.engine.closedFailure());
		}
	}

	@Override
	public void resume() {
		if (this.paused) {
			this.paused = false;
			on(new Lookup.Event.Resume());
		}
	}

	@Override
	public void cancel() {
		this.over = true;
		stop();
	}

}
