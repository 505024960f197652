/* SPDX-License-Identifier: Apache-2.0 */
/* Stores that builds of the past have written, one of each schema (tests/stores): today's build
   believes their chain, folds them into the same cases and times, waits for the same instants,
   leaves every byte of their records alone, and goes on in its own spelling. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/desk.h"
#include "core/turn.h"
#include "store/audit.h"
#include "store/factjson.h"
#include "store/store.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <unistd.h>

static char folder[64], db[128];
static struct arena arena, scratch;
static struct err err;
static struct store *store;
static struct desk *desk;

static int run_sql(const char *sql, int (*row)(void *, int, char **, char **), void *arg)
{
    sqlite3 *raw = NULL;
    assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
    int result = sqlite3_exec(raw, sql, row, arg, NULL);
    sqlite3_close(raw);
    return result;
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    arena_init(&scratch, LIMIT_ARENA_BYTES);
    STR_SET(folder, "/tmp/reguard-old-XXXXXX");
    desk = calloc(1, sizeof *desk);
    if (!desk || !mkdtemp(folder))
        return -1;
    desk_init(desk);
    snprintf(db, sizeof db, "%s/reguard.db", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = { "", "-wal", "-shm", "-journal" };
    store_close(store);
    store = NULL;
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(arena_printf(&arena, "%s%s", db, names[i]));
    unlink(arena_printf(&arena, "%s/lock", folder));
    unlink(arena_printf(&arena, "%s/reserve", folder));
    assert_int_equal(rmdir(folder), 0);
    free(desk);
    arena_done(&arena);
    arena_done(&scratch);
    return 0;
}

static int add_row(void *arg, int count, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < count; i++)
        buf_addf(arg, "%s|", str_or_empty(values[i]));
    return 0;
}

static void read_all(const char *sql, struct buf *to)
{
    buf_init(to, 1024 * 1024);
    assert_int_equal(run_sql(sql, add_row, to), SQLITE_OK);
    assert_false(to->overflow);
}

static bool fold(void *arg, const struct journal_record *r, struct err *why)
{
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    (void)arg;
    arena_reset(&scratch);
    if (!factjson_read(&columns, r->at_ms, &scratch, &f, why))
        return false;
    if (f.kind == FACT_ASKED && (!str_or_empty(f.actor.user)[0] || !str_or_empty(f.account_ref)[0]))
        return err_set(why, "record %" PRIu64 " lost who asked, or for what", r->seq);
    desk_apply(desk, &f);
    return true;
}

static void must_be_whole(struct store *s)
{
    struct audit_summary found;
    if (!audit_verify(s, NULL, &found, &err))
        fail_msg("%s", err.text);
    assert_int_equal(found.cases, 2);
}

/* What the old build said of the open case is what the journal says today. */
static void must_be_the_same_case(const char *said)
{
    const struct casefile *c = desk_case_const(desk, 2);
    assert_non_null(c);
    assert_int_equal(desk->last_case, 2);
    assert_true(c->requester.user[0] && c->account_ref[0]);
    assert_int_equal(c->approval_count, 1);
    assert_string_equal(arena_printf(&arena, "%s|%s|%s|%s|%" PRId64 "|%" PRId64 "|",
                                     case_state_names[c->state], c->account, c->account_name,
                                     c->reason, c->lifted_ms, c->deadline_ms),
                        said);
    assert_int_equal(case_overdue_ms(c), c->deadline_ms);
}

/* The window of the open case is waited for as if it had been opened by this build: with nobody
   there and nothing answered, it is warned before the end, and reminded at each step behind it. */
static void must_wait_as_today(void)
{
    static const ms_t steps[] = { 0, 5 * MS_MINUTE, 15 * MS_MINUTE, 30 * MS_MINUTE, MS_HOUR };
    static struct verdict out, round;
    static const unsigned char entropy[ENTROPY_BYTES] = { 0 };
    struct policy policy = { .provider = &stax_provider,
                             .warn_before = 5 * MS_MINUTE,
                             .poll_lifted = MS_MINUTE,
                             .poll_idle = MS_MINUTE,
                             .poll_task = MS_SECOND,
                             .approvals = 1 };
    memcpy(policy.remind_overdue.steps, steps, sizeof steps);
    policy.remind_overdue.count = COUNT(steps);
    struct people people = { 0 };
    CLEANUP(buf_done) struct buf told;
    buf_init(&told, 4096);
    struct desk *now = calloc(1, sizeof *now);
    assert_non_null(now);
    desk_copy(now, desk);
    desk_use_rules(now, &policy, &people);
    desk_apply(now, &(struct fact){ .kind = FACT_CHAT,
                                    .verb = "slack",
                                    .on = true,
                                    .at_ms = desk_case_const(desk, 2)->lifted_ms });
    ms_t deadline_ms = desk_case_const(now, 2)->deadline_ms;
    ms_t at_ms = desk_case_const(now, 2)->lifted_ms;
    for (int looks = 0; at_ms <= deadline_ms + 2 * MS_HOUR; looks++) {
        assert_true(looks < 10000);
        arena_reset(&scratch);
        verdict_init(&out, &scratch, (struct turn){ .now_ms = at_ms, .entropy = entropy }, 0);
        desk_handle(now, &(struct event){ .kind = EVENT_DUE, .chat = "", .at_ms = at_ms }, &out,
                    &round);
        assert_false(out.overflow);
        for (size_t i = 0; i < out.fact_count; i++)
            if (out.facts[i].case_no == 2 && fact_is_durable(out.facts[i].kind))
                buf_addf(&told, "%s %+" PRId64 "\n", fact_names[out.facts[i].kind],
                         (at_ms - deadline_ms) / MS_MINUTE);
        ms_t due_ms = desk_due_ms(now);
        at_ms = due_ms > at_ms ? due_ms : at_ms + 1;
    }
    free(now);
    assert_string_equal(buf_text(&told), "warned -5\nreminded +0\nreminded +5\nreminded +15\n"
                                         "reminded +30\nreminded +60\nreminded +120\n");
}

