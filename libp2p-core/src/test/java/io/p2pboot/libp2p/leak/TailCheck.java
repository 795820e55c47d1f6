package io.p2pboot.libp2p.leak;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.channel.DefaultChannelPipeline;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.internal.PromiseNotificationUtil;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class in whose time something reached the tail of a pipeline, or a
 * listener of a promise could not be told: Netty logs that with a stack trace, and a peer
 * could fill the log with it. Found by JUnit itself, in every module that has this one's
 * test jar.
 */
public final class TailCheck implements BeforeAllCallback, AfterAllCallback {

	private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

	/** The tail of a pipeline, and where promises tell those who listen. */
	private static final List<Class<?>> WATCHED = List.of(DefaultChannelPipeline.class, DefaultPromise.class,
			PromiseNotificationUtil.class);

	static {
		Recorder recorder = new Recorder();
		recorder.start();
		WATCHED.forEach((type) -> ((Logger) LoggerFactory.getLogger(type)).addAppender(recorder));
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		FOUND.clear();
	}

	@Override
	public void afterAll(ExtensionContext context) {
		check(context.getRequiredTestClass().getName());
	}

	static void check(String testClass) {
		String found = String.join("\n", FOUND);
		FOUND.clear();
		if (!found.isEmpty()) {
			throw new AssertionError(testClass + " let Netty log: " + found);
		}
	}

	/**
	 * Keeps what is said at WARN and above.
	 */
	private static final class Recorder extends AppenderBase<ILoggingEvent> {

		@Override
		protected void append(ILoggingEvent event) {
			if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
				String cause = (event.getThrowableProxy() != null) ? event.getThrowableProxy().getMessage() : "";
				FOUND.add(event.getFormattedMessage() + " " + cause);
			}
		}

	}

}
