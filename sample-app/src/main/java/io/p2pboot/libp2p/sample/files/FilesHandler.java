package io.p2pboot.libp2p.sample.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Serves {@code /sample/files/1.0.0}: lists the shared files, finds them by their hash,
 * sends them and, from peers that may, receives them. One request a stream. A refusal is
 * an answer, not a reset.
 */
@Component
@Libp2pProtocol(FilesHandler.PATH)
class FilesHandler implements StreamHandler {

	static final String PATH = "/sample/files/1.0.0";

	/** How long a peer may stay silent in the middle of a transfer. */
	static final Duration IDLE_TIMEOUT = Duration.ofSeconds(30);

	private static final int BUFFER_BYTES = 1 << 16;

	private final SharedFolder folder;

	private final ProvidedFiles provided;

	private final PushPolicy policy;

	private final Transfers transfers;

	private final JsonFrames frames;

	FilesHandler(SharedFolder folder, ProvidedFiles provided, PushPolicy policy, Transfers transfers,
			JsonMapper mapper) {
		this.folder = folder;
		this.provided = provided;
		this.policy = policy;
		this.transfers = transfers;
		this.frames = new JsonFrames(mapper);
	}

	@Override
	public void handle(Stream stream) throws IOException {
		stream.readTimeout(IDLE_TIMEOUT);
		stream.writeTimeout(IDLE_TIMEOUT);
		try {
			FileRequest request = this.frames.read(stream.inputStream(), FileRequest.class,
					JsonFrames.MAX_REQUEST_BYTES);
			answer(stream, request);
		}
		catch (FileRefused ex) {
			send(stream, FileAnswer.refused(String.valueOf(ex.getMessage())));
		}
	}

	private void answer(Stream stream, FileRequest request) throws IOException {
		if (request.op() == null) {
			throw new FileRefused("The request has no op");
		}
		switch (request.op()) {
			case LIST -> send(stream, FileAnswer.list(this.folder.list()));
			case STAT -> stat(stream, request.fileName());
			case FIND -> find(stream, request.hash());
			case FETCH -> sendFile(stream, request);
			case PUSH -> receiveFile(stream, request);
		}
	}

	private void send(Stream stream, FileAnswer answer) throws IOException {
		this.frames.write(stream.outputStream(), answer);
	}

	private void stat(Stream stream, FileName name) throws IOException {
		String sha256 = this.folder.sha256(name);
		try (Outgoing file = this.folder.open(name)) {
			send(stream, FileAnswer.file(file.size(), 0, sha256));
		}
	}

	private void find(Stream stream, String sha256) throws IOException {
		FileName name = this.provided.find(sha256);
		try (Outgoing file = this.folder.open(name)) {
			send(stream, FileAnswer.list(List.of(new SharedFile(name.value(), file.size()))));
		}
	}

	private void sendFile(Stream stream, FileRequest request) throws IOException {
		FileName name = request.fileName();
		String sha256 = this.folder.sha256(name);
		if (!request.hash().isEmpty() && !request.hash().equals(sha256)) {
			throw new FileRefused("The file " + name + " has changed");
		}
		try (Outgoing file = this.folder.open(name)) {
			file.skipTo(request.offset());
			send(stream, FileAnswer.file(file.size(), request.offset(), sha256));
			Transfer transfer = this.transfers.add(Transfer.Kind.SERVE, peer(stream).toString(), name.value());
			track(transfer, () -> copy(file, stream, request.offset(), transfer));
		}
	}

	private void receiveFile(Stream stream, FileRequest request) throws IOException {
		this.policy.check(peer(stream));
		FileName name = request.fileName();
		try (Incoming file = this.folder.receive(name, request.size(), request.hash(), peer(stream))) {
			send(stream, FileAnswer.file(file.size(), file.received(), request.hash()));
			Transfer transfer = this.transfers.add(Transfer.Kind.RECEIVE, peer(stream).toString(), name.value());
			track(transfer, () -> {
				copy(stream, file, transfer);
				file.finish();
			});
			send(stream, FileAnswer.file(file.size(), file.size(), request.hash()));
		}
	}

	private static PeerId peer(Stream stream) {
		return stream.remotePeer().id();
	}

	static void copy(Outgoing file, Stream stream, long offset, Transfer transfer) throws IOException {
		transfer.begin(file.size(), offset);
		long position = offset;
		ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
		while (position < file.size() && file.read(buffer) >= 0) {
			buffer.flip().limit((int) Math.min(buffer.limit(), file.size() - position));
			position += stream.write(buffer);
			buffer.clear();
			transfer.at(position);
		}
		if (position < file.size()) {
			throw new IOException("The file was cut to " + position + " bytes while it was sent");
		}
	}

	static void copy(Stream stream, Incoming file, Transfer transfer) throws IOException {
		transfer.begin(file.size(), file.received());
		ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
		while (file.received() < file.size() && stream.read(buffer) >= 0) {
			file.write(buffer.flip());
			buffer.clear();
			transfer.at(file.received());
		}
	}

	static void track(Transfer transfer, Copy copy) throws IOException {
		try {
			copy.run();
			transfer.done();
		}
		catch (IOException | RuntimeException ex) {
			transfer.failed(String.valueOf(ex.getMessage()));
			throw ex;
		}
	}

	/** Moves a file. */
	interface Copy {

		void run() throws IOException;

	}

}
