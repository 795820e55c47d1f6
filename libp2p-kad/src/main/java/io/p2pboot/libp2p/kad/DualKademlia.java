package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ContentRouting;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Provided;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.ValueStore;
import io.p2pboot.libp2p.multiformats.Multihash;
import org.jspecify.annotations.Nullable;

/**
 * Two instances side by side, as every IPFS node has them: one of the internet, one of
 * the local network. What is stored goes to the internet's if its table holds anybody,
 * else to the local one; what is looked for is looked for in both at once. Each is
 * mounted on the node by itself and keeps its own addresses: none of the local network
 * leaves through the other. Thread-safe.
 */
public final class DualKademlia implements ContentRouting, ValueStore {

	private final Kademlia wan;

	private final Kademlia lan;

	private DualKademlia(Kademlia wan, Kademlia lan) {
		this.wan = wan;
		this.lan = lan;
	}

	/**
	 * Puts two instances together. Closing them is left to the caller.
	 * @param wan the instance of the internet
	 * @param lan the instance of the local network, of another protocol
	 * @return both as one
	 * @throws IllegalArgumentException if both have the same protocol
	 */
	public static DualKademlia of(Kademlia wan, Kademlia lan) {
		if (wan.protocol().equals(lan.protocol())) {
			throw new IllegalArgumentException("Both instances have the protocol " + wan.protocol());
		}
		return new DualKademlia(wan, lan);
	}

	private Kademlia storing() throws IOException {
		return (this.wan.stats().tableSize() > 0) ? this.wan : this.lan;
	}

	@Override
	public Provided provide(Multihash key) throws IOException {
		return storing().provide(key);
	}

	/**
	 * {@inheritDoc} Fails only where both instances fail.
	 */
	@Override
	public Search<AddrInfo> findProviders(Multihash key, int limit) {
		if (limit < 0) {
			throw new IllegalArgumentException("The limit must not be negative, was " + limit);
		}
		Set<PeerId> seen = new HashSet<>();
		BlockingSearch<AddrInfo> out = this.wan.blockingSearch();
		DualSearch<AddrInfo> search = new DualSearch<>(out, (found) -> seen.add(found.id()),
				(limit == 0) ? KadLimits.MAX_SEARCH_RESULTS : limit);
		DualSearch<AddrInfo>.Side far = search.side(this.wan);
		DualSearch<AddrInfo>.Side near = search.side(this.lan);
		out.begin(search, () -> {
			this.wan.findProviders(key, limit, far, far::begin);
			this.lan.findProviders(key, limit, near, near::begin);
		});
		return out;
	}

	@Override
	public int putValue(ByteBuffer key, ByteBuffer value) throws IOException {
		return storing().putValue(key, value);
	}

	/**
	 * {@inheritDoc} The value of the internet's instance, if it has one. There was nobody
	 * to ask only where neither network has anybody.
	 */
	@Override
	public Optional<ByteBuffer> getValue(ByteBuffer key, int quorum) throws IOException {
		try (Search<ByteBuffer> near = this.lan.searchValue(key, quorum)) {
			Optional<ByteBuffer> far = Optional.empty();
			boolean answered = true;
			try {
				far = this.wan.getValue(key, quorum);
			}
			catch (NoPeers ex) {
				// The local network may have somebody; if not, that says so.
				answered = false;
			}
			return far.isPresent() ? far : best(near, answered);
		}
	}

	/** Where the other network has answered, that this one has nobody is no failure. */
	private static Optional<ByteBuffer> best(Search<ByteBuffer> values, boolean answered) throws IOException {
		Optional<ByteBuffer> best = Optional.empty();
		try {
			for (Optional<ByteBuffer> next = values.next(); next.isPresent(); next = values.next()) {
				best = next;
			}
		}
		catch (NoPeers ex) {
			if (!answered) {
				throw ex;
			}
		}
		return best;
	}

	/**
	 * {@inheritDoc} Fails only where both instances fail.
	 */
	@Override
	public Search<ByteBuffer> searchValue(ByteBuffer key, int quorum) throws InvalidRecord {
		BlockingSearch<ByteBuffer> out = this.wan.blockingSearch();
		DualSearch<ByteBuffer> search = new DualSearch<>(out, new Better(key), Integer.MAX_VALUE);
		DualSearch<ByteBuffer>.Side far = search.side(this.wan);
		DualSearch<ByteBuffer>.Side near = search.side(this.lan);
		this.wan.searchValue(key, quorum, far, far::begin);
		try {
			this.lan.searchValue(key, quorum, near, near::begin);
		}
		catch (InvalidRecord ex) {
			search.cancel();
			throw ex;
		}
		out.begin(search, () -> {
		});
		return out;
	}

	/** Lets a value pass that is better than those before. */
	private final class Better implements Predicate<ByteBuffer> {

		private final ByteBuffer key;

		private @Nullable ByteBuffer best;

		private Better(ByteBuffer key) {
			this.key = key.duplicate();
		}

		@Override
		public boolean test(ByteBuffer value) {
			ByteBuffer known = this.best;
			try {
				if (known != null && !DualKademlia.this.wan.isBetter(this.key, known, value)) {
					return false;
				}
			}
			catch (InvalidRecord ex) {
				return false;
			}
			this.best = value;
			return true;
		}

	}

}
