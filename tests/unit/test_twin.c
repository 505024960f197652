/* SPDX-License-Identifier: Apache-2.0 */
/* Another reguard with our tokens, as a look into a chat shows it: whose records are older, which
   of its messages are news, what its window is, and what people read of it. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_desk.h"

#include "core/desk.h"
#include "core/duration.h"
#include "core/message.h"
#include "core/twin.h"

static const ms_t NOW = 1795526055000;
#define OWN "5555555555555555"
#define OTHER "6666666666666666"
#define THIRD "4444444444444444"

static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    policy = (struct policy){ .poll_lifted = 10 * MS_SECOND, .command_word = "/reguard" };
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.born_ms = 1000;
    STR_SET(desk.doubt.store, OWN);
    desk.chat_count = 1;
    desk.chats[0] = (struct chat_state){ .name = "slack", .up = true };
    desk.chats[0].sight.looked_ms = desk.chats[0].sight.sent_ms = NOW;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct sighting said(const char *store, ms_t said_ms)
{
    struct sighting s = { .said_ms = said_ms, .born_ms = 500 };
    STR_SET(s.store, store);
    return s;
}

static struct sighting of_case(const char *store, ms_t said_ms, uint32_t no, ms_t until_ms)
{
    struct sighting s = said(store, said_ms);
    s.case_no = no;
    s.until_ms = until_ms;
    return s;
}

/* One event, decided and applied. */
static void look(enum event_kind kind, const char *chat, const struct sighting *seen, size_t count)
{
    struct event e = { .kind = kind, .chat = chat };
    e.looked = (struct event_looked){ .seen = seen, .count = count };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 0);
    twin_decide(&desk, &e, &v);
    for (size_t i = 0; i < v.fact_count; i++)
        twin_apply(&desk, &v.facts[i]);
}

static void look_at(struct sighting s) { look(EVENT_LOOKED_BACK, "slack", &s, 1); }

static bool found(enum fact_kind kind) { return unit_fact(&v, kind) != NULL; }

static const struct twin *the(const char *store)
{
    const struct twin *t = twin_named(&desk, store);
    assert_non_null(t);
    return t;
}

/* ---- whose records are older ---- */

/* Both of the two come to the same, also when their records began in the same millisecond. */
static void the_older_records_are_told_by_birth_then_by_name(void **state)
{
    static const struct {
        const char *store;
        ms_t born_ms;
        bool earlier;
    } rows[] = {
        { OTHER, 500, true }, { OTHER, 1500, false }, { OTHER, 1000, false }, { THIRD, 1000, true }
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_up(state);
        struct sighting s = said(rows[i].store, NOW);
        s.born_ms = rows[i].born_ms;
        look_at(s);
        assert_true(found(FACT_TWIN_FOUND));
        assert_int_equal(the(rows[i].store)->earlier, rows[i].earlier);
        assert_int_equal(twin_bars(&desk), rows[i].earlier);
        arena_done(&arena);
    }
    set_up(state);
}

/* ---- what is news ---- */

static void only_what_was_said_since_we_look_is_news(void **state)
{
    (void)state;
    struct sighting s = said(OTHER, NOW), own = said(OWN, NOW);
    assert_true(twin_is_news(&desk, "slack", &s));
    assert_false(twin_is_news(&desk, "slack", &own));
    assert_false(twin_is_news(&desk, "nowhere", &s));
    s.said_ms = 0;
    assert_false(twin_is_news(&desk, "slack", &s));
    s.said_ms = NOW;
    desk.chats[0].sight.looked_ms = 0;
    assert_false(twin_is_news(&desk, "slack", &s));
}

/* Said before the records were accepted: no news where it is of those, and else it is. */
static void what_was_accepted_is_no_news_when_it_arrives_late(void **state)
{
    (void)state;
    struct sighting s = said(OTHER, NOW);
    s.record = 7;
    desk.doubt.accepted_ms = NOW + 1;
    assert_true(twin_is_news(&desk, "slack", &s));
    STR_SET(desk.doubt.accepted, OTHER ":9");
    assert_false(twin_is_news(&desk, "slack", &s));
    s.record = 10;
    assert_true(twin_is_news(&desk, "slack", &s));
}

