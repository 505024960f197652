/* SPDX-License-Identifier: Apache-2.0 */
/* Records that several instances share: the schema "reguard" of a PostgreSQL database holds every
   table of the store, and a lease that one instance has at a time. The one that has it leads. It
   writes each transaction there first, and into its own file, a copy, second; what is read is read
   from the file. Rows are carried over as SQLite's session extension tells them
   (sqlite.org/sessionintro.html), so that no statement is written twice. Inside the store only, but
   for the lease. */
#ifndef REGUARD_SHARED_H
#define REGUARD_SHARED_H

#include "core/base.h"
#include "core/buf.h"
#include "core/err.h"
#include "store/lease.h"
#include "store/order.h"
#include "store/store_place.h"

enum { SHARED_NAME_BYTES = 128 };

struct shared;
struct sqlite3;
struct sqlite3_session;
/* Connects and makes the tables when there are none. NULL: it cannot be reached, cannot be written,
   or is of a newer reguard (*ret_hopeless then: waiting does not help). url and password_file are
   lent for as long as it is open. instance: how this one is called, for people. */
struct shared *shared_open(const char *url, const char *password_file, const char *instance,
                           bool *ret_hopeless, struct err *);
/* Looks and changes nothing: who leads, for people. False: it cannot be used, and err says why. */
bool shared_look(const char *url, const char *password_file, struct err *ret_told);
/* How the records stand there. */
struct shared_replica {
    char name[64], state[16], sync[16]; /* as PostgreSQL calls it; state "": we may not see it */
    int64_t behind_bytes;               /* negative: we may not see it */
};
struct shared_standing {
    bool tables, leads, takes_writes;
    char holder[SHARED_NAME_BYTES], since[32], mark[16]; /* since: ISO, UTC */
    int64_t epoch;
    ms_t lease_left_ms;
    uint64_t records;
    char head[STORE_HASH_BYTES];
    char synchronous_commit[16], synchronous_names[256], fsync[8];
    struct shared_replica replicas[8]; /* the first of them */
    size_t replica_count, synchronous;
};
/* Looks and changes nothing, also where the server takes no writes. */
bool shared_read_standing(const char *url, const char *password_file, struct shared_standing *ret,
                          struct err *);
/* What store_get would tell of that key, "" for nothing; looks and changes nothing. */
bool shared_read_value(const char *url, const char *password_file, const char *key, struct buf *ret,
                       struct err *);
/* What an acknowledged commit outlasts. True: whatever becomes of one server. */
bool shared_is_durable(const struct shared_standing *, struct err *ret_told);
/* For copying records there or from there, which may be marked as half there or as moved. */
struct shared *shared_open_to_copy(const char *url, const char *password_file, const char *instance,
                                   struct err *);
/* Gives the lease back when it is held. Accepts NULL. */
void shared_close(struct shared *);

/* Tries to lead. False: another does, or it could not be asked; err says which. Until a store was
   opened on it the same process may try again at any time: it does not wait for a lease of its own.
 */
bool shared_take(struct shared *, struct err *);
/* What was asked last had no answer, or was refused for now; the same again may have one. */
bool shared_is_unheard(const struct shared *);
/* NULL: it was not taken. */
const struct lease *shared_lease(const struct shared *);
/* Another instance would lead, and says so on its connection (of the same role). False also when
   the database does not answer; one that is known to be away is not waited for. */
bool shared_is_stood_by(struct shared *);

/* ---- orders to restore, from hosts that do not lead ---- */

/* Whoever leads: the next order that was not taken yet, false: there is none; that it is on its
   way; and how far all are. None of them waits for the database. */
bool shared_next_order(const struct shared *, struct shared_order *ret);
void shared_take_order(const struct shared *, int64_t number, ms_t now_ms);
void shared_answer_orders(const struct shared *, const struct shared_answer *);
/* Whoever asks for a restore. NULL: nobody leads, or it could not be asked. */
struct shared_asking;
struct shared_asking *shared_ask(const char *url, const char *password_file, const char *host,
                                 const char *why, struct err *);
/* *ret_taken_ms: 0 until it is on its way. A leader that lives says another now_ms each second. */
bool shared_ask_again(struct shared_asking *, ms_t *ret_taken_ms, struct shared_answer *ret,
                      struct err *);
void shared_ask_end(struct shared_asking *); /* accepts NULL */

/* ---- the tables ---- */

/* Makes the database a copy of what is shared, in its running transaction. It must hold nothing, or
   an older copy. *ret_other: its records are not the beginning of what is shared. */
bool shared_fetch(struct shared *, struct sqlite3 *, bool *ret_other, struct err *);
/* The same in pieces that each take some tens of milliseconds, for whoever stands by: begin, some
   until *ret_all, end; end in any case, also when one of them fails. */
bool shared_fetch_begin(struct shared *, struct sqlite3 *, bool *ret_other, struct err *);
bool shared_fetch_some(struct shared *, struct sqlite3 *, bool *ret_all, struct err *);
void shared_fetch_end(struct shared *);
/* Between begin and the first piece: how many records the database lacks. */
bool shared_fetch_lacks(struct shared *, int64_t *ret_records, struct err *);
/* Who these records are, "" before the first: the same for all copies. */
const char *shared_id(const struct shared *);

/* ---- all at once: shared_copy.c. The lease is held, and the transaction open from rows on ---- */

/* So many records of all are on their way. */
typedef void (*shared_progress)(void *arg, uint64_t done, uint64_t all);
bool shared_is_empty(struct shared *, bool *ret_empty, struct err *);
bool shared_has_record(struct shared *, uint64_t seq, const char *hash, bool *ret_has,
                       struct err *);
/* Records were moved from there into a file. */
bool shared_has_moved(const struct shared *);
/* Nobody may lead from now on: records are about to be copied there, or went on elsewhere. */
bool shared_mark_filling(struct shared *, struct err *);
bool shared_mark_moved(struct shared *, struct err *);
/* Every row of the database. False: nothing is there. */
bool shared_copy_rows(struct shared *, struct sqlite3 *from, shared_progress, void *arg,
                      struct err *);
/* What is there by then, into an empty one. */
bool shared_read_back(struct shared *, struct sqlite3 *to, struct err *);
/* From now on somebody may lead. False: nothing is there, or, when the answer did not come, nobody
   knows. */
bool shared_copy_end(struct shared *, struct err *);

enum shared_written {
    SHARED_WRITTEN,
    SHARED_AWAY,    /* nothing was written: it was not reached, or has refused */
    SHARED_LOST,    /* nothing was written: this one does not lead any more */
    SHARED_UNKNOWN, /* the answer to the commit did not come */
};
/* The rows that the session has seen change, in one transaction. */
enum shared_written shared_write(struct shared *, struct sqlite3_session *, struct err *);

#endif
