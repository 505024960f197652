/* SPDX-License-Identifier: Apache-2.0 */
/* When the outbox tries a message again that the chat asks to have later. */
#include "tests/unit/unit.h"

#include "core/limits.h"
#include "core/person.h"
#include "engine/outbox.h"
#include "port/adapter.h"

static const ms_t NOW = 1795526055000;

static bool render(const struct adapter *a, const struct message *m, struct buf *out, struct err *e)
{
    (void)a, (void)e;
    buf_add(out, m->text);
    return true;
}

static const struct adapter_ops ops = {
    .name = "slack", .role = ADAPTER_CHAT, .may_double = true, .render = render
};
static struct adapter chat = { &ops };
static struct outbox outbox;
static struct people people;
static struct arena arena;
static struct err err;
static uint64_t sent; /* the last effect's id */
static struct effect_deliver asked;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    outbox = (struct outbox){ .store = store_open_in_memory(&err), .people = &people };
    outbox.chats[outbox.chat_count++].adapter = &chat;
    sent = 0;
    return outbox.store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    outbox_done(&outbox);
    store_close(outbox.store);
    arena_done(&arena);
    return 0;
}

static void send_it(void *arg, struct adapter *to, const struct effect *e)
{
    (void)arg, (void)to;
    sent = e->id;
    asked = e->deliver;
}

static void pump(ms_t now_ms) { outbox_pump(&outbox, now_ms, &arena, send_it, NULL); }

static void hear(struct event e)
{
    e.chat = "slack";
    e.at_ms = e.at_ms ? e.at_ms : NOW;
    assert_true(outbox_heard(&outbox, &e, &err));
    assert_true(store_commit(outbox.store, &err));
    outbox_settle(&outbox);
}

/* After the chat has taken none of it and said when. Gives the instant of the next attempt. */
static ms_t next_of(bool alarm, ms_t asked_ms)
{
    struct outbox_row row = { .key = "o-1-slack",
                              .chat = "slack",
                              .case_id = "",
                              .body = "overdue",
                              .kind = MESSAGE_POST,
                              .alarm = alarm,
                              .first_ms = NOW,
                              .next_ms = NOW };
    assert_true(store_outbox_put(outbox.store, &row, &err));
    hear((struct event){ .kind = EVENT_CHAT_UP });
    pump(NOW);
    assert_int_not_equal(sent, 0);
    hear((struct event){ .kind = EVENT_DELIVERY_FAILED,
                         .effect_id = sent,
                         .error = "ratelimited",
                         .delivery.retry_after_ms = asked_ms });
    pump(NOW);
    return outbox_due_ms(&outbox);
}

static void an_alarm_is_tried_again_after_a_minute(void **state)
{
    (void)state;
    assert_int_equal(next_of(true, MS_HOUR), NOW + MS_MINUTE);
    sent = 0;
    pump(NOW + MS_MINUTE - 1);
    assert_int_equal(sent, 0);
    pump(NOW + MS_MINUTE);
    assert_int_not_equal(sent, 0);
}

static void an_alarm_waits_for_less_than_that(void **state)
{
    (void)state;
    assert_int_equal(next_of(true, MS_MINUTE - 1), NOW + MS_MINUTE - 1);
}

static void anything_else_waits_as_long_as_the_chat_says(void **state)
{
    (void)state;
    assert_int_equal(next_of(false, MS_HOUR), NOW + MS_HOUR);
}

/* ---- reminders of a chat that asks to wait ---- */

static const struct message
    of_first = { .kind = MESSAGE_POST, .case_id = "G-0001", .alarm = true, .reminds = true },
    of_second = { .kind = MESSAGE_POST, .case_id = "G-0002", .alarm = true, .reminds = true },
    of_both = {
        .kind = MESSAGE_POST, .case_id = "G-0002", .also = "G-0001", .alarm = true, .reminds = true
    };

/* At that instant, as the turn that reminds. */
static void say_at(ms_t at_ms, struct message m, const char *key)
{
    static struct verdict v;
    verdict_init(&v, &arena, (struct turn){ .now_ms = at_ms }, 1);
    m.text = key;
    m.state = m.question = m.headline = m.footer = "";
    assert_true(outbox_say(&outbox, &m, key, &v, &err));
    assert_true(store_commit(outbox.store, &err));
}

static void refused(ms_t at_ms, ms_t asked_ms)
{
    hear((struct event){ .kind = EVENT_DELIVERY_FAILED,
                         .effect_id = sent,
                         .at_ms = at_ms,
                         .error = "ratelimited",
                         .delivery.retry_after_ms = asked_ms });
}

/* What leaves from then on, one behind the other. */
static const char *leave(ms_t at_ms)
{
    static char keys[256];
    keys[0] = '\0';
    for (;;) {
        sent = 0;
        pump(at_ms);
        if (!sent)
            return keys;
        size_t used = strlen(keys);
        snprintf(keys + used, sizeof keys - used, "%s%s", used ? " " : "", asked.body);
        hear((struct event){ .kind = EVENT_DELIVERED,
                             .effect_id = sent,
                             .at_ms = at_ms,
                             .delivery.remote_id = asked.key });
    }
}

