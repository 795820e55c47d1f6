package io.p2pboot.libp2p.spring.handler;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;

import org.junit.jupiter.api.Test;

import org.springframework.core.MethodParameter;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;

class ValidationHintsTest {

	@Test
	void onlyClassesAreGroups() throws Exception {
		assertThat(groups("aGroup")).containsExactly(Runnable.class);
		assertThat(groups("text")).isEmpty();
		assertThat(groups("plain")).isNull();
	}

	private static Class<?>[] groups(String name) throws Exception {
		Method method = ValidationHintsTest.class.getDeclaredMethod(name, String.class);
		return HandlerSignature.validationGroups(new MethodParameter(method, 0));
	}

	void aGroup(@Validated(Runnable.class) String text) {
	}

	void text(@ValidCurrency("EUR") String text) {
	}

	void plain(String text) {
	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface ValidCurrency {

		String value();

	}

}
