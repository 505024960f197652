/* SPDX-License-Identifier: Apache-2.0 */
/* Acting as a person: saying, commanding, clicking, reacting. What the app hears of it has the
   shape of Slack's events (docs.slack.dev, "Events", "Slash commands", "Interaction payloads"). */
#ifndef SANDBOX_SLACK_ACT_H
#define SANDBOX_SLACK_ACT_H

#include "tests/sandbox/slack/state.h"

/* what: say, command, click, react, submit or close. */
void slackd_act(struct slackd *, const char *what, const struct web_request *, const json_t *body,
                struct web_reply *);
/* What the app hears when that person presses body's "action" (of its "case", with its "ts"), with
   its response URL; new reference. NULL: there is no such button. */
json_t *slackd_press(struct slackd *, struct slackd_person *, const json_t *body,
                     char hook[SLACKD_PATH]);

#endif
