/* SPDX-License-Identifier: Apache-2.0 */
/* What a test wants refused: the calls of one kind, with an error in the service's own words. */
#ifndef SANDBOX_CONTROL_REFUSAL_H
#define SANDBOX_CONTROL_REFUSAL_H

#include "tests/sandbox/net/message.h"

struct control_refusal {
    char what[16], error[64]; /* "" for nothing */
};
/* A table of them ends with NULL. call is the service's own. */
struct control_refusal_kind {
    const char *what;
    bool (*is)(const void *call);
};

/* The error with which a test wants the call refused, or NULL. */
const char *control_refusal_of(const struct control_refusal *, const struct control_refusal_kind *,
                               const void *call);
/* Takes {"what","error"}, or null; false, and the answer says why. */
bool control_refusal_set(struct control_refusal *, const struct control_refusal_kind *,
                         const json_t *wanted, struct web_reply *);

#endif
