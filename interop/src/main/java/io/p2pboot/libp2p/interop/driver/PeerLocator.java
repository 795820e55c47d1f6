package io.p2pboot.libp2p.interop.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Finds the executables of foreign peers. Stateless.
 */
public final class PeerLocator {

	private static final long SCRIPT_SECONDS = 30;

	/**
	 * A peer that was looked for.
	 *
	 * @param executable where it is, or would be
	 * @param missing what is missing; empty if nothing
	 */
	public record Found(Path executable, String missing) {
	}

	private PeerLocator() {
	}

	/**
	 * Looks for a peer; builds nothing. Blocks for as long as the script takes.
	 * @param stack the name of its stack
	 * @param module the folder of the module {@code interop}
	 * @return the peer, or what is missing
	 */
	public static Found find(String stack, Path module) {
		Path script = module.resolve("peers/build");
		Path none = module.resolve("peers/" + stack);
		if (!Files.isExecutable(script)) {
			return new Found(none, script + " is missing");
		}
		try {
			Process process = new ProcessBuilder(script.toString(), "--path", stack).redirectErrorStream(true).start();
			process.getOutputStream().close();
			String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
			if (!process.waitFor(SCRIPT_SECONDS, TimeUnit.SECONDS)) {
				process.destroyForcibly();
				return new Found(none, script + " --path " + stack + " did not end");
			}
			return (process.exitValue() == 0) ? new Found(Path.of(said), "") : new Found(none, said);
		}
		catch (IOException ex) {
			return new Found(none, "bash could not run " + script + ": " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return new Found(none, "interrupted");
		}
	}

}
