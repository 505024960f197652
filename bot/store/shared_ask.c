/* SPDX-License-Identifier: Apache-2.0 */
/* Asking whoever leads for a restore, from another host. */
#include "core/xalloc.h"
#include "store/pg.h"
#include "store/shared.h"

#include <stdlib.h>

struct shared_asking {
    struct pg *pg;
    char number[32];
};

struct shared_asking *shared_ask(const char *url, const char *password_file, const char *host,
                                 const char *why, struct err *err)
{
    const char *values[] = { host, why };
    struct shared_asking *a = xcalloc(1, sizeof *a);
    a->pg = pg_open(url, password_file, err);
    PGresult *r = a->pg ? pg_ask(a->pg,
                                 "INSERT INTO reguard.orders(host, why) SELECT $1, $2 FROM "
                                 "reguard.lease WHERE until > clock_timestamp() RETURNING n",
                                 COUNT(values), values, err)
                        : NULL;
    bool asked = r && PQntuples(r) == 1 && STR_SET(a->number, PQgetvalue(r, 0, 0));
    if (r && !asked)
        err_set(err, "nobody leads");
    PQclear(r);
    if (asked)
        return a;
    shared_ask_end(a);
    return NULL;
}

bool shared_ask_again(struct shared_asking *a, ms_t *ret_taken_ms, struct shared_answer *ret,
                      struct err *err)
{
    const char *values[] = { a->number };
    PGresult *r = pg_ask(a->pg,
                         "SELECT taken_ms, now_ms, proved_ms, standing FROM reguard.orders WHERE n "
                         "= $1",
                         1, values, err);
    bool there = r && PQntuples(r) == 1;
    if (there) {
        *ret_taken_ms = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
        ret->now_ms = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
        ret->proved_ms = strtoll(PQgetvalue(r, 0, 2), NULL, 10);
        STR_SET(ret->standing, PQgetvalue(r, 0, 3));
    }
    PQclear(r);
    return there;
}

/* Only afterwards: an order waits for nothing. */
static void drop_old(struct pg *pg)
{
    struct err err;
    PQclear(pg_ask(pg,
                   "DELETE FROM reguard.orders WHERE asked < clock_timestamp() - interval '1 day'",
                   0, NULL, &err));
}

void shared_ask_end(struct shared_asking *a)
{
    if (!a)
        return;
    if (a->number[0] && !pg_is_cut(a->pg))
        drop_old(a->pg);
    pg_close(a->pg);
    free(a);
}
