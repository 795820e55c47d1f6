package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.RecordValidator;

/**
 * Values begin with a number of 8 bytes; the highest is the best.
 */
final class NumberedValidator implements RecordValidator {

	static ByteBuffer value(long number) {
		return value(number, 0);
	}

	static ByteBuffer value(long number, int more) {
		return ByteBuffer.allocate(8 + more).putLong(0, number).asReadOnlyBuffer();
	}

	@Override
	public void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
		if (value.remaining() < 8) {
			throw new InvalidRecord("The value has no number");
		}
	}

	@Override
	public int select(ByteBuffer key, List<ByteBuffer> values) {
		int best = 0;
		for (int index = 1; index < values.size(); index++) {
			if (Long.compareUnsigned(number(values.get(index)), number(values.get(best))) > 0) {
				best = index;
			}
		}
		return best;
	}

	private static long number(ByteBuffer value) {
		return value.getLong(value.position());
	}

}
