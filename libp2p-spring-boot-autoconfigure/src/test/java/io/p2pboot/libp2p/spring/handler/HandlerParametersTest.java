package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.stream.Stream;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.parameters.P;
import org.springframework.web.bind.annotation.RequestBody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What annotations of parameters say, also where it is said in an interface.
 */
@Timeout(60)
class HandlerParametersTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, ValidationAutoConfiguration.class));

	static Stream<Arguments> whatAnotherPartOfSpringWouldGiveIsRefused() {
		return Stream.of(arguments(AProperty.class, "parameter 0 carries @Value"),
				arguments(APropertyAsThePeer.class, "parameter 1 carries @Value"),
				arguments(ABean.class, "parameter 0 carries @Qualifier"),
				arguments(ABody.class, "parameter 0 carries @RequestBody"),
				arguments(AUser.class, "parameter 0 carries @AuthenticationPrincipal"),
				arguments(AnOwnAnnotation.class, "parameter 0 carries @CurrentUser"),
				arguments(InAnInterface.class, "parameter 0 carries @Value"),
				arguments(AnExpression.class, "parameter 0 has an expression in @Payload"),
				arguments(NotRequired.class, "parameter 0 has @Payload(required = false)"));
	}

	@ParameterizedTest
	@MethodSource
	void whatAnotherPartOfSpringWouldGiveIsRefused(Class<?> handler, String problem) {
		this.runner.withUserConfiguration(handler)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.handler()).contains("method serve").contains(handler.getSimpleName());
					assertThat(failure.problem()).contains(problem);
					assertThat(failure.action()).endsWith(".");
				}));
	}

	@Test
	void whatAnInterfaceOrASuperclassSaysOfAParameterHoldsForWhoImplementsIt() {
		this.runner.withUserConfiguration(OrderDesk.class, NoteDesk.class).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				Libp2pTemplate template = new Libp2pTemplate(peer, context.getBean(MessageCodec.class));
				for (String path : new String[] { "/order", "/note" }) {
					assertThat(template.request(MemoryApp.address(context), path, new Order("tea"), String.class))
						.isEqualTo("tea");
					assertThatExceptionOfType(StreamReset.class)
						.isThrownBy(
								() -> template.request(MemoryApp.address(context), path, new Order(" "), String.class))
						.satisfies((reset) -> assertThat(reset.code()).hasValue(UnreadableMessage.RESET_CODE));
				}
			}
		});
	}

	@Test
	void anAnnotationThatNamesAParameterIsNoMatter() {
		this.runner.withUserConfiguration(Named.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(text(context.getBean(Node.class))).isEqualTo("\u0002hi");
		});
	}

	private static String text(Node app) throws IOException {
		try (Node peer = MemoryApp.peer()) {
			return MemoryApp.exchange(peer, MemoryApp.address(app), "/shape", "\u0002hi");
		}
	}

	@Retention(RetentionPolicy.RUNTIME)
	@AuthenticationPrincipal
	@interface CurrentUser {

	}

	static class AProperty {

		@Libp2pProtocol("/shape")
		String serve(@Value("${user.name}") String message) {
			return message;
		}

	}

	static class APropertyAsThePeer {

		@Libp2pProtocol("/shape")
		String serve(String message, @Value("${app.partner}") PeerId partner) {
			return message;
		}

	}

	static class ABean {

		@Libp2pProtocol("/shape")
		String serve(@Qualifier("orders") String message) {
			return message;
		}

	}

	static class ABody {

		@Libp2pProtocol("/shape")
		String serve(@RequestBody String message) {
			return message;
		}

	}

	static class AUser {

		@Libp2pProtocol("/shape")
		String serve(@AuthenticationPrincipal Object user) {
			return "";
		}

	}

	static class AnOwnAnnotation {

		@Libp2pProtocol("/shape")
		String serve(@CurrentUser Object user) {
			return "";
		}

	}

	interface Configured {

		@Libp2pProtocol("/shape")
		String serve(@Value("${user.name}") String message);

	}

	static class InAnInterface implements Configured {

		@Override
		public String serve(String message) {
			return message;
		}

	}

	static class AnExpression {

		@Libp2pProtocol("/shape")
		String serve(@Payload("item") String message) {
			return message;
		}

	}

	static class NotRequired {

		@Libp2pProtocol("/shape")
		String serve(@Payload(required = false) Order order) {
			return "";
		}

	}

	static class Named {

		@Libp2pProtocol("/shape")
		String serve(@P("message") String message) {
			return message;
		}

	}

	record Order(@NotBlank String item) {
	}

	interface Orders {

		@Libp2pProtocol("/order")
		String order(@Valid Order order);

	}

	static class OrderDesk implements Orders {

		@Override
		public String order(Order order) {
			return order.item();
		}

	}

	abstract static class Desk<T> {

		@Libp2pProtocol("/note")
		public abstract String note(@Valid T note);

	}

	static class NoteDesk extends Desk<Order> {

		@Override
		public String note(Order note) {
			return note.item();
		}

	}

}
