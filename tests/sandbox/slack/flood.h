/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/flood: people who press buttons, and made-up people who ask, so many times a second
   until they are told to stop. */
#ifndef SANDBOX_SLACK_FLOOD_H
#define SANDBOX_SLACK_FLOOD_H

#include "tests/sandbox/slack/state.h"

void slackd_flood_start(struct slackd *, const json_t *body, struct web_reply *);
void slackd_flood_done(struct slackd *);

#endif
