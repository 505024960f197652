/* SPDX-License-Identifier: Apache-2.0 */
/* When the outbox tries a message again that the chat asks to have later. */
#include "tests/unit/unit.h"

#include "core/limits.h"
#include "core/person.h"
#include "engine/outbox.h"
#include "port/adapter.h"

static const ms_t NOW = 1795526055000;

static const struct adapter_ops ops = { .name = "slack", .role = ADAPTER_CHAT };
static struct adapter chat = { &ops };
static struct outbox outbox;
static struct people people;
static struct arena arena;
static struct err err;
static uint64_t sent; /* the last effect's id */

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
}

static void pump(ms_t now_ms) { outbox_pump(&outbox, now_ms, &arena, send_it, NULL); }

static void hear(struct event e)
{
    e.chat = "slack";
    e.at_ms = NOW;
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

int main(void)
{
#define OUTBOX(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        OUTBOX(an_alarm_is_tried_again_after_a_minute),
        OUTBOX(an_alarm_waits_for_less_than_that),
        OUTBOX(anything_else_waits_as_long_as_the_chat_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
