/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: a change of the guardrails is only begun by its PUT; here it goes on, takes effect, fails
   or hangs. */
#ifndef SANDBOX_STAX_TASK_H
#define SANDBOX_STAX_TASK_H

#include "tests/sandbox/stax/state.h"

/* Starts the task that will apply submitted; its id. */
const char *staxd_task_start(struct staxd_guardrail *, const json_t *submitted);
void staxd_task_get(struct staxd_guardrail *, const struct staxd_question *, struct staxd_answer *);
/* "fail", "stuck"…, or "release" for the one that runs; false for an unknown word. */
bool staxd_task_control(struct staxd_guardrail *, const char *word);
json_t *staxd_task_state(const struct staxd_guardrail *);
json_t *staxd_task_list(const struct staxd_guardrail *);
const char *staxd_task_next(const struct staxd_guardrail *);
void staxd_task_free_all(struct staxd_guardrail *);

#endif
