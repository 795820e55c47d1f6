package io.p2pboot.libp2p.sample.room;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;

/**
 * What somebody says in the room.
 *
 * @param text the words
 */
public record Line(@NotBlank @Size(max = Line.MAX_TEXT) String text) {

	/** The most characters of a line. */
	public static final int MAX_TEXT = 500;

}
