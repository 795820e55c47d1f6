package io.p2pboot.libp2p.spring.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.handler.HandlerChain;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import io.p2pboot.libp2p.spring.payload.MessageCodec;

import org.springframework.context.annotation.Import;

/**
 * Mounts what carries {@link Libp2pProtocol} on the {@link io.p2pboot.libp2p.Node} among
 * the beans of this context. Spring Boot's auto-configuration does so by itself.
 *
 * <pre class="code">
 * &#64;Configuration
 * &#64;EnableLibp2p
 * class App {
 *
 *     &#64;Bean(initMethod = "start", destroyMethod = "close")
 *     Node node() {
 *         return NodeBuilder.create().listen("/ip4/0.0.0.0/tcp/4001").build();
 *     }
 *
 *     &#64;Bean
 *     Libp2pTemplate template(Node node) {
 *         return new Libp2pTemplate(node, MessageCodec.withDefaults());
 *     }
 *
 * }
 * </pre>
 *
 * <p>
 * A bean of type {@link HandlerExecutor}, {@link HandlerChain} or {@link MessageCodec}
 * takes the place of the default: {@link HandlerExecutor#DEFAULT_MAX_CONCURRENT} platform
 * threads, a chain of the interceptors and exception handlers among the beans, and
 * {@link MessageCodec#withDefaults()} with the converters among the beans before its own.
 * Methods need {@code spring-messaging} on the class path.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Import(HandlersConfiguration.class)
public @interface EnableLibp2p {

}
