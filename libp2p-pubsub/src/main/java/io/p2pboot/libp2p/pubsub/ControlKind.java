package io.p2pboot.libp2p.pubsub;

import java.util.Locale;

/**
 * The control messages of gossipsub.
 */
public enum ControlKind {

	/** Which messages a peer has. */
	IHAVE,

	/** Which of them are asked for. */
	IWANT,

	/** A peer is taken into a mesh. */
	GRAFT,

	/** A peer is taken out of a mesh, or not into it. */
	PRUNE,

	/** Which messages need not be sent. */
	IDONTWANT;

	/** The name in meters. */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

}
