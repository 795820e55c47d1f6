package io.p2pboot.libp2p.multiformats;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A self-describing network address, for example
 * {@code /ip4/127.0.0.1/tcp/4001/p2p/12D3Koo…}. Immutable; one that exists is valid.
 * Specification: multiformats/multiaddr.
 */
public final class Multiaddr implements Comparable<Multiaddr> {

	/** The longest binary form that is accepted, in bytes. */
	public static final int MAX_BYTES = 4096;

	/** The most components of one address. */
	public static final int MAX_COMPONENTS = 64;

	private final List<Component> components;

	private final byte[] bytes;

	private final String text;

	private Multiaddr(List<Component> components, byte[] bytes) {
		this.components = List.copyOf(components);
		this.bytes = bytes;
		StringBuilder joined = new StringBuilder();
		this.components.forEach((component) -> joined.append(component));
		this.text = joined.toString();
	}

	/**
	 * One protocol and its value.
	 *
	 * @param protocol the protocol
	 * @param value its value as text; empty if it has none
	 */
	public record Component(MultiaddrProtocol protocol, String value) {

		@Override
		public String toString() {
			if (!this.protocol.hasValue()) {
				return "/" + this.protocol.text();
			}
			return "/" + this.protocol.text() + (this.value.startsWith("/") ? "" : "/") + this.value;
		}

	}

	/**
	 * Parses the text form.
	 * @param text the text
	 * @return the address
	 * @throws IllegalArgumentException if it is not a multiaddr: the message names the
	 * text and what is wrong
	 */
	public static Multiaddr parse(String text) {
		try {
			return parseComponents(text);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("'" + text + "' is not a multiaddr: " + ex.getMessage(), ex);
		}
	}

	private static Multiaddr parseComponents(String text) {
		if (!text.startsWith("/") || text.length() > 2 * MAX_BYTES) {
			throw new IllegalArgumentException("it has to start with '/' and be no longer than " + 2 * MAX_BYTES);
		}
		String[] parts = trimTrailingSlashes(text).substring(1).split("/", -1);
		List<Component> components = new ArrayList<>();
		List<byte[]> values = new ArrayList<>();
		int index = 0;
		while (index < parts.length) {
			String name = parts[index++];
			MultiaddrProtocol protocol = MultiaddrProtocol.find(name)
				.orElseThrow(() -> new IllegalArgumentException("'" + name + "' is no known protocol"));
			byte[] value = new byte[0];
			if (protocol == MultiaddrProtocol.UNIX) {
				value = value(protocol, "/" + String.join("/", Arrays.asList(parts).subList(index, parts.length)));
				index = parts.length;
			}
			else if (protocol.hasValue()) {
				if (index == parts.length) {
					throw new IllegalArgumentException("/" + name + " needs a value");
				}
				value = value(protocol, parts[index++]);
			}
			components.add(new Component(protocol, text(protocol, value)));
			values.add(value);
		}
		return of(components, values);
	}

	private static String trimTrailingSlashes(String text) {
		int end = text.length();
		while (end > 1 && text.charAt(end - 1) == '/') {
			end--;
		}
		return text.substring(0, end);
	}

	private static byte[] value(MultiaddrProtocol protocol, String text) {
		try {
			return protocol.format().bytes(text);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("/" + protocol.text() + "/" + text + ": " + ex.getMessage(), ex);
		}
	}

	private static String text(MultiaddrProtocol protocol, byte[] value) {
		try {
			return protocol.format().text(value);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("the value of /" + protocol.text() + ": " + ex.getMessage(), ex);
		}
	}

	private static Multiaddr of(List<Component> components, List<byte[]> values) {
		if (components.size() > MAX_COMPONENTS) {
			throw new IllegalArgumentException(components.size() + " components are more than " + MAX_COMPONENTS);
		}
		int size = 0;
		for (int index = 0; index < components.size(); index++) {
			MultiaddrProtocol protocol = components.get(index).protocol();
			int length = values.get(index).length;
			size += Varint.size(protocol.code()) + length
					+ ((protocol.sizeBits() == MultiaddrProtocol.VARIABLE) ? Varint.size(length) : 0);
		}
		if (size > MAX_BYTES) {
			throw new IllegalArgumentException(size + " bytes are more than " + MAX_BYTES);
		}
		ByteBuffer buffer = ByteBuffer.allocate(size);
		for (int index = 0; index < components.size(); index++) {
			MultiaddrProtocol protocol = components.get(index).protocol();
			Varint.write(protocol.code(), buffer);
			if (protocol.sizeBits() == MultiaddrProtocol.VARIABLE) {
				Varint.write(values.get(index).length, buffer);
			}
			buffer.put(values.get(index));
		}
		return new Multiaddr(components, buffer.array());
	}

