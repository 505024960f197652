/* SPDX-License-Identifier: Apache-2.0 */
/* Cut off from the shared records past the lease: what is found off may be the next leader's lift,
   so that no alarm is made of it before the chat was asked; and once nobody else spoke there, or
   nobody can be asked, it counts. The lease and both clocks are the test's. */
#include "cli/kinds.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_config.h"

#include "config/config.h"
#include "core/flags.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/clock.h"
#include "store/store.h"

#include <unistd.h>

static struct loop *loop;
static struct store *store;
static struct engine engine;
static struct config config;
static struct arena arena;
static struct err err;
static ms_t lease_left_ms, ahead_ms;
static bool chat_takes_looks;
static int looks, led, words, posts;
static uint64_t look_id, epoch;

ms_t __wrap_store_lease_left_ms(const struct store *s);
uint64_t __wrap_store_lease_epoch(const struct store *s);
ms_t __real_clock_monotonic_ms(void);
ms_t __wrap_clock_monotonic_ms(void);

ms_t __wrap_store_lease_left_ms(const struct store *s)
{
    (void)s;
    return lease_left_ms;
}

uint64_t __wrap_store_lease_epoch(const struct store *s)
{
    (void)s;
    return epoch;
}

ms_t __wrap_clock_monotonic_ms(void) { return __real_clock_monotonic_ms() + ahead_ms; }

/* ---- a chat that is asked who spoke there ---- */

static bool chat_perform(struct adapter *a, const struct effect *effect, struct err *e)
{
    (void)a;
    words += effect->kind == EFFECT_LEAVE_WORD || effect->kind == EFFECT_TAKE_WORD;
    posts += effect->kind == EFFECT_DELIVER;
    if (effect->kind != EFFECT_LOOK_BACK || !chat_takes_looks)
        return err_set(e, "not here");
    looks++;
    look_id = effect->id;
    return true;
}

static const struct adapter_ops ops = { .name = "slack",
                                        .role = ADAPTER_CHAT,
                                        .perform = chat_perform };
static struct adapter chat = { &ops };

/* ---- who does tasks ---- */

static int tasks;
static ms_t task_within_ms;

static bool watcher_perform(struct adapter *a, const struct effect *effect, struct err *e)
{
    (void)a, (void)e;
    tasks++;
    task_within_ms = effect->errand.leave_within_ms;
    return true;
}

static const struct adapter_ops watcher_ops = { .name = "aws",
                                                .role = ADAPTER_WATCHER,
                                                .perform = watcher_perform };
static struct adapter watcher = { &watcher_ops };

static void on_led(void *arg)
{
    (void)arg;
    led++;
    loop_stop(loop);
}

/* ---- the rig: cut off, and the lease has run out ---- */

