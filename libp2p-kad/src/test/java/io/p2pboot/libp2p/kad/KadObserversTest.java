package io.p2pboot.libp2p.kad;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class KadObserversTest {

	private final KadObservers observers = new KadObservers();

	private final List<String> heard = new ArrayList<>();

	@Test
	void whatAnObserverThrowsKeepsNobodyElseFromHearing() {
		for (Throwable failure : List.of(new IllegalStateException("expected"), new NoClassDefFoundError("expected"))) {
			this.observers.add(new KadObserver() {

				@Override
				public void requestSent(String type, int bytes) {
					throwIt(failure);
				}

			});
		}
		this.observers.add(new KadObserver() {

			@Override
			public void requestSent(String type, int bytes) {
				KadObserversTest.this.heard.add(type + " " + bytes);
			}

		});
		this.observers.requestSent("PING", 7);
		assertThat(this.heard).containsExactly("PING 7");
	}

	private static void throwIt(Throwable failure) {
		if (failure instanceof Error error) {
			throw error;
		}
		throw (RuntimeException) failure;
	}

}
