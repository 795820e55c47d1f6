package io.p2pboot.libp2p.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.p2pboot.libp2p.pubsub.Overflow;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/**
 * Has a method take the messages of topics. Needs {@code libp2p-pubsub}.
 *
 * <p>
 * The method returns {@code void} and takes the payload ({@code byte[]}, {@code String},
 * {@code ByteBuffer}, a protobuf message, any type through Jackson; {@code @Valid} where
 * it is to be checked), the {@link io.p2pboot.libp2p.pubsub.TopicMessage}, or both. With
 * {@link #batch()} it takes a {@code List} of either, or of both in the same order.
 *
 * <p>
 * With a concurrency of 1 the messages of a topic come in the order in which they were
 * accepted. Nothing is sent again when the method throws.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective(Libp2pProtocolReflectiveProcessor.class)
public @interface Libp2pTopicListener {

	/**
	 * The topics; the same as {@link #topics()}.
	 * @return one topic at least
	 */
	@AliasFor("topics")
	String[] value() default {};

	/**
	 * The topics. Placeholders and expressions are resolved.
	 * @return one topic at least
	 */
	@AliasFor("value")
	String[] topics() default {};

	/**
	 * The name of the listener in the {@code Libp2pTopicListenerRegistry}, in meters and
	 * in the log. Placeholders are resolved.
	 * @return a name of its own; the bean and the method if empty
	 */
	String id() default "";

	/**
	 * How many messages are handled at once. Placeholders are resolved. With more than 1
	 * messages are not in order.
	 * @return a positive number; that of {@code libp2p.pubsub.listener.concurrency} if
	 * empty
	 */
	String concurrency() default "";

	/**
	 * Whether the method takes several messages at once.
	 * @return whether its parameters are lists
	 */
	boolean batch() default false;

	/**
	 * Whether the topics are joined when the application starts. Placeholders are
	 * resolved.
	 * @return {@code true} or {@code false}
	 */
	String autoStartup() default "true";

	/**
	 * What happens to a message when as many wait as may; that of
	 * {@code libp2p.pubsub.listener.overflow} if empty.
	 * @return at most one
	 */
	Overflow[] overflow() default {};

	/**
	 * The format of messages that are objects; that of {@code libp2p.handlers.format} if
	 * empty.
	 * @return at most one format
	 */
	PayloadFormat[] format() default {};

}
