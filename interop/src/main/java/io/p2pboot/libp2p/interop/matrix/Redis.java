package io.p2pboot.libp2p.interop.matrix;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * As much of a Redis client as the matrix needs. Not thread-safe; calls block.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">RESP</a>
 */
final class Redis implements Closeable {

	/** How long one line or text of a reply may be; addresses are far shorter. */
	static final int MAX_TEXT_BYTES = 64 * 1024;

	/** How many texts a reply may have. */
	static final int MAX_ITEMS = 16;

	private static final int CONNECT_MILLIS = 30_000;

	private final Socket socket;

	private final InputStream in;

	private Redis(Socket socket) throws IOException {
		this.socket = socket;
		this.in = new BufferedInputStream(socket.getInputStream());
	}

	/**
	 * Connects.
	 * @param address {@code host:port}
	 * @return the client
	 * @throws IOException if nobody answers
	 * @throws IllegalArgumentException if it is no address
	 */
	static Redis connect(String address) throws IOException {
		int colon = address.lastIndexOf(':');
		if (colon < 1) {
			throw new IllegalArgumentException("The address of Redis must be host:port, was " + address);
		}
		InetSocketAddress target = new InetSocketAddress(address.substring(0, colon),
				Integer.parseInt(address.substring(colon + 1)));
		Socket socket = new Socket();
		try {
			socket.setTcpNoDelay(true);
			socket.connect(target, CONNECT_MILLIS);
			return new Redis(socket);
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Sends a command and waits for its reply.
	 * @param words the command
	 * @return the texts of the reply: none for nil, one for a single text or a number
	 * @throws IOException if Redis answers with an error, or with what is no reply
	 */
	List<String> call(String... words) throws IOException {
		ByteArrayOutputStream request = new ByteArrayOutputStream();
		request.writeBytes(ascii("*" + words.length + "\r\n"));
		for (String word : words) {
			byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
			request.writeBytes(ascii("$" + bytes.length + "\r\n"));
			request.writeBytes(bytes);
			request.writeBytes(ascii("\r\n"));
		}
		this.socket.getOutputStream().write(request.toByteArray());
		String line = readLine();
		if (!line.startsWith("*")) {
			return single(line);
		}
		List<String> texts = new ArrayList<>();
		int items = length(line, MAX_ITEMS);
		for (int i = 0; i < items; i++) {
			texts.addAll(single(readLine()));
		}
		return texts;
	}

	private List<String> single(String line) throws IOException {
		if (line.isEmpty()) {
			throw new IOException("Redis sent an empty line");
		}
		String rest = line.substring(1);
		return switch (line.charAt(0)) {
			case '+', ':' -> List.of(rest);
			case '-' -> throw new IOException("Redis answered: " + rest);
			case '$' -> text(length(line, MAX_TEXT_BYTES));
			default -> throw new IOException("Redis sent the line '" + line + "'");
		};
	}

	private List<String> text(int length) throws IOException {
		if (length < 0) {
			return List.of();
		}
		byte[] bytes = this.in.readNBytes(length);
		if (bytes.length < length) {
			throw new EOFException("Redis closed the connection");
		}
		if (!readLine().isEmpty()) {
			throw new IOException("Redis sent a text longer than it said");
		}
		return List.of(new String(bytes, StandardCharsets.UTF_8));
	}

	private static int length(String line, int limit) throws IOException {
		try {
			int length = Integer.parseInt(line.substring(1));
			if (length >= -1 && length <= limit) {
				return length;
			}
		}
		catch (NumberFormatException ex) {
			throw new IOException("Redis sent the line '" + line + "'", ex);
		}
		throw new IOException("Redis sent the length '" + line + "', the limit is " + limit);
	}

	private String readLine() throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		int next = this.in.read();
		while (next != '\n') {
			if (next < 0) {
				throw new EOFException("Redis closed the connection");
			}
			if (line.size() >= MAX_TEXT_BYTES) {
				throw new IOException("Redis sent a line longer than " + MAX_TEXT_BYTES + " bytes");
			}
			line.write(next);
			next = this.in.read();
		}
		String text = line.toString(StandardCharsets.UTF_8);
		return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
