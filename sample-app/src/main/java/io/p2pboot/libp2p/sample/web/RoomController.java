package io.p2pboot.libp2p.sample.web;

import java.io.IOException;
import java.util.List;

import io.p2pboot.libp2p.sample.room.Line;
import io.p2pboot.libp2p.sample.room.Room;
import jakarta.validation.Valid;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * What is said in the room.
 */
@RestController
@RequestMapping("/api/room")
class RoomController {

	record View(int peers, List<Room.Said> lines) {
	}

	record Sent(int peers) {
	}

	private final Room room;

	RoomController(Room room) {
		this.room = room;
	}

	@GetMapping
	View room() {
		return new View(this.room.peers(), this.room.lines());
	}

	@PostMapping
	Sent say(@RequestBody @Valid Line line) throws IOException {
		return new Sent(this.room.say(line));
	}

}
