package io.p2pboot.libp2p.interop;

import org.junit.jupiter.params.provider.MethodSource;

/**
 * Streams over TCP.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#all")
class TcpStreamTest extends StreamScenarios {

}
