/* Who there is: the six people of README.md, the bot, Slackbot, and the made-up people of a load;
   and the channel they are in. */
#ifndef SANDBOX_SLACK_PEOPLE_H
#define SANDBOX_SLACK_PEOPLE_H

#include "tests/sandbox/slack/state.h"

void slack_people_init(struct slack *);
void slack_people_done(struct slack *);
struct slack_person *slack_person_named(struct slack *, const char *name);
struct slack_person *slack_person_by_id(struct slack *, const char *id);
struct slack_person *slack_person_of_dm(struct slack *, const char *channel);
json_t *slack_user(struct slack *, const char *id);           /* new reference, NULL: nobody */
const char *slack_name(const struct slack *, const char *id); /* the id itself when unknown */
bool slack_people_change(struct slack *, const json_t *change, struct web_reply *);
/* NULL when the bot may do it in that channel, else Slack's error. */
const char *slack_channel_error(struct slack *, const char *channel, bool writes);
bool slack_channel_known(struct slack *, const char *channel);

#endif
