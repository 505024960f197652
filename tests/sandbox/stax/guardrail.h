/* The one document of guardrail flags: read, changed by PUT or behind the bot's back, and the
   activity feed that tells of it. */
#ifndef SANDBOX_STAX_GUARDRAIL_H
#define SANDBOX_STAX_GUARDRAIL_H

#include "tests/sandbox/stax/state.h"

void stax_guardrail_init(struct stax_guardrail *, const struct stax_data *);
void stax_guardrail_done(struct stax_guardrail *);
void stax_guardrail_get(struct stax_guardrail *, const struct stax_question *,
                        struct stax_answer *);
void stax_guardrail_services(struct stax_guardrail *, const struct stax_question *,
                             struct stax_answer *);
void stax_guardrail_feed(struct stax_guardrail *, const struct stax_question *,
                         struct stax_answer *);
/* Makes the submitted map the one in effect, by the mode. */
void stax_guardrail_apply(struct stax_guardrail *, const json_t *submitted);
void stax_guardrail_set_status(struct stax_guardrail *, const char *status);
/* Adds to the feed; the reference is the feed's. */
json_t *stax_guardrail_insight(struct stax_guardrail *, const char *task_id, const char *user_id,
                               const char *status);
bool stax_guardrail_set(struct stax_guardrail *, const json_t *change);
void stax_guardrail_add_key(struct stax_guardrail *, const json_t *change);
/* {"name", "value"}: a part beside SCP and RCP; without a value it goes. */
bool stax_guardrail_set_part(struct stax_guardrail *, const json_t *change);

#endif
