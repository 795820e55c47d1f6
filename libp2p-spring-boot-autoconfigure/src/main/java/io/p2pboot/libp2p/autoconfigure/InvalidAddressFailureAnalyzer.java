package io.p2pboot.libp2p.autoconfigure;

import java.util.Map;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConversionFailedException;

/**
 * Names the property, with its place, whose value is no address, peer id or path.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 100)
final class InvalidAddressFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

	private static final Map<Class<?>, String> EXAMPLES = Map.of(Multiaddr.class,
			"a multiaddr, for example /ip4/0.0.0.0/tcp/4001", AddrInfo.class,
			"a multiaddr that ends with a peer id, for example /dns4/example.com/tcp/4001/p2p/12D3Koo…", PeerId.class,
			"a peer id, for example 12D3Koo…", ProtocolPath.class, "a protocol path, for example /echo/1.0.0");

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
		ConversionFailedException conversion = findCause(cause, ConversionFailedException.class);
		String example = (conversion != null) ? EXAMPLES.get(conversion.getTargetType().getType()) : null;
		if (conversion == null || example == null) {
			return null;
		}
		ConfigurationProperty property = cause.getProperty();
		String name = (property != null) ? property.getName().toString() : cause.getName().toString();
		String origin = (property != null && property.getOrigin() != null) ? " (" + property.getOrigin() + ")" : "";
		Throwable reason = conversion.getCause();
		return new FailureAnalysis(
				"The value '" + conversion.getValue() + "' of " + name + origin + " cannot be used: "
						+ ((reason != null) ? reason.getMessage() : conversion.getMessage()),
				"Set " + name + " to " + example + ".", cause);
	}

}
