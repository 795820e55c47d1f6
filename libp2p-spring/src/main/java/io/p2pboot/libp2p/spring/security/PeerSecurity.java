package io.p2pboot.libp2p.spring.security;

import java.io.IOException;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.DatagramInterceptor;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.PeerPrincipal;
import io.p2pboot.libp2p.spring.StreamInterceptor;

import org.springframework.core.Ordered;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Has handlers run as the peer that they serve: {@code @PreAuthorize} on a handler, and
 * on whatever it calls, decides by the peer's {@link PeerAuthentication}. With
 * {@link Denials} what is denied resets the stream with {@value #DENIED_RESET_CODE}, or
 * {@value #UNKNOWN_RESET_CODE} for an {@link AuthenticationException}. Any thread.
 *
 * @param authorities what peers may do
 * @param contexts where the authentication is kept while a handler runs
 */
public record PeerSecurity(PeerAuthorities authorities,
		SecurityContextHolderStrategy contexts) implements StreamInterceptor, DatagramInterceptor, Ordered {

	/** Before interceptors of the application, which may ask who the peer is. */
	public static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

	/** With which a stream is reset whose peer may not do what it asks for. */
	public static final long DENIED_RESET_CODE = 403;

	/** With which a stream is reset whose peer is not known. */
	public static final long UNKNOWN_RESET_CODE = 401;

	/**
	 * Creates the security of handlers, with the context that the application uses.
	 * @param authorities what peers may do
	 */
	public PeerSecurity(PeerAuthorities authorities) {
		this(authorities, SecurityContextHolder.getContextHolderStrategy());
	}

	@Override
	public void intercept(Stream stream, StreamHandler next) throws IOException {
		SecurityContext before = enter(stream.remotePeer());
		try {
			next.handle(stream);
		}
		finally {
			leave(before);
		}
	}

	@Override
	public void intercept(ProtocolPath path, Datagram datagram, DatagramHandler next) throws IOException {
		SecurityContext before = enter(datagram.peer());
		try {
			next.handle(datagram);
		}
		finally {
			leave(before);
		}
	}

	private SecurityContext enter(AddrInfo peer) {
		SecurityContext before = this.contexts.getContext();
		SecurityContext context = this.contexts.createEmptyContext();
		context.setAuthentication(new PeerAuthentication(new PeerPrincipal(peer), this.authorities.of(peer.id())));
		this.contexts.setContext(context);
		return before;
	}

	private void leave(SecurityContext before) {
		if (before.getAuthentication() == null) {
			this.contexts.clearContext();
		}
		else {
			this.contexts.setContext(before);
		}
	}

	@Override
	public int getOrder() {
		return ORDER;
	}

	/**
	 * Answers what is denied, unless the application does. Any thread.
	 */
	public static final class Denials implements Libp2pExceptionHandler, Ordered {

		/**
		 * Creates the answers.
		 */
		public Denials() {
		}

		@Override
		public Optional<StreamReset> handle(Stream stream, Throwable failure) {
			if (failure instanceof AccessDeniedException) {
				return Optional.of(StreamReset.local(DENIED_RESET_CODE, "denied"));
			}
			return (failure instanceof AuthenticationException)
					? Optional.of(StreamReset.local(UNKNOWN_RESET_CODE, "not authenticated")) : Optional.empty();
		}

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

	}

}
