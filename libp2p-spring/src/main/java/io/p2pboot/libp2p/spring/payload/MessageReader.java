package io.p2pboot.libp2p.spring.payload;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.jspecify.annotations.Nullable;

/**
 * The messages of a peer, one after the other. The peer sends as much as its window
 * allows, and gets room for more only when messages are read. Used by one thread at a
 * time; another one may write at the same time.
 *
 * @param <T> the type of the messages
 */
public interface MessageReader<T> extends Closeable {

	/**
	 * Reads the next message. Blocks until the peer sends one, for as long as it takes;
	 * one that has begun to come has the codec's timeout to be there.
	 * @return the message; empty once the peer has ended its side
	 * @throws UnreadableMessage if what comes is no such message, or does not end
	 * @throws io.p2pboot.libp2p.LimitExceeded if it is too long
	 * @throws io.p2pboot.libp2p.StreamReset if either side reset the stream
	 * @throws IOException if the connection was lost or the thread was interrupted
	 */
	Optional<T> read() throws IOException;

	/**
	 * Reads no more: what still comes is discarded. Idempotent.
	 */
	@Override
	void close() throws IOException;

	/**
	 * Returns the messages that are still to come. Closing it closes the reader. What
	 * {@link #read} throws is thrown within an {@link UncheckedIOException}.
	 * @return reads each message when it is asked for
	 */
	default Stream<T> stream() {
		Iterator<T> messages = new Iterator<>() {

			private @Nullable Optional<T> next;

			@Override
			public boolean hasNext() {
				Optional<T> ahead = this.next;
				if (ahead == null) {
					try {
						ahead = read();
					}
					catch (IOException ex) {
						throw new UncheckedIOException(ex);
					}
					this.next = ahead;
				}
				return ahead.isPresent();
			}

			@Override
			public T next() {
				if (!hasNext() || this.next == null) {
					throw new NoSuchElementException("The peer has ended its side");
				}
				T message = this.next.orElseThrow();
				this.next = null;
				return message;
			}

		};
		return StreamSupport
			.stream(Spliterators.spliteratorUnknownSize(messages, Spliterator.ORDERED | Spliterator.NONNULL), false)
			.onClose(() -> {
				try {
					close();
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			});
	}

}
