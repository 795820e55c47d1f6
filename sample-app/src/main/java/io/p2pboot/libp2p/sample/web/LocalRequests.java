package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.util.Set;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets only this machine's own pages and tools in. The server is bound to 127.0.0.1; a
 * page of another site that a user visits can still send requests there, so: the host
 * must be this machine by name (no DNS rebinding), and whatever changes something must
 * carry our own origin.
 */
@Component
class LocalRequests extends OncePerRequestFilter {

	private static final Set<String> LOCAL_HOSTS = Set.of("127.0.0.1", "localhost", "[::1]");

	private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

	private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
			+ "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

	private final JsonMapper mapper;

	LocalRequests(JsonMapper mapper) {
		this.mapper = mapper;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		response.setHeader("Content-Security-Policy", POLICY);
		response.setHeader("X-Content-Type-Options", "nosniff");
		response.setHeader("Referrer-Policy", "no-referrer");
		String host = request.getHeader(HttpHeaders.HOST);
		if (host == null || !LOCAL_HOSTS.contains(host.replaceFirst(":\\d+$", ""))) {
			refuse(response, "Ask for 127.0.0.1");
		}
		else if (!SAFE_METHODS.contains(request.getMethod())
				&& !("http://" + host).equals(request.getHeader(HttpHeaders.ORIGIN))) {
			refuse(response, "A request that changes something needs the header Origin: http://" + host);
		}
		else {
			chain.doFilter(request, response);
		}
	}

	/** Sent at once: the error page would not say why. */
	private void refuse(HttpServletResponse response, String reason) throws IOException {
		response.setStatus(HttpServletResponse.SC_FORBIDDEN);
		response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
		this.mapper.writeValue(response.getOutputStream(),
				ProblemDetail.forStatusAndDetail(HttpStatus.FORBIDDEN, reason));
	}

}
