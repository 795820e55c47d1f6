@NullMarked
package io.p2pboot.libp2p.swarm;

import org.jspecify.annotations.NullMarked;
