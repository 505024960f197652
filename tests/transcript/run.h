/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a transcript: the clock, the desk with its journal, and the world around it. */
#ifndef REGUARD_TRANSCRIPT_RUN_H
#define REGUARD_TRANSCRIPT_RUN_H

#include "commands/parts.h"
#include "config/config.h"
#include "core/doubt.h"
#include "core/turn.h"
#include "core/twin.h"
#include "host/codekey.h"
#include "store/deskjson.h"
#include "store/factjson.h"
#include "host/secret.h"
#include "tests/transcript/show.h"
#include <stdlib.h>

enum {
    RUN_RECORDS = 60000,
    RUN_EVENTS = 60000,
    RUN_CASES = 64,
    RUN_QUESTIONS = 128,
    RUN_ROOTS = 400
};
/* 2026-03-02 00:00 UTC: the day on which every transcript begins. */
#define RUN_DAY_MS (1772409600 * MS_SECOND)

struct record {
    struct fact_columns columns;
    ms_t at_ms;
};
/* What became of a case, kept after it has left the desk. */
struct outcome {
    uint32_t no;
    enum case_state state;
    int overdue_reminders, pending_reminders;
};

struct run {
    const struct config *config;
    struct world world;
    struct desk *desk;
    struct verdict *out, *scratch;
    struct arena arena, kept; /* of one event; of the whole run */
    struct record *records;
    struct record waiting[LIMIT_INQUIRIES]; /* commands that wait, beside the journal */
    int64_t waiting_refs[LIMIT_INQUIRIES];
    size_t waiting_count;
    size_t record_count, quiet; /* the desk was quiet before this record */
    uint32_t quiet_case;
    struct doubt quiet_doubt; /* whose records they are, and what was accepted, as the engine keeps
                                 them */
    ms_t now_ms;
    int64_t events, restart_after; /* -1: never */
    bool *mattered;     /* which events left a record or asked for something besides another look */
    bool loses_effects; /* that restart comes before the effects of its event are performed */
    struct secret *code_key;
    struct show show;
    struct event_chat_up heard; /* what the store would know of the chat */
    struct buf log;
    const char *header; /* written before the first line of an event that nobody typed */
    struct outcome outcomes[RUN_CASES];
    struct {
        uint32_t no;
        char handle[33];
    } questions[RUN_QUESTIONS]; /* each that was asked, in order */
    size_t question_count;
    const char *const *exceptions; /* how a restart may make it end otherwise; NULL ends the list */
    char failure[512];             /* of the run itself, "" for none */
    /* For those who look in: before the desk gets an event, and when its turn is over. */
    void (*before)(struct run *, struct event *);
    void (*after)(struct run *, const struct event *);
    void *looker;
};
void run_new_desk(const struct run *r, struct desk *desk);
/* Applies the journal from that record on, read back from its columns, and what waits. */
void run_fold(struct run *r, struct desk *desk, size_t from);
/* The same of all of it, by way of the text in which a desk is kept, each so many records. */
void run_fold_kept(struct run *r, struct desk *desk, size_t every);
/* As the engine gives it to an event: a case that has left the desk, by its records. NULL: none. */
const struct casefile *run_filed(struct run *r, uint32_t no);
/* Likewise those that have left the desk, newest first, where the event is answered with them. */
void run_know_lately(struct run *r, struct event *e);
void run_feed(struct run *r, struct event *e, const char *header);
void run_plain_event(struct run *r, enum event_kind kind, const char *chat, const char *error,
                     const char *header);
void run_start(struct run *r);
/* The process ends and begins again: what is in the journal is known, every answer on its way is
   lost. */
void run_restart(struct run *r);
/* Lets everything happen that is due up to and at that instant. */
void run_until(struct run *r, ms_t until_ms);
void run_init(struct run *r, const struct config *config, const struct world *world);
void run_done(struct run *r);

#endif
