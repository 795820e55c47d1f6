package io.p2pboot.libp2p.spring.client;

import io.p2pboot.libp2p.spring.Libp2pClient;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.support.RegisteredBean;

/**
 * Tells native images of the proxy of each client, and of the messages of its methods.
 * Stateless.
 */
final class ClientAotProcessor implements BeanRegistrationAotProcessor {

	@Override
	public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean bean) {
		if (bean.getBeanClass() != Libp2pClientFactoryBean.class) {
			return null;
		}
		Class<?> type = bean.getBeanType().as(Libp2pClientFactoryBean.class).getGeneric(0).resolve();
		return (type != null) ? (context, code) -> register(context.getRuntimeHints(), type) : null;
	}

	static void register(RuntimeHints hints, Class<?> type) {
		hints.proxies().registerJdkProxy(type, Libp2pClient.class);
		new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, type);
	}

}
