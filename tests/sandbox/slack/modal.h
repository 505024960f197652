/* Modals: views.open and views.update, and a person who fills one and submits it (docs.slack.dev,
   "Modals"). */
#ifndef SANDBOX_SLACK_MODAL_H
#define SANDBOX_SLACK_MODAL_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_views_open(struct slackd_call *);
json_t *slackd_views_update(struct slackd_call *);
void slackd_close(struct slackd *, struct slackd_person *, const struct web_request *,
                  const json_t *body, struct web_reply *);
void slackd_submit(struct slackd *, struct slackd_person *, const struct web_request *,
                   const json_t *body, struct web_reply *);
/* The answer to a view_submission; what it means for the caller is set in answer. */
void slackd_submitted(struct slackd *, struct slackd_person *, const json_t *payload,
                      json_t *answer);

#endif
