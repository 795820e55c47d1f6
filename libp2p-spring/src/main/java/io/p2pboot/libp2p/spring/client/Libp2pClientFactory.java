package io.p2pboot.libp2p.spring.client;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

import io.p2pboot.libp2p.spring.Libp2pClient;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import org.jspecify.annotations.Nullable;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Makes clients of interfaces, as {@link ImportLibp2pClients} does. Thread-safe, as are
 * the clients.
 */
public final class Libp2pClientFactory {

	private final Libp2pTemplate template;

	private final UnaryOperator<String> placeholders;

	/**
	 * Creates a factory that takes paths as they are.
	 * @param template calls
	 */
	public Libp2pClientFactory(Libp2pTemplate template) {
		this(template, UnaryOperator.identity());
	}

	/**
	 * Creates a factory.
	 * @param template calls
	 * @param placeholders resolves the placeholders of a path
	 */
	public Libp2pClientFactory(Libp2pTemplate template, UnaryOperator<String> placeholders) {
		this.template = template;
		this.placeholders = placeholders;
	}

	/**
	 * Makes a client.
	 * @param <T> the interface
	 * @param type the interface
	 * @return calls the peers that are the arguments of its methods
	 * @throws InvalidClientException if it is no interface, or has a method that cannot
	 * call a peer
	 */
	public <T> T createClient(Class<T> type) {
		return createClient(type, type.getClassLoader());
	}

	<T> T createClient(Class<T> type, @Nullable ClassLoader classLoader) {
		if (!type.isInterface()) {
			throw new InvalidClientException(type.getName(), "it is not an interface",
					"Move its methods to an interface, and name that one.");
		}
		Map<Method, ClientMethod> methods = methods(type);
		if (methods.isEmpty()) {
			throw new InvalidClientException(type.getName(), "none of its methods carries @Libp2pProtocol",
					"Annotate each method with the path that it calls.");
		}
		Class<?>[] interfaces = { type, Libp2pClient.class };
		return type.cast(Proxy.newProxyInstance(classLoader, interfaces, new Calls(type, methods)));
	}

	private Map<Method, ClientMethod> methods(Class<?> type) {
		Map<Method, ClientMethod> methods = new HashMap<>();
		for (Method method : type.getMethods()) {
			if (method.isBridge()) {
				// Calls the method that it stands for, as it does in a class.
				continue;
			}
			Libp2pProtocol protocol = AnnotatedElementUtils.findMergedAnnotation(method, Libp2pProtocol.class);
			if (protocol != null) {
				methods.put(method, ClientMethod.of(type, method, protocol, this.template, this.placeholders));
			}
			else if (Modifier.isAbstract(method.getModifiers()) && !ReflectionUtils.isObjectMethod(method)) {
				throw new InvalidClientException(ClientMethod.describe(type, method), "it has no @Libp2pProtocol",
						"Annotate it with the path that it calls, or make it a default method.");
			}
		}
		return methods;
	}

	/**
	 * Calls what is called.
	 *
	 * @param type the interface
	 * @param methods what each method calls
	 */
	private record Calls(Class<?> type, Map<Method, ClientMethod> methods) implements InvocationHandler {

		@Override
		public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
				throws Throwable {
			ClientMethod called = this.methods.get(method);
			if (called != null && arguments != null) {
				return called.call(arguments);
			}
			if (method.isDefault()) {
				return InvocationHandler.invokeDefault(proxy, method, arguments);
			}
			return switch (method.getName()) {
				case "equals" -> arguments != null && proxy == arguments[0];
				case "hashCode" -> System.identityHashCode(proxy);
				default -> "client of " + this.type.getName();
			};
		}

	}

}
