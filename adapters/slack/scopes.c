/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/scopes.h"

#include <string.h>

/* One of the names is enough; the second is for private channels. why: what it is for; needed:
   without it the channel is not served. */
static const struct scope {
    const char *name, *or_name, *why;
    bool needed;
} scopes[] = {
    { "app_mentions:read", NULL, "@reguard in the channel", true },
    { "chat:write", NULL, "cards, reminders, answers", true },
    { "commands", NULL, "the slash command", true },
    { "channels:history", "groups:history",
      "what was said while reguard was away; a message is looked for before it is sent again",
      true },
    { "channels:read", "groups:read", "is the channel shared or archived? then it is not served",
      true },
    { "users:read", NULL, "guests, bots, strangers and deactivated people are refused", true },
    { "reactions:read", NULL, "approving by reaction", false },
    { "im:history", NULL, "direct messages to reguard", false },
    { "im:write", NULL, "to tell a requester the outcome", false },
};

static bool has(const char *granted, const char *name)
{
    for (const char *at = granted; name && *at;) {
        at += strspn(at, ", ");
        size_t bytes = strcspn(at, ", ");
        if (bytes == strlen(name) && strncmp(at, name, bytes) == 0)
            return true;
        at += bytes;
    }
    return false;
}

bool slack_scopes_allow(const char *granted, const char *name)
{
    return !granted[0] || has(granted, name);
}

bool slack_scopes_missing(const char *granted, struct buf *missing)
{
    bool enough = true;
    for (size_t i = 0; i < COUNT(scopes); i++) {
        const struct scope *s = &scopes[i];
        if (has(granted, s->name) || has(granted, s->or_name))
            continue;
        buf_addf(missing, "%s%s%s%s", missing->bytes ? ", " : "", s->name, s->or_name ? " or " : "",
                 s->or_name ? s->or_name : "");
        enough &= !s->needed;
    }
    return enough;
}
