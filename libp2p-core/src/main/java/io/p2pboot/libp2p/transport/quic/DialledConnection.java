package io.p2pboot.libp2p.transport.quic;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.transport.MuxedConnection;

/**
 * A connection that we dialled. Event loop only.
 */
final class DialledConnection extends QuicConnection {

	private final QuicDial dial;

	DialledConnection(QuicSocket socket, QuicDial dial, ConnectionScope scope, Multiaddr remote) {
		super(socket, Direction.OUTBOUND);
		admitted(scope, remote);
		this.dial = dial;
	}

	@Override
	void established(MuxedConnection connection) {
		this.dial.succeed(connection);
	}

	@Override
	void refused(Libp2pException cause) {
		this.dial.fail(cause);
	}

	@Override
	void failed(Throwable cause) {
		this.dial.fail(cause);
	}

}
