package io.p2pboot.libp2p.interop.peer;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.ExecutionException;

import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.StreamReset;

/**
 * Why a request failed, with the kind that the control protocol names.
 */
public final class OpFailure extends Exception {

	private static final long serialVersionUID = 1L;

	private final String kind;

	OpFailure(String kind, String message) {
		super(message);
		this.kind = kind;
	}

	private OpFailure(String kind, Throwable cause) {
		super(cause.toString(), cause);
		this.kind = kind;
	}

	static OpFailure of(Throwable failure) {
		if (failure instanceof OpFailure op) {
			return op;
		}
		Throwable cause = failure.getCause();
		if (failure instanceof ExecutionException && cause != null) {
			return of(cause);
		}
		return new OpFailure(kindOf(failure), failure);
	}

	/**
	 * Returns the kind.
	 * @return one of the kinds of the control protocol
	 */
	public String kind() {
		return this.kind;
	}

	static String kindOf(Throwable failure) {
		if (failure instanceof OpFailure op) {
			return op.kind;
		}
		if (failure instanceof DialFailed dial) {
			boolean mismatch = dial.attempts().stream().anyMatch((attempt) -> isMismatch(attempt.cause()));
			return mismatch ? "peerId" : "dial";
		}
		if (failure instanceof ProtocolUnsupported) {
			return "protocol";
		}
		if (failure instanceof StreamReset) {
			return "reset";
		}
		if (failure instanceof ConnectionLost || failure instanceof ClosedChannelException) {
			return "closed";
		}
		if (failure instanceof SocketTimeoutException || failure instanceof InterruptedIOException
				|| failure instanceof InterruptedException) {
			return "timeout";
		}
		return (failure instanceof IllegalArgumentException) ? "args" : "internal";
	}

	private static boolean isMismatch(Throwable failure) {
		for (Throwable each = failure; each != null; each = each.getCause()) {
			if (each instanceof PeerIdMismatch) {
				return true;
			}
		}
		return false;
	}

}
