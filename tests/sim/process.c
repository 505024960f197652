/* The bot's parts, put together as bot/cli/bot.c does it, on the loop and the adapters of a story.
   The store is a real file in a folder of memory; it outlives the process. */
#include "tests/sim/sim.h"
#include "adapters/matrix/kind.h"
#include "adapters/matrix/settings.h"
#include "adapters/slack/kind.h"
#include "adapters/slack/settings.h"
#include "adapters/stax/kind.h"
#include "adapters/stax/provider.h"
#include "adapters/stax/settings.h"
#include "adapters/stax/stax.h"
#include "commands/parts.h"
#include "port/adapter.h"
#include "config/config.h"
#include "engine/engine.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    char folder[128];
    struct config config;
    struct store *store;
    struct engine engine;
    bool has_engine;
    struct adapter *stax;
} it;

struct inbox *process_inbox(void) { return &it.engine.inbox; }

const char *process_folder(void) { return it.folder; }

const struct people *process_people(void) { return &it.config.people; }

/* ---- settings ---- */

static const char *const STEPS[] = { "0s 5m 15m 30m 1h", "0s 2m 10m 20m", "0s 5m 15m 30m 1h",
                                     "0s 1m 5m 30m" };

static void add_policy(struct buf *ini, struct chance *c)
{
    static const char *const polls[] = { "10m", "5m", "2m" };
    bool restores = chance_percent(c, 50);
    buf_addf(ini, "poll_idle = %s\n[policy]\nmailbox_proof = off\non_deadline = %s\n",
             polls[chance_below(c, COUNT(polls))], restores ? "restore" : "remind");
    buf_addf(ini, "approvals = %d\nremind_overdue = %s\n",
             sim.people_count > 3 && chance_percent(c, 20) ? 2 : 1,
             STEPS[chance_below(c, COUNT(STEPS))]);
}

static void add_people(struct buf *ini)
{
    buf_add(ini, "[people]\n");
    for (size_t i = 0; i < sim.people_count; i++) {
        const struct human *h = &sim.people[i];
        if (!h->mapped)
            continue;
        buf_addf(ini, "%s =", h->key);
        for (int c = 0; c < sim.chat_count; c++)
            if (h->ids[c][0])
                buf_addf(ini, " %s:%s", c ? "matrix" : "slack", h->ids[c]);
        buf_add(ini, "\n");
    }
}

static void add_durations(const char *name, const struct durations *d)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    for (size_t i = 0; i < d->count; i++)
        buf_addf(&b, "%s%" PRId64, i ? " " : "", d->steps[i]);
    tell("C", "%s\t%s", name, buf_text(&b));
}

static void tell_settings(void)
{
    const struct policy *p = &it.config.policy;
    tell("C", "on_deadline\t%s", p->on_deadline == DEADLINE_RESTORE ? "restore" : "remind");
    tell("C", "approvals\t%d", p->approvals);
    tell("C", "poll_idle\t%" PRId64, p->poll_idle);
    tell("C", "verify_gap\t%" PRId64, p->verify_gap);
    tell("C", "approve_reaction\t%s", p->approve_reaction);
    add_durations("remind_overdue", &p->remind_overdue);
    for (size_t i = 0; i < sim.people_count; i++) {
        const struct human *h = &sim.people[i];
        tell("P", "%s\t%s\t%s\t%s\t%s", h->stax, h->key, h->mapped ? "mapped" : "unmapped",
             h->ids[0], h->ids[1]);
        tell("R", "%s\t%s\t%s", h->stax, h->role, h->status);
        for (int c = 0; c < sim.chat_count; c++)
            if (h->ids[c][0])
                tell("I", "%s\t%u", h->ids[c], h->flags[c]);
    }
}

/* Its own for each run, and called the same in each: its name is part of what is said. */
static void go_to_folder(void)
{
    char own[64];
    snprintf(own, sizeof own, "/dev/shm/reguard-sim-%ld", (long)getpid());
    STR_SET(it.folder, "state");
    if (mkdir(own, 0700) != 0 || chdir(own) != 0 || mkdir(it.folder, 0700) != 0) {
        perror(own);
        exit(2);
    }
}

/* Those that the stories have, as far as their sections go; what stands in for them is made by
   hand. */
static const struct adapter_kind slack = { .role = ADAPTER_CHAT,
                                           .venue = &slack_venue,
                                           .section = &slack_section,
                                           .is_id = slack_is_member_id },
                                 matrix = { .role = ADAPTER_CHAT,
                                            .venue = &matrix_venue,
                                            .section = &matrix_section,
                                            .is_id = matrix_is_user_id },
                                 provider = { .role = ADAPTER_PROVIDER,
                                              .provider = &stax_provider,
                                              .venue = &stax_venue,
                                              .section = &stax_section };
static const struct adapter_kind *const kinds[] = { &slack, &matrix, &provider, NULL };

