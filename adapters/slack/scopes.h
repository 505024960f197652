/* What the bot token must be allowed to do. Source: docs.slack.dev, the scopes of each method and
   event that the adapter uses. */
#ifndef REGUARD_SLACK_SCOPES_H
#define REGUARD_SLACK_SCOPES_H

#include "core/buf.h"

/* One of the names is enough; the second is for private channels. why: what it is for; needed:
   without it the channel is not served. */
struct slack_scope {
    const char *name, *or_name, *why;
    bool needed;
};
extern const struct slack_scope slack_scopes[];
extern const size_t slack_scope_count;

/* Adds the names that are not among the granted ones (comma separated, as in X-OAuth-Scopes),
   separated by ", ". True when nothing that is needed is missing. */
bool slack_scopes_missing(const char *granted, struct buf *missing);

#endif
