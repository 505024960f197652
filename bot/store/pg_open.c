/* SPDX-License-Identifier: Apache-2.0 */
/* How a connection to PostgreSQL comes about. */
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/secret.h"
#include "store/pg_parts.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PARAMETERS = 64, HOSTS_MOST = 8, HOST_BYTES = 256 };

/* ---- the URL ---- */

static const char *value_of(const PQconninfoOption *options, const char *key)
{
    for (; options->keyword; options++)
        if (str_equal(options->keyword, key))
            return str_or_empty(options->val);
    return "";
}

static bool is_loopback_name(const char *host, size_t bytes)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "::1" };
    if (bytes == 0 || host[0] == '/' || host[0] == '@')
        return true; /* a socket in the file system */
    for (size_t i = 0; i < COUNT(names); i++)
        if (strlen(names[i]) == bytes && strncmp(names[i], host, bytes) == 0)
            return true;
    return false;
}

/* Several hosts may be named, with commas between. */
static bool is_on_this_machine(const PQconninfoOption *options)
{
    static const char *const keys[] = { "host", "hostaddr" };
    for (size_t k = 0; k < COUNT(keys); k++)
        for (const char *at = value_of(options, keys[k]); *at;) {
            size_t bytes = strcspn(at, ",");
            if (!is_loopback_name(at, bytes))
                return false;
            at += bytes + (at[bytes] == ',');
        }
    return true;
}

static PQconninfoOption *parse(const char *url, struct err *err)
{
    char *why = NULL;
    bool ours = strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
    PQconninfoOption *options = ours ? PQconninfoParse(url, &why) : NULL;
    /* What libpq says repeats the URL, and what stands in it may be a password. */
    if (!options)
        err_set(err, "it is no URL like postgresql://user@host/database");
    PQfreemem(why);
    return options;
}

bool pg_url_is_fine(const char *url, struct err *err)
{
    PQconninfoOption *options = parse(url, err);
    if (!options)
        return false;
    const char *mode = value_of(options, "sslmode");
    bool fine = true;
    if (value_of(options, "password")[0])
        fine = err_set(err, "a password does not belong into a URL: use password_file, or "
                            "passfile= in the URL");
    else if (!is_on_this_machine(options) && mode[0] && !str_equal(mode, "verify-full"))
        fine = err_set(err, "only sslmode=verify-full is taken for a server on another machine");
    PQconninfoFree(options);
    return fine;
}

/* ---- connecting ---- */

/* One of several hosts of a URL, which names them, and their ports, with commas between. */
struct host {
    char host[HOST_BYTES], hostaddr[HOST_BYTES], port[HOST_BYTES];
};

struct parameters {
    const char *keys[PARAMETERS], *values[PARAMETERS];
    size_t count;
};

static size_t count_parts(const char *list)
{
    size_t count = 1;
    for (; *list; list++)
        count += *list == ',';
    return count;
}

/* One that stands alone counts for all. */
static bool part_at(const char *list, size_t at, char ret[HOST_BYTES])
{
    size_t bytes;
    for (at = strchr(list, ',') ? at : 0; at > 0 && strchr(list, ','); at--)
        list = strchr(list, ',') + 1;
    bytes = strcspn(list, ",");
    if (at > 0 || bytes >= HOST_BYTES)
        return false;
    memcpy(ret, list, bytes);
    ret[bytes] = '\0';
    return true;
}

/* *ret_count: how many there are. */
static bool split_hosts(const PQconninfoOption *options, struct host hosts[HOSTS_MOST],
                        size_t *ret_count, struct err *err)
{
    const char *host = value_of(options, "host"), *address = value_of(options, "hostaddr"),
               *port = value_of(options, "port");
    size_t count = count_parts(*address ? address : host);
    bool fine = count <= HOSTS_MOST;
    for (size_t i = 0; fine && i < count; i++)
        fine = part_at(host, i, hosts[i].host) && part_at(address, i, hosts[i].hostaddr) &&
               part_at(port, i, hosts[i].port);
    *ret_count = count;
    return fine || err_set(err,
                           "the URL names at most %d hosts, each with a name and a port of "
                           "less than %d characters",
                           (int)HOSTS_MOST, (int)HOST_BYTES);
}

static void set(struct parameters *p, const char *key, const char *value)
{
    if (p->count + 1 < PARAMETERS && value && value[0]) {
        p->keys[p->count] = key;
        p->values[p->count++] = value;
    }
}

