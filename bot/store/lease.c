/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lease.h"
#include "core/encode.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"
#include "store/lease_orders.h"
#include "store/pg.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct lease {
    const char *url;
    const char *password_file;
    int64_t epoch;
    pthread_t keeper;
    bool keeps;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop; /* under the lock */
    struct orders *orders;
    bool away;           /* under the lock */
    struct err away_why; /* under the lock */
    _Atomic ms_t held_until_ms;
    _Atomic bool lost;
};

static bool renew(struct lease *l, struct pg *pg, struct err *err)
{
    char sql[256];
    int64_t count = 0;
    ms_t from_ms = clock_monotonic_ms();
    snprintf(sql, sizeof sql,
             "UPDATE reguard.lease SET until = clock_timestamp() + interval '%d ms' WHERE epoch = "
             "%" PRId64,
             (int)LEASE_MS, l->epoch);
    if (!pg_run(pg, sql, &count, 1, err))
        return false;
    if (count == 1)
        l->held_until_ms = from_ms + LEASE_MS;
    else
        l->lost = true;
    return true;
}

/* True when it is to end. for_ms: whole seconds. */
static bool pause_keeper(struct lease *l, ms_t for_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += for_ms / 1000;
    pthread_mutex_lock(&l->lock);
    while (!l->stop && pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0)
        ;
    bool stop = l->stop;
    pthread_mutex_unlock(&l->lock);
    return stop;
}

/* One of its rounds, over a connection that may have to be made. */
static bool go_round(struct lease *l, struct pg **pg, bool renews, struct err *err)
{
    if (!*pg)
        *pg = pg_open(l->url, l->password_file, err);
    bool done = *pg && (!renews || renew(l, *pg, err)) && orders_tend(l->orders, *pg, err);
    if (*pg && pg_is_cut(*pg)) {
        pg_close(*pg);
        *pg = NULL;
    }
    return done;
}

/* A connection that was cut, and that can be made again at once, is no absence. */
static bool has_gone_round(struct lease *l, struct pg **pg, bool renews)
{
    struct err err = { "" };
    bool was_there = *pg != NULL, done = go_round(l, pg, renews, &err);
    if (!done && was_there && !*pg && !pause_keeper(l, 0))
        done = go_round(l, pg, renews, &err);
    pthread_mutex_lock(&l->lock);
    l->away_why = err;
    l->away = !done && !*pg; /* what it refuses it says to whoever asks */
    pthread_mutex_unlock(&l->lock);
    return done;
}

static void *keep(void *arg)
{
    struct lease *l = arg;
    struct pg *pg = NULL;
    ms_t renews_at_ms = clock_monotonic_ms() + LEASE_RENEW_MS, wait_ms = LEASE_LOOK_MS;
    while (!pause_keeper(l, wait_ms) && !l->lost) {
        ms_t now_ms = clock_monotonic_ms();
        bool renews = now_ms >= renews_at_ms;
        bool done = has_gone_round(l, &pg, renews);
        if (done && renews)
            renews_at_ms = now_ms + LEASE_RENEW_MS;
        wait_ms = done ? LEASE_LOOK_MS : LEASE_RETRY_MS;
    }
    pg_close(pg);
    return NULL;
}

/* Signals are the loop's. */
static bool start_keeper(struct lease *l)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    l->keeps = pthread_create(&l->keeper, NULL, keep, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return l->keeps;
}

static void stop_keeper(struct lease *l)
{
    if (!l->keeps)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->keeper, NULL);
    l->keeps = false;
}

bool lease_who_leads(struct pg *pg, struct err *ret)
{
    PGresult *r = pg_ask(pg,
                         "SELECT " LEASE_HOLDER_NAME ", to_char(since AT TIME ZONE 'UTC', "
                         "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), until < clock_timestamp() FROM "
                         "reguard.lease",
                         0, NULL, ret);
    bool told = r && PQntuples(r) == 1;
    if (told && str_equal(PQgetvalue(r, 0, 2), "t"))
        err_set(ret, "nobody leads");
    else if (told)
        err_set(ret, "%.120s leads since %.40s", PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1));
    PQclear(r);
    return told;
}

