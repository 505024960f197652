/* SPDX-License-Identifier: Apache-2.0 */
/* What the bot token must be allowed to do. Source: docs.slack.dev, the scopes of each method and
   event that the adapter uses. */
#ifndef REGUARD_SLACK_SCOPES_H
#define REGUARD_SLACK_SCOPES_H

#include "core/buf.h"

/* Adds the names that are not among the granted ones (comma separated, as in X-OAuth-Scopes),
   separated by ", ". True when nothing that is needed is missing. */
bool slack_scopes_missing(const char *granted, struct buf *missing);

/* True when that one is among the granted ones, or nothing is known of them (""). */
bool slack_scopes_allow(const char *granted, const char *name);

#endif
