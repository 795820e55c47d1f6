/**
 * Auto-configuration of a libp2p node. Read
 * {@link io.p2pboot.libp2p.autoconfigure.Libp2pAutoConfiguration} first.
 */
@NullMarked
package io.p2pboot.libp2p.autoconfigure;

import org.jspecify.annotations.NullMarked;
