/* SPDX-License-Identifier: Apache-2.0 */
/* Modals: views.open and views.update, and a person who fills one and submits it (docs.slack.dev,
   "Modals"). */
#ifndef SANDBOX_SLACK_MODAL_H
#define SANDBOX_SLACK_MODAL_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_views_open(struct slackd_call *);
json_t *slackd_views_update(struct slackd_call *);
json_t *slackd_views_publish(struct slackd_call *);
/* Somebody looks at the app's home: {"tab"?}. */
void slackd_open_home(struct slackd *, struct slackd_person *, const struct web_request *,
                      const json_t *body, struct web_reply *);
void slackd_close(struct slackd *, struct slackd_person *, const struct web_request *,
                  const json_t *body, struct web_reply *);
void slackd_submit(struct slackd *, struct slackd_person *, const struct web_request *,
                   const json_t *body, struct web_reply *);
/* Fills some of it in, and chooses something in a field: {"field","values"}. */
void slackd_choose(struct slackd *, struct slackd_person *, const struct web_request *,
                   const json_t *body, struct web_reply *);
/* Types into a field that asks the app: {"field","text"}; and what the app offers. */
void slackd_type(struct slackd *, struct slackd_person *, const struct web_request *,
                 const json_t *body, struct web_reply *);
void slackd_offered(struct slackd_person *, json_t *payload, json_t *answer);
/* The answer to a view_submission; what it means for the caller is set in answer. */
void slackd_submitted(struct slackd *, struct slackd_person *, const json_t *payload,
                      json_t *answer);

#endif
