/* SPDX-License-Identifier: Apache-2.0 */
/* What the second pair of eyes decides, in every combination of what it may see, against a table
   that is written down here once more; and the edges of it by themselves. */
#include "tests/unit/unit.h"

#include "core/desk.h"
#include "core/guardrail.h"
#include "core/rich.h"
#include "core/vigil.h"
#include "host/json.h"
#include "port/raising.h"

#include <string.h>

static const ms_t NOW = 1795526055000, HOUR = 3600000, MINUTE = 60000;

static struct policy rules(enum on_deadline ends)
{
    return (struct policy){ .on_deadline = ends,
                            .max_window = 4 * HOUR,
                            .lift_gives_up = HOUR / 2,
                            .request_expires = HOUR / 2,
                            .poll_idle = 10 * MINUTE,
                            .provider = &provider_none,
                            .remind_overdue = { { 0, 5 * MINUTE, 15 * MINUTE }, 3 } };
}

static struct sighting word(ms_t said_ms, uint32_t no, const char *state, ms_t until_ms,
                            ms_t speaks_ms)
{
    struct sighting s = {
        .case_no = no, .said_ms = said_ms, .until_ms = until_ms, .speaks_ms = speaks_ms
    };
    STR_SET(s.store, "00112233445566aa");
    STR_SET(s.state, state);
    return s;
}

static struct sighting alarm_at(ms_t said_ms)
{
    struct sighting s = { .said_ms = said_ms };
    STR_SET(s.vigil, VIGIL_ALARMED);
    return s;
}

struct seen {
    struct sighting all[4];
    size_t count;
};

static struct vigil_verdict decide(enum on_deadline ends, enum watch now, const struct seen *seen,
                                   ms_t changed_ms, struct arena *arena)
{
    struct policy p = rules(ends);
    return vigil_decide(&p,
                        &(struct vigil_view){ .now = now,
                                              .why = "no answer",
                                              .changed_ms = changed_ms,
                                              .heard = seen != NULL,
                                              .deaf = "missing_scope",
                                              .seen = seen ? seen->all : NULL,
                                              .count = seen ? seen->count : 0,
                                              .now_ms = NOW },
                        arena);
}

/* ---- every combination ---- */

enum promise { NONE, AHEAD, IN_GRACE, BROKEN, PROMISES };
enum window { NO_CARD, LEFT, OVER, ENDED_EARLY, WINDOWS };
enum told { UNTOLD, TOLD, TOLD_BEFORE, TOLDS };
enum change { NOT_TOLD, JUST_NOW, LONG_AGO, CHANGES };

static void put(struct seen *s, struct sighting one) { s->all[s->count++] = one; }

/* Silence began ten minutes ago where there is a promise that was broken; the newest step is that
   of five minutes. */
static struct seen show(enum promise promise, enum window window, enum told told, bool of_reguard)
{
    static const ms_t speaks[] = { 0, NOW + MINUTE, NOW - MINUTE, NOW - 12 * MINUTE };
    struct seen s = { .count = 0 };
    if (window == LEFT)
        put(&s, word(NOW - HOUR, 1, "lifted", NOW + 20 * MINUTE, 0));
    if (window == OVER)
        put(&s, word(NOW - HOUR, 1, "lifted", NOW - 30 * MINUTE, 0));
    if (window == ENDED_EARLY)
        put(&s, word(NOW - HOUR, 1, "restoring", NOW + 20 * MINUTE, 0));
    put(&s, word(NOW - HOUR + 1, 2, "lifted", 0, speaks[promise]));
    for (size_t i = 0; i < s.count && !of_reguard; i++)
        s.all[i].store[0] = '\0';
    if (told != UNTOLD)
        put(&s, alarm_at(told == TOLD ? NOW - 2 * MINUTE : NOW - 9 * MINUTE));
    return s;
}

/* When silence began; 0: it has not. */
static ms_t silence(enum watch now, enum promise promise, enum window window, enum change change)
{
    if (window == LEFT || promise == AHEAD || promise == IN_GRACE)
        return 0;
    if (promise == BROKEN)
        return NOW - 10 * MINUTE;
    if (window == OVER)
        return NOW - 28 * MINUTE;
    if (now == WATCH_UNKNOWN || change == JUST_NOW)
        return 0;
    return change == LONG_AGO ? NOW - 10 * HOUR + 22 * MINUTE : NOW;
}

