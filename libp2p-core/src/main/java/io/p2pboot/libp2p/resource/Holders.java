package io.p2pboot.libp2p.resource;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import io.p2pboot.libp2p.IpNetwork;
import org.jspecify.annotations.Nullable;

/**
 * Who holds how many of the slots that all share, so that whoever holds most gives one up
 * first. Guarded by the manager's lock.
 */
final class Holders {

	/** Steps beyond this count as one stage; no transport has more. */
	private static final int MAX_STEPS = 4;

	private final Map<IpNetwork, Set<OpenScope>> scopes = new HashMap<>();

	/** By how many they hold. */
	private final NavigableMap<Integer, Set<IpNetwork>> ranking = new TreeMap<>();

	void add(OpenScope scope) {
		IpNetwork holder = scope.source().holder();
		Set<OpenScope> held = this.scopes.computeIfAbsent(holder, (same) -> new LinkedHashSet<>());
		held.add(scope);
		move(holder, held.size() - 1, held.size());
	}

	void remove(OpenScope scope) {
		IpNetwork holder = scope.source().holder();
		Set<OpenScope> held = this.scopes.get(holder);
		if (held == null || !held.remove(scope)) {
			return;
		}
		move(holder, held.size() + 1, held.size());
		if (held.isEmpty()) {
			this.scopes.remove(holder);
		}
	}

	private void move(IpNetwork holder, int from, int to) {
		this.ranking.computeIfPresent(from, (count, holders) -> {
			holders.remove(holder);
			return holders.isEmpty() ? null : holders;
		});
		if (to > 0) {
			this.ranking.computeIfAbsent(to, (count) -> new LinkedHashSet<>()).add(holder);
		}
	}

	int of(Source source) {
		Set<OpenScope> held = this.scopes.get(source.holder());
		return (held != null) ? held.size() : 0;
	}

	/**
	 * Finds whose slot somebody gets: the oldest of whoever holds most that is idle, else
	 * the oldest; the only one of a holder has to be idle.
	 * @param more how many at least the holder has to have
	 */
	Optional<OpenScope> victim(int more) {
		for (Map.Entry<Integer, Set<IpNetwork>> rank : this.ranking.tailMap(more, true).descendingMap().entrySet()) {
			for (IpNetwork holder : rank.getValue()) {
				Optional<OpenScope> found = victim(this.scopes.getOrDefault(holder, Set.of()));
				if (found.isPresent()) {
					return found;
				}
			}
		}
		return Optional.empty();
	}

	/**
	 * Finds whose slot of the handshakes somebody gets: of whoever holds most, one of the
	 * stage that most of them are at, or of the earlier one of two, and there who has
	 * been at it longest. A crowd that waits at one stage pushes out itself, and neither
	 * who has only come nor who is ahead of it.
	 * @param more how many at least the holder has to have
	 */
	Optional<OpenScope> slowest(int more) {
		for (Set<IpNetwork> rank : this.ranking.tailMap(more, true).descendingMap().values()) {
			int[] crowds = new int[MAX_STEPS + 1];
			OpenScope[] longest = new OpenScope[MAX_STEPS + 1];
			for (IpNetwork holder : rank) {
				for (OpenScope scope : this.scopes.getOrDefault(holder, Set.of())) {
					count(scope, crowds, longest);
				}
			}
			int crowd = 0;
			for (int steps = 1; steps <= MAX_STEPS; steps++) {
				crowd = (crowds[steps] > crowds[crowd]) ? steps : crowd;
			}
			if (crowds[crowd] > 0) {
				return Optional.of(longest[crowd]);
			}
		}
		return Optional.empty();
	}

	private static void count(OpenScope scope, int[] crowds, @Nullable OpenScope[] longest) {
		if (scope.isPrivileged()) {
			return;
		}
		OpenScope.Stage stage = scope.stage();
		int steps = Math.min(stage.steps(), MAX_STEPS);
		crowds[steps]++;
		OpenScope known = longest[steps];
		if (known == null || known.stage().since() > stage.since()) {
			longest[steps] = scope;
		}
	}

	private static Optional<OpenScope> victim(Collection<OpenScope> held) {
		List<OpenScope> possible = held.stream().filter((scope) -> !scope.isPrivileged()).toList();
		Optional<OpenScope> idle = possible.stream().filter(OpenScope::isIdle).findFirst();
		return (idle.isPresent() || held.size() == 1) ? idle : possible.stream().findFirst();
	}

}
