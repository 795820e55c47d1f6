package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Follows one {@code /dnsaddr} address. Whoever owns a name can point it anywhere, so the
 * depth, the results and the queries are bounded, and no address is followed twice. Runs
 * on one executor. Specification: libp2p/specs addressing/README.md, "dnsaddr".
 */
final class DnsaddrLookup {

	/** How many records are looked at; a name may have thousands. */
	static final int MAX_RECORDS = 1000;

	/** How many queries one address may cost. */
	static final int MAX_QUERIES = 64;

	private static final String RECORD_PREFIX = "dnsaddr=";

	private static final String NAME_PREFIX = "_dnsaddr.";

	private final Multiaddr address;

	private final EventExecutor executor;

	private final Function<String, Future<List<String>>> texts;

	private final Function<Multiaddr, Future<List<Multiaddr>>> hosts;

	private final Promise<List<Multiaddr>> result;

	private final Set<Multiaddr> followed = new HashSet<>();

	private final Set<Multiaddr> found = new LinkedHashSet<>();

	private int queries;

	private int pending;

	private @Nullable Throwable failure;

	/**
	 * Creates a lookup.
	 * @param address the address
	 * @param executor where everything runs
	 * @param texts asks for the TXT records of a name
	 * @param hosts resolves the name of a host
	 */
	DnsaddrLookup(Multiaddr address, EventExecutor executor, Function<String, Future<List<String>>> texts,
			Function<Multiaddr, Future<List<Multiaddr>>> hosts) {
		this.address = address;
		this.executor = executor;
		this.texts = texts;
		this.hosts = hosts;
		this.result = executor.newPromise();
	}

	Future<List<Multiaddr>> start() {
		this.executor.execute(() -> {
			follow(this.address, 0);
			finish();
		});
		return this.result;
	}

	private void follow(Multiaddr next, int depth) {
		if (this.found.size() >= AddressResolver.MAX_RESULTS || this.followed.size() > MAX_RECORDS
				|| !this.followed.add(next)) {
			return;
		}
		switch (next.components().get(0).protocol()) {
			case DNSADDR -> {
				if (depth == AddressResolver.MAX_DEPTH) {
					fail(new IOException("more than " + AddressResolver.MAX_DEPTH + " records lead to " + next));
				}
				else {
					ask(() -> this.texts.apply(NAME_PREFIX + next.components().get(0).value()),
							(records) -> records.forEach((text) -> parse(text).filter((target) -> endsAs(next, target))
								.ifPresent((target) -> follow(target, depth + 1))));
				}
			}
			case DNS, DNS4, DNS6 -> ask(() -> this.hosts.apply(next), (addresses) -> addresses.forEach(this::add));
			default -> add(next);
		}
	}

	private <T> void ask(Supplier<Future<T>> query, Consumer<T> answer) {
		if (this.queries == MAX_QUERIES) {
			fail(new IOException("more than " + MAX_QUERIES + " queries"));
			return;
		}
		this.queries++;
		this.pending++;
		Future<T> asked = query.get();
		asked.addListener((done) -> this.executor.execute(() -> {
			this.pending--;
			if (asked.isSuccess()) {
				answer.accept(asked.getNow());
			}
			else {
				fail(asked.cause());
			}
			finish();
		}));
	}

	private static Optional<Multiaddr> parse(String text) {
		if (!text.startsWith(RECORD_PREFIX)) {
			return Optional.empty();
		}
		try {
			return Optional.of(Multiaddr.parse(text.substring(RECORD_PREFIX.length())));
		}
		catch (IllegalArgumentException ex) {
			// Of a protocol that we do not know, perhaps: the other records are of use.
			return Optional.empty();
		}
	}

	/**
	 * Whether an address has behind its end what the one asked for has behind its name.
	 */
	private static boolean endsAs(Multiaddr asked, Multiaddr target) {
		List<Multiaddr.Component> end = asked.components().subList(1, asked.components().size());
		List<Multiaddr.Component> all = target.components();
		return all.size() > end.size() && all.subList(all.size() - end.size(), all.size()).equals(end);
	}

	private void add(Multiaddr address) {
		if (this.found.size() < AddressResolver.MAX_RESULTS) {
			this.found.add(address);
		}
	}

	private void fail(Throwable cause) {
		if (this.failure == null) {
			this.failure = cause;
		}
	}

	private void finish() {
		if (this.pending > 0) {
			return;
		}
		Throwable cause = this.failure;
		if (this.found.isEmpty()) {
			String reason = (cause != null) ? cause.getMessage() : "no record names such an address";
			this.result.tryFailure(new IOException("Could not resolve " + this.address + ": " + reason, cause));
		}
		else {
			this.result.trySuccess(List.copyOf(this.found));
		}
	}

}
