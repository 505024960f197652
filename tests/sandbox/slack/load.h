/* POST /sandbox/load: slash commands of many made-up people, so many unacknowledged at a time, and
   how long each took. */
#ifndef SANDBOX_SLACK_LOAD_H
#define SANDBOX_SLACK_LOAD_H

#include "tests/sandbox/slack/state.h"

void slack_load_start(struct slack *, const struct web_request *, const json_t *body,
                      struct web_reply *);
/* True when the id is one of the load's. */
bool slack_load_acknowledged(struct slack *, const char *envelope_id);
void slack_load_tick(struct slack *);
void slack_load_done(struct slack *);

#endif
