/* SPDX-License-Identifier: Apache-2.0 */
#include "core/command.h"
#include "core/desk.h"

#include <string.h>

const struct command *command_named(const struct desk *desk, const char *name)
{
    for (size_t i = 0; i < desk->command_count; i++)
        if (str_equal_nocase(desk->commands[i]->name, name) ||
            str_equal_nocase(desk->commands[i]->alias, name))
            return desk->commands[i];
    return NULL;
}

enum { VERB_BYTES = 16 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Levenshtein distance of two short words. */
static size_t distance(const char *a, const char *b)
{
    size_t row[VERB_BYTES + 1], b_length = strlen(b);
    for (size_t k = 0; k <= b_length; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b_length; k++) {
            size_t above = row[k];
            row[k] = least(least(row[k], row[k - 1]) + 1,
                           diagonal + ((a[i - 1] | 32) != (b[k - 1] | 32)));
            diagonal = above;
        }
    }
    return row[b_length];
}

const struct command *command_meant(const struct desk *desk, const char *name)
{
    const struct command *best = NULL;
    size_t best_distance = 3;
    if (strlen(name) > VERB_BYTES)
        return NULL;
    for (size_t i = 0; i < desk->command_count; i++) {
        size_t d = strlen(desk->commands[i]->name) <= VERB_BYTES
                       ? distance(name, desk->commands[i]->name)
                       : best_distance;
        if (d < best_distance && d < strlen(name)) {
            best = desk->commands[i];
            best_distance = d;
        }
    }
    return best;
}