static int set_up(void **state)
{
    (void)state;
    unit_read_config(&config);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    lease_left_ms = ahead_ms = 0;
    looks = led = words = posts = 0;
    epoch = 0;
    chat_takes_looks = true;
    loop = loop_new(&err);
    store = store_open_in_memory(&err);
    if (!loop || !store || !engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    engine_add(&engine, &chat);
    engine.on_led = on_led;
    struct chat_state *c = &engine.desk->chats[0];
    STR_SET(c->name, "slack");
    c->up = true;
    engine.desk->chat_count = 1;
    STR_SET(engine.desk->doubt.store, "5eed");
    assert_true(engine_is_away(&engine));
    engine_led_begin(&engine);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    engine_done(&engine);
    store_close(store);
    loop_free(loop);
    arena_done(&arena);
    return 0;
}

/* The next look, whose time has come. */
static void look(void)
{
    ahead_ms += MS_MINUTE;
    loop_timer_cancel(&engine.led.timer);
    engine.led.timer.fired(engine.led.timer.arg);
}

/* What the provider tells, as the rules get to see it. */
static struct event read_guardrail(bool on)
{
    struct event e = { .kind = EVENT_SURVEYED };
    e.survey = (struct survey){
        .asked = SURVEY_GUARDRAIL,
        .read = SURVEY_GUARDRAIL,
        .document_organisation_id = config.policy.organisation,
        .service_status = SERVICE_ACTIVE,
        .enabled = true,
        .exclusions = "",
        .flags = arena_printf(&arena, "%s=%s\n", config.policy.provider->key, on ? "on" : "off")
    };
    ahead_ms += MS_SECOND;
    assert_false(engine_led_takes(&engine, &e, &arena)); /* it is everybody's, held back or not */
    return e;
}

static bool is_held_back(bool on)
{
    struct event e = read_guardrail(on);
    if (!e.error)
        return false;
    assert_int_equal(e.survey.read, 0);
    assert_null(e.survey.flags);
    assert_non_null(strstr(e.error, "another instance"));
    return true;
}

/* The chat's answer to the newest look: one who speaks there since then, of those records. */
static void answer_look_by(const char *of, ms_t since_ms, uint64_t by_epoch, const char *error)
{
    struct sighting *seen = arena_take(&arena, sizeof *seen);
    *seen = (struct sighting){ .since_ms = since_ms, .epoch = by_epoch };
    STR_SET(seen->store, of);
    struct event e = { .kind = EVENT_LOOKED_BACK, .chat = "slack", .effect_id = look_id };
    e.error = error;
    e.looked = (struct event_looked){ .seen = seen, .count = since_ms ? 1 : 0 };
    assert_true(engine_led_takes(&engine, &e, &arena));
}

/* Of an older reguard, which does not tell the number of its lease. */
static void answer_look(const char *of, ms_t since_ms, const char *error)
{
    answer_look_by(of, since_ms, 0, error);
}

static void assert_it_ends(void)
{
    assert_true(engine.led.found); /* or the loop would run for ever */
    assert_true(loop_run(loop));
    assert_int_equal(led, 1);
}

/* ---- tests ---- */

static void found_off_it_counts_once_the_chat_was_asked(void **state)
{
    (void)state;
    look();
    answer_look("", 0, NULL); /* asked before it was found off: that says nothing of it */
    assert_true(is_held_back(false));
    assert_true(is_held_back(false));
    int before = looks;
    look();
    assert_int_equal(looks, before + 1);
    assert_true(is_held_back(false)); /* not answered yet */
    answer_look("", 0, NULL);
    assert_false(is_held_back(false));
    assert_true(is_held_back(false)); /* found off anew: the chat is asked anew */
}

static void an_answer_to_an_older_look_says_nothing(void **state)
{
    (void)state;
    look();
    uint64_t older = look_id;
    assert_true(is_held_back(false));
    look();
    uint64_t newer = look_id;
    assert_true(newer > older);
    look_id = older;
    answer_look("", 0, NULL);
    assert_true(is_held_back(false));
    look_id = newer;
    answer_look("", 0, NULL);
    assert_false(is_held_back(false));
}

static void a_chat_that_cannot_be_read_keeps_nobody_silent(void **state)
{
    (void)state;
    assert_true(is_held_back(false));
    look();
    answer_look("", 0, "the chat does not answer");
    assert_false(is_held_back(false));
}

/* Whoever leads by now has read what stands there. */
static void no_message_for_later_is_left_or_taken_before_the_chat_was_asked(void **state)
{
    (void)state;
    static const enum effect_kind kinds[] = { EFFECT_LEAVE_WORD, EFFECT_TAKE_WORD };
    for (size_t i = 0; i < COUNT(kinds); i++)
        engine_perform(&engine, &(struct effect){ .kind = kinds[i], .chat = "slack", .id = 1 });
    assert_int_equal(words, 0);
    look();
    answer_look("", 0, NULL);
    for (size_t i = 0; i < COUNT(kinds); i++)
        engine_perform(&engine, &(struct effect){ .kind = kinds[i], .chat = "slack", .id = 1 });
    assert_int_equal(words, COUNT(kinds));
}

/* Another one may have a post of that message on record, and take ours for the second one. */
static void while_another_may_lead_nothing_is_taken_away(void **state)
{
    (void)state;
    struct effect post = { .kind = EFFECT_DELIVER, .chat = "slack", .id = 1 };
    engine_perform(&engine, &post);
    assert_int_equal(posts, 1);
    post.deliver.stands_id = "17.0001";
    engine_perform(&engine, &post);
    assert_int_equal(posts, 1);
    lease_left_ms = MS_NEVER;
    engine_perform(&engine, &post);
    assert_int_equal(posts, 2);
}

static void what_is_read_on_is_never_held_back(void **state)
{
    (void)state;
    assert_false(is_held_back(true));
    assert_true(is_held_back(false));
    assert_false(is_held_back(true));
}

/* After a cut of everything the provider answers before the chat is there again. */
static void a_chat_that_is_not_there_yet_is_waited_for(void **state)
{
    (void)state;
    engine.desk->chats[0].up = false;
    assert_true(is_held_back(false));
    ahead_ms += MS_MINUTE;
    assert_true(is_held_back(false));
    engine.desk->chats[0].up = true;
    assert_true(is_held_back(false));
    look();
    answer_look("5eed", engine.started_ms + 1, NULL);
    assert_it_ends();
}

static void a_chat_that_stays_away_keeps_nobody_silent(void **state)
{
    (void)state;
    engine.desk->chats[0].up = false;
    assert_true(is_held_back(false));
    ahead_ms += 2 * MS_MINUTE;
    assert_false(is_held_back(false));
}

/* Whoever leads for sure, or is not one of several, goes by what it reads. */
static void whoever_leads_believes_what_it_reads(void **state)
{
    (void)state;
    lease_left_ms = MS_SECOND;
    assert_false(is_held_back(false));
    look();
    assert_int_equal(looks, 0);
    lease_left_ms = 0;
    engine.on_led = NULL;
    assert_false(is_held_back(false));
    engine.on_led = on_led;
    assert_true(is_held_back(false));
}

static void the_next_leader_of_these_records_ends_this_one(void **state)
{
    (void)state;
    look();
    answer_look("5eed", engine.started_ms + 1, NULL);
    assert_it_ends();
}

/* The clocks of two hosts may be an hour apart. */
static void the_next_leader_is_told_by_its_lease_whatever_its_clock_says(void **state)
{
    (void)state;
    epoch = 7;
    look();
    answer_look_by("5eed", engine.started_ms + MS_HOUR, 6, NULL);
    answer_look_by("5eed", engine.started_ms + MS_HOUR, 7, NULL);
    look();
    assert_int_equal(led, 0);
    answer_look_by("5eed", engine.started_ms - MS_HOUR, 8, NULL);
    assert_it_ends();
}

static void nobody_else_ends_it(void **state)
{
    (void)state;
    const struct {
        const char *of;
        ms_t since_ms;
        const char *error;
        ms_t lease_ms;
    } not_led[] = {
        { "07e2", engine.started_ms + 1, NULL, 0 },       /* of other records */
        { "5eed", engine.started_ms, NULL, 0 },           /* itself */
        { "5eed", engine.started_ms - MS_HOUR, NULL, 0 }, /* who led before */
        { "5eed", engine.started_ms + 1, "half an answer", 0 },
        { "5eed", engine.started_ms + 1, NULL, MS_SECOND }, /* the lease was renewed meanwhile */
    };
    for (size_t i = 0; i < COUNT(not_led); i++) {
        lease_left_ms = 0;
        look();
        lease_left_ms = not_led[i].lease_ms;
        answer_look(not_led[i].of, not_led[i].since_ms, not_led[i].error);
        look();
        assert_int_equal(led, 0);
    }
}

/* Also when no chat takes the question: it is asked again and again. */
static void it_asks_until_somebody_answers(void **state)
{
    (void)state;
    chat_takes_looks = false;
    assert_true(is_held_back(false));
    look();
    assert_int_equal(looks, 0);
    assert_true(is_held_back(false));
    chat_takes_looks = true;
    look();
    assert_int_equal(looks, 1);
    answer_look("", 0, NULL);
    assert_false(is_held_back(false));
}

/* The next leader only looks at what this one has begun: it has to be over by then. */
static void a_task_is_done_by_whoever_leads_for_certain(void **state)
{
    (void)state;
    struct effect task = { .kind = EFFECT_ERRAND, .id = 1 };
    engine_add(&engine, &watcher);
    tasks = 0;
    engine_perform(&engine, &task); /* it only looks */
    assert_int_equal(tasks, 1);
    task.errand.digest = "d1";
    task.errand.leave_before_ms = engine_now_ms(&engine) + 10 * MS_SECOND;
    engine_perform(&engine, &task);
    assert_int_equal(tasks, 1);
    struct inbox_batch *batch = inbox_take(&engine.inbox);
    assert_int_equal(batch->count, 1);
    assert_int_equal(batch->events[0]->kind, EVENT_ERRAND_TOLD);
    assert_non_null(strstr(batch->events[0]->error, "another instance may lead"));
    assert_false(batch->events[0]->errand.left);
    inbox_release(&engine.inbox, batch);
    lease_left_ms = 12 * MS_SECOND;
    engine_perform(&engine, &task);
    assert_int_equal(tasks, 2);
    assert_int_equal(task_within_ms, 4 * MS_SECOND);
    lease_left_ms = MS_NEVER;
    engine_perform(&engine, &task);
    assert_true(task_within_ms > 4 * MS_SECOND && task_within_ms <= 10 * MS_SECOND);
}

int main(void)
{
#define LED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LED(found_off_it_counts_once_the_chat_was_asked),
        LED(an_answer_to_an_older_look_says_nothing),
        LED(a_chat_that_cannot_be_read_keeps_nobody_silent),
        LED(while_another_may_lead_nothing_is_taken_away),
        LED(no_message_for_later_is_left_or_taken_before_the_chat_was_asked),
        LED(what_is_read_on_is_never_held_back),
        LED(a_chat_that_is_not_there_yet_is_waited_for),
        LED(a_chat_that_stays_away_keeps_nobody_silent),
        LED(whoever_leads_believes_what_it_reads),
        LED(the_next_leader_of_these_records_ends_this_one),
        LED(the_next_leader_is_told_by_its_lease_whatever_its_clock_says),
        LED(nobody_else_ends_it),
        LED(it_asks_until_somebody_answers),
        LED(a_task_is_done_by_whoever_leads_for_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
