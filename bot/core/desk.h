/* SPDX-License-Identifier: Apache-2.0 */
/* All open cases, the one switch, and the commands that wait for outside knowledge: what is known,
   and what may be asked of it. It is changed by facts alone, in turn.h; the rules see it, and it
   sees none of them. */
#ifndef REGUARD_DESK_H
#define REGUARD_DESK_H

#include "core/person.h"
#include "core/state.h"
#include "core/venue.h"
#include "core/verdict.h"

struct command;

struct desk {
    const struct policy *policy; /* lent; replaced on reload */
    const struct people *people;
    struct venues venues;                  /* how people call the chats and the provider; lent */
    const struct command *const *commands; /* lent; command_count rows */
    size_t command_count;
    /* What is kept of a mailed code, under a key that is lent; pure. No key: no codes. */
    void (*mark_code)(const void *key, const char *code, char ret_mark[CODEMARK_BYTES]);
    const void *code_key;
    bool can_mail;
    bool can_run; /* tasks of root users without a window */

    uint64_t steps;     /* facts applied in this process */
    ms_t due_ms;        /* when something follows from the state by itself; 0: never settled yet */
    uint32_t last_case; /* highest number given */
    uint64_t last_ref;
    uint64_t record; /* number and hash of the newest journal record, for people */
    char record_hash[65];
    ms_t born_ms; /* when these records began; not renewed when they are accepted */
    struct casefile cases[LIMIT_CASES];
    size_t case_count;
    struct inquiry inquiries[LIMIT_INQUIRIES];
    struct inquiry_checked looks[LIMIT_LOOKS]; /* of those at LOOK */
    size_t look_count;
    size_t inquiry_count;
    struct guardrail guardrail;
    struct review review;
    struct doubt doubt;
    struct audience audience;
    struct loss loss;
    struct twins twins;
    struct deadman deadman;
    struct route route;
    struct rules rules;
    struct rootuse rootuse;
    struct rootusers rootusers;
    struct chat_state chats[4];
    size_t chat_count;
    struct talker talkers[LIMIT_TALKERS + 1], people_talking[LIMIT_PEOPLE + 1];
    struct vain in_vain[LIMIT_PEOPLE];
    struct quota quotas[LIMIT_PEOPLE];
};

/* What is lent is set by the caller afterwards. */
void desk_init(struct desk *);

/* ---- what is no fact: what is lent, and what is kept beside the journal ---- */

/* They count from now on, and what is due by them is looked at again at once. */
void desk_use_rules(struct desk *, const struct policy *, const struct people *);
void desk_use_commands(struct desk *, const struct command *const *, size_t count);
void desk_use_venues(struct desk *, const struct venues *);
void desk_use_codes(struct desk *,
                    void (*mark)(const void *key, const char *code, char ret_mark[CODEMARK_BYTES]),
                    const void *key);
void desk_use_mail(struct desk *, bool can_mail);
void desk_use_errands(struct desk *, bool can_run);
/* Ids of effects are above that from now on. */
void desk_begin_steps(struct desk *, uint64_t steps);
/* Number and hash of the newest record, for people. */
void desk_note_record(struct desk *, uint64_t record, const char *hash);
/* Case numbers up to that one are given away. */
void desk_skip_numbers(struct desk *, int64_t last);
/* Whose records these are and since when; what was accepted in earlier doubts, and when. NULL is
   "". */
void desk_know_records(struct desk *, const char *store, ms_t born_ms, const char *accepted,
                       ms_t accepted_ms);

/* The state as it is now, to go back to; but for how much people talk. */
void desk_copy(struct desk *to, const struct desk *from);
/* Nothing is open or under way: the journal before this point is not needed to rebuild the desk. */
bool desk_is_quiet(const struct desk *);
/* As far as the journal tells: that a change was looked over leaves no record of its own. */
bool desk_is_settled(const struct desk *);

/* NULL when not on the desk. What is not const is for a rule that applies a fact. */
struct casefile *desk_case(struct desk *, uint32_t no);
const struct casefile *desk_case_const(const struct desk *, uint32_t no);
const struct casefile *desk_case_by_handle(const struct desk *, const char *handle);
const struct casefile *desk_outside_case(const struct desk *); /* NULL when there is none */
size_t desk_count(const struct desk *, enum case_state);
/* A channel takes posts; people can be written to, in a channel or directly. */
bool desk_takes_posts(const struct desk *);
bool desk_reaches_people(const struct desk *);
bool desk_chat_is_up(const struct desk *);                                 /* any of them */
const struct chat_state *desk_chat(const struct desk *, const char *name); /* NULL: none */
struct chat_state *desk_chat_of(struct desk *, const char *name);          /* to apply a fact to */

/* ---- whether the records can be believed ---- */

/* The first of those reguards that live, with older records alone when `earlier`; NULL: none. */
const struct twin *twin_standing(const struct desk *, bool earlier);
bool twin_stands(const struct desk *); /* any of them lives */
bool twin_bars(const struct desk *);   /* one whose records are older than ours */
/* The records are in doubt, or cannot be written, or another reguard with older ones lives. */
bool doubt_stands(const struct desk *);
/* The one rule that every step of lowering, and of keeping down, asks: may anything be lowered on
   what these records say? Also no as long as the chats have not shown what they know of them, and
   what was said and taken back there meanwhile. */
bool doubt_bars(const struct desk *);
/* Every chat that is served was read back to where we heard it last. */
bool hearing_of_all(const struct desk *);
/* Every chat that is up has been read since it came up, and at least one is. */
bool sight_of_all(const struct desk *);
/* The same, by looks that were sent at that instant or later. */
bool sight_since(const struct desk *, ms_t since_ms);
/* That chat has been read since it came up, by a look that was sent at that instant or later. */
bool sight_of(const struct chat_state *, ms_t since_ms);

#endif
