/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as it comes from outside: checked, and cut at whole characters. Needs nothing of ours. */
#ifndef REGUARD_UTF8_H
#define REGUARD_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decodes one character (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). Returns its
   length in bytes and stores it in *ret_code, or returns 0 when the bytes at text are no valid
   character. text is NUL-terminated. */
size_t utf8_decode(const char *text, uint32_t *ret_code);
/* Writes the character, at most U+10FFFF, and returns its length in bytes. No NUL behind it. */
size_t utf8_of_code(uint32_t code, char to[4]);
/* The largest length <= at_most_bytes that does not split a character. text has at least
   at_most_bytes bytes. */
size_t utf8_cut(const char *text, size_t at_most_bytes);
size_t utf8_characters(const char *text);

#endif
