package io.p2pboot.libp2p;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ErrorCodeTest {

	// The tables of go-libp2p 0.48, core/network/mux.go and conn.go.
	@Test
	void theNumbersAreThoseOfEveryStack() {
		assertThat(ErrorCode.values()).extracting(ErrorCode::stream)
			.containsExactly(0L, 0x1001L, 0x1002L, 0x1003L, 0x1004L, 0x1005L, 0x1006L, 0x1007L, 0x1008L, 0x1009L);
		assertThat(ErrorCode.values()).extracting(ErrorCode::connection)
			.containsExactly(0L, 0x1000L, 0x1001L, 0x1002L, 0x1003L, 0x1004L, 0x1005L, 0x1006L, 0x1007L, 0x1008L);
	}

	@Test
	void everyNumberIsUnderstood() {
		for (ErrorCode code : ErrorCode.values()) {
			assertThat(ErrorCode.ofStream(code.stream())).hasValue(code);
			assertThat(ErrorCode.ofConnection(code.connection())).hasValue(code);
		}
		assertThat(ErrorCode.ofStream(0x1000)).isEmpty();
		assertThat(ErrorCode.ofConnection(0x1009)).isEmpty();
		assertThat(ErrorCode.ofStream(-1)).isEmpty();
	}

	@Test
	void aResetSaysWhatItsCodeMeans() {
		StreamReset limit = StreamReset.byRemote(0x1002);
		assertThat(limit.errorCode()).hasValue(ErrorCode.RESOURCE_LIMIT_EXCEEDED);
		assertThat(limit).hasMessageContaining("4098 (RESOURCE_LIMIT_EXCEEDED)");
		assertThat(StreamReset.byRemote(7)).hasMessageEndingWith("code 7");
		assertThat(StreamReset.byRemote(7).errorCode()).isEmpty();
		assertThat(StreamReset.byRemote().errorCode()).isEmpty();
	}

	@Test
	void ourOwnCodesAreInTheirPlaces() {
		assertThat(StreamProtocol.REFUSED).isEqualTo(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
		assertThat(StreamProtocol.HANDLER_FAILED).isBetween(ErrorCode.LAST_RESERVED + 1, 0xFFFF_FFFFL);
	}

}
