package io.p2pboot.libp2p;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Interfaces of which a test needs a few methods only.
 */
public final class Fakes {

	private Fakes() {
	}

	/** One whose named methods answer; any other call is a failure of the test. */
	public static <T> T of(Class<T> type, Map<String, Function<List<Object>, @Nullable Object>> answers) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, args) -> {
				Function<List<Object>, @Nullable Object> answer = answers.get(method.getName());
				if (answer == null) {
					throw new AssertionError("Not expected: " + method);
				}
				return answer.apply((args != null) ? Arrays.asList(args) : List.of());
			}));
	}

	/** One that tells of every call. */
	public static <T> T recording(Class<T> type, BiConsumer<String, List<Object>> calls) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, args) -> {
				calls.accept(method.getName(), (args != null) ? Arrays.asList(args) : List.of());
				return null;
			}));
	}

}
