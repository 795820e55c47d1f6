/**
 * The libp2p stack without Spring. What is exported is what applications and providers of
 * transports, security protocols and muxers may use; start with
 * {@link io.p2pboot.libp2p.node.NodeBuilder}. What is exported to modules of libp2p alone
 * may change in any version.
 */
@SuppressWarnings("module")
module io.p2pboot.libp2p.core {

	requires transitive io.netty.buffer;
	requires transitive io.netty.common;
	requires transitive io.netty.transport;
	requires transitive org.jspecify;
	requires io.netty.transport.classes.epoll;
	requires io.netty.codec;
	requires io.netty.codec.classes.quic;
	requires io.netty.codec.dns;
	requires io.netty.codec.http;
	requires transitive io.netty.handler;
	requires io.netty.resolver;
	requires io.netty.resolver.dns;
	requires io.netty.tcnative.classes.openssl;
	requires io.netty.transport.unix.common;
	requires io.p2pboot.libp2p.protobuf;
	requires java.management;
	requires org.bouncycastle.provider;
	requires org.conscrypt;
	requires transitive org.slf4j;

	exports io.p2pboot.libp2p;
	exports io.p2pboot.libp2p.crypto;
	exports io.p2pboot.libp2p.eventlog;
	exports io.p2pboot.libp2p.multiformats;
	exports io.p2pboot.libp2p.muxer;
	exports io.p2pboot.libp2p.muxer.yamux;
	exports io.p2pboot.libp2p.netty;
	exports io.p2pboot.libp2p.node;
	exports io.p2pboot.libp2p.peerstore;
	exports io.p2pboot.libp2p.protocol.addressbook;
	exports io.p2pboot.libp2p.protocol.perf;
	exports io.p2pboot.libp2p.resource;
	exports io.p2pboot.libp2p.security;
	exports io.p2pboot.libp2p.security.noise;
	exports io.p2pboot.libp2p.security.tls;
	exports io.p2pboot.libp2p.transport;
	exports io.p2pboot.libp2p.transport.memory;
	exports io.p2pboot.libp2p.transport.quic;
	exports io.p2pboot.libp2p.transport.tcp;
	exports io.p2pboot.libp2p.transport.websocket;

	exports io.p2pboot.libp2p.blocking to io.p2pboot.libp2p.spring;
	exports io.p2pboot.libp2p.journal to io.p2pboot.libp2p.kad;
	exports io.p2pboot.libp2p.protocol.datagram to io.p2pboot.libp2p.autoconfigure;
	exports io.p2pboot.libp2p.wire to io.p2pboot.libp2p.kad;

}
