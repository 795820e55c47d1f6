package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.RecordValidator;
import org.jspecify.annotations.Nullable;

/**
 * The validators of an instance by namespace. Immutable.
 *
 * @param byNamespace the validators
 */
record Validators(Map<String, RecordValidator> byNamespace) {

	private static final byte SLASH = '/';

	Validators {
		byNamespace = Map.copyOf(byNamespace);
	}

	/**
	 * The validator of a key.
	 * @throws InvalidRecord if the key has no namespace or nobody validates it
	 */
	RecordValidator of(ByteBuffer key) throws InvalidRecord {
		String namespace = namespace(key);
		if (namespace == null) {
			throw new InvalidRecord("A key of " + key.remaining() + " bytes is not of the form /<namespace>/<rest>");
		}
		RecordValidator validator = this.byNamespace.get(namespace);
		if (validator == null) {
			throw new InvalidRecord("The namespace '" + namespace + "' has no validator");
		}
		return validator;
	}

	/**
	 * Checks a value.
	 * @throws InvalidRecord if its validator refuses it, or fails in whatever way: values
	 * are what peers make of them, and one that is nested deeply may overflow a stack
	 */
	void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
		RecordValidator validator = of(key);
		try {
			validator.validate(key.asReadOnlyBuffer(), value.asReadOnlyBuffer());
		}
		catch (RuntimeException | Error ex) {
			throw new InvalidRecord("The validator of " + namespace(key) + " failed: " + ex, ex);
		}
	}

	/**
	 * Whether a value is better than the one that is known, or as good.
	 * @param key the key
	 * @param known the value that is known
	 * @param other the other one
	 */
	Order compare(ByteBuffer key, ByteBuffer known, ByteBuffer other) throws InvalidRecord {
		if (known.equals(other)) {
			return Order.EQUAL;
		}
		RecordValidator validator = of(key);
		try {
			int best = validator.select(key.asReadOnlyBuffer(),
					List.of(known.asReadOnlyBuffer(), other.asReadOnlyBuffer()));
			return (best == 1) ? Order.BETTER : Order.WORSE;
		}
		catch (RuntimeException | Error ex) {
			throw new InvalidRecord("The validator of " + namespace(key) + " failed: " + ex, ex);
		}
	}

	/** How one value stands to another. */
	enum Order {

		/** It is to replace the other. */
		BETTER,

		/** It is the same. */
		EQUAL,

		/** The other is to stay. */
		WORSE

	}

	private static @Nullable String namespace(ByteBuffer key) {
		if (!key.hasRemaining() || key.get(key.position()) != SLASH) {
			return null;
		}
		for (int index = key.position() + 1; index < key.limit(); index++) {
			if (key.get(index) == SLASH) {
				int length = index - key.position() - 1;
				return (length == 0) ? null
						: StandardCharsets.UTF_8.decode(key.slice(key.position() + 1, length)).toString();
			}
		}
		return null;
	}

}
