package io.p2pboot.libp2p.sample.files;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lists, fetches and pushes files of peers. Transfers run in the background, a few at a
 * time; asked for again they go on where they stopped. Thread-safe.
 */
@Service
public class FilesClient {

	private static final Logger logger = LoggerFactory.getLogger(FilesClient.class);

	private final Libp2pTemplate template;

	private final SharedFolder folder;

	private final Transfers transfers;

	private final Executor executor;

	private final JsonFrames frames;

	FilesClient(Libp2pTemplate template, SharedFolder folder, Transfers transfers, TransferThreads threads,
			JsonMapper mapper) {
		this.template = template;
		this.folder = folder;
		this.transfers = transfers;
		this.executor = threads;
		this.frames = new JsonFrames(mapper);
	}

	/**
	 * Lists the files of a peer. Blocks.
	 * @param peer the peer
	 * @return its files, as it says
	 * @throws FileRefused if the peer refuses
	 */
	public List<SharedFile> list(PeerId peer) throws IOException {
		try (Stream stream = open(peer)) {
			return ask(stream, FileRequest.list()).fileList();
		}
	}

	/**
	 * Begins to fetch a file.
	 * @param peer who has it
	 * @param name its name there and here
	 * @return the transfer
	 */
	public Transfer fetch(PeerId peer, FileName name) {
		return fetch(peer, name, "");
	}

	/**
	 * Begins to fetch the file that has a hash, under the name that it has there. Blocks
	 * until the peer has told that name; its address need not be known.
	 * @param peer who provides it
	 * @param sha256 its hash in lower-case hex
	 * @return the transfer
	 * @throws FileRefused if the peer does not provide it, or names something else
	 */
	public Transfer fetch(PeerId peer, String sha256) throws IOException {
		List<SharedFile> files;
		try (Stream stream = open(peer)) {
			files = ask(stream, FileRequest.find(sha256)).fileList();
		}
		if (files.size() != 1) {
			throw new FileRefused("The peer named " + files.size() + " files, not one");
		}
		return fetch(peer, FileName.parse(files.get(0).name()), sha256);
	}

	private Transfer fetch(PeerId peer, FileName name, String sha256) {
		Transfer transfer = this.transfers.add(Transfer.Kind.FETCH, peer.toString(), name.value());
		start(transfer, () -> fetchNow(peer, name, sha256, transfer));
		return transfer;
	}

	/**
	 * Begins to push a file.
	 * @param peer who shall have it
	 * @param name its name here and there
	 * @return the transfer
	 */
	public Transfer push(PeerId peer, FileName name) {
		Transfer transfer = this.transfers.add(Transfer.Kind.PUSH, peer.toString(), name.value());
		start(transfer, () -> pushNow(peer, name, transfer));
		return transfer;
	}

	private void start(Transfer transfer, FilesHandler.Copy copy) {
		try {
			this.executor.execute(() -> run(transfer, copy));
		}
		catch (RejectedExecutionException ex) {
			transfer.failed("Too many transfers are waiting; at most " + TransferThreads.WAITING + " may");
			throw ex;
		}
	}

	private static void run(Transfer transfer, FilesHandler.Copy copy) {
		try {
			FilesHandler.track(transfer, copy);
		}
		catch (IOException | RuntimeException ex) {
			logger.info("The transfer of {} ended: {}", transfer.view().name(), ex.getMessage());
		}
	}

	private void fetchNow(PeerId peer, FileName name, String sha256, Transfer transfer) throws IOException {
		FileAnswer file;
		try (Stream stream = open(peer)) {
			file = ask(stream, FileRequest.stat(name));
		}
		if (!sha256.isEmpty() && !file.hash().equals(sha256)) {
			throw new FileRefused("The file " + name + " does not have the hash " + sha256 + " any more");
		}
		try (Incoming incoming = this.folder.receive(name, file.size(), file.hash(), peer);
				Stream stream = open(peer)) {
			ask(stream, FileRequest.fetch(name, incoming.received(), file.hash()));
			FilesHandler.copy(stream, incoming, transfer);
			incoming.finish();
		}
	}

	private void pushNow(PeerId peer, FileName name, Transfer transfer) throws IOException {
		String sha256 = this.folder.sha256(name);
		try (Outgoing file = this.folder.open(name); Stream stream = open(peer)) {
			FileAnswer answer = ask(stream, FileRequest.push(name, file.size(), sha256));
			file.skipTo(answer.offset());
			FilesHandler.copy(file, stream, answer.offset(), transfer);
			stream.closeWrite();
			accepted(this.frames.read(stream.inputStream(), FileAnswer.class, JsonFrames.MAX_ANSWER_BYTES));
		}
	}

	private Stream open(PeerId peer) throws IOException {
		Stream stream = this.template.openStream(AddrInfo.of(peer), FilesHandler.PATH);
		stream.readTimeout(FilesHandler.IDLE_TIMEOUT);
		stream.writeTimeout(FilesHandler.IDLE_TIMEOUT);
		return stream;
	}

	private FileAnswer ask(Stream stream, FileRequest request) throws IOException {
		this.frames.write(stream.outputStream(), request);
		return accepted(this.frames.read(stream.inputStream(), FileAnswer.class, JsonFrames.MAX_ANSWER_BYTES));
	}

	private static FileAnswer accepted(FileAnswer answer) throws FileRefused {
		if (answer.error() != null) {
			throw new FileRefused(answer.error());
		}
		return answer;
	}

}
