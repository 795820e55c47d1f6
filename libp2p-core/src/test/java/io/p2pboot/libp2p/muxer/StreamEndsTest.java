package io.p2pboot.libp2p.muxer;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.p2pboot.libp2p.muxer.StreamEnds.ReceiveState;
import io.p2pboot.libp2p.muxer.StreamEnds.SendState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Every move of either side from every state.
 */
class StreamEndsTest {

	private static final Map<SendState, Consumer<StreamEnds>> TO_SEND = new EnumMap<>(Map.of(SendState.OPEN, (ends) -> {
	}, SendState.FIN_REQUESTED, StreamEnds::requestFin, SendState.FIN_SENT, (ends) -> {
		ends.requestFin();
		ends.finSent();
	}, SendState.FIN_WRITTEN, (ends) -> {
		ends.requestFin();
		ends.finWritten();
	}, SendState.RESET, StreamEnds::reset));

	private static final Map<ReceiveState, Consumer<StreamEnds>> TO_RECEIVE = new EnumMap<>(
			Map.of(ReceiveState.OPEN, (ends) -> {
			}, ReceiveState.ENDED, StreamEnds::finished, ReceiveState.DELIVERED, (ends) -> {
				ends.finished();
				ends.delivered();
			}, ReceiveState.STOPPED, StreamEnds::stop, ReceiveState.RESET, StreamEnds::reset));

	private static StreamEnds at(SendState state) {
		StreamEnds ends = new StreamEnds();
		TO_SEND.get(state).accept(ends);
		assertThat(ends.send()).isEqualTo(state);
		return ends;
	}

	private static StreamEnds at(ReceiveState state) {
		StreamEnds ends = new StreamEnds();
		TO_RECEIVE.get(state).accept(ends);
		assertThat(ends.receive()).isEqualTo(state);
		return ends;
	}

	static Stream<Arguments> movesOfOurSide() {
		return Stream.of(requestFin(SendState.OPEN, SendState.FIN_REQUESTED, true),
				requestFin(SendState.FIN_REQUESTED, SendState.FIN_REQUESTED, false),
				requestFin(SendState.FIN_SENT, SendState.FIN_SENT, false),
				requestFin(SendState.FIN_WRITTEN, SendState.FIN_WRITTEN, false),
				requestFin(SendState.RESET, SendState.RESET, false));
	}

	private static Arguments requestFin(SendState from, SendState to, boolean first) {
		return Arguments.of(from, to, first);
	}

	@ParameterizedTest
	@MethodSource("movesOfOurSide")
	void finIsRequestedOnceAndAskedForAsOftenAsOneLikes(SendState from, SendState to, boolean first) {
		StreamEnds ends = at(from);
		assertThat(ends.requestFin()).isEqualTo(first);
		assertThat(ends.send()).isEqualTo(to);
	}

	@ParameterizedTest
	@EnumSource(SendState.class)
	void finIsSentOnlyOnceItIsRequested(SendState from) {
		StreamEnds ends = at(from);
		if (from == SendState.FIN_REQUESTED) {
			ends.finSent();
			assertThat(ends.send()).isEqualTo(SendState.FIN_SENT);
		}
		else {
			assertIllegal(ends::finSent, from);
			assertThat(ends.send()).isEqualTo(from);
		}
	}

	@ParameterizedTest
	@EnumSource(SendState.class)
	void finIsWrittenOnceItIsRequestedOrSent(SendState from) {
		StreamEnds ends = at(from);
		if (from == SendState.FIN_REQUESTED || from == SendState.FIN_SENT) {
			ends.finWritten();
			assertThat(ends.send()).isEqualTo(SendState.FIN_WRITTEN);
		}
		else {
			assertIllegal(ends::finWritten, from);
			assertThat(ends.send()).isEqualTo(from);
		}
	}

	static Stream<Arguments> finishes() {
		return Stream.of(Arguments.of(ReceiveState.OPEN, ReceiveState.ENDED),
				Arguments.of(ReceiveState.STOPPED, ReceiveState.DELIVERED));
	}

	@ParameterizedTest
	@MethodSource("finishes")
	void thePeerFinishesWhatIsReadAndWhatIsNotReadAnyMore(ReceiveState from, ReceiveState to) {
		StreamEnds ends = at(from);
		assertThat(ends.mayFinish()).isTrue();
		ends.finished();
		assertThat(ends.receive()).isEqualTo(to);
	}

