/* SPDX-License-Identifier: Apache-2.0 */
/* Response URLs (five uses within 30 minutes) and trigger ids (one use within 3 seconds):
   docs.slack.dev, "Handling user interaction". */
#ifndef SANDBOX_SLACK_HOOK_H
#define SANDBOX_SLACK_HOOK_H

#include "tests/sandbox/slack/state.h"

void slackd_hook_new(struct slackd *, struct slackd_person *, const char *channel, const char *ts,
                     char path[SLACKD_PATH]);
bool slackd_hook(struct slackd *, const struct web_request *, struct web_reply *);
/* What an acknowledgement's or a response URL's message does. */
void slackd_respond(struct slackd *, const struct slackd_hook *, const json_t *message);
void slackd_trigger_new(struct slackd *, struct slackd_person *, char id[80]);
/* NULL and *ret_error when it cannot be used. */
struct slackd_trigger *slackd_trigger_use(struct slackd *, const char *id, const char **ret_error);

#endif
