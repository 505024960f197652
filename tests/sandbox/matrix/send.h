/* SPDX-License-Identifier: Apache-2.0 */
/* What members send: messages, reactions, redactions, state. */
#ifndef SANDBOX_MATRIX_SEND_H
#define SANDBOX_MATRIX_SEND_H

#include "tests/sandbox/matrix/state.h"

void matrixd_send(struct matrixd_call *);
void matrixd_redact(struct matrixd_call *);
void matrixd_state_set(struct matrixd_call *);
/* Does what a redaction does. Its target may be unknown. */
struct matrixd_event *matrixd_redaction(struct matrixd *, struct matrixd_room *, const char *sender,
                                        const char *target, const char *reason);
/* Marks what content relates to. */
void matrixd_relate(struct matrixd *, const struct matrixd_room *, const json_t *content);
json_t *matrixd_relation(const json_t *event); /* m.relates_to; lent; NULL */
/* The same, redacted or not: a thread's reply stays in its thread, an edit stays one. */
const json_t *matrixd_event_relation(const struct matrixd_event *);
bool matrixd_relates(const json_t *event, const char *rel_type, const char *event_id);
/* Tells a member's unredacted reaction with that key; NULL. */
struct matrixd_event *matrixd_reaction(struct matrixd *, const struct matrixd_room *,
                                       const char *sender, const char *target, const char *key);

#endif