static void every_combination(void **state)
{
    (void)state;
    static const ms_t changed[] = { 0, NOW - MINUTE, NOW - 10 * HOUR };
    size_t tried = 0;
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    for (int at = 0; at < 3 * 2 * PROMISES * WINDOWS * TOLDS * CHANGES * 2; at++) {
        int rest = at;
        enum watch now = (enum watch)(rest % 3);
        enum on_deadline ends = (enum on_deadline)((rest /= 3) % 2);
        enum promise promise = (enum promise)((rest /= 2) % PROMISES);
        enum window window = (enum window)((rest /= PROMISES) % WINDOWS);
        enum told told = (enum told)((rest /= WINDOWS) % TOLDS);
        enum change change = (enum change)((rest /= TOLDS) % CHANGES);
        bool of_reguard = (rest / CHANGES) % 2;
        struct seen seen = show(promise, window, told, of_reguard);
        struct vigil_verdict v = decide(ends, now, &seen, changed[change], &arena);
        ms_t since = of_reguard ? silence(now, promise, window, change)
                                : silence(now, NONE, NO_CARD, change);
        assert_true(str_or_empty(v.why)[0]);
        tried++;
        if (now == WATCH_ON || !since) {
            assert_int_equal(v.act, now == WATCH_ON && told != UNTOLD ? VIGIL_OVER : VIGIL_NOTHING);
            continue;
        }
        /* 10 minutes: the step of 5, begun 5 ago; 28: that of 15, begun 13 ago; ten hours: one of
           every 15, begun less than 15 ago; just now: the first. */
        ms_t silent = NOW - since, begun = 0;
        if (silent >= 5 * MINUTE)
            begun = 5 * MINUTE;
        if (silent >= 15 * MINUTE)
            begun = silent / (15 * MINUTE) * 15 * MINUTE;
        bool said = (told == TOLD && NOW - 2 * MINUTE >= since + begun) ||
                    (told == TOLD_BEFORE && NOW - 9 * MINUTE >= since + begun);
        assert_int_equal(v.silent_ms, since);
        assert_int_equal(v.says, !said);
        assert_int_equal(v.act, ends == DEADLINE_RESTORE ? VIGIL_RESTORE
                                : said                   ? VIGIL_NOTHING
                                                         : VIGIL_ALARM);
    }
    assert_int_equal(tried, 1728);
    arena_done(&arena);
}

/* ---- edges ---- */

static void a_chat_that_cannot_be_read_is_alarmed_around(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    for (int ends = 0; ends < 2; ends++) {
        enum on_deadline e = (enum on_deadline)ends;
        assert_int_equal(decide(e, WATCH_ON, NULL, 0, &arena).act, VIGIL_NOTHING);
        assert_int_equal(decide(e, WATCH_OFF, NULL, 0, &arena).act, VIGIL_ROUTES);
        assert_int_equal(decide(e, WATCH_UNKNOWN, NULL, NOW - 9 * HOUR, &arena).act, VIGIL_ROUTES);
        assert_int_equal(decide(e, WATCH_OFF, NULL, NOW - 4 * HOUR, &arena).act, VIGIL_ROUTES);
        assert_int_equal(decide(e, WATCH_OFF, NULL, NOW - 5 * HOUR, &arena).act,
                         e == DEADLINE_RESTORE ? VIGIL_RESTORE : VIGIL_ROUTES);
        assert_int_equal(decide(e, WATCH_OFF, NULL, NOW + HOUR, &arena).act, VIGIL_ROUTES);
    }
    arena_done(&arena);
}

/* Nobody promises more than the longest window, and nothing from a clock that is far ahead. */
static void a_promise_counts_no_further_than_a_window(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct seen seen = { { word(NOW - 4 * HOUR, 1, "lifted", 0, NOW + 1000 * HOUR) }, 1 };
    assert_int_equal(decide(DEADLINE_RESTORE, WATCH_OFF, &seen, NOW, &arena).act, VIGIL_NOTHING);
    seen.all[0].said_ms = NOW - 5 * HOUR;
    assert_int_equal(decide(DEADLINE_RESTORE, WATCH_OFF, &seen, NOW, &arena).act, VIGIL_RESTORE);
    seen.all[0] = word(NOW + HOUR, 1, "lifted", NOW + 2 * HOUR, NOW + 2 * HOUR);
    assert_int_equal(decide(DEADLINE_RESTORE, WATCH_OFF, &seen, 0, &arena).act, VIGIL_RESTORE);
    arena_done(&arena);
}

/* A newer word of the same records takes the older ones' promise back; other records have their
   own. */
