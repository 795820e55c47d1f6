package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.p2pboot.libp2p.kad.LookupPath.Candidate;
import org.jspecify.annotations.Nullable;

/**
 * A walk to the peers nearest to a key. The nearest peer heard of is asked next, several
 * at once; the walk ends when the nearest few have all answered. A peer that is silent
 * for long gives up its place, and takes it back if it answers after all. Plain state
 * without I/O; not thread-safe. Times are nanoseconds of any monotonic clock.
 */
final class Lookup {

	/** The shortest time after which a silent peer gives up its place. */
	static final long MIN_SOFT_TIMEOUT_NANOS = 500_000_000L;

	/** How many smoothed round trips a peer may be silent. */
	static final int SOFT_TIMEOUT_ROUND_TRIPS = 4;

	/** The same in the follow-up, where the next is as good as the one that is silent. */
	static final long MIN_FOLLOW_UP_TIMEOUT_NANOS = 250_000_000L;

	/** How many smoothed round trips a peer may be silent in the follow-up. */
	static final int FOLLOW_UP_TIMEOUT_ROUND_TRIPS = 3;

	/** How many peers are asked for those beyond the nearest, in either direction. */
	static final int BEYOND_REQUESTS = 2;

	/** How many of the nearest are silent or dead before those beyond are asked for. */
	private static final int MISSED_BEYOND = 2;

	/** How many bits behind the one that leads beyond the nearest are the target's. */
	private static final int BEYOND_BITS = 2;

	/** Something that happened to a lookup. */
	sealed interface Event {

		/**
		 * The lookup begins; the first event, once.
		 *
		 * @param seeds whom to ask first
		 */
		record Begin(List<KadPeer> seeds) implements Event {
		}

		/**
		 * A peer answered.
		 *
		 * @param peer who was asked
		 * @param closer whom it named
		 */
		record Answered(KadKey peer, List<KadPeer> closer) implements Event {
		}

		/**
		 * A peer answered whom it knows beyond the nearest.
		 *
		 * @param peer who was asked
		 * @param closer whom it named
		 */
		record AnsweredBeyond(KadKey peer, List<KadPeer> closer) implements Event {
		}

		/**
		 * A peer could not be asked, or answered wrongly or not at all.
		 *
		 * @param peer who was asked
		 */
		record Failed(KadKey peer) implements Event {
		}

		/** The time of {@link Lookup#deadlineNanos} has come. */
		record Tick() implements Event {
		}

		/** Nobody is to be asked for now. */
		record Pause() implements Event {
		}

		/** Takes a pause back. */
		record Resume() implements Event {
		}

		/** Enough is known. */
		record Stop() implements Event {
		}

	}

	/** What a lookup does. */
	interface Sink {

		/**
		 * Ask a peer; the answer or the failure comes back as an event, not from within
		 * this call.
		 */
		void ask(KadPeer peer);

		/**
		 * Ask a peer that has answered for those near another key. The answer comes back
		 * as an event, a failure does not matter.
		 * @param peer whom to ask
		 * @param near the other key
		 * @param bits how many of its leading bits the key has to share that is asked for
		 */
		void askBeyond(KadPeer peer, KadKey near, int bits);

		/** The lookup has ended, once. What is still on its way is not waited for. */
		void ended(LookupResult result);

	}

	private enum State {

		/** Not begun; to {@link #WALKING}. */
		NEW,

		/** Going nearer; to {@link #FOLLOWING_UP} or {@link #ENDED}. */
		WALKING,

		/** Asking the rest of the nearest k; to {@link #ENDED}. */
		FOLLOWING_UP,

		/** Final. */
		ENDED

	}

	private final KadKey self;

	private final KadKey target;

	private final LookupConfig config;

	private final AsnLookup asn;

	private final List<LookupPath> paths = new ArrayList<>();

	private final Set<KadKey> asked = new HashSet<>();

	private final Map<KadKey, LookupPath> owners = new HashMap<>();

	private State state = State.NEW;

	private boolean paused;

	private long pausedNanos;

	private long endNanos;

	private long smoothedNanos;

	private int followUps;

	private int beyond;

	private int failures;

	/**
	 * Creates a lookup.
	 * @param self this node, which is never asked
	 * @param target the key
	 * @param config how it goes
	 * @param asn tells the groups of addresses
	 */
	Lookup(KadKey self, KadKey target, LookupConfig config, AsnLookup asn) {
		this.self = self;
		this.target = target;
		this.config = config;
		this.asn = asn;
		for (int index = 0; index < config.paths(); index++) {
			this.paths.add(new LookupPath(target));
		}
	}

