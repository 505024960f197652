/* SPDX-License-Identifier: Apache-2.0 */
/* The engine with a chat that only writes down what it is told: what a turn takes, what is refused
   and when, and that an event which leads to more than fits costs only itself. */
#include "commands/parts.h"
#include "cli/kinds.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_config.h"

#include "core/turn.h"
#include "core/command.h"
#include "core/request.h"
#include "port/adapter.h"
#include "config/config.h"
#include "engine/engine.h"
#include "store/store.h"

#include <sqlite3.h>
#include <unistd.h>

static struct loop *loop;
static struct store *store;
static struct engine engine;
static struct config config;
static struct err err;

/* ---- clocks that can be set, and stand still ---- */

static ms_t wall_ahead_ms, stopped_at_ms; /* 0: they go */
ms_t __real_clock_wall_ms(void);
ms_t __real_clock_monotonic_ms(void);
ms_t __wrap_clock_wall_ms(void);
ms_t __wrap_clock_monotonic_ms(void);

ms_t __wrap_clock_wall_ms(void)
{
    return (stopped_at_ms ? stopped_at_ms : __real_clock_wall_ms()) + wall_ahead_ms;
}

ms_t __wrap_clock_monotonic_ms(void)
{
    static ms_t was_ms;
    return was_ms = stopped_at_ms ? was_ms : __real_clock_monotonic_ms();
}

/* ---- a chat ---- */

static struct {
    size_t acknowledged, answers, posts, forms;
    size_t told_too_much;
    size_t file_lines; /* records in the file of the last answer that had one */
    char file_end[128];
    char answer[LIMIT_ANSWER_BYTES];
    char person[32], thread[32]; /* whom it is for, and where */
    bool takes;                  /* answers arrive, and forms open, at once */
    sqlite3 *disk;               /* another look at the store's file, when there is one */
    size_t too_early;            /* acknowledged, or answered, and not on the disk */
    char post[LIMIT_ANSWER_BYTES];
    const char *wait_for; /* the loop ends once an event with that id is acknowledged */
    unsigned char drawn[16][ENTROPY_BYTES]; /* of the first ones acknowledged */
} seen;

