package io.p2pboot.libp2p.interop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Kubo, IPFS as a program in Go, with a repository of its own and without what reaches
 * beyond this host. It is told what to do by its own command line, as a person does.
 */
final class KuboProcess implements AutoCloseable {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	/** What differs from a new repository of the profile test. */
	private static final String SETTINGS = """
			{
			  "Addresses": {"Swarm": ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0/ws", "/ip4/127.0.0.1/udp/0/quic-v1"]},
			  "AutoConf": {"Enabled": false},
			  "AutoTLS": {"Enabled": false},
			  "Bootstrap": [],
			  "Discovery": {"MDNS": {"Enabled": false}},
			  "DNS": {"Resolvers": {}},
			  "Experimental": {"GatewayOverLibp2p": true, "Libp2pStreamMounting": true},
			  "Ipns": {"DelegatedPublishers": [], "UsePubsub": true},
			  "Pubsub": {"Enabled": true},
			  "Routing": {"DelegatedRouters": [], "LoopbackAddressesOnLanDHT": true, "Type": "dhtserver"},
			  "Swarm": {"DisableNatPortMap": true, "RelayClient": {"Enabled": false}}
			}""";

	private static final Duration START = Duration.ofSeconds(60);

	private final Path program;

	private final Path folder;

	private Process daemon;

	private KuboProcess(Path program, Path folder, Process daemon) {
		this.program = program;
		this.folder = folder;
		this.daemon = daemon;
	}

	/** Makes a repository in a folder and serves it. */
	static KuboProcess start(Path folder) throws IOException {
		Path program = Stacks.executable("kubo");
		Files.createDirectories(folder);
		await(builder(program, folder, "init", "--profile=test").redirectOutput(folder.resolve("init.log").toFile())
			.start(), START);
		Path file = folder.resolve("config");
		ObjectNode config = (ObjectNode) MAPPER.readTree(Files.readString(file));
		merge(config, (ObjectNode) MAPPER.readTree(SETTINGS));
		Files.writeString(file, MAPPER.writeValueAsString(config));
		KuboProcess kubo = new KuboProcess(program, folder, daemon(program, folder));
		kubo.awaitReady();
		return kubo;
	}

	private static void merge(ObjectNode into, ObjectNode from) {
		from.properties().forEach((entry) -> {
			if (entry.getValue() instanceof ObjectNode object && into.get(entry.getKey()) instanceof ObjectNode there
					&& !object.isEmpty()) {
				merge(there, object);
			}
			else {
				into.set(entry.getKey(), entry.getValue());
			}
		});
	}

	private static Process daemon(Path program, Path folder) throws IOException {
		return builder(program, folder, "daemon").redirectOutput(folder.resolve("daemon.log").toFile()).start();
	}

	private static ProcessBuilder builder(Path program, Path folder, String... arguments) {
		List<String> command = new ArrayList<>(List.of(program.toString()));
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().put("IPFS_PATH", folder.toString());
		return builder;
	}

	private void awaitReady() throws IOException {
		Path log = this.folder.resolve("daemon.log");
		long end = System.nanoTime() + START.toNanos();
		while (!Files.readString(log).contains("Daemon is ready")) {
			if (!this.daemon.isAlive() || System.nanoTime() > end) {
				this.daemon.destroyForcibly();
				throw new AssertionError("Kubo did not start:\n" + Files.readString(log));
			}
			LockSupport.parkNanos(20_000_000);
		}
	}

	private static void await(Process process, Duration time) {
		try {
			if (!process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
				process.destroyForcibly();
				throw new AssertionError("Kubo did not end within " + time);
			}
		}
		catch (InterruptedException ex) {
			process.destroyForcibly();
			Thread.currentThread().interrupt();
			throw new AssertionError("interrupted", ex);
		}
	}

	/** Runs a command, which has to succeed, and returns what it printed. */
	String run(String... arguments) {
		return run(new byte[0], arguments);
	}

	/** Runs a command with this as its input. */
	String run(byte[] input, String... arguments) {
		try {
			Process process = builder(this.program, this.folder, arguments).start();
			try (var stdin = process.getOutputStream()) {
				stdin.write(input);
			}
			ByteArrayOutputStream said = new ByteArrayOutputStream();
			try (InputStream stdout = process.getInputStream()) {
				stdout.transferTo(said);
			}
			await(process, START);
			String text = said.toString(StandardCharsets.UTF_8).strip();
			if (process.exitValue() != 0) {
				throw new AssertionError("ipfs " + String.join(" ", arguments) + ": " + text);
			}
			return text;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Starts a command that goes on, such as one that prints what comes. */
	Process begin(String... arguments) {
		try {
			return builder(this.program, this.folder, arguments).start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** The id of its node. */
	String id() {
		return run("id", "-f", "<id>");
	}

	/** Where it listens, with its id; the first one that contains this text. */
	String address(String transport) {
		return run("swarm", "addrs", "local", "--id").lines()
			.filter((address) -> address.contains(transport))
			.findFirst()
			.orElseThrow(() -> new AssertionError("Kubo does not listen on " + transport));
	}

	/** Keeps a block and tells nobody; returns its CID. */
	String add(String content) {
		return run(content.getBytes(StandardCharsets.UTF_8), "add", "-Q", "--cid-version=1", "--raw-leaves");
	}

	/** Stops it and starts it again with the same key, on other ports. */
	void restart() throws IOException {
		close();
		this.daemon = daemon(this.program, this.folder);
		awaitReady();
	}

	@Override
	public void close() {
		this.daemon.destroy();
		await(this.daemon, START);
	}

}
