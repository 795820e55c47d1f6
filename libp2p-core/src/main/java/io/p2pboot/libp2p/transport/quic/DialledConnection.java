package io.p2pboot.libp2p.transport.quic;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.transport.MuxedConnection;

/**
 * A connection that we dialled. Event loop only.
 */
final class DialledConnection extends QuicConnection {

	private final QuicDial dial;

	DialledConnection(QuicSocket socket, QuicDial dial) {
		super(socket, Direction.OUTBOUND);
		this.dial = dial;
	}

	@Override
	void established(MuxedConnection connection) {
		this.dial.succeed(connection);
	}

	@Override
	void refused(UpgradeFailed cause) {
		this.dial.fail(cause);
	}

	@Override
	void failed(Throwable cause) {
		this.dial.fail(cause);
	}

}
