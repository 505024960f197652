/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever stands by keeps its copy near what is shared, so that little has to be fetched once it is
   to lead. In pieces, on a connection of its own: lease and health checks do not wait for it. */
#ifndef REGUARD_CLI_FOLLOW_H
#define REGUARD_CLI_FOLLOW_H

#include "config/config.h"
#include "core/limits.h"
#include "net/loop.h"

struct shared;
struct store;

struct follow {
    struct loop *loop; /* all three lent */
    const struct config *config;
    const char *instance;
    struct loop_timer timer; /* for the next piece */
    struct shared *shared;   /* both while pieces are fetched */
    struct store *store;
    int64_t lacked;                   /* records, as it began */
    ms_t rests_until_ms;              /* on the monotonic clock */
    char left_why[LIMIT_ERROR_BYTES]; /* why the copy was left as it is, as told last */
};

void follow_init(struct follow *, struct loop *, const struct config *, const char *instance);
/* Another one leads just now: begins once a minute, when nothing is under way. */
void follow_look(struct follow *);
/* What is under way is dropped whole. */
void follow_end(struct follow *);

#endif
