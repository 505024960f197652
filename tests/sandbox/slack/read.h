/* SPDX-License-Identifier: Apache-2.0 */
/* Methods that read: who we are, people, conversations and what was said; and reactions and
   pins. */
#ifndef SANDBOX_SLACK_READ_H
#define SANDBOX_SLACK_READ_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_reactions_add(struct slackd_call *);
json_t *slackd_reactions_remove(struct slackd_call *);
json_t *slackd_reactions_get(struct slackd_call *);
json_t *slackd_pins_add(struct slackd_call *);
json_t *slackd_auth_test(struct slackd_call *);
json_t *slackd_users_info(struct slackd_call *);
json_t *slackd_users_list(struct slackd_call *);
json_t *slackd_bots_info(struct slackd_call *);
json_t *slackd_team_info(struct slackd_call *);
json_t *slackd_conversations_info(struct slackd_call *),
    *slackd_conversations_members(struct slackd_call *),
    *slackd_conversations_open(struct slackd_call *),
    *slackd_conversations_history(struct slackd_call *),
    *slackd_conversations_replies(struct slackd_call *);

#endif
