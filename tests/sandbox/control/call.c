/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/control/call.h"

#include <stdlib.h>
#include <string.h>

void control_fail(struct web_reply *reply, int status, const char *sentence)
{
    web_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

bool control_query_number(const char *query, const char *name, uint64_t *ret)
{
    size_t name_bytes = strlen(name);
    for (const char *at = query; *at; at += strcspn(at, "&"), at += *at == '&') {
        if (strncmp(at, name, name_bytes) != 0 || at[name_bytes] != '=')
            continue;
        const char *digits = at + name_bytes + 1;
        size_t count = strspn(digits, "0123456789");
        if (!count || count > 18 || (digits[count] && digits[count] != '&'))
            return false;
        *ret = strtoull(digits, NULL, 10);
    }
    return true;
}