	/**
	 * Decodes the binary form, which takes all of the input.
	 * @param source the bytes; consumed
	 * @return the address
	 * @throws DecodeException if it is not a multiaddr
	 */
	public static Multiaddr decode(ByteBuffer source) throws DecodeException {
		if (source.remaining() > MAX_BYTES) {
			throw new DecodeException("A multiaddr of " + source.remaining() + " bytes is longer than " + MAX_BYTES);
		}
		List<Component> components = new ArrayList<>();
		List<byte[]> values = new ArrayList<>();
		try {
			while (source.hasRemaining()) {
				if (components.size() == MAX_COMPONENTS) {
					throw new DecodeException("A multiaddr has more than " + MAX_COMPONENTS + " components");
				}
				long code = Varint.read(source);
				MultiaddrProtocol protocol = MultiaddrProtocol.find(code)
					.orElseThrow(() -> new DecodeException("Multiaddr protocol " + code + " is not known"));
				byte[] value = read(source, protocol);
				components.add(new Component(protocol, text(protocol, value)));
				values.add(value);
			}
			if (components.isEmpty()) {
				throw new DecodeException("A multiaddr is empty");
			}
			return of(components, values);
		}
		catch (IllegalArgumentException ex) {
			throw new DecodeException("A multiaddr is malformed: " + ex.getMessage(), ex);
		}
	}

	private static byte[] read(ByteBuffer source, MultiaddrProtocol protocol) throws DecodeException {
		long length = (protocol.sizeBits() == MultiaddrProtocol.VARIABLE) ? Varint.read(source)
				: protocol.sizeBits() / 8;
		if (length > source.remaining()) {
			throw new DecodeException("The value of /" + protocol.text() + " has " + length + " bytes, "
					+ source.remaining() + " follow");
		}
		byte[] value = new byte[(int) length];
		source.get(value);
		return value;
	}

	/**
	 * Makes the address of a TCP socket.
	 * @param address the socket's address, resolved
	 * @return for example {@code /ip4/127.0.0.1/tcp/4001}
	 */
	public static Multiaddr ofTcp(InetSocketAddress address) {
		return ofHost(address.getAddress()).encapsulate(MultiaddrProtocol.TCP, Integer.toString(address.getPort()));
	}

	/**
	 * Makes the address of a UDP socket.
	 * @param address the socket's address, resolved
	 * @return for example {@code /ip4/127.0.0.1/udp/4001}
	 */
	public static Multiaddr ofUdp(InetSocketAddress address) {
		return ofHost(address.getAddress()).encapsulate(MultiaddrProtocol.UDP, Integer.toString(address.getPort()));
	}

	/**
	 * Makes the address of a host, from its bytes alone: a scope that the JDK knows of an
	 * IPv6 address is left out.
	 * @param host the host
	 * @return for example {@code /ip4/127.0.0.1}
	 */
	public static Multiaddr ofHost(InetAddress host) {
		byte[] value = host.getAddress();
		MultiaddrProtocol protocol = (value.length == 4) ? MultiaddrProtocol.IP4 : MultiaddrProtocol.IP6;
		return of(List.of(new Component(protocol, protocol.format().text(value))), List.of(value));
	}

	/**
	 * Returns the protocols and their values.
	 * @return the components, at least one
	 */
	public List<Component> components() {
		return this.components;
	}

	/**
	 * Returns the value of the first component of a protocol.
	 * @param protocol the protocol
	 * @return the value as text; empty if there is no such component
	 */
	public Optional<String> value(MultiaddrProtocol protocol) {
		for (Component component : this.components) {
			if (component.protocol() == protocol) {
				return Optional.of(component.value());
			}
		}
		return Optional.empty();
	}

