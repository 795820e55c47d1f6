package io.p2pboot.libp2p.autoconfigure.actuate;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.spring.handler.MountedHandler;
import io.p2pboot.libp2p.spring.payload.ErrorBodies;
import io.p2pboot.libp2p.spring.payload.TraceContexts;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Shows the node, its peers and its protocols, and disconnects a peer where it may. No
 * operation blocks.
 */
@Endpoint(id = "libp2p", defaultAccess = Access.READ_ONLY)
public final class Libp2pEndpoint {

	private static final String PEERS = "peers";

	private static final String PROTOCOLS = "protocols";

	private final Node node;

	private final Supplier<List<MountedHandler>> handlers;

	private final List<EndpointSection> sections;

	/**
	 * Creates an endpoint.
	 * @param node the node
	 * @param handlers the handlers that beans bring
	 * @param sections what is shown beside the node, its peers and its protocols
	 */
	public Libp2pEndpoint(Node node, Supplier<List<MountedHandler>> handlers, List<EndpointSection> sections) {
		this.node = node;
		this.handlers = handlers;
		this.sections = List.copyOf(sections);
	}

	/**
	 * Shows the node.
	 * @return the node
	 */
	@ReadOperation
	public NodeDescriptor node() {
		List<Connection> connections = this.node.connections();
		long inbound = connections.stream().filter((connection) -> connection.direction() == Direction.INBOUND).count();
		return new NodeDescriptor(this.node.peerId().toString(),
				(this.node instanceof NettyNode netty) ? netty.agentVersion() : null, state(),
				texts(this.node.listenAddresses()), texts(this.node.observedAddresses()), protocols(),
				new ConnectionCounts(connections.size(), inbound, connections.size() - inbound));
	}

	/**
	 * Shows the peers, the protocols, or what an {@link EndpointSection} describes.
	 * @param section {@code peers}, {@code protocols} or the name of a section
	 * @return the section; null for any other name
	 */
	@ReadOperation
	public @Nullable Object section(@Selector String section) {
		return switch (section) {
			case PEERS -> new PeersDescriptor(peers());
			case PROTOCOLS -> new ProtocolsDescriptor(protocols());
			default -> this.sections.stream()
				.filter((each) -> each.name().equals(section))
				.findFirst()
				.<@Nullable Object>map(EndpointSection::describe)
				.orElse(null);
		};
	}

	/**
	 * Shows a connected peer.
	 * @param section {@code peers}
	 * @param id the peer's id
	 * @return the peer; null if it is not connected
	 */
	@ReadOperation
	public @Nullable PeerDescriptor peer(@Selector String section, @Selector String id) {
		if (!section.equals(PEERS)) {
			return null;
		}
		return peers().stream().filter((peer) -> peer.peerId().equals(id)).findFirst().orElse(null);
	}

	/**
	 * Disconnects a peer.
	 * @param section {@code peers}
	 * @param id the peer's id
	 */
	@DeleteOperation
	public void disconnect(@Selector String section, @Selector String id) {
		if (section.equals(PEERS)) {
			peerId(id).ifPresent(this.node::disconnect);
		}
	}