	/**
	 * Takes an event.
	 * @param event the event; one that comes too late changes nothing
	 * @param nowNanos the time
	 * @param sink hears what to do
	 */
	void on(Event event, long nowNanos, Sink sink) {
		if (this.state == State.ENDED) {
			return;
		}
		if (event instanceof Event.Begin begin) {
			begin(begin.seeds(), nowNanos);
		}
		else if (event instanceof Event.Answered answered) {
			answered(answered, nowNanos);
		}
		else if (event instanceof Event.AnsweredBeyond answered) {
			answeredBeyond(answered);
		}
		else if (event instanceof Event.Failed failed) {
			failed(failed.peer());
		}
		else if (event instanceof Event.Pause) {
			pause(nowNanos);
		}
		else if (event instanceof Event.Resume) {
			resume(nowNanos);
		}
		else if (event instanceof Event.Stop) {
			end(LookupResult.Outcome.STOPPED, sink);
			return;
		}
		goOn(nowNanos, sink);
	}

	private void begin(List<KadPeer> seeds, long nowNanos) {
		if (this.state != State.NEW) {
			throw new IllegalStateException("A lookup begins once");
		}
		this.state = State.WALKING;
		this.endNanos = nowNanos + this.config.timeout().toNanos();
		int next = 0;
		for (KadPeer seed : seeds) {
			if (!seed.key().equals(this.self)) {
				this.paths.get(next++ % this.paths.size()).hear(seed, 0);
			}
		}
	}

	private void answered(Event.Answered answer, long nowNanos) {
		LookupPath path = this.owners.get(answer.peer());
		Candidate candidate = (path != null) ? path.get(answer.peer()) : null;
		if (path == null || candidate == null || !isOpen(candidate)) {
			return;
		}
		path.move(candidate, LookupPath.State.QUERIED);
		smooth(nowNanos - candidate.askedNanos());
		useful(answer.closer()).forEach((peer) -> path.hear(peer, candidate.hops() + 1));
	}

	private void answeredBeyond(Event.AnsweredBeyond answer) {
		LookupPath path = this.owners.get(answer.peer());
		Candidate candidate = (path != null) ? path.get(answer.peer()) : null;
		if (path != null && candidate != null) {
			useful(answer.closer()).forEach((peer) -> path.hear(peer, candidate.hops() + 1));
		}
	}

	private static boolean isOpen(Candidate candidate) {
		return candidate.state() == LookupPath.State.WAITING || candidate.state() == LookupPath.State.SLOW;
	}

	private void smooth(long roundTripNanos) {
		this.smoothedNanos = (this.smoothedNanos == 0) ? roundTripNanos
				: this.smoothedNanos + (roundTripNanos - this.smoothedNanos) / 8;
	}

	/**
	 * The first peers of an answer, each once, without this node and without those of an
	 * address group that is there too often.
	 */
	private List<KadPeer> useful(List<KadPeer> closer) {
		Map<KadKey, KadPeer> first = new LinkedHashMap<>();
		for (KadPeer peer : closer) {
			if (first.size() == 2 * this.config.k()) {
				break;
			}
			if (!peer.key().equals(this.self)) {
				first.putIfAbsent(peer.key(), peer);
			}
		}
		Map<IpGroup, Integer> counts = new HashMap<>();
		Map<KadKey, Set<IpGroup>> groups = new HashMap<>();
		first.values().forEach((peer) -> {
			Set<IpGroup> own = IpGroup.of(peer.addresses(), this.asn);
			groups.put(peer.key(), own);
			own.forEach((group) -> counts.merge(group, 1, Integer::sum));
		});
		return first.values()
			.stream()
			.filter((peer) -> peer.key().equals(this.target) || groups.getOrDefault(peer.key(), Set.of())
				.stream()
				.allMatch((group) -> counts.getOrDefault(group, 0) <= KadLimits.MAX_GROUP_PER_ANSWER))
			.toList();
	}

	private void failed(KadKey peer) {
		LookupPath path = this.owners.get(peer);
		Candidate candidate = (path != null) ? path.get(peer) : null;
		if (path != null && candidate != null && isOpen(candidate)) {
			path.move(candidate, LookupPath.State.UNREACHABLE);
			this.failures++;
		}
	}

	private void pause(long nowNanos) {
		if (!this.paused) {
			this.paused = true;
			this.pausedNanos = nowNanos;
		}
	}

