/**
 * WebSocket as a transport: {@code …/tcp/<port>/ws}, and over TLS
 * {@code …/tcp/<port>/tls/ws}, {@code …/tls/sni/<host>/ws} and {@code …/wss}. It carries
 * only bytes, in binary frames, so each connection goes to the
 * {@link io.p2pboot.libp2p.transport.Upgrader} and is secured again there. Read
 * {@link io.p2pboot.libp2p.transport.websocket.WebSocketTransport} first. Specification:
 * libp2p/specs websockets/README.md and RFC 6455.
 */
@NullMarked
package io.p2pboot.libp2p.transport.websocket;

import org.jspecify.annotations.NullMarked;
