package io.p2pboot.libp2p.interop.driver;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

import tools.jackson.databind.JsonNode;

/**
 * One node of any stack, as the driver sees it. Thread-safe.
 */
public interface Peer extends AutoCloseable {

	/**
	 * Returns the name of its stack.
	 * @return {@code java}, {@code go}, {@code rust} or {@code js}
	 */
	String stack();

	/**
	 * Sends a request. Does not block.
	 * @param op what to do
	 * @param arguments its arguments
	 * @return the result; fails with a {@link PeerFailure}
	 */
	CompletableFuture<JsonNode> send(String op, Map<String, ?> arguments);

	/**
	 * Sends a request and blocks until its answer.
	 * @param op what to do
	 * @param arguments its arguments
	 * @return the result
	 * @throws PeerFailure if the peer says that it failed, or says nothing in time
	 */
	JsonNode call(String op, Map<String, ?> arguments);

	/**
	 * Blocks until an event has come, or returns one that came before; each is returned
	 * once.
	 * @param name the event's name
	 * @param which what it has to be like
	 * @param timeout how long to wait, positive
	 * @return the event, or empty if none came
	 */
	Optional<JsonNode> awaitEvent(String name, Predicate<JsonNode> which, Duration timeout);

	/**
	 * Ends the peer without any farewell where it is a process of its own.
	 */
	void kill();

	/**
	 * Ends the peer and waits until it is gone. Idempotent.
	 */
	@Override
	void close();

}
