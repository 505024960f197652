/* SPDX-License-Identifier: Apache-2.0 */
/* The Slack adapter: Socket Mode in, Web API out. Events come from "slack". */
#ifndef REGUARD_SLACK_H
#define REGUARD_SLACK_H

#include "core/person.h"
#include "port/adapter.h"
#include "net/http.h"
#include "port/inbox.h"
#include "host/secret.h"

struct slack_options {
    struct secret *app_token, *bot_token; /* taken over; NULL: for rendering only, never started */
    const char *team, *channel, *command, *api_url, *ca_file;
    const struct people *people; /* lent, as the policy is */
    const struct policy *policy;
    bool deaf;          /* no socket is opened, and no app-level token needed */
    const char *cursor; /* the mark that was put last; NULL: none */
};

/* secrets of adapter_ops.renew: app token, bot token. */
struct adapter *slack_new(struct loop *, struct http *, struct inbox *,
                          const struct slack_options *);
void slack_use_rules(struct adapter *, const struct people *, const struct policy *);

#endif
