/**
 * The rules that the code of this module is held to, and proof that each can fail.
 */
package io.p2pboot.libp2p.architecture;
