package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Fails the start, before any bean is made, where Netty is not of a version that this
 * libp2p works with: Spring Boot manages Netty's version, and may manage an older one.
 */
final class NettyVersionCheck implements BeanFactoryPostProcessor {

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		ClassLoader loader = Objects.requireNonNullElseGet(beanFactory.getBeanClassLoader(),
				ClassUtils::getDefaultClassLoader);
		try {
			NettyVersions versions = NettyVersions.read(loader);
			if (!versions.outdated().isEmpty() || versions.isMixed()) {
				throw new NettyVersionException(versions);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The versions of Netty on the class path cannot be read", ex);
		}
	}

}
