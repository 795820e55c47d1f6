package io.p2pboot.libp2p.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Puts a test's application into a network of Kademlia servers in memory: its instance
 * begins with one of them and finds the others. A {@link TestKadNetwork} bean holds the
 * servers. Includes {@link AutoConfigureTestLibp2pTransport}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@AutoConfigureTestLibp2pTransport
public @interface KadNetwork {

	/**
	 * How many servers there are, beside the application.
	 * @return 1 to 100
	 */
	int nodes() default 20;

	/**
	 * The protocol of the network, in place of {@code libp2p.kad.protocol}.
	 * @return the whole protocol id
	 */
	String protocol() default "/test/kad/1.0.0";

}
