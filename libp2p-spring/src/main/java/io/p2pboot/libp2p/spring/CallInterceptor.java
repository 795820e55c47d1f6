package io.p2pboot.libp2p.spring;

import java.io.IOException;

import io.p2pboot.libp2p.AddrInfo;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every call of {@link Libp2pTemplate}, and so of every client that is made
 * of an interface. Beans of this type are called in their order, the first one outermost,
 * on the thread that calls. <pre class="code">
 * &#64;Bean
 * CallInterceptor onlyKnown(Set&lt;PeerId&gt; known) {
 *     return (call, next) -&gt; {
 *         if (!known.contains(call.peer().id())) {
 *             throw new IOException(call.peer().id() + " is not known");
 *         }
 *         return next.proceed();
 *     };
 * }
 * </pre>
 */
@FunctionalInterface
public interface CallInterceptor {

	/**
	 * Makes a call, usually by going on with it.
	 * @param call what is called
	 * @param next goes on; may be called again, for another try on a new stream
	 * @return what {@code next} returned
	 * @throws IOException if the call is refused or failed
	 */
	@Nullable Object intercept(Call call, Next next) throws IOException;

	/**
	 * What is called.
	 *
	 * @param operation what the template does: {@code request}, {@code send},
	 * {@code datagram} or {@code open}
	 * @param peer the peer
	 * @param path the protocol
	 */
	record Call(String operation, AddrInfo peer, String path) {
	}

	/**
	 * What comes after an interceptor.
	 */
	@FunctionalInterface
	interface Next {

		/**
		 * Goes on with the call. Blocks until it has ended.
		 * @return its result
		 * @throws IOException if it failed
		 */
		@Nullable Object proceed() throws IOException;

	}

}
