package io.p2pboot.libp2p.spring;

import java.lang.reflect.Method;
import java.lang.reflect.Type;

import com.google.protobuf.MessageLite;
import io.p2pboot.libp2p.Node;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.annotation.SimpleReflectiveProcessor;
import org.springframework.util.ClassUtils;

/**
 * Tells native images which methods are called, and which classes are read from messages
 * and written to them. Stateless.
 */
final class Libp2pProtocolReflectiveProcessor extends SimpleReflectiveProcessor {

	private final BindingReflectionHintsRegistrar bindings = new BindingReflectionHintsRegistrar();

	@Override
	protected void registerMethodHint(ReflectionHints hints, Method method) {
		super.registerMethodHint(hints, method);
		Type[] parameters = method.getGenericParameterTypes();
		for (int index = 0; index < parameters.length; index++) {
			registerMessage(hints, method.getParameterTypes()[index], parameters[index]);
		}
		registerMessage(hints, method.getReturnType(), method.getGenericReturnType());
	}

	private void registerMessage(ReflectionHints hints, Class<?> raw, Type type) {
		boolean own = raw.getPackage() == Node.class.getPackage();
		boolean stream = raw.getPackageName().equals("java.io") || raw.getPackageName().equals("java.nio");
		if (MessageLite.class.isAssignableFrom(raw)) {
			hints.registerType(raw, MemberCategory.INVOKE_PUBLIC_METHODS);
		}
		else if (!own && !stream && raw != void.class && !ClassUtils.isPrimitiveOrWrapper(raw)) {
			this.bindings.registerReflectionHints(hints, type);
		}
	}

}
