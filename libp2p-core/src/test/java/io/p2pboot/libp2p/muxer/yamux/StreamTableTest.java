package io.p2pboot.libp2p.muxer.yamux;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class StreamTableTest {

	private static final int SLOTS = 1 << 16;

	// B10
	@ParameterizedTest
	@ValueSource(ints = { 2, 1 << 8, 1 << 16, 1 << 17, 3 << 15 })
	void idsThatArePickedToCollideDoNot(int step) {
		Random random = new Random(step);
		for (int attempt = 0; attempt < 20; attempt++) {
			StreamTable table = new StreamTable(random.nextInt());
			Set<Integer> slots = new HashSet<>();
			int ids = 0;
			for (long id = 1; id <= 0xFFFF_FFFFL && ids < SLOTS / 8; id += step, ids++) {
				slots.add(table.mixed((int) id) & (SLOTS - 1));
			}
			assertThat(slots).hasSizeGreaterThan(ids / 3);
		}
	}

	@Test
	void everyIdIsFoundAndRemovedOnce() {
		StreamTable table = new StreamTable(0x5EC1_2E70);
		for (int id = -1001; id < 1001; id += 2) {
			table.put(new YamuxStream(id, 0));
		}
		assertThat(table.size()).isEqualTo(1001);
		for (int id = -1001; id < 1001; id += 2) {
			YamuxStream stream = table.get(id);
			assertThat(stream).isNotNull();
			assertThat(stream.id()).isEqualTo(id);
			assertThat(table.get(id + 1)).isNull();
			assertThat(table.remove(stream)).isTrue();
			assertThat(table.remove(stream)).isFalse();
		}
		assertThat(table.all()).isEmpty();
	}

}