/* Found before a restart, and not seen since: its old messages are no sign of life. */
static void a_known_one_has_to_say_something_new(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_TWIN_FOUND,
                      .at_ms = NOW,
                      .people = OTHER,
                      .verb = "slack",
                      .ref = NOW - MS_HOUR };
    assert_false(twin_lives(&desk, OTHER));
    assert_int_equal(twin_promise_ms(&desk), 0);
    twin_apply(&desk, &f);
    assert_true(twin_lives(&desk, OTHER));
    assert_false(twin_lives(&desk, THIRD));
    assert_int_equal(twin_promise_ms(&desk), 2 * policy.poll_lifted);
    struct sighting s = said(OTHER, NOW);
    assert_false(twin_is_news(&desk, "slack", &s));
    look_at(s); /* watched from here on */
    s.said_ms = NOW + 1;
    assert_true(twin_is_news(&desk, "slack", &s));
    f.kind = FACT_TWIN_GONE;
    twin_apply(&desk, &f);
    assert_false(twin_lives(&desk, OTHER));
    assert_int_equal(twin_promise_ms(&desk), 0);
}

/* A chat may show its messages in any order, and an older one changes nothing. */
static void an_older_word_does_not_move_it_back(void **state)
{
    (void)state;
    look_at(said(OTHER, NOW));
    look_at(said(OTHER, NOW - MS_HOUR));
    assert_int_equal(v.fact_count, 0);
    struct fact f = { .kind = FACT_TWIN_SEEN,
                      .at_ms = NOW,
                      .people = OTHER,
                      .verb = "slack",
                      .ref = NOW - MS_HOUR,
                      .window_ms = MS_HOUR };
    twin_apply(&desk, &f);
    assert_int_equal(the(OTHER)->said_ms, NOW);
    assert_int_equal(the(OTHER)->again_ms, 0);
}

static void a_look_that_failed_says_nothing(void **state)
{
    (void)state;
    struct sighting s = said(OTHER, NOW);
    struct event e = { .kind = EVENT_LOOKED_BACK, .chat = "slack", .error = "no answer" };
    e.looked = (struct event_looked){ .seen = &s, .count = 1 };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 0);
    twin_decide(&desk, &e, &v);
    assert_int_equal(v.fact_count, 0);
}

/* Several stores in one look, each once; our own is none. */
static void each_store_of_a_look_is_followed_by_itself(void **state)
{
    (void)state;
    struct sighting seen[] = { said(OWN, NOW),       said("", NOW),    said(OTHER, NOW - 2),
                               said(THIRD, NOW - 1), said(OTHER, NOW), said(OTHER, NOW - 1) };
    look(EVENT_SIGHTED, "slack", seen, COUNT(seen));
    assert_int_equal(desk.twins.count, 2);
    assert_int_equal(the(OTHER)->said_ms, NOW);
    assert_int_equal(the(THIRD)->said_ms, NOW - 1);
}

/* Whoever can post as us could make up any number of stores. */
static void no_more_are_followed_than_there_is_room_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMIT_TWINS + 2; i++) {
        char store[STORE_ID_BYTES];
        snprintf(store, sizeof store, "%016zx", i + 1);
        look_at(said(store, NOW));
        assert_int_equal(found(FACT_TWIN_SEEN), i < LIMIT_TWINS);
    }
    struct sighting s = said(OTHER, NOW);
    assert_false(twin_is_news(&desk, "slack", &s));
    struct fact f = { .kind = FACT_TWIN_FOUND, .people = OTHER, .verb = "slack", .ref = NOW };
    twin_apply(&desk, &f);
    assert_int_equal(desk.twins.count, LIMIT_TWINS);
    assert_null(twin_named(&desk, OTHER));
}

/* ---- its window ---- */

static void its_last_word_on_a_case_counts(void **state)
{
    (void)state;
    struct sighting seen[] = { of_case(OTHER, NOW - 1, 7, NOW + MS_HOUR), of_case(OTHER, NOW, 7, 0),
                               of_case(OTHER, NOW, 6, NOW + MS_MINUTE),
                               of_case(THIRD, NOW + 1, 6, 0) };
    look(EVENT_LOOKED_BACK, "slack", seen, COUNT(seen));
    assert_int_equal(the(OTHER)->window_no, 6);
    assert_int_equal(the(OTHER)->until_ms, NOW + MS_MINUTE);
    assert_int_equal(the(OTHER)->last_case, 7);
    /* Said at the same time: the chat shows the newest first. */
    struct sighting same[] = { of_case(OTHER, NOW + 5, 6, 0),
                               of_case(OTHER, NOW + 5, 6, NOW + MS_DAY) };
    look(EVENT_LOOKED_BACK, "slack", same, COUNT(same));
    assert_int_equal(the(OTHER)->until_ms, 0);
    assert_int_equal(the(OTHER)->window_no, 0);
}

