package io.p2pboot.libp2p.spring.handler;

import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.ProtocolPath;

/**
 * A handler that is mounted on the node. Thread-safe.
 */
public final class MountedHandler {

	private final ProtocolPath path;

	private final HandlerKind kind;

	private final String beanName;

	private final HandlerSettings settings;

	private final String description;

	private final AtomicInteger active = new AtomicInteger();

	MountedHandler(ProtocolPath path, HandlerKind kind, String beanName, HandlerSettings settings, String description) {
		this.path = path;
		this.kind = kind;
		this.beanName = beanName;
		this.settings = settings;
		this.description = description;
	}

	/**
	 * Returns where it is mounted.
	 * @return the path
	 */
	public ProtocolPath path() {
		return this.path;
	}

	/**
	 * Returns what it serves.
	 * @return the kind
	 */
	public HandlerKind kind() {
		return this.kind;
	}

	/**
	 * Returns the bean that serves.
	 * @return its name
	 */
	public String beanName() {
		return this.beanName;
	}

	/**
	 * Returns its name in the {@link Libp2pHandlerRegistry}, which it shares with the
	 * other paths of the same handler.
	 * @return the id
	 */
	public String id() {
		return this.settings.id();
	}

	HandlerSettings settings() {
		return this.settings;
	}

	/**
	 * Returns how many streams or datagrams are being handled now.
	 * @return the number
	 */
	public int active() {
		return this.active.get();
	}

	/** The handler as the subject of a sentence. */
	String title() {
		return Character.toUpperCase(this.description.charAt(0)) + this.description.substring(1);
	}

	void began() {
		this.active.incrementAndGet();
	}

	void ended() {
		this.active.decrementAndGet();
	}

	/**
	 * Describes the handler.
	 * @return the bean and, for a method, the method
	 */
	@Override
	public String toString() {
		return this.description;
	}

}
