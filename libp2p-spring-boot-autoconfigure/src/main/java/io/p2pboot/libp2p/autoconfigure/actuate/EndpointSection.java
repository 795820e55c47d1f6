package io.p2pboot.libp2p.autoconfigure.actuate;

/**
 * A part of {@code /actuator/libp2p}. Beans of this type are shown under their names.
 * Thread-safe.
 */
public interface EndpointSection {

	/**
	 * Returns the name.
	 * @return the last part of the path
	 */
	String name();

	/**
	 * Describes the part. Must not wait for the network.
	 * @return what is written as JSON
	 */
	Object describe();

}
