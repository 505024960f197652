/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/control/call.h"

#include <stdio.h>
#include <string.h>

enum { KINDS_TEXT = 160 };

const char *control_refusal_of(const struct control_refusal *r,
                               const struct control_refusal_kind *kinds, const void *call)
{
    for (; kinds->what; kinds++)
        if (strcmp(kinds->what, r->what) == 0 && kinds->is(call))
            return r->error;
    return NULL;
}

static void list(const struct control_refusal_kind *kinds, char to[KINDS_TEXT])
{
    size_t used = 0;
    to[0] = '\0';
    for (const struct control_refusal_kind *k = kinds; k->what && used < KINDS_TEXT; k++) {
        int n = snprintf(to + used, KINDS_TEXT - used, "%s%s",
                         k == kinds  ? ""
                         : k[1].what ? ", "
                                     : " or ",
                         k->what);
        used += n > 0 ? (size_t)n : 0;
    }
}

bool control_refusal_set(struct control_refusal *r, const struct control_refusal_kind *kinds,
                         const json_t *wanted, struct web_reply *reply)
{
    const char *what = json_string_value(json_object_get(wanted, "what")),
               *error = json_string_value(json_object_get(wanted, "error"));
    bool known = json_is_null(wanted);
    for (const struct control_refusal_kind *k = kinds; k->what; k++)
        known |= what && error && *error && strcmp(k->what, what) == 0;
    if (known) {
        snprintf(r->what, sizeof r->what, "%s", what ? what : "");
        snprintf(r->error, sizeof r->error, "%s", error ? error : "");
        return true;
    }
    char words[KINDS_TEXT], sentence[256];
    list(kinds, words);
    snprintf(sentence, sizeof sentence,
             "\"refuse\" takes {\"what\": %s, \"error\": CODE}, or null.", words);
    control_fail(reply, 400, sentence);
    return false;
}
