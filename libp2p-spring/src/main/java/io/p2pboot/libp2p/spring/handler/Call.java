package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.Principal;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.spring.PeerPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * What a method is called for: a stream or a datagram. Used by one thread.
 *
 * @param stream the stream; null for a datagram
 * @param datagram the datagram; null for a stream
 */
record Call(@Nullable Stream stream, @Nullable Datagram datagram) {

	static Call of(Stream stream) {
		return new Call(stream, null);
	}

	static Call of(Datagram datagram) {
		return new Call(null, datagram);
	}

	/** The argument of a type that {@link #provides} accepts. */
	Object argument(Class<?> type) throws IOException {
		if (type == PeerId.class) {
			return peer().id();
		}
		if (type == AddrInfo.class) {
			return peer();
		}
		if (type == Principal.class || type == PeerPrincipal.class) {
			return new PeerPrincipal(peer());
		}
		if (this.datagram != null && type == Datagram.class) {
			return this.datagram;
		}
		Stream stream = this.stream;
		if (stream != null) {
			if (type == Stream.class) {
				return stream;
			}
			if (type == InputStream.class) {
				return stream.inputStream();
			}
			if (type == OutputStream.class) {
				return stream.outputStream();
			}
			if (type == Connection.class) {
				return stream.connection();
			}
		}
		throw new IllegalStateException("There is no " + type.getSimpleName() + " here");
	}

	private AddrInfo peer() {
		if (this.stream != null) {
			return this.stream.remotePeer();
		}
		if (this.datagram != null) {
			return this.datagram.peer();
		}
		throw new IllegalStateException("There is neither a stream nor a datagram");
	}

	static boolean isRaw(Class<?> type) {
		return type == Stream.class || type == InputStream.class || type == OutputStream.class;
	}

	static boolean provides(Class<?> type) {
		return isRaw(type) || type == Datagram.class || type == PeerId.class || type == AddrInfo.class
				|| type == Principal.class || type == PeerPrincipal.class || type == Connection.class;
	}

}
