package io.p2pboot.libp2p.ipfs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.OptionalLong;
import java.util.regex.Pattern;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.IpnsProto.IpnsEntry;
import org.jspecify.annotations.Nullable;

/**
 * A signed record that says what a name of IPNS stands for. What it says comes from the
 * part that is signed (signature version 2); the fields of version 1 are written for old
 * readers and only compared. Immutable. Specification: specs.ipfs.tech/ipns/ipns-record.
 */
public final class IpnsRecord implements Comparable<IpnsRecord> {

	/** The longest record, in bytes. */
	public static final int MAX_BYTES = 10 * 1024;

	static final String VALUE = "Value";

	static final String VALIDITY = "Validity";

	static final String VALIDITY_TYPE = "ValidityType";

	static final String SEQUENCE = "Sequence";

	static final String TTL = "TTL";

	private static final String PREFIX_V2 = "ipns-signature:";

	/** RFC 3339, section 5.6. */
	private static final Pattern TIME = Pattern
		.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");

	private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'")
		.withZone(ZoneOffset.UTC);

	private final ByteBuffer encoded;

	private final IpnsEntry entry;

	private final ByteBuffer value;

	private final Instant validUntil;

	private final long sequence;

	private final Duration timeToLive;

	private IpnsRecord(ByteBuffer encoded, IpnsEntry entry, CborMap data) throws DecodeException {
		this.encoded = encoded;
		this.entry = entry;
		this.value = required(data.bytes(VALUE), VALUE);
		ByteBuffer validity = required(data.bytes(VALIDITY), VALIDITY);
		if (number(data, VALIDITY_TYPE) != 0) {
			throw new DecodeException("The type of validity of an IPNS record is unknown");
		}
		this.validUntil = time(validity);
		this.sequence = number(data, SEQUENCE);
		long nanos = number(data, TTL);
		if (nanos < 0) {
			throw new DecodeException("The time to live of an IPNS record is too long");
		}
		this.timeToLive = Duration.ofNanos(nanos);
		if (entry.hasSignatureV1() || entry.hasValue()) {
			boolean same = equal(entry.getValue(), this.value) && equal(entry.getValidity(), validity)
					&& entry.getValidityType() == IpnsEntry.ValidityType.EOL && entry.getSequence() == this.sequence
					&& entry.getTtl() == nanos;
			if (!same) {
				throw new DecodeException("The unsigned part of an IPNS record differs from the signed one");
			}
		}
	}

	/**
	 * Decodes a record. That it is signed by its name's key is not checked:
	 * {@link #verify} does.
	 * @param source its bytes and nothing else; not consumed
	 * @return the record
	 * @throws DecodeException if it is malformed, longer than {@link #MAX_BYTES}, or has
	 * no signature of version 2
	 */
	public static IpnsRecord decode(ByteBuffer source) throws DecodeException {
		if (source.remaining() > MAX_BYTES) {
			throw new DecodeException("An IPNS record of " + source.remaining() + " bytes is longer than " + MAX_BYTES);
		}
		ByteBuffer copy = ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip().asReadOnlyBuffer();
		try {
			IpnsEntry entry = IpnsEntry.parseFrom(copy.duplicate());
			if (entry.getSignatureV2().isEmpty() || entry.getData().isEmpty()) {
				throw new DecodeException("The IPNS record has no signature of version 2");
			}
			return new IpnsRecord(copy, entry, CborMap.decode(entry.getData().asReadOnlyByteBuffer()));
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The IPNS record is malformed", ex);
		}
	}

	/**
	 * Creates a record, with the fields of version 1 as Kubo does.
	 * @param key the key of the name
	 * @param value what the name stands for, for example {@code /ipfs/bafy…}
	 * @param sequence greater than that of the record before; unsigned
	 * @param validUntil when it ends; a year of four digits
	 * @param timeToLive for how long resolvers may keep it; not negative
	 * @return the record
	 * @throws IllegalArgumentException if a value is out of range or the record would be
	 * too long
	 */
	public static IpnsRecord create(PrivateKey key, String value, long sequence, Instant validUntil,
			Duration timeToLive) {
		if (timeToLive.isNegative()) {
			throw new IllegalArgumentException("The time to live must not be negative, was " + timeToLive);
		}
		ByteBuffer bytes = StandardCharsets.UTF_8.encode(value);
		String until = FORMAT.format(validUntil);
		ByteBuffer validity = StandardCharsets.US_ASCII.encode(until);
		ByteBuffer data = CborMap.encode(bytes, validity, sequence, timeToLive.toNanos());
		IpnsEntry.Builder entry = IpnsEntry.newBuilder()
			.setValue(ByteString.copyFrom(bytes.duplicate()))
			.setValidityType(IpnsEntry.ValidityType.EOL)
			.setValidity(ByteString.copyFrom(validity.duplicate()))
			.setSequence(sequence)
			.setTtl(timeToLive.toNanos())
			.setSignatureV1(ByteString.copyFrom(key.sign(StandardCharsets.UTF_8.encode(value + until + "EOL"))))
			.setSignatureV2(ByteString.copyFrom(key.sign(signed(data))))
			.setData(ByteString.copyFrom(data.duplicate()));
		if (PeerId.of(key.publicKey()).inlinedKey().isEmpty()) {
			entry.setPubKey(ByteString.copyFrom(key.publicKey().encoded()));
		}
		try {
			return decode(entry.build().toByteString().asReadOnlyByteBuffer());
		}
		catch (DecodeException ex) {
			throw new IllegalArgumentException("No IPNS record can be made of this: " + ex.getMessage(), ex);
		}
	}

