package io.p2pboot.libp2p.resource;

import io.netty.util.AttributeKey;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * What one stream uses, from its opening to its end: a stream of its connection, of its
 * peer and of the node, and once its protocol is known of that protocol and of the
 * service that it belongs to, in all and for the peer. Opened by
 * {@link ConnectionScope#openStream}; ends with the connection's scope at the latest.
 * Thread-safe; no method blocks.
 */
public interface StreamScope {

	/** How the channel of a stream knows its scope. */
	AttributeKey<StreamScope> KEY = AttributeKey.valueOf(StreamScope.class, "scope");

	/**
	 * Says which protocol the stream speaks. Does nothing after {@link #close}.
	 * @param protocol the protocol
	 * @throws LimitExceeded if the protocol, its service, or the peer in either has too
	 * many streams; the stream then counts as it did before, for the caller to close
	 * @throws IllegalStateException if it is known already
	 */
	void protocol(ProtocolPath protocol) throws LimitExceeded;

	/**
	 * Counts bytes that are held for the stream's application, which has not read them
	 * yet, in the scopes of its protocol and service; the connection's scope counts them
	 * by itself, and limits them. Does nothing after {@link #close}. To be called by one
	 * thread at a time, and not beside {@link #protocol}.
	 * @param bytes how many, not negative
	 */
	void reserve(int bytes);

	/**
	 * Counts bytes that are no longer held, as {@link #reserve} counted them.
	 * @param bytes how many, not negative
	 * @throws IllegalStateException if that is more than the stream holds
	 */
	void release(int bytes);

	/**
	 * Ends the scope. Does nothing if it has ended.
	 */
	void close();

}
