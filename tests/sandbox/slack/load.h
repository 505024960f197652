/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/load: slash commands of many made-up people, so many unacknowledged at a time or so
   many a second, and how long each took. */
#ifndef SANDBOX_SLACK_LOAD_H
#define SANDBOX_SLACK_LOAD_H

#include "tests/sandbox/slack/state.h"

void slackd_load_start(struct slackd *, const struct web_request *, const json_t *body,
                       struct web_reply *);
/* True when the id is one of the load's. */
bool slackd_load_acknowledged(struct slackd *, const char *envelope_id);
/* An answer has come: the event's number stands behind the last sign of its response URL, or in a
   message that repeats its trigger. */
void slackd_load_answered(struct slackd *, const char *id);
void slackd_load_quoted(struct slackd *, const char *text);
void slackd_load_tick(struct slackd *);
void slackd_load_done(struct slackd *);

#endif
