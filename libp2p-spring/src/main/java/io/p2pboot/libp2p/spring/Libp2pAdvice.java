package io.p2pboot.libp2p.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.stereotype.Component;

/**
 * A bean whose {@code @MessageExceptionHandler} methods answer the failures of every
 * method that serves a protocol, as {@code @ControllerAdvice} does for controllers. The
 * methods of the handler's own class are asked first, then advices in the order that
 * {@link org.springframework.core.annotation.Order} on the class or its {@code @Bean}
 * method or {@link org.springframework.core.Ordered} says, then every
 * {@link Libp2pExceptionHandler}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
public @interface Libp2pAdvice {

}
