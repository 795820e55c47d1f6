package io.p2pboot.libp2p.autoconfigure;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.KeyFile;
import io.p2pboot.libp2p.crypto.KeyFileException;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.util.StringUtils;

/**
 * Gets the node's key from where the properties say. Stateless.
 */
final class NodeIdentity {

	private static final Logger logger = LoggerFactory.getLogger(NodeIdentity.class);

	private NodeIdentity() {
	}

	static PrivateKey load(Libp2pProperties.Identity properties) {
		Map<String, @Nullable Object> exclusive = new HashMap<>();
		exclusive.put("libp2p.identity.location", properties.location());
		exclusive.put("libp2p.identity.private-key", properties.privateKey());
		MutuallyExclusiveConfigurationPropertiesException
			.throwIfMultipleNonNullValuesIn((entries) -> entries.putAll(exclusive));
		if (properties.privateKey() != null) {
			return decode(properties.privateKey());
		}
		if (properties.location() != null) {
			return read(properties.location(), properties);
		}
		PrivateKey key = PrivateKey.generate(properties.type());
		logger.warn("The identity {} is kept in memory only and changes with the next start; "
				+ "set libp2p.identity.location to keep it in a file", PeerId.of(key.publicKey()));
		return key;
	}

	private static PrivateKey decode(String text) {
		try {
			return PrivateKey.decode(ByteBuffer.wrap(Base64.getDecoder().decode(text.trim())));
		}
		catch (IllegalArgumentException | DecodeException ex) {
			// The cause could quote the key.
			throw new InvalidSettingException("libp2p.identity.private-key", null,
					"the value is not a libp2p private key in base64",
					"Set it to the base64 text of a libp2p PrivateKey message, or keep the key in a file and set "
							+ FileLocation.IDENTITY.property() + ".",
					null);
		}
	}

	private static PrivateKey read(String location, Libp2pProperties.Identity properties) {
		Path file = FileLocation.IDENTITY.resolve(location, System.getProperty("user.home"));
		try {
			return checkType(file, read(file, properties), properties.type());
		}
		catch (KeyFileException ex) {
			throw new InvalidSettingException(FileLocation.IDENTITY.property(), location, problem(ex),
					action(ex, properties), ex);
		}
	}

	private static PrivateKey read(Path file, Libp2pProperties.Identity properties) throws KeyFileException {
		if (properties.generate() == Libp2pProperties.Generate.NEVER) {
			return KeyFile.read(file);
		}
		boolean missing = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
		PrivateKey key = KeyFile.readOrCreate(file, properties.type());
		if (missing) {
			logger.info("Created the identity {} in {}", PeerId.of(key.publicKey()), file.toAbsolutePath().normalize());
		}
		return key;
	}

	private static String problem(KeyFileException ex) {
		String message = (ex.getMessage() != null) ? ex.getMessage() : ex.toString();
		return message.endsWith("; " + ex.action()) ? message.substring(0, message.length() - ex.action().length() - 2)
				: message;
	}

	private static String action(KeyFileException ex, Libp2pProperties.Identity properties) {
		if (ex.getCause() instanceof NoSuchFileException && properties.generate() == Libp2pProperties.Generate.NEVER) {
			return "Put the key there, correct " + FileLocation.IDENTITY.property()
					+ ", or let the node create a new identity with libp2p.identity.generate=if-missing.";
		}
		return StringUtils.capitalize(ex.action());
	}

	private static PrivateKey checkType(Path file, PrivateKey key, KeyType wanted) {
		if (key.type() != wanted) {
			throw new InvalidSettingException("libp2p.identity.type", name(wanted),
					"the key in " + file + " is of type " + name(key.type()), "Set libp2p.identity.type="
							+ name(key.type()) + ", or set " + FileLocation.IDENTITY.property() + " to another file.",
					null);
		}
		return key;
	}

	private static String name(KeyType type) {
		return type.name().toLowerCase(Locale.ROOT);
	}

}
