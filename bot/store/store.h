/* SPDX-License-Identifier: Apache-2.0 */
/* The store: one SQLite file in WAL mode with synchronous FULL. Everything a turn writes is one
   transaction, opened by the first write and ended by store_commit. A failed write or commit is
   unknown: the caller acknowledges nothing, performs nothing and steps back (store_step_back), so
   that it can go on without the file. Tables: inbox, journal (append only,
   hash-chained), waiting, cases (projection), outbox, shown, standing, meta, puts, votes. */
#ifndef REGUARD_STORE_H
#define REGUARD_STORE_H

#include "core/arena.h"
#include "core/casefile.h"
#include "core/err.h"
#include "core/fact.h"
#include "store/store_place.h"

struct store;
/* Creates or opens state_dir/reguard.db and takes the directory's lock: a second one is refused. A
   newer schema is refused untouched. */
struct store *store_open(const char *state_dir, struct err *);
/* The same, for whoever must go on all the same: in memory when the file cannot be used, *ret_why
   says why then, or that there is no room for a reserve on the disk; else it stays "". NULL only
   when another process has the lock, for a newer schema, and without any folder. */
struct store *store_open_anyhow(const char *state_dir, struct err *ret_why, struct err *);
struct shared;
/* A URL of shared records that can be used; err: what is wrong with it, without it. */
bool store_url_is_fine(const char *url, struct err *);
/* The file as a copy of what instances share (store/shared.h), for the one that leads: what others
   have written is fetched first, and each transaction is written there first. shared: lent. NULL:
   it could not be fetched, or the file has records of its own. */
struct store *store_open_shared(const char *state_dir, struct shared *, struct err *);
/* For one that stands by, so that it lacks little when it is to lead: the copy is brought to what
   is shared now, piece by piece, each of some tens of milliseconds, until *ret_all; then, or
   earlier, end, which keeps all of it or nothing. shared: a connection for nothing else meanwhile.
   *ret_lacks: so many records. NULL: as above, or the copy has gone another way; it is left as it
   is then, because what it has may be nowhere else. */
struct store *store_open_to_follow(const char *state_dir, struct shared *, int64_t *ret_lacks,
                                   struct err *);
bool store_follow(struct store *, struct shared *, bool *ret_all, struct err *);
void store_follow_end(struct store *, struct shared *); /* accepts no store */
/* The file is a copy of shared records, and goes on with nothing else. */
bool store_is_copy(struct store *);
/* How long this process leads for sure; MS_NEVER when its records are its own. */
ms_t store_lease_left_ms(const struct store *);
/* Of the lease that it leads by, also after it has run out: each next leader's is higher. 0: its
   records are its own. */
uint64_t store_lease_epoch(const struct store *);
/* ---- from a file to shared records, and back: store_copy.c ---- */
struct store_copied {
    uint64_t records;
    char head[STORE_HASH_BYTES];
    bool before; /* it had been done already, all but the last word */
};
/* The records go on there, and the file is a copy of them from then on. Both were verified. Nothing
   is copied over what is there already; done twice it is done once. told: of the records, now and
   then. False: nothing is there that anybody could go on from. */
bool store_copy_to_shared(const char *state_dir, struct shared *to,
                          void (*told)(void *arg, uint64_t done, uint64_t all), void *arg,
                          struct store_copied *ret, struct err *);
/* The records go on in the file of that folder, and nobody can lead on the shared ones any more. */
bool store_copy_from_shared(struct shared *from, const char *state_dir, struct store_copied *ret,
                            struct err *);
/* The folder and the files in it are for their owner alone, or not there yet. False: err says what
   to do. */
bool store_is_private(const char *state_dir, struct err *);
/* Without a file, for a restore when the file cannot be used: everything works and nothing is
   kept. */
struct store *store_open_in_memory(struct err *);
/* For looking only, beside a running daemon; no lock. NULL when there is no store. */
struct store *store_open_to_look(const char *state_dir, struct err *);
/* For a short look that leaves nothing behind: after a clean stop there is no log beside the file,
   and SQLite makes none then. A folder that may only be read is enough. As above otherwise. */
struct store *store_open_to_glance(const char *state_dir, struct err *);
/* For looking: what is read from now on is of one moment, whatever the daemon writes meanwhile. */
void store_hold_still(struct store *);
void store_close(struct store *);
/* True when something has been written since the last commit. */
bool store_is_dirty(const struct store *);
/* Also looks whether the path still names the file that is open. */
bool store_commit(struct store *, struct err *);

/* ---- when the file cannot be written ---- */
enum store_place store_place(const struct store *);
/* After a failed write: undoes the transaction and goes a step from the file to memory; in memory,
   makes room. cause: what the write said. *ret_why: a clause with what to do. False: nothing can be
   written anywhere. */
