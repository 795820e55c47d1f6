package io.p2pboot.libp2p.mdns;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * What is told and asked on one link, and when. One thread.
 */
final class LinkState {

	static final long NEVER = Long.MAX_VALUE;

	/** The pause after the first question; each one after it is twice as long. */
	static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

	private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

	private static final int MIN_NAME = 32;

	private static final int MAX_NAME = 63;

	private static final long MIN_DELAY_NANOS = Duration.ofMillis(20).toNanos();

	private static final long MAX_DELAY_NANOS = Duration.ofMillis(120).toNanos();

	private final MdnsPackets packets;

	private final PeerId self;

	private final RandomGenerator random;

	private final long intervalNanos;

	private Link link;

	private List<Multiaddr> told = List.of();

	private List<MdnsPackets.Answer> answers = List.of();

	private long askNanos;

	private long pauseNanos = FIRST_PAUSE.toNanos();

	private long answerNanos = NEVER;

	private long servicesNanos = NEVER;

	private long answeredNanos;

	private boolean announceAgain;

	LinkState(Link link, MdnsPackets packets, PeerId self, RandomGenerator random, Duration interval, long now) {
		this.link = link;
		this.packets = packets;
		this.self = self;
		this.random = random;
		this.intervalNanos = interval.toNanos();
		this.askNanos = now;
		this.answeredNanos = now - MdnsLimits.ANSWER_INTERVAL.toNanos();
	}

	Link link() {
		return this.link;
	}

	/** Takes note of the addresses; other ones get another name, and are announced. */
	void look(Link now, List<Multiaddr> bound, long nanos, MdnsEngine.Sink sink) {
		this.link = now;
		List<Multiaddr> next = LinkAddresses.told(now, bound);
		if (next.equals(this.told)) {
			return;
		}
		takeBack(sink);
		this.told = next;
		List<MdnsPackets.Answer> made = new ArrayList<>();
		for (List<String> strings : this.packets.spread(LinkAddresses.strings(this.self, next))) {
			made.add(new MdnsPackets.Answer(name(), now.host(), LinkAddresses.port(next), strings));
		}
		this.answers = made;
		this.announceAgain = true;
		answerSoon(nanos);
	}

	/** No two of them are told by anybody, and none tells who is behind it. */
	private String name() {
		StringBuilder name = new StringBuilder();
		int length = this.random.nextInt(MIN_NAME, MAX_NAME + 1);
		while (name.length() < length) {
			name.append(LETTERS.charAt(this.random.nextInt(LETTERS.length())));
		}
		return name.toString();
	}

	/**
	 * Answers after a short while, as RFC 6762, section 6 has it: so that all do not
	 * answer at once, and once for all who ask meanwhile.
	 */
	void answerSoon(long now) {
		if (this.answerNanos == NEVER && !this.answers.isEmpty()) {
			this.answerNanos = soon(now);
		}
	}

	void tellServicesSoon(long now) {
		if (this.servicesNanos == NEVER && !this.answers.isEmpty()) {
			this.servicesNanos = soon(now);
		}
	}

	private long soon(long now) {
		return Math.max(now + this.random.nextLong(MIN_DELAY_NANOS, MAX_DELAY_NANOS),
				this.answeredNanos + MdnsLimits.ANSWER_INTERVAL.toNanos());
	}

	/** Does what is due. */
	void tick(long now, MdnsEngine.Sink sink) {
		if (this.askNanos <= now) {
			sink.send(this.link, this.packets.query());
			this.askNanos = now + this.pauseNanos;
			this.pauseNanos = Math.min(2 * this.pauseNanos, this.intervalNanos);
		}
		if (this.answerNanos <= now) {
			this.answerNanos = NEVER;
			this.answeredNanos = now;
			this.answers.forEach((answer) -> sink.send(this.link, this.packets.answer(answer, MdnsPackets.TTL)));
			if (this.announceAgain) {
				this.announceAgain = false;
				answerSoon(now);
			}
		}
		if (this.servicesNanos <= now) {
			this.servicesNanos = NEVER;
			this.answeredNanos = now;
			sink.send(this.link, this.packets.services());
		}
	}

	/** Says that what was told counts no more. */
	void takeBack(MdnsEngine.Sink sink) {
		this.answers.forEach((answer) -> sink.send(this.link, this.packets.answer(answer, 0)));
		this.answers = List.of();
		this.told = List.of();
		this.answerNanos = NEVER;
		this.servicesNanos = NEVER;
	}

	long nextNanos() {
		return Math.min(this.askNanos, Math.min(this.answerNanos, this.servicesNanos));
	}

}