/* Of several the one that lasts longest; another case that is closed does not end it. */
static void the_longest_window_counts(void **state)
{
    (void)state;
    look_at(of_case(OTHER, NOW, 7, NOW + MS_HOUR));
    assert_int_equal(the(OTHER)->window_no, 7);
    look_at(of_case(OTHER, NOW + 1, 8, NOW + MS_MINUTE));
    assert_int_equal(the(OTHER)->window_no, 7);
    look_at(of_case(OTHER, NOW + 2, 9, 0));
    assert_int_equal(the(OTHER)->window_no, 7);
    look_at(of_case(OTHER, NOW + 2, 7, NOW + 2 * MS_MINUTE)); /* shortened, with no newer word */
    assert_int_equal(the(OTHER)->until_ms, NOW + 2 * MS_MINUTE);
    look_at(of_case(OTHER, NOW + 2, 8, NOW + MS_DAY));
    assert_int_equal(the(OTHER)->window_no, 8);
}

/* ---- our own sign ---- */

static bool gives_sign_anew(struct sighting s)
{
    look_at(s);
    return found(FACT_TWIN_SIGN);
}

/* What we gave a while ago is not to be seen any more: it is given again, further down. */
static void a_sign_that_nobody_sees_is_given_again(void **state)
{
    (void)state;
    ms_t given = NOW - MS_MINUTE;
    look_at(said(OTHER, NOW - MS_HOUR));
    look_at(said(OTHER, NOW));
    assert_false(found(FACT_TWIN_SIGN)); /* none was given yet: twin_settle gives the first */
    desk.twins.sign_ms = given;
    assert_true(gives_sign_anew(said(OTHER, NOW)));
    assert_int_equal(desk.twins.sign_n, 1);
    desk.twins.sign_ms = given;
    assert_false(gives_sign_anew(said(OWN, given)));
    assert_true(gives_sign_anew(said(OWN, given - 1)));
    desk.twins.sign_ms = given;
    desk.chats[0].sight.sent_ms = given;
    assert_false(gives_sign_anew(said(OTHER, NOW))); /* it was looked too soon */
    desk.chats[0].sight.sent_ms = NOW;
    desk.chats[0].closed = true;
    assert_false(gives_sign_anew(said(OTHER, NOW)));
    desk.chats[0].closed = false;
    desk.chats[0].up = false;
    assert_false(gives_sign_anew(said(OTHER, NOW)));
    desk.chats[0].up = true;
    struct sighting s = said(OTHER, NOW);
    look(EVENT_SIGHTED, "slack", &s, 1); /* not all that stands there */
    assert_false(found(FACT_TWIN_SIGN));
    look(EVENT_LOOKED_BACK, "nowhere", &s, 1);
    assert_false(found(FACT_TWIN_SIGN));
}

/* ---- connections ---- */

static void count_connections(const char *chat, int64_t registered, int64_t ours)
{
    struct event e = { .kind = EVENT_CROWDED, .chat = chat };
    e.crowded = (struct event_crowded){ .registered = registered, .ours = ours };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 0);
    twin_decide(&desk, &e, &v);
    for (size_t i = 0; i < v.fact_count; i++)
        twin_apply(&desk, &v.facts[i]);
}

static void a_crowd_is_told_when_it_comes_and_goes(void **state)
{
    (void)state;
    count_connections("slack", 1, 1);
    assert_int_equal(v.fact_count, 0);
    count_connections("nowhere", 2, 1);
    assert_int_equal(v.fact_count, 0);
    count_connections("slack", 2, 1);
    assert_true(found(FACT_CROWDED) && v.facts[0].on);
    count_connections("slack", 2, 1);
    assert_int_equal(v.fact_count, 0);
    count_connections("slack", 3, 1);
    assert_true(found(FACT_CROWDED) && !v.facts[0].on); /* known, and told */
    count_connections("slack", 1, 1);
    assert_true(found(FACT_CROWDED) && v.facts[0].on);
    struct fact f = { .kind = FACT_CROWDED, .verb = "nowhere", .count = 5, .ref = 1 };
    twin_apply(&desk, &f);
    assert_int_equal(desk.chats[0].crowd.registered, 1);
}

/* Another one that lives is the reason, and was told. */
static void a_crowd_that_is_explained_is_no_news(void **state)
{
    (void)state;
    look_at(said(OTHER, NOW));
    count_connections("slack", 2, 1);
    assert_true(found(FACT_CROWDED) && !v.facts[0].on);
}

/* ---- what people read ---- */

static const char *told(const struct fact *f)
{
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 0);
    twin_tell(&desk, f, &v);
    assert_true(v.effect_count > 0);
    return v.effects[0].say.text;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("“%s” is not in: %s", part, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("“%s” is in: %s", part, text);
}

