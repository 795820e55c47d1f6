package io.p2pboot.libp2p.muxer.yamux;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.muxer.yamux.HonestSender.Line;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Honest senders against a session, in a time of their own: what the windows promise fits
 * the budget, nobody is reset, nobody waits for ever.
 */
@Timeout(120)
class YamuxBudgetTest {

	private static final int WINDOW = YamuxConfig.INITIAL_WINDOW_BYTES;

	private static final int READ_BYTES = 64 * 1024;

	/** How many random schedules are run. */
	private static final int SCHEDULES = Integer.getInteger("yamux.schedules", 2000);

	private static final long MILLIS = TimeUnit.MILLISECONDS.toNanos(1);

	private static YamuxConfig budget(int streams, int windowsToGrow) {
		return YamuxConfig.DEFAULT.withLimits(streams, (long) (streams + windowsToGrow) * WINDOW);
	}

	@Test
	void randomHonestSendersAreNeverResetAndAllComplete() { // M34, M35, M36
		for (int seed = 0; seed < SCHEDULES; seed++) {
			try {
				new Schedule(new Random(seed)).run();
			}
			catch (AssertionError error) {
				throw new AssertionError("Schedule " + seed + ": " + error.getMessage(), error);
			}
		}
	}

	/** Some streams, readers of every kind, a budget that is often too small for all. */
	private static final class Schedule {

		private final Random random;

		private final int streams;

		private final HonestSender sender;

		private final List<Line> all = new ArrayList<>();

		private int toOpen;

		Schedule(Random random) {
			this.random = random;
			this.streams = 1 + random.nextInt(8);
			this.sender = new HonestSender(budget(this.streams, random.nextInt(60)), random.nextInt(200) * MILLIS,
					random);
			this.toOpen = 1 + random.nextInt(2 * this.streams);
		}

		void run() {
			long steps = 0;
			while (this.toOpen > 0 || !this.sender.open().isEmpty()) {
				step();
				assertThat(++steps).as("steps, with open streams: " + this.sender.open().size()).isLessThan(200_000);
				if (steps % 5_000 == 0) {
					this.all.forEach(Line::goOn);
				}
			}
			this.sender.advance(TimeUnit.SECONDS.toNanos(10));
			assertThat(this.sender.session().size()).isZero();
			assertThat(this.sender.session().lent()).as("lent at the end").isZero();
		}

		private void step() {
			this.sender.advance(this.random.nextInt(20) * MILLIS);
			if (this.toOpen > 0 && this.random.nextInt(10) == 0 && this.sender.mayOpen()) {
				this.toOpen--;
				long bytes = (long) (this.random.nextDouble() * this.random.nextInt(24) * WINDOW);
				this.all.add(this.random.nextInt(6) == 0 ? this.sender.weOpen(1 + bytes) : this.sender.open(bytes));
			}
			List<Line> open = this.sender.open();
			if (open.isEmpty()) {
				return;
			}
			this.sender.send(open.get(this.random.nextInt(open.size())));
			Line line = open.get(this.random.nextInt(open.size()));
			switch (this.random.nextInt(200)) {
				case 0 -> line.stall();
				case 1 -> this.sender.finishEarly(line);
				case 2 -> this.sender.reset(line);
				default -> {
					if (line.isReadable()) {
						this.sender.read(line, 1 + this.random.nextInt(READ_BYTES << this.random.nextInt(6)));
					}
				}
			}
			this.sender.check();
		}

	}

	/** Sends and reads in turns until a stream has sent all; returns the time it took. */
	private static long transfer(HonestSender sender, Line line) {
		long start = sender.now();
		while (!line.isComplete()) {
			sender.send(line);
			sender.advance(MILLIS / 4);
			while (line.isReadable()) {
				sender.read(line, READ_BYTES);
			}
		}
		return sender.now() - start;
	}

	@Test
	void oneBusyStreamAmongIdleOnesGrowsToItsCap() { // M34
		HonestSender sender = new HonestSender(YamuxConfig.DEFAULT, 32 * MILLIS, new Random(1));
		for (int idle = 0; idle < 900; idle++) {
			sender.open(1);
		}
		Line busy = sender.open(256L << 20);
		transfer(sender, busy);
		assertThat(busy.widest()).isEqualTo(YamuxConfig.DEFAULT.maxWindowBytes());
	}