	@ParameterizedTest
	@EnumSource(names = { "ENDED", "DELIVERED", "RESET" })
	void thePeerFinishesOnce(ReceiveState from) {
		StreamEnds ends = at(from);
		assertThat(ends.mayFinish()).isFalse();
		assertIllegal(ends::finished, from);
		assertThat(ends.receive()).isEqualTo(from);
	}

	@ParameterizedTest
	@EnumSource(ReceiveState.class)
	void allIsDeliveredOnlyAfterThePeersEnd(ReceiveState from) {
		StreamEnds ends = at(from);
		if (from == ReceiveState.ENDED) {
			ends.delivered();
			assertThat(ends.receive()).isEqualTo(ReceiveState.DELIVERED);
		}
		else {
			assertIllegal(ends::delivered, from);
			assertThat(ends.receive()).isEqualTo(from);
		}
	}

	static Stream<Arguments> stops() {
		return Stream.of(Arguments.of(ReceiveState.OPEN, ReceiveState.STOPPED),
				Arguments.of(ReceiveState.ENDED, ReceiveState.DELIVERED),
				Arguments.of(ReceiveState.DELIVERED, ReceiveState.DELIVERED),
				Arguments.of(ReceiveState.STOPPED, ReceiveState.STOPPED),
				Arguments.of(ReceiveState.RESET, ReceiveState.RESET));
	}

	@ParameterizedTest
	@MethodSource("stops")
	void readingStopsOnce(ReceiveState from, ReceiveState to) {
		StreamEnds ends = at(from);
		assertThat(ends.stop()).isEqualTo(from != to);
		assertThat(ends.receive()).isEqualTo(to);
	}

	@ParameterizedTest
	@EnumSource(SendState.class)
	void aResetEndsOurSideUnlessItIsOver(SendState from) {
		StreamEnds ends = at(from);
		boolean over = ends.isSendingOver();
		ends.reset();
		assertThat(ends.send()).isEqualTo(over ? from : SendState.RESET);
		assertThat(ends.isSendingOver()).isTrue();
	}

	@ParameterizedTest
	@EnumSource(ReceiveState.class)
	void aResetEndsThePeersSideUnlessItIsOver(ReceiveState from) {
		StreamEnds ends = at(from);
		boolean over = ends.isReceivingOver();
		ends.reset();
		assertThat(ends.receive()).isEqualTo(over ? from : ReceiveState.RESET);
		assertThat(ends.isReceivingOver()).isTrue();
	}

	@Test
	void aResetSaysWhetherItEndedAnything() {
		StreamEnds ends = at(ReceiveState.DELIVERED);
		assertThat(ends.reset()).as("our side").isTrue();
		assertThat(ends.reset()).isFalse();
		StreamEnds sent = at(SendState.FIN_WRITTEN);
		assertThat(sent.reset()).as("the peer's side").isTrue();
		assertThat(sent.reset()).isFalse();
		StreamEnds over = at(ReceiveState.DELIVERED);
		over.requestFin();
		over.finWritten();
		assertThat(over.isOver()).isTrue();
		assertThat(over.reset()).isFalse();
	}

	@Test
	void theSidesMoveByThemselves() {
		StreamEnds ends = at(ReceiveState.DELIVERED);
		assertThat(ends.send()).isEqualTo(SendState.OPEN);
		ends.requestFin();
		ends.finSent();
		assertThat(ends.receive()).isEqualTo(ReceiveState.DELIVERED);
		ends.finWritten();
		assertThat(ends).hasToString("send FIN_WRITTEN, receive DELIVERED");
	}

	@Test
	void nothingIsDeliveredOnceReadingIsOver() {
		assertThat(at(ReceiveState.OPEN).isDelivering()).isTrue();
		assertThat(at(ReceiveState.ENDED).isDelivering()).isTrue();
		assertThat(at(ReceiveState.DELIVERED).isDelivering()).isFalse();
		assertThat(at(ReceiveState.STOPPED).isDelivering()).isFalse();
		assertThat(at(ReceiveState.RESET).isDelivering()).isFalse();
	}

	@Test
	void onlyFinalStatesAreOver() {
		assertThat(Stream.of(SendState.values()).filter((state) -> at(state).isSendingOver()))
			.containsExactly(SendState.FIN_WRITTEN, SendState.RESET);
		assertThat(Stream.of(ReceiveState.values()).filter((state) -> at(state).isReceivingOver()))
			.containsExactly(ReceiveState.DELIVERED, ReceiveState.RESET);
	}

	private static void assertIllegal(Runnable move, Enum<?> state) {
		assertThatIllegalStateException().isThrownBy(move::run).withMessageContaining(state.name());
	}

}
