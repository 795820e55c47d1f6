package io.p2pboot.libp2p.sample.web;

import java.io.IOException;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

class LocalRequestsTest {

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost" })
	void thisMachineMayRead(String host) throws Exception {
		assertThat(answer("GET", host, null).getStatus()).isEqualTo(HttpServletResponse.SC_OK);
	}

	@ParameterizedTest
	@ValueSource(strings = { "evil.example:8080", "127.0.0.1.evil.example", "localhost:80:80x" })
	void aNameThatWasBoundToThisMachineMayNotEvenRead(String host) throws Exception {
		assertThat(answer("GET", host, null).getStatus()).isEqualTo(HttpServletResponse.SC_FORBIDDEN);
	}

	@ParameterizedTest
	@CsvSource({ "POST, http://evil.example", "DELETE, http://localhost:8081", "PUT, null", "PATCH,", "POST,",
			"OPTIONS, http://evil.example" })
	void anotherOriginMayNotChangeAnything(String method, String origin) throws Exception {
		MockHttpServletResponse response = answer(method, "localhost:8080", origin);
		assertThat(response.getStatus()).isEqualTo(HttpServletResponse.SC_FORBIDDEN);
		assertThat(response.getContentType()).isEqualTo("application/problem+json");
		assertThat(response.getContentAsString()).contains("Origin: http://localhost:8080");
	}

	@Test
	void ourOwnPageMayChangeThings() throws Exception {
		MockHttpServletResponse response = answer("POST", "localhost:8080", "http://localhost:8080");
		assertThat(response.getStatus()).isEqualTo(HttpServletResponse.SC_OK);
		assertThat(response.getHeader("Content-Security-Policy")).contains("default-src 'none'", "script-src 'self'");
	}

	private static MockHttpServletResponse answer(String method, String host, String origin)
			throws ServletException, IOException {
		MockHttpServletRequest request = new MockHttpServletRequest(method, "/api/peers");
		request.addHeader("Host", host);
		if (origin != null) {
			request.addHeader("Origin", origin);
		}
		MockHttpServletResponse response = new MockHttpServletResponse();
		new LocalRequests(JsonMapper.shared()).doFilter(request, response, new MockFilterChain());
		return response;
	}

}