static void demand_on_disk(const char *id)
{
    sqlite3_stmt *st = NULL;
    if (!seen.disk)
        return;
    assert_int_equal(sqlite3_prepare_v2(seen.disk, "SELECT 1 FROM inbox WHERE event_id = ?1", -1,
                                        &st, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
    seen.too_early += sqlite3_step(st) != SQLITE_ROW;
    sqlite3_finalize(st);
}

static bool chat_start(struct adapter *a, struct err *e)
{
    (void)a, (void)e;
    return true;
}

static void note_file(const struct effect_file *file)
{
    if (!file)
        return;
    seen.file_lines = 0;
    for (const char *at = file->text; (at = strstr(at, " UTC  #")); at++)
        seen.file_lines++;
    size_t bytes = strlen(file->text), end = sizeof seen.file_end - 1;
    STR_SET(seen.file_end, file->text + (bytes > end ? bytes - end : 0));
}

static bool chat_perform(struct adapter *a, const struct effect *effect, struct err *e)
{
    (void)a;
    if (effect->kind == EFFECT_ANSWER) {
        seen.answers++;
        STR_SET(seen.answer, effect->answer.text);
        STR_SET(seen.person, effect->answer.person_id);
        STR_SET(seen.thread, effect->answer.thread_id);
        inbox_answered(&engine.inbox, seen.takes ? effect->id : 0);
        demand_on_disk(seen.wait_for);
        note_file(effect->answer.file);
        if (strstr(effect->answer.text, "more than I can do at once"))
            seen.told_too_much++;
    }
    if (effect->kind == EFFECT_FORM) {
        seen.forms++;
        inbox_answered(&engine.inbox, seen.takes ? effect->id : 0);
    }
    if (effect->kind == EFFECT_DELIVER) {
        seen.posts++;
        STR_SET(seen.post, effect->deliver.body);
    }
    return effect->kind == EFFECT_ANSWER || effect->kind == EFFECT_FORM ||
           effect->kind == EFFECT_CATCH_UP || err_set(e, "not here");
}

static void chat_acknowledge(struct adapter *a, const struct event *ev)
{
    (void)a;
    if (seen.acknowledged < COUNT(seen.drawn))
        memcpy(seen.drawn[seen.acknowledged], ev->entropy, ENTROPY_BYTES);
    seen.acknowledged++;
    demand_on_disk(ev->id);
    if (str_equal(ev->id, seen.wait_for))
        loop_stop(loop);
}

static bool chat_render(const struct adapter *a, const struct message *m, struct buf *out,
                        struct err *e)
{
    (void)a, (void)e;
    buf_add(out, m->text);
    return true;
}

static void chat_renew(struct adapter *a, struct adapter_credentials *c) { (void)a, (void)c; }

static void chat_stop(struct adapter *a) { (void)a; }

static const struct adapter_ops ops = { "slack",      ADAPTER_CHAT,     chat_start,
                                        chat_perform, chat_acknowledge, chat_render,
                                        chat_renew,   .stop = chat_stop };
static struct adapter chat = { &ops };

/* ---- a command that leads to more than fits ---- */

static bool read_nothing(const struct desk *d, struct words *w, struct request *r, struct err *e)
{
    (void)d, (void)w, (void)r, (void)e;
    return true;
}

static unsigned needs_nothing(const struct desk *d, const struct request *r)
{
    (void)d, (void)r;
    return 0;
}

static bool boom(const struct desk *d, const struct asker *a, const struct request *r,
                 struct verdict *v)
{
    (void)d, (void)a, (void)r;
    for (int i = 0; i <= LIMIT_VERDICT_FACTS; i++)
        verdict_fact(v, FACT_NOTED, 0)->text = "boom";
    return true;
}

static const struct command command_boom = {
    .name = "boom", .read = read_nothing, .needs = needs_nothing, .decide = boom
};
static const struct command *const only_boom[] = { &command_boom };

/* One whose answer belongs to what was said before it, as when somebody waited for it. */
static bool answer_the_first(const struct desk *d, const struct asker *a, const struct request *r,
                             struct verdict *v)
{
    (void)d, (void)a, (void)r;
    struct effect *e = verdict_effect(v, EFFECT_ANSWER);
    e->chat = "slack";
    e->answer =
        (struct effect_answer){ .person_id = "UADA1", .event_id = "first", .text = "at last" };
    return true;
}

static const struct command command_late = {
    .name = "late", .read = read_nothing, .needs = needs_nothing, .decide = answer_the_first
};
static const struct command *const only_late[] = { &command_late };

/* ---- the rig ---- */

static int set_up(void **state)
{
    (void)state;
    unit_read_config(&config);
    memset(&seen, 0, sizeof seen);
    wall_ahead_ms = 0;
    loop = loop_new(&err);
    store = store_open_in_memory(&err);
    if (!loop || !store || !engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    engine_use_commands(&engine, command_table, command_table_count);
    engine_add(&engine, &chat);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    engine_done(&engine);
    store_close(store);
    loop_free(loop);
    return 0;
}

static const char *who = "UADA1"; /* says it */
static const char *trigger;       /* with which a form can be opened; NULL: none */

/* False when the inbox refuses it. */
static bool say(const char *id, const char *text)
{
    struct arena *arena = inbox_arena(&engine.inbox);
    struct event *e = inbox_new(&engine.inbox, EVENT_SAID, "slack");
    e->id = arena_copy(arena, id);
    e->actor = (struct event_actor){ .id = arena_copy(arena, who) };
    e->place = PLACE_CHANNEL;
    e->thread_id = "thread";
    e->message_id = e->id;
    e->trigger = trigger;
    e->said = (struct event_said){ .text = arena_copy(arena, text) };
    return inbox_put(&engine.inbox, e);
}

static void put_chat_up(void)
{
    struct event *e = inbox_new(&engine.inbox, EVENT_CHAT_UP, "slack");
    e->error = "";
    assert_true(inbox_put(&engine.inbox, e));
}

static void run_until(const char *id)
{
    seen.wait_for = id;
    assert_true(loop_run(loop));
}

/* ---- a disk on which nothing can be written any more ---- */

static sqlite3_vfs full;
static struct {
    sqlite3_io_methods methods;
    const sqlite3_io_methods *of_system;
} kinds_of_files[4];
static bool is_full, lasts_not; /* writes fail; nothing that is written can be made to last */

static int write_or_not(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 at)
{
    return is_full ? SQLITE_FULL : kinds_of_files[0].of_system->xWrite(f, bytes, count, at);
}

static int sync_or_not(sqlite3_file *f, int flags)
{
    return lasts_not ? SQLITE_IOERR_FSYNC : kinds_of_files[0].of_system->xSync(f, flags);
}

static int open_full(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret)
{
    sqlite3_vfs *of_system = vfs->pAppData;
    int code = of_system->xOpen(of_system, name, f, flags, ret);
    size_t i = 0;
    if (code != SQLITE_OK || !f->pMethods)
        return code;
    while (kinds_of_files[i].of_system && kinds_of_files[i].of_system != f->pMethods && i < 3)
        i++;
    kinds_of_files[i].of_system = f->pMethods;
    kinds_of_files[i].methods = *f->pMethods;
    kinds_of_files[i].methods.xWrite = write_or_not;
    kinds_of_files[i].methods.xSync = sync_or_not;
    f->pMethods = &kinds_of_files[i].methods;
    return code;
}

static void use_disk_that_fills_up(void)
{
    sqlite3_vfs *of_system = sqlite3_vfs_find(NULL);
    full = *of_system;
    full.zName = "full";
    full.pAppData = of_system;
    full.xOpen = open_full;
    assert_int_equal(sqlite3_vfs_register(&full, 1), SQLITE_OK);
}

/* ---- tests ---- */

static void remove_folder(const char *dir)
{
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm",
                                         "reserve", "lock" };
    char path[64];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void a_turn_takes_no_more_than_its_share(void **state)
{
    (void)state;
    char id[32] = "";
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "m%d", i);
        assert_true(say(id, "whoami"));
    }
    run_until(id);
    assert_int_equal(seen.acknowledged, 2000);
    assert_int_equal(engine.turns, (2000 + LIMIT_TURN_EVENTS - 1) / LIMIT_TURN_EVENTS);
    assert_true(engine.work.total_bytes <= LIMIT_TURN_BYTES);
}

/* Codes and handles are made of it. */
static void each_event_has_randomness_of_its_own(void **state)
{
    (void)state;
    static const unsigned char nothing[ENTROPY_BYTES];
    char id[32];
    for (size_t i = 0; i < COUNT(seen.drawn); i++) {
        snprintf(id, sizeof id, "m%zu", i);
        assert_true(say(id, "whoami"));
    }
    run_until(id);
    for (size_t i = 0; i < COUNT(seen.drawn); i++) {
        assert_memory_not_equal(seen.drawn[i], nothing, ENTROPY_BYTES);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(seen.drawn[i], seen.drawn[k], ENTROPY_BYTES);
    }
    for (size_t i = engine.drawn_left; i < ENGINE_DRAWN; i++)
        assert_memory_equal(engine.drawn[i], nothing, ENTROPY_BYTES);
}

static size_t events_when_its_timer_fires(void)
{
    size_t before = inbox_count(&engine.inbox);
    engine.due_timer.fired(engine.due_timer.arg);
    return inbox_count(&engine.inbox) - before;
}

/* Once a minute it looks at its clock, and does nothing more where nothing is due by then. */
static void nothing_is_done_where_nothing_is_due(void **state)
{
    (void)state;
    assert_true(say("m1", "whoami"));
    run_until("m1");
    engine.due_ms = MS_NEVER;
    assert_int_equal(events_when_its_timer_fires(), 0);
    wall_ahead_ms = 2 * MS_MINUTE;
    assert_int_equal(events_when_its_timer_fires(), 0);
    engine.due_ms = clock_wall_ms();
    assert_int_equal(events_when_its_timer_fires(), 1);
}

/* What was added to the store is looked through after a minute; what is in it after an hour, and
   after up to six while there is nothing to forget. */
static void what_is_forgotten_some_day_is_looked_through(void **state)
{
    (void)state;
    assert_true(say("m1", "whoami"));
    run_until("m1");
    engine.due_ms = MS_NEVER;
    wall_ahead_ms = MS_HOUR - MS_SECOND;
    assert_int_equal(events_when_its_timer_fires(), 0);
    wall_ahead_ms = 6 * MS_HOUR + MS_SECOND;
    assert_int_equal(events_when_its_timer_fires(), 1);
    assert_true(say("m2", "whoami"));
    run_until("m2");
    assert_true(say("m3", "whoami"));
    run_until("m3");
    engine.due_ms = MS_NEVER;
    assert_int_equal(events_when_its_timer_fires(), 0);
    wall_ahead_ms += MS_MINUTE + MS_SECOND;
    assert_int_equal(events_when_its_timer_fires(), 1);
}

/* What the service forgets once it is acknowledged, and what is acted on, can be read from the file
   by anybody else. */
static void what_is_acknowledged_is_on_the_disk(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX", path[64];
    tear_down(state);
    assert_non_null(mkdtemp(dir));
    loop = loop_new(&err);
    assert_non_null(store = store_open(dir, &err));
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    engine_use_commands(&engine, command_table, command_table_count);
    engine_add(&engine, &chat);
    snprintf(path, sizeof path, "%s/reguard.db", dir);
    assert_int_equal(sqlite3_open(path, &seen.disk), SQLITE_OK);
    assert_true(say("first", "help"));
    run_until("first");
    assert_true(say("second", "lift bakery task other because month end"));
    run_until("second");
    assert_int_equal(seen.acknowledged, 2);
    assert_int_equal(seen.answers, 1);
    assert_int_equal(seen.too_early, 0);
    sqlite3_close(seen.disk);
    seen.disk = NULL;
    remove_folder(dir);
}

/* Services bring an event again, also after a start: it has its answer once more, and no effect. */
static void a_repeat_has_its_answer_and_no_effect(void **state)
{
    (void)state;
    char answer[LIMIT_ANSWER_BYTES];
    assert_true(say("first", "help"));
    run_until("first");
    STR_SET(answer, seen.answer);
    assert_true(say("lift", "lift bakery task other because month end"));
    run_until("lift");
    size_t waiting = engine.desk->inquiry_count;
    assert_int_equal(waiting, 1);
    assert_true(say("lift", "lift bakery task other because month end"));
    run_until("lift");
    assert_int_equal(engine.desk->inquiry_count, waiting);
    seen.answer[0] = '\0';
    assert_true(say("first", "another text"));
    run_until("first");
    assert_string_equal(seen.answer, answer);
}

/* ---- a case that has left the desk ---- */

/* With so many records, of as many words each. */
static void put_filed(uint32_t no, size_t records, size_t words)
{
    char id[CASE_ID_BYTES], reason[LIMIT_REASON_BYTES] = "";
    struct arena arena;
    struct case_row row = { .asked_ms = 1, .closed_ms = 1 };
    struct fact f = { .kind = FACT_ASKED,
                      .at_ms = clock_wall_ms(),
                      .case_no = no,
                      .actor = { "u-ada", "slack", "UADA1", "Ada", "ada@example.com" },
                      .account = "222222222222",
                      .account_name = "bakery",
                      .handle = "filed",
                      .reason = reason };
    arena_init(&arena, LIMIT_ARENA_BYTES);
    memset(reason, 'x', words);
    for (size_t i = 0; i < records; i++) {
        assert_true(store_append(store, &f, &arena, &err));
        f.kind = FACT_REMINDED;
        f.verb = "overdue";
        f.count = (int64_t)i;
    }
    case_id_text(no, id);
    STR_SET(row.case_id, id);
    STR_SET(row.state, "withdrawn");
    STR_SET(row.account_name, "bakery");
    STR_SET(row.account, "222222222222");
    assert_true(store_put_case(store, &row, &err));
    arena_done(&arena);
}

/* Others wait for the turn: what would take too long is told by its row, with where all of it is.
 */
static void a_case_of_very_many_records_is_told_by_its_row(void **state)
{
    (void)state;
    put_filed(7, LIMIT_FILED_RECORDS, 10);
    put_filed(8, LIMIT_FILED_RECORDS + 1, 10);
    assert_true(say("one", "show G-0007"));
    run_until("one");
    assert_non_null(strstr(seen.answer, "bakery (222222222222)"));
    assert_null(strstr(seen.answer, "this is all that I can tell"));
    assert_true(say("two", "show G-0008 full"));
    run_until("two");
    assert_non_null(strstr(seen.answer, "G-0008 · withdrawn · bakery (222222222222)"));
    assert_non_null(strstr(seen.answer, "It has 257 records, more than I read while others wait"));
    assert_non_null(strstr(seen.answer, "reguard audit explain G-0008"));
    assert_int_equal(seen.file_lines, 0);
}

/* What has no room in the file is counted. */
static void a_file_says_how_many_records_it_lacks(void **state)
{
    (void)state;
    char more[64];
    put_filed(7, 4, 200);
    put_filed(8, LIMIT_FILED_RECORDS, 200);
    assert_true(say("one", "show G-0007 full"));
    run_until("one");
    assert_int_equal(seen.file_lines, 4);
    assert_null(strstr(seen.file_end, "have no room"));
    assert_true(say("two", "show G-0008 full"));
    run_until("two");
    assert_in_range(seen.file_lines, 100, LIMIT_FILED_RECORDS - 1);
    snprintf(more, sizeof more, "\n%zu more have no room here.\n",
             LIMIT_FILED_RECORDS - seen.file_lines);
    assert_non_null(strstr(seen.file_end, more));
}

/* ---- who asked is answered, also by the next process ---- */

static void begin_process(const char *dir)
{
    loop = loop_new(&err);
    assert_non_null(store = store_open(dir, &err));
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    engine_use_commands(&engine, command_table, command_table_count);
    engine_add(&engine, &chat);
    seen.answers = 0;
}

/* In a folder of its own, in place of the store in memory. */
static void begin_anew(void **state, char *dir)
{
    tear_down(state);
    assert_non_null(mkdtemp(dir));
    begin_process(dir);
}

/* Nobody is to hear anything of it. */
static void pass_by(const char *id)
{
    struct event *e = inbox_new(&engine.inbox, EVENT_IGNORED, "slack");
    e->id = id;
    assert_true(inbox_put(&engine.inbox, e));
    run_until(id);
}

/* It is killed and started again, and the chat comes up. Returns how many answers that brings. */
static size_t die_and_begin(const char *dir, const char *id)
{
    tear_down(NULL);
    begin_process(dir);
    put_chat_up();
    pass_by(id);
    return seen.answers;
}

static void ask(const char *id)
{
    assert_true(say(id, "help"));
    run_until(id);
}

static void who_was_not_answered_is_answered_by_the_next_process(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX", first[LIMIT_ANSWER_BYTES];
    begin_anew(state, dir);
    ask("m1");
    STR_SET(first, seen.answer);
    assert_int_equal(die_and_begin(dir, "x1"), 1);
    assert_non_null(strstr(seen.answer, "I was restarted meanwhile"));
    assert_memory_equal(seen.answer, first, strlen(first));
    assert_string_equal(seen.person, "UADA1");
    assert_string_equal(seen.thread, "thread");
    /* Once in a process, and again in the next as long as it does not arrive. */
    put_chat_up();
    pass_by("x2");
    assert_int_equal(seen.answers, 1);
    seen.takes = true;
    assert_int_equal(die_and_begin(dir, "x3"), 1);
    engine_put_arrived(&engine);
    assert_int_equal(die_and_begin(dir, "x4"), 0);
    remove_folder(dir);
}

/* That an answer has arrived is written with the next one, or at the end. */
static void what_has_arrived_is_not_given_again(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    begin_anew(state, dir);
    seen.takes = true;
    ask("m1");
    wall_ahead_ms += MS_SECOND;
    ask("m2");
    seen.takes = false;
    wall_ahead_ms += MS_SECOND;
    ask("m3");
    wall_ahead_ms += MS_SECOND;
    assert_int_equal(die_and_begin(dir, "x1"), 1);
    /* One that does not arrive holds up the mark: rather twice than never. */
    ask("m4");
    seen.takes = true;
    wall_ahead_ms += MS_SECOND;
    ask("m5");
    wall_ahead_ms += MS_SECOND;
    ask("m6");
    wall_ahead_ms += MS_SECOND;
    assert_int_equal(die_and_begin(dir, "x2"), 4);
    wall_ahead_ms += MS_SECOND;
    engine_put_arrived(&engine);
    assert_int_equal(die_and_begin(dir, "x3"), 0);
    remove_folder(dir);
}

/* An answer, its arrival and what is written of it, all within one millisecond. */
static void what_arrives_at_once_is_not_given_again(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    begin_anew(state, dir);
    ms_t now_ms = engine_now_ms(&engine);
    stopped_at_ms = now_ms + MS_SECOND;
    seen.takes = true;
    ask("m1");
    engine_put_arrived(&engine);
    assert_int_equal(engine_now_ms(&engine), stopped_at_ms);
    stopped_at_ms += MS_SECOND;
    assert_int_equal(die_and_begin(dir, "x1"), 0);
    /* Nor is what is written behind it taken for one that has arrived. */
    ask("m2");
    engine_put_arrived(&engine);
    seen.takes = false;
    ask("m3");
    assert_int_equal(engine_now_ms(&engine), stopped_at_ms);
    stopped_at_ms += MS_SECOND;
    assert_int_equal(die_and_begin(dir, "x2"), 1);
    stopped_at_ms = 0;
    remove_folder(dir);
}

/* Also where nothing else is written: a process that dies again and again says it once more, and
   not at each start. */
static void what_has_arrived_is_written_in_a_moment(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    begin_anew(state, dir);
    seen.takes = true;
    ask("m1");
    assert_int_equal(events_when_its_timer_fires(), 0);
    wall_ahead_ms += 3 * MS_SECOND;
    assert_int_equal(events_when_its_timer_fires(), 1);
    pass_by("m2");
    wall_ahead_ms += 3 * MS_SECOND;
    assert_int_equal(events_when_its_timer_fires(), 0);
    assert_int_equal(die_and_begin(dir, "x1"), 0);
    ask("m3");
    assert_int_equal(die_and_begin(dir, "x2"), 1);
    wall_ahead_ms += 3 * MS_SECOND;
    assert_int_equal(events_when_its_timer_fires(), 1);
    pass_by("m4");
    assert_int_equal(die_and_begin(dir, "x3"), 0);
    remove_folder(dir);
}

static void an_old_answer_is_not_given_but_told_of(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    begin_anew(state, dir);
    ask("m1");
    wall_ahead_ms = 6 * MS_MINUTE;
    assert_int_equal(die_and_begin(dir, "x1"), 1);
    assert_non_null(strstr(seen.answer, "please ask again"));
    wall_ahead_ms = MS_DAY + MS_MINUTE;
    assert_int_equal(die_and_begin(dir, "x2"), 0);
    remove_folder(dir);
}

static void ask_for_form(const char *id)
{
    trigger = "trigger";
    assert_true(say(id, "lift"));
    run_until(id);
    trigger = NULL;
}

/* Its trigger is gone with the process, so that what it asks for is said; and not to a repeat,
   which comes while it may be open. */
static void a_form_that_did_not_open_is_told_of_by_the_next_process(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    begin_anew(state, dir);
    ask_for_form("m1");
    ask_for_form("m1");
    assert_int_equal(seen.forms, 1);
    assert_int_equal(seen.answers, 0);
    assert_int_equal(die_and_begin(dir, "x1"), 1);
    assert_non_null(strstr(seen.answer, "If it has not opened, please ask again."));
    assert_non_null(strstr(seen.answer, "Still missing: the account"));
    assert_string_equal(seen.person, "UADA1");
    wall_ahead_ms = 6 * MS_MINUTE;
    assert_int_equal(die_and_begin(dir, "x2"), 1);
    assert_non_null(strstr(seen.answer, "a form was to open for you at"));
    assert_null(strstr(seen.answer, "Still missing"));
    seen.takes = true;
    assert_int_equal(die_and_begin(dir, "x3"), 1);
    ask_for_form("m2");
    pass_by("x4");
    engine_put_arrived(&engine);
    assert_int_equal(die_and_begin(dir, "x5"), 0);
    remove_folder(dir);
}

/* What became of a request is shown in the form that asked for it, while it is open. */
static void what_an_open_form_was_to_show_is_given_as_an_answer(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    begin_anew(state, dir);
    struct event *e = inbox_new(&engine.inbox, EVENT_SUBMITTED, "slack");
    e->id = "s1";
    e->actor = (struct event_actor){ .id = who };
    e->submitted = (struct event_submitted){ .form = "lift",
                                             .view = "V1",
                                             .handle = "",
                                             .account = "bakery",
                                             .duration = "",
                                             .task = "other",
                                             .ticket = "",
                                             .reason = "month end" };
    assert_true(inbox_put(&engine.inbox, e));
    run_until("s1");
    wall_ahead_ms = 6 * MS_MINUTE; /* Stax has not been heard of */
    assert_int_equal(events_when_its_timer_fires(), 1);
    pass_by("x0");
    assert_int_equal(seen.forms, 1);
    assert_int_equal(die_and_begin(dir, "x1"), 1);
    assert_non_null(strstr(seen.answer, "I was restarted meanwhile"));
    remove_folder(dir);
}

/* However many have nobody's answer: what is kept, and what is given, has a ceiling. */
static void no_more_are_given_than_the_ceiling(void **state)
{
    char dir[] = "/tmp/reguard-engine-XXXXXX", id[32];
    begin_anew(state, dir);
    for (int i = 0; i < 3 * LIMIT_ANSWERS_OWED; i++) {
        snprintf(id, sizeof id, "m%d", i);
        who = id;
        assert_true(say(id, "help"));
    }
    run_until(id);
    who = "UADA1";
    assert_true(engine.debts.count <= LIMIT_ANSWERS_OWED);
    assert_int_equal(die_and_begin(dir, "x1"), LIMIT_ANSWERS_GIVEN);
    /* What its chat has not taken for long is nobody's any more. */
    wall_ahead_ms = MS_HOUR;
    ask("m-late");
    assert_int_equal(engine.debts.count, 1);
    remove_folder(dir);
}

/* Deadlines and waits go by time that passes, however the wall clock is set; and what was written
   down is in the past after a start. */
static void a_clock_that_is_set_moves_no_deadline(void **state)
{
    (void)state;
    ms_t before = engine_now_ms(&engine);
    wall_ahead_ms = -3 * MS_HOUR;
    ms_t set_back = engine_now_ms(&engine);
    assert_true(set_back >= before && set_back - before < MS_HOUR);
    assert_true(say("first", "lift bakery task other because month end"));
    run_until("first");
    assert_true(engine.desk->inquiries[0].at_ms >= before);
    wall_ahead_ms = 0;
    assert_true(engine_now_ms(&engine) >= set_back);
}

/* The engine's time at its start, when the newest record is that far ahead of the wall clock. */
static ms_t begins_ahead_ms(ms_t ahead_ms)
{
    struct arena arena;
    struct fact f = { .kind = FACT_NOTED, .at_ms = clock_wall_ms() + ahead_ms, .text = "x" };
    tear_down(NULL);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    loop = loop_new(&err);
    assert_non_null(store = store_open_in_memory(&err));
    assert_true(store_append(store, &f, &arena, &err) && store_commit(store, &err));
    arena_done(&arena);
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    return engine_now_ms(&engine) - clock_wall_ms();
}

/* Time goes on from the newest record; but for one of a clock that was far off, which would be in
   force for ever. */
static void a_record_of_a_wrong_year_does_not_set_the_time(void **state)
{
    (void)state;
    ms_t ahead_ms = begins_ahead_ms(20 * MS_HOUR);
    assert_true(ahead_ms > 19 * MS_HOUR && ahead_ms <= 20 * MS_HOUR);
    assert_true(begins_ahead_ms(400 * MS_DAY) < MS_HOUR);
}

/* What is put while a long batch is handled is not forgotten behind it. */
static void the_next_batch_follows_by_itself(void **state)
{
    (void)state;
    char id[32];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 600; i++) {
            snprintf(id, sizeof id, "r%d.%d", round, i);
            assert_true(say(id, "help"));
        }
        snprintf(id, sizeof id, "r%d.0", round);
        run_until(id);
    }
    run_until("r2.599");
    assert_int_equal(seen.acknowledged, 1800);
}

