/* SPDX-License-Identifier: Apache-2.0 */
/* What fits nothing, thrown into the stories of tests/transcripts wherever they stand: answers that
   nobody waits for, records of cases and chats that are not there or with numbers that no process
   of ours has written, and turns that have no room left. */
#include "tests/unit/unit.h"

#include "core/hearing.h"
#include "core/invariant.h"
#include "tests/transcript/play.h"
#include "tests/transcript/script.h"

static struct transcript *stories;
static size_t story_count;
static struct verdict out, scratch;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES] = { [ENTROPY_JITTER] = 0x7f };

static void begin(ms_t now_ms)
{
    arena_reset(&arena);
    verdict_init(&out, &arena, (struct turn){ .now_ms = now_ms, .entropy = entropy }, 0);
}

static int read_stories(void **state)
{
    (void)state;
    stories = calloc(TRANSCRIPTS_MOST, sizeof *stories);
    story_count = transcript_read_all(stories);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return story_count < 50;
}

static int forget_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < story_count; i++) {
        free(stories[i].lines);
        free(stories[i].text);
    }
    free(stories);
    arena_done(&arena);
    return 0;
}

/* Looks in after each turn of each story. */
static size_t play_all(void (*look)(struct run *, const struct event *))
{
    size_t looks = 0;
    for (size_t i = 0; i < story_count; i++) {
        struct run r;
        run_init(&r, &stories[i].config, &stories[i].world);
        r.after = look;
        r.looker = &looks;
        transcript_play(&r, &stories[i]);
        if (r.failure[0])
            fail_msg("%s: %s", stories[i].name, r.failure);
        run_done(&r);
    }
    return looks;
}

/* ---- answers ---- */

/* Answers to effects, and what is nobody's business but the store's and the outbox's. */
static const enum event_kind passing[] = {
    EVENT_SURVEYED,
    EVENT_CHANGE_ACCEPTED,
    EVENT_CHANGE_REFUSED,
    EVENT_CHANGE_UNKNOWN,
    EVENT_IDENTIFIED,
    EVENT_LOOKED_BACK,
    EVENT_CAUGHT_UP,
    EVENT_MAIL_SENT,
    EVENT_MAIL_FAILED,
    EVENT_WORD_LEFT,
    EVENT_WORD_TAKEN,
    EVENT_WORDS_READ,
    EVENT_DELIVERY_UNKNOWN,
    EVENT_SIGHTED,
    EVENT_IGNORED,
    EVENT_STANDING,
    EVENT_MARK,
};

static void throw_answers(struct run *r, const struct event *e)
{
    (void)e;
    static const uint64_t ids[] = { 0, UINT64_MAX };
    for (size_t i = 0; i < COUNT(passing); i++)
        for (size_t k = 0; k < COUNT(ids); k++) {
            const char *chat = i % 2 ? "slack" : "stax";
            struct event stray = {
                .kind = passing[i], .chat = chat, .effect_id = ids[k], .at_ms = r->now_ms
            };
            begin(r->now_ms);
            desk_handle(r->desk, &stray, &out, &scratch);
            if (out.fact_count || out.effect_count)
                fail_msg("%s for effect %llu, which nobody waits for: %zu facts (%s), %zu effects",
                         event_names[passing[i]], (unsigned long long)ids[k], out.fact_count,
                         out.fact_count ? fact_names[out.facts[0].kind] : "none", out.effect_count);
            ++*(size_t *)r->looker;
        }
}

static void an_answer_that_nobody_waits_for_changes_nothing(void **state)
{
    (void)state;
    assert_true(play_all(throw_answers) > 10000);
}

/* ---- records ---- */

enum { NO_CASE = 4711 };

static struct fact strange_record(enum fact_kind kind, const struct run *r, bool extreme)
{
    struct fact f = { .kind = kind, .at_ms = r->now_ms, .case_no = NO_CASE };
    f.verb = f.people = f.text = "nowhere";
    f.actor = (struct fact_actor){ "", "nowhere", "nobody", "nobody", "" };
    if (extreme) {
        f.count = f.ref = INT64_MAX;
        f.on = 1;
        f.text = f.verb = f.people = "";
    }
    return f;
}

/* These begin a case. */
static bool begins_a_case(enum fact_kind kind)
{
    return kind == FACT_ASKED || kind == FACT_ERRAND_ASKED || kind == FACT_OUTSIDE_FOUND ||
           kind == FACT_CLEANED;
}

/* Of the desk as a whole, whatever number they carry. */
static bool concerns_all(enum fact_kind kind)
{
    return kind == FACT_CAUGHT_UP || kind == FACT_STORE_ACCEPTED;
}

static struct desk *strange;
static struct casefile cases[LIMIT_CASES];

static void throw_record(const struct run *r, enum fact_kind kind, bool extreme)
{
    struct fact f = strange_record(kind, r, extreme);
    desk_copy(strange, r->desk);
    size_t count = strange->case_count;
    memcpy(cases, strange->cases, sizeof cases);
    desk_apply(strange, &f);
    if (strange->case_count != count || memcmp(cases, strange->cases, count * sizeof cases[0]) != 0)
        if (!concerns_all(kind))
            fail_msg("a record “%s” of a case that is not there changes the cases",
                     fact_names[kind]);
    begin(r->now_ms);
    desk_settle(strange, &out);
    assert_false(out.overflow);
}

