/* SPDX-License-Identifier: Apache-2.0 */
#include "core/directory.h"
#include "core/limits.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { RANK_NUMBER, RANK_NAME, RANK_WORD, RANK_WITHIN, RANK_LETTERS, RANKS };

static int lower(char c) { return tolower((unsigned char)c); }

static bool begins(const char *text, const char *with)
{
    while (*with && lower(*text) == lower(*with))
        text++, with++;
    return !*with;
}

static bool is_between_words(char c) { return c == ' ' || c == '-' || c == '_' || c == '.'; }

/* Its letters in that order, others between them. */
static bool has_letters(const char *text, const char *letters)
{
    for (; *text && *letters; text++)
        letters += lower(*text) == lower(*letters);
    return !*letters;
}

static int rank_of(const struct directory_entry *e, const char *typed)
{
    int rank = RANKS;
    if (begins(e->number, typed))
        return RANK_NUMBER;
    if (begins(e->name, typed))
        return RANK_NAME;
    for (const char *at = e->name + (*e->name != 0); *at && rank > RANK_WORD; at++)
        if (begins(at, typed))
            rank = is_between_words(at[-1]) ? RANK_WORD : RANK_WITHIN;
    if (rank == RANKS && strstr(e->number, typed))
        rank = RANK_WITHIN;
    if (rank == RANKS && has_letters(e->name, typed))
        rank = RANK_LETTERS;
    return rank;
}

const struct choice *directory_find(const struct directory_entry *all, size_t count,
                                    const char *typed, struct arena *arena, size_t *ret_count)
{
    struct choice *found = arena_take(arena, LIMIT_CHOICES * sizeof *found);
    size_t n = 0;
    typed += strspn(typed, " ");
    for (int rank = 0; rank < RANKS && n < LIMIT_CHOICES; rank++)
        for (size_t i = 0; i < count && n < LIMIT_CHOICES; i++)
            if (rank_of(&all[i], typed) == rank)
                found[n++] = (struct choice){ arena_printf(arena, "%s · %s", all[i].name,
                                                           all[i].number),
                                              arena_copy(arena, all[i].number) };
    if (n == 0 && typed[0])
        found[n++] = (struct choice){ arena_printf(arena, "“%s”, as typed", typed),
                                      arena_copy(arena, typed) };
    *ret_count = n;
    return found;
}
