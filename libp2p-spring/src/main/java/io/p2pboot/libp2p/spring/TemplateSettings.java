package io.p2pboot.libp2p.spring;

import java.util.List;

import io.p2pboot.libp2p.spring.payload.PayloadFormat;

/**
 * What differs between templates of one node.
 *
 * @param format the format of objects
 * @param async makes calls on threads of their own
 * @param errorBodies whether to ask for the text of errors
 * @param traceContext whether to tell to which trace a call belongs
 * @param interceptors what calls pass, the first one outermost
 */
record TemplateSettings(PayloadFormat format, AsyncCalls async, boolean errorBodies, boolean traceContext,
		List<CallInterceptor> interceptors) {

	TemplateSettings {
		interceptors = List.copyOf(interceptors);
	}

	static TemplateSettings of(PayloadFormat format) {
		return new TemplateSettings(format, AsyncCalls.SHARED, false, false, List.of());
	}

	TemplateSettings withFormat(PayloadFormat format) {
		return new TemplateSettings(format, this.async, this.errorBodies, this.traceContext, this.interceptors);
	}

	TemplateSettings withAsync(AsyncCalls async) {
		return new TemplateSettings(this.format, async, this.errorBodies, this.traceContext, this.interceptors);
	}

	TemplateSettings withErrorBodies() {
		return new TemplateSettings(this.format, this.async, true, this.traceContext, this.interceptors);
	}

	TemplateSettings withTraceContext() {
		return new TemplateSettings(this.format, this.async, this.errorBodies, true, this.interceptors);
	}

	TemplateSettings withInterceptors(List<CallInterceptor> interceptors) {
		return new TemplateSettings(this.format, this.async, this.errorBodies, this.traceContext, interceptors);
	}

}
