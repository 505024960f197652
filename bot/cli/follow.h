/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever stands by keeps its copy near what is shared, so that little has to be fetched once it is
   to lead. In pieces, on a connection of its own: lease and health checks do not wait for it. */
#ifndef REGUARD_CLI_FOLLOW_H
#define REGUARD_CLI_FOLLOW_H

#include "core/limits.h"
#include "net/loop.h"

struct bot;
struct shared;
struct store;

struct follow {
    struct bot *bot;
    struct loop_timer timer;
    struct shared *shared; /* both while pieces are fetched */
    struct store *store;
    int64_t lacked; /* records, as it began */
    char left_why[LIMIT_ERROR_BYTES]; /* why the copy was left as it is, as told last */
};

/* From now on, until the end: soon, and then each minute. */
void follow_begin(struct bot *);
/* What is under way is dropped whole. May be called at any time. */
void follow_end(struct bot *);

#endif
