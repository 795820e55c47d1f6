package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.sample.files.FileName;
import io.p2pboot.libp2p.sample.files.FilesClient;
import io.p2pboot.libp2p.sample.files.ProvidedFiles;
import io.p2pboot.libp2p.sample.files.Transfer;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Files by their hash, through Kademlia: told to the network, found in it, and fetched
 * from a peer of which only the id is known. A hash is shown as a CID.
 */
@RestController
@RequestMapping("/api/content")
class ContentController {

	/** How many providers a search brings. */
	private static final int MAX_PROVIDERS = 20;

	record View(int table, List<File> provided) {
	}

	record File(String name, String cid) {
	}

	record Wish(@NotNull String name) {
	}

	record Told(String name, String cid, int peers) {
	}

	record Provider(String peerId, boolean self, boolean connected) {
	}

	record Order(@NotBlank @Size(max = 200) String cid, @NotNull String peer) {
	}

	private final Node node;

	private final Kademlia kad;

	private final ProvidedFiles provided;

	private final FilesClient client;

	ContentController(Node node, Kademlia kad, ProvidedFiles provided, FilesClient client) {
		this.node = node;
		this.kad = kad;
		this.provided = provided;
		this.client = client;
	}

	@GetMapping
	View content() throws IOException {
		return new View(this.kad.routingTable().size(),
				this.provided.list().stream().map((file) -> new File(file.name(), cid(file.sha256()))).toList());
	}

	@PostMapping
	Told provide(@RequestBody @Valid Wish wish) throws IOException {
		ProvidedFiles.Entry file = this.provided.add(FileName.parse(wish.name()));
		Multihash hash = hash(file.sha256());
		// Whoever comes later is told too, and all again and again.
		this.kad.startProviding(hash);
		return new Told(file.name(), cid(file.sha256()), tell(hash));
	}

	private int tell(Multihash hash) throws IOException {
		try {
			return this.kad.provide(hash).peers();
		}
		catch (NoPeers ex) {
			return 0;
		}
	}

	@GetMapping("/{cid}/providers")
	List<Provider> providers(@PathVariable String cid) throws IOException {
		List<Provider> providers = new ArrayList<>();
		try (Search<AddrInfo> search = this.kad.findProviders(parse(cid).hash(), MAX_PROVIDERS)) {
			for (Optional<AddrInfo> next = search.next(); next.isPresent(); next = search.next()) {
				PeerId id = next.get().id();
				providers.add(new Provider(id.toString(), id.equals(this.node.peerId()),
						this.node.connection(id).isPresent()));
			}
		}
		return providers;
	}

	@PostMapping("/transfers")
	Transfer.View fetch(@RequestBody @Valid Order order) throws IOException {
		return this.client.fetch(PeerId.parse(order.peer()), sha256(parse(order.cid()))).view();
	}

	private static Multihash hash(String sha256) {
		return Multihash.of(Multihash.SHA2_256, ByteBuffer.wrap(HexFormat.of().parseHex(sha256)));
	}

	private static String cid(String sha256) {
		return new Cid(Cid.RAW, hash(sha256)).toString();
	}

	private static Cid parse(String text) {
		try {
			return Cid.parse(text.strip());
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("'" + text + "' is no CID: " + ex.getMessage(), ex);
		}
	}

	private static String sha256(Cid cid) {
		if (cid.hash().code() != Multihash.SHA2_256) {
			throw new IllegalArgumentException("Files are known by their SHA-256, and " + cid + " is none");
		}
		byte[] digest = new byte[cid.hash().digest().remaining()];
		cid.hash().digest().get(digest);
		return HexFormat.of().formatHex(digest);
	}

}
