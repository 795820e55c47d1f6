@NullMarked
package io.p2pboot.libp2p.resource;

import org.jspecify.annotations.NullMarked;
