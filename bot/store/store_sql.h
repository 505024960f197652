/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the store only: the connection, and prepared statements that are kept. */
#ifndef REGUARD_STORE_SQL_H
#define REGUARD_STORE_SQL_H

#include <sqlite3.h>
#include "core/arena.h"
#include "core/err.h"
#include "store/schema.h"
#include "store/shared.h"
#include "store/store_place.h"

#include <sys/types.h>

enum { STORE_STATEMENTS = 96, STORE_PATH_BYTES = 4096 };

struct kept_answer;
/* store_answers.c: what a column says; NULL for no answer. The text is changed. And the column of
   an answer, in the arena. */
struct kept_answer store_read_answer(char *column);
const char *store_answer_column(const struct kept_answer *, struct arena *);

/* Why the last write failed. */
enum store_trouble {
    STORE_TROUBLE_OTHER,
    STORE_TROUBLE_FULL,
    STORE_TROUBLE_DISK,
    STORE_TROUBLE_MOVED
};
struct store_file {
    dev_t dev;
    ino_t ino;
    bool there;
};

/* As long as a file looks like this nobody has written to it. */
struct store_look {
    struct store_file file;
    off_t bytes;
    struct timespec changed;
};
struct store {
    sqlite3 *db;        /* what is written to: the file, or memory */
    sqlite3 *file;      /* in memory: the connection to the file that was left; NULL for none */
    struct store *next; /* in memory: the file opened anew, which did not take in its log; NULL */
    struct store_look next_look[2]; /* what it has read: the file and its log, as they were then */
    char dir[STORE_PATH_BYTES - 64], path[STORE_PATH_BYTES];
    int lock_fd;
    struct shared *shared; /* the file is a copy of these records; lent; NULL: it is the only one */
    sqlite3_session *changes; /* of the transaction, for them */
    bool shared_ahead;        /* it is written there, and not yet in the file */
    bool refused;             /* not to be used, and not to be gone round: of a newer reguard */
    bool in_transaction, looking, glancing;
    bool grown;         /* rows were added that are forgotten some day, since the last time */
    bool ceilings_hold; /* since it was opened they have been looked at */
    bool cards_unread;  /* in memory: which cards stand in the chats could not be read */
    enum store_place place;
    enum store_trouble trouble;
    struct store_file main_file, folder, beside[2]; /* as they were opened; the log, its index */
    uint64_t committed_seq, base_seq; /* the head of the last commit; of the file that was left */
    char committed_hash[STORE_HASH_BYTES], base_hash[STORE_HASH_BYTES];
    bool looks_at_older; /* at cases of an older reguard, without a due time */
    uint64_t seq;
    char hash[STORE_HASH_BYTES];
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[STORE_STATEMENTS];
};

/* Opens or creates the database in that folder, without the lock; NULL when it cannot be used. */
struct store *store_open_file(const char *state_dir, struct err *);
void store_forget_statements(struct store *);
/* Reads where the chain ends in the file. */
bool store_find_end(struct store *, struct err *);
/* Says what SQLite did not do, and keeps what kind of trouble it is. Always false. */
bool sql_failed(struct store *, struct err *, const char *what);
/* Of a failed write: a clause with what to do. */
void store_say_why(const struct store *, const struct err *cause, struct err *ret_why);

/* Opens the file and takes the lock, whatever it is a copy of. */
struct store *store_open_copy(const char *state_dir, struct err *);

/* An empty one that is gone when it is closed, however large it becomes. */
struct store *store_open_scratch(struct err *);

/* ---- store_share.c ---- */
/* Whose copy it is, in the arena; NULL: its records are its own. */
const char *store_copy_of(struct store *, struct arena *);
/* From now on it is a copy of these and goes on with nothing else, or for NULL it is none. Ends in
   a commit. */
bool store_become_copy(struct store *, const struct shared *, struct err *);
/* Makes the file, which has no transaction open, the copy that it is to be. *ret_other: it cannot
   become one. */
bool store_fetch(struct store *, struct shared *, bool *ret_other, struct err *);
/* From now on the transaction's changes are noted. */
bool store_watch_changes(struct store *, struct err *);
void store_drop_changes(struct store *);
/* Before the transaction ends in the file: writes it where it is shared. True when it is not.
   False: nothing was written, or nobody knows. Ends the process when another instance leads: what
   follows is read by that one. */
bool store_share_changes(struct store *, struct err *);
/* It was written where it is shared, and then could not be in the file: ends the process. */
void store_end_when_torn(const struct store *, const struct err *);

/* ---- store_files.c ---- */
bool store_make_file(const struct store *, struct err *);
bool store_take_lock(struct store *, struct err *);
/* The folder is the one of before, and the lock is there: taken anew when its file was deleted. */
bool store_holds_folder(struct store *, struct err *);
/* Which files are open, once they are there; and whether the paths still name them. */
void store_note_files(struct store *);
bool store_is_in_place(const struct store *, struct err *);
struct store_file store_file_at(const char *path);
enum store_at { STORE_AT_OURS, STORE_AT_NOTHING, STORE_AT_ANOTHER };
enum store_at store_what_is_there(const struct store *);
/* The log and its index, of a file that is not there any more. */
void store_remove_beside(const struct store *, bool ours_only);
bool store_sync_folder(const struct store *, struct err *);
/* Bytes on the disk that nobody else can take: given up when it is full. */
bool store_make_reserve(const struct store *);
bool store_give_up_reserve(const struct store *);

/* ---- store_away.c ---- */
bool store_go_to_memory(struct store *, struct err *);
bool store_make_room(struct store *);
/* Writes what was kept in memory into the other one, and commits. */
bool store_bring_back(struct store *, struct store *to, struct err *);

/* ---- store_return.c ---- */
bool store_leave_memory(struct store *, uint64_t *ret_uncertain, struct err *);
/* Closes `next`, and leaves its file as it is. */
void store_drop_next(struct store *);

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
char *sql_column(sqlite3_stmt *, int at, struct arena *);      /* copied; NULL stays NULL */
const char *sql_words(sqlite3_stmt *, int at, struct arena *); /* copied; "" for NULL */

#endif
