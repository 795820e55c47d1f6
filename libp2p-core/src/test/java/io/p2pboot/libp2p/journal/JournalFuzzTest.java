package io.p2pboot.libp2p.journal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JournalFuzzTest {

	private static final JournalKind KIND = new JournalKind("fuzzed01", "frames", 64 * 1024);

	/** Stands for the reader's window, twice a frame for every file. */
	private static final int WINDOW_BYTES = 8 * 1024;

	static Stream<Arguments> files() {
		JournalFormat format = JournalFormat.create(KIND);
		ByteBuffer file = ByteBuffer.allocate(1024).put(format.header()).put(format.frame(new byte[] { 1 }));
		for (int bytes = 10; bytes < 100; bytes += 30) {
			file.put(format.frame(new byte[bytes]));
		}
		byte[] content = new byte[file.flip().remaining()];
		file.get(content);
		return Fuzzed.seeds(content, new byte[0]);
	}

	/** What follows a whole header: a file of another kind is refused at once. */
	@MethodSource("files")
	@FuzzTest
	void file(byte[] data) {
		Fuzzed.check(data.length + WINDOW_BYTES, IOException.class,
				() -> FrameReader.read(KIND, Channels.newChannel(new ByteArrayInputStream(data)), (payload) -> {
				}));
	}

}
