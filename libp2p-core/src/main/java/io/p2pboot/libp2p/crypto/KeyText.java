package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * What a key file holds that is not the protobuf itself: the protobuf in base64, as
 * Kubo's {@code Identity.PrivKey} has it, or in hexadecimal digits, which are read; PEM
 * and JSON, which are named. Stateless.
 */
final class KeyText {

	/** The longest text of a key, with line breaks, in bytes. */
	static final int MAX_BYTES = 3 * PrivateKey.MAX_ENCODED_BYTES;

	private static final Pattern HEX = Pattern.compile("(?:0x)?(?:[0-9a-fA-F]{2})+");

	private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");

	private static final Pattern BASE64_URL = Pattern.compile("[A-Za-z0-9_-]+={0,2}");

	/**
	 * A form that is not read.
	 *
	 * @param name what it is
	 * @param remedy how the key is brought into a form that is read
	 */
	record Foreign(String name, String remedy) {
	}

	private KeyText() {
	}

	/**
	 * Reads a key that is written in base64 or hexadecimal digits.
	 * @param content the file's bytes
	 * @return the key; empty if it is neither, or both are keys and not the same
	 */
	static Optional<PrivateKey> read(ByteBuffer content) {
		String text = text(content).replaceAll("\\s", "");
		List<PrivateKey> read = new ArrayList<>();
		if (HEX.matcher(text).matches()) {
			decode(HexFormat.of().parseHex(text.startsWith("0x") ? text.substring(2) : text)).ifPresent(read::add);
		}
		try {
			if (BASE64.matcher(text).matches()) {
				decode(Base64.getDecoder().decode(text)).ifPresent(read::add);
			}
			else if (BASE64_URL.matcher(text).matches()) {
				decode(Base64.getUrlDecoder().decode(text)).ifPresent(read::add);
			}
		}
		catch (IllegalArgumentException ex) {
			// So many digits make no whole bytes.
			return one(read);
		}
		return one(read);
	}

	private static Optional<PrivateKey> one(List<PrivateKey> read) {
		return (read.size() == 1) ? Optional.of(read.get(0)) : Optional.empty();
	}

	private static Optional<PrivateKey> decode(byte[] bytes) {
		try {
			return Optional.of(PrivateKey.decode(ByteBuffer.wrap(bytes)));
		}
		catch (DecodeException ex) {
			return Optional.empty();
		}
	}

	/**
	 * Recognises forms that are not read.
	 * @param content the file's bytes
	 * @return the form; empty if it is none that is known
	 */
	static Optional<Foreign> foreign(ByteBuffer content) {
		String text = text(content).strip();
		if (text.startsWith("-----BEGIN ")) {
			return Optional.of(new Foreign("PEM", "libp2p keys are protobuf: export the key again in that form, "
					+ "with Kubo by: ipfs key export --format=libp2p-protobuf-cleartext"));
		}
		if (text.startsWith("{")) {
			return Optional.of(new Foreign("JSON", "put the base64 text of the key alone into the file, "
					+ "from Kubo's configuration by: jq -r .Identity.PrivKey config > peer.key"));
		}
		return Optional.empty();
	}

	private static String text(ByteBuffer content) {
		return StandardCharsets.ISO_8859_1.decode(content.duplicate()).toString();
	}

}