bool store_step_back(struct store *, const struct err *cause, struct err *ret_why);
/* Tries the file again; what was kept in memory is written there, in one transaction.
   *ret_uncertain: the newest record of a commit that had failed and is there all the same, 0 for
   none. The desk has to be rebuilt afterwards when it was in memory. False: err says why not yet.
 */
bool store_come_back(struct store *, uint64_t *ret_uncertain, struct err *);

/* Whether an event's id is known. *ret_answer: the earlier answer of a repeat, in the arena, NULL
   when it had none. */
enum store_note { STORE_NEW, STORE_REPEAT, STORE_NOTE_FAILED };
enum store_note store_knows_event(struct store *, const char *source, const char *event_id,
                                  struct arena *, const char **ret_answer, struct err *);
/* An answer, and to whom it goes: ids of the chat. */
struct kept_answer {
    const char *event_id; /* what it answers */
    const char *text, *person_id;
    const char *thread_id; /* "" for none */
    ms_t at_ms;            /* 0: it is not known to whom it went */
    ms_t since_ms;         /* older ones of that chat had arrived by then */
    bool direct;
    bool form; /* one was to open, and the text is for when it does not: no repeat has it */
};
/* A new one, with what is known of it by then. */
struct noted_event {
    const char *source, *event_id;
    ms_t at_ms;
    const struct kept_answer *answer; /* to it; NULL: none */
    bool idle; /* nothing came of it: needed for a day only, not for a week */
};
bool store_note_event(struct store *, const struct noted_event *, struct arena *, struct err *);
/* To one that was noted before. */
bool store_note_answer(struct store *, const char *source, const struct kept_answer *,
                       struct arena *, struct err *);
/* Those to the newest events of that chat, newest first, in the arena. Returns their number. */
size_t store_answers(struct store *, const char *source, struct kept_answer *rows, size_t most,
                     struct arena *);

/* Appends a durable fact to the chain. */
bool store_append(struct store *, const struct fact *, struct arena *, struct err *);
/* The newest record on the disk: in memory none is added to it. */
uint64_t store_head(const struct store *, char ret_hash[STORE_HASH_BYTES]);
/* The newest record up to that one that is older than that instant; 0: none is. */
uint64_t store_record_before(struct store *, uint64_t upto, ms_t at_ms);
struct journal_record {
    uint64_t seq;
    ms_t at_ms;
    const char *case_id, *kind, *actor, *source, *data, *prev, *hash;
    const char *wrong; /* store_each_row: why the row is none of reguard's; else NULL */
};
/* The data of the newest FACT_RULES_READ; NULL when there is none. */
const char *store_newest_rules(struct store *, struct arena *);
/* Every record with seq > after, in order; case_id NULL: of all cases. Stops when each returns
   false and returns false then. */
bool store_each_record(struct store *, uint64_t after, const char *case_id,
                       bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                       struct err *);
/* How many the case has. */
uint64_t store_records_of(struct store *, const char *case_id);
/* Every row, also those that reguard cannot have written: to go on with what there is. */
bool store_each_row(struct store *, uint64_t after,
                    bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                    struct err *err);

/* ---- is the file what was written? store_check.c ---- */
/* The end of the journal is the head that was written with its newest record. False: err is a
   clause; *ret_record: the last record that is ours. */
bool store_check_end(struct store *, uint64_t *ret_record, struct err *);
/* SQLite's own look at the pages of a table, of the whole file for NULL. Takes about 10 ms for each
   MiB. */
bool store_check_pages(struct store *, const char *table, struct err *);
extern const char *const store_tables[];
extern const size_t store_table_count;
/* The head as it is written down; false when it is not. */
bool store_read_head(struct store *, uint64_t *ret_seq, char ret_hash[STORE_HASH_BYTES]);
/* False when there is no such record. */
bool store_hash_of(struct store *, uint64_t seq, char ret_hash[STORE_HASH_BYTES]);
/* Of the database file without its log; 0 in memory. */
int64_t store_bytes(const struct store *);

/* ---- kept for a while: store_kept.c ---- */
/* A command that waits (FACT_INQUIRED), until it is closed. Its hash follows the newest record of
   the journal, so that one which reguard did not write is not taken for one that it did. */
bool store_keep_waiting(struct store *, const struct fact *, struct arena *, struct err *);
bool store_drop_waiting(struct store *, int64_t ref, struct err *);
/* Each that waits and has its right hash, oldest first, as a record of the journal. */
bool store_each_waiting(struct store *,
                        bool (*each)(void *, const struct journal_record *, struct err *),
                        void *arg, struct err *);
