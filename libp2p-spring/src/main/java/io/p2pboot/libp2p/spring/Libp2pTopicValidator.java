package io.p2pboot.libp2p.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.p2pboot.libp2p.spring.payload.PayloadFormat;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;
import org.springframework.stereotype.Component;

/**
 * Has messages of topics validated before they are delivered and forwarded. Needs
 * {@code libp2p-pubsub}.
 *
 * <p>
 * On a class or a {@code @Bean} method the bean is a
 * {@link io.p2pboot.libp2p.pubsub.TopicValidator} or an
 * {@link io.p2pboot.libp2p.pubsub.AsyncTopicValidator}. Any other method takes the
 * payload, the {@link io.p2pboot.libp2p.pubsub.TopicMessage} or both, and returns a
 * {@code boolean} ({@code false} rejects), a {@link io.p2pboot.libp2p.pubsub.Validation},
 * or a {@code CompletionStage} of one of them. What it throws means <em>ignore</em>.
 *
 * <p>
 * Rejecting counts against every peer that sent the message. What an honest peer may
 * forward is ignored instead.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
@Reflective(Libp2pProtocolReflectiveProcessor.class)
public @interface Libp2pTopicValidator {

	/**
	 * The topics. Placeholders and expressions are resolved.
	 * @return one topic at least
	 */
	@AliasFor("value")
	String[] topics() default {};

	/**
	 * The topics; the same as {@link #topics()}.
	 * @return one topic at least
	 */
	@AliasFor("topics")
	String[] value() default {};

	/**
	 * Whether a message that the payload of the method cannot be read from, or that is
	 * not valid, is rejected, which counts against the peers that sent it. It is ignored
	 * if not: peers of another version are no attackers.
	 * @return whether it is rejected
	 */
	boolean rejectUnreadable() default false;

	/**
	 * The format of messages that are objects; that of {@code libp2p.handlers.format} if
	 * empty.
	 * @return at most one format
	 */
	PayloadFormat[] format() default {};

}
