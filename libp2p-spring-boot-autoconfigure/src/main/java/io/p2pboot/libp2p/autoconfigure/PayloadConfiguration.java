package io.p2pboot.libp2p.autoconfigure;

import java.util.Comparator;
import java.util.List;

import com.google.protobuf.MessageLite;
import io.p2pboot.libp2p.spring.handler.JakartaPayloadValidator;
import io.p2pboot.libp2p.spring.handler.PayloadValidator;
import io.p2pboot.libp2p.spring.payload.BytesConverter;
import io.p2pboot.libp2p.spring.payload.JacksonConverter;
import io.p2pboot.libp2p.spring.payload.PayloadConverter;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.ProtobufConverter;
import jakarta.validation.Validator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/**
 * What messages are made of: each part comes with its library.
 */
@Configuration(proxyBeanMethods = false)
class PayloadConfiguration {

	private static final int BYTES_ORDER = 1000;

	private static final int PROTOBUF_ORDER = 1001;

	private static final int JACKSON_ORDER = 1002;

	static int maxMessageBytes(Libp2pProperties properties) {
		PropertyRanges.check(properties);
		return Math.toIntExact(properties.streams().maxMessageSize().toBytes());
	}

	/** The application's own first, whether they have an order or not. */
	static List<PayloadConverter> ordered(ObjectProvider<PayloadConverter> converters) {
		return converters.orderedStream().sorted(Comparator.comparing(PayloadConfiguration::isBuiltIn)).toList();
	}

	private static boolean isBuiltIn(PayloadConverter converter) {
		return converter.getClass().getPackage() == PayloadConverter.class.getPackage();
	}

	@Bean
	@Order(BYTES_ORDER)
	@ConditionalOnMissingBean
	BytesConverter libp2pBytesConverter() {
		return new BytesConverter();
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MessageLite.class)
	static class Protobuf {

		@Bean
		@Order(PROTOBUF_ORDER)
		@ConditionalOnMissingBean
		ProtobufConverter libp2pProtobufConverter() {
			return new ProtobufConverter();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(JsonMapper.class)
	static class Json {

		@Bean
		@Order(JACKSON_ORDER)
		@ConditionalOnSingleCandidate(JsonMapper.class)
		@ConditionalOnMissingBean(name = "libp2pJsonConverter")
		JacksonConverter libp2pJsonConverter(JsonMapper mapper, Libp2pProperties properties) {
			return new JacksonConverter(mapper, PayloadFormat.JSON, maxMessageBytes(properties));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CBORMapper.class)
	static class Cbor {

		@Bean
		@Order(JACKSON_ORDER)
		@ConditionalOnSingleCandidate(CBORMapper.class)
		@ConditionalOnMissingBean(name = "libp2pCborConverter")
		JacksonConverter libp2pCborConverter(CBORMapper mapper, Libp2pProperties properties) {
			return new JacksonConverter(mapper, PayloadFormat.CBOR, maxMessageBytes(properties));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Validator.class)
	static class Validation {

		@Bean
		@ConditionalOnSingleCandidate(Validator.class)
		@ConditionalOnMissingBean(PayloadValidator.class)
		JakartaPayloadValidator libp2pPayloadValidator(Validator validator) {
			return new JakartaPayloadValidator(validator);
		}

	}

}
