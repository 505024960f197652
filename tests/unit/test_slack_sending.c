/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to Slack of which an earlier attempt may have arrived: as many pages as it takes are
   looked through before one is sent again, and where that is not possible it waits; what Slack
   refuses goes in another form, in another place, or is said to be gone. */
#include "host/clock.h"
#include "tests/unit/unit_slack.h"

#include "core/limits.h"

#define BODY                                                                          \
    "{\"text\":\"hello\",\"metadata\":{\"event_type\":\"reguard\",\"event_payload\":" \
    "{\"key\":\"7-slack\",\"store\":\"5a17\"}}}"
#define POST "POST chat.postMessage"
#define HISTORY "POST conversations.history"
#define REPLIES "POST conversations.replies"

/* Nobody is served a message twice: that is what all of this is for. */
static void delivers(struct effect_deliver d, ms_t for_ms)
{
    static uint64_t id = 200;
    struct err err = { "" };
    d.key = "7-slack";
    d.body = d.body ? d.body : BODY;
    d.first_attempt_ms = us_at(0) / 1000;
    assert_true(performs(
        (struct effect){
            .kind = EFFECT_DELIVER, .urgency = URGENCY_GUARDS, .id = ++id, .deliver = d },
        &err));
    passes(for_ms);
}

static const struct effect_deliver AGAIN = { .kind = MESSAGE_POST, .look_first = true };

static struct effect_deliver again_under(int64_t thread_s)
{
    return (struct effect_deliver){ .kind = MESSAGE_THREAD,
                                    .look_first = true,
                                    .thread_id = ts_at(thread_s) };
}

static void ours_stands(int64_t s, int64_t thread_s, const char *key, const char *store)
{
    struct post *p = stands(s);
    p->thread_us = thread_s ? us_at(thread_s) : 0;
    p->key = key;
    p->store = store;
}

static void assert_found_at(int64_t s)
{
    assert_int_equal(asked(POST), 0);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_true(last_heard(EVENT_DELIVERED)->delivery.as_first_sent);
    assert_string_equal(last_heard(EVENT_DELIVERED)->remote_id, ts_at(s));
}

static void assert_sent_once(void)
{
    assert_int_equal(asked(POST), 1);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
    assert_false(last_heard(EVENT_DELIVERED)->delivery.as_first_sent);
}

/* ---- what stands there twice ---- */

#define DELETE "POST chat.delete"

static struct effect_deliver stands_at(enum message_kind kind, int64_t s)
{
    return (struct effect_deliver){ .kind = kind, .stands_id = ts_at(s) };
}

static void assert_looked(size_t deleted)
{
    assert_int_equal(asked(POST), 0);
    assert_int_equal(asked(DELETE), deleted);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
}

static void of_two_the_one_on_record_stays(void **state)
{
    (void)state;
    ours_stands(3, 0, "7-slack", "5a17");
    ours_stands(5, 0, "6-slack", "5a17");
    ours_stands(6, 0, "7-slack", "other");
    ours_stands(9, 0, "7-slack", "5a17");
    says(DELETE, 200, "{\"ok\":true}");
    is_up(NULL);
    delivers(stands_at(MESSAGE_CARD, 3), MS_MINUTE);
    assert_looked(1);
    assert_non_null(strstr(ask_of(DELETE)->body, ts_at(9)));
}

static void the_earlier_one_goes_when_the_later_is_on_record(void **state)
{
    (void)state;
    ours_stands(3, 0, "7-slack", "5a17");
    for (int64_t s = 4; s <= 250; s++)
        stands(s);
    ours_stands(260, 0, "7-slack", "5a17");
    says(DELETE, 200, "{\"ok\":false,\"error\":\"message_not_found\"}");
    is_up(NULL);
    delivers(stands_at(MESSAGE_CARD, 260), MS_MINUTE);
    assert_looked(1);
    assert_non_null(strstr(ask_of(DELETE)->body, ts_at(3)));
}

/* Without the one on record the other is all there is. */
static void the_only_one_stays(void **state)
{
    (void)state;
    ours_stands(9, 0, "7-slack", "5a17");
    is_up(NULL);
    delivers(stands_at(MESSAGE_CARD, 3), MS_MINUTE);
    assert_looked(0);
}

/* A card's picture changes. */
static void all_else_is_the_same_to_the_last_word(void **state)
{
    (void)state;
    ours_stands(3, 0, "7-slack", "5a17");
    ours_stands(9, 0, "7-slack", "5a17");
    says(DELETE, 200, "{\"ok\":true}");
    is_up(NULL);
    struct effect_deliver d = stands_at(MESSAGE_POST, 3);
    d.body = "{\"text\":\"hello\",\"metadata\":{\"event_type\":\"reguard\",\"event_payload\":"
             "{\"key\":\"7-slack\",\"store\":\"5a17\",\"record\":7}}}";
    delivers(d, MS_MINUTE);
    assert_looked(0);
    delivers(stands_at(MESSAGE_POST, 3), MS_MINUTE);
    assert_int_equal(asked(DELETE), 1);
}

