/* SPDX-License-Identifier: Apache-2.0 */
/* A change of the guardrails by PUT. */
#ifndef SANDBOX_STAX_CHANGE_H
#define SANDBOX_STAX_CHANGE_H

#include "tests/sandbox/stax/state.h"

void staxd_guardrail_put(struct staxd_guardrail *, const struct staxd_question *,
                         struct staxd_answer *);

#endif
