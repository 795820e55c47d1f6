package io.p2pboot.libp2p;

/**
 * What connection listeners were told of, and what waits to be told: a snapshot.
 * Immutable.
 *
 * @param connections how many times a connection has come or gone
 * @param identifications how many times a peer has told who it is
 * @param protocolChanges how many times a peer has told that it serves other protocols
 * @param listeners how many listeners are told, those of this node's own services
 * included
 * @param waiting how many connections have something to tell that waits for its turn
 * @param full whether so many wait that some that have ended are told of no more
 */
public record EventUsage(long connections, long identifications, long protocolChanges, int listeners, int waiting,
		boolean full) {

	/**
	 * Returns how many events there were in all.
	 * @return the number
	 */
	public long events() {
		return this.connections + this.identifications + this.protocolChanges;
	}

}
