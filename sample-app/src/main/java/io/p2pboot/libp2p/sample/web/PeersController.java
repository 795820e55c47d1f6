package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.sample.EchoHandler;
import io.p2pboot.libp2p.sample.OwnAddresses;
import io.p2pboot.libp2p.sample.deals.DealProposal;
import io.p2pboot.libp2p.sample.deals.DealReply;
import io.p2pboot.libp2p.sample.deals.Deals;
import io.p2pboot.libp2p.sample.files.SharedFolder;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Who we are, who is connected, and what can be asked of a peer.
 */
@RestController
@RequestMapping("/api")
class PeersController {

	record Self(String peerId, List<String> addresses, String folder) {
	}

	record Peer(String peerId, String address, String direction, String transport, @Nullable Double roundTripMillis,
			int streams, String agent) {
	}

	record Dial(@NotBlank @Size(max = 1024) String address) {
	}

	record Text(@NotNull @Size(max = 10_000) String text) {
	}

	private final Node node;

	private final Libp2pTemplate template;

	private final SharedFolder folder;

	PeersController(Node node, Libp2pTemplate template, SharedFolder folder) {
		this.node = node;
		this.template = template;
		this.folder = folder;
	}

	@GetMapping("/node")
	Self node() {
		return new Self(this.node.peerId().toString(), OwnAddresses.of(this.node), this.folder.path().toString());
	}

	@GetMapping("/peers")
	List<Peer> peers() {
		return this.node.connections().stream().map(this::peer).toList();
	}

	private Peer peer(Connection connection) {
		return new Peer(connection.remotePeer().toString(), connection.remoteAddress().toString(),
				connection.direction().label(), connection.transport(),
				connection.roundTripTime().map((time) -> time.toNanos() / 1e6).orElse(null), connection.streams(),
				this.node.peerStore().metadata(connection.remotePeer(), "agentVersion").orElse(""));
	}

	@PostMapping("/peers")
	Peer dial(@RequestBody @Valid Dial dial) throws IOException {
		AddrInfo peer = AddrInfo.parse(dial.address().strip());
		this.node.connect(peer);
		return peer(this.node.connection(peer.id()).orElseThrow(() -> new IOException("The connection was lost")));
	}

	@DeleteMapping("/peers/{id}")
	void disconnect(@PathVariable String id) {
		this.node.disconnect(PeerId.parse(id));
	}

	@PostMapping("/peers/{id}/echo")
	Text echo(@PathVariable String id, @RequestBody @Valid Text text) throws IOException {
		byte[] sent = text.text().getBytes(StandardCharsets.UTF_8);
		try (Stream stream = this.template.openStream(AddrInfo.of(PeerId.parse(id)), EchoHandler.PATH)) {
			stream.outputStream().write(sent);
			stream.closeWrite();
			return new Text(new String(stream.inputStream().readNBytes(sent.length), StandardCharsets.UTF_8));
		}
	}

	@PostMapping("/peers/{id}/deals")
	DealReply propose(@PathVariable String id, @RequestBody @Valid DealProposal proposal) throws IOException {
		return this.template.request(AddrInfo.of(PeerId.parse(id)), Deals.PATH, proposal, DealReply.class);
	}

}