static void too_many_are_refused_and_results_never(void **state)
{
    (void)state;
    char id[32];
    for (int i = 0; i < LIMIT_INBOX_EVENTS; i++) {
        snprintf(id, sizeof id, "m%d", i);
        assert_true(say(id, "x"));
    }
    assert_true(inbox_is_full(&engine.inbox));
    assert_false(say("one more", "x"));
    for (int i = 0; i < 3 * LIMIT_INBOX_EVENTS; i++)
        assert_true(inbox_put(&engine.inbox, inbox_new(&engine.inbox, EVENT_DUE, "")));
    run_until(id);
    assert_int_equal(engine.inbox.dropped, 1);
    assert_true(say("again", "x"));
    run_until("again");
}

/* Gives the number of those that found a place. */
static int fill_inbox(const char *prefix)
{
    char id[32];
    int n = 0;
    for (bool fits = true; fits && n < 2 * LIMIT_INBOX_EVENTS; n += fits) {
        snprintf(id, sizeof id, "%s%d", prefix, n);
        fits = say(id, "x");
    }
    return n;
}

/* Ada's reaction was taken away while the chat could not be heard; nobody would bring that again.
 */
static void a_vote_that_is_gone_is_heard_of_however_much_waits(void **state)
{
    (void)state;
    struct vote_row stands = { "slack", "7.1", "UADA1", "white_check_mark", "", true };
    struct vote_row found[1];
    char last[32];
    bool news;
    assert_true(store_puts(store, "G-0001-card-slack", "question", &err));
    assert_true(store_card_want(store, "G-0001", "slack", "{}", "0", LIMIT_INSTANT_MS, &err));
    assert_true(store_card_shown(store, "G-0001", "slack", "7.1", "{}", &err));
    assert_true(store_note_vote(store, &stands, LIMIT_INSTANT_MS, &news, &err) && news);
    assert_int_equal(store_votes_standing(store, "slack", "7.1", found, 1, &engine.work), 1);
    fill_inbox("a");
    struct event *e = inbox_new(&engine.inbox, EVENT_STANDING, "slack");
    e->message_id = "7.1";
    e->standing.whole = true;
    assert_true(inbox_put(&engine.inbox, e));
    run_until("a0");
    snprintf(last, sizeof last, "b%d", fill_inbox("b") - 1);
    run_until(last);
    assert_true(say("end", "x"));
    run_until("end");
    assert_int_equal(store_votes_standing(store, "slack", "7.1", found, 1, &engine.work), 0);
}

