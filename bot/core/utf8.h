/* UTF-8 as it comes from people: checked, cut at whole characters, and made harmless. */
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
/* Appends what a person wrote so that it can stand inside one line of ours: invalid bytes, control,
   bidirectional and other invisible format characters become U+FFFD, every run of white space
   becomes one blank, and it is cut with "…" at most_characters. Markup of the chat is not touched:
   that is the codec's escaper. */
void utf8_add_inert(struct buf *, const char *text, size_t most_characters);

/* The same for what is only shown and never compared or sent to (reasons, names, errors):
   characters that chats take for formatting become ones that look alike. */
void utf8_add_said(struct buf *, const char *text, size_t most_characters);

#endif
