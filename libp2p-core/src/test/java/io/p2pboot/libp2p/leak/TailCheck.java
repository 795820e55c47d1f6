package io.p2pboot.libp2p.leak;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.channel.DefaultChannelPipeline;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class in whose time something reached the tail of a pipeline that Netty
 * logs with a stack trace: a peer could fill the log with it. Found by JUnit itself, in
 * every module that has this one's test jar.
 */
public final class TailCheck implements BeforeAllCallback, AfterAllCallback {

	private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

	static {
		Recorder recorder = new Recorder();
		recorder.start();
		((Logger) LoggerFactory.getLogger(DefaultChannelPipeline.class)).addAppender(recorder);
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
			throw new AssertionError(testClass + " let something reach the tail of a pipeline: " + found);
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
