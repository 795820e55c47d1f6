package io.p2pboot.libp2p;

/**
 * A named limit was reached: nothing was allocated for what would have exceeded it.
 */
public final class LimitExceeded extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private final String limit;

	private final long value;

	private final long maximum;

	/**
	 * Creates the error.
	 * @param limit the name of the limit
	 * @param value the value that was asked for
	 * @param maximum the largest value allowed
	 */
	public LimitExceeded(String limit, long value, long maximum) {
		super("Limit '" + limit + "' exceeded: " + value + " > " + maximum, null);
		this.limit = limit;
		this.value = value;
		this.maximum = maximum;
	}

	/**
	 * Returns the name of the limit.
	 * @return for example {@code connections per peer}
	 */
	public String limit() {
		return this.limit;
	}

	/**
	 * Returns the value that was asked for.
	 * @return the value, in the unit of the limit
	 */
	public long value() {
		return this.value;
	}

	/**
	 * Returns the largest value allowed.
	 * @return the maximum, in the unit of the limit
	 */
	public long maximum() {
		return this.maximum;
	}

	@Override
	LimitExceeded copy() {
		return new LimitExceeded(this.limit, this.value, this.maximum);
	}

}
