package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Decides which values the keys of one namespace may have, and which of several is the
 * best. Called from several threads, an event loop among them: must be thread-safe and
 * must not block.
 */
public interface RecordValidator {

	/**
	 * Checks a value.
	 * @param key the whole key, {@code /<namespace>/<rest>}; read-only
	 * @param value the value; read-only
	 * @throws InvalidRecord if the key may not have this value
	 */
	void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord;

	/**
	 * Chooses the best of some values.
	 * @param key the whole key; read-only
	 * @param values values that are valid, at least one; read-only
	 * @return the index of the best; of equal ones the first
	 */
	int select(ByteBuffer key, List<ByteBuffer> values);

}
