package io.p2pboot.libp2p.autoconfigure;

import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnThreading;
import org.springframework.boot.thread.Threading;

/**
 * Which threads handlers run on: as the property says, else as the rest of the
 * application.
 */
final class HandlerThreadingConditions {

	private static final String PROPERTY = "libp2p.handlers.threading";

	private HandlerThreadingConditions() {
	}

	static final class Virtual extends AnyNestedCondition {

		Virtual() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnProperty(name = PROPERTY, havingValue = "virtual")
		static final class Asked {

		}

		@ConditionalOnProperty(name = PROPERTY, havingValue = "auto", matchIfMissing = true)
		@ConditionalOnThreading(Threading.VIRTUAL)
		static final class Auto {

		}

	}

	static final class Platform extends AnyNestedCondition {

		Platform() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnProperty(name = PROPERTY, havingValue = "platform")
		static final class Asked {

		}

		@ConditionalOnProperty(name = PROPERTY, havingValue = "auto", matchIfMissing = true)
		@ConditionalOnThreading(Threading.PLATFORM)
		static final class Auto {

		}

	}

}
