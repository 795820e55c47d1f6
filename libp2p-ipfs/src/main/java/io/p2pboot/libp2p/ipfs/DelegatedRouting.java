package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.RoutingTimeout;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Asks servers that look for peers, providers and records of IPNS on behalf of others,
 * over HTTP. All servers are asked at once and what they say is put together; it fails
 * only where all of them fail; what a server has told line by line counts, though it goes
 * on or breaks off. Mounted on a node by {@link io.p2pboot.libp2p.Node#mountRouting} it
 * is asked for the addresses of peers. What servers say of peers and providers are hints;
 * records of IPNS are verified here. Thread-safe. Specification:
 * specs.ipfs.tech/routing/http-routing-v1.
 */
public final class DelegatedRouting implements PeerRouting {

	/** How many servers may be asked at once. */
	public static final int MAX_SERVERS = 16;

	/** The longest response, in bytes. */
	static final int MAX_BODY_BYTES = 1024 * 1024;

	private static final String PEERS = "application/x-ndjson, application/json;q=0.9";

	private static final String RECORD = "application/vnd.ipfs.ipns-record";

	private final HttpClient client;

	private final List<URI> servers;

	private final Duration timeout;

	private final Clock clock;

	private DelegatedRouting(List<URI> servers, Duration timeout, Clock clock) {
		this.servers = List.copyOf(servers);
		this.timeout = timeout;
		this.clock = clock;
		this.client = HttpClient.newBuilder()
			.connectTimeout(timeout)
			.followRedirects(HttpClient.Redirect.NORMAL)
			.build();
	}

	/**
	 * Creates a client.
	 * @param servers where to ask, for example {@code https://delegated-ipfs.dev}: what
	 * comes before {@code /routing/v1}; 1 to {@link #MAX_SERVERS}
	 * @param timeout how long one question may take, all servers together; positive
	 * @return the client; nobody is asked yet
	 * @throws IllegalArgumentException if there are no servers or too many, one is not
	 * reached by http or https, or the time is not positive
	 */
	public static DelegatedRouting create(List<URI> servers, Duration timeout) {
		return create(servers, timeout, Clock.systemUTC());
	}

	static DelegatedRouting create(List<URI> servers, Duration timeout, Clock clock) {
		if (servers.isEmpty() || servers.size() > MAX_SERVERS) {
			throw new IllegalArgumentException(
					"There must be 1 to " + MAX_SERVERS + " servers, were " + servers.size());
		}
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("The time-out must be positive, was " + timeout);
		}
		for (URI server : servers) {
			boolean http = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
			if (!http || server.getHost() == null || server.getQuery() != null || server.getFragment() != null) {
				throw new IllegalArgumentException("A server is reached by http or https, was " + server);
			}
		}
		return new DelegatedRouting(servers, timeout, clock);
	}

	@Override
	public String name() {
		return "delegated routing";
	}

	/**
	 * Finds providers of content. Blocks.
	 * @param content the content
	 * @return at most 100 of each server, each peer once with all addresses that were
	 * named; empty if nobody is known
	 * @throws IOException if all servers failed, or the thread was interrupted
	 */
	public List<AddrInfo> findProviders(Cid content) throws IOException {
		return merge(ask("providers/" + content, PEERS, PeerList::read));
	}

	/**
	 * {@inheritDoc}
	 */
	@Override
	public List<Multiaddr> findPeer(PeerId peer) throws IOException {
		return merge(ask("peers/" + peer.toCidString(), PEERS, PeerList::read)).stream()
			.filter((found) -> found.id().equals(peer))
			.flatMap((found) -> found.addresses().stream())
			.toList();
	}

	/**
	 * Finds the record of a name of IPNS. Blocks.
	 * @param name the name
	 * @return the best record that is signed by the name's key and has not ended; empty
	 * if no server has one
	 * @throws IOException if all servers failed, or the thread was interrupted; a record
	 * that is not valid is a failure of its server
	 */
	public Optional<IpnsRecord> resolve(IpnsName name) throws IOException {
		return ask("ipns/" + name, RECORD, (body) -> record(name, body)).stream().max(IpnsRecord::compareTo);
	}

	private IpnsRecord record(IpnsName name, ByteBuffer body) throws IOException {
		try {
			IpnsRecord record = IpnsRecord.decode(body);
			record.verify(name, this.clock.instant());
			return record;
		}
		catch (DecodeException ex) {
			throw new InvalidRecord(String.valueOf(ex.getMessage()), ex);
		}
	}

	private static List<AddrInfo> merge(List<List<AddrInfo>> answers) {
		Map<PeerId, List<Multiaddr>> merged = new LinkedHashMap<>();
		for (AddrInfo peer : answers.stream().flatMap(List::stream).toList()) {
			List<Multiaddr> addresses = merged.computeIfAbsent(peer.id(), (id) -> new ArrayList<>());
			peer.addresses().stream().filter((address) -> !addresses.contains(address)).forEach(addresses::add);
		}
		return merged.entrySet().stream().map((peer) -> new AddrInfo(peer.getKey(), peer.getValue())).toList();
	}

	/** Reads a body. */
	private interface Reader<T> {

		T read(ByteBuffer body) throws IOException;

	}

	/** The answers of those that know something. */
	private <T> List<T> ask(String path, String accept, Reader<T> reader) throws IOException {
		List<LimitedBody> bodies = new ArrayList<>();
		List<CompletableFuture<HttpResponse<ByteBuffer>>> asked = new ArrayList<>();
		for (URI server : this.servers) {
			LimitedBody body = new LimitedBody(MAX_BODY_BYTES);
			bodies.add(body);
			asked.add(this.client.sendAsync(request(server, path, accept), body::of));
		}
		List<T> answers = new ArrayList<>();
		IOException failure = null;
		int failures = 0;
		long endNanos = System.nanoTime() + this.timeout.toNanos();
		try {
			for (int index = 0; index < asked.size(); index++) {
				try {
					HttpResponse<ByteBuffer> response = await(asked.get(index), endNanos, this.servers.get(index));
					if (response.statusCode() == 200) {
						answers.add(reader.read(response.body()));
					}
					else if (response.statusCode() != 404) {
						throw new IOException(this.servers.get(index) + " answered " + response.statusCode());
					}
				}
				catch (InterruptedIOException ex) {
					throw ex;
				}
				catch (IOException ex) {
					Optional<T> part = part(bodies.get(index), reader);
					part.ifPresent(answers::add);
					failures += part.isPresent() ? 0 : 1;
					failure = first(failure, ex);
				}
			}
		}
		finally {
			asked.forEach((response) -> response.cancel(true));
		}
		if (failure != null && failures == asked.size()) {
			throw failure;
		}
		return answers;
	}

	/**
	 * What has come of an answer that is not whole: servers may look for others for long.
	 */
	private static <T> Optional<T> part(LimitedBody body, Reader<T> reader) {
		ByteBuffer lines = body.wholeLines();
		try {
			return lines.hasRemaining() ? Optional.of(reader.read(lines)) : Optional.empty();
		}
		catch (IOException ex) {
			// That the answer failed is known.
			return Optional.empty();
		}
	}

	private static IOException first(@Nullable IOException before, IOException later) {
		if (before == null) {
			return later;
		}
		before.addSuppressed(later);
		return before;
	}

	private HttpRequest request(URI server, String path, String accept) {
		String base = server.toString();
		String slash = base.endsWith("/") ? "" : "/";
		return HttpRequest.newBuilder(URI.create(base + slash + "routing/v1/" + path))
			.timeout(this.timeout)
			.header("Accept", accept)
			.build();
	}

	/**
	 * The client's own time-out ends with the headers; this one holds for the body too.
	 */
	private HttpResponse<ByteBuffer> await(CompletableFuture<HttpResponse<ByteBuffer>> response, long endNanos,
			URI server) throws IOException {
		try {
			return response.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while " + server + " was asked");
		}
		catch (TimeoutException ex) {
			throw new RoutingTimeout(server + " did not answer within " + this.timeout);
		}
		catch (ExecutionException ex) {
			throw new IOException(server + " could not be asked: " + ex.getCause(), ex.getCause());
		}
	}

}
