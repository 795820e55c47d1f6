package io.p2pboot.libp2p.resource;

import java.util.List;
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
		static final Stage NEGOTIATING = new Stage(List.of());

		/** It has ended, after either of the others. */
		static final Stage ENDED = new Stage(List.of());

		/** The scopes of its protocol. */
		private final List<StreamUse.Key> served;

		Stage(List<StreamUse.Key> served) {
			this.served = served;
		}

	}

	private final OpenScope connection;

	private final StreamUse use;

	private final Direction direction;

	private final List<StreamUse.Key> opened;

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
		if (this.stage.compareAndSet(Stage.NEGOTIATING, new Stage(keys))) {
			this.connection.negotiated(this.direction);
		}
		else {
			this.use.giveBack(keys, this.direction);
		}
	}

	@Override
	public void close() {
		Stage before = this.stage.getAndSet(Stage.ENDED);
		if (before == Stage.ENDED) {
			return;
		}
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
