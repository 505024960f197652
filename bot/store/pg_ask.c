/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of PostgreSQL, and how long is waited for it. */
#include "host/clock.h"
#include "store/pg_parts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* ---- waiting ---- */

/* Until there is something to read, or room to write; false: not in time. */
static bool wait_for(struct pg *pg, bool writing, ms_t until_ms)
{
    struct pollfd p = { .fd = PQsocket(pg->conn), .events = POLLIN };
    p.events = (short)(p.events | (writing ? POLLOUT : 0));
    for (;;) {
        ms_t left_ms = until_ms - clock_monotonic_ms();
        int ready = p.fd >= 0 && left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

/* What libpq says is wrong, in one line; it may stand in scratch. */
static const char *said_by(const struct pg *pg, struct err *scratch)
{
    const char *text = PQerrorMessage(pg->conn);
    size_t line = strcspn(text, "\n"); /* the rest guesses at causes */
    if (!line)
        return "no answer in time";
    err_set(scratch, "%.*s", line < 300 ? (int)line : 300, text);
    return scratch->text;
}

void *pg_cut(struct pg *pg, struct err *err)
{
    struct err scratch = { "" };
    pg->cut = true;
    if (pg->unreplicated)
        err_set(err, "a commit stopped waiting for the synchronous standby: whether that has it "
                     "is not known");
    else
        err_set(err, "%s", said_by(pg, &scratch));
    return NULL;
}

void pg_close(struct pg *pg)
{
    if (!pg)
        return;
    PQfinish(pg->conn);
    free(pg);
}

bool pg_is_cut(const struct pg *pg) { return pg->cut; }
bool pg_is_busy(const struct pg *pg) { return pg->busy; }

/* ---- asking ---- */

/* The next result of what was sent; *ret_end: there is none any more. */
static PGresult *next(struct pg *pg, ms_t until_ms, bool *ret_end)
{
    int left;
    *ret_end = false;
    while ((left = PQflush(pg->conn)) != 0)
        if (left < 0 || !wait_for(pg, true, until_ms) || !PQconsumeInput(pg->conn))
            return NULL;
    while (PQisBusy(pg->conn))
        if (!wait_for(pg, false, until_ms) || !PQconsumeInput(pg->conn))
            return NULL;
    PGresult *result = PQgetResult(pg->conn);
    *ret_end = result == NULL;
    return result;
}

static ms_t patience_of(const struct pg *pg)
{
    ms_t until_ms = clock_monotonic_ms() + PG_PATIENCE_MS;
    return pg->end_by_ms ? ms_min(until_ms, pg->end_by_ms) : until_ms;
}

void pg_end_by(struct pg *pg, ms_t at_ms) { pg->end_by_ms = at_ms; }

static bool is_good(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* postgresql.org/docs/15/errcodes-appendix.html: transaction rollback, insufficient resources,
   object not in prerequisite state (lock not available), operator intervention. */
static bool is_for_now(const char *sqlstate)
{
    static const char *const classes[] = { "40", "53", "55", "57" };
    for (size_t i = 0; sqlstate && i < COUNT(classes); i++)
        if (strncmp(sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

static bool refused(const struct pg *pg, const PGresult *r, struct err *err)
{
    const char *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    struct err scratch = { "" };
    return err_set(err, "%.300s", said ? said : said_by(pg, &scratch));
}

PGresult *pg_ask(struct pg *pg, const char *sql, size_t count, const char *const *values,
                 struct err *err)
{
    ms_t until_ms = patience_of(pg);
    bool end;
    pg->busy = false;
    if (pg->cut)
        return pg_cut(pg, err);
    if (!PQsendQueryParams(pg->conn, sql, (int)count, NULL, values, NULL, NULL, 0))
        return pg_cut(pg, err);
    PGresult *first = next(pg, until_ms, &end), *other = NULL;
    while (first && (other = next(pg, until_ms, &end)))
        PQclear(other);
    if (!first || !end || pg->unreplicated) {
        PQclear(first);
        return pg_cut(pg, err);
    }
    if (is_good(first))
        return first;
    refused(pg, first, err);
    pg->busy = is_for_now(PQresultErrorField(first, PG_DIAG_SQLSTATE));
    pg->cut |= PQstatus(pg->conn) == CONNECTION_BAD;
    PQclear(first);
    return NULL;
}

bool pg_run(struct pg *pg, const char *sql, int64_t *ret_counts, size_t room, struct err *err)
{
    ms_t until_ms = patience_of(pg);
    bool end = false, good = true;
    if (pg->cut)
        return err_set(err, "the connection is gone");
    if (!PQsendQuery(pg->conn, sql))
        return pg_cut(pg, err) != NULL;
    for (size_t n = 0; !end; n++) {
        PGresult *r = next(pg, until_ms, &end);
        if (!r && !end)
            return pg_cut(pg, err) != NULL;
        if (r && good && !is_good(r))
            good = refused(pg, r, err);
        if (r && n < room)
            ret_counts[n] = strtoll(PQcmdTuples(r), NULL, 10);
        PQclear(r);
    }
    if (pg->unreplicated)
        return pg_cut(pg, err) != NULL;
    pg->cut |= PQstatus(pg->conn) == CONNECTION_BAD;
    return good;
}

char *pg_literal(struct pg *pg, const char *text)
{
    return PQescapeLiteral(pg->conn, text, strlen(text));
}
