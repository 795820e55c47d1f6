package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Code of the application that runs on the event loop, and fails there. */
class ApplicationCodeTest {

	private static final ByteBuffer KEY = Peers.bytes("/n/key");

	@Test
	void validatorWhoseStackOverflowsRefusesTheValue() {
		Validators validators = new Validators(Map.of("n", new RecordValidator() {

			@Override
			public void validate(ByteBuffer key, ByteBuffer value) {
				throw new StackOverflowError();
			}

			@Override
			public int select(ByteBuffer key, List<ByteBuffer> values) {
				throw new StackOverflowError();
			}

		}));
		assertThatExceptionOfType(InvalidRecord.class).isThrownBy(() -> validators.validate(KEY, Peers.bytes("[[[[")));
		assertThatExceptionOfType(InvalidRecord.class)
			.isThrownBy(() -> validators.compare(KEY, Peers.bytes("["), Peers.bytes("[[")));
	}

	@Test
	void addressWhoseSystemCannotBeLookedUpIsGroupedByItsPrefix() {
		List<Multiaddr> addresses = List.of(Multiaddr.parse("/ip6/2a00:1450:4001::1/tcp/1"));
		assertThat(IpGroup.of(addresses, (address) -> {
			throw new IllegalStateException("the database is closed");
		})).isEqualTo(IpGroup.of(addresses, AsnLookup.NONE)).hasSize(1);
	}

}