static void what_holds_too_much_memory_is_refused(void **state)
{
    (void)state;
    static char text[64 * 1024];
    char id[32];
    int taken = 0;
    memset(text, 'x', sizeof text - 1);
    while (taken < LIMIT_INBOX_EVENTS) {
        snprintf(id, sizeof id, "m%d", taken);
        if (!say(id, text))
            break;
        taken++;
    }
    assert_true(taken > 10 && taken < 200);
    assert_true(inbox_arena(&engine.inbox)->total_bytes < LIMIT_INBOX_BYTES + 3 * sizeof text);
    put_chat_up(); /* what the chat says of itself has its place */
    snprintf(id, sizeof id, "m%d", taken - 1);
    run_until(id);
    assert_true(say("again", text));
    run_until("again");
}

static void an_answer_is_kept_with_what_it_answers(void **state)
{
    (void)state;
    assert_true(say("first", "x"));
    run_until("first");
    engine.desk->commands = only_late;
    engine.desk->command_count = 1;
    assert_true(say("second", "late"));
    run_until("second");
    assert_string_equal(seen.answer, "at last");
    seen.answer[0] = '\0';
    assert_true(say("second", "late"));
    run_until("second");
    assert_string_equal(seen.answer, "");
    assert_true(say("first", "x"));
    run_until("first");
    assert_string_equal(seen.answer, "at last");
}

