/* SPDX-License-Identifier: Apache-2.0 */
/* The desk that is kept now and then: a start that goes on from it comes to the same desk as one
   that reads every record, to the byte; one that is not what its record names is not gone on from,
   and one that is not what the records come to is found by whoever verifies them. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_config.h"

#include "config/config.h"
#include "core/turn.h"
#include "core/version.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/clock.h"
#include "host/secret.h"
#include "store/audit.h"
#include "store/deskjson.h"
#include "store/store.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdalign.h>
#include <unistd.h>

enum { EVERY = 4 };

static char folder[32];
static ms_t now_ms;
static struct loop *loop;
static struct store *store;
static struct engine engine;
static struct desk *truth; /* what the records have come to so far */
static bool runs;
static struct config config;
static struct arena arena;
static struct err err;

/* ---- each value of the desk ---- */

/* Where one that has no row would leave room for it. */
static size_t aligned(size_t at, const struct deskjson_member *m)
{
    bool bytewise = m->kind == DESKJSON_TEXT || m->bytes == 1;
    size_t to = bytewise ? 1 : m->bytes == 4 ? 4 : alignof(max_align_t) / 2;
    return (at + to - 1) / to * to;
}

static void every_value_has_its_row(void **state)
{
    (void)state;
    size_t values = 0;
    for (size_t i = 0; deskjson_shapes[i]; i++) {
        const struct deskjson_shape *shape = deskjson_shapes[i];
        size_t at = 0;
        for (size_t k = 0; k < shape->count; k++) {
            const struct deskjson_member *m = &shape->members[k];
            if (m->offset != at && m->offset != aligned(at, m))
                fail_msg("%s: what is before %s has no row", shape->name, m->name);
            at = m->offset + m->bytes * m->most;
            values++;
        }
        if (shape->bytes - at >= 8)
            fail_msg("%s: what is at its end has no row", shape->name);
    }
    assert_true(values > 150);
}

static void fill_all(char *of, const struct deskjson_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct deskjson_member *m = &shape->members[i];
        for (size_t k = 0; k < m->most && m->kind != DESKJSON_LEFT_OUT; k++) {
            char *at = of + m->offset + k * m->bytes;
            if (m->kind == DESKJSON_PART)
                fill_all(at, m->part);
            else if (m->kind == DESKJSON_TEXT)
                memset(at, 'a' + (int)(i % 26), m->bytes - 1);
            else
                at[m->bytes > 1] = 1; /* 256 where there is room: more than any list holds */
        }
    }
}

static void set_counts(char *of, const struct deskjson_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct deskjson_member *m = &shape->members[i];
        if (m->counted_at != DESKJSON_NOT_COUNTED)
            memcpy(of + m->counted_at, &m->most, sizeof m->most);
        for (size_t k = 0; m->part && k < m->most; k++)
            set_counts(of + m->offset + k * m->bytes, m->part);
    }
}

static const struct deskjson_shape *desk_shape(void)
{
    size_t last = 0;
    while (deskjson_shapes[last + 1])
        last++;
    return deskjson_shapes[last];
}

/* With every value set, and every list full; and it still finds room. */
static void a_full_desk_comes_back_whole(void **state)
{
    (void)state;
    struct desk *full = calloc(1, sizeof *full), *again = calloc(1, sizeof *again);
    assert_true(full && again);
    fill_all((char *)full, desk_shape());
    set_counts((char *)full, desk_shape());
    const char *text = deskjson_write(full, &arena);
    assert_non_null(text);
    assert_true(strlen(text) > DESKJSON_BYTES / 4);
    if (!deskjson_read(text, &arena, again, &err))
        fail_msg("%s", err.text);
    assert_memory_equal(full->cases, again->cases, sizeof full->cases);
    assert_memory_equal(full->in_vain, again->in_vain, sizeof full->in_vain);
    free(full);
    free(again);
}

