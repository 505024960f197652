/* SPDX-License-Identifier: Apache-2.0 */
/* Places in the stream, and which of its events a filter lets through. */
#include "tests/sandbox/matrix/stream.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void matrixd_token_write(const struct matrixd *m, uint64_t n, char to[MATRIXD_TOKEN])
{
    snprintf(to, MATRIXD_TOKEN, "s%u_%llu", m->generation, (unsigned long long)n);
}

bool matrixd_token_read(const struct matrixd *m, const char *text, uint64_t *ret_n)
{
    char *end = NULL;
    if (*text != 's' || text[1] < '0' || text[1] > '9' ||
        strtoul(text + 1, &end, 10) != m->generation || *end != '_')
        return false;
    const char *digits = end + 1;
    uint64_t n = strtoull(digits, &end, 10);
    *ret_n = n < m->last_n ? n : m->last_n; /* one from the future counts as now */
    return end > digits && !*end;
}

static bool one_matches(const char *pattern, const char *text)
{
    size_t bytes = strlen(pattern);
    return bytes > 0 && pattern[bytes - 1] == '*' ? strncmp(pattern, text, bytes - 1) == 0
                                                  : strcmp(pattern, text) == 0;
}

static bool listed(const json_t *list, const char *text)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry) if (json_is_string(entry) &&
                                           one_matches(json_string_value(entry), text)) return true;
    return false;
}

bool matrixd_passes_lists(const json_t *wanted, const json_t *unwanted, const char *text)
{
    return (!json_is_array(wanted) || listed(wanted, text)) && !listed(unwanted, text);
}

bool matrixd_passes(const json_t *filter, const json_t *event)
{
    return matrixd_passes_lists(json_object_get(filter, "types"),
                                json_object_get(filter, "not_types"),
                                sandbox_text(event, "type")) &&
           matrixd_passes_lists(json_object_get(filter, "senders"),
                                json_object_get(filter, "not_senders"),
                                sandbox_text(event, "sender"));
}
