/* SPDX-License-Identifier: Apache-2.0 */
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
#include "config/config_changes.h"
#include "engine/engine.h"
#include "store/shared_parts.h"
#include "store/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Of all of them, but for the folder. Only what was read last may be used, by a process that stands
   still what it had read before. */
enum { EDITIONS = 16 };
static struct config editions[EDITIONS], *config = &editions[0];
enum { KEPT_EVERY = 7 }; /* records: so few that many a start goes on from a kept desk */
static struct instance {
    struct store *store;
    struct engine engine;
    bool has_engine;
    struct adapter *stax;
    struct shared *shared;
    char instance[24];
    struct loop_timer lease_timer;
} its[PROCESSES];

static struct instance *it(void) { return &its[sim.me->no]; }

/* Its own for each run, and called the same in each: its name is part of what is said. */
static const char *const FOLDERS[PROCESSES] = { "state", "state2" };
static bool has_folders;

struct inbox *process_inbox(void) { return &it()->engine.inbox; }

const char *process_folder(void) { return FOLDERS[sim.me->no]; }

const struct people *process_people(void) { return &config->people; }

const struct policy *process_policy(void) { return &config->policy; }

/* ---- settings ---- */

static const char *const STEPS[] = { "0s 5m 15m 30m 1h", "0s 2m 10m 20m", "0s 5m 15m 30m 1h",
                                     "0s 1m 5m 30m" };

/* For a year: what is read seldom, since most of the time goes into reads (each poll is the same,
   and the stories of days have the frequent ones), and steps that reach far. */
static void add_policy_of_years(struct buf *ini, struct chance *c)
{
    static const char *const polls[] = { "1h", "1h", "6h", "6h", "6h", "1d", "1d", "1d" },
                             *const lifted[] = { "30m", "1h", "1h" },
                             *const steps[] = { "0s 15m 1h 6h 1d", "0s 1h 1d", "0s 1d 7d" },
                             *const zones[] = { "UTC", "Europe/Berlin", "America/New_York",
                                                "Australia/Lord_Howe" };
    const char *zone = zones[chance_below(c, COUNT(zones))];
    buf_addf(ini, "poll_idle = %s\npoll_lifted = %s\n", polls[chance_below(c, COUNT(polls))],
             lifted[chance_below(c, COUNT(lifted))]);
    buf_addf(ini, "[policy]\nmailbox_proof = off\non_deadline = %s\napprovals = 1\n",
             chance_percent(c, 40) ? "restore" : "remind");
    buf_addf(ini, "remind_overdue = %s\n", steps[chance_below(c, COUNT(steps))]);
    setenv("TZ", zone, 1);
    tzset();
}

/* What may be set, at its ends. */
static const char *const ENDS[] = { "approve_with = command",  "request_expires = 10s",
                                    "approve_with = reaction", "dead_man = required",
                                    "require_ticket = yes",    "warn_before = 0s",
                                    "approve_with = button",   "acts_per_day = 1",
                                    "remind_pending = 0s",     "dead_man = off" };

