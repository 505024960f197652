/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that appear later by themselves. */
#ifndef SANDBOX_SLACK_LATER_H
#define SANDBOX_SLACK_LATER_H

#include "tests/sandbox/slack/state.h"

void slackd_later_start(struct slackd *);
void slackd_later_done(struct slackd *);
/* For these alone so much time has passed. */
void slackd_later_pass(struct slackd *, int64_t seconds);
json_t *slackd_later_view(const struct slackd *); /* new reference */
json_t *slackd_later_schedule(struct slackd_call *);
json_t *slackd_later_delete(struct slackd_call *);
json_t *slackd_later_list(struct slackd_call *);

#endif
