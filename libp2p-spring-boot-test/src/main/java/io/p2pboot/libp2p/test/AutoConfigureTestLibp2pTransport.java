package io.p2pboot.libp2p.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Puts the node of a test's application on a network in memory, whatever its properties
 * say: it listens on one address there, and opens no socket. Nor does it open a file:
 * what {@code libp2p.identity.location}, {@code libp2p.peerstore.location} and
 * {@code libp2p.kad.store.location} name is neither read nor made, and its identity is a
 * new one. A {@link TestPeer} bean calls it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface AutoConfigureTestLibp2pTransport {

}