static void what_cannot_be_read_is_let_be(void **state)
{
    (void)state;
    is_up(NULL);
    says(HISTORY, 200, "{\"ok\":false,\"error\":\"missing_scope\"}");
    delivers(stands_at(MESSAGE_CARD, 3), MS_MINUTE);
    assert_int_equal(asked(POST) + asked(DELETE), 0);
    assert_int_equal(heard(EVENT_DELIVERY_FAILED), 1);
}

/* ---- it is looked for ---- */

static void what_arrived_is_found_however_much_was_said_since(void **state)
{
    (void)state;
    ours_stands(1, 0, "7-slack", "5a17");
    for (int64_t s = 2; s <= 1000; s++)
        stands(s);
    is_up(NULL);
    delivers(AGAIN, MS_MINUTE);
    assert_found_at(1);
    assert_int_equal(asked(HISTORY), 10);
}

static void what_did_not_arrive_is_sent_once_all_is_looked_through(void **state)
{
    (void)state;
    /* Neither another message, nor another reguard's with the same key, is it. */
    ours_stands(1, 0, "6-slack", "5a17");
    ours_stands(2, 0, "7-slack", "other");
    for (int64_t s = 3; s <= 250; s++)
        stands(s);
    is_up(NULL);
    delivers(AGAIN, MS_MINUTE);
    assert_int_equal(asked(HISTORY), 3);
    assert_sent_once();
}

/* A thread is shown from its beginning on. */
static void under_a_card_it_is_found_on_a_later_page(void **state)
{
    (void)state;
    ours_stands(1, 0, "1-slack", "5a17");
    for (int64_t s = 2; s <= 300; s++)
        stands_under(1, s);
    ours_stands(301, 1, "7-slack", "5a17");
    is_up(NULL);
    delivers(again_under(1), MS_MINUTE);
    assert_found_at(301);
    assert_true(asked(REPLIES) > 2);
    assert_int_equal(asked(HISTORY), 0);
}

static void pages_that_are_too_long_are_halved(void **state)
{
    (void)state;
    channel.most_bytes = 1000;
    ours_stands(1, 0, "7-slack", "5a17");
    for (int64_t s = 2; s <= 60; s++)
        stands(s);
    is_up(NULL);
    delivers(AGAIN, MS_MINUTE);
    assert_found_at(1);
}

/* ---- it cannot be looked for ---- */

/* More than can be looked through: it waits, and goes when it has waited long enough, since an
   alarm twice is better than none. */
static void more_than_can_be_looked_through_is_waited_for(void **state)
{
    (void)state;
    for (int64_t s = 1; s <= 60; s++)
        stands(s)->bytes = 1000;
    channel.most_bytes = 1000; /* a message a page: more pages than are turned */
    is_up(NULL);
    delivers(AGAIN, MS_SECOND);
    assert_int_equal(asked(POST), 0);
    assert_true(asked(HISTORY) >= LIMIT_SLACK_LOOK_PAGES);
    assert_told(EVENT_DELIVERY_FAILED, "more was said since than can be looked through");
    ms_t within_ms = last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_within_ms;
    assert_true(within_ms > 0);
    passes(within_ms);
    delivers(AGAIN, MS_MINUTE);
    assert_sent_once();
}

/* A page that holds nothing, says that there is more, and comes again and again. */
static void a_page_that_does_not_turn_is_not_turned_for_ever(void **state)
{
    (void)state;
    is_up(NULL);
    says(HISTORY, 200, "{\"ok\":true,\"messages\":[],\"has_more\":true}");
    delivers(AGAIN, MS_MINUTE);
    assert_int_equal(asked(HISTORY), 1);
    assert_int_equal(asked(POST), 0);
    assert_told(EVENT_DELIVERY_FAILED, "more was said since than can be looked through");
}

static void a_look_that_breaks_is_no_reason_to_send(void **state)
{
    (void)state;
    is_up(NULL);
    breaks(HISTORY, -1);
    delivers(AGAIN, MS_MINUTE);
    assert_int_equal(asked(POST), 0);
    assert_told(EVENT_DELIVERY_FAILED, "the line broke");
    /* A while without a look ends what was blind: it counts from its beginning again. */
    ms_t within_ms = last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_within_ms;
    passes(5 * MS_MINUTE);
    delivers(AGAIN, MS_SECOND);
    assert_int_equal(last_heard(EVENT_DELIVERY_FAILED)->delivery.retry_within_ms, within_ms);
    assert_int_equal(asked(POST), 0);
}