static void what_is_no_desk_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{\"case_count\":1}",            /* and no case */
        "{\"case_count\":65}",           /* more than there are places */
        "{\"last_case\":\"1\"}",         /* no number */
        "{\"last_case\":4294967296}",    /* too large */
        "{\"last_case\":0}",             /* nothing is left out */
        "{\"last_case\": 1}",            /* not as it is written */
        "{\"last_case\":1,\"steps\":1}", /* none of what is kept */
        "{\"rules\":{\"refused\":1}}",   /* no text */
        "{\"loss\":{\"stands\":2}}",     /* neither yes nor no */
        "{\"twins\":{\"all\":[{}],\"count\":18446744073709551615}}",
    };
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    for (size_t i = 0; i < COUNT(texts); i++) {
        desk_init(desk);
        if (deskjson_read(texts[i], &arena, desk, &err))
            fail_msg("it is taken: %s", texts[i]);
    }
    desk_init(desk);
    assert_true(deskjson_read("{\"last_case\":1}", &arena, desk, &err));
    assert_int_equal(desk->last_case, 1);
    free(desk);
}

/* Every place of the list is there, and the number says that there is one more. */
static void a_list_is_not_longer_than_its_places(void **state)
{
    (void)state;
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    for (int more = 0; more < 2; more++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 4096);
        buf_add(&b, "{\"twins\":{\"all\":[");
        for (int i = 0; i < LIMIT_TWINS; i++)
            buf_add(&b, i ? ",{}" : "{}");
        buf_addf(&b, "],\"count\":%d}}", (int)LIMIT_TWINS + more);
        desk_init(desk);
        assert_int_equal(deskjson_read(buf_text(&b), &arena, desk, &err), !more);
    }
    free(desk);
}

/* The build says by which sources it folds. */
static void the_form_names_the_build(void **state)
{
    (void)state;
    char form[DESKJSON_FORM_BYTES];
    deskjson_form(form);
    assert_int_equal(strncmp(form, REGUARD_VERSION " ", strlen(REGUARD_VERSION) + 1), 0);
    assert_int_equal(strspn(form + strlen(REGUARD_VERSION) + 1, "0123456789abcdef"), 16);
    assert_int_equal(strlen(form), strlen(REGUARD_VERSION) + 2 * 17);
}

/* ---- a store ---- */

static int set_up(void **state)
{
    (void)state;
    unit_read_config(&config);
    now_ms = clock_wall_ms();
    arena_init(&arena, LIMIT_ARENA_BYTES);
    STR_SET(folder, "/tmp/reguard-kept-XXXXXX");
    assert_non_null(mkdtemp(folder));
    loop = loop_new(&err);
    store = store_open(folder, &err);
    truth = calloc(1, sizeof *truth);
    if (!loop || !store || !truth)
        return -1;
    desk_init(truth);
    return 0;
}

static void stops(void)
{
    if (runs)
        engine_done(&engine);
    runs = false;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm",
                                         "reserve", "lock" };
    stops();
    store_close(store);
    store = NULL;
    loop_free(loop);
    free(truth);
    arena_done(&arena);
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(unit_path(folder, names[i]));
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

static void starts(void)
{
    stops();
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
    engine.kept.every = EVERY;
    runs = true;
}

static void add(struct fact f)
{
    char hash[STORE_HASH_BYTES];
    f.at_ms = now_ms += MS_SECOND;
    f.actor = (struct fact_actor){ "", "slack", "UADA1", "Ada", "ada@example.com" };
    assert_true(store_append(store, &f, &arena, &err));
    desk_apply(truth, &f);
    const struct casefile *c = desk_case_const(truth, f.case_no);
    struct case_row row;
    if (c)
        case_row_of(c, &row);
    assert_true(!c || store_put_case(store, &row, &err));
    desk_note_record(engine.desk, store_head(store, hash), hash);
}

static void ask(uint32_t no)
{
    add((struct fact){ .kind = FACT_ASKED,
                       .case_no = no,
                       .account = "222222222222",
                       .account_name = "bakery",
                       .handle = "handle",
                       .question = "question",
                       .reason = "month end",
                       .window_ms = MS_HOUR });
}

/* As in a turn. */
static void keeps(void)
{
    if (!engine_keep_desk(&engine, &err) || !store_commit(store, &err))
        fail_msg("%s", err.text);
}

static uint64_t kept_with(void)
{
    struct store_desk kept = { 0 };
    return store_kept_desk(store, &arena, &kept, &err) == STORE_DESK_THERE ? kept.record : 0;
}

