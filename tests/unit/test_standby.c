/* SPDX-License-Identifier: Apache-2.0 */
/* From standing by to leading, over a database that is the test's: who waits says why, an order
   from another host is carried out once, and whoever has lost the lease, or reaches nobody while
   another stands by, leads no more. */
#include "tests/unit/unit_config.h"
#include "tests/unit/unit_peer.h"

#include "cli/bot.h"
#include "cli/standby.h"
#include "commands/parts.h"
#include "store/store.h"

enum { ORDERS = 4 };

/* What the other side of shared.h has and is told. */
static struct {
    struct shared_order orders[ORDERS];
    int taken[ORDERS];
    size_t order_count;
    struct shared_answer answer;
    int opened, tried, answers, followed;
    int unreachable, led_by_another; /* so often */
    bool newer, stood_by, lost, reaches_nobody, unheard, follows;
} db;
static struct bot bot;
static struct config config;
static struct err err;
static int lost_told;

/* ---- the rig ---- */

static int set_up(void **state)
{
    (void)state;
    peer_begin();
    memset(&db, 0, sizeof db);
    memset(&bot, 0, sizeof bot);
    unit_read_config(&config);
    err.text[0] = '\0';
    lost_told = 0;
    bot.config = &config;
    bot.loop = loop_new(&err);
    bot.store = store_open_in_memory(&err);
    if (!bot.loop || !bot.store ||
        !engine_init(&bot.engine, bot.loop, bot.store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    engine_use_commands(&bot.engine, command_table, command_table_count);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    loop_timer_cancel(&bot.standby_timer);
    engine_done(&bot.engine);
    store_close(bot.store);
    loop_free(bot.loop);
    peer_end();
    return 0;
}

static void is_ordered(const char *why)
{
    struct shared_order *o = &db.orders[db.order_count++];
    o->number = (int64_t)db.order_count;
    STR_SET(o->why, why);
}

static void on_lost(struct bot *b)
{
    (void)b;
    lost_told++;
}

static void leads(void)
{
    if (!standby_wait(&bot, &err))
        fail_msg("%s", err.text);
    standby_watch_lease(&bot, on_lost);
}

static bool count_order(void *arg, const struct journal_record *r, struct err *e)
{
    int *count = arg;
    (void)e;
    *count += str_equal(r->kind, fact_names[FACT_RESTORE_ORDERED]);
    return true;
}

static int orders_on_record(void)
{
    int count = 0;
    assert_true(store_each_row(bot.store, 0, count_order, &count, &err));
    return count;
}

static const char *answer_to(const char *path, int status)
{
    static char text[1024];
    CLEANUP(buf_done) struct buf body;
    const char *type = "text/plain";
    buf_init(&body, sizeof text);
    assert_int_equal(standby_answer(&bot, path, &body, &type), status);
    STR_SET(text, buf_text(&body));
    return text;
}

/* ---- waiting ---- */

static void who_waits_says_why_and_leads_in_the_end(void **state)
{
    (void)state;
    db.unreachable = 1;
    db.led_by_another = 2;
    leads();
    assert_true(bot.leads);
    assert_int_equal(db.opened, 2);
    assert_int_equal(db.tried, 3);
    assert_string_equal(bot.standby_why, "b leads"); /* the newest reason, while it waited */
    assert_int_equal(db.followed, 2);
    assert_false(db.follows); /* the copy is free for whoever leads */
    assert_non_null(strstr(answer_to("/status", 200), "\"role\":\"standby\""));
    assert_non_null(strstr(answer_to("/readyz", 200), "\"why\":\"b leads\""));
    assert_string_equal(answer_to("/healthz", 200), "ok\n");
    assert_non_null(strstr(answer_to("/metrics", 200), "reguard_leader 0"));
    assert_non_null(strstr(answer_to("/other", 404), "not found"));
}

static void who_waits_for_a_database_that_is_silent_follows_nobody(void **state)
{
    (void)state;
    db.led_by_another = 2;
    db.unheard = true;
    leads();
    assert_int_equal(db.followed, 0);
}

/* It may be started again because it could not lead well. */
static void who_begins_to_wait_lets_others_go_first(void **state)
{
    (void)state;
    db.stood_by = true;
    ms_t begun_ms = peer.now_ms;
    leads();
    assert_int_equal(db.tried, 1);
    assert_true(peer.now_ms - begun_ms >= 2 * LEASE_RETRY_MS);
    assert_string_equal(bot.standby_why, "others stand by for longer");
}

static void what_waiting_does_not_help_ends_it(void **state)
{
    (void)state;
    db.newer = true;
    assert_false(standby_wait(&bot, &err));
    assert_string_equal(err.text, "the records are of a newer reguard");
    assert_false(bot.leads);
}

/* ---- orders ---- */

/* Asked for while nobody led: it is there as this one begins to lead. */
static void an_order_is_carried_out_once(void **state)
{
    (void)state;
    is_ordered("the console is open");
    db.led_by_another = 2;
    leads();
    assert_int_equal(db.taken[0], 0); /* nothing of it while another leads */
    passes(10 * MS_SECOND);
    assert_int_equal(db.taken[0], 1);
    assert_int_equal(orders_on_record(), 1);
    assert_string_equal(bot.engine.desk->guardrail.restore_order, "the console is open");
    /* Whoever asked hears each second how far it is. */
    assert_true(db.answers >= 9);
    assert_int_equal(db.answer.proved_ms, 0);
    assert_true(db.answer.now_ms > 0);
    if (!strstr(db.answer.standing, "root protection is unknown: "))
        fail_msg("%s", db.answer.standing);
}

static void each_of_several_is(void **state)
{
    (void)state;
    is_ordered("first");
    is_ordered("second");
    leads();
    passes(2 * MS_SECOND);
    is_ordered("third");
    passes(2 * MS_SECOND);
    for (size_t i = 0; i < db.order_count; i++)
        assert_int_equal(db.taken[i], 1);
    assert_int_equal(orders_on_record(), 3);
}

/* ---- the end of it ---- */

static void whoever_has_lost_the_lease_takes_no_order(void **state)
{
    (void)state;
    leads();
    passes(2 * MS_SECOND);
    assert_int_equal(lost_told, 0);
    db.lost = true;
    is_ordered("late");
    passes(MS_MINUTE);
    assert_int_equal(lost_told, 1);
    assert_int_equal(db.taken[0], 0);
    assert_int_equal(orders_on_record(), 0);
}

static void whoever_reaches_nobody_gives_way_where_another_stands_by(void **state)
{
    (void)state;
    leads();
    db.reaches_nobody = true;
    passes(MS_MINUTE);
    assert_int_equal(lost_told, 0); /* nobody else is there */
    bot.engine.desk->loss.stands = true;
    db.stood_by = true;
    passes(MS_MINUTE);
    assert_int_equal(lost_told, 0); /* what is in memory alone would be gone */
    bot.engine.desk->loss.stands = false;
    passes(MS_MINUTE);
    assert_int_equal(lost_told, 1);
}

static void records_of_its_own_have_no_lease(void **state)
{
    (void)state;
    is_ordered("nobody's");
    standby_watch_lease(&bot, on_lost);
    passes(MS_MINUTE);
    assert_int_equal(db.answers + db.taken[0] + lost_told, 0);
}

/* ---- the database ---- */

struct shared *__wrap_shared_open(const char *, const char *, const char *, bool *, struct err *);
bool __wrap_shared_take(struct shared *, struct err *);
const struct lease *__wrap_shared_lease(const struct shared *);
bool __wrap_shared_is_unheard(const struct shared *);
bool __wrap_shared_is_stood_by(struct shared *);
bool __wrap_shared_next_order(const struct shared *, struct shared_order *);
void __wrap_shared_take_order(const struct shared *, int64_t, ms_t);
void __wrap_shared_answer_orders(const struct shared *, const struct shared_answer *);
bool __wrap_lease_is_lost(const struct lease *);
int64_t __wrap_lease_epoch(const struct lease *);
bool __wrap_reach_is_lost(struct reach *, const struct desk *, ms_t);
void __wrap_follow_look(struct follow *);
void __wrap_follow_end(struct follow *);

struct shared *__wrap_shared_open(const char *url, const char *password_file, const char *instance,
                                  bool *ret_hopeless, struct err *e)
{
    (void)url, (void)password_file;
    db.opened++;
    assert_true(instance[0]);
    *ret_hopeless = db.newer;
    if (!db.newer && db.unreachable-- <= 0)
        return (struct shared *)&db;
    err_set(e, "%s", db.newer ? "the records are of a newer reguard" : "nobody answers");
    return NULL;
}

bool __wrap_shared_take(struct shared *s, struct err *e)
{
    (void)s;
    db.tried++;
    return db.led_by_another-- <= 0 || err_set(e, "b leads");
}

const struct lease *__wrap_shared_lease(const struct shared *s) { return (const struct lease *)s; }

bool __wrap_shared_is_unheard(const struct shared *s)
{
    (void)s;
    return db.unheard;
}

bool __wrap_shared_is_stood_by(struct shared *s)
{
    (void)s;
    return db.stood_by;
}

/* As shared.h has it: one that was not taken yet is given again. */
bool __wrap_shared_next_order(const struct shared *s, struct shared_order *ret)
{
    (void)s;
    for (size_t i = 0; i < db.order_count; i++)
        if (!db.taken[i]) {
            *ret = db.orders[i];
            return true;
        }
    return false;
}

void __wrap_shared_take_order(const struct shared *s, int64_t number, ms_t now_ms)
{
    (void)s;
    assert_true(now_ms > 0);
    db.taken[number - 1]++;
}

void __wrap_shared_answer_orders(const struct shared *s, const struct shared_answer *answer)
{
    (void)s;
    db.answer = *answer;
    db.answers++;
}

bool __wrap_lease_is_lost(const struct lease *l)
{
    (void)l;
    return db.lost;
}

int64_t __wrap_lease_epoch(const struct lease *l)
{
    (void)l;
    return 7;
}

bool __wrap_reach_is_lost(struct reach *r, const struct desk *d, ms_t now_ms)
{
    (void)r, (void)d, (void)now_ms;
    return db.reaches_nobody;
}

void __wrap_follow_look(struct follow *f)
{
    assert_string_equal(f->instance, bot.instance);
    db.followed++;
    db.follows = true;
}

void __wrap_follow_end(struct follow *f)
{
    (void)f;
    db.follows = false;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_waits_says_why_and_leads_in_the_end),
        TEST(who_waits_for_a_database_that_is_silent_follows_nobody),
        TEST(who_begins_to_wait_lets_others_go_first),
        TEST(what_waiting_does_not_help_ends_it),
        TEST(an_order_is_carried_out_once),
        TEST(each_of_several_is),
        TEST(whoever_has_lost_the_lease_takes_no_order),
        TEST(whoever_reaches_nobody_gives_way_where_another_stands_by),
        TEST(records_of_its_own_have_no_lease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
