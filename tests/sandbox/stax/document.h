/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document of what the sandbox serves: clients check the body of a change against it
   before they send it. And the same check here, because the far side makes it too. */
#ifndef SANDBOX_STAX_DOCUMENT_H
#define SANDBOX_STAX_DOCUMENT_H

#include "tests/sandbox/stax/state.h"

extern const char *const STAXD_GUARDRAIL_KEYS[STAXD_GUARDRAILS];
void staxd_document_get(struct staxd_answer *);
/* NULL when body is a valid change of the guardrails, else what is wrong. extra and parts: further
   keys and parts of the schema. */
const char *staxd_document_check(const json_t *body, const json_t *extra, const json_t *parts,
                                 char *to, size_t bytes);

#endif