/* Forgets what is not needed any more and what is above the ceilings of limits.h, a part at a time.
 */
struct store_forgotten {
    bool any, more; /* there was something; there is more of it */
};
bool store_forget(struct store *, ms_t now_ms, struct store_forgotten *ret, struct err *);
/* Something was added since that is forgotten one day or has a ceiling, or there was more of it. */
bool store_has_grown(const struct store *);

/* The projection of a case for status and history, also while the daemon is down. */
struct case_row {
    char case_id[CASE_ID_BYTES];
    char state[16];
    char account[16];
    char account_name[LIMIT_NAME_BYTES];
    char requester[LIMIT_NAME_BYTES];
    char reason[LIMIT_REASON_BYTES];
    ms_t asked_ms, lifted_ms, deadline_ms, closed_ms;
    ms_t overdue_ms; /* case_overdue_ms; 0: not overdue yet; CASE_ROW_NO_DUE: an older reguard wrote
                        the row and did not say */
};
enum { CASE_ROW_NO_DUE = -1 };
void case_row_of(const struct casefile *, struct case_row *ret);
bool case_row_is_overdue(const struct case_row *, ms_t now_ms);
bool store_put_case(struct store *, const struct case_row *, struct err *);
/* Completes rows that an older reguard has written. */
bool store_complete_case(struct store *, const struct case_row *, struct err *);
/* The case is open for nobody any more. */
bool store_drop_case(struct store *, const char *case_id, struct err *);
/* Newest first. */
size_t store_cases(struct store *, bool open_only, const char *case_id, struct case_row *rows,
                   size_t most);
/* The same of the open ones; false: the store does not show all of them. */
bool store_open_cases(struct store *, struct case_row *rows, size_t most, size_t *ret_count,
                      struct err *);
uint32_t store_last_case(struct store *);
/* When the newest record of the journal was made, and the oldest; 0 without one. */
ms_t store_newest_ms(struct store *);
ms_t store_oldest_ms(struct store *);

/* Small values: cursors of chats, the watch, where to fold from. text is copied into the arena;
   NULL when absent. */
const char *store_get(struct store *, const char *key, struct arena *);
bool store_put(struct store *, const char *key, const char *text, struct err *);
/* "quiet_seq": up to that record everything is settled, so that the desk is rebuilt from behind it.
   False, and 0, when what is kept is no number or names a record that there is not. */
bool store_quiet(struct store *, uint64_t *ret_seq, struct err *);

/* ---- the desk that the records come to, kept now and then: store_desk.c ---- */
/* Appends FACT_DESK_KEPT, whose digest makes a part of the chain of it, and keeps the text
   (deskjson_write), as of the record before. Never in memory. */
bool store_keep_desk(struct store *, const char *text, ms_t at_ms, struct arena *, struct err *);
struct store_desk {
    uint64_t record;  /* which names it */
    const char *text; /* in the arena */
};
/* WRONG: it is not what its record names; OTHER: another build has kept it, so that it may have
   been folded otherwise. err says why for both. */
enum store_desk_state { STORE_DESK_NONE, STORE_DESK_THERE, STORE_DESK_OTHER, STORE_DESK_WRONG };
enum store_desk_state store_kept_desk(struct store *, struct arena *, struct store_desk *ret,
                                      struct err *);

/* ---- messages on their way ---- */
struct outbox_row {
    const char *key, *chat, *case_id, *body, *person, *remote_id;
    int kind, attempts;
    ms_t first_ms, next_ms;
    bool alarm, look_first, reminds;
};
bool store_outbox_put(struct store *, const struct outbox_row *, struct err *);
/* That reminder says what earlier ones to the same people in the same place say, of the cases that
   its key names ("G-0001+G-0002-..."): those of them that have not left, of no other case, do not
   leave any more. What may be there already is still looked for; the one that is under_way, "" for
   none, is not sent again. *ret_count: how many they are. */
bool store_outbox_supersede(struct store *, const struct outbox_row *by, const char *under_way,
                            struct arena *, size_t *ret_count, struct err *);
/* Which of the rows of a chat: all of them, alarms first, then posts, then by age; alarms only;
   those to one person alone; or all of them by turns, the one first that was tried the longest time
   ago. */
enum outbox_rows { OUTBOX_ALL, OUTBOX_ALARMS, OUTBOX_DIRECTS, OUTBOX_BY_TURNS };
/* What is asked for: the next thing to be sent to a chat that is due by then, with its texts in the
   arena. */
