/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to PostgreSQL (libpq, postgresql.org/docs/15/libpq.html). Every call ends within
   PG_PATIENCE_MS, whatever the server and the network do. Inside the store only. */
#ifndef REGUARD_PG_H
#define REGUARD_PG_H

#include "core/base.h"
#include "core/err.h"

#include <libpq-fe.h>

enum { PG_PATIENCE_MS = 4000 };

struct pg;
/* A URL that can be used: of PostgreSQL, without a password in it, and verified TLS to wherever the
   server is not on this machine. False: err says what is wrong with it. */
bool pg_url_is_fine(const char *url, struct err *);
/* password_file: read for each connection, so that another password is taken over without a
   restart;
   "" when the URL's passfile or the server's rules do without. */
struct pg *pg_open(const char *url, const char *password_file, struct err *);
/* Also to a server that takes no writes. */
struct pg *pg_open_to_look(const char *url, const char *password_file, struct err *);
void pg_close(struct pg *); /* accepts NULL */
/* Everything that follows together ends by then, on the monotonic clock; 0: each by itself. */
void pg_end_by(struct pg *, ms_t at_ms);
/* The connection can be used no more: it was cut, or an answer did not come. */
bool pg_is_cut(const struct pg *);
/* The last pg_ask was refused for now: a lock was not had in time, the server had no room, or
   somebody ended the statement. The same again may do. */
bool pg_is_busy(const struct pg *);
/* One statement with its values as text, NULL for NULL; the rows are the caller's (PQclear). NULL:
   it failed. */
PGresult *pg_ask(struct pg *, const char *sql, size_t count, const char *const *values,
                 struct err *);
/* A statement, or several in one message, that must not give rows. *ret_counts: how many rows each
   of them has touched, as many as there is room for. */
bool pg_run(struct pg *, const char *sql, int64_t *ret_counts, size_t room, struct err *);
/* The text as a literal of SQL, to be freed with PQfreemem; NULL when it is none. */
char *pg_literal(struct pg *, const char *text);

#endif
