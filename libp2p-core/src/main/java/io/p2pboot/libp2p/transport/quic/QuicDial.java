package io.p2pboot.libp2p.transport.quic;

import java.net.ConnectException;
import java.util.Optional;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClosedChannelException;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.SocketFailure;

/**
 * One dial. Cancelling its future, or a failure, closes the connection at whatever step
 * it is. Event loop only, except for {@link #future}.
 */
final class QuicDial {

	/** RFC 9000 section 20.1. */
	static final int CONNECTION_REFUSED = 2;

	private final Multiaddr address;

	private final PeerProof proof;

	private final Role role;

	private final Promise<MuxedConnection> result;

	QuicDial(EventLoop loop, Multiaddr address, DialOptions options) {
		this.address = address;
		this.proof = new PeerProof(options.peer());
		this.role = options.role();
		this.result = loop.newPromise();
	}

	Multiaddr address() {
		return this.address;
	}

	PeerProof proof() {
		return this.proof;
	}

	/** Who speaks first: the responder waits for the peer's own dial. */
	Role role() {
		return this.role;
	}

	Future<MuxedConnection> future() {
		return this.result;
	}

	boolean isDone() {
		return this.result.isDone();
	}

	/** Ties a connection to the result: each ends with the other. */
	void opened(QuicChannel channel) {
		this.result.addListener((done) -> {
			if (!done.isSuccess()) {
				Farewell.close(channel, 0);
			}
		});
		channel.closeFuture().addListener((closed) -> {
			if (!this.result.isDone()) {
				fail(new ConnectException("the connection closed"));
			}
		});
	}

	void succeed(MuxedConnection connection) {
		if (!this.result.trySuccess(connection)) {
			connection.session().close(0);
		}
	}

	/** Ends the dial, unless it has ended; what the verifier found says most. */
	void fail(Throwable cause) {
		if (!this.result.isDone()) {
			this.result.tryFailure(SocketFailure.dial(this.address, explained(cause)));
		}
	}

	private Throwable explained(Throwable cause) {
		Optional<Libp2pException> refusal = this.proof.refusal();
		if (refusal.isPresent()) {
			return refusal.get();
		}
		if (cause instanceof javax.net.ssl.SSLException) {
			return new UpgradeFailed(describe() + " failed: " + cause.getMessage(), cause);
		}
		if (cause instanceof QuicClosedChannelException closed && closed.event() != null) {
			return explained(closed.event(), cause);
		}
		return cause;
	}

	private Throwable explained(QuicConnectionCloseEvent event, Throwable cause) {
		if (!event.isApplicationClose() && event.error() == CONNECTION_REFUSED) {
			return new ConnectException("the peer refuses connections");
		}
		return new UpgradeFailed(describe() + " failed: " + ConnectionEnd.describe(event), cause);
	}

	private String describe() {
		return "The QUIC handshake with " + this.address;
	}

}