static void must_go_on(void)
{
    struct fact f = { .kind = FACT_ENDED,
                      .at_ms = store_newest_ms(store) + 1,
                      .case_no = 2,
                      .actor = { "7c0e-1", "slack", "U0ADA", "Ada", "ada@example.com" } };
    assert_true(store_append(store, &f, &arena, &err));
    desk_apply(desk, &f);
    struct case_row row;
    case_row_of(desk_case_const(desk, 2), &row);
    assert_true(store_put_case(store, &row, &err) && store_commit(store, &err));
}

static void opens(const char *file)
{
    CLEANUP(buf_done) struct buf before, after, said;
    size_t bytes;
    CLEANUP(buf_done) struct buf newest;
    assert_int_equal(run_sql(unit_read(&arena, file, &bytes), NULL, NULL), SQLITE_OK);
    read_all("SELECT * FROM journal ORDER BY seq", &before);
    read_all("SELECT state, account, account_name, reason, lifted_ms, deadline_ms FROM cases WHERE "
             "no = 2",
             &said);
    struct store *look = store_open_to_look(folder, &err);
    if (!look)
        fail_msg("%s: %s", file, err.text);
    must_be_whole(look);
    store_close(look);
    store = store_open(folder, &err);
    if (!store)
        fail_msg("%s: %s", file, err.text);
    must_be_whole(store);
    assert_true(store_each_record(store, 0, NULL, fold, NULL, &err));
    must_be_the_same_case(buf_text(&said));
    must_wait_as_today();
    must_go_on();
    must_be_whole(store);
    store_close(store);
    store = NULL;
    read_all("SELECT * FROM journal WHERE seq < (SELECT max(seq) FROM journal) ORDER BY seq",
             &after);
    assert_string_equal(buf_text(&before), buf_text(&after));
    read_all("SELECT json_extract(actor, '$.user') FROM journal ORDER BY seq DESC LIMIT 1",
             &newest);
    assert_string_equal(buf_text(&newest), "7c0e-1|");
}

#define A_SCHEMA(n)                                  \
    static void schema_##n##_is_opened(void **state) \
    {                                                \
        (void)state;                                 \
        opens("tests/stores/schema-" #n ".sql");     \
    }
A_SCHEMA(1)
A_SCHEMA(2)
A_SCHEMA(3)
A_SCHEMA(4)
A_SCHEMA(5)
A_SCHEMA(6)
A_SCHEMA(7)

/* Two spellings that say two things are no record of ours. */
static void one_actor_is_one_person(void **state)
{
    (void)state;
    static const struct {
        const char *actor, *user;
    } rows[] = { { "{\"chat\":\"slack\",\"id\":\"U1\",\"stax\":\"a\"}", "a" },
                 { "{\"chat\":\"slack\",\"id\":\"U1\",\"user\":\"a\"}", "a" },
                 { "{\"chat\":\"slack\",\"id\":\"U1\",\"stax\":\"a\",\"user\":\"a\"}", "a" },
                 { "{\"chat\":\"slack\",\"id\":\"U1\",\"stax\":\"a\",\"user\":\"b\"}", NULL },
                 { "{\"chat\":\"slack\",\"id\":\"U1\",\"stax\":\"a\",\"user\":\"\"}", NULL } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fact_columns columns = { "", "noted", rows[i].actor, "{}", "{\"text\":\"x\"}" };
        struct fact f;
        bool read = factjson_read(&columns, 1, &arena, &f, &err);
        assert_int_equal(read, rows[i].user != NULL);
        if (read)
            assert_string_equal(f.actor.user, rows[i].user);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(schema_1_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(schema_2_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(schema_3_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(schema_4_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(schema_5_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(schema_6_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(schema_7_is_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_actor_is_one_person, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
