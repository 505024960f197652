/* A change of the guardrails by PUT. */
#ifndef SANDBOX_STAX_CHANGE_H
#define SANDBOX_STAX_CHANGE_H

#include "tests/sandbox/stax/state.h"

void stax_guardrail_put(struct stax_guardrail *, const struct stax_question *,
                        struct stax_answer *);

#endif