/* One of the first case was refused, and waits. */
static void one_waits(void)
{
    hear((struct event){ .kind = EVENT_CHAT_UP });
    say_at(NOW, of_first, "G-0001-1-0");
    pump(NOW);
    refused(NOW, MS_HOUR);
}

static void a_newer_reminder_leaves_in_its_place_and_at_once(void **state)
{
    (void)state;
    one_waits();
    say_at(NOW + 10 * MS_SECOND, of_first, "G-0001-2-0");
    assert_string_equal(leave(NOW + 10 * MS_SECOND), "G-0001-2-0");
    assert_string_equal(leave(NOW + 2 * MS_HOUR), "");
}

static void one_under_way_is_not_sent_again(void **state)
{
    (void)state;
    hear((struct event){ .kind = EVENT_CHAT_UP });
    say_at(NOW, of_first, "G-0001-1-0");
    pump(NOW);
    say_at(NOW + MS_SECOND, of_first, "G-0001-2-0");
    refused(NOW + 2 * MS_SECOND, MS_HOUR);
    assert_string_equal(leave(NOW + 2 * MS_SECOND), "G-0001-2-0");
    assert_string_equal(leave(NOW + 2 * MS_HOUR), "");
    /* It may be there: it is looked for, as ever. */
    say_at(NOW, of_first, "G-0001-3-0");
    pump(NOW);
    say_at(NOW + MS_SECOND, of_first, "G-0001-4-0");
    hear((struct event){ .kind = EVENT_DELIVERY_UNKNOWN, .effect_id = sent, .error = "lost" });
    assert_string_equal(leave(NOW + MS_MINUTE), "G-0001-3-0 G-0001-4-0");
}

/* An alarm of a case that the newer one does not name. */
static void nothing_of_another_case_is_left_out(void **state)
{
    (void)state;
    one_waits();
    say_at(NOW, of_both, "G-0002+G-0001-2-0");
    say_at(NOW, of_second, "G-0002-3-0");
    say_at(NOW, of_first, "G-0001-4-0");
    assert_string_equal(leave(NOW), "G-0002+G-0001-2-0 G-0002-3-0 G-0001-4-0");
    assert_string_equal(leave(NOW + 2 * MS_HOUR), "");
    say_at(NOW, of_first, "G-0001-5-0");
    say_at(NOW, of_second, "G-0002-6-0");
    say_at(NOW, of_both, "G-0002+G-0001-7-0");
    assert_string_equal(leave(NOW), "G-0002+G-0001-7-0");
}

/* Of the same case, and no reminder before it or no alarm; what may be there already. */
static void nothing_else_is_left_out(void **state)
{
    (void)state;
    struct message found = of_first, quiet = of_first, more = of_first;
    one_waits();
    assert_true(store_doubt_unsent(outbox.store, &err));
    found.reminds = quiet.alarm = false;
    more.case_id = "G-00011";
    say_at(NOW, found, "G-0001-2-0");
    say_at(NOW, quiet, "G-0001-3-0");
    say_at(NOW, more, "G-00011-4-0");
    say_at(NOW, of_first, "G-0001-5-0");
    assert_string_equal(leave(NOW + 2 * MS_HOUR),
                        "G-0001-1-0 G-0001-2-0 G-00011-4-0 G-0001-5-0 G-0001-3-0");
}

static void each_person_has_their_own(void **state)
{
    (void)state;
    struct message alone = of_first;
    people.count = 2;
    for (size_t i = 0; i < 2; i++) {
        people.rows[i] = (struct person){ .id_count = 1 };
        STR_SET(people.rows[i].key, i ? "ben" : "ana");
        STR_SET(people.rows[i].ids[0].chat, "slack");
        STR_SET(people.rows[i].ids[0].id, i ? "UBEN" : "UANA");
    }
    one_waits();
    alone.kind = MESSAGE_DIRECT;
    alone.to = "ana";
    say_at(NOW, alone, "G-0001-2-0");
    alone.to = "ben";
    say_at(NOW, alone, "G-0001-2-1");
    say_at(NOW, alone, "G-0001-3-1");
    assert_string_equal(leave(NOW + 2 * MS_HOUR), "G-0001-1-0 G-0001-2-0 G-0001-3-1");
}

/* ---- what may stand there twice ---- */

static void puts_post(const char *key)
{
    struct outbox_row row = { .key = key,
                              .chat = "slack",
                              .case_id = "",
                              .body = "the window is over",
                              .kind = MESSAGE_POST,
                              .first_ms = NOW,
                              .next_ms = NOW };
    assert_true(store_outbox_put(outbox.store, &row, &err));
    hear((struct event){ .kind = EVENT_CHAT_UP });
}

