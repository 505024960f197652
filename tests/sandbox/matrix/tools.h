/* SPDX-License-Identifier: Apache-2.0 */
/* Small things, answers and faults that all of Matrix's half uses. */
#ifndef SANDBOX_MATRIX_TOOLS_H
#define SANDBOX_MATRIX_TOOLS_H

#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/matrix/state.h"

void matrixd_answer(struct matrixd_call *, json_t *body_new);
void matrixd_answer_empty(struct matrixd_call *);
void matrixd_refuse(struct matrixd_call *, int status, const char *errcode, const char *sentence);
/* The same for the control API: {"error":…}. */
void matrixd_complain(struct web_reply *, int status, const char *sentence);
/* A body in which raw contents stand where they belong; takes it over. */
void matrixd_reply(const struct matrixd *, struct web_reply *, int status, json_t *body_new);
/* What stands between a client and a homeserver answers in its own words: a proxy's page, not
   JSON. */
void matrixd_fail(const struct matrixd *, struct web_reply *, int status, int retry_after_s);
/* Faults that answer instead of doing anything. */
bool matrixd_answer_instead(struct matrixd_call *);
/* What a fault does to an answer that is ready. */
void matrixd_spoil(struct matrixd *, const struct fault *, struct web_reply *);
/* A query's number; otherwise when it is absent or none. */
int64_t matrixd_asked(const struct matrixd_call *, const char *name, int64_t otherwise);
struct matrixd_user *matrixd_user_by_id(struct matrixd *, const char *id);
struct matrixd_user *matrixd_user_named(struct matrixd *, const char *name);
const char *matrixd_name(const struct matrixd *, const char *user_id);
int matrixd_status_of(const char *errcode);
const char *matrixd_mark(const json_t *content,
                         const char *field); /* of our own key in a content */

#endif
