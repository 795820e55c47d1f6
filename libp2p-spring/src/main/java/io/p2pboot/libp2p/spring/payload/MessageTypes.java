package io.p2pboot.libp2p.spring.payload;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.Type;
import java.nio.channels.Channel;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.BaseStream;

import io.p2pboot.libp2p.Node;

import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.InputStreamSource;
import org.springframework.util.ClassUtils;

/**
 * Which types can be a message, or a part of one. Stateless.
 */
public final class MessageTypes {

	private static final String OPEN = "which is open, and not a value";

	private static final String ENVELOPE = "which has headers, and a stream carries the payload alone";

	private static final String LATER = "which comes later, and nobody would wait for it";

	/** Why no message is made of a type, of its subclasses, nor of what holds one. */
	private static final Map<Class<?>, String> REFUSED = Map.ofEntries(
			Map.entry(Throwable.class, "which is an exception, and never travels as a message"),
			Map.entry(Future.class, LATER), Map.entry(CompletionStage.class, LATER),
			Map.entry(Flow.Publisher.class, LATER), Map.entry(Callable.class, LATER), Map.entry(Supplier.class, LATER),
			Map.entry(Runnable.class, LATER), Map.entry(InputStream.class, OPEN), Map.entry(OutputStream.class, OPEN),
			Map.entry(Reader.class, OPEN), Map.entry(Writer.class, OPEN), Map.entry(Channel.class, OPEN),
			Map.entry(BaseStream.class, OPEN),
			Map.entry(InputStreamSource.class, "which names a resource, and not its bytes"));

	private static final String MESSAGING = "org.springframework.messaging";

	/** Of libraries that need not be there. */
	private static final Map<String, String> REFUSED_NAMES = Map.of(MESSAGING + ".Message", ENVELOPE,
			"org.springframework.http.HttpEntity", ENVELOPE,
			"org.springframework.web.context.request.async.DeferredResult", LATER,
			"org.springframework.web.context.request.async.WebAsyncTask", LATER);

	/** Enough for what people write, and an end for types that speak of themselves. */
	private static final int MAX_DEPTH = 8;

	private MessageTypes() {
	}

	/**
	 * Why a type cannot be a message; empty if it can.
	 * @param type the type, with the variables of its class resolved
	 * @return a clause that begins with the name of the part that is at fault
	 */
	public static Optional<String> refusal(Type type) {
		ResolvableType resolved = ResolvableType.forType(type);
		Class<?> raw = resolved.resolve(Object.class);
		if (raw.getPackage() == Node.class.getPackage() && !Throwable.class.isAssignableFrom(raw)) {
			return Optional.of(raw.getSimpleName() + ", which belongs to the node and is no message");
		}
		if (raw.getPackageName().equals(MESSAGING)) {
			return Optional.of(raw.getSimpleName() + ", " + ENVELOPE);
		}
		return refusal(resolved, MAX_DEPTH);
	}

	private static Optional<String> refusal(ResolvableType type, int depth) {
		if (depth == 0) {
			return Optional.empty();
		}
		Class<?> raw = type.resolve(Object.class);
		Optional<String> refusal = refusal(raw);
		if (refusal.isPresent()) {
			return refusal;
		}
		if (type.isArray()) {
			return refusal(type.getComponentType(), depth - 1);
		}
		for (ResolvableType argument : type.getGenerics()) {
			refusal = refusal(argument, depth - 1);
			if (refusal.isPresent()) {
				return refusal;
			}
		}
		return inherited(type, raw, depth);
	}

	/** What a collection or map holds may be said where it is extended. */
	private static Optional<String> inherited(ResolvableType type, Class<?> raw, int depth) {
		for (Class<?> container : new Class<?>[] { Iterable.class, Map.class }) {
			if (container.isAssignableFrom(raw) && container != raw) {
				return refusal(type.as(container), depth - 1);
			}
		}
		return Optional.empty();
	}

	private static Optional<String> refusal(Class<?> raw) {
		for (Map.Entry<Class<?>, String> entry : REFUSED.entrySet()) {
			if (entry.getKey().isAssignableFrom(raw)) {
				return Optional.of(raw.getSimpleName() + ", " + entry.getValue());
			}
		}
		Set<Class<?>> types = new LinkedHashSet<>(ClassUtils.getAllInterfacesForClassAsSet(raw));
		for (Class<?> type = raw; type != null; type = type.getSuperclass()) {
			types.add(type);
		}
		for (Class<?> type : types) {
			String reason = REFUSED_NAMES.get(type.getName());
			if (reason != null) {
				return Optional.of(raw.getSimpleName() + ", " + reason);
			}
		}
		if (ReactiveAdapterRegistry.getSharedInstance().getAdapter(raw) != null) {
			return Optional.of(raw.getSimpleName() + ", " + LATER);
		}
		return Optional.empty();
	}

}
