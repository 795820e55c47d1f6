package io.p2pboot.libp2p.spring;

import java.util.List;

import com.google.protobuf.StringValue;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import org.junit.jupiter.api.Test;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;

class RuntimeHintsTest {

	private final RuntimeHints hints = new RuntimeHints();

	@Test
	void handlerMethodsAndTheirMessagesAreKnownToNativeImages() throws Exception {
		new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(this.hints, Deals.class);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(Deals.class.getDeclaredMethod("propose", List.class, PeerId.class)))
			.accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(Deals.class.getDeclaredMethod("raw", Stream.class))).accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Proposal.class.getDeclaredMethod("item")))
			.accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Reply.class.getDeclaredMethod("text")))
			.accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection().onType(PeerId.class)).rejects(this.hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(StringValue.class.getMethod("getDefaultInstance"))).accepts(this.hints);
		assertThat(RuntimeHintsPredicates.reflection()
			.onMethodInvocation(Deals.class.getDeclaredMethod("refuse", IllegalArgumentException.class)))
			.accepts(this.hints);
	}

	@Test
	void handlerClassesAreKnownToNativeImages() throws Exception {
		new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(this.hints, Echo.class);
		assertThat(RuntimeHintsPredicates.reflection().onType(Echo.class)).accepts(this.hints);
	}

	record Proposal(String item) {
	}

	record Reply(String text) {
	}

	static class Deals {

		@Libp2pProtocol("/deals/1.0.0")
		Reply propose(List<Proposal> proposals, PeerId from) {
			return new Reply(proposals.get(0).item());
		}

		@Libp2pProtocol("/raw/1.0.0")
		void raw(Stream stream) {
		}

		@Libp2pProtocol("/protobuf/1.0.0")
		void protobuf(StringValue message) {
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex) {
			return StreamReset.local(1, "refused");
		}

	}

	@Libp2pProtocol("/echo/1.0.0")
	static class Echo implements StreamHandler {

		@Override
		public void handle(Stream stream) {
		}

	}

}