/* Twice is better than never where nothing can be read. */
static void where_it_may_not_be_read_it_is_sent(void **state)
{
    (void)state;
    is_up(NULL);
    says(HISTORY, 200, "{\"ok\":false,\"error\":\"missing_scope\"}");
    delivers(AGAIN, MS_MINUTE);
    assert_sent_once();
}

static void a_card_that_is_gone_has_nothing_under_it(void **state)
{
    (void)state;
    is_up(NULL);
    says(REPLIES, 200, "{\"ok\":false,\"error\":\"thread_not_found\"}");
    delivers(again_under(1), MS_MINUTE);
    assert_int_equal(asked(POST), 0);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.target_gone);
}

/* ---- what Slack refuses ---- */

static void an_edit_of_what_is_gone_says_so(void **state)
{
    (void)state;
    is_up(NULL);
    says("POST chat.update", 200, "{\"ok\":false,\"error\":\"message_not_found\"}");
    delivers((struct effect_deliver){ .kind = MESSAGE_CARD, .edit_id = ts_at(1) }, MS_MINUTE);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.target_gone);
    assert_int_equal(asked(POST), 0);
}

static void where_no_thread_is_taken_it_stands_beside(void **state)
{
    (void)state;
    is_up(NULL);
    says_once(POST, 200, "{\"ok\":false,\"error\":\"restricted_action_thread_locked\"}");
    delivers((struct effect_deliver){ .kind = MESSAGE_THREAD, .thread_id = ts_at(1) }, MS_MINUTE);
    assert_int_equal(asked(POST " thread_ts"), 1);
    assert_int_equal(asked(POST), 2);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
}

static void a_form_that_is_refused_is_made_plainer(void **state)
{
    (void)state;
    is_up(NULL);
    says_once(POST, 200, "{\"ok\":false,\"error\":\"invalid_blocks\"}");
    delivers((struct effect_deliver){ .kind = MESSAGE_POST }, MS_MINUTE);
    assert_int_equal(asked(POST), 2);
    assert_true(last_heard(EVENT_DELIVERED)->delivery.plainer);
}

static void what_no_channel_takes_is_told_of_the_channel(void **state)
{
    (void)state;
    is_up(NULL);
    says(POST, 200, "{\"ok\":false,\"error\":\"not_in_channel\"}");
    delivers((struct effect_deliver){ .kind = MESSAGE_POST }, MS_MINUTE);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.channel_closed);
    assert_told(EVENT_CHAT_REFUSED, "messages to the channel are refused (not_in_channel)");
}

static void what_breaks_may_have_arrived(void **state)
{
    (void)state;
    is_up(NULL);
    breaks(POST, 1);
    delivers((struct effect_deliver){ .kind = MESSAGE_POST }, MS_MINUTE);
    assert_int_equal(asked(POST), 1); /* never again without a look */
    assert_int_equal(heard(EVENT_DELIVERY_UNKNOWN), 1);
}

/* ---- to one person ---- */

static const struct effect_deliver TO_ANA = { .kind = MESSAGE_DIRECT, .person_id = "UANA" };

static void a_conversation_is_opened_once(void **state)
{
    (void)state;
    is_up(NULL);
    delivers(TO_ANA, MS_SECOND);
    delivers(TO_ANA, MS_SECOND);
    assert_int_equal(asked("POST conversations.open UANA"), 1);
    assert_int_equal(asked(POST " D1"), 2);
    /* One that takes nothing any more is opened anew. */
    says_once(POST, 200, "{\"ok\":false,\"error\":\"channel_not_found\"}");
    delivers(TO_ANA, MS_SECOND);
    assert_false(last_heard(EVENT_DELIVERY_FAILED)->delivery.channel_closed);
    delivers(TO_ANA, MS_SECOND);
    assert_int_equal(asked("POST conversations.open UANA"), 2);
    assert_int_equal(heard(EVENT_DELIVERED), 3);
}

static void nobody_who_is_not_there_is_written_to(void **state)
{
    (void)state;
    is_up(NULL);
    says_once("POST conversations.open", 200, "{\"ok\":false,\"error\":\"user_not_found\"}");
    delivers(TO_ANA, MS_SECOND);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.for_ever);
    says_once("POST conversations.open", 200, "{\"ok\":false,\"error\":\"method_not_supported\"}");
    delivers(TO_ANA, MS_SECOND);
    assert_told(EVENT_DELIVERY_FAILED, "Slack: method_not_supported");
    assert_false(last_heard(EVENT_DELIVERY_FAILED)->delivery.for_ever);
    says_once("POST conversations.open", 200, "{\"ok\":true}");
    delivers(TO_ANA, MS_SECOND);
    assert_told(EVENT_DELIVERY_FAILED, "no direct channel");
    says_once(POST, 200, "{\"ok\":false,\"error\":\"cannot_dm_bot\"}");
    delivers(TO_ANA, MS_SECOND);
    assert_true(last_heard(EVENT_DELIVERY_FAILED)->delivery.for_ever);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 0);
}

