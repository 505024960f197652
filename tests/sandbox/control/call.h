/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the control API under /sandbox/. README.md is its reference. */
#ifndef SANDBOX_CONTROL_CALL_H
#define SANDBOX_CONTROL_CALL_H

#include "tests/sandbox/net/message.h"

/* Everything is lent until the call returns. */
struct control_call {
    const char *path; /* behind /sandbox/ */
    const struct web_request *request;
    const json_t *body; /* an object; NULL for GET */
    struct web_reply *reply;
};

/* What somebody answers: one row for each path, in a table that ends with a NULL path. */
struct control_row {
    const char *method; /* NULL: any */
    const char *path;   /* one that ends in '/' stands for everything behind it, too */
    void (*run)(void *self, const struct control_call *);
};

/* {"error": sentence} */
void control_fail(struct web_reply *, int status, const char *sentence);
/* The number of a query's name; *ret stays when it is absent, false when it is none. */
bool control_query_number(const char *query, const char *name, uint64_t *ret);

#endif
