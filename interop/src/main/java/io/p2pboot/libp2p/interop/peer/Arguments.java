package io.p2pboot.libp2p.interop.peer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.JsonNode;

/**
 * The arguments of one request. Immutable.
 *
 * @param json the request
 */
record Arguments(JsonNode json) {

	static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);

	boolean has(String name) {
		return this.json.hasNonNull(name);
	}

	String text(String name) throws OpFailure {
		if (!this.json.path(name).isString()) {
			throw new OpFailure("args", "The argument '" + name + "' is missing, or not a text");
		}
		return this.json.path(name).stringValue();
	}

	String text(String name, String otherwise) throws OpFailure {
		return has(name) ? text(name) : otherwise;
	}

	long number(String name, long otherwise) {
		return this.json.path(name).asLong(otherwise);
	}

	int count(String name, int otherwise) {
		return this.json.path(name).asInt(otherwise);
	}

	boolean flag(String name) {
		return this.json.path(name).asBoolean(false);
	}

	List<String> texts(String name, List<String> otherwise) {
		if (!has(name)) {
			return otherwise;
		}
		List<String> all = new ArrayList<>();
		this.json.path(name).forEach((element) -> all.add(element.stringValue()));
		return all;
	}

	Duration timeout() {
		return Duration.ofMillis(number("timeout", DEFAULT_TIMEOUT.toMillis()));
	}

}
