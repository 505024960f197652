/* SPDX-License-Identifier: Apache-2.0 */
/* What a test wants refused: as when an app was removed, a right taken, a channel made read-only,
   or a form not liked. */
#ifndef SANDBOX_SLACK_REFUSE_H
#define SANDBOX_SLACK_REFUSE_H

#include "tests/sandbox/slack/state.h"

/* Of a struct slackd_call. */
extern const struct control_refusal_kind slackd_refusals[];

#endif
