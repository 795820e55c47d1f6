package io.p2pboot.libp2p.spring.observation;

import java.util.Map;
import java.util.concurrent.Callable;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.spring.CallObserver;
import org.jspecify.annotations.Nullable;

/**
 * Observes each stream and datagram that a handler serves, and each call of the template,
 * with Micrometer. Thread-safe.
 *
 * @param registry where observations go
 * @param parts what is observed
 * @param streams names and keys of streams; null for the default
 * @param datagrams names and keys of datagrams; null for the default
 * @param calls names and keys of calls; null for the default
 */
public record ObservedCalls(ObservationRegistry registry, Parts parts, @Nullable StreamObservationConvention streams,
		@Nullable DatagramObservationConvention datagrams,
		@Nullable CallObservationConvention calls) implements CallObserver {

	private static final StreamObservationConvention STREAMS = new DefaultStreamObservationConvention();

	private static final DatagramObservationConvention DATAGRAMS = new DefaultDatagramObservationConvention();

	private static final CallObservationConvention CALLS = new DefaultCallObservationConvention();

	/**
	 * What is observed.
	 *
	 * @param streams whether streams that handlers serve are
	 * @param datagrams whether datagrams that handlers serve are
	 * @param calls whether calls of the template are
	 */
	public record Parts(boolean streams, boolean datagrams, boolean calls) {

		/** All of it. */
		public static final Parts ALL = new Parts(true, true, true);

	}

	@Override
	public Scope handling(Stream stream) {
		return this.parts.streams() ? begin(
				Observation.start(this.streams, STREAMS, () -> new StreamObservationContext(stream), this.registry))
				: Scope.NONE;
	}

	@Override
	public Scope handling(ProtocolPath path, Datagram datagram) {
		return this.parts.datagrams() ? begin(Observation.start(this.datagrams, DATAGRAMS,
				() -> new DatagramObservationContext(path, datagram), this.registry)) : Scope.NONE;
	}

	@Override
	public Scope calling(String operation, PeerId peer, String path) {
		return this.parts.calls() ? begin(Observation.start(this.calls, CALLS,
				() -> new CallObservationContext(operation, peer, path), this.registry)) : Scope.NONE;
	}

	@Override
	public <T> Callable<T> carried(Callable<T> call) {
		Observation current = this.registry.getCurrentObservation();
		if (current == null) {
			return call;
		}
		return () -> {
			Observation.Scope scope = current.openScope();
			try {
				return call.call();
			}
			finally {
				scope.close();
			}
		};
	}

	private static Scope begin(Observation observation) {
		return observation.isNoop() ? Scope.NONE : new Observed(observation, observation.openScope());
	}

	/**
	 * One observation, of which the current thread is in scope.
	 *
	 * @param observation the observation
	 * @param scope its scope
	 */
	private record Observed(Observation observation, Observation.Scope scope) implements Scope {

		@Override
		public Map<String, String> trace() {
			return (this.observation.getContext() instanceof CallObservationContext call) ? call.trace() : Map.of();
		}

		@Override
		public void failed(Throwable failure) {
			this.observation.error(failure);
		}

		@Override
		public void close() {
			this.scope.close();
			this.observation.stop();
		}

	}

}