/* The journal may be of another version, or of a case that an older one has dropped. */
static void a_record_of_nothing_that_is_there_changes_no_case(void **state)
{
    (void)state;
    strange = calloc(1, sizeof *strange);
    assert_non_null(strange);
    for (size_t i = 0; i < story_count; i += 5) {
        struct run r;
        size_t looks = 0;
        run_init(&r, &stories[i].config, &stories[i].world);
        r.after = NULL;
        r.looker = &looks;
        transcript_play(&r, &stories[i]);
        for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++)
            for (int extreme = 0; extreme < 2 && !begins_a_case(kind); extreme++)
                throw_record(&r, kind, extreme);
        run_done(&r);
    }
    free(strange);
}

/* ---- no room ---- */

/* What there can be any number of in one round; of the one switch there is one at most. */
static bool keeps_to_the_room(enum fact_kind kind)
{
    unsigned owner = fact_owner(kind);
    return kind != FACT_REFUSED && kind != FACT_OUTSIDE_FOUND && kind != FACT_WORD_SENT &&
           owner & (RULE_BALLOT | RULE_LIFECYCLE | RULE_REMINDER | RULE_TALK | RULE_DEADMAN);
}

static size_t found_with(const struct desk *desk, ms_t now_ms, size_t facts_before)
{
    size_t found = 0;
    begin(now_ms);
    out.facts_before = facts_before;
    desk_settle(desk, &out);
    for (size_t i = 0; i < out.fact_count; i++)
        found += keeps_to_the_room(out.facts[i].kind);
    return found;
}

static void settle_without_room(struct run *r, const struct event *e)
{
    (void)e;
    for (ms_t later = MS_MINUTE; later < MS_DAY * 4; later *= 7)
        if (found_with(r->desk, r->now_ms + later, 0) > 0) {
            if (found_with(r->desk, r->now_ms + later, LIMIT_VERDICT_FACTS / 2) > 0)
                fail_msg("“%s” does not keep to the room", fact_names[out.facts[0].kind]);
            ++*(size_t *)r->looker;
        }
}

/* The desk is as it was, so that it follows with the next event. */
static void a_full_turn_leaves_the_rest_to_the_next(void **state)
{
    (void)state;
    assert_true(play_all(settle_without_room) > 100);
}

/* By a build whose ceiling was higher. */
static void an_alarm_without_a_place_changes_nothing(void **state)
{
    (void)state;
    struct run r;
    run_init(&r, &stories[0].config, &stories[0].world);
    for (int i = 0; i <= LIMIT_ROOT_ALARMS; i++) {
        char account[16];
        snprintf(account, sizeof account, "%012d", i);
        const struct fact f = {
            .kind = FACT_ROOT_USED, .at_ms = RUN_DAY_MS, .account = account, .told = true
        };
        desk_apply(r.desk, &f);
    }
    assert_int_equal(r.desk->rootuse.alarm_count, LIMIT_ROOT_ALARMS);
    assert_string_equal(r.desk->rootuse.alarms[0].account, "000000000000");
    assert_string_equal(r.desk->rootuse.alarms[LIMIT_ROOT_ALARMS - 1].account, "000000000015");
    run_done(&r);
}

/* Of those that have left the desk the latest are known, each once; of what never was a window
   nothing is. */
static void the_latest_windows_are_known_when_their_cases_are_gone(void **state)
{
    (void)state;
    struct run r;
    run_init(&r, &stories[0].config, &stories[0].world);
    for (uint32_t i = 1; i <= LIMIT_ROOT_WINDOWS + 2; i++) {
        struct casefile *c = &r.desk->cases[r.desk->case_count++];
        *c = (struct casefile){ .no = i, .state = CASE_RESTORED, .closed_ms = RUN_DAY_MS + i };
        c->lifting_ms = i == 1 ? 0 : RUN_DAY_MS; /* the first was declined */
        snprintf(c->account, sizeof c->account, "%012u", i);
        desk_apply(r.desk,
                   &(struct fact){ .kind = FACT_FILED, .at_ms = RUN_DAY_MS + i, .case_no = i });
    }
    const struct rootuse *known = &r.desk->rootuse;
    assert_int_equal(known->window_count, LIMIT_ROOT_WINDOWS);
    assert_int_equal(known->windows[0].no, 3);
    assert_int_equal(known->windows[LIMIT_ROOT_WINDOWS - 1].no, LIMIT_ROOT_WINDOWS + 2);
    assert_int_equal(known->windows[LIMIT_ROOT_WINDOWS - 1].until_ms,
                     RUN_DAY_MS + LIMIT_ROOT_WINDOWS + 2);
    run_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_that_nobody_waits_for_changes_nothing),
        cmocka_unit_test(a_record_of_nothing_that_is_there_changes_no_case),
        cmocka_unit_test(a_full_turn_leaves_the_rest_to_the_next),
        cmocka_unit_test(an_alarm_without_a_place_changes_nothing),
        cmocka_unit_test(the_latest_windows_are_known_when_their_cases_are_gone),
    };
    return cmocka_run_group_tests(tests, read_stories, forget_stories);
}
