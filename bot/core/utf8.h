/* UTF-8 as it comes from outside: checked, cut at whole characters, and made harmless. */
#ifndef REGUARD_UTF8_H
#define REGUARD_UTF8_H

#include "core/base.h"
#include "core/buf.h"

/* Decodes one character (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). Returns its
   length in bytes and stores it in *ret_code, or returns 0 when the bytes at text are no valid
   character. text is NUL-terminated. */
size_t utf8_decode(const char *text, uint32_t *ret_code);
/* Appends the character. */
void utf8_add(struct buf *, uint32_t code);
/* The largest length <= at_most_bytes that does not split a character. text has at least
   at_most_bytes bytes. */
size_t utf8_cut(const char *text, size_t at_most_bytes);
size_t utf8_characters(const char *text);
/* ---- text from outside: people's, and what services say ---- */

/* Control characters, bidirectional controls and what is drawn as nothing: none may reach another
   reader's screen or a log. */
bool utf8_is_hostile(uint32_t code);
/* The rule for one character: hostile ones become U+FFFD, and the grave accent, which stands around
   commands in our own sentences, one that looks alike (U+02CB). */
uint32_t utf8_inert_character(uint32_t code);
/* Appends the text so that it can stand inside one line of ours and cannot be mistaken for our own:
   that rule for each character, invalid bytes become U+FFFD, every run of white space one blank,
   variation selectors and heaps of combining marks are left out, and it is cut with "…" at
   most_characters. Text that shows nothing at all adds nothing. Doing it again changes nothing.
   Markup of a chat is not touched: that is the codec's escaper. */
void utf8_add_inert(struct buf *, const char *text, size_t most_characters);
/* The same for what is compared or sent back (ids, addresses, roles): character for character, so
   that no two different ones become the same and none becomes a plain one. */
void utf8_add_exact(struct buf *, const char *text, size_t most_characters);
/* True when both would add the text as it is (a quick look: false proves nothing). */
bool utf8_is_plain(const char *text, size_t most_characters);

#endif
