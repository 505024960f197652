/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lease_orders.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "store/pg.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Longer than anybody waits for one. */
static const ms_t ANSWERED_FOR_MS = 3 * MS_MINUTE;
enum { ORDERS_MOST = 8 };

struct waiting {
    struct shared_order order; /* number 0: no place is taken */
    ms_t taken_ms;             /* by the engine's clock; 0: not yet */
    ms_t since_ms;             /* by this machine's */
};

struct orders {
    pthread_mutex_t lock;
    struct waiting waiting[ORDERS_MOST];
    struct shared_answer answer;
    int64_t seen; /* the newest number; the lease's thread alone */
};

struct orders *orders_new(void)
{
    struct orders *o = xcalloc(1, sizeof *o);
    pthread_mutex_init(&o->lock, NULL);
    return o;
}

void orders_free(struct orders *o)
{
    if (!o)
        return;
    pthread_mutex_destroy(&o->lock);
    free(o);
}

/* ---- the lease's thread ---- */

/* One that finds no place is not taken, and whoever has asked acts alone. */
static void keep(struct orders *o, int64_t number, const char *why)
{
    ms_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < ORDERS_MOST; i++) {
        struct waiting *w = &o->waiting[i];
        if (w->order.number && now_ms - w->since_ms < ANSWERED_FOR_MS)
            continue;
        *w = (struct waiting){ .order.number = number, .since_ms = now_ms };
        STR_SET(w->order.why, why);
        break;
    }
    pthread_mutex_unlock(&o->lock);
}

/* What a leader was asked for who never took it is not done by another one an hour later. */
static bool fetch(struct orders *o, struct pg *pg, struct err *err)
{
    char after[32];
    const char *values[] = { after };
    snprintf(after, sizeof after, "%" PRId64, o->seen);
    PGresult *r = pg_ask(pg,
                         "SELECT n, left(why, 900) FROM reguard.orders WHERE n > $1 AND taken_ms = "
                         "0 AND asked > clock_timestamp() - interval '1 min' ORDER BY n LIMIT 4",
                         1, values, err);
    if (!r)
        return false;
    for (int i = 0; i < PQntuples(r); i++) {
        o->seen = strtoll(PQgetvalue(r, i, 0), NULL, 10);
        keep(o, o->seen, PQgetvalue(r, i, 1));
    }
    PQclear(r);
    return true;
}

static bool write_answer(struct pg *pg, const struct waiting *w, const struct shared_answer *a,
                         struct err *err)
{
    char n[32], taken[32], now[32], proved[32];
    const char *values[] = { n, taken, now, proved, a->standing };
    snprintf(n, sizeof n, "%" PRId64, w->order.number);
    snprintf(taken, sizeof taken, "%" PRId64, w->taken_ms);
    snprintf(now, sizeof now, "%" PRId64, a->now_ms);
    snprintf(proved, sizeof proved, "%" PRId64, a->proved_ms);
    PGresult *r = pg_ask(pg,
                         "UPDATE reguard.orders SET taken_ms = $2, now_ms = $3, proved_ms = $4, "
                         "standing = $5 WHERE n = $1",
                         COUNT(values), values, err);
    PQclear(r);
    return r != NULL;
}

bool orders_tend(struct orders *o, struct pg *pg, struct err *err)
{
    struct waiting waiting[ORDERS_MOST];
    if (!fetch(o, pg, err))
        return false;
    pthread_mutex_lock(&o->lock);
    struct shared_answer answer = o->answer;
    for (size_t i = 0; i < ORDERS_MOST; i++)
        waiting[i] = o->waiting[i];
    pthread_mutex_unlock(&o->lock);
    ms_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < ORDERS_MOST; i++)
        if (waiting[i].taken_ms && now_ms - waiting[i].since_ms < ANSWERED_FOR_MS &&
            !write_answer(pg, &waiting[i], &answer, err))
            return false;
    return true;
}

/* ---- the loop's ---- */

bool orders_next(struct orders *o, struct shared_order *ret)
{
    ret->number = 0;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < ORDERS_MOST && !ret->number; i++)
        if (o->waiting[i].order.number && !o->waiting[i].taken_ms)
            *ret = o->waiting[i].order;
    pthread_mutex_unlock(&o->lock);
    return ret->number != 0;
}

void orders_take(struct orders *o, int64_t number, ms_t now_ms)
{
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < ORDERS_MOST; i++)
        if (o->waiting[i].order.number == number)
            o->waiting[i].taken_ms = now_ms;
    pthread_mutex_unlock(&o->lock);
}

void orders_answer(struct orders *o, const struct shared_answer *answer)
{
    pthread_mutex_lock(&o->lock);
    o->answer = *answer;
    pthread_mutex_unlock(&o->lock);
}
