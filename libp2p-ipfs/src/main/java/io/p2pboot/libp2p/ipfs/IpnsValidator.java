package io.p2pboot.libp2p.ipfs;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.jspecify.annotations.Nullable;

/**
 * The namespace {@code ipns}: under {@code /ipns/} and a binary id stands a record that
 * the key of that id has signed and that has not ended. Thread-safe.
 */
public final class IpnsValidator implements RecordValidator {

	/** The namespace. */
	public static final String NAMESPACE = "ipns";

	private final Clock clock;

	/**
	 * Creates a validator that looks at the time of the system.
	 */
	public IpnsValidator() {
		this(Clock.systemUTC());
	}

	/**
	 * Creates a validator.
	 * @param clock tells whether a record has ended
	 */
	public IpnsValidator(Clock clock) {
		this.clock = clock;
	}

	/**
	 * {@inheritDoc} Verifies a signature.
	 */
	@Override
	public void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
		try {
			IpnsName name = IpnsName.ofKey(key);
			IpnsRecord.decode(value).verify(name, this.clock.instant());
		}
		catch (DecodeException ex) {
			throw new InvalidRecord(String.valueOf(ex.getMessage()), ex);
		}
	}

	/**
	 * {@inheritDoc} The record of the greatest sequence, of these the one that is valid
	 * for longest, of these the one with the greatest bytes.
	 */
	@Override
	public int select(ByteBuffer key, List<ByteBuffer> values) {
		int best = 0;
		IpnsRecord bestRecord = null;
		for (int index = 0; index < values.size(); index++) {
			IpnsRecord record = record(values.get(index));
			if (record != null && (bestRecord == null || record.compareTo(bestRecord) > 0)) {
				best = index;
				bestRecord = record;
			}
		}
		return best;
	}

	/** Null for what is no record: the worst of all. */
	private static @Nullable IpnsRecord record(ByteBuffer value) {
		try {
			return IpnsRecord.decode(value);
		}
		catch (DecodeException ex) {
			return null;
		}
	}

}
