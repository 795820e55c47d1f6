package io.p2pboot.libp2p.interop.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A peer that is a process of its own. Thread-safe.
 */
public final class ForeignPeer extends Conversation {

	private static final Logger logger = LoggerFactory.getLogger(ForeignPeer.class);

	private static final long EXIT_MILLIS = 5_000;

	private final String stack;

	private final Process process;

	private final ReentrantLock writing = new ReentrantLock();

	private ForeignPeer(String stack, Process process) {
		this.stack = stack;
		this.process = process;
	}

	/**
	 * Starts the process of a peer.
	 * @param stack the name of its stack
	 * @param command the executable and its arguments
	 * @return the peer
	 * @throws IOException if it could not be started
	 */
	public static ForeignPeer start(String stack, List<String> command) throws IOException {
		ForeignPeer peer = new ForeignPeer(stack, new ProcessBuilder(command).start());
		peer.follow("out",
				new BufferedReader(new InputStreamReader(peer.process.getInputStream(), StandardCharsets.UTF_8)),
				peer::line);
		peer.follow("err",
				new BufferedReader(new InputStreamReader(peer.process.getErrorStream(), StandardCharsets.UTF_8)),
				(line) -> logger.debug("{}: {}", stack, line));
		return peer;
	}

	/**
	 * Starts the process of a peer.
	 * @param stack the name of its stack
	 * @param executable the executable
	 * @return the peer
	 * @throws IOException if it could not be started
	 */
	public static ForeignPeer start(String stack, Path executable) throws IOException {
		return start(stack, List.of(executable.toString()));
	}

	private interface LineTaker {

		void take(String line);

	}

	private void follow(String name, BufferedReader from, LineTaker taker) {
		Thread thread = new Thread(() -> {
			try (from) {
				for (String line = from.readLine(); line != null; line = from.readLine()) {
					taker.take(line);
				}
			}
			catch (IOException ex) {
				logger.debug("{} has ended: {}", this.stack, ex.toString());
			}
			finally {
				if (name.equals("out")) {
					end();
				}
			}
		}, this.stack + "-" + name);
		thread.setDaemon(true);
		thread.start();
	}

	private void line(String line) {
		try {
			received(JsonMapper.shared().readTree(line));
		}
		catch (JacksonException ex) {
			logger.warn("{} wrote what is not JSON: {}", this.stack, line);
		}
	}

	@Override
	public String stack() {
		return this.stack;
	}

	@Override
	void write(ObjectNode request) {
		this.writing.lock();
		try {
			OutputStream to = this.process.getOutputStream();
			to.write((request + "\n").getBytes(StandardCharsets.UTF_8));
			to.flush();
		}
		catch (IOException ex) {
			logger.debug("{} does not listen any more: {}", this.stack, ex.toString());
			end();
		}
		finally {
			this.writing.unlock();
		}
	}

	/**
	 * Returns the process.
	 * @return the process
	 */
	public Process process() {
		return this.process;
	}

	@Override
	public void kill() {
		this.process.destroyForcibly();
		awaitExit();
	}

	@Override
	public void close() {
		try {
			this.process.getOutputStream().close();
		}
		catch (IOException ex) {
			logger.debug("{} does not listen any more: {}", this.stack, ex.toString());
		}
		if (!awaitExit()) {
			logger.warn("{} did not end when its input did", this.stack);
			kill();
		}
	}

	private boolean awaitExit() {
		try {
			return this.process.waitFor(EXIT_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

}
