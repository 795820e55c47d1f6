package io.p2pboot.libp2p.kad;

import java.util.List;
import java.util.function.Function;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.NotStored;
import org.jspecify.annotations.Nullable;

/**
 * Sends one thing to store to several peers at once, and counts those that took it. The
 * instance's event loop only.
 */
final class StoreRound {

	private final KadEngine engine;

	private final String what;

	private final Promise<Integer> promise;

	private int left;

	private int stored;

	private int asked;

	StoreRound(KadEngine engine, String what, Promise<Integer> promise) {
		this.engine = engine;
		this.what = what;
		this.promise = promise;
	}

	/**
	 * Sends the requests.
	 * @param peers to whom
	 * @param request makes the request for a peer; null to leave that one out
	 */
	void send(List<KadPeer> peers, Function<KadPeer, @Nullable KadMessage> request) {
		this.left = peers.size();
		for (KadPeer peer : peers) {
			KadMessage message = request.apply(peer);
			if (message == null) {
				this.left--;
			}
			else {
				this.asked++;
				KadNetwork.Pending sent = send(peer, message);
				this.promise.addListener((done) -> {
					if (done.isCancelled()) {
						sent.cancel();
					}
				});
			}
		}
		if (this.left == 0) {
			end();
		}
	}

	private KadNetwork.Pending send(KadPeer peer, KadMessage message) {
		return this.engine.ask(peer, message, new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				StoreRound.this.stored += isStored(message, answer) ? 1 : 0;
				over();
			}

			@Override
			public void failed(Throwable cause) {
				over();
			}

		});
	}

	/** A value that is stored comes back; a provider record has no answer. */
	private static boolean isStored(KadMessage message, @Nullable KadMessage answer) {
		KadRecord sent = message.record();
		if (sent == null) {
			return true;
		}
		KadRecord echoed = (answer != null) ? answer.record() : null;
		return echoed != null && echoed.value().equals(sent.value());
	}

	private void over() {
		if (--this.left == 0) {
			end();
		}
	}

	private void end() {
		if (this.stored > 0) {
			this.promise.trySuccess(this.stored);
		}
		else {
			this.promise.tryFailure(new NotStored("None of " + this.asked + " peers has stored " + this.what));
		}
	}

}
