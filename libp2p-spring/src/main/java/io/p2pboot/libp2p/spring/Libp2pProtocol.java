package io.p2pboot.libp2p.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.p2pboot.libp2p.spring.payload.PayloadFormat;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.stereotype.Component;

/**
 * Mounts a bean, or a method of one, on the node under a protocol path.
 *
 * <p>
 * On a class, or on a {@code @Bean} method, the bean is a
 * {@link io.p2pboot.libp2p.StreamHandler} or a {@link io.p2pboot.libp2p.DatagramHandler}.
 * On any other method the parameters say what is served: a {@code Stream},
 * {@code InputStream} or {@code OutputStream} for the bytes themselves, a
 * {@code Datagram} for datagrams, else one message in and, unless it returns
 * {@code void}, one message out. {@code PeerId}, {@code AddrInfo} and {@code Connection}
 * tell who calls.
 *
 * <p>
 * A {@code @Lazy} {@code @Bean} method that returns the interface while only the
 * implementation is annotated cannot be found without creating the bean: annotate the
 * method instead.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
@Reflective(Libp2pProtocolReflectiveProcessor.class)
public @interface Libp2pProtocol {

	/**
	 * The paths under which it is mounted, for example {@code /echo/1.0.0}; several mount
	 * several versions. Placeholders and expressions are resolved, here as in the other
	 * texts of this annotation.
	 * @return one path at least
	 */
	String[] value();

	/**
	 * The format of messages that are objects, for a method; the one of
	 * {@code libp2p.handlers.format} if empty.
	 * @return at most one format
	 */
	PayloadFormat[] format() default {};

	/**
	 * The name of the handler in the
	 * {@link io.p2pboot.libp2p.spring.handler.Libp2pHandlerRegistry}. Placeholders are
	 * resolved.
	 * @return a name of its own; the bean and the method if empty
	 */
	String id() default "";

	/**
	 * How many streams the handler serves at once, of all peers; one more is reset.
	 * Placeholders are resolved. Datagrams come one after the other.
	 * @return a positive number; as many as {@code libp2p.handlers.max-concurrent} allows
	 * all handlers if empty
	 */
	String concurrency() default "";

	/**
	 * The longest message that the method takes or replies with, for example
	 * {@code 16MB}. Placeholders are resolved.
	 * @return a positive size; that of {@code libp2p.streams.max-message-size} if empty
	 */
	String maxMessageSize() default "";

	/**
	 * How long one stream may be served, for example {@code 30s}: then it is reset with
	 * 504, and the thread interrupted. Placeholders are resolved.
	 * @return a positive time; any time if empty
	 */
	String timeout() default "";

	/**
	 * Whether the handler is mounted when the application starts. Placeholders are
	 * resolved.
	 * @return {@code true} or {@code false}
	 */
	String autoStartup() default "true";

}
