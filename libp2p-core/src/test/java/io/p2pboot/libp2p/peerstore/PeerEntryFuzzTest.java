package io.p2pboot.libp2p.peerstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.journal.Journal;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PeerEntryFuzzTest {

	static Stream<Arguments> peers() throws IOException {
		Path folder = Files.createTempDirectory("journal");
		Path file = folder.resolve("peers");
		try (FilePeerStore store = FilePeerStore.open(file, Clock.systemUTC())) {
			store.addAddresses(PeerId.parse("12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"),
					List.of(Multiaddr.parse("/ip4/1.2.3.4/tcp/4001")), Duration.ofHours(1));
		}
		byte[][] payload = new byte[1][];
		try (Journal journal = Journal.open(FilePeerStore.KIND, file)) {
			journal.read((bytes) -> {
				payload[0] = new byte[bytes.remaining()];
				bytes.get(payload[0]);
			});
		}
		try (Stream<Path> left = Files.list(folder)) {
			for (Path path : left.toList()) {
				Files.delete(path);
			}
		}
		Files.delete(folder);
		return Fuzzed.seeds(payload[0]);
	}

	@MethodSource("peers")
	@FuzzTest
	void peer(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			PeerEntryCodec.Restored restored = PeerEntryCodec.decode(ByteBuffer.wrap(data), 0);
			if (restored.entry() != null) {
				PeerEntryCodec.encode(restored.peer(), restored.entry(), 0);
			}
		});
	}

}
