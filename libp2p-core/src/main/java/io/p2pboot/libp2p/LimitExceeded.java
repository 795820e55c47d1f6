package io.p2pboot.libp2p;

/**
 * A named limit was reached: nothing was allocated for what would have exceeded it.
 */
public final class LimitExceeded extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private static final String SYSTEM = "system";

	private final String scope;

	private final String limit;

	private final long value;

	private final long maximum;

	/**
	 * Creates the error of a limit of the whole node.
	 * @param limit the name of the limit
	 * @param value the value that was asked for
	 * @param maximum the largest value allowed
	 */
	public LimitExceeded(String limit, long value, long maximum) {
		this(SYSTEM, limit, value, maximum);
	}

	/**
	 * Creates the error.
	 * @param scope whose limit it is, such as {@code protocol:/chat/1.0.0}
	 * @param limit the name of the limit
	 * @param value the value that was asked for
	 * @param maximum the largest value allowed
	 */
	public LimitExceeded(String scope, String limit, long value, long maximum) {
		super("Limit '" + limit + "'" + (scope.equals(SYSTEM) ? "" : " of " + scope) + " exceeded: " + value + " > "
				+ maximum, null);
		this.scope = scope;
		this.limit = limit;
		this.value = value;
		this.maximum = maximum;
	}

	/**
	 * Returns whose limit it is.
	 * @return {@code system}, or a kind of scope with a colon and which one, such as
	 * {@code peer:12D3KooW…}
	 */
	public String scope() {
		return this.scope;
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
		return new LimitExceeded(this.scope, this.limit, this.value, this.maximum);
	}

}