/* ---- who is that ---- */

static void asks_who(const char *id, enum urgency urgency)
{
    struct err err = { "" };
    assert_true(performs(
        (struct effect){ .kind = EFFECT_IDENTIFY, .urgency = urgency, .id = 9, .identify = id },
        &err));
}

static void one_read_answers_all_who_wait_for_the_same_person(void **state)
{
    (void)state;
    is_up(NULL);
    says("POST users.info", 200, "{\"ok\":true,\"user\":{\"id\":\"UBEN\"}}");
    for (size_t i = 0; i < 30; i++)
        asks_who("UANA", URGENCY_ORDINARY);
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_IDENTIFIED), 30);
    assert_true(asked("POST users.info") < 15);
    assert_told(EVENT_IDENTIFIED, "another user's data");
}

/* What raises protection is not held up by however many ask. */
static void what_raises_is_told_that_it_is_not_known(void **state)
{
    (void)state;
    is_up(NULL);
    char id[16];
    for (size_t i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "U%zu", i);
        asks_who(id, URGENCY_RAISES);
    }
    passes(10 * MS_SECOND);
    assert_true(asked("POST users.info") < 20);
    assert_true(heard(EVENT_IDENTIFIED) >= 20);
    assert_told(EVENT_IDENTIFIED, "too many ask");
}

/* Slack tells the offset of today; when it changes is looked up, unless the two contradict each
   other. */
static void a_clock_that_is_about_to_be_turned_is_known(void **state)
{
    (void)state;
    static const ms_t SPRING = 1806195600000; /* 2027-03-28 01:00 UTC */
    static const struct {
        const char *clock;
        ms_t ahead_ms, turn_ms, then_ms;
    } cases[] = {
        { "\"tz\":\"Europe/Berlin\",\"tz_offset\":3600", MS_HOUR, SPRING, 2 * MS_HOUR },
        { "\"tz\":\"Europe/Berlin\",\"tz_offset\":7200", 2 * MS_HOUR, 0, 0 },
        { "\"tz\":\"Mars/Olympus\",\"tz_offset\":3600", MS_HOUR, 0, 0 },
        { "\"tz\":7,\"tz_offset\":3600", MS_HOUR, 0, 0 },
        { "\"tz_offset\":3600", MS_HOUR, 0, 0 },
    };
    is_up(NULL);
    peer.later_ms = SPRING - 12 * MS_HOUR - clock_wall_ms();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char user[200];
        snprintf(user, sizeof user, "{\"ok\":true,\"user\":{\"id\":\"UANA\",%s}}", cases[i].clock);
        says_once("POST users.info", 200, user);
        asks_who("UANA", URGENCY_ORDINARY);
        passes(MS_MINUTE);
        const struct heard *h = last_heard(EVENT_IDENTIFIED);
        if (!h->zone_known || h->zone.ahead_ms != cases[i].ahead_ms ||
            h->zone.turn_ms != cases[i].turn_ms || h->zone.then_ms != cases[i].then_ms)
            fail_msg("%s", cases[i].clock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_two_the_one_on_record_stays),
        TEST(the_earlier_one_goes_when_the_later_is_on_record),
        TEST(the_only_one_stays),
        TEST(all_else_is_the_same_to_the_last_word),
        TEST(what_cannot_be_read_is_let_be),
        TEST(what_arrived_is_found_however_much_was_said_since),
        TEST(what_did_not_arrive_is_sent_once_all_is_looked_through),
        TEST(under_a_card_it_is_found_on_a_later_page),
        TEST(pages_that_are_too_long_are_halved),
        TEST(more_than_can_be_looked_through_is_waited_for),
        TEST(a_page_that_does_not_turn_is_not_turned_for_ever),
        TEST(a_look_that_breaks_is_no_reason_to_send),
        TEST(where_it_may_not_be_read_it_is_sent),
        TEST(a_card_that_is_gone_has_nothing_under_it),
        TEST(an_edit_of_what_is_gone_says_so),
        TEST(where_no_thread_is_taken_it_stands_beside),
        TEST(a_form_that_is_refused_is_made_plainer),
        TEST(what_no_channel_takes_is_told_of_the_channel),
        TEST(what_breaks_may_have_arrived),
        TEST(a_conversation_is_opened_once),
        TEST(nobody_who_is_not_there_is_written_to),
        TEST(one_read_answers_all_who_wait_for_the_same_person),
        TEST(what_raises_is_told_that_it_is_not_known),
        TEST(a_clock_that_is_about_to_be_turned_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
