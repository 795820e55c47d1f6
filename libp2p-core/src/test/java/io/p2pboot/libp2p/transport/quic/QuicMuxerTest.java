package io.p2pboot.libp2p.transport.quic;

import java.util.List;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.muxer.MuxerConformance;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.Listener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;

class QuicMuxerTest extends MuxerConformance {

	/**
	 * As many streams as a dialler of ours opens beside those that it keeps for urgent
	 * ones.
	 */
	private static final QuicConfig CONFIG = QuicConfig.DEFAULT
		.withStreams(INBOUND_STREAMS + QuicSession.URGENT_STREAMS, 256 * 1024, 8 * 1024 * 1024);

	private static final EventLoops SERVER_LOOPS = EventLoops.create(1);

	private static final EventLoops CLIENT_LOOPS = EventLoops.create(1);

	private final MuxNode server = new MuxNode(SERVER_LOOPS);

	private final MuxNode client = new MuxNode(CLIENT_LOOPS);

	private final QuicTransport serverTransport = new QuicTransport(CONFIG);

	private final QuicTransport clientTransport = new QuicTransport(CONFIG);

	@Override
	protected Pair connect(StreamAcceptor inbound) throws Exception {
		this.server.serveWith(inbound);
		this.client.serveWith(inbound);
		this.serverTransport.start(this.server);
		this.clientTransport.start(this.client);
		Listener listener = MuxNode.await(this.serverTransport.listen(QuicSuite.ANY_PORT));
		MuxerSession dialled = MuxNode.await(this.clientTransport.dial(listener.address(), DialOptions.ANY_PEER))
			.session();
		return new Pair(dialled, this.server.nextInbound().session());
	}

	@AfterEach
	void stop() throws Exception {
		MuxNode.await(this.clientTransport.close());
		MuxNode.await(this.serverTransport.close());
	}

	@AfterAll
	static void stopLoops() throws InterruptedException {
		for (EventLoops loops : List.of(SERVER_LOOPS, CLIENT_LOOPS)) {
			loops.group().shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
		}
	}

	@Override
	protected boolean carriesResetCodes() {
		return true;
	}

	@Override
	protected boolean announcesStreams() {
		return false;
	}

	/** The codec keeps STOP_SENDING to itself until a write. */
	@Override
	protected boolean tellsIdleStreamsOfResets() {
		return false;
	}

}
