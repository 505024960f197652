/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same in every interaction payload. */
#ifndef SANDBOX_SLACK_INTERACTION_H
#define SANDBOX_SLACK_INTERACTION_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_interaction(struct slackd *, const char *type, struct slackd_person *,
                           char trigger[80]);

#endif
