/* SPDX-License-Identifier: Apache-2.0 */
/* A chat line as words: typographic quotes and dashes, non-breaking and zero-width spaces are made
   plain, "--for" is "for". What clients put around words is undone: bold, slanted, struck through,
   code, quotes around the whole line, lines shown as quoted, the dot of a list. What is left is
   harmless (inert_character). */
#ifndef REGUARD_WORDS_H
#define REGUARD_WORDS_H

#include "core/arena.h"

struct words {
    const char **list; /* in the arena; without the leading dashes of flags */
    size_t count, at;
    char *line;      /* the normalised line */
    size_t *offsets; /* where each word starts in it */
};

/* Splits the text. Quoted words stay together; a missing closing quote ends at the line's end. */
void words_read(struct words *, struct arena *, const char *text);
/* The next word or NULL; moves on. */
const char *words_next(struct words *);
const char *words_peek(const struct words *);
/* Moves on when the next word is this keyword, without case. */
bool words_take(struct words *, const char *keyword);

#endif
