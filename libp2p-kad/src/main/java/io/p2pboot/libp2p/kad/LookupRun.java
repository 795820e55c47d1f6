package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Drives one {@link Lookup}: sends its requests, brings their answers back and keeps its
 * time. The instance's event loop only.
 */
abstract class LookupRun {

	private final KadEngine engine;

	private final String operation;

	private final long begunNanos;

	private final KadMessage request;

	private final Lookup lookup;

	private final Map<KadKey, KadNetwork.Pending> pending = new HashMap<>();

	private final Lookup.Sink sink = new Lookup.Sink() {

		@Override
		public void ask(KadPeer peer) {
			LookupRun.this.ask(peer);
		}

		@Override
		public void askBeyond(KadPeer peer, KadKey near, int bits) {
			LookupRun.this.askBeyond(peer, RefreshSchedule.preimageWithin(near, bits, LookupRun.this.engine.random()));
		}

		@Override
		public void ended(LookupResult result) {
			end(result);
		}

	};

	/** The requests for those beyond the nearest. */
	private final Set<KadNetwork.Pending> pendingBeyond = new HashSet<>();

	private KadNetwork.@Nullable Pending timer;

	private long timerNanos;

	LookupRun(KadEngine engine, String operation, KadMessage request, LookupConfig config) {
		this.engine = engine;
		this.operation = operation;
		this.begunNanos = engine.nanoTime();
		this.request = request;
		this.lookup = new Lookup(engine.selfKey(), KadKey.of(request.key()), config, engine.config().asn());
	}

	/** Hears of each good answer, before the lookup does. */
	abstract void answered(KadPeer from, KadMessage answer);

	/** Hears that the lookup has taken an answer in. */
	void progressed() {
	}

	/** The nearest that were heard of so far and may be of use. */
	final List<KadPeer> known(int count) {
		return this.lookup.known(count);
	}

	/** Hears of the end, once. */
	abstract void ended(LookupResult result);

	/** Hears that the instance was closed, instead of the end; once. */
	void abandoned() {
	}

	/** Whether a peer may be asked at all. */
	boolean mayAsk(KadPeer peer) {
		return true;
	}

	final void start() {
		if (!this.engine.begins(this)) {
			abandoned();
			return;
		}
		List<KadPeer> seeds = this.engine.seeds(KadKey.of(this.request.key()));
		on(new Lookup.Event.Begin(seeds.stream().filter(this::mayAsk).toList()));
	}

	final void stop() {
		on(new Lookup.Event.Stop());
	}

	final void on(Lookup.Event event) {
		this.lookup.on(event, this.engine.nanoTime(), this.sink);
		setTimer();
	}

	private void ask(KadPeer peer) {
		this.pending.put(peer.key(), this.engine.ask(peer, this.request, new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				LookupRun.this.pending.remove(peer.key());
				if (answer != null) {
					received(peer, answer);
				}
			}

			@Override
			public void failed(Throwable cause) {
				LookupRun.this.pending.remove(peer.key());
				on(new Lookup.Event.Failed(peer.key()));
			}

		}));
	}

	private void askBeyond(KadPeer peer, ByteBuffer key) {
		KadNetwork.Pending[] request = new KadNetwork.Pending[1];
		request[0] = this.engine.ask(peer, KadMessage.of(KadMessage.Type.FIND_NODE, key), new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				LookupRun.this.pendingBeyond.remove(request[0]);
				if (answer != null) {
					List<KadPeer> closer = mayBeAsked(answer);
					on(new Lookup.Event.AnsweredBeyond(peer.key(), closer));
				}
			}

			@Override
			public void failed(Throwable cause) {
				LookupRun.this.pendingBeyond.remove(request[0]);
			}

		});
		this.pendingBeyond.add(request[0]);
	}

	private List<KadPeer> mayBeAsked(KadMessage answer) {
		return this.engine.heard(answer.closer()).stream().filter(this::mayAsk).toList();
	}

	private void received(KadPeer peer, KadMessage answer) {
		List<KadPeer> closer = mayBeAsked(answer);
		answered(peer, answer);
		on(new Lookup.Event.Answered(peer.key(), closer));
		if (!isEnded()) {
			progressed();
		}
	}

	private void setTimer() {
		Long deadline = this.lookup.deadlineNanos();
		if (this.timer != null && (deadline == null || deadline != this.timerNanos)) {
			this.timer.cancel();
			this.timer = null;
		}
		if (this.timer == null && deadline != null) {
			this.timerNanos = deadline;
			this.timer = this.engine.schedule(() -> {
				this.timer = null;
				on(new Lookup.Event.Tick());
			}, Math.max(0, deadline - this.engine.nanoTime()));
		}
	}

	/** Gives everything up: the instance is closed. */
	final void abandon() {
		giveUp();
		abandoned();
	}

	private void end(LookupResult result) {
		giveUp();
		this.engine.counters().lookup(this.operation, result, this.engine.nanoTime() - this.begunNanos);
		this.lookup.silent().forEach(this.engine::silent);
		ended(result);
	}

	private void giveUp() {
		this.engine.ended(this);
		if (this.timer != null) {
			this.timer.cancel();
			this.timer = null;
		}
		List<KadNetwork.Pending> left = List.copyOf(this.pending.values());
		this.pending.clear();
		left.forEach(KadNetwork.Pending::cancel);
		this.pendingBeyond.forEach(KadNetwork.Pending::cancel);
		this.pendingBeyond.clear();
	}

	final boolean isEnded() {
		return this.lookup.isEnded();
	}

}
