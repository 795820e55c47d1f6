package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.sample.files.FileName;
import io.p2pboot.libp2p.sample.files.FileRefused;
import io.p2pboot.libp2p.sample.files.FilesClient;
import io.p2pboot.libp2p.sample.files.SharedFile;
import io.p2pboot.libp2p.sample.files.SharedFolder;
import io.p2pboot.libp2p.sample.files.Transfer;
import io.p2pboot.libp2p.sample.files.Transfers;
import io.p2pboot.libp2p.sample.telemetry.TelemetryBook;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Files here and there, transfers, and telemetry.
 */
@RestController
@RequestMapping("/api")
class FilesController {

	/** Which way a user wants a file to go. */
	enum Direction {

		/** From the peer to us. */
		FETCH,

		/** From us to the peer. */
		PUSH

	}

	record Order(@NotNull String peer, @NotNull String name, @NotNull Direction direction) {
	}

	private final SharedFolder folder;

	private final FilesClient client;

	private final Transfers transfers;

	private final TelemetryBook telemetry;

	FilesController(SharedFolder folder, FilesClient client, Transfers transfers, TelemetryBook telemetry) {
		this.folder = folder;
		this.client = client;
		this.transfers = transfers;
		this.telemetry = telemetry;
	}

	@GetMapping("/files")
	List<SharedFile> files() throws IOException {
		return this.folder.list();
	}

	/**
	 * A refusal is read by a page that is still sending: what it sends is left out, else
	 * the connection ends before the answer.
	 */
	@PutMapping("/files/{name}")
	SharedFile add(@PathVariable String name, @RequestHeader(HttpHeaders.CONTENT_LENGTH) long size, InputStream bytes)
			throws IOException {
		try {
			return this.folder.add(FileName.parse(name), size, bytes);
		}
		catch (FileRefused ex) {
			bytes.transferTo(OutputStream.nullOutputStream());
			throw ex;
		}
	}

	@GetMapping("/peers/{id}/files")
	List<SharedFile> files(@PathVariable String id) throws IOException {
		return this.client.list(PeerId.parse(id));
	}

	@GetMapping("/transfers")
	List<Transfer.View> transfers() {
		return this.transfers.list();
	}

	@PostMapping("/transfers")
	Transfer.View transfer(@RequestBody @Valid Order order) throws IOException {
		PeerId peer = PeerId.parse(order.peer());
		FileName name = FileName.parse(order.name());
		return switch (order.direction()) {
			case FETCH -> this.client.fetch(peer, name).view();
			case PUSH -> this.client.push(peer, name).view();
		};
	}

	@GetMapping("/telemetry")
	Map<String, List<TelemetryBook.Entry>> telemetry() {
		return this.telemetry.entries();
	}

}
