/* Envelopes: each to exactly one socket, acknowledged in time or sent again; events wait while
   nobody is there (docs.slack.dev, "Events API", retries, and "Using Socket Mode"). */
#ifndef SANDBOX_SLACK_ENVELOPE_H
#define SANDBOX_SLACK_ENVELOPE_H

#include "tests/sandbox/slack/state.h"

/* Takes payload over. asker: the control request that waits for the acknowledgement, or NULL.
   False: nobody is there to take it. */
bool slack_raise(struct slack *, enum slack_envelope_kind, json_t *payload_new,
                 struct slack_person *, const struct web_request *asker, const char *hook);
/* An event inside its wrapper. Takes event over. */
void slack_raise_event(struct slack *, struct slack_person *, json_t *event_new);
void slack_envelopes_run(struct slack *); /* what is due now */
void slack_envelopes_done(struct slack *);
/* Tells the control request that waits for it, if one does, what became of it. */
void slack_envelope_tell(struct slack_envelope *, json_t *answer_new);
/* Takes it out of the list and frees it. */
void slack_envelope_end(struct slack *, struct slack_envelope **at);
/* Those that no socket has taken yet are lost, as after the last try. */
void slack_envelopes_forget(struct slack *);

#endif