/* What stands in the URL goes before what we would say, but for what is ours to say. */
static void fill(struct parameters *p, const PQconninfoOption *options, const struct host *host,
                 const struct secret *password, bool looks)
{
    static const char *const fallbacks[][2] = { { "sslmode", "verify-full" },
                                                { "target_session_attrs", "read-write" },
                                                { "tcp_user_timeout", "4000" },
                                                { "connect_timeout", "3" },
                                                { "application_name", "reguard" } };
    bool here = is_on_this_machine(options);
    for (size_t i = 0; i < COUNT(fallbacks); i++)
        if (i > 0 || !here)
            set(p, fallbacks[i][0], fallbacks[i][1]);
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (!str_equal(o->keyword, "password"))
            set(p, o->keyword,
                str_equal(o->keyword, "host")       ? host->host
                : str_equal(o->keyword, "hostaddr") ? host->hostaddr
                : str_equal(o->keyword, "port")     ? host->port
                                                    : o->val);
    set(p, "client_encoding", "UTF8");
    set(p, "options",
        "-c statement_timeout=3500 -c lock_timeout=3000 -c "
        "idle_in_transaction_session_timeout=10000 -c search_path=reguard");
    if (looks)
        set(p, "target_session_attrs", "any");
    if (password)
        set(p, "password", secret_reveal(password));
}

/* A wait for the synchronous standby that was cancelled (pg_cancel_backend) ends as a success with
   a warning: what is kept by this server alone is lost when that standby takes over. The function
   that warns is asked for, because its words are in the server's language. */
static void hear(void *arg, const PGresult *result)
{
    struct pg *pg = arg;
    const char *from = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    pg->unreplicated |= from && str_equal(from, "SyncRepWaitForLSN");
}

/* A connection on its way to each host of the URL: the library would try one after the other, and
   stay with one that is silent for as long as there is patience. The first one that can be used is
   it. */
struct attempts {
    struct pg *to[HOSTS_MOST]; /* NULL: it has failed */
    PostgresPollingStatusType state[HOSTS_MOST];
    size_t count;
    struct err why; /* of those that have failed */
};

static void begin_attempt(struct attempts *a, const PQconninfoOption *options,
                          const struct host *host, const struct secret *password, bool looks)
{
    struct parameters p = { .count = 0 };
    struct pg *pg = xcalloc(1, sizeof *pg);
    fill(&p, options, host, password, looks);
    pg->conn = PQconnectStartParams(p.keys, p.values, 0);
    bool begun = pg->conn && PQstatus(pg->conn) != CONNECTION_BAD;
    a->to[a->count] = pg;
    a->state[a->count++] = begun ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED;
}

/* Those that have failed go; what the last one says of itself is kept. */
static size_t drop_failed(struct attempts *a)
{
    size_t left = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (a->to[i] && a->state[i] == PGRES_POLLING_FAILED) {
            pg_cut(a->to[i], &a->why);
            pg_close(a->to[i]);
            a->to[i] = NULL;
        }
        left += a->to[i] != NULL;
    }
    return left;
}

/* False: none has anything to tell in time. */
static bool wait_for_any(const struct attempts *a, struct pollfd fds[HOSTS_MOST], ms_t until_ms)
{
    for (size_t i = 0; i < a->count; i++) {
        fds[i] = (struct pollfd){ .fd = a->to[i] ? PQsocket(a->to[i]->conn) : -1 };
        fds[i].events = a->state[i] == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    }
    for (;;) {
        ms_t left_ms = until_ms - clock_monotonic_ms();
        int ready = left_ms > 0 ? poll(fds, a->count, (int)left_ms) : 0;
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/* The connection is the caller's. */
static struct pg *first_of(struct attempts *a, ms_t until_ms)
{
    struct pollfd fds[HOSTS_MOST];
    while (drop_failed(a) > 0 && wait_for_any(a, fds, until_ms))
        for (size_t i = 0; i < a->count; i++) {
            struct pg *pg = a->to[i];
            if (!pg || !fds[i].revents)
                continue;
            a->state[i] = PQconnectPoll(pg->conn);
            if (a->state[i] != PGRES_POLLING_OK)
                continue;
            a->to[i] = NULL;
            return pg;
        }
    return NULL;
}

static void end_attempts(struct attempts *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->to[i] && !a->why.text[0])
            pg_cut(a->to[i], &a->why);
        pg_close(a->to[i]);
    }
}

