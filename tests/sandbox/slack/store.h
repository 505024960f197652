/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the channel and of direct conversations, oldest first, bounded. */
#ifndef SANDBOX_SLACK_STORE_H
#define SANDBOX_SLACK_STORE_H

#include "tests/sandbox/slack/state.h"

/* Takes the message over and gives it its ts. Lent until the next post. */
struct slackd_message *slackd_post(struct slackd *, const char *channel, json_t *message_new);
struct slackd_message *slackd_find(struct slackd *, const char *channel, const char *ts);
bool slackd_delete(struct slackd *, const char *channel, const char *ts);
/* A copy as the Web API shows it; new reference. */
json_t *slackd_shown(struct slackd *, const struct slackd_message *, bool metadata);
/* What the app says or shares in a direct conversation comes back to it as an event; of any other
   place nothing does. */
void slackd_echo_direct(struct slackd *, const struct slackd_message *);
bool slackd_react(struct slackd_message *, const char *user,
                  const char *name); /* false: had it already */
bool slackd_unreact(struct slackd_message *, const char *user,
                    const char *name); /* false: had none */
const char *slackd_case_of(const json_t *message,
                           const char *field); /* of metadata.event_payload; "" */

#endif
