package io.p2pboot.libp2p.interop;

import org.junit.jupiter.params.provider.MethodSource;

/**
 * Streams over QUIC.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#quic")
class QuicStreamTest extends StreamScenarios {

}