	private static Optional<PeerId> peerId(String text) {
		try {
			return Optional.of(PeerId.parse(text));
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	private String state() {
		if (!this.node.isRunning()) {
			return "STOPPED";
		}
		return this.node.isDraining() ? "DRAINING" : "RUNNING";
	}

	private List<PeerDescriptor> peers() {
		Map<PeerId, List<Connection>> byPeer = this.node.connections()
			.stream()
			.collect(Collectors.groupingBy(Connection::remotePeer));
		return byPeer.entrySet()
			.stream()
			.sorted(Map.Entry.comparingByKey())
			.map((entry) -> new PeerDescriptor(entry.getKey().toString(),
					this.node.peerStore().metadata(entry.getKey(), "agentVersion").orElse(null),
					entry.getValue().stream().map(Libp2pEndpoint::describe).toList(),
					this.node.peerStore()
						.protocols(entry.getKey())
						.stream()
						.map(ProtocolPath::value)
						.sorted()
						.toList()))
			.toList();
	}

	private static ConnectionDescriptor describe(Connection connection) {
		return new ConnectionDescriptor(connection.direction().label(), connection.remoteAddress().toString(),
				connection.transport(), connection.security().orElse(null), connection.muxer().orElse(null),
				connection.streams(),
				connection.roundTripTime().map((time) -> time.toNanos() / 1_000_000.0).orElse(null));
	}

	private List<ProtocolDescriptor> protocols() {
		Map<ProtocolPath, MountedHandler> byPath = this.handlers.get()
			.stream()
			.collect(Collectors.toMap(MountedHandler::path, Function.identity()));
		return this.node.protocols().stream().sorted().map((path) -> describe(path, byPath)).toList();
	}

	/** What is around messages has a path of its own, and the bean of the plain one. */
	private static ProtocolDescriptor describe(ProtocolPath path, Map<ProtocolPath, MountedHandler> byPath) {
		MountedHandler handler = byPath.get(path);
		MountedHandler behind = byPath.get(TraceContexts.without(ErrorBodies.without(path)));
		return (handler == null && behind != null)
				? new ProtocolDescriptor(path.value(), behind.beanName(), behind.kind().name(), null)
				: describe(path, handler);
	}

	private static ProtocolDescriptor describe(ProtocolPath path, @Nullable MountedHandler handler) {
		return (handler == null) ? new ProtocolDescriptor(path.value(), null, null, null)
				: new ProtocolDescriptor(path.value(), handler.beanName(), handler.kind().name(), handler.active());
	}

	private static List<String> texts(List<Multiaddr> addresses) {
		return addresses.stream().map(Multiaddr::toString).toList();
	}

	/**
	 * The node.
	 *
	 * @param peerId its id
	 * @param agentVersion the name and version that it tells
	 * @param state STOPPED, RUNNING or DRAINING
	 * @param listenAddresses what is bound
	 * @param observedAddresses where peers see it
	 * @param protocols what it serves
	 * @param connections how many connections there are
	 */
	public record NodeDescriptor(String peerId, @Nullable String agentVersion, String state,
			List<String> listenAddresses, List<String> observedAddresses, List<ProtocolDescriptor> protocols,
			ConnectionCounts connections) {
	}

	/**
	 * How many connections there are.
	 *
	 * @param total all
	 * @param inbound those that peers opened
	 * @param outbound those that this node opened
	 */
	public record ConnectionCounts(long total, long inbound, long outbound) {
	}

	/**
	 * What is served.
	 *
	 * @param protocols the protocols
	 */
	public record ProtocolsDescriptor(List<ProtocolDescriptor> protocols) {
	}

	/**
	 * A protocol that is served.
	 *
	 * @param path its path
	 * @param bean the bean that serves it; null if no bean does
	 * @param kind STREAM or DATAGRAM; null if no bean serves it
	 * @param active how many streams or datagrams are being handled; null if no bean
	 * serves it, or if they count for the path without a suffix
	 */
	public record ProtocolDescriptor(String path, @Nullable String bean, @Nullable String kind,
			@Nullable Integer active) {
	}

	/**
	 * The connected peers.
	 *
	 * @param peers the peers
	 */
	public record PeersDescriptor(List<PeerDescriptor> peers) {
	}

	/**
	 * A connected peer.
	 *
	 * @param peerId its id
	 * @param agentVersion what it says it runs; null if it has not said
	 * @param connections its connections
	 * @param protocols what it says it serves
	 */
	public record PeerDescriptor(String peerId, @Nullable String agentVersion, List<ConnectionDescriptor> connections,
			List<String> protocols) {
	}

	/**
	 * A connection.
	 *
	 * @param direction inbound or outbound
	 * @param remoteAddress the address of the other end
	 * @param transport the transport
	 * @param security the security protocol; null if the transport brings its own
	 * @param muxer the multiplexer; null if the transport brings its own
	 * @param streams how many streams are open
	 * @param roundTripMillis the last round trip in milliseconds; null if none was
	 * measured
	 */
	public record ConnectionDescriptor(String direction, String remoteAddress, String transport,
			@Nullable String security, @Nullable String muxer, int streams, @Nullable Double roundTripMillis) {
	}

}
