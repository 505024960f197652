/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed for a viewer since its last look, by comparing with what it remembers: the
   messages with their edits and reactions, what one person alone was told, and the open modals. */
#ifndef SANDBOX_SLACK_LIVE_H
#define SANDBOX_SLACK_LIVE_H

#include "tests/sandbox/slack/state.h"

/* "messages" (new or altered, with "channel"), "gone" (ts), "older" (at the first look: how many
   are not told), "private" ([{"person","kind":"ephemeral"|"response","message"}]), "modals" (by
   person, null: closed). */
void *slackd_look_new(void);
void slackd_look_free(void *look);
void slackd_look_again(void *slack, void *look, json_t *into);

#endif