struct store_due {
    const char *chat;
    ms_t now_ms;
    struct arena *arena;
};
/* The next unsent one; a row under a card that has not been posted yet waits. */
bool store_outbox_next(struct store *, const struct store_due *, enum outbox_rows,
                       struct outbox_row *ret);
bool store_outbox_sent(struct store *, const char *key, const char *remote_id, struct err *);
bool store_outbox_again(struct store *, const char *key, ms_t next_ms, bool look_first,
                        struct err *);
bool store_outbox_give_up(struct store *, const char *key, struct err *);
/* The next instant at which a row of the chat is due, MS_NEVER for none. */
ms_t store_outbox_due_ms(struct store *, const char *chat, enum outbox_rows);
/* Everything of the chat that waits for its next attempt is due now. */
bool store_hurry(struct store *, const char *chat, ms_t now_ms, struct err *);
size_t store_outbox_waiting(struct store *);
/* At start: an earlier process may have sent what it could not note any more, so everything unsent
   is looked for first. */
bool store_doubt_unsent(struct store *, struct err *);
/* A message to that chat may be there or not. */
bool store_is_unsure(struct store *, const char *chat);
/* The chat is served in another channel or room from now on: cards of open cases have not been
   shown there, and what stands in the old one cannot be edited any more. */
bool store_chat_moved(struct store *, const char *chat, ms_t now_ms, struct err *);

/* Posts with something to press stand until there is nothing left to press; then they are edited to
   another body. */
struct standing_row {
    const char *key, *chat, *case_id, *after;
    bool asks; /* for other Admins' answers */
};
bool store_post_stands(struct store *, const struct standing_row *, struct err *);
/* Those of a case that ask, or those that do not, have served. */
bool store_posts_served(struct store *, const char *case_id, const char *chat, bool asks,
                        struct err *);
/* The next post to be edited: ret->body is what to, ret->remote_id which message. */
bool store_served_next(struct store *, const struct store_due *, struct outbox_row *ret);
bool store_served_edited(struct store *, const char *key, struct err *);
bool store_served_again(struct store *, const char *key, ms_t next_ms, struct err *);
ms_t store_served_due_ms(struct store *, const char *chat);

/* Cards: which picture is wanted, and which one is shown. */
struct card_row {
    const char *case_id, *chat, *remote_id, *body;
    ms_t first_ms;
    bool look_first, tried; /* an attempt was made before */
};
bool store_card_want(struct store *, const char *case_id, const char *chat, const char *body,
                     const char *digest, ms_t now_ms, struct err *);
bool store_card_next(struct store *, const struct store_due *, bool unposted_only,
                     struct card_row *ret);
bool store_card_shown(struct store *, const char *case_id, const char *chat, const char *remote_id,
                      const char *body, struct err *);
/* Try again then; forget_remote: the message is gone, a new one is to be posted. */
bool store_card_again(struct store *, const char *case_id, const char *chat, ms_t next_ms,
                      bool look_first, bool forget_remote, struct err *);
ms_t store_card_due_ms(struct store *, const char *chat);
/* Remote id of a case's card in that chat, in the arena; NULL when not posted. */
const char *store_card_id(struct store *, const char *case_id, const char *chat, struct arena *);
/* The case whose card, post or line has that remote id; 0 for none. */
uint32_t store_case_of_message(struct store *, const char *chat, const char *remote_id);
/* Key of the message, in the arena; "" for a card and for what is none of ours. */
const char *store_key_of_message(struct store *, const char *chat, const char *remote_id,
                                 struct arena *);
/* The message with that key puts that question. */
bool store_puts(struct store *, const char *key, const char *question, struct err *);
/* Handle of the question that the message puts, in the arena; "" for none. */
const char *store_question_of_message(struct store *, const char *chat, const char *remote_id,
                                      struct arena *);
/* Some message that puts it has arrived in a chat. */
bool store_question_stands(struct store *, const char *question);
/* One person's reaction on one message; at: the chat's own order of events, "" when it tells none.
 */
struct vote_row {
    const char *chat, *remote_id, *person, *reaction, *at;
    bool stands;
};
/* *ret_news: it is not what was known already. */
bool store_note_vote(struct store *, const struct vote_row *, ms_t now_ms, bool *ret_news,
                     struct err *);
size_t store_votes_standing(struct store *, const char *chat, const char *remote_id,
                            struct vote_row *rows, size_t most, struct arena *);
bool store_forget_votes(struct store *, ms_t before_ms, struct err *);
/* Remote ids of messages on which reactions count: cards of open cases, posts that ask, and the
   newest of the other posts of open cases, on which a lock restores. Returns their number. */
size_t store_open_messages(struct store *, const char *chat, const char **ids, size_t most,
                           struct arena *);

#endif
