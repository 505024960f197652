/* SPDX-License-Identifier: Apache-2.0 */
/* The one document of guardrail flags: read, changed by PUT or behind the bot's back, and the
   activity feed that tells of it. */
#ifndef SANDBOX_STAX_GUARDRAIL_H
#define SANDBOX_STAX_GUARDRAIL_H

#include "tests/sandbox/stax/state.h"

void staxd_guardrail_init(struct staxd_guardrail *, const struct staxd_data *);
void staxd_guardrail_done(struct staxd_guardrail *);
void staxd_guardrail_get(struct staxd_guardrail *, const struct staxd_question *,
                         struct staxd_answer *);
void staxd_guardrail_services(struct staxd_guardrail *, const struct staxd_question *,
                              struct staxd_answer *);
void staxd_guardrail_feed(struct staxd_guardrail *, const struct staxd_question *,
                          struct staxd_answer *);
/* Makes the submitted map the one in effect, by the mode. */
void staxd_guardrail_apply(struct staxd_guardrail *, const json_t *submitted);
void staxd_guardrail_set_status(struct staxd_guardrail *, const char *status);
/* Adds to the feed; the reference is the feed's. */
json_t *staxd_guardrail_insight(struct staxd_guardrail *, const char *task_id, const char *user_id,
                                const char *status);
bool staxd_guardrail_set(struct staxd_guardrail *, const json_t *change);
void staxd_guardrail_add_key(struct staxd_guardrail *, const json_t *change);
/* {"name", "value"}: a part beside SCP and RCP; without a value it goes. */
bool staxd_guardrail_set_part(struct staxd_guardrail *, const json_t *change);

#endif