	private static ByteBuffer signed(ByteBuffer data) {
		return ByteBuffer.allocate(PREFIX_V2.length() + data.remaining())
			.put(PREFIX_V2.getBytes(StandardCharsets.US_ASCII))
			.put(data.duplicate())
			.flip();
	}

	/**
	 * Checks that a name's key has signed this record and that it has not ended.
	 * @param name the name
	 * @param now the time
	 * @throws InvalidRecord if it has not, or it has
	 */
	public void verify(IpnsName name, Instant now) throws InvalidRecord {
		if (!key(name).verify(signed(this.entry.getData().asReadOnlyByteBuffer()),
				this.entry.getSignatureV2().asReadOnlyByteBuffer())) {
			throw new InvalidRecord("The IPNS record is not signed by the key of " + name);
		}
		if (!this.validUntil.isAfter(now)) {
			throw new InvalidRecord("The IPNS record of " + name + " has ended at " + this.validUntil);
		}
	}

	private PublicKey key(IpnsName name) throws InvalidRecord {
		if (this.entry.getPubKey().isEmpty()) {
			return name.peer()
				.inlinedKey()
				.orElseThrow(() -> new InvalidRecord("The IPNS record brings no key, and " + name + " is none"));
		}
		try {
			PublicKey key = PublicKey.decode(this.entry.getPubKey().asReadOnlyByteBuffer());
			if (name.peer().matches(key)) {
				return key;
			}
		}
		catch (DecodeException ex) {
			throw new InvalidRecord("The key of the IPNS record is malformed", ex);
		}
		throw new InvalidRecord("The key of the IPNS record is not that of " + name);
	}

	private static ByteBuffer required(@Nullable ByteBuffer bytes, String key) throws DecodeException {
		if (bytes == null) {
			throw new DecodeException("The IPNS record has no " + key);
		}
		return bytes;
	}

	private static long number(CborMap data, String key) throws DecodeException {
		OptionalLong number = data.unsigned(key);
		return number.orElseThrow(() -> new DecodeException("The IPNS record has no " + key + " that is a number"));
	}

	private static Instant time(ByteBuffer text) throws DecodeException {
		String time = StandardCharsets.US_ASCII.decode(text.duplicate()).toString();
		try {
			if (TIME.matcher(time).matches()) {
				return OffsetDateTime.parse(time).toInstant();
			}
		}
		catch (DateTimeException ex) {
			throw new DecodeException("The validity of the IPNS record is no time: " + time, ex);
		}
		throw new DecodeException("The validity of the IPNS record is no time: " + time);
	}

	private static boolean equal(ByteString one, ByteBuffer other) {
		return one.asReadOnlyByteBuffer().equals(other);
	}

	/**
	 * Returns what the name stands for.
	 * @return the bytes, read-only: the text of a path, usually
	 */
	public ByteBuffer value() {
		return this.value.duplicate();
	}

	/**
	 * Returns what the name stands for, as text.
	 * @return for example {@code /ipfs/bafy…}
	 */
	public String path() {
		return StandardCharsets.UTF_8.decode(this.value.duplicate()).toString();
	}

	/**
	 * Returns the number of this record among those of its name.
	 * @return the number; unsigned
	 */
	public long sequence() {
		return this.sequence;
	}

	/**
	 * Returns when this record ends.
	 * @return the time
	 */
	public Instant validUntil() {
		return this.validUntil;
	}

	/**
	 * Returns for how long a resolver may keep this record without asking again.
	 * @return the time; not negative
	 */
	public Duration timeToLive() {
		return this.timeToLive;
	}

	/**
	 * Returns the record as it goes over the wire.
	 * @return the bytes, read-only; at most {@link #MAX_BYTES}
	 */
	public ByteBuffer encoded() {
		return this.encoded.duplicate();
	}

	/**
	 * Compares two records of one name.
	 * @return positive if this one is better: of the greater sequence, else valid for
	 * longer, else with the greater bytes
	 */
	@Override
	public int compareTo(IpnsRecord other) {
		int order = Long.compareUnsigned(this.sequence, other.sequence);
		if (order == 0) {
			order = this.validUntil.compareTo(other.validUntil);
		}
		return (order != 0) ? order : unsigned(this.encoded, other.encoded);
	}

	private static int unsigned(ByteBuffer one, ByteBuffer other) {
		int different = one.mismatch(other);
		if (different < 0) {
			return 0;
		}
		if (different >= Math.min(one.remaining(), other.remaining())) {
			return Integer.compare(one.remaining(), other.remaining());
		}
		return Integer.compare(one.get(different) & 0xFF, other.get(different) & 0xFF);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof IpnsRecord that && this.encoded.equals(that.encoded);
	}

	@Override
	public int hashCode() {
		return this.encoded.hashCode();
	}

	@Override
	public String toString() {
		return "IpnsRecord[" + path() + ", sequence " + Long.toUnsignedString(this.sequence) + ", until "
				+ this.validUntil + "]";
	}

}
