package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;

import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Makes handlers out of annotated methods. Used on the thread that starts the context.
 */
public final class MethodHandlers {

	private final ConfigurableListableBeanFactory beanFactory;

	private final MessageCodec codec;

	private final @Nullable PayloadValidator validator;

	/**
	 * Creates handlers.
	 * @param beanFactory the beans
	 * @param codec reads and writes messages
	 * @param validator checks messages; null if there is none
	 */
	public MethodHandlers(ConfigurableListableBeanFactory beanFactory, MessageCodec codec,
			@Nullable PayloadValidator validator) {
		this.beanFactory = beanFactory;
		this.codec = codec;
		this.validator = validator;
	}

	ServedMethod create(FoundHandler<Libp2pProtocol> found) {
		Method declared = found.method();
		if (declared == null) {
			throw new IllegalArgumentException(found.describe() + " is not a method");
		}
		HandlerSignature signature = HandlerSignature.of(found, declared, this.codec, this.validator != null);
		MethodCall call = new MethodCall(this.beanFactory, found.beanName(),
				found.invocable(this.beanFactory, declared), signature, this.codec, this.validator, ExceptionMethods
					.of(found, HandlerSignature.format(found, found.annotation().format(), this.codec), this.codec));
		return signature.datagrams() ? new ServedMethod.OfDatagrams(call::handle)
				: new ServedMethod.OfStreams(call::handle, !signature.isRaw());
	}

}
