package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.topic.TopicCall;
import org.jspecify.annotations.Nullable;

/**
 * Calls a method for messages of a topic: reads them, calls, and lets the bean's own
 * exception handlers look at what went wrong. Any number of threads.
 *
 * @param method the method
 * @param signature what it takes
 * @param batch whether it takes lists
 * @param validator checks payloads; null if there is none
 * @param exceptions the bean's own exception handlers
 */
record TopicListenerMethod(BeanMethod method, TopicSignature signature, boolean batch,
		@Nullable PayloadValidator validator, ExceptionMethods exceptions) implements TopicCall {

	@Override
	public void handle(List<TopicMessage> messages, FailureSink failures) {
		List<TopicMessage> read = new ArrayList<>();
		List<@Nullable Object> payloads = new ArrayList<>();
		for (TopicMessage message : messages) {
			try {
				payloads.add(this.signature.read(message, this.validator));
				read.add(message);
			}
			catch (Exception ex) {
				failed(List.of(message), ex, failures);
			}
		}
		if (!read.isEmpty()) {
			call(read, payloads, failures);
		}
	}

	private void call(List<TopicMessage> messages, List<@Nullable Object> payloads, FailureSink failures) {
		try {
			this.method.call(this.batch ? this.signature.arguments(messages, payloads)
					: this.signature.arguments(messages.get(0), payloads.get(0)));
		}
		catch (Throwable ex) {
			failed(messages, Failures.unwrap(ex), failures);
		}
	}

	private void failed(List<TopicMessage> messages, Throwable failure, FailureSink failures) {
		Method handler = this.exceptions.method(failure);
		if (handler == null) {
			failures.failed(messages, failure);
			return;
		}
		try {
			Throwable cause = failure.getCause();
			TopicMessage first = messages.get(0);
			if (cause != null) {
				this.method.callWith(handler, failure, cause, first);
			}
			else {
				this.method.callWith(handler, failure, first);
			}
		}
		catch (Throwable ex) {
			failures.failed(messages, Failures.during(failure, Failures.unwrap(ex)));
		}
	}

}
