/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside made harmless: people's, and what services say. Pure. */
#ifndef REGUARD_INERT_H
#define REGUARD_INERT_H

#include "core/base.h"
#include "core/buf.h"

/* Control characters, bidirectional controls and what is drawn as nothing: none may reach another
   reader's screen or a log. */
bool inert_is_hostile(uint32_t code);
/* The rule for one character: hostile ones become U+FFFD, and the grave accent, which stands around
   commands in our own sentences, one that looks alike (U+02CB). */
uint32_t inert_character(uint32_t code);
/* Appends the text so that it can stand inside one line of ours and cannot be mistaken for our own:
   that rule for each character, invalid bytes become U+FFFD, every run of white space one blank,
   variation selectors and heaps of combining marks are left out, and it is cut with "…" at
   most_characters. Text that shows nothing at all adds nothing. Doing it again changes nothing.
   Markup of a chat is not touched: that is the codec's escaper. */
void inert_add(struct buf *, const char *text, size_t most_characters);
/* The same for what is compared or sent back (ids, addresses, roles): character for character, so
   that no two different ones become the same and none becomes a plain one. */
void inert_add_exact(struct buf *, const char *text, size_t most_characters);
/* True when both would add the text as it is (a quick look: false proves nothing). */
bool inert_is_plain(const char *text, size_t most_characters);
/* The same of each of its lines, and of inert_add_exact alone. */
bool inert_are_plain_lines(const char *text, size_t most_characters);

#endif
