/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: each to exactly one socket, acknowledged in time or sent again; events wait while
   nobody is there (docs.slack.dev, "Events API", retries, and "Using Socket Mode"). */
#ifndef SANDBOX_SLACK_ENVELOPE_H
#define SANDBOX_SLACK_ENVELOPE_H

#include "tests/sandbox/slack/state.h"

/* Takes payload over. asker: the control request that waits for the acknowledgement, or NULL.
   False: nobody is there to take it. */
bool slackd_raise(struct slackd *, enum slackd_envelope_kind, json_t *payload_new,
                  struct slackd_person *, const struct web_request *asker, const char *hook);
/* An event inside its wrapper. Takes event over. */
void slackd_raise_event(struct slackd *, struct slackd_person *, json_t *event_new);
void slackd_envelopes_run(struct slackd *); /* what is due now */
void slackd_envelopes_done(struct slackd *);
/* Tells the control request that waits for it, if one does, what became of it. */
void slackd_envelope_tell(struct slackd_envelope *, json_t *answer_new);
/* Takes it out of the list and frees it. */
void slackd_envelope_end(struct slackd *, struct slackd_envelope **at);
/* Those that no socket has taken yet are lost, as after the last try. */
void slackd_envelopes_forget(struct slackd *);

#endif
