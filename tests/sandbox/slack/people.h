/* SPDX-License-Identifier: Apache-2.0 */
/* Who there is: the six people of README.md, the bot, Slackbot, and the made-up people of a load;
   and the channel they are in. */
#ifndef SANDBOX_SLACK_PEOPLE_H
#define SANDBOX_SLACK_PEOPLE_H

#include "tests/sandbox/slack/state.h"

void slackd_people_init(struct slackd *);
void slackd_people_done(struct slackd *);
struct slackd_person *slackd_person_named(struct slackd *, const char *name);
struct slackd_person *slackd_person_by_id(struct slackd *, const char *id);
struct slackd_person *slackd_person_of_dm(struct slackd *, const char *channel);
json_t *slackd_user(struct slackd *, const char *id);           /* new reference, NULL: nobody */
const char *slackd_name(const struct slackd *, const char *id); /* the id itself when unknown */
bool slackd_people_change(struct slackd *, json_t *change, struct web_reply *);
/* NULL when the bot may do it in that channel, else Slack's error. */
const char *slackd_channel_error(struct slackd *, const char *channel, bool writes);
bool slackd_channel_known(struct slackd *, const char *channel);

#endif