static void add_policy(struct buf *ini, struct chance *c)
{
    static const char *const polls[] = { "10m", "5m", "2m" };
    bool restores = chance_percent(c, 50);
    buf_addf(ini, "poll_idle = %s\n[policy]\nmailbox_proof = off\non_deadline = %s\n",
             polls[chance_below(c, COUNT(polls))], restores ? "restore" : "remind");
    buf_addf(ini, "approvals = %d\nremind_overdue = %s\n",
             sim.people_count > 3 && chance_percent(c, 20) ? 2 : 1,
             STEPS[chance_below(c, COUNT(STEPS))]);
    if (sim.seed % 4 == 3) /* a case leaves the desk as soon as it is closed */
        buf_add(ini, "watch_after = 0s\n");
    else if (sim.seed % 4 == 1)
        buf_addf(ini, "%s\n", ENDS[sim.seed / 4 % COUNT(ENDS)]);
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

/* Those that may be edited and that are judged by. */
static void tell_rules(void)
{
    const struct policy *p = &config->policy;
    tell("C", "on_deadline\t%s", p->on_deadline == DEADLINE_RESTORE ? "restore" : "remind");
    tell("C", "approvals\t%d", p->approvals);
}

static void tell_human(const struct human *h)
{
    tell("P", "%s\t%s\t%s\t%s\t%s", h->stax, h->key, h->mapped ? "mapped" : "unmapped", h->ids[0],
         h->ids[1]);
}

static void tell_settings(void)
{
    const struct policy *p = &config->policy;
    tell_rules();
    if (sim.kind == STORY_SHARED)
        tell("C", "shared\t1");
    tell("C", "poll_idle\t%" PRId64, p->poll_idle);
    tell("C", "verify_gap\t%" PRId64, p->verify_gap);
    tell("C", "approve_reaction\t%s", p->approve_reaction);
    add_durations("remind_overdue", &p->remind_overdue);
    for (size_t i = 0; i < sim.people_count; i++) {
        const struct human *h = &sim.people[i];
        tell_human(h);
        tell("R", "%s\t%s\t%s", h->stax, h->role, h->status);
        for (int c = 0; c < sim.chat_count; c++)
            if (h->ids[c][0])
                tell("I", "%s\t%u", h->ids[c], h->flags[c]);
    }
}

static void go_to_folder(void)
{
    char own[64];
    snprintf(own, sizeof own, "/dev/shm/reguard-sim-%ld", (long)getpid());
    if (mkdir(own, 0700) != 0 || chdir(own) != 0 || mkdir(FOLDERS[0], 0700) != 0 ||
        mkdir(FOLDERS[1], 0700) != 0) {
        perror(own);
        exit(2);
    }
    has_folders = true;
}

static void remove_files(const char *const *names, size_t count)
{
    char path[180];
    for (size_t f = 0; f < COUNT(FOLDERS); f++)
        for (size_t i = 0; i < count; i++) {
            snprintf(path, sizeof path, "%s/%s", FOLDERS[f], names[i]);
            unlink(path);
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

static const char TOKEN_FILE[] = "state/token";

const char *process_token_file(void) { return TOKEN_FILE; }

static void write_token(void)
{
    if (!has_folders)
        go_to_folder();
    int fd = open(TOKEN_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "token", 5) != 5 || close(fd) != 0) {
        perror(TOKEN_FILE);
        exit(2);
    }
}

/* The provider's and the policy's settings as this story begins with them; a rule that is edited
   stands behind those lines in place of the one of its name. */
static char drawn_rules[1024];

static void add_rules(struct buf *ini, const char *edit)
{
    size_t name = edit ? strcspn(edit, "=") + 1 : 0;
    for (const char *line = drawn_rules; *line; line += strcspn(line, "\n") + 1)
        if (!name || strncmp(line, edit, name) != 0)
            buf_addf(ini, "%.*s\n", (int)strcspn(line, "\n"), line);
    if (edit)
        buf_addf(ini, "%s\n", edit);
}

static void read_edition(const char *edit)
{
    CLEANUP(buf_done) struct buf ini = { 0 }, errors = { 0 };
    char path[160];
    buf_init(&ini, 16 * 1024);
    buf_init(&errors, 16 * 1024);
    buf_add(&ini, "[bot]\nstate_dir = /\n[slack]\napp_token_file = a\nbot_token_file = b\n"
                  "team = T1\nchannel = C1\n");
    if (sim.chat_count > 1)
        buf_add(&ini, "[matrix]\nhomeserver = https://matrix.example.org\naccess_token_file = c\n"
                      "user = @reguard:example.org\nroom = !room:example.org\n");
    buf_add(&ini, "[stax]\naccess_key_file = a\nsecret_key_file = b\n"
                  "organisation = 5c1d0000-0000-4000-8000-000000000000\n");
    add_rules(&ini, edit);
    add_people(&ini);
    size_t next = (size_t)(config - editions + 1) % EDITIONS;
    config = &editions[next];
    *config = (struct config){ 0 };
    memset(&editions[(next + 1) % EDITIONS], 0xa5, sizeof editions[0]);
    snprintf(path, sizeof path, "%s/reguard.conf", FOLDERS[0]);
    FILE *file = fopen(path, "w");
    if (!file || fputs(buf_text(&ini), file) < 0 || fclose(file) != 0 ||
        !config_read(path, kinds, config, &errors)) {
        fprintf(stderr, "sim: %s: %s\n", path, buf_text(&errors));
        exit(2);
    }
    STR_SET(config->policy.command_word, "/reguard");
}

void process_settings(void)
{
    CLEANUP(buf_done) struct buf drawn;
    write_token();
    static const char *const files[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm",
                                         "reserve" };
    remove_files(files, COUNT(files));
    setenv("TZ", "UTC", 1);
    tzset();
    buf_init(&drawn, sizeof drawn_rules);
    if (sim.kind == STORY_OF_YEARS)
        add_policy_of_years(&drawn, &sim.plan_chance);
    else
        add_policy(&drawn, &sim.plan_chance);
    STR_SET(drawn_rules, buf_text(&drawn));
    read_edition(NULL);
    tell_settings();
}

void process_clean_folder(void);
void process_clean_folder(void)
{
    static const char *const names[] = { "reguard.db",   "reguard.db-wal", "reguard.db-shm",
                                         "reguard.conf", "reserve",        "control",
                                         "lock",         "token" };
    char path[180];
    disk_forget_copies();
    if (!has_folders)
        return;
    remove_files(names, COUNT(names));
    snprintf(path, sizeof path, "/dev/shm/reguard-sim-%ld", (long)getpid());
    if (rmdir(FOLDERS[0]) != 0 || rmdir(FOLDERS[1]) != 0 || chdir("/") != 0 || rmdir(path) != 0)
        perror(path);
    has_folders = false;
}

/* ---- its life ---- */

static const char *cursor_of(const char *chat, struct arena *arena)
{
    return store_get(it()->store, arena_printf(arena, "cursor.%s", chat), arena);
}

static void put_rules(bool at_start)
{
    enum { RULES_BYTES = 64 * 1024 };
    struct engine_rules rules = { .at_start = at_start, .written_ms = sim.now_ms };
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, RULES_BYTES);
    config_rules_text(config, &text);
    rules.text = text.text;
    STR_SET(rules.file, "reguard.conf");
    STR_SET(rules.owner, "ops (uid 1000)");
    STR_SET(rules.owner_id, "1000");
    engine_put_rules(&it()->engine, &rules);
}

static bool put_together(struct err *err)
{
    struct arena arena;
    struct stax_client_options nothing = { 0 };
    struct err lost = { "" };
    it()->store = it()->shared ? store_open_shared(process_folder(), it()->shared, err)
                               : store_open_anyhow(process_folder(), &lost, err);
    if (it()->store && it()->shared)
        tell("B", "leads\t%" PRId64, lease_epoch(shared_lease(it()->shared)));
    if (!it()->store || !engine_init(&it()->engine, virtual_loop(), it()->store, &config->policy,
                                     &config->people, err))
        return false;
    it()->has_engine = true;
    it()->engine.kept.every = KEPT_EVERY;
    tell("B", "records\t%" PRIu64, it()->engine.desk->record);
    engine_use_commands(&it()->engine, command_table, command_table_count);
    static struct venue venues[COUNT(kinds)];
    for (size_t i = 0; kinds[i]; i++)
        venues[i] = *kinds[i]->venue;
    engine_use_venues(&it()->engine, &(struct venues){ venues, COUNT(kinds) - 1 });
    arena_init(&arena, LIMIT_ARENA_BYTES);
    for (int i = 0; i < sim.chat_count; i++) {
        const char *name = chat_name(sim.chats[i]);
        engine_place(&it()->engine, name, i ? "!room:example.org" : "C1");
        engine_add(&it()->engine, chat_adapter(sim.chats[i], cursor_of(name, &arena)));
    }
    it()->stax = stax_new(virtual_loop(), NULL, &it()->engine.inbox, &nothing,
                          config->policy.organisation);
    engine_add(&it()->engine, it()->stax);
    arena_done(&arena);
    if (!engine_start(&it()->engine, lost.text, err))
        return false;
    put_rules(true);
    return true;
}

/* ---- rules and people are edited while it runs ---- */

static const char *const EDITS[] = {
    "on_deadline = restore",   "on_deadline = remind",    "approve_with = command",
    "approve_with = reaction", "approve_with = button",   "request_expires = 10s",
    "dead_man = required",     "dead_man = off",          "require_ticket = yes",
    "acts_per_day = 1",        "remind_pending = 0s",     "warn_before = 0s",
    "watch_after = 0s",        "mailbox_proof = confirm", "min_window = 30m"
};

static void take_rules(void *arg)
{
    free(arg);
    if (!it()->has_engine)
        return;
    engine_reconfigure(&it()->engine, &config->policy, &config->people);
    chats_use_rules();
    put_rules(false);
}

static void use_edition(const char *edit)
{
    read_edition(edit);
    tell_rules();
    struct process *me = sim.me;
    for (size_t i = 0; i < PROCESSES; i++) {
        sim.me = &sim.processes[i]; /* whose event it is */
        if (sim.me->epoch)
            later(sim.now_ms, sim.me->epoch, take_rules, NULL);
    }
    sim.me = me;
}

void process_edit_rules(struct chance *c)
{
    struct human *h = &sim.people[chance_below(c, sim.people_count)];
    size_t mapped = 0;
    for (size_t i = 0; i < sim.people_count; i++)
        mapped += sim.people[i].mapped;
    if (chance_percent(c, 40) && (!h->mapped || mapped > 2)) {
        h->mapped = !h->mapped;
        tell_human(h);
    }
    uint64_t what = chance_below(c, 100);
    use_edition(what < 25   ? NULL
                : what < 40 ? "approvals = 1"
                : what < 60 ? "approvals = 2"
                            : EDITS[chance_below(c, COUNT(EDITS))]);
}

void process_put_rules_right(void)
{
    for (size_t i = 0; i < 2; i++)
        if (!sim.people[i].mapped) {
            sim.people[i].mapped = true;
            tell_human(&sim.people[i]);
        }
    use_edition(NULL);
}

/* ---- where the records are shared: as bot/cli/standby.c does it ---- */

_Noreturn void process_ends_itself(void)
{
    tell("B", "ends");
    sim.me->down_for_ms = chance_between(&sim.world, MS_SECOND, 10 * MS_SECOND);
    longjmp(sim.death, 1);
}

static void look_at_lease(void *arg)
{
    struct instance *i = arg;
    if (lease_is_lost(shared_lease(i->shared)))
        process_ends_itself();
    loop_timer_set(virtual_loop(), &i->lease_timer, MS_SECOND);
}

static void try_to_lead(void *arg)
{
    struct instance *i = arg;
    struct err err = { "" };
    bool hopeless = false;
    if (!i->shared)
        i->shared = shared_open("postgresql://db.example.com/reguard", "", i->instance, &hopeless,
                                &err);
    if (!i->shared || !shared_take(i->shared, &err)) {
        loop_timer_set(virtual_loop(), &i->lease_timer, LEASE_RETRY_MS);
        return;
    }
    bool leads = put_together(&err);
    if (!leads && !i->store && shared_is_unheard(i->shared)) {
        loop_timer_set(virtual_loop(), &i->lease_timer, LEASE_RETRY_MS);
        return;
    }
    if (!leads)
        process_ends_itself();
    i->lease_timer.fired = look_at_lease;
    loop_timer_set(virtual_loop(), &i->lease_timer, MS_SECOND);
}

static void stand_by(void)
{
    snprintf(it()->instance, sizeof it()->instance, "host%d", sim.me->no + 1);
    it()->lease_timer = (struct loop_timer){ .fired = try_to_lead, .arg = it() };
    loop_timer_set(virtual_loop(), &it()->lease_timer, 0);
}

/* The lease is not given back: it runs out. */
static void let_go_of_shared(void)
{
    struct shared *s = it()->shared;
    it()->shared = NULL;
    database_process_gone();
    if (!s)
        return;
    lease_free(s->lease, NULL);
    s->lease = NULL;
    shared_close(s);
}

bool process_start(void)
{
    struct err err = { "" };
    sim.me->epoch = ++sim.epochs;
    sim.me->ran = true;
    tell("B", "start");
    if (sim.kind == STORY_SHARED) {
        stand_by();
        return true;
    }
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
    sim.me->epoch = 0;
    sim.in_bot = false;
    sim.me->dies_in = sim.me->dies_with_doing = 0;
    for (int i = 0; i < sim.chat_count; i++)
        chat_process_gone(sim.chats[i]);
    if (it()->stax)
        it()->stax->ops->stop(it()->stax);
    it()->stax = NULL;
    if (it()->has_engine)
        engine_done(&it()->engine);
    it()->has_engine = false;
    virtual_forget_process();
    store_close(it()->store);
    it()->store = NULL;
    if (sim.kind == STORY_SHARED)
        let_go_of_shared();
}

void process_end(void)
{
    if (sim.me->gone || !sim.me->ran)
        return;
    sim.me->gone = true;
    if (sim.me->epoch)
        process_kill();
    tell("B", "ended");
}

static void accept_records(void *arg)
{
    free(arg);
    if (!it()->engine.desk->doubt.stands)
        return;
    struct event *e = inbox_new(process_inbox(), EVENT_STORE_ACCEPTED, "");
    e->order_reason = "these are the ones";
    inbox_put(process_inbox(), e);
}

void process_accept(void)
{
    if (sim.me->epoch)
        later(sim.now_ms, sim.me->epoch, accept_records, NULL);
}

/* ---- the records ---- */

static bool tell_record(void *arg, const struct journal_record *r, struct err *err)
{
    (void)arg, (void)err;
    tell("J", "%" PRIu64 "\t%" PRId64 "\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r->seq, r->at_ms, r->case_id,
         r->kind, r->actor, r->source, r->data, r->prev, r->hash);
    return true;
}

/* ---- how much is held ---- */

static size_t held_bytes(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

/* What a process that begins anew on the same records does not hold has grown for nothing. */
void process_measure(void)
{
    enum { GROWN_MUCH = 512 * 1024 };
    struct stat file;
    char path[160];
    size_t evidence = sim.evidence.bytes, held, anew;
    if (!sim.me->epoch || !it()->has_engine)
        return;
    uint64_t records = it()->engine.desk->record;
    held = held_bytes();
    process_kill();
    process_start();
    virtual_run(sim.now_ms + 10 * MS_MINUTE);
    anew = held_bytes() - (sim.evidence.bytes - evidence);
    /* In steps, because the heap of this program is not the same each time. */
    tell("z", "memory\t%zu", held > anew ? (held - anew) / GROWN_MUCH : 0);
    snprintf(path, sizeof path, "%s/reguard.db", process_folder());
    if (stat(path, &file) == 0)
        tell("z", "store\t%lld\t%" PRIu64, (long long)file.st_size, records);
}

static void tell_records(void)
{
    struct err err = { "" };
    struct store *store = store_open(process_folder(), &err);
    if (!store || !store_each_record(store, 0, NULL, tell_record, NULL, &err))
        tell("J", "unreadable\t%s", err.text);
    store_close(store);
}

void process_end_of_story(void)
{
    for (int i = 0; i < PROCESSES; i++) {
        sim.me = &sim.processes[i];
        if (!sim.me->ran)
            continue;
        if (sim.me->epoch)
            process_kill();
        if (sim.kind != STORY_SHARED)
            tell_records();
    }
    sim.me = &sim.processes[0];
    if (sim.kind == STORY_SHARED)
        database_tell_records();
}
