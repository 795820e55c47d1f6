package io.p2pboot.libp2p.spring.client.scanned;

/**
 * Has no annotated method.
 */
public interface Unrelated {

	String call(String text);

}
