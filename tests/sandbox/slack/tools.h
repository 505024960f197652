/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that all of Slack's half uses. */
#ifndef SANDBOX_SLACK_TOOLS_H
#define SANDBOX_SLACK_TOOLS_H

#include "tests/sandbox/slack/state.h"

void slackd_random_uuid(char to[SLACKD_ID]);
/* A message's time stamp, later than every earlier one: "1700000000.000100". */
void slackd_next_ts(struct slackd *, char to[32]);
/* Sets what is in change; null takes a field away, because an absent field is a case of its own. */
void slackd_merge(json_t *into, json_t *change);
void slackd_refuse(struct web_reply *, int status, const char *sentence);
size_t slackd_characters(const char *utf8);
void slackd_keep_private(json_t *list, json_t *entry_new);

#endif
