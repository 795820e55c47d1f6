package io.p2pboot.libp2p.spring.kad;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says for which namespace a {@link io.p2pboot.libp2p.RecordValidator} bean decides about
 * values of Kademlia: those of the keys {@code /<namespace>/…}. Stands on its class or
 * its {@code @Bean} method.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Libp2pRecords {

	/**
	 * The namespace, without slashes.
	 * @return the first part of the keys
	 */
	String value();

}
