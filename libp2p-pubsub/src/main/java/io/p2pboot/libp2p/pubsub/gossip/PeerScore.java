package io.p2pboot.libp2p.pubsub.gossip;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.ScoreLevel;
import io.p2pboot.libp2p.pubsub.ScoreParams;
import io.p2pboot.libp2p.pubsub.ScoreThresholds;
import io.p2pboot.libp2p.pubsub.TopicScoreParams;
import org.jspecify.annotations.Nullable;

/**
 * The scores of peers, P1 to P7, with the counters of go-libp2p-pubsub. Without
 * parameters every score is 0. Router's thread only.
 */
final class PeerScore {

	/** How many peers that have left are remembered. */
	static final int MAX_RETAINED = 10_000;

	private final @Nullable ScoreParams params;

	private final Map<PeerId, Entry> peers = new LinkedHashMap<>();

	private final Map<String, Set<PeerId>> addresses = new HashMap<>();

	private int retained;

	private long decayedAt;

	private boolean begun;

	PeerScore(Optional<ScoreParams> params) {
		this.params = params.orElse(null);
	}

	boolean isOn() {
		return this.params != null;
	}

	/** What follows from scores; in a dry run nothing does. */
	ScoreThresholds thresholds() {
		ScoreParams params = this.params;
		return (params == null || params.dryRun()) ? ScoreThresholds.NONE : params.thresholds();
	}

	/** The score that decisions are made by. */
	double effective(PeerId peer) {
		ScoreParams params = this.params;
		return (params == null || params.dryRun()) ? 0 : score(peer);
	}

	/** The score as it is reported. */
	double score(PeerId peer) {
		ScoreParams params = this.params;
		Entry entry = this.peers.get(peer);
		if (params == null || entry == null) {
			return 0;
		}
		double topics = entry.topicsValue();
		if (params.topicScoreCap() > 0) {
			topics = Math.min(topics, params.topicScoreCap());
		}
		double excess = Math.max(0, entry.behaviour - params.behaviourThreshold());
		return topics + params.applicationWeight() * judgement(peer, params)
				+ params.colocationWeight() * colocation(entry, params) + params.behaviourWeight() * excess * excess;
	}

	/** What the application thinks of a peer; nothing if it cannot say. */
	private double judgement(PeerId peer, ScoreParams params) {
		try {
			double judgement = params.application().applyAsDouble(peer);
			return Double.isFinite(judgement) ? judgement : 0;
		}
		catch (RuntimeException ex) {
			return 0;
		}
	}

	/** What follows from a score, or would in a dry run; empty without scores. */
	Optional<ScoreLevel> level(PeerId peer) {
		ScoreParams params = this.params;
		return (params != null) ? Optional.of(ScoreLevel.of(score(peer), params.thresholds())) : Optional.empty();
	}

	private double colocation(Entry entry, ScoreParams params) {
		double sum = 0;
		for (String address : entry.addresses) {
			double surplus = this.addresses.getOrDefault(address, Set.of()).size() - params.colocationThreshold();
			sum += (surplus > 0) ? surplus * surplus : 0;
		}
		return sum;
	}

	void connected(PeerId peer, Optional<InetAddress> address) {
		ScoreParams params = this.params;
		if (params == null) {
			return;
		}
		Entry entry = this.peers.get(peer);
		if (entry == null) {
			entry = new Entry();
			this.peers.put(peer, entry);
		}
		else if (!entry.connected) {
			this.retained--;
		}
		entry.connected = true;
		addresses(peer, address.map(Set::of).orElse(Set.of()));
	}

	/** From where a connected peer's connections come. */
	void addresses(PeerId peer, Set<InetAddress> addresses) {
		ScoreParams params = this.params;
		Entry entry = this.peers.get(peer);
		if (params == null || entry == null || !entry.connected) {
			return;
		}
		leaveAddresses(peer, entry);
		entry.addresses = addresses.stream()
			.flatMap((address) -> Colocation.keys(address, params.colocationExempt()).stream())
			.distinct()
			.toList();
		entry.addresses
			.forEach((key) -> this.addresses.computeIfAbsent(key, (unused) -> new LinkedHashSet<>()).add(peer));
	}

	void disconnected(PeerId peer, long now) {
		ScoreParams params = this.params;
		Entry entry = this.peers.get(peer);
		if (params == null || entry == null || !entry.connected) {
			return;
		}
		double score = score(peer);
		leaveAddresses(peer, entry);
		entry.topics.values().forEach(TopicScore::disconnected);
		entry.changed();
		// One that owes nothing is not worth a record.
		if (score > 0 || params.retain().isZero() || entry.isClean()) {
			this.peers.remove(peer);
			return;
		}
		retain(entry, params, now);
	}

	private void leaveAddresses(PeerId peer, Entry entry) {
		for (String address : entry.addresses) {
			Set<PeerId> there = this.addresses.get(address);
			if (there != null && there.remove(peer) && there.isEmpty()) {
				this.addresses.remove(address);
			}
		}
		entry.addresses = List.of();
	}

