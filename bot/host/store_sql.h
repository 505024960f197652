/* Inside the store only: the connection, and prepared statements that are kept. */
#ifndef REGUARD_STORE_SQL_H
#define REGUARD_STORE_SQL_H

#include <sqlite3.h>
#include "host/store.h"

enum { STORE_STATEMENTS = 96 };

struct store {
    sqlite3 *db;
    int lock_fd;
    bool in_transaction, looking;
    bool looks_at_older; /* at cases of an older reguard, without a due time */
    uint64_t seq;
    char hash[STORE_HASH_BYTES];
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[STORE_STATEMENTS];
};

/* The prepared statement for that SQL (compared by address: a string literal), reset and unbound.
   NULL when it cannot be made. */
sqlite3_stmt *sql_prepare(struct store *, const char *sql);
/* Binds text (NULL as NULL). */
void sql_text(sqlite3_stmt *, int at, const char *text);
void sql_number(sqlite3_stmt *, int at, int64_t number);
/* Runs a writing statement, beginning the transaction when needed. */
bool sql_run(struct store *, sqlite3_stmt *, struct err *);
/* True when there is a row. */
bool sql_row(sqlite3_stmt *);
/* "" for NULL, which our tables do not allow, but a file may have been made by somebody else. Lent
   until the next step. */
const char *sql_text_at(sqlite3_stmt *, int at);
const char *sql_column(sqlite3_stmt *, int at, struct arena *); /* copied; NULL stays NULL */
const char *sql_words(sqlite3_stmt *, int at, struct arena *);  /* copied; "" for NULL */

#endif
