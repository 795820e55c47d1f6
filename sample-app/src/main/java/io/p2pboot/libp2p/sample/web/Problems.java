package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.sample.files.FileRefused;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/**
 * Makes each failure an answer that says what was wrong.
 */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {

	@ExceptionHandler
	ProblemDetail refused(FileRefused ex) {
		return problem(HttpStatus.CONFLICT, ex);
	}

	@ExceptionHandler
	ProblemDetail invalid(IllegalArgumentException ex) {
		return problem(HttpStatus.BAD_REQUEST, ex);
	}

	@ExceptionHandler
	ProblemDetail unreachable(IOException ex) {
		return problem(HttpStatus.BAD_GATEWAY, ex);
	}

	@ExceptionHandler
	ProblemDetail busy(RejectedExecutionException ex) {
		return problem(HttpStatus.SERVICE_UNAVAILABLE, ex);
	}

	@Override
	protected @Nullable ResponseEntity<Object> handleMethodArgumentNotValid(MethodArgumentNotValidException ex,
			HttpHeaders headers, HttpStatusCode status, WebRequest request) {
		ex.getBody()
			.setDetail(ex.getFieldErrors()
				.stream()
				.map((error) -> error.getField() + " " + error.getDefaultMessage())
				.sorted()
				.collect(Collectors.joining(", ")));
		return super.handleMethodArgumentNotValid(ex, headers, status, request);
	}

	private static ProblemDetail problem(HttpStatus status, Exception cause) {
		return ProblemDetail.forStatusAndDetail(status, String.valueOf(cause.getMessage()));
	}

}
