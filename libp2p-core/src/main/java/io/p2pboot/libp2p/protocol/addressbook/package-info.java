/**
 * An address book: a peer that knows others answers with their signed records. A protocol
 * of this project; the wire format is in {@code docs/address-book.md}. Read
 * {@link io.p2pboot.libp2p.protocol.addressbook.AddressBook} first.
 */
@NullMarked
package io.p2pboot.libp2p.protocol.addressbook;

import org.jspecify.annotations.NullMarked;
