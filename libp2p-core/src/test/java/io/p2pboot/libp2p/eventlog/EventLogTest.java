package io.p2pboot.libp2p.eventlog;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class EventLogTest {

	private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

	private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

	private EventLog log;

	private Logger logger;

	@BeforeEach
	void createLog() {
		LoggerContext context = new LoggerContext();
		this.logger = context.getLogger("events");
		this.logger.setLevel(Level.INFO);
		this.appender.setContext(context);
		this.appender.start();
		this.logger.addAppender(this.appender);
		this.log = new EventLog(this.logger, this.nanos::get);
	}

	@Test
	void remoteTextCannotForgeALine() { // I15
		this.log.warn("agent", "Peer runs {}", "go\r\n2026 INFO forged\u2028\u202e\u0000\u001b[31m\ud800");
		assertThat(lines()).containsExactly("Peer runs go??2026 INFO forged????[31m?");
	}

	@Test
	void textAtTheLimitIsKeptAndOneMoreIsCut() {
		assertThat(EventLog.sanitize("a".repeat(512))).hasSize(512);
		assertThat(EventLog.sanitize("a".repeat(513))).hasSize(512);
		assertThat(EventLog.sanitize("a".repeat(511) + "\ud83d\ude00")).isEqualTo("a".repeat(511));
		assertThat(EventLog.sanitize("grüße \ud83d\ude00")).isEqualTo("grüße \ud83d\ude00");
	}

	@Test
	void aFailureIsToldWithItsPlaceAndNoLonger() {
		this.log.warn("handler", "failed: {}", new IllegalStateException("a\nb"));
		assertThat(lines().get(0)).startsWith("failed: java.lang.IllegalStateException: a?b at ")
			.contains("EventLogTest.java:");
		this.log.warn("handler", "{}", new IllegalStateException("a".repeat(600)));
		assertThat(lines().get(1)).hasSize(EventLog.MAX_TEXT).endsWith(")");
	}

	@Test
	void tenLinesASecondAreWrittenAndTheEleventhIsCounted() {
		for (int i = 0; i < 13; i++) {
			this.log.info("dial", "line {}", i);
		}
		this.log.info("other kind", "still written");
		assertThat(lines()).hasSize(11);
		this.nanos.addAndGet(999_999_999L);
		this.log.info("dial", "too early");
		assertThat(lines()).hasSize(11);
		this.nanos.addAndGet(1);
		this.log.info("dial", "next {}", "second");
		this.log.info("dial", "after it");
		assertThat(lines()).hasSize(13).endsWith("next second (4 more of this kind left out)", "after it");
	}

	@Test
	void kindsBeyondTheLimitShareOneBudget() {
		for (int i = 0; i < EventLog.MAX_KINDS; i++) {
			this.log.info("kind " + i, "x");
		}
		for (int i = 0; i < 20; i++) {
			this.log.info("late " + i, "x");
		}
		assertThat(lines()).hasSize(EventLog.MAX_KINDS + EventLog.MAX_LINES_PER_SECOND);
	}

	@Test
	void aDisabledLevelSpendsNoBudget() {
		for (int i = 0; i < 20; i++) {
			this.log.debug("dial", "hidden");
		}
		this.log.info("dial", "shown");
		assertThat(lines()).containsExactly("shown");
	}

	private List<String> lines() {
		return this.appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

}
