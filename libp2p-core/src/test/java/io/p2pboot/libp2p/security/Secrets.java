package io.p2pboot.libp2p.security;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

import io.p2pboot.libp2p.crypto.PrivateKey;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Looks for secrets in text, in the forms that a careless message would show them.
 */
public final class Secrets {

	private static final int PART = 8;

	private final List<String> forms = new ArrayList<>();

	/** Looks for these keys. */
	public Secrets(List<PrivateKey> keys) {
		for (PrivateKey key : keys) {
			ByteBuffer encoded = key.encoded();
			byte[] bytes = new byte[encoded.remaining()];
			encoded.get(bytes);
			// After the frame of the protobuf, the seed.
			add(Arrays.copyOfRange(bytes, 4, 36));
		}
	}

	/** Looks for this secret too. */
	public void add(byte[] secret) {
		byte[] part = Arrays.copyOf(secret, PART);
		this.forms.add(HexFormat.of().formatHex(part));
		this.forms.add(HexFormat.ofDelimiter(":").formatHex(part));
		this.forms.add(Arrays.toString(part).replace("[", "").replace("]", "").toLowerCase(Locale.ROOT));
		this.forms.add(Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(secret, 6)));
		this.forms.add(new String(part, StandardCharsets.ISO_8859_1));
	}

	/** An error as a log shows it, with all causes. */
	public static String print(Throwable error) {
		StringWriter text = new StringWriter();
		error.printStackTrace(new PrintWriter(text));
		return text.toString();
	}

	/** Fails if the text holds one. */
	public void assertNotIn(String text) {
		this.forms.forEach((form) -> assertThat(text).doesNotContain(form));
		this.forms.stream()
			.filter((form) -> form.matches("[0-9a-f:]+"))
			.forEach((form) -> assertThat(text.toLowerCase(Locale.ROOT)).doesNotContain(form));
	}

}