	/** Of those that have left, the one that is nearest to a clean record goes. */
	private void forgetBest() {
		PeerId best = null;
		double bestScore = 0;
		for (Map.Entry<PeerId, Entry> each : this.peers.entrySet()) {
			double score = each.getValue().connected ? 0 : score(each.getKey());
			if (!each.getValue().connected && (best == null || score > bestScore)) {
				best = each.getKey();
				bestScore = score;
			}
		}
		if (best != null) {
			this.peers.remove(best);
			this.retained--;
		}
	}

	int retained() {
		return this.retained;
	}

	void grafted(PeerId peer, String topic, long now) {
		TopicScore score = topic(peer, topic);
		if (score != null) {
			score.grafted(now);
		}
	}

	void pruned(PeerId peer, String topic) {
		TopicScore score = topic(peer, topic);
		if (score != null) {
			score.pruned();
		}
	}

	/** P7: so much misbehaviour more, also of a peer that has left. */
	void misbehaved(PeerId peer, int count, long now) {
		Entry entry = this.peers.get(peer);
		ScoreParams params = this.params;
		if (entry != null) {
			entry.behaviour += count;
		}
		else if (params != null && !params.retain().isZero()) {
			Entry fresh = new Entry();
			fresh.behaviour = count;
			this.peers.put(peer, fresh);
			retain(fresh, params, now);
		}
	}

	private void retain(Entry entry, ScoreParams params, long now) {
		entry.connected = false;
		entry.until = now + params.retain().toNanos();
		this.retained++;
		if (this.retained > MAX_RETAINED) {
			forgetBest();
		}
	}

	/** P4. */
	void invalid(PeerId peer, String topic) {
		TopicScore score = topic(peer, topic);
		if (score != null) {
			score.invalid();
		}
	}

	/** P2, and P3 in the mesh. */
	void first(PeerId peer, String topic) {
		TopicScore score = topic(peer, topic);
		if (score != null) {
			score.first();
		}
	}

	/** P3: a copy of a message that was accepted so long ago. */
	void duplicate(PeerId peer, String topic, long sinceAccepted) {
		TopicScore score = topic(peer, topic);
		if (score != null) {
			score.duplicate(sinceAccepted);
		}
	}

	private @Nullable TopicScore topic(PeerId peer, String topic) {
		ScoreParams params = this.params;
		Entry entry = this.peers.get(peer);
		TopicScoreParams topicParams = (params != null) ? params.topics().get(topic) : null;
		if (entry == null || topicParams == null) {
			return null;
		}
		entry.changed();
		return entry.topics.computeIfAbsent(topic, (key) -> new TopicScore(topicParams));
	}

	/**
	 * Decays every counter, once for each interval that has passed since the last time.
	 */
	void decay(long now) {
		ScoreParams params = this.params;
		if (params == null) {
			return;
		}
		long interval = params.decayInterval().toNanos();
		if (!this.begun) {
			this.begun = true;
			this.decayedAt = now;
		}
		// A clock that jumps must not keep the router busy.
		for (int times = 0; now - this.decayedAt >= interval && times < 60; times++) {
			this.decayedAt += interval;
			decayOnce(params, this.decayedAt);
		}
		if (now - this.decayedAt >= interval) {
			this.decayedAt = now;
		}
	}

	private void decayOnce(ScoreParams params, long now) {
		Iterator<Entry> entries = this.peers.values().iterator();
		while (entries.hasNext()) {
			Entry entry = entries.next();
			if (entry.connected) {
				entry.topics.values().forEach((topic) -> topic.decay(now, params.decayToZero()));
				entry.changed();
				entry.behaviour = decayed(entry.behaviour, params.behaviourDecay(), params.decayToZero());
			}
			else if (entry.until - now <= 0) {
				entries.remove();
				this.retained--;
			}
		}
	}

	static double decayed(double counter, double factor, double toZero) {
		double next = counter * factor;
		return (next < toZero) ? 0 : next;
	}

	/** One peer. */
	private static final class Entry {

		private final Map<String, TopicScore> topics = new HashMap<>();

		private List<String> addresses = List.of();

		private boolean connected;

		private long until;

		private double behaviour;

		/** The sum of its topics; NaN where it has to be worked out again. */
		private double topicsValue = Double.NaN;

		void changed() {
			this.topicsValue = Double.NaN;
		}

		double topicsValue() {
			if (Double.isNaN(this.topicsValue)) {
				double sum = 0;
				for (TopicScore topic : this.topics.values()) {
					sum += topic.value();
				}
				this.topicsValue = sum;
			}
			return this.topicsValue;
		}

		boolean isClean() {
			return this.behaviour == 0 && this.topics.values().stream().allMatch(TopicScore::isClean);
		}

	}

}