static struct lease *new_lease(const char *url, const char *password_file)
{
    struct lease *l = xcalloc(1, sizeof *l);
    l->url = url;
    l->password_file = password_file;
    l->orders = orders_new();
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return l;
}

/* ---- taking it ---- */

static void ask_once_more(struct lease_claim *c)
{
    unsigned char bytes[LEASE_MARK_BYTES / 2];
    ms_t now_ms = clock_monotonic_ms();
    if (!c->mark[0] || now_ms >= c->good_until_ms) {
        clock_random(bytes, sizeof bytes);
        encode_hex(bytes, sizeof bytes, c->mark);
        c->asked = 0;
        c->good_until_ms = now_ms + LEASE_MS;
    }
    c->asked++;
}

/* The holder is NAME#MARK#ASKED, in one column, so that an older reguard which takes the lease
   takes the mark away with it. */
static const char TAKE[] =
    "UPDATE reguard.lease SET epoch = epoch + 1, holder = $1, since = clock_timestamp(), until = "
    "clock_timestamp() + interval '%d ms' WHERE (until < clock_timestamp() OR CASE WHEN "
    "split_part(holder, '#', 2) = $2 THEN CAST(split_part(holder, '#', 3) AS BIGINT) < CAST($3 AS "
    "BIGINT) ELSE FALSE END) AND ($4::boolean OR NOT EXISTS (SELECT FROM reguard.about WHERE mark "
    "<> '')) RETURNING epoch";

/* 0: it was not taken, as far as is known. */
static int64_t take(struct pg *pg, const struct lease_taking *t, struct err *err)
{
    char sql[640], holder[256], asked[24];
    ask_once_more(t->claim);
    snprintf(asked, sizeof asked, "%" PRId64, t->claim->asked);
    snprintf(holder, sizeof holder, "%s#%s#%s", t->instance, t->claim->mark, asked);
    const char *values[] = { holder, t->claim->mark, asked, t->to_copy ? "t" : "f" };
    snprintf(sql, sizeof sql, TAKE, (int)LEASE_MS);
    PGresult *r = pg_ask(pg, sql, COUNT(values), values, err);
    int64_t epoch = r && PQntuples(r) == 1 ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : 0;
    if (r && !epoch) {
        lease_who_leads(pg, err);
        *t->claim = (struct lease_claim){ .asked = 0 }; /* nothing of it is unheard */
    }
    PQclear(r);
    return epoch;
}

struct lease *lease_take(struct pg *pg, const struct lease_taking *t, struct err *err)
{
    ms_t from_ms = clock_monotonic_ms();
    int64_t epoch = take(pg, t, err);
    if (!epoch)
        return NULL;
    struct lease *l = new_lease(t->url, t->password_file);
    l->epoch = epoch;
    l->held_until_ms = from_ms + LEASE_MS;
    if (start_keeper(l))
        return l;
    err_set(err, "no thread could be started");
    lease_free(l, pg);
    return NULL;
}

ms_t lease_left_ms(const struct lease *l)
{
    ms_t left_ms = l->held_until_ms - clock_monotonic_ms();
    return l->lost || left_ms < 0 ? 0 : left_ms;
}

bool lease_is_lost(const struct lease *l) { return l->lost; }
int64_t lease_epoch(const struct lease *l) { return l->epoch; }

bool lease_is_away(struct lease *l, struct err *err)
{
    pthread_mutex_lock(&l->lock);
    bool away = l->away;
    if (away)
        *err = l->away_why;
    pthread_mutex_unlock(&l->lock);
    return away;
}

struct orders *lease_orders(const struct lease *l) { return l->orders; }

static void hand_over(struct lease *l, struct pg *pg)
{
    char sql[256];
    struct err err = { "" };
    snprintf(sql, sizeof sql,
             "UPDATE reguard.lease SET until = clock_timestamp() - interval '1 s' WHERE epoch = "
             "%" PRId64,
             l->epoch);
    if (!pg_run(pg, sql, NULL, 0, &err))
        LOG(LOG_WARN, "lease.not_handed_over", LS("error", err.text));
}

void lease_free(struct lease *l, struct pg *pg)
{
    if (!l)
        return;
    stop_keeper(l);
    if (pg && !l->lost)
        hand_over(l, pg);
    orders_free(l->orders);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->wake);
    free(l);
}