	/**
	 * Returns whether a protocol occurs.
	 * @param protocol the protocol
	 * @return whether there is such a component
	 */
	public boolean has(MultiaddrProtocol protocol) {
		for (Component component : this.components) {
			if (component.protocol() == protocol) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Appends another address.
	 * @param inner the address to append
	 * @return the whole
	 * @throws IllegalArgumentException if it becomes too long
	 */
	public Multiaddr encapsulate(Multiaddr inner) {
		return parse(this.text + inner.text);
	}

	/**
	 * Appends a component with a value.
	 * @param protocol the protocol
	 * @param value its value
	 * @return the whole
	 * @throws IllegalArgumentException if the value does not fit the protocol
	 */
	public Multiaddr encapsulate(MultiaddrProtocol protocol, String value) {
		return parse(this.text + new Component(protocol, value));
	}

	/**
	 * Appends a component without a value.
	 * @param protocol the protocol
	 * @return the whole
	 * @throws IllegalArgumentException if the protocol needs a value
	 */
	public Multiaddr encapsulate(MultiaddrProtocol protocol) {
		return parse(this.text + "/" + protocol.text());
	}

	/**
	 * Puts a host in the place of the first component, whatever that is.
	 * @param host the host
	 * @return the whole
	 * @throws IllegalArgumentException if it becomes too long
	 */
	public Multiaddr withHost(InetAddress host) {
		StringBuilder above = new StringBuilder();
		this.components.stream().skip(1).forEach((component) -> above.append(component));
		return parse(ofHost(host).text + above);
	}

	/**
	 * Cuts off the zone that an IPv6 address begins with: it means something on its own
	 * host only.
	 * @return what is behind {@code /ip6zone/<zone>}, or this address if it begins with
	 * something else
	 */
	public Multiaddr withoutZone() {
		if (this.components.get(0).protocol() != MultiaddrProtocol.IP6ZONE || this.components.size() == 1) {
			return this;
		}
		StringBuilder rest = new StringBuilder();
		this.components.stream().skip(1).forEach((component) -> rest.append(component));
		return parse(rest.toString());
	}

	/**
	 * Cuts off the last component of a protocol and all that follows.
	 * @param protocol the protocol
	 * @return what is before it, or this address if there is no such component
	 * @throws IllegalArgumentException if nothing would be left
	 */
	public Multiaddr decapsulateLast(MultiaddrProtocol protocol) {
		for (int index = this.components.size() - 1; index >= 0; index--) {
			if (this.components.get(index).protocol() == protocol) {
				if (index == 0) {
					throw new IllegalArgumentException("Nothing is left of " + this + " without /" + protocol.text());
				}
				StringBuilder rest = new StringBuilder();
				this.components.subList(0, index).forEach((component) -> rest.append(component));
				return parse(rest.toString());
			}
		}
		return this;
	}

	/**
	 * Returns the binary form.
	 * @return a read-only view
	 */
	public ByteBuffer encoded() {
		return ByteBuffer.wrap(this.bytes).asReadOnlyBuffer();
	}

	/**
	 * Returns the socket that the address starts with, if that needs no resolution.
	 * @return the IP address and the TCP or UDP port; empty otherwise
	 */
	public Optional<InetSocketAddress> ipSocketAddress() {
		if (this.components.size() < 2) {
			return Optional.empty();
		}
		Component port = this.components.get(1);
		boolean known = port.protocol() == MultiaddrProtocol.TCP || port.protocol() == MultiaddrProtocol.UDP;
		return known ? ip(this.components.get(0)).map((ip) -> new InetSocketAddress(ip, Integer.parseInt(port.value())))
				: Optional.empty();
	}

	/**
	 * Returns the IP address that the address starts with, also where its zone comes
	 * first. An IPv4 address that is written as IPv6 is that IPv4 address.
	 * @return the IP address, of the relay where it leads through one; empty otherwise
	 */
	public Optional<InetAddress> ipAddress() {
		boolean zoned = this.components.size() > 1 && this.components.get(0).protocol() == MultiaddrProtocol.IP6ZONE;
		return ip(this.components.get(zoned ? 1 : 0));
	}

	private static Optional<InetAddress> ip(Component host) {
		if (host.protocol() != MultiaddrProtocol.IP4 && host.protocol() != MultiaddrProtocol.IP6) {
			return Optional.empty();
		}
		try {
			return Optional.of(InetAddress.getByAddress(host.protocol().format().bytes(host.value())));
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException("An address of 4 or 16 bytes is always known", ex);
		}
	}

	@Override
	public int compareTo(Multiaddr other) {
		return Arrays.compareUnsigned(this.bytes, other.bytes);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Multiaddr that && Arrays.equals(this.bytes, that.bytes);
	}

	@Override
	public int hashCode() {
		return SeededHash.of(this.bytes);
	}

	@Override
	public String toString() {
		return this.text;
	}

}
