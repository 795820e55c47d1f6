package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the peers of a response: one JSON object a line, or one object with a list. What
 * is not understood is left out: records of another schema, peers without a valid id, and
 * addresses that are none. Used once. Specification: http-routing-v1, "Known Schemas".
 */
final class PeerList {

	/** How many peers are taken. */
	static final int MAX_PEERS = 100;

	/** How many addresses of one peer are taken. */
	static final int MAX_ADDRESSES = 16;

	private static final JsonFactory JSON = JsonFactory.builder()
		.streamReadConstraints(StreamReadConstraints.builder()
			.maxNestingDepth(32)
			.maxStringLength(DelegatedRouting.MAX_BODY_BYTES)
			.maxNumberLength(64)
			.build())
		.build();

	private final List<AddrInfo> peers = new ArrayList<>();

	private final JsonParser parser;

	private PeerList(JsonParser parser) {
		this.parser = parser;
	}

	/**
	 * Reads peers.
	 * @param body the body of the response
	 * @return the first of them, each as often as it is there
	 * @throws IOException if it is not JSON
	 */
	static List<AddrInfo> read(ByteBuffer body) throws IOException {
		byte[] bytes = new byte[body.remaining()];
		body.duplicate().get(bytes);
		try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), bytes)) {
			PeerList list = new PeerList(parser);
			while (list.peers.size() < MAX_PEERS && parser.nextToken() != null) {
				list.value(parser.currentToken(), true);
			}
			return list.peers;
		}
		catch (JacksonException ex) {
			throw new IOException("The response is no JSON: " + ex.getOriginalMessage(), ex);
		}
	}

	/** A line: a record, or the object whose lists hold the records. */
	private void value(@Nullable JsonToken token, boolean outermost) {
		if (token != JsonToken.START_OBJECT) {
			this.parser.skipChildren();
			return;
		}
		String schema = "";
		String id = "";
		List<String> addresses = List.of();
		while (this.parser.nextToken() == JsonToken.PROPERTY_NAME) {
			String name = this.parser.currentName();
			JsonToken value = this.parser.nextToken();
			if (name.equals("Schema") && value == JsonToken.VALUE_STRING) {
				schema = this.parser.getString();
			}
			else if (name.equals("ID") && value == JsonToken.VALUE_STRING) {
				id = this.parser.getString();
			}
			else if (name.equals("Addrs") && value == JsonToken.START_ARRAY) {
				addresses = strings();
			}
			else if (outermost && (name.equals("Providers") || name.equals("Peers"))
					&& value == JsonToken.START_ARRAY) {
				records();
			}
			else {
				this.parser.skipChildren();
			}
		}
		if (schema.equals("peer") || schema.equals("bitswap")) {
			add(id, addresses);
		}
	}

	private void records() {
		for (JsonToken token = this.parser.nextToken(); token != null
				&& token != JsonToken.END_ARRAY; token = this.parser.nextToken()) {
			value(token, false);
		}
	}

	private List<String> strings() {
		List<String> strings = new ArrayList<>();
		for (JsonToken token = this.parser.nextToken(); token != null
				&& token != JsonToken.END_ARRAY; token = this.parser.nextToken()) {
			if (token == JsonToken.VALUE_STRING && strings.size() < MAX_ADDRESSES) {
				strings.add(this.parser.getString());
			}
			else {
				this.parser.skipChildren();
			}
		}
		return strings;
	}

	private void add(String text, List<String> addresses) {
		if (this.peers.size() >= MAX_PEERS) {
			return;
		}
		try {
			PeerId id = PeerId.parse(text);
			List<Multiaddr> parsed = new ArrayList<>();
			addresses.forEach((address) -> add(id, address, parsed));
			this.peers.add(new AddrInfo(id, parsed));
		}
		catch (IllegalArgumentException ex) {
			// A record without a valid id names nobody; the others do.
			return;
		}
	}

	/** Of what kind an address is, its peer may know and we not: it is left out. */
	private static void add(PeerId id, String text, List<Multiaddr> addresses) {
		try {
			Multiaddr address = Multiaddr.parse(text);
			List<Multiaddr.Component> components = address.components();
			Multiaddr.Component last = components.get(components.size() - 1);
			if (last.protocol() == MultiaddrProtocol.P2P) {
				// In whatever text the id is; nothing is left of an id alone.
				if (!PeerId.parse(last.value()).equals(id) || components.size() == 1) {
					return;
				}
				address = address.decapsulateLast(MultiaddrProtocol.P2P);
			}
			if (!addresses.contains(address)) {
				addresses.add(address);
			}
		}
		catch (IllegalArgumentException ex) {
			return;
		}
	}

}
