/**
 * The public asynchronous tier: streams as Netty channels, for protocols that serve
 * thousands of peers without a thread for each. Read
 * {@link io.p2pboot.libp2p.netty.StreamChannel} first, then
 * {@link io.p2pboot.libp2p.netty.NettyNode}.
 */
@NullMarked
package io.p2pboot.libp2p.netty;

import org.jspecify.annotations.NullMarked;
