package io.p2pboot.libp2p.protocol.identify;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.netty.util.concurrent.EventExecutor;

/**
 * Learns later what a push said that came too often to be read: asks the peer once a push
 * of it would be read again, once for a connection, however many pushes were refused. The
 * question is taken from the same allowance as pushes are. Thread-safe.
 */
final class AskAgain {

	/** After how many seconds the peer is asked. */
	static final int SECONDS = PushAllowances.SECONDS_EACH;

	private final EventExecutor executor;

	private final Predicate<IdentifiedConnection> isOpen;

	private final Predicate<IdentifiedConnection> allowance;

	private final Consumer<IdentifiedConnection> question;

	/**
	 * Creates it.
	 * @param executor where the time is waited for
	 * @param isOpen whether a connection is still there
	 * @param allowance takes from the allowance of the connection's peer
	 * @param question asks the peer
	 */
	AskAgain(EventExecutor executor, Predicate<IdentifiedConnection> isOpen, Predicate<IdentifiedConnection> allowance,
			Consumer<IdentifiedConnection> question) {
		this.executor = executor;
		this.isOpen = isOpen;
		this.allowance = allowance;
		this.question = question;
	}

	/** A push was not read. */
	void refused(IdentifiedConnection connection) {
		if (connection.beginWait()) {
			await(connection);
		}
	}

	private void await(IdentifiedConnection connection) {
		this.executor.schedule(() -> ask(connection), SECONDS, TimeUnit.SECONDS);
	}

	private void ask(IdentifiedConnection connection) {
		if (!this.isOpen.test(connection)) {
			return;
		}
		if (this.allowance.test(connection)) {
			connection.endWait();
			this.question.accept(connection);
		}
		else {
			await(connection);
		}
	}

}
