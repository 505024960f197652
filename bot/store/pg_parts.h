/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the connection to PostgreSQL only. */
#ifndef REGUARD_PG_PARTS_H
#define REGUARD_PG_PARTS_H

#include "store/pg.h"

struct pg {
    PGconn *conn;
    bool cut;
    bool unreplicated; /* a commit stopped waiting for its standby */
    bool busy;         /* the last pg_ask was refused for now */
    ms_t end_by_ms;    /* on the monotonic clock; 0: each call has its own patience */
};

/* It can be used no more; err: why. NULL. */
void *pg_cut(struct pg *, struct err *);

#endif