static void the_newest_word_counts(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct seen seen = { { word(NOW - 2 * MINUTE, 1, "restored", 0, 0),
                           word(NOW - 3 * MINUTE, 1, "lifted", NOW + HOUR, NOW + HOUR) },
                         2 };
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, NOW - HOUR, &arena).act,
                     VIGIL_ALARM);
    STR_SET(seen.all[1].store, "ffeeddccbbaa0099");
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, NOW - HOUR, &arena).act,
                     VIGIL_NOTHING);
    arena_done(&arena);
}

/* The end of an alarm is said once, and not where reguard speaks again. */
static void an_alarm_has_its_end(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct seen seen = { { alarm_at(NOW - MINUTE), word(NOW - HOUR, 1, "lifted", 0, 0) }, 2 };
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_ON, &seen, 0, &arena).act, VIGIL_OVER);
    put(&seen, alarm_at(NOW - 1));
    STR_SET(seen.all[2].vigil, VIGIL_ENDED);
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_ON, &seen, 0, &arena).act, VIGIL_NOTHING);
    STR_SET(seen.all[2].vigil, VIGIL_RESTORED);
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_ON, &seen, 0, &arena).act, VIGIL_NOTHING);
    seen.all[2] = word(NOW - 1, 1, "restored", 0, 0);
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_ON, &seen, 0, &arena).act, VIGIL_NOTHING);
    seen.all[2].store[0] = '\0';
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_ON, &seen, 0, &arena).act, VIGIL_OVER);
    arena_done(&arena);
}

static void it_is_looked_back_far_enough(void **state)
{
    (void)state;
    struct policy p = rules(DEADLINE_REMIND);
    assert_int_equal(vigil_horizon_ms(&p), 4 * HOUR + HOUR / 2 + HOUR / 2 + HOUR);
    p.remind_overdue.steps[2] = 24 * HOUR;
    assert_int_equal(vigil_horizon_ms(&p), 24 * HOUR + HOUR / 2 + HOUR);
}

/* Whatever a clock or a message leaves out is no promise and no alarm. */
static void what_is_not_whole_is_not_believed(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct seen seen = { { word(0, 1, "lifted", NOW + HOUR, NOW + HOUR) }, 1 };
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, 0, &arena).act, VIGIL_ALARM);
    seen.all[0] = word(NOW - MINUTE, 0, "lifted", NOW + HOUR, 0); /* a window of no case */
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, 0, &arena).act, VIGIL_ALARM);
    seen.all[0] = word(NOW - MINUTE, 1, "lifting", NOW + HOUR, 0);
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, 0, &arena).act, VIGIL_NOTHING);
    /* An alarm by a clock that is far ahead was not said. */
    seen = (struct seen){
        { word(NOW - HOUR, 1, "lifted", NOW - 10 * MINUTE, 0), alarm_at(NOW + HOUR) }, 2
    };
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, 0, &arena).act, VIGIL_ALARM);
    seen.all[1] = alarm_at(NOW + MINUTE);
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, 0, &arena).act, VIGIL_NOTHING);
    /* The document was changed in what is still to come: nobody knows when. */
    assert_int_equal(
        decide(DEADLINE_REMIND, WATCH_OFF, &(struct seen){ .count = 0 }, NOW + HOUR, &arena).act,
        VIGIL_ALARM);
    arena_done(&arena);
}

/* Of two messages of the same instant the one that the chat shows first is the newer one. */
static void of_one_instant_the_first_shown_counts(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct seen seen = { { word(NOW - MINUTE, 1, "restored", 0, 0),
                           word(NOW - MINUTE, 1, "lifted", NOW + HOUR, NOW + HOUR) },
                         2 };
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, NOW - HOUR, &arena).act,
                     VIGIL_ALARM);
    struct sighting first = seen.all[0];
    seen.all[0] = seen.all[1];
    seen.all[1] = first;
    assert_int_equal(decide(DEADLINE_REMIND, WATCH_OFF, &seen, NOW - HOUR, &arena).act,
                     VIGIL_NOTHING);
    arena_done(&arena);
}

/* The first alarm does not wait for the first step of the reminders. */
static void the_first_alarm_does_not_wait_for_a_step(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct policy p = rules(DEADLINE_REMIND);
    p.remind_overdue = (struct durations){ { HOUR }, 1 };
    struct sighting s = word(NOW - HOUR, 1, "lifted", NOW - 3 * MINUTE, 0);
    struct vigil_view view = {
        .now = WATCH_OFF, .heard = true, .seen = &s, .count = 1, .now_ms = NOW
    };
    struct vigil_verdict v = vigil_decide(&p, &view, &arena);
    assert_int_equal(v.act, VIGIL_ALARM);
    assert_int_equal(v.step, 1);
    arena_done(&arena);
}

/* ---- what is said ---- */