/* It ended the process, and came again at the next start. */
static void an_event_that_leads_to_too_much_costs_only_itself(void **state)
{
    (void)state;
    engine.desk->commands = only_boom;
    engine.desk->command_count = 1;
    put_chat_up();
    assert_true(say("before", "x"));
    assert_true(say("poison", "boom"));
    assert_true(say("after", "x"));
    run_until("after");
    assert_int_equal(engine.skipped, 1);
    assert_int_equal(seen.acknowledged, 3);
    assert_non_null(strstr(seen.post, "nothing of it was done"));
    char hash[STORE_HASH_BYTES];
    assert_int_equal(store_head(store, hash), 0); /* nothing of it is in the journal */
    /* It is known: when the service sends it again, nothing is tried. */
    assert_true(say("poison", "boom"));
    assert_true(say("later", "x"));
    run_until("later");
    assert_int_equal(engine.skipped, 1);
    assert_int_equal(seen.told_too_much, 2); /* the answer is given again */
    /* Told once, not for each. */
    size_t posts = seen.posts;
    assert_true(say("poison 2", "boom"));
    assert_true(say("end", "x"));
    run_until("end");
    assert_int_equal(engine.skipped, 2);
    assert_int_equal(seen.posts, posts);
}

static void apply(struct fact f)
{
    f.at_ms = 1795526055000 + f.case_no;
    f.actor = (struct fact_actor){ "7c0e-1", "slack", "UADA1", "Ada", "ada@example.com" };
    desk_apply(engine.desk, &f);
}

