/* Small things, answers and faults that all of Matrix's half uses. */
#ifndef SANDBOX_MATRIX_TOOLS_H
#define SANDBOX_MATRIX_TOOLS_H

#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/matrix/state.h"

void matrix_answer(struct matrix_call *, json_t *body_new);
void matrix_answer_empty(struct matrix_call *);
void matrix_refuse(struct matrix_call *, int status, const char *errcode, const char *sentence);
/* The same for the control API: {"error":…}. */
void matrix_complain(struct web_reply *, int status, const char *sentence);
/* A body in which raw contents stand where they belong; takes it over. */
void matrix_reply(const struct matrix *, struct web_reply *, int status, json_t *body_new);
/* What stands between a client and a homeserver answers in its own words: a proxy's page, not
   JSON. */
void matrix_fail(const struct matrix *, struct web_reply *, int status, int retry_after_s);
/* Faults that answer instead of doing anything. */
bool matrix_answer_instead(struct matrix_call *);
/* What a fault does to an answer that is ready. */
void matrix_spoil(struct matrix *, const struct fault *, struct web_reply *);
const char *matrix_text(const json_t *object, const char *key); /* "" when it is no string */
int64_t matrix_number(const json_t *object, const char *key, int64_t otherwise);
/* A query's number; otherwise when it is absent or none. */
int64_t matrix_asked(const struct matrix_call *, const char *name, int64_t otherwise);
bool matrix_same(const char *, const char *);
void matrix_random(char *to, size_t count); /* count letters and digits, and NUL */
struct matrix_user *matrix_user_by_id(struct matrix *, const char *id);
struct matrix_user *matrix_user_named(struct matrix *, const char *name);
const char *matrix_name(const struct matrix *, const char *user_id);
int matrix_status_of(const char *errcode);
const char *matrix_mark(const json_t *content, const char *field); /* of our own key in a content */

#endif