static struct event arrived(const char *remote_id, bool as_first_sent)
{
    return (struct event){ .kind = EVENT_DELIVERED,
                           .effect_id = sent,
                           .delivery = { .remote_id = remote_id, .as_first_sent = as_first_sent } };
}

/* As whoever takes over sends what may be on its way already. */
static void posts_in_doubt(const char *key, bool found)
{
    puts_post(key);
    assert_true(store_doubt_unsent(outbox.store, &err));
    pump(NOW);
    assert_true(asked.look_first);
    hear(arrived("17.0001", found));
    sent = 0;
}

static bool looks_at(ms_t now_ms)
{
    sent = 0;
    pump(now_ms);
    return sent != 0;
}

static void hears_at(ms_t now_ms, enum event_kind kind)
{
    struct event e = arrived("17.0001", false);
    e.kind = kind;
    e.at_ms = now_ms;
    hear(e);
}

static void what_was_posted_in_doubt_is_looked_for_again(void **state)
{
    (void)state;
    posts_in_doubt("o-1-slack", false);
    ms_t at = NOW;
    static const ms_t waits[] = { 30 * MS_SECOND, MS_MINUTE, 2 * MS_MINUTE, 4 * MS_MINUTE };
    for (size_t i = 0; i < COUNT(waits); i++) {
        pump(at);
        assert_int_equal(outbox_due_ms(&outbox), at + waits[i]);
        assert_false(looks_at(at + waits[i] - 1));
        assert_true(looks_at(at += waits[i]));
        assert_string_equal(asked.stands_id, "17.0001");
        assert_string_equal(asked.key, "o-1-slack");
        assert_string_equal(asked.body, "the window is over");
        assert_false(outbox_awaits(&outbox, "slack"));
        hears_at(at, i % 2 ? EVENT_DELIVERED : EVENT_DELIVERY_FAILED);
    }
    assert_false(looks_at(at + MS_DAY));
    assert_int_equal(outbox_due_ms(&outbox), MS_NEVER);
}

static void a_look_says_nothing_of_the_channel(void **state)
{
    (void)state;
    posts_in_doubt("o-1-slack", false);
    assert_true(looks_at(NOW + MS_MINUTE));
    struct event e = arrived("17.0001", false);
    e.chat = "slack";
    e.kind = EVENT_DELIVERY_FAILED;
    e.delivery.channel_closed = true;
    assert_false(outbox_tells(&outbox, &e));
    assert_true(outbox_heard(&outbox, &e, &err));
    assert_false(outbox.chats[0].closed);
}

static void what_cannot_be_twice_is_not_looked_for(void **state)
{
    (void)state;
    posts_in_doubt("o-1-slack", true); /* the one of before was found */
    assert_false(looks_at(NOW + MS_DAY));
    puts_post("o-2-slack"); /* never tried before */
    pump(NOW);
    assert_false(asked.look_first);
    hear(arrived("17.0002", false));
    assert_false(looks_at(NOW + MS_DAY));
    static const struct adapter_ops knows = { .name = "slack", .role = ADAPTER_CHAT };
    chat.ops = &knows; /* the service itself tells one from two */
    posts_in_doubt("o-3-slack", false);
    chat.ops = &ops;
    assert_false(looks_at(NOW + MS_DAY));
}

static void it_counts_when_it_is_on_record(void **state)
{
    (void)state;
    puts_post("o-1-slack");
    assert_true(store_doubt_unsent(outbox.store, &err));
    pump(NOW);
    struct event e = arrived("17.0001", false);
    e.chat = "slack";
    e.at_ms = NOW;
    assert_true(outbox_heard(&outbox, &e, &err));
    outbox_forget(&outbox);
    assert_int_equal(outbox.chats[0].twice_count, 0);
}

static void so_many_are_looked_for_and_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_TWICE + 2; i++)
        posts_in_doubt(arena_printf(&arena, "o-%d-slack", i), false);
    assert_int_equal(outbox.chats[0].twice_count, LIMIT_TWICE);
}

int main(void)
{
#define OUTBOX(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        OUTBOX(a_newer_reminder_leaves_in_its_place_and_at_once),
        OUTBOX(one_under_way_is_not_sent_again),
        OUTBOX(nothing_of_another_case_is_left_out),
        OUTBOX(nothing_else_is_left_out),
        OUTBOX(each_person_has_their_own),
        OUTBOX(an_alarm_is_tried_again_after_a_minute),
        OUTBOX(an_alarm_waits_for_less_than_that),
        OUTBOX(what_was_posted_in_doubt_is_looked_for_again),
        OUTBOX(a_look_says_nothing_of_the_channel),
        OUTBOX(what_cannot_be_twice_is_not_looked_for),
        OUTBOX(it_counts_when_it_is_on_record),
        OUTBOX(so_many_are_looked_for_and_no_more),
        OUTBOX(anything_else_waits_as_long_as_the_chat_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
