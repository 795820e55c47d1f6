/**
 * Support for tests of applications that have a node. Begin with
 * {@link io.p2pboot.libp2p.test.AutoConfigureTestLibp2pTransport}.
 */
@NullMarked
package io.p2pboot.libp2p.test;

import org.jspecify.annotations.NullMarked;