	/** The time of a pause does not count. */
	private void resume(long nowNanos) {
		if (this.paused) {
			this.paused = false;
			this.endNanos += nowNanos - this.pausedNanos;
		}
	}

	private void goOn(long nowNanos, Sink sink) {
		if (!this.paused && nowNanos - this.endNanos >= 0) {
			end(LookupResult.Outcome.TIMED_OUT, sink);
			return;
		}
		passOver(nowNanos);
		List<Candidate> next = new ArrayList<>();
		boolean over = false;
		if (this.state == State.WALKING) {
			over = walk(nowNanos, next);
			if (over && this.config.followUp()) {
				this.state = State.FOLLOWING_UP;
			}
		}
		if (this.state == State.FOLLOWING_UP) {
			over = followUp(nowNanos, next);
		}
		if (over && !this.paused) {
			boolean anybody = this.paths.stream()
				.flatMap(LookupPath::stream)
				.anyMatch((candidate) -> candidate.state() == LookupPath.State.QUERIED);
			end(anybody ? LookupResult.Outcome.CONVERGED : LookupResult.Outcome.NO_PEERS, sink);
			return;
		}
		next.forEach((candidate) -> sink.ask(candidate.peer()));
		lookBeyond(sink);
	}

	/**
	 * All who are near name the same k peers, dead ones among them, and nobody the peers
	 * right behind those. So a few are asked for these as well, by keys that differ from
	 * the target in the bit where the nearest k end.
	 */
	private void lookBeyond(Sink sink) {
		int silent = this.failures + this.paths.stream().mapToInt(LookupPath::slow).sum();
		if (silent < MISSED_BEYOND || this.beyond > 0 || this.paused || !this.config.followUp()) {
			return;
		}
		List<Candidate> around = nearest((candidate) -> true, this.config.k());
		List<KadPeer> answered = around.stream()
			.filter((candidate) -> candidate.state() == LookupPath.State.QUERIED)
			.map(Candidate::peer)
			.toList();
		long missed = around.stream().filter((candidate) -> !mayAnswer(candidate.state())).count();
		if (around.size() < this.config.k() || answered.size() < this.config.beta() || missed < MISSED_BEYOND) {
			return;
		}
		int end = this.target.commonPrefix(around.get(around.size() - 1).peer().key());
		for (int bit = Math.max(0, end - 1); bit <= Math.min(end, RefreshSchedule.MAX_PREFIX - BEYOND_BITS); bit++) {
			KadKey other = this.target.flip(bit);
			int bits = bit + 1 + BEYOND_BITS;
			for (KadPeer peer : nearestTo(other, answered)) {
				this.beyond++;
				sink.askBeyond(peer, other, bits);
			}
		}
	}

	private static List<KadPeer> nearestTo(KadKey key, List<KadPeer> peers) {
		return peers.stream()
			.sorted((one, other) -> key.compareDistance(one.key(), other.key()))
			.limit(BEYOND_REQUESTS)
			.toList();
	}

	/** Those that are silent for long give up their places. */
	private void passOver(long nowNanos) {
		for (LookupPath path : this.paths) {
			path.stream()
				.filter((candidate) -> candidate.state() == LookupPath.State.WAITING
						&& nowNanos - candidate.askedNanos() >= softTimeoutNanos())
				.forEach((candidate) -> path.move(candidate, LookupPath.State.SLOW));
		}
	}

	private long softTimeoutNanos() {
		if (this.state == State.FOLLOWING_UP) {
			return Math.max(MIN_FOLLOW_UP_TIMEOUT_NANOS, FOLLOW_UP_TIMEOUT_ROUND_TRIPS * this.smoothedNanos);
		}
		return Math.max(MIN_SOFT_TIMEOUT_NANOS, SOFT_TIMEOUT_ROUND_TRIPS * this.smoothedNanos);
	}

	/** Asks the nearest of each path; returns whether all paths have arrived. */
	private boolean walk(long nowNanos, List<Candidate> next) {
		int each = Math.max(1, this.config.alpha() / this.paths.size());
		boolean arrived = true;
		for (LookupPath path : this.paths) {
			if (path.isConverged(this.config.beta())) {
				continue;
			}
			while (!this.paused && path.waiting() < each && mayAsk()) {
				Candidate candidate = path.ask(this.asked, nowNanos);
				if (candidate == null) {
					break;
				}
				this.owners.put(candidate.peer().key(), path);
				next.add(candidate);
			}
			// Having passed over what other paths have asked, it may have arrived.
			boolean cannotGoOn = path.waiting() == 0 && !mayAsk();
			arrived &= path.isConverged(this.config.beta()) || cannotGoOn;
		}
		return arrived;
	}

