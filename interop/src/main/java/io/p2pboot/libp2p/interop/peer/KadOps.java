package io.p2pboot.libp2p.interop.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of Kademlia. They block the thread that runs them. Thread-safe.
 */
final class KadOps implements AutoCloseable {

	/**
	 * Values of this namespace begin with a number of 8 bytes: the highest is the best.
	 */
	private static final String NAMESPACE = "lip";

	private final @Nullable Kademlia kad;

	private KadOps(@Nullable Kademlia kad) {
		this.kad = kad;
	}

	static KadOps mount(NettyNode node, Arguments arguments) {
		JsonNode wish = arguments.json().path("kad");
		if (!wish.path("proto").isString()) {
			return new KadOps(null);
		}
		boolean client = wish.path("mode").asString("server").equals("client");
		return new KadOps(node.mountRouting(Kademlia.builder(wish.path("proto").stringValue())
			.mode(client ? Kademlia.Mode.CLIENT : Kademlia.Mode.SERVER)
			.validator(NAMESPACE, new Numbered())
			.build()));
	}

	ObjectNode run(String op, Arguments arguments) throws Exception {
		return switch (op) {
			case "kadFindPeer" -> addresses(object(), kad().findPeer(StreamOps.peer(arguments)));
			case "kadProvide" -> object().put("stored", kad().provide(hash(arguments)).peers());
			case "kadFindProviders" -> findProviders(arguments);
			case "kadPut" -> object().put("stored", kad().putValue(bytes(arguments, "key"), bytes(arguments, "value")));
			case "kadGet" -> get(arguments);
			case "kadTable" -> table();
			case "kadMode" -> mode(arguments);
			default -> throw new OpFailure("unsupported", "No op '" + op + "'");
		};
	}

	private Kademlia kad() throws OpFailure {
		if (this.kad == null) {
			throw new OpFailure("args", "Started without kad");
		}
		return this.kad;
	}

	private ObjectNode findProviders(Arguments arguments) throws Exception {
		ObjectNode result = object();
		ArrayNode providers = result.putArray("providers");
		try (Search<AddrInfo> search = kad().findProviders(hash(arguments), arguments.count("count", 20))) {
			for (Optional<AddrInfo> next = search.next(); next.isPresent(); next = search.next()) {
				AddrInfo provider = next.get();
				addresses(providers.addObject().put("peer", provider.id().toString()), provider.addresses());
			}
		}
		return result;
	}

	private ObjectNode get(Arguments arguments) throws Exception {
		ByteBuffer value = kad().getValue(bytes(arguments, "key"), 0)
			.orElseThrow(() -> new OpFailure("internal", "No value was found"));
		byte[] copy = new byte[value.remaining()];
		value.get(copy);
		return object().put("value", HexFormat.of().formatHex(copy));
	}

	private ObjectNode table() throws OpFailure, IOException {
		ObjectNode result = object();
		ArrayNode peers = result.putArray("peers");
		kad().routingTable().forEach((peer) -> peers.add(peer.toString()));
		return result;
	}

	private ObjectNode mode(Arguments arguments) throws OpFailure {
		String mode = arguments.text("mode");
		kad().mode(mode.equals("client") ? Kademlia.Mode.CLIENT : Kademlia.Mode.SERVER);
		return object().put("mode", mode);
	}

	private static ObjectNode addresses(ObjectNode target, List<Multiaddr> addresses) {
		ArrayNode array = target.putArray("addrs");
		addresses.forEach((address) -> array.add(address.toString()));
		return target;
	}

	private static Multihash hash(Arguments arguments) throws Exception {
		return Multihash.decode(bytes(arguments, "key"));
	}

	private static ByteBuffer bytes(Arguments arguments, String name) throws OpFailure {
		return ByteBuffer.wrap(HexFormat.of().parseHex(arguments.text(name)));
	}

	private static ObjectNode object() {
		return JsonNodeFactory.instance.objectNode();
	}

	@Override
	public void close() {
		if (this.kad != null) {
			this.kad.close();
		}
	}

	/** What the namespace holds. */
	private static final class Numbered implements RecordValidator {

		@Override
		public void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
			if (value.remaining() < Long.BYTES) {
				throw new InvalidRecord("The value has no number");
			}
		}

		@Override
		public int select(ByteBuffer key, List<ByteBuffer> values) {
			int best = 0;
			for (int index = 1; index < values.size(); index++) {
				if (Long.compareUnsigned(number(values.get(index)), number(values.get(best))) > 0) {
					best = index;
				}
			}
			return best;
		}

		private static long number(ByteBuffer value) {
			return value.getLong(value.position());
		}

	}

}
