package io.p2pboot.libp2p.spring.client;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.p2pboot.libp2p.spring.Libp2pProtocol;

import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AliasFor;

/**
 * Makes a bean of each interface whose methods carry {@link Libp2pProtocol}: calling one
 * calls the peer that is its argument.
 *
 * <pre class="code">
 * interface Deals {
 *
 *     &#64;Libp2pProtocol("/deals/propose/1.0.0")
 *     DealReply propose(DealProposal proposal, PeerId peer) throws IOException;
 *
 * }
 *
 * &#64;Configuration
 * &#64;ImportLibp2pClients(Deals.class)
 * class Clients {
 * }
 * </pre>
 *
 * <p>
 * Each method takes one {@code AddrInfo} or {@code PeerId}, which is whom it calls, and
 * at most one message. Of several paths the first one is called. A handler may implement
 * the same interface: there the argument is the peer that calls. The client is then the
 * bean that is injected by the interface's type, and the handler by its own.
 *
 * <p>
 * The call blocks. What {@code Libp2pTemplate} throws is thrown as it is where the method
 * declares {@code IOException}, else within an {@link java.io.UncheckedIOException}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Import(ClientRegistrar.class)
public @interface ImportLibp2pClients {

	/**
	 * The interfaces; the same as {@link #types()}.
	 * @return interfaces
	 */
	@AliasFor("types")
	Class<?>[] value() default {};

	/**
	 * The interfaces.
	 * @return interfaces
	 */
	@AliasFor("value")
	Class<?>[] types() default {};

	/**
	 * Packages that are searched for interfaces with annotated methods, and those below
	 * them. Without these and without {@link #types()} it is the package of the annotated
	 * class.
	 * @return names of packages
	 */
	String[] basePackages() default {};

	/**
	 * The name of the template that calls, where there are several.
	 * @return the name of a bean; the only {@code Libp2pTemplate} if empty
	 */
	String template() default "";

}
