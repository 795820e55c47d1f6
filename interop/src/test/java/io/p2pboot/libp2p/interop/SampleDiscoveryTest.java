package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.PeerId;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two packaged sample applications that find each other, with no address typed.
 */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
@EnabledOnOs(OS.LINUX)
class SampleDiscoveryTest {

	private static final Duration PATIENCE = Duration.ofSeconds(90);

	/** Under a name of its own, since others may look for theirs on this host. */
	private static final String YAML = """
			server:
			  port: 0
			libp2p:
			  identity:
			    location: ./peer.key
			  listen: /ip4/127.0.0.1/tcp/0
			  peerstore:
			    location: ./peers.db
			  mdns:
			    enabled: %s
			    interfaces: %s
			    service-name: _t%d._udp
			""";

	@TempDir
	private Path folder;

	@BeforeAll
	static void require() {
		Stacks.require(Stacks.JAVA);
	}

	@Test
	void twoFindEachOtherAndAfterAKillTheOneThatIsKnown() throws IOException {
		try (SampleProcess first = start("first", true); SampleProcess second = start("second", true)) {
			awaitPeer(first, second);
			awaitPeer(second, first);
			awaitWritten("second", first);
			second.kill();
			try (SampleProcess again = start("second", false)) {
				awaitPeer(again, first);
			}
		}
	}

	/** Until what the one knows of the other is in its file, a second after it heard. */
	private void awaitWritten(String name, SampleProcess other) throws IOException {
		String id = latin(PeerId.parse(other.id()).multihash().encoded());
		while (!latin(ByteBuffer.wrap(Files.readAllBytes(this.folder.resolve(name + "/peers.db")))).contains(id)) {
			LockSupport.parkNanos(100_000_000);
		}
	}

	private static String latin(ByteBuffer bytes) {
		return StandardCharsets.ISO_8859_1.decode(bytes).toString();
	}

	private SampleProcess start(String name, boolean mdns) throws IOException {
		return SampleProcess.start(this.folder.resolve(name),
				YAML.formatted(mdns, loopback(), ProcessHandle.current().pid()));
	}

	private static String loopback() throws SocketException {
		for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
			if (device.isLoopback()) {
				return device.getName();
			}
		}
		throw new AssertionError("This host has no loopback");
	}

	private static void awaitPeer(SampleProcess from, SampleProcess to) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!from.get("/api/peers").contains(to.id())) {
			if (System.nanoTime() > end) {
				throw new AssertionError("After " + PATIENCE + " the peers are " + from.get("/api/peers"));
			}
			LockSupport.parkNanos(100_000_000);
		}
	}

}
