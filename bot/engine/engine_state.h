/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine holds between two turns and during one. Only the engine's files write here;
   others read what /metrics and `status` show. */
#ifndef REGUARD_ENGINE_STATE_H
#define REGUARD_ENGINE_STATE_H

#include "core/desk.h"
#include "host/clock.h"
#include "port/inbox.h"
#include "net/loop.h"
#include "engine/outbox.h"
#include "engine/story.h"

struct secret;
enum { ENGINE_ADAPTERS = 8, ENGINE_TURN_BOUNDS = 14, ENGINE_DRAWN = 4 };
/* Upper bounds in microseconds; turns above the last count in none of them. */
extern const uint64_t engine_turn_bounds_us[ENGINE_TURN_BOUNDS];

/* Rules and people that are in force now, and whose file they are from. */
struct engine_rules {
    char *text; /* config_rules_text; copied by the engine */
    char file[256], owner[96], owner_id[16];
    ms_t written_ms;
    bool at_start; /* else after a reload */
};

/* Answers that are on record and not known to have arrived: engine_debt.c. */
struct engine_debts {
    struct {
        uint64_t no; /* the id of the effect that gives it */
        ms_t at_ms;
        size_t chat;
    } all[LIMIT_ANSWERS_OWED]; /* oldest first */
    size_t count;
    ms_t mark_ms; /* when it is written which have arrived, if nothing else is by then */
    uint64_t last_no;
    struct engine_debtor {
        const char *name;
        ms_t begun_ms;  /* what is older is of an earlier process */
        ms_t before_ms; /* of what that one owes, the oldest; 0: nothing is to be given */
        ms_t last_ms;   /* the answer that was written last */
        ms_t from_ms;   /* the mark: from then on they are owed */
        bool news;      /* since its mark was put */
    } chats[OUTBOX_CHATS];
    size_t chat_count;
};

struct engine {
    struct loop *loop;
    struct store *store;
    struct inbox inbox;
    struct inbox_batch *batch; /* under way, NULL for none; handled up to `at` */
    size_t at;
    struct arena work;                      /* of one turn */
    struct desk *desk, *saved;              /* as it is; as it was before the turn */
    struct engine_debts debts, saved_debts; /* the same two */
    struct outbox outbox;
    struct adapter *adapters[ENGINE_ADAPTERS];
    size_t adapter_count;
    struct verdict *verdict, *scratch;
    struct secret *code_key;                          /* NULL: no codes */
    unsigned char drawn[ENGINE_DRAWN][ENTROPY_BYTES]; /* for events to come: engine_event.c */
    size_t drawn_left;
    const struct command *const *commands;
    size_t command_count;
    struct venues venues;
    struct clock_line clock;
    ms_t started_ms;   /* wall clock */
    bool clock_behind; /* the wall clock is, and it was told */
    struct loop_timer turn_timer, due_timer;
    ms_t due_ms;                  /* the desk or the outbox waits for that instant; MS_NEVER */
    struct loop_timer back_timer; /* the store is tried again then */
    ms_t back_wait_ms;
    struct {
        struct loop_timer timer;
        ms_t asked_ms, alone_ms; /* monotonic: a look, and one that found nobody; 0: none */
        ms_t news_ms;            /* since when it is off, and whose doing that is not known */
        bool found;              /* somebody else */
        uint64_t round;          /* of looks */
    } led;                       /* engine_led.c */
    void (*on_led)(void *arg);   /* another one leads; NULL: the records are not shared */
    void *on_led_arg;
    void (*on_back)(void *arg); /* it can be written again; NULL: nobody wants to know */
    void *on_back_arg;
    bool turn_is_set;
    size_t seen_waiting; /* events in the inbox at the last look */
    ms_t forgot_ms;      /* last clean-up of the inbox */
    int forgot_nothing;  /* so often in a row */
    uint64_t events, repeats, turns;
    uint64_t skipped; /* events that led to more than fits */
    ms_t skip_told_ms;
    uint64_t woken_us; /* when the first event of the coming turn was put */
    struct {
        uint64_t within[ENGINE_TURN_BOUNDS], count, sum_us;
    } took; /* turns with something from a chat: from then to the effects begun */
    struct {
        struct err why; /* "" for none that is not told yet */
        uint64_t record;
    } doubt;
    struct {
        uint64_t every; /* records, from one to the next */
        uint64_t tried; /* the newest record at the last try */
        char *text;     /* what all records up to text_at come to; NULL: not known */
        uint64_t text_at;
        bool news;           /* of this turn */
    } kept;                  /* engine_kept.c */
    struct err lost;         /* why nothing could be written at the start; "" when it could */
    struct audit_walk *walk; /* the whole journal, verified in slices; NULL when it is not */
    size_t walk_table;
    struct loop_timer walk_timer;
    struct story story;
    struct engine_held *held; /* answers that wait, oldest first */
    struct engine_accounts *accounts;
    struct engine_homes *homes;
    struct engine_roots *roots;
    size_t held_count;
    struct loop_timer held_timer;
    enum watch stored_watch;
    ms_t stored_watch_ms;
    struct engine_rules rules; /* text NULL: nobody has told */
    struct casefile filed;     /* the last one that was read back: engine_filed.c */
    struct casefile *lately;   /* LIMIT_LATELY, the newest that have left the desk, likewise; NULL:
                                  nobody has asked for them yet */
    size_t lately_count;
    bool lately_known;
};

#endif
