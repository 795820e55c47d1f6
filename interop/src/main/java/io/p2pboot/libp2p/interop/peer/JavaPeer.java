package io.p2pboot.libp2p.interop.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The peer: takes requests, gives answers and events, each one JSON object. Thread-safe;
 * the output is called by one thread at a time.
 */
public final class JavaPeer implements AutoCloseable {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private final Tasks tasks = new Tasks();

	private final ReentrantLock lock = new ReentrantLock();

	private final Consumer<JsonNode> output;

	private @Nullable PeerNode node;

	private volatile boolean quiet;

	/**
	 * Creates a peer without a node; the request {@code start} makes one.
	 * @param output takes answers and events
	 */
	public JavaPeer(Consumer<JsonNode> output) {
		this.output = output;
		event("ready", JsonNodeFactory.instance.objectNode().put("stack", "java").put("version", "0.1.0"));
	}

	/**
	 * Runs the peer on standard input and output until the input ends or {@code stop}.
	 * @param arguments none, or {@code control}
	 * @throws IOException if the input cannot be read
	 */
	public static void main(String... arguments) throws IOException {
		PrintStream lines = System.out;
		System.setOut(System.err);
		try (JavaPeer peer = new JavaPeer((json) -> {
			lines.println(MAPPER.writeValueAsString(json));
			lines.flush();
		}); BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				if (!peer.accept(line)) {
					break;
				}
			}
		}
		System.exit(0);
	}

	private boolean accept(String line) {
		JsonNode request;
		try {
			request = MAPPER.readTree(line);
		}
		catch (JacksonException ex) {
			failed(MAPPER.nullNode(), new OpFailure("args", "Not JSON: " + ex.getOriginalMessage()));
			return true;
		}
		if (request.path("op").asString("").equals("stop")) {
			close();
			answer(request.path("id"), JsonNodeFactory.instance.objectNode());
			return false;
		}
		submit(request);
		return true;
	}

	/**
	 * Runs a request on a thread of its own. Does not block.
	 * @param request the request
	 */
	public void submit(JsonNode request) {
		Arguments arguments = new Arguments(request);
		this.tasks.run(arguments.timeout().toMillis(), () -> {
			try {
				answer(request.path("id"), run(arguments));
			}
			catch (Exception ex) {
				failed(request.path("id"), OpFailure.of(ex));
			}
		});
	}

	private ObjectNode run(Arguments arguments) throws Exception {
		String op = arguments.text("op");
		PeerNode started = started();
		if (!op.equals("start")) {
			if (started == null) {
				throw new OpFailure("args", "Not started");
			}
			return started.run(op, arguments);
		}
		if (started != null) {
			throw new OpFailure("args", "Started already");
		}
		this.quiet = arguments.flag("quiet");
		PeerNode fresh = PeerNode.start(arguments, this.tasks, this::event);
		this.lock.lock();
		try {
			this.node = fresh;
		}
		finally {
			this.lock.unlock();
		}
		return fresh.info();
	}

	private @Nullable PeerNode started() {
		this.lock.lock();
		try {
			return this.node;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void answer(JsonNode id, ObjectNode result) {
		emit(JsonNodeFactory.instance.objectNode().put("ok", true).<ObjectNode>set("id", id).set("r", result));
	}

	private void failed(JsonNode id, OpFailure failure) {
		emit(JsonNodeFactory.instance.objectNode()
			.put("ok", false)
			.put("err", failure.getMessage())
			.put("kind", failure.kind())
			.set("id", id));
	}

	private void event(String name, ObjectNode fields) {
		if (!this.quiet) {
			emit(fields.put("ev", name));
		}
	}

	private void emit(JsonNode line) {
		this.lock.lock();
		try {
			this.output.accept(line);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the node and ends the threads. Idempotent; blocks for as long as the node
	 * needs to close.
	 */
	@Override
	public void close() {
		PeerNode started = started();
		if (started != null) {
			started.close();
		}
		this.tasks.close();
	}

}
