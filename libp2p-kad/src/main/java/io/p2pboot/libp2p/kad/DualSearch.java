package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Puts the results of two searches on two instances into one. It fails only where both
 * fail. Results come on the event loops of both; guarded by {@link #lock}.
 *
 * @param <T> the kind of result
 */
final class DualSearch<T> implements SearchSink.Source {

	private final ReentrantLock lock = new ReentrantLock();

	private final BlockingSearch<T> out;

	private final Predicate<T> wanted;

	private final int limit;

	private final List<Side> sides = new ArrayList<>();

	private int delivered;

	private boolean over;

	private @Nullable Throwable failure;

	/**
	 * Creates a search without sides.
	 * @param out takes the results
	 * @param wanted whether a result is handed on; called one by one
	 * @param limit after how many results the search ends
	 */
	DualSearch(BlockingSearch<T> out, Predicate<T> wanted, int limit) {
		this.out = out;
		this.wanted = wanted;
		this.limit = limit;
	}

	/** Adds one of the two searches; all are added before the first begins. */
	Side side(Kademlia instance) {
		Side side = new Side(instance);
		this.sides.add(side);
		return side;
	}

	@Override
	public void resume() {
		this.sides.forEach((side) -> side.tell(SearchSink.Source::resume));
	}

	@Override
	public void cancel() {
		this.sides.forEach((side) -> side.tell(SearchSink.Source::cancel));
	}

	private boolean take(T result) {
		boolean more;
		boolean last;
		this.lock.lock();
		try {
			if (this.over || !this.wanted.test(result)) {
				return !this.over;
			}
			this.delivered++;
			last = this.delivered >= this.limit;
			this.over = last;
			more = this.out.result(result);
		}
		finally {
			this.lock.unlock();
		}
		if (last) {
			this.out.ended();
			cancel();
			return false;
		}
		return more;
	}

	private boolean isOver() {
		this.lock.lock();
		try {
			return this.over;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ended(Side side, @Nullable Throwable cause) {
		boolean all;
		Throwable failed;
		this.lock.lock();
		try {
			side.failed = cause != null;
			side.ended = true;
			this.failure = (this.failure != null) ? this.failure : cause;
			all = !this.over && this.sides.stream().allMatch((each) -> each.ended);
			this.over |= all;
			failed = this.sides.stream().allMatch((each) -> each.failed) ? this.failure : null;
		}
		finally {
			this.lock.unlock();
		}
		if (all && failed != null) {
			this.out.failed(failed);
		}
		else if (all) {
			this.out.ended();
		}
	}

	/** One of the two searches. */
	final class Side implements SearchSink<T> {

		private final Kademlia instance;

		/** The event loop of the instance only. */
		private SearchSink.@Nullable Source source;

		private boolean ended;

		private boolean failed;

		private Side(Kademlia instance) {
			this.instance = instance;
		}

		/** Begins, unless the other one has found enough before this one had a source. */
		void begin(SearchSink.Source from, Runnable search) {
			this.source = from;
			if (!isOver()) {
				search.run();
			}
		}

		private void tell(Consumer<SearchSink.Source> what) {
			this.instance.onLoop(() -> {
				SearchSink.Source known = this.source;
				if (known != null) {
					what.accept(known);
				}
			});
		}

		@Override
		public boolean result(T result) {
			return take(result);
		}

		@Override
		public void ended() {
			DualSearch.this.ended(this, null);
		}

		@Override
		public void failed(Throwable cause) {
			DualSearch.this.ended(this, cause);
		}

	}

}
