/* What members send: messages, reactions, redactions, state. */
#ifndef SANDBOX_MATRIX_SEND_H
#define SANDBOX_MATRIX_SEND_H

#include "tests/sandbox/matrix/state.h"

void matrix_send(struct matrix_call *);
void matrix_redact(struct matrix_call *);
void matrix_state_set(struct matrix_call *);
/* Does what a redaction does. Its target may be unknown. */
struct matrix_event *matrix_redaction(struct matrix *, struct matrix_room *, const char *sender,
                                      const char *target, const char *reason);
/* Marks what content relates to. */
void matrix_relate(struct matrix *, const struct matrix_room *, const json_t *content);
json_t *matrix_relation(const json_t *event); /* m.relates_to; lent; NULL */
/* The same, redacted or not: a thread's reply stays in its thread, an edit stays one. */
const json_t *matrix_event_relation(const struct matrix_event *);
bool matrix_relates(const json_t *event, const char *rel_type, const char *event_id);
/* Tells a member's unredacted reaction with that key; NULL. */
struct matrix_event *matrix_reaction(struct matrix *, const struct matrix_room *,
                                     const char *sender, const char *target, const char *key);

#endif