	@Test
	void aStreamThatStallsWithAGrownWindowDoesNotHoldTheOthersUp() { // M32, M34
		HonestSender alone = new HonestSender(YamuxConfig.DEFAULT, 32 * MILLIS, new Random(1));
		long aloneNanos = transfer(alone, alone.open(128L << 20));
		HonestSender sender = new HonestSender(YamuxConfig.DEFAULT, 32 * MILLIS, new Random(1));
		for (int index = 0; index < 2; index++) {
			stall(sender, sender.open(1L << 30));
		}
		Line other = sender.open(128L << 20);
		assertThat(transfer(sender, other)).isLessThanOrEqualTo(aloneNanos * 11 / 10);
		assertThat(other.widest()).isEqualTo(YamuxConfig.DEFAULT.maxWindowBytes());
	}

	/** Reads a stream fast until its window has grown to the cap, and then no more. */
	private static void stall(HonestSender sender, Line line) {
		while (line.widest() < YamuxConfig.DEFAULT.maxWindowBytes()) {
			sender.send(line);
			sender.advance(MILLIS / 4);
			while (line.isReadable()) {
				sender.read(line, READ_BYTES);
			}
		}
		line.stall();
		for (int step = 0; step < 10_000; step++) {
			sender.send(line);
			sender.advance(MILLIS / 4);
		}
		assertThat(line.unread()).isGreaterThan(YamuxConfig.DEFAULT.maxWindowBytes() / 2);
	}

	@Test
	void aThousandFirstWindowsAreHeldAndReadInTheEnd() { // row 20, B8
		HonestSender sender = new HonestSender(YamuxConfig.DEFAULT, 200 * MILLIS, new Random(1));
		List<Line> lines = new ArrayList<>();
		for (int index = 0; index < 1000; index++) {
			lines.add(sender.open(2 * WINDOW));
		}
		fill(sender, lines);
		assertThat(lines).allSatisfy((line) -> assertThat(line.unread()).isEqualTo(WINDOW));
		assertThat(sender.mostPromised()).isLessThanOrEqualTo(YamuxConfig.DEFAULT.unreadBytes());
		for (Line line : lines) {
			transfer(sender, line);
		}
		assertThat(sender.session().size()).isZero();
	}

	/** Sends on all until no window allows more. */
	private static void fill(HonestSender sender, List<Line> lines) {
		for (int round = 0; round < 200; round++) {
			lines.forEach(sender::send);
		}
		sender.advance(1000 * MILLIS);
	}

	/**
	 * Row 20: 60 streams that are read at 100 KB/s each, and 20 that are read at once.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 0, 60, 200 })
	void wellReadStreamsAreAsFastBesideSlowOnes(int slow) { // M32
		HonestSender sender = new HonestSender(YamuxConfig.DEFAULT, 200 * MILLIS, new Random(1));
		List<Line> slowly = new ArrayList<>();
		for (int index = 0; index < slow; index++) {
			slowly.add(sender.open(1_500_000));
		}
		List<Line> fast = new ArrayList<>();
		for (int index = 0; index < 20; index++) {
			fast.add(sender.open(1 << 20));
		}
		long doneNanos = 0;
		for (int tick = 0; !sender.open().isEmpty(); tick++) {
			sender.open().forEach(sender::send);
			sender.advance(10 * MILLIS);
			slowly.forEach((line) -> sender.read(line, 1000));
			fast.forEach((line) -> sender.read(line, 1 << 20));
			if (doneNanos == 0 && fast.stream().allMatch(Line::isComplete)) {
				doneNanos = sender.now();
			}
			assertThat(tick).isLessThan(10_000);
		}
		// Three or four trips of credit, however many slow streams there are.
		assertThat(doneNanos).isLessThan(2_500 * MILLIS);
	}

	@Test
	void aPeerThatOverrunsAWindowByOneByteIsCutOffWithTrueNumbers() { // M59
		HonestSender sender = new HonestSender(budget(4, 8), 10 * MILLIS, new Random(1));
		Line line = sender.open(WINDOW / 2);
		fill(sender, List.of(line));
		assertThatThrownBy(() -> sender.overrun(line, WINDOW / 2 + 1)).isInstanceOf(YamuxViolation.class)
			.hasMessageContaining("stream 1")
			.hasMessageContaining("a frame of " + (WINDOW / 2 + 1) + " bytes exceeds the window of " + WINDOW / 2);
	}

	@Test
	void aPeerThatFillsTheWindowToTheLastByteIsNot() throws Exception { // M59
		HonestSender sender = new HonestSender(budget(4, 8), 10 * MILLIS, new Random(1));
		Line line = sender.open(WINDOW / 2);
		sender.advance(100 * MILLIS);
		sender.overrun(line, WINDOW);
	}

}
