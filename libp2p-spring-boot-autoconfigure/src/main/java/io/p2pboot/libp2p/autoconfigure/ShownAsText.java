package io.p2pboot.libp2p.autoconfigure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import io.p2pboot.libp2p.AddrInfo;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.annotation.JsonSerialize;

/**
 * Elements of a list that Actuator's {@code configprops} shows as they are written. They
 * have no properties that Jackson could see, and would be <code>{}</code>.
 */
@Target({ ElementType.FIELD, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@JacksonAnnotationsInside
@JsonSerialize(contentUsing = ShownAsText.Serializer.class)
@interface ShownAsText {

	/** Writes an address, a peer or a network as text. Stateless. */
	final class Serializer extends ValueSerializer<Object> {

		@Override
		public void serialize(Object value, JsonGenerator generator, SerializationContext context) {
			generator.writeString(text(value));
		}

		private static String text(Object value) {
			if (value instanceof AddrInfo peer && !peer.addresses().isEmpty()) {
				return peer.addresses()
					.stream()
					.map((address) -> address + "/p2p/" + peer.id())
					.collect(Collectors.joining(","));
			}
			return (value instanceof AddrInfo peer) ? peer.id().toString() : value.toString();
		}

	}

}
