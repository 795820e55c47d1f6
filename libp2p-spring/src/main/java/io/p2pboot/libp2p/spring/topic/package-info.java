/**
 * Topics in an application: listeners that start, stop, pause and resume, and what they
 * are made of. Read {@link io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry}
 * first.
 */
@NullMarked
package io.p2pboot.libp2p.spring.topic;

import org.jspecify.annotations.NullMarked;
