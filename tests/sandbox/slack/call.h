/* SPDX-License-Identifier: Apache-2.0 */
/* What the methods of the Web API have in common: arguments, refusals, rates. */
#ifndef SANDBOX_SLACK_CALL_H
#define SANDBOX_SLACK_CALL_H

#include "tests/sandbox/slack/state.h"

/* new reference: the answer */
json_t *slackd_error(const char *code);
json_t *slackd_error_because(const char *code, json_t *messages_new);
json_t *slackd_missing(const char *argument);
const char *slackd_arg(const struct slackd_call *, const char *name); /* NULL when absent */
/* 0 and one call is taken, or the seconds until there is one again. */
int slackd_bucket_wait(struct slackd_bucket *, double burst, double a_minute);
bool slackd_arg_flag(const struct slackd_call *, const char *name);
int64_t slackd_arg_number(const struct slackd_call *, const char *name, int64_t otherwise);
/* Borrowed; NULL when absent. A value that is JSON in a string is read. bad: there is one and it is
   no JSON. */
json_t *slackd_arg_json(const struct slackd_call *, const char *name, bool *bad);
/* One message a second and channel, after the burst. 0, or seconds to wait. */
int slackd_channel_wait(struct slackd *, const char *channel);

#endif
