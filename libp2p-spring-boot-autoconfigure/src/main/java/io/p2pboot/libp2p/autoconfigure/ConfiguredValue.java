package io.p2pboot.libp2p.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;

/**
 * Describes a property in a failure analysis, in the format of Spring Boot's own
 * analyzers: its name, its value and where it was set. Stateless.
 */
final class ConfiguredValue {

	private ConfiguredValue() {
	}

	/**
	 * Describes a property.
	 * @param environment where it was set; null if that is not known
	 * @param name its name
	 * @param value its value; null if it must not be shown
	 * @param reason why it cannot be used
	 * @return lines of text
	 */
	static String describe(@Nullable Environment environment, String name, @Nullable Object value, String reason) {
		StringBuilder text = new StringBuilder(String.format("%n%n    Property: %s", name));
		if (value != null) {
			text.append(String.format("%n    Value: \"%s\"", value));
		}
		Origin origin = origin(environment, name);
		if (origin != null) {
			text.append(String.format("%n    Origin: %s", origin));
		}
		return text.append(String.format("%n    Reason: %s", reason)).toString();
	}

	private static @Nullable Origin origin(@Nullable Environment environment, String name) {
		if (environment == null) {
			return null;
		}
		ConfigurationProperty property = find(environment, ConfigurationPropertyName.of(name));
		return (property != null) ? property.getOrigin() : null;
	}

	/**
	 * Names an element of a list: with its index where the list was set element by
	 * element, without where it was set as one text.
	 */
	static String elementName(Environment environment, String list, int index) {
		String element = list + "[" + index + "]";
		return (find(environment, ConfigurationPropertyName.of(element)) != null) ? element : list;
	}

	private static @Nullable ConfigurationProperty find(Environment environment, ConfigurationPropertyName name) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			ConfigurationProperty property = source.getConfigurationProperty(name);
			if (property != null) {
				return property;
			}
		}
		return null;
	}

}