static void a_crowd_is_told_in_numbers(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_CROWDED, .verb = "slack", .count = 3, .ref = 1, .on = 1 };
    desk.chats[0].crowd = (struct event_crowded){ .registered = 3, .ours = 1 };
    has(told(&f), "slack counts 3, and 1 of them is mine");
    assert_string_equal(twin_trouble_plain(&desk, &arena),
                        "another connection with the same app token is open: slack counts 3, and 1 "
                        "of them is mine");
    desk.chats[0].crowd.ours = f.our_sockets = 2;
    has(told(&f), "slack counts 3, and 2 of them are mine");
    /* That chat has none but ours any more, while another one still has. */
    desk.chats[desk.chat_count++] = (struct chat_state){ .name = "matrix", .up = true };
    f.verb = "matrix";
    f.sockets = f.our_sockets;
    has(told(&f), "matrix counts no connection but mine any more");
    f.verb = "slack";
    desk.chats[0].crowd.ours = 3;
    has(told(&f), "slack counts no connection but mine any more");
    assert_string_equal(twin_trouble_plain(&desk, &arena), "");
}

/* A log has no times of a chat in it. */
static void a_twin_is_told_to_the_log_without_marks(void **state)
{
    (void)state;
    look_at(said(OTHER, NOW));
    desk.chats[0].crowd = (struct event_crowded){ .registered = 3, .ours = 1 };
    const char *plain = twin_trouble_plain(&desk, &arena);
    has(plain, "another reguard (66666666) runs with the same tokens");
    has(plain, "heard last in slack. Its records are the older ones");
    has_not(plain, "\x01");
    has(twin_trouble(&desk, &arena), "\x01");
}

static void the_end_of_the_other_one_is_told(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_TWIN_GONE, .people = OTHER, .since_ms = NOW - MS_HOUR };
    has(told(&f), "counts as gone. I go on alone: requests are taken.");
    desk.doubt.stands = true;
    has_not(told(&f), "I go on alone");
}

/* The newest sign of life says how it stands now, under a name that is one message's. */
static void a_sign_of_life_says_how_many_run(void **state)
{
    (void)state;
    struct message m;
    desk.twins.sign_n = 1002;
    twin_picture(&desk, NOW, &arena, &m);
    has(m.text, "One reguard runs here again");
    has(m.footer, "Sign of life of reguard 55555555");
    assert_string_equal(m.case_id, "h2-55555555");
    look_at(said(OTHER, NOW));
    twin_picture(&desk, NOW, &arena, &m);
    has(m.text, "Two reguards run here: another reguard (66666666)");
}

/* Where it is found off, by whose window; one of long ago explains nothing. */
static void a_window_of_the_other_one_explains_what_is_found_off(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    look_at(said(THIRD, NOW));
    look_at(of_case(OTHER, NOW, 7, NOW + MS_HOUR));
    twin_add_window(&desk, NOW + MS_HOUR + MS_DAY + 1, &b);
    assert_string_equal(buf_text(&b), "");
    twin_add_window(&desk, NOW + MS_HOUR + MS_DAY, &b);
    has(buf_text(&b), "Another reguard (66666666) has lifted it for G-0007");
}

/* The one has ended and another one lasts as long: which one it is has changed. */
static void another_window_of_the_same_end(void **state)
{
    (void)state;
    look_at(of_case(OTHER, NOW, 7, NOW + MS_HOUR));
    struct sighting seen[] = { of_case(OTHER, NOW, 7, 0), of_case(OTHER, NOW, 8, NOW + MS_HOUR) };
    look(EVENT_LOOKED_BACK, "slack", seen, COUNT(seen));
    assert_true(found(FACT_TWIN_SEEN));
    assert_int_equal(the(OTHER)->window_no, 8);
    assert_int_equal(the(OTHER)->until_ms, NOW + MS_HOUR);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(the_older_records_are_told_by_birth_then_by_name),
        A_TEST(only_what_was_said_since_we_look_is_news),
        A_TEST(what_was_accepted_is_no_news_when_it_arrives_late),
        A_TEST(a_known_one_has_to_say_something_new),
        A_TEST(an_older_word_does_not_move_it_back),
        A_TEST(a_look_that_failed_says_nothing),
        A_TEST(each_store_of_a_look_is_followed_by_itself),
        A_TEST(no_more_are_followed_than_there_is_room_for),
        A_TEST(its_last_word_on_a_case_counts),
        A_TEST(the_longest_window_counts),
        A_TEST(a_sign_that_nobody_sees_is_given_again),
        A_TEST(another_window_of_the_same_end),
        A_TEST(a_crowd_is_told_when_it_comes_and_goes),
        A_TEST(a_crowd_that_is_explained_is_no_news),
        A_TEST(a_crowd_is_told_in_numbers),
        A_TEST(a_twin_is_told_to_the_log_without_marks),
        A_TEST(the_end_of_the_other_one_is_told),
        A_TEST(a_sign_of_life_says_how_many_run),
        A_TEST(a_window_of_the_other_one_explains_what_is_found_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