static struct pg *connect_to_any(const PQconninfoOption *options, const struct secret *password,
                                 bool looks, ms_t patience_ms, struct err *err)
{
    struct attempts a = { .count = 0 };
    struct host hosts[HOSTS_MOST];
    size_t count;
    ms_t until_ms = clock_monotonic_ms() + patience_ms;
    if (!split_hosts(options, hosts, &count, err))
        return NULL;
    for (size_t i = 0; i < count; i++)
        begin_attempt(&a, options, &hosts[i], password, looks);
    struct pg *pg = first_of(&a, until_ms);
    end_attempts(&a);
    if (pg && PQsetnonblocking(pg->conn, 1) == 0) {
        PQsetNoticeReceiver(pg->conn, hear, pg);
        return pg;
    }
    if (pg)
        pg_cut(pg, &a.why);
    pg_close(pg);
    *err = a.why;
    return NULL;
}

static struct pg *open_now(const char *url, const char *password_file, bool looks, struct err *err)
{
    PQconninfoOption *options = parse(url, err);
    struct secret *password = NULL;
    if (options && password_file[0] && !(password = secret_read(password_file, err))) {
        PQconninfoFree(options);
        return NULL;
    }
    if (!options)
        return NULL;
    /* Of several hosts the one that is written to, also where somebody only looks. */
    ms_t most_ms = looks ? PG_PATIENCE_MS / 2 : PG_PATIENCE_MS;
    struct pg *pg = connect_to_any(options, password, false, most_ms, err);
    if (!pg && looks)
        pg = connect_to_any(options, password, true, PG_PATIENCE_MS / 2, err);
    PQconninfoFree(options);
    secret_free(password);
    return pg;
}

/* libpq looks names up before it gives anything back, for as long as the system's resolver likes:
   a thread does it, and is left to itself when that takes too long. */
struct opening {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool finished, left, looks;
    char *url, *password_file;
    struct pg *pg;
    struct err err;
};

enum { LEFT_MOST = 8 };
static _Atomic int left_openings;

static void opening_free(struct opening *o)
{
    pthread_mutex_destroy(&o->lock);
    pthread_cond_destroy(&o->done);
    free(o->url);
    free(o->password_file);
    free(o);
}

static void *open_apart(void *arg)
{
    struct opening *o = arg;
    struct err err = { "" };
    struct pg *pg = open_now(o->url, o->password_file, o->looks, &err);
    pthread_mutex_lock(&o->lock);
    bool left = o->left;
    o->pg = pg;
    o->err = err;
    o->finished = true;
    pthread_cond_signal(&o->done);
    pthread_mutex_unlock(&o->lock);
    if (left) {
        pg_close(pg);
        opening_free(o);
        left_openings--;
    }
    return NULL;
}

static struct opening *new_opening(const char *url, const char *password_file, bool looks)
{
    struct opening *o = xcalloc(1, sizeof *o);
    o->looks = looks;
    pthread_condattr_t monotonic;
    pthread_mutex_init(&o->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&o->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    o->url = xstrdup(url);
    o->password_file = xstrdup(password_file);
    return o;
}

/* Signals are the loop's. */
static bool start_apart(struct opening *o)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&thread, NULL, open_apart, o) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started && pthread_detach(thread) == 0;
}

/* False: it goes on without anybody who waits. */
static bool wait_for_opening(struct opening *o)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PG_PATIENCE_MS / 1000;
    pthread_mutex_lock(&o->lock);
    while (!o->finished && pthread_cond_timedwait(&o->done, &o->lock, &until) == 0)
        ;
    bool finished = o->finished;
    o->left = !finished;
    if (!finished)
        left_openings++;
    pthread_mutex_unlock(&o->lock);
    return finished;
}

static struct pg *open_in_time(const char *url, const char *password_file, bool looks,
                               struct err *err)
{
    static const char LATE[] = "no connection in time: the name of its host could not be looked "
                               "up, or nobody answers there";
    if (left_openings >= LEFT_MOST) {
        err_set(err, "%s", LATE);
        return NULL;
    }
    struct opening *o = new_opening(url, password_file, looks);
    if (!start_apart(o)) {
        opening_free(o);
        err_set(err, "no thread could be started");
        return NULL;
    }
    if (!wait_for_opening(o)) {
        err_set(err, "%s", LATE);
        return NULL;
    }
    struct pg *pg = o->pg;
    if (!pg)
        *err = o->err;
    opening_free(o);
    return pg;
}

struct pg *pg_open(const char *url, const char *password_file, struct err *err)
{
    return open_in_time(url, password_file, false, err);
}

struct pg *pg_open_to_look(const char *url, const char *password_file, struct err *err)
{
    return open_in_time(url, password_file, true, err);
}