/* Five cases are asked for, what they come to is kept, and a sixth is asked for. */
static void keep_five_and_one(void)
{
    starts();
    for (uint32_t no = 1; no <= 5; no++)
        ask(no);
    keeps();
    ask(6);
    assert_true(store_commit(store, &err));
    assert_int_equal(kept_with(), 6);
}

static void change(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(unit_path(folder, "reguard.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DROP TRIGGER IF EXISTS journal_no_update", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* What all records come to. */
static const char *whole(void)
{
    struct desk *desk = calloc(1, sizeof *desk);
    char hash[STORE_HASH_BYTES];
    struct engine_fold fold = { .last = store_head(store, hash) };
    assert_non_null(desk);
    desk_init(desk);
    engine_fold(&engine, desk, &fold);
    const char *text = deskjson_write(desk, &arena);
    assert_non_null(text);
    free(desk);
    return text;
}

/* But for whose records they are, which is kept beside them. */
static const char *of_engine(void)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    desk_copy(desk, engine.desk);
    memcpy(desk->quotas, engine.desk->quotas, sizeof desk->quotas);
    memcpy(desk->in_vain, engine.desk->in_vain, sizeof desk->in_vain);
    memset(&desk->doubt, 0, sizeof desk->doubt);
    const char *text = deskjson_write(desk, &arena);
    free(desk);
    return text;
}

static void assert_comes_to_the_same(void)
{
    assert_string_equal(of_engine(), whole());
    assert_string_equal(engine.doubt.why.text, "");
}

static bool verifies(void)
{
    struct audit_summary found;
    return audit_verify(store, NULL, &found, &err);
}

/* ---- tests ---- */

static void a_start_goes_on_from_what_is_kept(void **state)
{
    (void)state;
    keep_five_and_one();
    starts();
    assert_int_equal(engine.kept.tried, 6);
    assert_int_equal(engine.desk->case_count, 6);
    assert_comes_to_the_same();
    assert_true(verifies());
}

/* The records before are not read at all: here they cannot be. */
static void what_is_before_is_not_read(void **state)
{
    (void)state;
    keep_five_and_one();
    change("UPDATE journal SET data = '{}' WHERE seq = 2");
    starts();
    assert_int_equal(engine.desk->case_count, 6);
    assert_string_equal(engine.doubt.why.text, "");
    assert_false(verifies()); /* and found by whoever reads them */
}

static void it_is_kept_anew_from_what_was_kept(void **state)
{
    (void)state;
    keep_five_and_one();
    for (int round = 0; round < 3; round++) {
        starts();
        for (uint32_t no = 1; no <= EVERY; no++)
            add((struct fact){ .kind = FACT_NOTED, .case_no = no, .text = "x" });
        keeps();
        assert_true(kept_with() > 6);
        assert_int_equal(engine.desk->record, kept_with());
    }
    starts();
    assert_comes_to_the_same();
    assert_true(verifies());
}

static void it_is_kept_once_in_so_many_records(void **state)
{
    (void)state;
    starts();
    for (uint32_t no = 1; no < EVERY; no++)
        ask(no);
    keeps();
    assert_int_equal(kept_with(), 0);
    ask(EVERY);
    keeps();
    assert_int_equal(kept_with(), EVERY + 1);
    ask(EVERY + 1);
    keeps();
    assert_int_equal(kept_with(), EVERY + 1);
}

static void nothing_is_kept_in_doubt(void **state)
{
    (void)state;
    starts();
    engine.desk->doubt.stands = true;
    for (uint32_t no = 1; no <= EVERY; no++)
        ask(no);
    keeps();
    assert_int_equal(kept_with(), 0);
}

static void records_with_something_wrong_are_not_kept(void **state)
{
    (void)state;
    keep_five_and_one();
    change("UPDATE journal SET data = '{}' WHERE seq = 7");
    for (uint32_t no = 7; no <= 7 + EVERY; no++)
        ask(no);
    keeps();
    assert_int_equal(kept_with(), 6);
}

/* Each one that is not what its record names: all records are read, and it is told. */
static void a_damaged_one_is_not_gone_on_from(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "UPDATE meta SET value = replace(value, 'bakery', 'bakerx') WHERE key = 'desk'",
        "UPDATE meta SET value = substr(value, 1, length(value) - 9) WHERE key = 'desk'",
        "UPDATE meta SET value = '5' || substr(value, 2) WHERE key = 'desk'",
        "UPDATE meta SET value = '7' || substr(value, 2) WHERE key = 'desk'",
        "UPDATE meta SET value = '99' || substr(value, 2) WHERE key = 'desk'",
        "UPDATE meta SET value = 'x' WHERE key = 'desk'",
        "UPDATE meta SET value = '' WHERE key = 'desk'",
    };
    keep_five_and_one();
    const char *before = store_get(store, "desk", &arena);
    for (size_t i = 0; i < COUNT(damages); i++) {
        change(damages[i]);
        assert_int_not_equal(strcmp(store_get(store, "desk", &arena), before), 0);
        starts();
        assert_int_equal(engine.kept.tried, 0);
        assert_int_equal(engine.desk->case_count, 6);
        assert_comes_to_the_same();
        assert_false(verifies());
        assert_non_null(strstr(err.text, "the desk that is kept is not the one that record"));
        assert_true(store_put(store, "desk", before, &err) && store_commit(store, &err));
        assert_true(verifies());
    }
}

/* The text and its record's digest, by somebody who has the file: the chain shows it. */
static void a_record_that_names_another_is_not_gone_on_from(void **state)
{
    (void)state;
    char digest[65];
    keep_five_and_one();
    const char *text = strchr(store_get(store, "desk", &arena), ' ') + 1;
    char *forged = arena_copy(&arena, text);
    strstr(forged, "bakery")[5] = 'x';
    secret_sha256_hex(forged, strlen(forged), digest);
    change(arena_printf(&arena,
                        "UPDATE meta SET value = '6 %s' WHERE key = 'desk';"
                        "UPDATE journal SET data = json_set(data, '$.digest', '%s') WHERE seq = 6",
                        forged, digest));
    starts();
    assert_int_equal(engine.kept.tried, 0);
    assert_int_equal(engine.doubt.record, 6);
    assert_false(verifies());
}

/* In its right place, with its right digest, and not what the records come to. */
static void what_the_records_do_not_come_to_is_found(void **state)
{
    (void)state;
    uint64_t record = 0;
    keep_five_and_one();
    struct desk *other = calloc(1, sizeof *other);
    assert_non_null(other);
    desk_init(other);
    other->last_case = 5;
    assert_true(store_keep_desk(store, deskjson_write(other, &arena), now_ms, &arena, &err) &&
                store_commit(store, &err));
    free(other);
    assert_int_equal(kept_with(), 8);
    assert_false(verifies());
    assert_non_null(
        strstr(err.text, "the desk that is kept with record 8 is not what the records"));
    struct audit_walk *walk = audit_begin(store);
    assert_int_equal(audit_go_on(walk, 100, &record, &err), AUDIT_BROKEN);
    assert_int_equal(record, 8);
    assert_null(audit_desk(walk));
    audit_end(walk);
}

/* And no open case is lost by it: the rows know them. */
static void a_case_that_waits_is_not_lost_by_it(void **state)
{
    (void)state;
    keep_five_and_one();
    struct desk *other = calloc(1, sizeof *other);
    assert_non_null(other);
    desk_init(other);
    assert_true(store_keep_desk(store, deskjson_write(other, &arena), now_ms, &arena, &err) &&
                store_commit(store, &err));
    free(other);
    starts();
    assert_int_equal(engine.desk->case_count, 6);
    assert_true(engine.doubt.why.text[0]);
}

static void one_of_another_build_is_left_alone(void **state)
{
    (void)state;
    keep_five_and_one();
    const char *text = strchr(store_get(store, "desk", &arena), ' ') + 1;
    char digest[65], hash[STORE_HASH_BYTES];
    secret_sha256_hex(text, strlen(text), digest);
    add((struct fact){ .kind = FACT_DESK_KEPT, .digest = digest, .text = REGUARD_VERSION " 0 x" });
    assert_true(store_put(store, "desk",
                          arena_printf(&arena, "%" PRIu64 " %s", store_head(store, hash), text),
                          &err) &&
                store_commit(store, &err));
    starts();
    assert_int_equal(engine.kept.tried, 0);
    assert_comes_to_the_same();
    assert_true(verifies());
}

static void nothing_beside_a_doubted_journal_counts(void **state)
{
    (void)state;
    keep_five_and_one();
    change("UPDATE meta SET value = '9' || substr(value, 2) WHERE key = 'head'");
    store_close(store);
    store = store_open(folder, &err);
    assert_non_null(store);
    starts();
    assert_int_equal(engine.kept.tried, 0);
    assert_true(engine.doubt.why.text[0]);
    assert_int_equal(engine.desk->case_count, 6);
}

/* Where all was settled later than that a start goes on from there, as ever; who has left how much
   on record is known from what was kept. */
static void what_is_settled_needs_nothing_else_of_it(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    starts();
    for (int n = 0; n < 5; n++)
        add((struct fact){ .kind = FACT_NOTED, .text = "x" });
    keeps();
    change("UPDATE journal SET data = '{}' WHERE seq = 2"); /* not read any more */
    for (int n = 0; n < 3; n++)
        add((struct fact){ .kind = FACT_NOTED, .text = "x" });
    assert_true(store_put(store, "quiet_seq",
                          arena_printf(&arena, "%" PRIu64, store_head(store, hash)), &err) &&
                store_commit(store, &err));
    starts();
    assert_int_equal(engine.desk->quotas[0].count, 8);
    assert_string_equal(engine.doubt.why.text, "");
}

/* More of them than a turn reads, and nothing was ever kept. */
static void add_a_long_journal(void)
{
    starts();
    for (int n = 0; n < 6 * EVERY; n++)
        add((struct fact){ .kind = FACT_NOTED, .text = "x" });
    keeps();
    assert_int_equal(kept_with(), 0);
}

static void must_keep_the_next_time(void)
{
    for (int n = 0; n < EVERY; n++)
        add((struct fact){ .kind = FACT_NOTED, .text = "x" });
    keeps();
    assert_int_equal(kept_with(), 7 * EVERY + 1);
    assert_true(verifies());
}

static void a_long_journal_is_kept_once_a_start_has_read_it(void **state)
{
    (void)state;
    add_a_long_journal();
    starts();
    must_keep_the_next_time();
}

/* A doubt has stood for long: what was kept before is too far away for a turn. */
static void one_that_has_grown_old_is_followed_by_another(void **state)
{
    (void)state;
    keep_five_and_one();
    for (int n = 0; n < 5 * EVERY; n++)
        add((struct fact){ .kind = FACT_NOTED, .text = "x" });
    keeps();
    assert_int_equal(kept_with(), 6);
    starts();
    for (int n = 0; n < EVERY; n++)
        add((struct fact){ .kind = FACT_NOTED, .text = "x" });
    engine.kept.tried = 0;
    keeps();
    assert_int_equal(kept_with(), engine.desk->record);
    assert_true(verifies());
}

static void a_long_journal_is_kept_once_it_was_verified(void **state)
{
    (void)state;
    uint64_t record;
    add_a_long_journal();
    struct audit_walk *walk = audit_begin(store);
    assert_int_equal(audit_go_on(walk, 1000, &record, &err), AUDIT_WHOLE);
    engine_know_whole(&engine, audit_desk(walk), audit_records(walk));
    audit_end(walk);
    must_keep_the_next_time();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    log_setup(LOG_NOTHING, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_its_row),
        TEST(a_full_desk_comes_back_whole),
        TEST(what_is_no_desk_is_refused),
        TEST(a_list_is_not_longer_than_its_places),
        cmocka_unit_test(the_form_names_the_build),
        TEST(a_start_goes_on_from_what_is_kept),
        TEST(what_is_before_is_not_read),
        TEST(it_is_kept_anew_from_what_was_kept),
        TEST(it_is_kept_once_in_so_many_records),
        TEST(nothing_is_kept_in_doubt),
        TEST(records_with_something_wrong_are_not_kept),
        TEST(a_damaged_one_is_not_gone_on_from),
        TEST(a_record_that_names_another_is_not_gone_on_from),
        TEST(what_the_records_do_not_come_to_is_found),
        TEST(a_case_that_waits_is_not_lost_by_it),
        TEST(one_of_another_build_is_left_alone),
        TEST(nothing_beside_a_doubted_journal_counts),
        TEST(what_is_settled_needs_nothing_else_of_it),
        TEST(a_long_journal_is_kept_once_a_start_has_read_it),
        TEST(one_that_has_grown_old_is_followed_by_another),
        TEST(a_long_journal_is_kept_once_it_was_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