void process_settings(void)
{
    CLEANUP(buf_done) struct buf ini = { 0 }, errors = { 0 };
    char path[160], old[180];
    buf_init(&ini, 16 * 1024);
    buf_init(&errors, 16 * 1024);
    if (!it.folder[0])
        go_to_folder();
    static const char *const files[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm",
                                         "reserve" };
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(old, sizeof old, "%s/%s", it.folder, files[i]);
        unlink(old);
    }
    buf_add(&ini, "[bot]\nstate_dir = /\n[slack]\napp_token_file = a\nbot_token_file = b\n"
                  "team = T1\nchannel = C1\n");
    if (sim.chat_count > 1)
        buf_add(&ini, "[matrix]\nhomeserver = https://matrix.example.org\naccess_token_file = c\n"
                      "user = @reguard:example.org\nroom = !room:example.org\n");
    buf_add(&ini, "[stax]\naccess_key_file = a\nsecret_key_file = b\n"
                  "organisation = 5c1d0000-0000-4000-8000-000000000000\n");
    add_policy(&ini, &sim.plan_chance);
    add_people(&ini);
    snprintf(path, sizeof path, "%s/reguard.conf", it.folder);
    FILE *file = fopen(path, "w");
    if (!file || fputs(buf_text(&ini), file) < 0 || fclose(file) != 0 ||
        !config_read(path, kinds, &it.config, &errors)) {
        fprintf(stderr, "sim: %s: %s\n", path, buf_text(&errors));
        exit(2);
    }
    STR_SET(it.config.policy.command_word, "/reguard");
    tell_settings();
}

void process_clean_folder(void);
void process_clean_folder(void)
{
    static const char *const names[] = { "reguard.db",   "reguard.db-wal", "reguard.db-shm",
                                         "reguard.conf", "reserve",        "control",
                                         "lock" };
    char path[180];
    disk_forget_copies();
    for (size_t i = 0; it.folder[0] && i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", it.folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "/dev/shm/reguard-sim-%ld", (long)getpid());
    if (it.folder[0] && (rmdir(it.folder) != 0 || chdir("/") != 0 || rmdir(path) != 0))
        perror(path);
}

/* ---- its life ---- */

static const char *cursor_of(const char *chat, struct arena *arena)
{
    return store_get(it.store, arena_printf(arena, "cursor.%s", chat), arena);
}

static bool put_together(struct err *err)
{
    struct arena arena;
    struct stax_client_options nothing = { 0 };
    struct err lost = { "" };
    it.store = store_open_anyhow(it.folder, &lost, err);
    if (!it.store || !engine_init(&it.engine, virtual_loop(), it.store, &it.config.policy,
                                  &it.config.people, err))
        return false;
    it.has_engine = true;
    tell("B", "records\t%" PRIu64, it.engine.desk->record);
    engine_use_commands(&it.engine, command_table, command_table_count);
    static struct venue venues[COUNT(kinds)];
    for (size_t i = 0; kinds[i]; i++)
        venues[i] = *kinds[i]->venue;
    engine_use_venues(&it.engine, &(struct venues){ venues, COUNT(kinds) - 1 });
    arena_init(&arena, LIMIT_ARENA_BYTES);
    for (int i = 0; i < sim.chat_count; i++) {
        const char *name = chat_name(sim.chats[i]);
        engine_place(&it.engine, name, i ? "!room:example.org" : "C1");
        engine_add(&it.engine, chat_adapter(sim.chats[i], cursor_of(name, &arena)));
    }
    it.stax = stax_new(virtual_loop(), NULL, &it.engine.inbox, &nothing,
                       it.config.policy.organisation);
    engine_add(&it.engine, it.stax);
    arena_done(&arena);
    return engine_start(&it.engine, lost.text, err);
}

bool process_start(void)
{
    struct err err = { "" };
    sim.epoch = ++sim.epochs;
    tell("B", "start");
    if (!put_together(&err)) {
        fprintf(stderr, "sim: seed %" PRIu64 ": the process does not start: %s\n", sim.seed,
                err.text);
        exit(2);
    }
    return true;
}

/* As the system does it: nothing is said, and what was not committed is gone. */
void process_kill(void)
{
    sim.epoch = 0;
    sim.in_bot = false;
    sim.dies_in = sim.dies_with_doing = 0;
    for (int i = 0; i < sim.chat_count; i++)
        chat_process_gone(sim.chats[i]);
    if (it.stax)
        it.stax->ops->stop(it.stax);
    it.stax = NULL;
    if (it.has_engine)
        engine_done(&it.engine);
    it.has_engine = false;
    virtual_forget_process();
    store_close(it.store);
    it.store = NULL;
}

/* ---- the records ---- */

static bool tell_record(void *arg, const struct journal_record *r, struct err *err)
{
    (void)arg, (void)err;
    tell("J", "%" PRIu64 "\t%" PRId64 "\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r->seq, r->at_ms, r->case_id,
         r->kind, r->actor, r->source, r->data, r->prev, r->hash);
    return true;
}

void process_end_of_story(void)
{
    struct err err = { "" };
    process_kill();
    struct store *store = store_open(it.folder, &err);
    if (!store || !store_each_record(store, 0, NULL, tell_record, NULL, &err))
        tell("J", "unreadable\t%s", err.text);
    store_close(store);
}
