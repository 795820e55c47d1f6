package io.p2pboot.libp2p.spring;

import java.io.IOException;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;

/**
 * Stands before the handler of every inbound stream that a bean serves. Beans of this
 * type are called in their order, the first one outermost, on the handler's thread.
 *
 * <p>
 * Here is where authorisation goes: no byte of the stream has been read yet, and the
 * peer, the path and the connection are known. To refuse, throw
 * {@link io.p2pboot.libp2p.StreamReset#local(long, String)}: the peer sees the code.
 * <pre class="code">
 * &#64;Bean
 * StreamInterceptor onlyFriends(Set&lt;PeerId&gt; friends) {
 *     return (stream, next) -&gt; {
 *         if (!friends.contains(stream.remotePeer().id())) {
 *             throw StreamReset.local(403, "not a friend");
 *         }
 *         next.handle(stream);
 *     };
 * }
 * </pre>
 */
@FunctionalInterface
public interface StreamInterceptor {

	/**
	 * Serves a stream, usually by handing it on.
	 * @param stream the stream, of which nothing has been read
	 * @param next what comes after this interceptor
	 * @throws IOException if the stream is refused or failed: it is reset
	 */
	void intercept(Stream stream, StreamHandler next) throws IOException;

}
