/**
 * What programs that measure draw their figures with.
 */
package io.p2pboot.libp2p.figures;
