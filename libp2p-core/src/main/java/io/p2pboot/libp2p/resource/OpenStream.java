package io.p2pboot.libp2p.resource;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * The scope of one stream. Any thread.
 */
final class OpenStream implements StreamScope {

	/**
	 * Where a stream stands: told apart by which one it is.
	 */
	private static final class Stage {

		/** Its protocol is not known yet: where it begins. */
		static final Stage NEGOTIATING = new Stage(List.of(), List.of());

		/** It has ended, after either of the others. */
		static final Stage ENDED = new Stage(List.of(), List.of());

		/** The scopes of its protocol. */
		private final List<StreamUse.Key> served;

		/** What holds memory among them. */
		private final List<AtomicLong> memory;

		Stage(List<StreamUse.Key> served, List<AtomicLong> memory) {
			this.served = served;
			this.memory = memory;
		}

		void hold(long more) {
			for (AtomicLong bytes : this.memory) {
				bytes.addAndGet(more);
			}
		}

	}

	private final OpenScope connection;

	private final StreamUse use;

	private final Direction direction;

	private final List<StreamUse.Key> opened;

	private final Tally bytes = new Tally();

	private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.NEGOTIATING);

	OpenStream(OpenScope connection, StreamUse use, Direction direction, List<StreamUse.Key> opened) {
		this.connection = connection;
		this.use = use;
		this.direction = direction;
		this.opened = opened;
	}

	@Override
	public void protocol(ProtocolPath protocol) throws LimitExceeded {
		Stage now = this.stage.get();
		if (now == Stage.ENDED) {
			return;
		}
		if (now != Stage.NEGOTIATING) {
			throw new IllegalStateException("The stream's protocol is known already");
		}
		List<StreamUse.Key> keys = this.connection.served(protocol);
		this.connection.takeStream(keys, this.direction);
		// Before, and not after: once it serves, whoever ends it takes this back.
		long held = this.bytes.value();
		Stage serving = new Stage(keys, this.use.memory(keys));
		if (this.stage.compareAndSet(Stage.NEGOTIATING, serving)) {
			serving.hold(held);
			this.connection.negotiated(this.direction);
		}
		else {
			this.use.giveBack(keys, this.direction);
		}
	}

	private Stage stage() {
		return Objects.requireNonNull(this.stage.get());
	}

	@Override
	public void reserve(int count) {
		// Read first: whoever ends the stream meanwhile takes back what is counted there.
		Stage now = stage();
		if (this.bytes.add(count, Long.MAX_VALUE) != Tally.REFUSED) {
			now.hold(count);
		}
	}

	@Override
	public void release(int count) {
		Stage now = stage();
		if (this.bytes.subtract(count) != Tally.REFUSED) {
			now.hold(-count);
		}
	}

	@Override
	public void close() {
		Stage before = this.stage.getAndSet(Stage.ENDED);
		if (before == Stage.ENDED) {
			return;
		}
		before.hold(-this.bytes.end());
		if (before == Stage.NEGOTIATING) {
			this.connection.negotiated(this.direction);
		}
		else {
			this.use.giveBack(before.served, this.direction);
		}
		this.use.giveBack(this.opened, this.direction);
		this.connection.closed(this, this.direction);
	}

}