static const char *text_of(const struct policy *p, enum watch now, struct vigil_verdict v, bool on,
                           const char *failed, struct arena *arena)
{
    static const char *const keys[] = { "ana@example.com", "ben@example.com" };
    struct vigil_view view = { .now = now, .why = "no answer", .now_ms = NOW };
    CLEANUP(buf_done) struct buf plain;
    buf_init(&plain, LIMIT_SAYING_BYTES);
    rich_add_plain(&plain, vigil_text(p, &view, &v, keys, 2, on, failed, arena));
    return arena_copy(arena, buf_text(&plain));
}

static void has(const char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("“%s” is %s: %s", part, wanted ? "not in" : "in", text);
}

/* What is known stands there, and what is not does not: the state, the case, since when, what to do
   while it is off, and who is called. */
static void an_alarm_says_what_is_known(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct policy p = rules(DEADLINE_REMIND);
    struct vigil_verdict alarm = { .act = VIGIL_ALARM, .silent_ms = NOW, .case_no = 7 };
    const char *text = text_of(&p, WATCH_OFF, alarm, false, NULL, &arena);
    has(text, "Root protection is OFF and reguard is silent.", true);
    has(text, "It is OFF because of G-0007.", true);
    has(text, "reguard was to speak of it before", true);
    has(text, "reguard restore", true);
    has(text, "I cannot read", false);
    has(text, "HTTP 503", false);
    has(text, "ana@example.com", true);
    has(text, "ben@example.com", true);
    text = text_of(&p, WATCH_UNKNOWN, (struct vigil_verdict){ .act = VIGIL_ROUTES }, false, NULL,
                   &arena);
    has(text, "reguard is silent, and root protection may be OFF.", true);
    has(text, "no answer", true);
    has(text, "because of", false);
    has(text, "reguard was to speak", false);
    text = text_of(&p, WATCH_UNKNOWN, alarm, false, NULL, &arena);
    has(text, "It may be OFF because of G-0007.", true);
    alarm.act = VIGIL_RESTORE;
    text = text_of(&p, WATCH_OFF, alarm, false, "HTTP 503", &arena);
    has(text, ": HTTP 503.", true);
    text = text_of(&p, WATCH_OFF, alarm, true, NULL, &arena);
    has(text, "by two agreeing reads", true);
    has(text, "It was OFF because of G-0007.", true);
    has(text, "reguard restore", false);
    alarm.act = VIGIL_OVER;
    text = text_of(&p, WATCH_ON, alarm, true, NULL, &arena);
    has(text, "by two agreeing reads", true);
    has(text, "G-0007", false);
    arena_done(&arena);
}

/* ---- what reguard finds on its return ---- */

static struct desk desk;
static struct verdict found;

static ms_t witnessed(struct casefile c, struct sighting s, struct arena *arena)
{
    struct event_looked l = { .seen = &s, .count = 1 };
    desk.cases[0] = c;
    desk.case_count = 1;
    verdict_init(&found, arena, (struct turn){ .now_ms = NOW }, 0);
    vigil_looked(&desk, &l, &found);
    return found.fact_count ? found.facts[0].since_ms : 0;
}

/* Only a case that was down then, by the number that the witness names. */
static void what_the_witness_did_is_found_with_its_case(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    struct casefile c = { .no = 7, .lifting_ms = NOW - 2 * HOUR };
    struct sighting s = { .said_ms = NOW - HOUR, .case_no = 7 };
    STR_SET(s.vigil, VIGIL_RESTORED);
    assert_int_equal(witnessed(c, s, &arena), NOW - HOUR);
    found.facts_before = LIMIT_VERDICT_FACTS; /* no room in this turn: the next look shows it */
    found.fact_count = 0;
    vigil_looked(&desk, &(struct event_looked){ .seen = &s, .count = 1 }, &found);
    assert_int_equal(found.fact_count, 0);
    s.case_no = 8;
    assert_int_equal(witnessed(c, s, &arena), 0);
    s.case_no = 7;
    s.said_ms = NOW - 3 * HOUR; /* before it was lifted */
    assert_int_equal(witnessed(c, s, &arena), 0);
    s.said_ms = NOW - HOUR;
    c.closed_ms = NOW - HOUR + 1;
    assert_int_equal(witnessed(c, s, &arena), NOW - HOUR);
    c.closed_ms = NOW - HOUR - 1;
    assert_int_equal(witnessed(c, s, &arena), 0);
    c.closed_ms = 0;
    c.vigil_ms = NOW - HOUR; /* known already */
    assert_int_equal(witnessed(c, s, &arena), 0);
    c = (struct casefile){ .no = 7, .found_ms = NOW - 2 * HOUR }; /* found outside */
    assert_int_equal(witnessed(c, s, &arena), NOW - HOUR);
    c.found_ms = 0;
    assert_int_equal(witnessed(c, s, &arena), 0);
    STR_SET(s.vigil, VIGIL_ALARMED);
    c.lifting_ms = NOW - 2 * HOUR;
    assert_int_equal(witnessed(c, s, &arena), 0);
    arena_done(&arena);
}

