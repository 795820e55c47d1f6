package io.p2pboot.libp2p.transport.websocket;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

/**
 * The HTTP request and response that begin a WebSocket, RFC 6455 section 4. Any path and
 * any Origin is served: the peers prove who they are to each other later on.
 */
final class HttpUpgrade {

	/** The longest request or status line. */
	static final int MAX_LINE_BYTES = 2048;

	/** The most bytes of all header fields together. */
	static final int MAX_HEADER_BYTES = 8192;

	private static final String VERSION = "13";

	private static final int KEY_BYTES = 16;

	private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

	private static final SecureRandom RANDOM = new SecureRandom();

	private HttpUpgrade() {
	}

	/** The bounds of either side's parser. */
	static HttpDecoderConfig bounds() {
		return new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE_BYTES).setMaxHeaderSize(MAX_HEADER_BYTES);
	}

	static String newKey() {
		byte[] key = new byte[KEY_BYTES];
		RANDOM.nextBytes(key);
		return Base64.getEncoder().encodeToString(key);
	}

	/** What proves that the server has understood the key. */
	static String accept(String key) {
		try {
			MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
			byte[] digest = sha1.digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
			return Base64.getEncoder().encodeToString(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every JDK has SHA-1", ex);
		}
	}

	static FullHttpRequest request(String host, String key) {
		FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/",
				Unpooled.EMPTY_BUFFER);
		request.headers()
			.set(HttpHeaderNames.HOST, host)
			.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
			.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
			.set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key)
			.set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
		return request;
	}

	/** Why a request cannot be upgraded; empty if it can. */
	static Optional<HttpResponseStatus> refusal(HttpRequest request) {
		HttpHeaders headers = request.headers();
		if (request.decoderResult().isFailure()) {
			Throwable cause = request.decoderResult().cause();
			boolean tooLong = cause instanceof TooLongHttpHeaderException || cause instanceof TooLongHttpLineException;
			return Optional
				.of(tooLong ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE : HttpResponseStatus.BAD_REQUEST);
		}
		if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
				|| !VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
			return Optional.of(HttpResponseStatus.UPGRADE_REQUIRED);
		}
		boolean valid = request.method().equals(HttpMethod.GET)
				&& request.protocolVersion().equals(HttpVersion.HTTP_1_1)
				&& headers.getAll(HttpHeaderNames.HOST).size() == 1
				&& headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
				&& headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY).size() == 1
				&& isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)) && !hasBody(request);
		return valid ? Optional.empty() : Optional.of(HttpResponseStatus.BAD_REQUEST);
	}

	private static boolean isKey(String key) {
		try {
			return Base64.getDecoder().decode(key.trim()).length == KEY_BYTES;
		}
		catch (IllegalArgumentException ex) {
			// Not base64, so not a key.
			return false;
		}
	}

	private static boolean hasBody(HttpRequest request) {
		return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) != 0;
	}

	static FullHttpResponse accepted(HttpRequest request) {
		FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
				HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
		response.headers()
			.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
			.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
			.set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT,
					accept(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY).trim()));
		return response;
	}

	static FullHttpResponse refused(HttpResponseStatus status) {
		FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
		response.headers()
			.set(HttpHeaderNames.CONTENT_LENGTH, 0)
			.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
		if (status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
			response.headers()
				.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
				.set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
		}
		return response;
	}

	/** Why a response does not upgrade; empty if it does. */
	static Optional<String> refusal(HttpResponse response, String key) {
		HttpHeaders headers = response.headers();
		if (response.decoderResult().isFailure()) {
			return Optional.of("not HTTP, or larger than " + MAX_HEADER_BYTES + " bytes: "
					+ response.decoderResult().cause().getMessage());
		}
		if (response.status().code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
			return Optional.of("HTTP status " + response.status().code());
		}
		if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
				|| !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
			return Optional.of("the response does not upgrade to websocket");
		}
		if (!accept(key).equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT))) {
			return Optional.of("Sec-WebSocket-Accept does not answer our key");
		}
		boolean extra = headers.contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)
				|| headers.contains(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
		return extra ? Optional.of("the response has an extension or subprotocol that we did not ask for")
				: Optional.empty();
	}

}
