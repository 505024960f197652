/* Modals: views.open and views.update, and a person who fills one and submits it (docs.slack.dev,
   "Modals"). */
#ifndef SANDBOX_SLACK_MODAL_H
#define SANDBOX_SLACK_MODAL_H

#include "tests/sandbox/slack/state.h"

json_t *slack_views_open(struct slack_call *);
json_t *slack_views_update(struct slack_call *);
void slack_close(struct slack *, struct slack_person *, const struct web_request *,
                 const json_t *body, struct web_reply *);
void slack_submit(struct slack *, struct slack_person *, const struct web_request *,
                  const json_t *body, struct web_reply *);
/* The answer to a view_submission; what it means for the caller is set in answer. */
void slack_submitted(struct slack *, struct slack_person *, const json_t *payload, json_t *answer);

#endif
