package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

import io.p2pboot.libp2p.Stream;

/**
 * A stream as {@code java.io} sees it. Stateless.
 */
final class StreamViews {

	private StreamViews() {
	}

	/**
	 * The reading side.
	 */
	static final class Input extends InputStream {

		private final Stream stream;

		private final ReceiveSide side;

		private final Runnable close;

		/**
		 * Creates a view.
		 * @param stream what is read from
		 * @param side what has been received
		 * @param close ends reading, and leaves writing alone
		 */
		Input(Stream stream, ReceiveSide side, Runnable close) {
			this.stream = stream;
			this.side = side;
			this.close = close;
		}

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			return this.stream.read(ByteBuffer.wrap(bytes, offset, length));
		}

		@Override
		public int available() {
			return this.side.available();
		}

		@Override
		public void close() {
			this.close.run();
		}

	}

	/**
	 * The writing side.
	 */
	static final class Output extends OutputStream {

		private final Stream stream;

		Output(Stream stream) {
			this.stream = stream;
		}

		@Override
		public void write(int one) throws IOException {
			write(new byte[] { (byte) one }, 0, 1);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			this.stream.write(ByteBuffer.wrap(bytes, offset, length));
		}

		@Override
		public void close() throws IOException {
			try {
				this.stream.closeWrite();
			}
			catch (IOException ex) {
				// A new one: try-with-resources must not suppress a failure by itself.
				throw new IOException("The stream failed before its end was written", ex);
			}
		}

	}

}