	private boolean mayAsk() {
		return this.asked.size() < KadLimits.MAX_LOOKUP_REQUESTS;
	}

	/**
	 * Asks the rest of the nearest k; returns whether all of those have answered. Where
	 * many are dead, as many more are asked at once as will probably be needed.
	 */
	private boolean followUp(long nowNanos, List<Candidate> next) {
		boolean over = true;
		int index = 0;
		for (Candidate candidate : nearest((any) -> mayAnswer(any.state()), this.config.k() + spare())) {
			boolean counts = index++ < this.config.k();
			if (candidate.state() == LookupPath.State.WAITING) {
				over &= !counts;
			}
			else if (candidate.state() == LookupPath.State.HEARD && mayAsk()) {
				over &= !counts;
				if (!this.paused && this.asked.add(candidate.peer().key())) {
					LookupPath path = pathOf(candidate);
					path.ask(candidate, nowNanos);
					this.owners.put(candidate.peer().key(), path);
					this.followUps++;
					next.add(candidate);
				}
			}
		}
		return over;
	}

	/** How many of k will probably not answer, by those that were asked so far. */
	private int spare() {
		long answered = this.paths.stream().mapToInt(LookupPath::queried).sum();
		long silent = this.failures + this.paths.stream().mapToInt(LookupPath::slow).sum();
		return (int) Math.min(this.config.k(), this.config.k() * silent / Math.max(1, answered));
	}

	private LookupPath pathOf(Candidate candidate) {
		return this.paths.stream()
			.filter((path) -> path.get(candidate.peer().key()) == candidate)
			.findFirst()
			.orElseThrow();
	}

	/** The nearest over all paths, each on the path that asks it. */
	private List<Candidate> nearest(Predicate<Candidate> wanted, int count) {
		Comparator<Candidate> byDistance = (one, other) -> this.target.compareDistance(one.peer().key(),
				other.peer().key());
		return this.paths.stream()
			.flatMap((path) -> path.stream().filter((candidate) -> isOwn(path, candidate) && wanted.test(candidate)))
			.sorted(byDistance)
			.limit(count)
			.toList();
	}

	private boolean isOwn(LookupPath path, Candidate candidate) {
		return this.owners.getOrDefault(candidate.peer().key(), path) == path;
	}

	/** Whether a peer has answered or may still be of use. */
	private static boolean mayAnswer(LookupPath.State state) {
		return switch (state) {
			case QUERIED, HEARD, WAITING -> true;
			case SLOW, UNREACHABLE -> false;
		};
	}

	/** Those that were asked and are silent for long. */
	List<KadPeer> silent() {
		return this.paths.stream()
			.flatMap(LookupPath::stream)
			.filter((candidate) -> candidate.state() == LookupPath.State.SLOW)
			.map(Candidate::peer)
			.toList();
	}

	/**
	 * The nearest that were heard of and may be of use, answered or not, nearest first.
	 */
	List<KadPeer> known(int count) {
		return nearest((candidate) -> mayAnswer(candidate.state()), count).stream().map(Candidate::peer).toList();
	}

	private void end(LookupResult.Outcome outcome, Sink sink) {
		this.state = State.ENDED;
		List<Candidate> closest = nearest((candidate) -> candidate.state() == LookupPath.State.QUERIED,
				this.config.k());
		int hops = closest.isEmpty() ? 0 : closest.get(0).hops();
		sink.ended(new LookupResult(outcome, closest.stream().map(Candidate::peer).toList(),
				this.asked.size() + this.beyond, this.followUps, this.failures, hops));
	}

	boolean isEnded() {
		return this.state == State.ENDED;
	}

	/** When the next {@link Event.Tick} is due; null if none is. */
	@Nullable Long deadlineNanos() {
		if (this.state != State.WALKING && this.state != State.FOLLOWING_UP || this.paused) {
			return null;
		}
		long soft = softTimeoutNanos();
		return this.paths.stream()
			.flatMap(LookupPath::stream)
			.filter((candidate) -> candidate.state() == LookupPath.State.WAITING)
			.map((candidate) -> candidate.askedNanos() + soft)
			.reduce(this.endNanos, (one, other) -> (one - other <= 0) ? one : other);
	}

}
