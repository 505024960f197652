# SPDX-License-Identifier: Apache-2.0
"""What tests/faults/shim.c is to do to the program, in a file that both have mapped; the same layout as its struct plan."""
import mmap
import os
import struct

STARTS, WHAT_BYTES, PLACES_MOST, EVER = 16, 64, 16384, 1 << 62
WORDS = ["starts", *(f"kill_at_{n}" for n in range(STARTS)), *(f"kill_half_{n}" for n in range(STARTS)), "calls", "file_calls", "allocations",
         "file_fails_at", "file_fails_for", "file_errno", "alloc_fails_at", "alloc_fails_for", "hits",
         "places_wanted", "place_fails", "place_fails_at"]
PLACES_AT = 8 * len(WORDS)
WHAT_AT = PLACES_AT + 2 * 8 * PLACES_MOST


class Plan:
    def __init__(self, path):
        self.path = path
        size = WHAT_AT + WHAT_BYTES
        with open(path, "wb") as f:
            f.write(bytes(size))
        fd = os.open(path, os.O_RDWR)
        self.map = mmap.mmap(fd, size)
        os.close(fd)

    def __getitem__(self, word):
        return struct.unpack_from("<Q", self.map, 8 * WORDS.index(word))[0]

    def __setitem__(self, word, value):
        struct.pack_into("<Q", self.map, 8 * WORDS.index(word), value)

    def set(self, **words):
        for word, value in words.items():
            self[word] = value

    def what(self):
        """Which call the last hit was."""
        return self.map[WHAT_AT:].split(b"\0")[0].decode()

    def places(self):
        """Where memory was asked for, and how often there."""
        words = struct.unpack_from(f"<{2 * PLACES_MOST}Q", self.map, PLACES_AT)
        return {place: times for place, times in zip(words[:PLACES_MOST], words[PLACES_MOST:]) if place}
