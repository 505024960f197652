/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the shared store only: what its files know of the tables. */
#ifndef REGUARD_SHARED_PARTS_H
#define REGUARD_SHARED_PARTS_H

#include "core/buf.h"
#include "store/lease.h"
#include "store/pg.h"
#include "store/shared.h"

struct sqlite3_value;

enum { SHARED_TABLES = 16, SHARED_COLUMNS = 16, SHARED_ID_BYTES = 25 };

struct shared_column {
    char name[32];
    bool text, filled; /* NOT NULL */
    int key;           /* its place in the primary key, from 1 on; 0: none */
};
struct shared_table {
    char name[32];
    struct shared_column columns[SHARED_COLUMNS];
    size_t count;
};

/* Why nobody may lead; "" when somebody may. */
#define SHARED_MARK_FILLING "filling" /* records were about to be copied here, and are not yet */
#define SHARED_MARK_MOVED "moved"     /* they were copied into a file, which goes on */

/* How far a fetch has come. */
struct shared_fetching {
    int64_t after; /* the journal, to this record */
    size_t table;
};

struct shared {
    struct pg *pg;
    const char *url, *instance;
    const char *password_file;
    char id[SHARED_ID_BYTES];
    char mark[16];
    bool copies;    /* it is no instance: it may look at what is marked */
    bool stands_by; /* and its connection says so */
    struct shared_table tables[SHARED_TABLES];
    size_t table_count;
    struct lease *lease;
    struct lease_claim claim; /* until it leads */
    struct shared_fetching fetch;
};

/* NULL: there is no such table. */
const struct shared_table *shared_table_named(const struct shared *, const char *name);
/* Its columns' names, or those of its key, with commas between. */
void shared_add_names(struct buf *sql, const struct shared_table *, bool keys_only);
/* As SQL; false when it is no text. */
bool shared_add_value(struct shared *, struct buf *sql, struct sqlite3_value *);
/* What is shared into the database, within a transaction of PostgreSQL: each table anew, of the
   journal what follows that record. */
bool shared_fetch_tables(struct shared *, struct sqlite3 *, int64_t after, struct err *);
/* Connects again where it has to. */
bool shared_is_connected(struct shared *, struct err *);

#endif