/* ---- what it acts with ---- */

static int went_out;

static bool goes_out(struct adapter *a, const struct effect *e, struct err *err)
{
    (void)a, (void)err;
    assert_true(e->kind == EFFECT_SURVEY || (e->kind == EFFECT_CHANGE && e->change.on));
    went_out++;
    return true;
}

static void stops(struct adapter *a) { (void)a; }

static void nothing_that_lowers_goes_out(void **state)
{
    (void)state;
    static const struct adapter_ops ops = {
        .name = "made up", .role = ADAPTER_PROVIDER, .perform = goes_out, .stop = stops
    };
    struct adapter provider = { &ops };
    struct adapter *gate = raising_only(&provider);
    for (int kind = 0; kind < EFFECT_KIND_COUNT; kind++)
        for (int on = 0; on < 2; on++) {
            struct err err = { "" };
            struct effect e = { .kind = (enum effect_kind)kind };
            e.change.on = e.kind == EFFECT_CHANGE && on;
            bool goes = e.kind == EFFECT_SURVEY || (e.kind == EFFECT_CHANGE && on);
            assert_int_equal(gate->ops->perform(gate, &e, &err), goes);
            assert_int_equal(err.text[0] != '\0', !goes);
        }
    assert_int_equal(went_out, 3);
    assert_string_equal(gate->ops->name, "made up");
    gate->ops->stop(gate);
}

static int passed_on;

static bool starts(struct adapter *a, struct err *err)
{
    (void)a;
    passed_on++;
    return err_set(err, "as the provider says");
}

static void takes_note(struct adapter *a, const struct event *e)
{
    (void)a;
    passed_on += e->kind == EVENT_SURVEYED;
}

static bool draws(const struct adapter *a, const struct message *m, struct buf *out,
                  struct err *err)
{
    (void)a, (void)m;
    passed_on++;
    buf_add(out, "drawn");
    return err_set(err, "no chat");
}

static void takes_credentials(struct adapter *a, struct adapter_credentials *c)
{
    (void)a;
    passed_on++;
    c->is_new[0] = true;
}

/* A reload reaches the provider, and what it says of starting comes back. */
static void what_does_not_go_out_reaches_the_provider(void **state)
{
    (void)state;
    static const struct adapter_ops ops = {
        "made up", ADAPTER_PROVIDER,  starts, goes_out, takes_note,
        draws,     takes_credentials, stops,  true,     false
    };
    struct adapter provider = { &ops };
    struct adapter *gate = raising_only(&provider);
    struct adapter_credentials credentials = { .ca_file = "" };
    struct err err = { "" };
    CLEANUP(buf_done) struct buf drawn;
    buf_init(&drawn, 64);
    passed_on = 0;
    assert_false(gate->ops->start(gate, &err));
    assert_string_equal(err.text, "as the provider says");
    gate->ops->acknowledge(gate, &(struct event){ .kind = EVENT_SURVEYED });
    assert_false(gate->ops->render(gate, NULL, &drawn, &err));
    assert_string_equal(buf_text(&drawn), "drawn");
    gate->ops->renew(gate, &credentials);
    assert_true(credentials.is_new[0] && gate->ops->forgets);
    assert_int_equal(passed_on, 4);
    gate->ops->stop(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination),
        cmocka_unit_test(a_chat_that_cannot_be_read_is_alarmed_around),
        cmocka_unit_test(a_promise_counts_no_further_than_a_window),
        cmocka_unit_test(the_newest_word_counts),
        cmocka_unit_test(an_alarm_has_its_end),
        cmocka_unit_test(it_is_looked_back_far_enough),
        cmocka_unit_test(what_is_not_whole_is_not_believed),
        cmocka_unit_test(of_one_instant_the_first_shown_counts),
        cmocka_unit_test(the_first_alarm_does_not_wait_for_a_step),
        cmocka_unit_test(an_alarm_says_what_is_known),
        cmocka_unit_test(what_the_witness_did_is_found_with_its_case),
        cmocka_unit_test(nothing_that_lowers_goes_out),
        cmocka_unit_test(what_does_not_go_out_reaches_the_provider),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
