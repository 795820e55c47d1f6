package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;

import io.p2pboot.libp2p.PeerId;

/**
 * Hears what changes of that which is to outlive the process. What expires by itself is
 * not told. The instance's event loop only.
 */
interface KadChanges {

	/** Whom nobody tells. */
	KadChanges NONE = new KadChanges() {

		@Override
		public void value(KadRecord record, long endNanos) {
			// Kept in memory alone.
		}

		@Override
		public void provider(KadKey key, PeerId provider, long endNanos) {
			// Kept in memory alone.
		}

		@Override
		public void providerRemoved(KadKey key, PeerId provider) {
			// Kept in memory alone.
		}

		@Override
		public void provided(ByteBuffer preimage, long dueNanos) {
			// Kept in memory alone.
		}

		@Override
		public void providedNoMore(ByteBuffer preimage) {
			// Kept in memory alone.
		}

	};

	/** A value is kept until a time. */
	void value(KadRecord record, long endNanos);

	/** A provider record is kept until a time. */
	void provider(KadKey key, PeerId provider, long endNanos);

	/** A provider record was taken back. */
	void providerRemoved(KadKey key, PeerId provider);

	/** A key that this node provides is to be announced at a time. */
	void provided(ByteBuffer preimage, long dueNanos);

	/** This node does not provide a key any more. */
	void providedNoMore(ByteBuffer preimage);

}
