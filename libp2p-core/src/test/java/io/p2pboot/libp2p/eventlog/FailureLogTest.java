package io.p2pboot.libp2p.eventlog;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramFlow;
import io.p2pboot.libp2p.Fakes;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FailureLogTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/deals/1.0.0");

	private static final AddrInfo PEER = AddrInfo
		.parse("/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");

	private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

	private ProtocolPath path = PATH;

	private boolean open = true;

	private final Stream stream = Fakes.of(Stream.class,
			Map.of("protocol", (none) -> this.path, "remotePeer", (none) -> PEER, "isOpen", (none) -> this.open));

	private Logger logger;

	private FailureLog log;

	@BeforeEach
	void createLog() {
		LoggerContext context = new LoggerContext();
		this.logger = context.getLogger("failures");
		this.logger.setLevel(Level.TRACE);
		this.appender.setContext(context);
		this.appender.start();
		this.logger.addAppender(this.appender);
		this.log = new FailureLog(this.logger);
	}

	@Test
	void aFailureIsToldWithTypeTextTracePathAndPeer() {
		Exception failure = new IllegalStateException("broken", new java.io.IOException("the disk"));
		this.log.streamFailed(this.stream, failure);
		ILoggingEvent event = only(Level.WARN);
		assertThat(event.getFormattedMessage()).contains("java.lang.IllegalStateException: broken")
			.contains("/deals/1.0.0")
			.contains(PEER.id().toString())
			.contains("/ip4/192.0.2.7/tcp/4001");
		assertThat(event.getThrowableProxy().getClassName()).isEqualTo("java.lang.IllegalStateException");
		assertThat(event.getThrowableProxy().getStackTraceElementProxyArray()).isNotEmpty();
		assertThat(event.getThrowableProxy().getCause().getMessage()).isEqualTo("the disk");
	}

	@Test
	void aDatagramsFailureIsToldAlike() {
		this.log.datagramFailed(PATH,
				new Datagram(ByteBuffer.allocate(1), PEER, Fakes.of(DatagramFlow.class, Map.of())),
				new java.io.IOException("broken"));
		assertThat(only(Level.WARN).getFormattedMessage()).contains("java.io.IOException: broken")
			.contains("/deals/1.0.0")
			.contains(PEER.id().toString());
	}

	@Test
	void whatAnExecutorThrewIsToldWithItsPathWithinTheBudget() {
		for (int i = 0; i < 2 * EventLog.MAX_LINES_PER_SECOND; i++) {
			this.log.executorFailed(PATH, new OutOfMemoryError("unable to create native thread"));
		}
		assertThat(this.appender.list).hasSize(EventLog.MAX_LINES_PER_SECOND);
		assertThat(this.appender.list.get(0).getLevel()).isEqualTo(Level.WARN);
		assertThat(this.appender.list.get(0).getFormattedMessage()).contains("/deals/1.0.0")
			.contains("unable to create native thread");
	}

	@Test
	void whatThePeerDidOrTheHandlerWantedIsNoWarning() {
		this.open = false;
		this.log.streamFailed(this.stream, StreamReset.byRemote(3));
		this.log.streamFailed(this.stream, new ConnectionLost("gone"));
		this.open = true;
		this.log.streamFailed(this.stream, StreamReset.local(7, "not today"));
		this.log.streamFailed(this.stream, StreamReset.local(403, "not a friend"));
		this.log.streamFailed(this.stream, StreamReset.local(400).causedBy(new IllegalArgumentException("x")));
		this.log.streamFailed(this.stream, StreamReset.local(499).causedBy(new IllegalArgumentException("x")));
		assertThat(this.appender.list).hasSize(6)
			.allSatisfy((event) -> assertThat(event.getLevel()).isEqualTo(Level.DEBUG));
	}

	@Test
	void aFailureThatOnlyLooksLikeThePeersIsAWarning() {
		this.log.streamFailed(this.stream, StreamReset.byRemote(3));
		this.log.streamFailed(this.stream, new ConnectionLost("to another peer"));
		this.log.streamFailed(this.stream, StreamReset.local(399).causedBy(new IllegalStateException("x")));
		this.log.streamFailed(this.stream, StreamReset.local(500).causedBy(new IllegalStateException("x")));
		this.log.streamFailed(this.stream, StreamReset.local(StreamProtocol.HANDLER_FAILED));
		assertThat(this.appender.list).hasSize(5)
			.allSatisfy((event) -> assertThat(event.getLevel()).isEqualTo(Level.WARN));
	}

	@Test
	void theLevelCanBeSetAndNoneTellsOfNothing() {
		new FailureLog(this.logger, org.slf4j.event.Level.ERROR).streamFailed(this.stream, new Error("x"));
		assertThat(only(Level.ERROR).getThrowableProxy()).isNotNull();
		this.appender.list.clear();
		FailureLog none = new FailureLog(this.logger, null);
		none.streamFailed(this.stream, new Error("x"));
		none.streamRefused(this.stream);
		none.executorFailed(PATH, new Error("x"));
		assertThat(this.appender.list).isEmpty();
	}

	@Test
	void aFailureAtTheBoundsIsToldAsItIsAndOneBeyondIsCut() {
		Exception fits = new Exception("fits");
		fits.setStackTrace(frames(LoggedFailure.MAX_FRAMES));
		assertThat(LoggedFailure.of(fits)).isSameAs(fits);
		fits.setStackTrace(frames(LoggedFailure.MAX_FRAMES + 1));
		Throwable cut = LoggedFailure.of(fits);
		assertThat(cut).hasToString("java.lang.Exception: fits (1 frames left out)");
		assertThat(cut.getStackTrace()).hasSize(LoggedFailure.MAX_FRAMES);
		assertThat(length(LoggedFailure.of(chain(LoggedFailure.MAX_FAILURES)))).isEqualTo(LoggedFailure.MAX_FAILURES);
		Throwable longer = chain(LoggedFailure.MAX_FAILURES + 1);
		assertThat(LoggedFailure.of(longer)).isNotSameAs(longer);
		assertThat(length(LoggedFailure.of(longer))).isEqualTo(LoggedFailure.MAX_FAILURES);
		Exception circular = new Exception("a");
		circular.initCause(new Exception("b", circular));
		assertThat(length(LoggedFailure.of(circular))).isEqualTo(2);
	}

	@Test
	void aTextOfAPeerForgesNoLineOfATrace() {
		Exception failure = new IllegalStateException("outer",
				new IllegalArgumentException("no such deal: x\n2026 WARN forged"));
		failure.addSuppressed(new Exception("a".repeat(EventLog.MAX_TEXT + 1)));
		this.log.streamFailed(this.stream, failure);
		IThrowableProxy shown = only(Level.WARN).getThrowableProxy();
		assertThat(shown.getMessage()).isEqualTo("java.lang.IllegalStateException: outer");
		assertThat(shown.getCause().getMessage())
			.isEqualTo("java.lang.IllegalArgumentException: no such deal: x?2026 WARN forged");
		assertThat(shown.getSuppressed()[0].getMessage()).hasSize(EventLog.MAX_TEXT);
	}

	@Test
	void aPathThatFailsAlwaysDoesNotHideAnother() {
		for (int i = 0; i < 2 * EventLog.MAX_LINES_PER_SECOND; i++) {
			this.log.streamFailed(this.stream, new IllegalStateException("always"));
		}
		this.path = ProtocolPath.of("/other/1.0.0");
		this.log.streamFailed(this.stream, new IllegalStateException("once"));
		assertThat(this.appender.list).hasSize(EventLog.MAX_LINES_PER_SECOND + 1);
	}

	@Test
	void aFailureThatCannotEvenSayWhatItIsIsToldByItsType() {
		this.log.streamFailed(this.stream, new Mute());
		assertThat(only(Level.WARN).getFormattedMessage()).contains("Mute");
	}

	private ILoggingEvent only(Level level) {
		List<ILoggingEvent> events = this.appender.list;
		assertThat(events).singleElement().satisfies((event) -> assertThat(event.getLevel()).isEqualTo(level));
		return events.get(0);
	}

	private static StackTraceElement[] frames(int count) {
		StackTraceElement[] frames = new StackTraceElement[count];
		for (int i = 0; i < count; i++) {
			frames[i] = new StackTraceElement("Deals", "propose", "Deals.java", i);
		}
		return frames;
	}

	private static Throwable chain(int length) {
		Throwable failure = null;
		for (int i = 0; i < length; i++) {
			failure = new Exception("link", failure);
		}
		return failure;
	}

	private static int length(Throwable failure) {
		int length = 0;
		for (Throwable next = failure; next != null && length < 100; next = next.getCause()) {
			length++;
		}
		return length;
	}

	private static final class Mute extends RuntimeException {

		private static final long serialVersionUID = 1L;

		@Override
		public String getMessage() {
			throw new IllegalStateException("no");
		}

	}

}