/* However many cases there are: the closed one that closed first gives way. */
static void what_is_found_lifted_always_has_a_place(void **state)
{
    (void)state;
    for (uint32_t no = 1; no <= LIMIT_CASES; no++) {
        apply((struct fact){ .kind = FACT_ASKED, .case_no = no, .handle = "c0ffee" });
        if (no % 2)
            apply((struct fact){ .kind = FACT_WITHDRAWN, .case_no = no });
    }
    assert_int_equal(engine.desk->case_count, LIMIT_CASES);
    for (uint32_t no = LIMIT_CASES + 1; no <= LIMIT_CASES + LIMIT_CASES / 2; no++) {
        apply((struct fact){ .kind = FACT_OUTSIDE_FOUND, .case_no = no, .text = "" });
        assert_non_null(desk_case(engine.desk, no));
        assert_null(desk_case(engine.desk, 2 * (no - LIMIT_CASES) - 1));
    }
    for (uint32_t no = 2; no <= LIMIT_CASES; no += 2)
        assert_non_null(desk_case(engine.desk, no));
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct fact asked = { .kind = FACT_ASKED,
                                   .at_ms = MS_DAY,
                                   .case_no = 1,
                                   .account = "222222222222",
                                   .handle = "handle",
                                   .question = "question",
                                   .window_ms = MS_HOUR };

/* A store that has only that, on the disk that fills up. */
static void begin_on_disk(char *dir, struct arena *arena)
{
    tear_down(NULL);
    use_disk_that_fills_up();
    assert_non_null(mkdtemp(dir));
    arena_init(arena, LIMIT_ARENA_BYTES);
    assert_non_null(store = store_open(dir, &err));
    assert_true(store_append(store, &asked, arena, &err));
    assert_true(store_commit(store, &err));
}

static void end_on_disk(const char *dir, struct arena *arena)
{
    arena_done(arena);
    sqlite3_vfs_unregister(&full);
    remove_folder(dir);
}

/* A window stands open; then the disk is full, and reguard starts anew. */
static void a_full_disk_at_the_start_forgets_no_window(void **state)
{
    (void)state;
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    struct err lost = { "" };
    struct arena arena;
    begin_on_disk(dir, &arena);
    store_close(store);
    is_full = true;
    loop = loop_new(&err);
    assert_non_null(store = store_open_anyhow(dir, &lost, &err));
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    assert_int_equal(engine.desk->case_count, 1);
    assert_int_equal(store_place(store), STORE_IN_MEMORY);
    assert_non_null(strstr(engine.lost.text, "the disk is full"));
    is_full = false;
    end_on_disk(dir, &arena);
}

/* The disk is full from the first value on that is kept at the start: it goes on, and says so. */
static void what_is_kept_at_the_start_has_a_place(void **state)
{
    (void)state;
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    struct arena arena;
    begin_on_disk(dir, &arena);
    loop = loop_new(&err);
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    is_full = true;
    if (!engine_put_at_start(&engine, "salt.chat", "grain", &err))
        fail_msg("%s", err.text);
    assert_int_equal(store_place(store), STORE_IN_MEMORY);
    assert_non_null(strstr(engine.lost.text, "the disk is full"));
    assert_string_equal(store_get(store, "salt.chat", &arena), "grain");
    is_full = false;
    assert_true(engine_try_back(&engine));
    assert_int_equal(store_place(store), STORE_ON_DISK);
    assert_string_equal(store_get(store, "salt.chat", &arena), "grain");
    end_on_disk(dir, &arena);
}

/* The commit of Ada's withdrawal fails and is in the journal all the same; meanwhile the case
   stands as it was, and its row is brought back so. The records are right, and nothing is in doubt.
 */
static void a_case_of_an_uncertain_commit_is_as_its_records_say(void **state)
{
    (void)state;
    char dir[] = "/tmp/reguard-engine-XXXXXX";
    struct err why = { "" };
    struct arena arena;
    struct fact withdrawn = { .kind = FACT_WITHDRAWN, .at_ms = MS_DAY, .case_no = 1 };
    begin_on_disk(dir, &arena);
    loop = loop_new(&err);
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    struct case_row row;
    case_row_of(&engine.desk->cases[0], &row);
    assert_true(store_put_case(store, &row, &err) && store_commit(store, &err));
    lasts_not = true;
    while (store_place(store) != STORE_IN_MEMORY) {
        assert_true(store_append(store, &withdrawn, &arena, &err));
        assert_false(store_commit(store, &err));
        assert_true(store_step_back(store, &err, &why));
    }
    /* The connection goes while the disk still fails, and what it had written stays behind. */
    is_full = true;
    assert_false(engine_try_back(&engine));
    is_full = lasts_not = false;
    assert_true(engine_try_back(&engine));
    assert_string_equal(engine.doubt.why.text, "");
    assert_int_equal(store_cases(store, true, NULL, &row, 1), 0);
    assert_int_equal(store_cases(store, false, NULL, &row, 1), 1);
    assert_string_equal(row.state, "withdrawn");
    end_on_disk(dir, &arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGGED(a_case_of_very_many_records_is_told_by_its_row),
        RIGGED(a_file_says_how_many_records_it_lacks),
        RIGGED(each_event_has_randomness_of_its_own),
        RIGGED(a_turn_takes_no_more_than_its_share),
        RIGGED(nothing_is_done_where_nothing_is_due),
        RIGGED(what_is_forgotten_some_day_is_looked_through),
        RIGGED(what_is_acknowledged_is_on_the_disk),
        RIGGED(a_repeat_has_its_answer_and_no_effect),
        RIGGED(an_answer_is_kept_with_what_it_answers),
        RIGGED(who_was_not_answered_is_answered_by_the_next_process),
        RIGGED(what_has_arrived_is_not_given_again),
        RIGGED(what_arrives_at_once_is_not_given_again),
        RIGGED(what_has_arrived_is_written_in_a_moment),
        RIGGED(an_old_answer_is_not_given_but_told_of),
        RIGGED(a_form_that_did_not_open_is_told_of_by_the_next_process),
        RIGGED(what_an_open_form_was_to_show_is_given_as_an_answer),
        RIGGED(no_more_are_given_than_the_ceiling),
        RIGGED(a_clock_that_is_set_moves_no_deadline),
        RIGGED(a_record_of_a_wrong_year_does_not_set_the_time),
        RIGGED(the_next_batch_follows_by_itself),
        RIGGED(too_many_are_refused_and_results_never),
        RIGGED(a_vote_that_is_gone_is_heard_of_however_much_waits),
        RIGGED(what_holds_too_much_memory_is_refused),
        RIGGED(an_event_that_leads_to_too_much_costs_only_itself),
        RIGGED(what_is_found_lifted_always_has_a_place),
        RIGGED(a_full_disk_at_the_start_forgets_no_window),
        RIGGED(what_is_kept_at_the_start_has_a_place),
        RIGGED(a_case_of_an_uncertain_commit_is_as_its_records_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
