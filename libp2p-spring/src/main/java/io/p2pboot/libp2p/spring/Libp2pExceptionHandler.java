package io.p2pboot.libp2p.spring;

import java.util.Optional;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;

/**
 * Says with which code a stream is reset whose handler threw. Beans of this type are
 * asked in their order, after the handler's own {@code @MessageExceptionHandler} methods;
 * the first answer counts. Without one the stream is reset with
 * {@link io.p2pboot.libp2p.StreamProtocol#HANDLER_FAILED}.
 */
@FunctionalInterface
public interface Libp2pExceptionHandler {

	/**
	 * Looks at a failure.
	 * @param stream the stream that was served
	 * @param failure what its handler threw
	 * @return the reset, made with {@link StreamReset#local(long, String)}; empty to
	 * leave it to the next
	 */
	Optional<StreamReset> handle(Stream stream, Throwable failure);

}
