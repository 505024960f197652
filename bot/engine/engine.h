/* The turn: events in, one transaction, then acknowledgements and effects out. The only room that
   sees the desk, the store and the adapter port together. */
#ifndef REGUARD_ENGINE_H
#define REGUARD_ENGINE_H

#include "core/desk.h"
#include "host/clock.h"
#include "port/inbox.h"
#include "net/loop.h"
#include "engine/outbox.h"
#include "engine/story.h"

struct secret;
enum { ENGINE_ADAPTERS = 4, ENGINE_TURN_BOUNDS = 14 };
/* Upper bounds in microseconds; turns above the last count in none of them. */
extern const uint64_t engine_turn_bounds_us[ENGINE_TURN_BOUNDS];

/* Rules and people that are in force now, and whose file they are from. */
struct engine_rules {
    char *text; /* config_rules_text; copied by the engine */
    char file[256], owner[96], owner_id[16];
    ms_t written_ms;
    bool at_start; /* else after a reload */
};

struct engine {
    struct loop *loop;
    struct store *store;
    struct inbox inbox;
    struct inbox_batch *batch; /* under way, NULL for none; handled up to `at` */
    size_t at;
    struct arena work;         /* of one turn */
    struct desk *desk, *saved; /* as it is; as it was before the turn */
    struct outbox outbox;
    struct adapter *adapters[ENGINE_ADAPTERS];
    size_t adapter_count;
    struct verdict *verdict, *scratch;
    struct secret *code_key; /* NULL: no codes */
    const struct command *const *commands;
    size_t command_count;
    struct clock_line clock;
    ms_t started_ms;   /* wall clock */
    bool clock_behind; /* the wall clock is, and it was told */
    struct loop_timer turn_timer, due_timer;
    struct loop_timer back_timer; /* the store is tried again then */
    ms_t back_wait_ms;
    void (*on_back)(void *arg); /* it can be written again; NULL: nobody wants to know */
    void *on_back_arg;
    bool turn_is_set;
    size_t seen_waiting; /* events in the inbox at the last look */
    ms_t forgot_ms;      /* last clean-up of the inbox */
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
    struct err lost;         /* why nothing could be written at the start; "" when it could */
    struct audit_walk *walk; /* the whole journal, verified in slices; NULL when it is not */
    size_t walk_table;
    struct loop_timer walk_timer;
    struct story story;
    struct engine_held *held; /* answers that wait, oldest first */
    size_t held_count;
    struct loop_timer held_timer;
    enum watch stored_watch;
    ms_t stored_watch_ms;
    struct engine_rules rules; /* text NULL: nobody has told */
};

/* Takes over nothing; store and loop outlive the engine. Rebuilds the desk from the journal. */
bool engine_init(struct engine *, struct loop *, struct store *, const struct policy *,
                 const struct people *, struct err *);
void engine_done(struct engine *);
/* What people may say; lent. Before engine_start. */
void engine_use_commands(struct engine *, const struct command *const *, size_t count);
/* The key under which mailed codes are kept (codekey.h); taken over. */
void engine_take_code_key(struct engine *, struct secret *);
/* Before engine_start. The adapter is lent. */
void engine_add(struct engine *, struct adapter *);
/* Before engine_start: the channel or room in which that chat is served. When the last process
   served another one, the cards of open cases come anew there, with what is said under them. */
void engine_place(struct engine *, const char *chat, const char *place);
/* A chat that is rendered for but never started: its messages wait in the store. */
void engine_add_silent(struct engine *, struct adapter *chat);
/* Stops and frees every chat's adapter; the others go on. What is unsent waits in the store. */
void engine_stop_chats(struct engine *);
/* Tries to write again what could not be written; true: everything is on the disk. */
bool engine_try_back(struct engine *);
/* Puts STARTED and starts the adapters. lost: why the store cannot be written, "" when it can. */
bool engine_start(struct engine *, const char *lost, struct err *);
/* Now, for deadlines: never earlier than before, also when the wall clock is set back. */
ms_t engine_now_ms(struct engine *);
/* New rules and people after a reload. */
void engine_reconfigure(struct engine *, const struct policy *, const struct people *);
/* That they were read: what differs from those on record is put on record, and told. */
void engine_put_rules(struct engine *, const struct engine_rules *);
/* They could not be taken over: the first problem, without anything secret, and how many others. */
void engine_refuse_rules(struct engine *, const char *problem, size_t others);
/* The newest read said on or off, and is no older than two intervals. */
bool engine_reads_lately(struct engine *);
/* The watch and the open cases as GET /status and the control socket show them. */
void engine_status_json(struct engine *, struct buf *);

#endif
