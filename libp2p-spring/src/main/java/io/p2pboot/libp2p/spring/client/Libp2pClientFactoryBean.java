package io.p2pboot.libp2p.spring.client;

import io.p2pboot.libp2p.spring.Libp2pClient;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanClassLoaderAware;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.util.ClassUtils;

/**
 * Makes the client of one interface a bean. Checked when the context starts.
 *
 * @param <T> the interface
 */
public final class Libp2pClientFactoryBean<T>
		implements FactoryBean<T>, Libp2pClient, BeanClassLoaderAware, BeanFactoryAware, InitializingBean {

	private final Class<T> type;

	private final Libp2pTemplate template;

	private @Nullable ClassLoader classLoader = ClassUtils.getDefaultClassLoader();

	private @Nullable ConfigurableBeanFactory beanFactory;

	private @Nullable T client;

	/**
	 * Creates a factory.
	 * @param type the interface
	 * @param template calls
	 */
	public Libp2pClientFactoryBean(Class<T> type, Libp2pTemplate template) {
		this.type = type;
		this.template = template;
	}

	@Override
	public void setBeanClassLoader(ClassLoader classLoader) {
		this.classLoader = classLoader;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		if (beanFactory instanceof ConfigurableBeanFactory configurable) {
			this.beanFactory = configurable;
		}
	}

	@Override
	public void afterPropertiesSet() {
		ConfigurableBeanFactory resolver = this.beanFactory;
		Libp2pClientFactory factory = new Libp2pClientFactory(this.template, (path) -> (resolver != null)
				? String.valueOf(new EmbeddedValueResolver(resolver).resolveStringValue(path)) : path);
		this.client = factory.createClient(this.type, this.classLoader);
	}

	@Override
	public @Nullable T getObject() {
		return this.client;
	}

	@Override
	public Class<T> getObjectType() {
		return this.type;
	}

}
