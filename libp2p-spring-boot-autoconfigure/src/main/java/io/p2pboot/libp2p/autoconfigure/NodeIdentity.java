package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.ByteBuffer;
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
import org.springframework.core.io.Resource;

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
		logger.warn("The identity {} is kept in memory only, and another one comes with the next start; "
				+ "set libp2p.identity.location to keep it in a file", PeerId.of(key.publicKey()));
		return key;
	}

	private static PrivateKey decode(String text) {
		try {
			return PrivateKey.decode(ByteBuffer.wrap(Base64.getDecoder().decode(text.trim())));
		}
		catch (IllegalArgumentException | DecodeException ex) {
			// The cause could quote the key.
			throw new IdentityException(
					"The value of libp2p.identity.private-key is not base64 of a libp2p private key",
					"Set it to the base64 text of a libp2p PrivateKey message, or use libp2p.identity.location", null);
		}
	}

	private static PrivateKey read(Resource location, Libp2pProperties.Identity properties) {
		Path file = file(location);
		try {
			PrivateKey key = switch (properties.generate()) {
				case IF_MISSING -> KeyFile.readOrCreate(file, properties.type());
				case NEVER -> KeyFile.read(file);
			};
			return checkType(file, key, properties.type());
		}
		catch (KeyFileException ex) {
			String message = (ex.getMessage() != null) ? ex.getMessage() : ex.toString();
			String problem = message.endsWith("; " + ex.action())
					? message.substring(0, message.length() - ex.action().length() - 2) : message;
			throw new IdentityException(problem + " (libp2p.identity.location=" + location + ")",
					Character.toUpperCase(ex.action().charAt(0)) + ex.action().substring(1), ex);
		}
	}

	private static Path file(Resource location) {
		try {
			return location.getFile().toPath();
		}
		catch (IOException | UnsupportedOperationException ex) {
			throw new IdentityException("The identity at libp2p.identity.location=" + location + " is not a file",
					"Give the path of a file, for example libp2p.identity.location=file:./data/peer.key", ex);
		}
	}

	private static PrivateKey checkType(Path file, PrivateKey key, KeyType wanted) {
		if (key.type() != wanted) {
			throw new IdentityException(
					"The key in " + file + " is of type " + name(key.type()) + ", not " + name(wanted),
					"Set libp2p.identity.type=" + name(key.type()) + ", or configure another file", null);
		}
		return key;
	}

	private static String name(KeyType type) {
		return type.name().toLowerCase(Locale.ROOT);
	}

}
