package io.p2pboot.libp2p.spring.payload;

import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.util.ClassUtils;

/**
 * The built-in converters, each with its library. Stateless.
 */
final class PayloadConverters {

	private PayloadConverters() {
	}

	/** Those whose libraries are on the class path. */
	static List<PayloadConverter> present(int maxMessageBytes) {
		List<PayloadConverter> converters = new ArrayList<>();
		converters.add(new BytesConverter());
		if (isPresent("com.google.protobuf.MessageLite")) {
			converters.add(new ProtobufConverter());
		}
		if (isPresent("tools.jackson.databind.json.JsonMapper")) {
			converters.add(Jackson.json(maxMessageBytes));
		}
		if (isPresent("tools.jackson.dataformat.cbor.CBORMapper")) {
			converters.add(Cbor.cbor(maxMessageBytes));
		}
		return converters;
	}

	private static boolean isPresent(String className) {
		return ClassUtils.isPresent(className, PayloadConverters.class.getClassLoader());
	}

	/** Loaded with Jackson only. */
	private static final class Jackson {

		static PayloadConverter json(int maxMessageBytes) {
			return new JacksonConverter(JsonMapper.builder().findAndAddModules().build(), PayloadFormat.JSON,
					maxMessageBytes);
		}

	}

	/** Loaded with Jackson's CBOR only. */
	private static final class Cbor {

		static PayloadConverter cbor(int maxMessageBytes) {
			return new JacksonConverter(CBORMapper.builder().findAndAddModules().build(), PayloadFormat.CBOR,
					maxMessageBytes);
		}

	}

}
