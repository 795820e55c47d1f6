@NullMarked
package io.p2pboot.libp2p.protocol.datagram;

import org.jspecify.annotations.NullMarked;
