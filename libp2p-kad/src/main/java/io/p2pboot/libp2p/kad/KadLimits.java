package io.p2pboot.libp2p.kad;

import java.time.Duration;

/**
 * What a peer can make grow here, and how far. Where a number comes from another
 * implementation, its name says so.
 */
final class KadLimits {

	/** The longest request that is read, in bytes. */
	static final int MAX_REQUEST_BYTES = 64 * 1024;

	/** The longest answer that is read, in bytes; as go-libp2p. */
	static final int MAX_ANSWER_BYTES = 4 * 1024 * 1024;

	/** The longest answer that is sent, in bytes: rust-libp2p reads no more. */
	static final int MAX_SENT_BYTES = 16 * 1024;

	/** The longest key of a provider record, in bytes; as go-libp2p. */
	static final int MAX_PROVIDER_KEY_BYTES = 80;

	/** The longest value, in bytes. */
	static final int MAX_VALUE_BYTES = 48 * 1024;

	/** How many addresses of one peer are looked at, good or bad. */
	static final int MAX_ADDRESSES_PER_PEER = 16;

	/** How many bytes the addresses of one peer may take together. */
	static final int MAX_ADDRESS_BYTES_PER_PEER = 8 * 1024;

	/** How many peers of one list of a message are looked at, good or bad. */
	static final int MAX_PEERS_PER_LIST = 1000;

	/** How many requests one lookup sends. */
	static final int MAX_LOOKUP_REQUESTS = 500;

	/** How many peers one path of a lookup remembers that it has not asked. */
	static final int MAX_LOOKUP_HEARD = 1000;

	/** How many peers of one address group one answer may bring. */
	static final int MAX_GROUP_PER_ANSWER = 3;

	/** How many provider records of one key are kept. */
	static final int MAX_PROVIDERS_PER_KEY = 1000;

	/** How many provider records are kept. */
	static final int MAX_PROVIDERS = 1_000_000;

	/** How many provider records of one peer are kept. */
	static final int MAX_PROVIDERS_PER_PEER = 200_000;

	/** How many providers are looked up for one answer: more never fit. */
	static final int MAX_PROVIDERS_PER_ANSWER = 200;

	/** How many values are kept. */
	static final int MAX_VALUES = 10_000;

	/** How many bytes all kept values and their keys may take together. */
	static final long MAX_VALUE_STORE_BYTES = 256L * 1024 * 1024;

	/** How many requests of one peer are answered in a second. */
	static final int MAX_REQUESTS_PER_SECOND = 1000;

	/** How many values one peer may store in a second, on average. */
	static final int MAX_PUTS_PER_SECOND = 20;

	/** How many values one peer may store at once. */
	static final int MAX_PUT_BURST = 100;

	/** How many provider records one peer may add in a second. */
	static final int MAX_ADDS_PER_SECOND = 100;

	/** Of how many peers the rates are remembered. */
	static final int MAX_RATED_PEERS = 10_000;

	/** How many inbound streams of one peer are served at once. */
	static final int MAX_INBOUND_STREAMS_PER_PEER = 16;

	/** How many requests to one peer are on their way at once. */
	static final int MAX_REQUESTS_PER_PEER = 8;

	/** How many further requests to one peer wait for those. */
	static final int MAX_WAITING_REQUESTS_PER_PEER = 256;

	/** How many peers are checked at once before they enter the table. */
	static final int MAX_CHECKS = 16;

	/** How many peers wait to be checked. */
	static final int MAX_WAITING_CHECKS = 256;

	/** How many operations and searches of the user run at once. */
	static final int MAX_OPERATIONS = 4096;

	/** How many keys this node provides again and again. */
	static final int MAX_PROVIDED_KEYS = 100_000;

	/** How many results one search delivers, and how many it holds back. */
	static final int MAX_SEARCH_RESULTS = 10_000;

	/** How long an inbound stream may be idle. */
	static final Duration INBOUND_IDLE = Duration.ofSeconds(60);

	private KadLimits() {
	}

}
