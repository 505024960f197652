/* Tasks: a change of the guardrails is only begun by its PUT; here it goes on, takes effect, fails
   or hangs. */
#ifndef SANDBOX_STAX_TASK_H
#define SANDBOX_STAX_TASK_H

#include "tests/sandbox/stax/state.h"

/* Starts the task that will apply submitted; its id. */
const char *stax_task_start(struct stax_guardrail *, const json_t *submitted);
void stax_task_get(struct stax_guardrail *, const struct stax_question *, struct stax_answer *);
/* "fail", "stuck"…, or "release" for the one that runs; false for an unknown word. */
bool stax_task_control(struct stax_guardrail *, const char *word);
json_t *stax_task_state(const struct stax_guardrail *);
json_t *stax_task_list(const struct stax_guardrail *);
const char *stax_task_next(const struct stax_guardrail *);
void stax_task_free_all(struct stax_guardrail *);

#endif
