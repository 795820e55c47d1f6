/**
 * Fails each test class that leaks a reference-counted resource of Netty.
 */
package io.p2pboot.libp2p.leak;
