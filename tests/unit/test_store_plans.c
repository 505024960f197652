/* SPDX-License-Identifier: Apache-2.0 */
/* No statement of the store looks through a table that grows. Each that is prepared anywhere is
   caught (the linker leads sqlite3_prepare_v… here), SQLite tells its plan, and each text of the
   sources has to have been met. Over shared records PostgreSQL tells what it has looked through. */
#include "tests/unit/unit_store.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/limits.h"
#include "store/audit.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <dirent.h>
#include <poll.h>

enum { MET_MOST = 256 };
static const ms_t NOW = 1795526055000;
static char folder[64];
static struct arena arena;
static struct err err;
static struct store *store;
static char *met[MET_MOST];
static size_t met_count;
static bool catching = true;

/* ---- catching ---- */

int __real_sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
int __real_sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **,
                              const char **);
int __wrap_sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
int __wrap_sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **,
                              const char **);

static void note(const char *sql)
{
    for (size_t i = 0; i < met_count; i++)
        if (strcmp(met[i], sql) == 0)
            return;
    assert_true(met_count < MET_MOST);
    met[met_count++] = strdup(sql);
}

int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int bytes, sqlite3_stmt **ret,
                              const char **ret_tail)
{
    if (catching)
        note(sql);
    return __real_sqlite3_prepare_v2(db, sql, bytes, ret, ret_tail);
}

int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int bytes, unsigned flags,
                              sqlite3_stmt **ret, const char **ret_tail)
{
    if (catching)
        note(sql);
    return __real_sqlite3_prepare_v3(db, sql, bytes, flags, ret, ret_tail);
}

/* ---- everything that the store can be asked ---- */

static bool pass(void *arg, const struct journal_record *r, struct err *e)
{
    (void)arg;
    (void)r;
    (void)e;
    return true;
}

static void ask_journal(void)
{
    struct fact f = { .kind = FACT_NOTED, .at_ms = NOW, .ref = 7, .text = "x" };
    char hash[STORE_HASH_BYTES];
    uint64_t seq;
    const char *answer;
    struct audit_summary found;
    store_append(store, &f, &arena, &err);
    unit_store_hear(store, "slack", "e", NOW, &arena, &answer, &err);
    unit_store_hear(store, "slack", "e", NOW, &arena, &answer, &err);
    store_note_answer(store, "slack",
                      &(struct kept_answer){
                          .event_id = "e", .text = "a", .person_id = "p", .thread_id = "" },
                      &arena, &err);
    struct kept_answer answers[1];
    store_answers(store, "slack", answers, COUNT(answers), &arena);
    store_keep_waiting(store, &f, &arena, &err);
    store_each_waiting(store, pass, NULL, &err);
    store_drop_waiting(store, 7, &err);
    store_commit(store, &err);
    store_record_before(store, 1, NOW);
    store_newest_rules(store, &arena);
    store_newest_ms(store);
    store_oldest_ms(store);
    store_each_record(store, 0, "G-0001", pass, NULL, &err);
    store_records_of(store, "G-0001");
    store_each_record(store, 0, NULL, pass, NULL, &err);
    store_quiet(store, &seq, &err);
    store_check_end(store, &seq, &err);
    store_hash_of(store, 1, hash);
    audit_verify(store, NULL, &found, &err);
}

static void ask_cases(void)
{
    struct case_row row = { .case_id = "G-0001" };
    store_put_case(store, &row, &err);
    store_complete_case(store, &row, &err);
    for (int older = 0; older < 2; older++) {
        store->looks_at_older = older;
        for (int i = 0; i < 4; i++)
            store_cases(store, i & 1, i & 2 ? "G-0001" : NULL, &row, 1);
    }
    store->looks_at_older = false;
    store_drop_case(store, "G-0001", &err);
    store_last_case(store);
}

static void ask_outbox(void)
{
    struct outbox_row row = { .key = "k", .chat = "slack", .case_id = "G-0001", .body = "b" }, next;
    struct store_due due = { "slack", NOW, &arena };
    struct standing_row post = { "k", "slack", "G-0001", "after", true };
    const struct outbox_row newer = { .key = "G-0001-2-0", .chat = "slack" };
    size_t superseded;
    store_outbox_put(store, &row, &err);
    row.key = "G-0001-1-0";
    row.reminds = true;
    store_outbox_put(store, &row, &err);
    store_outbox_supersede(store, &newer, row.key, &arena, &superseded, &err);
    store_outbox_next(store, &due, OUTBOX_ALL, &next);
    store_outbox_due_ms(store, "slack", OUTBOX_ALL);
    store_outbox_waiting(store);
    store_outbox_again(store, "k", NOW, false, &err);
    store_hurry(store, "slack", NOW, &err);
    store_doubt_unsent(store, &err);
    store_is_unsure(store, "slack");
    store_post_stands(store, &post, &err);
    store_posts_served(store, "G-0001", "slack", true, &err);
    store_served_next(store, &due, &next);
    store_served_again(store, "k", NOW, &err);
    store_served_due_ms(store, "slack");
    store_outbox_sent(store, "k", "1.2", &err);
    store_outbox_give_up(store, "k", &err);
    store_chat_moved(store, "slack", NOW, &err);
}

static void ask_cards(void)
{
    struct card_row card;
    struct store_due due = { "slack", NOW, &arena };
    struct vote_row vote = { "slack", "1.2", "U1", "x", "1", true }, votes[2];
    const char *ids[LIMIT_CASES];
    bool news;
    struct store_forgotten forgotten;
    store_card_want(store, "G-0001", "slack", "b", "d", NOW, &err);
    store_card_next(store, &due, false, &card);
    store_card_again(store, "G-0001", "slack", NOW, false, false, &err);
    store_card_due_ms(store, "slack");
    store_card_shown(store, "G-0001", "slack", "1.2", "b", &err);
    store_card_id(store, "G-0001", "slack", &arena);
    store_case_of_message(store, "slack", "1.2");
    store_key_of_message(store, "slack", "1.2", &arena);
    store_open_messages(store, "slack", ids, LIMIT_CASES, &arena);
    store_puts(store, "k", "q", &err);
    store_question_of_message(store, "slack", "1.2", &arena);
    store_question_stands(store, "q");
    store_note_vote(store, &vote, NOW, &news, &err);
    store_votes_standing(store, "slack", "1.2", votes, 2, &arena);
    store_forget_votes(store, NOW, &err);
    store_forget(store, NOW, &forgotten, &err);
    store_commit(store, &err);
}

static void ask_everything(void)
{
    ask_journal();
    ask_cases();
    ask_outbox();
    ask_cards();
}

/* ---- the sources ---- */

static bool is_met(const char *begins, size_t bytes)
{
    for (size_t i = 0; i < met_count; i++)
        if (strncmp(met[i], begins, bytes) == 0)
            return true;
    return false;
}

/* What only an outage or a copy of shared records brings; judged by what stands there. */
static const char *const not_played[] = { "SELECT 1 FROM journal WHERE seq > ?1 AND seq <= ?2 AND ",
                                          "SELECT at_ms, actor, source, data FROM waiting",
                                          "DELETE FROM meta WHERE key = ?1" };

static bool is_played(const char *begins)
{
    for (size_t i = 0; i < COUNT(not_played); i++)
        if (strncmp(begins, not_played[i], strlen(not_played[i])) == 0)
            return false;
    return true;
}

/* The strings from here to the end, one behind another. */
static const char *whole_text(const char *at, const char *end)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    for (; at && at < end; at = strchr(at, '"')) {
        size_t bytes = strcspn(++at, "\"");
        buf_add_bytes(&b, at, bytes);
        at += bytes + 1;
    }
    return arena_copy(&arena, buf_text(&b));
}

/* The first string behind each call, up to the next semicolon; a call without one takes its text
   from a list, which ask_everything goes through. */
static void look_for_calls(const char *source, const char *name, size_t *calls, size_t *missed)
{
    for (const char *at = source; (at = strstr(at, "sql_prepare(")); at++) {
        const char *end = strchr(at, ';'), *text = strchr(at, '"');
        if (!end || !text || text > end)
            continue;
        size_t bytes = strcspn(++text, "\"");
        ++*calls;
        if (is_met(text, bytes))
            continue;
        if (!is_played(text)) {
            note(whole_text(text - 1, end));
            continue;
        }
        print_error("%s: never prepared: %.*s\n", name, (int)bytes, text);
        ++*missed;
    }
}

static void each_statement_of_the_sources_is_met(void **state)
{
    (void)state;
    size_t calls = 0, missed = 0;
    DIR *sources = opendir("bot/store");
    assert_non_null(sources);
    ask_everything();
    for (const struct dirent *d; (d = readdir(sources));)
        if (strstr(d->d_name, ".c")) {
            const char *path = arena_printf(&arena, "bot/store/%s", d->d_name);
            look_for_calls(unit_read(&arena, path, NULL), d->d_name, &calls, &missed);
        }
    closedir(sources);
    assert_true(calls > 50);
    assert_int_equal(missed, 0);
}

/* ---- the plans ---- */

static struct {
    const char *step, *in, *why; /* in: how the statement begins */
    bool needed;
} excuses[] = {
    { "SCAN journal", "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1",
      "its first step is its last", false },
    { "SCAN journal", "SELECT at_ms FROM journal ORDER BY seq DESC LIMIT 1",
      "its first step is its last", false },
    { "SCAN journal", "SELECT at_ms FROM journal ORDER BY seq LIMIT 1",
      "its first step is its last", false },
    { "SCAN journal USING INDEX journal_rules", "SELECT data FROM journal",
      "its first step is its last", false },
    { "SCAN cases USING INDEX cases_no", "SELECT case_id, state",
      "newest first, and no more than are asked for", false },
    { "SCAN cases USING INDEX cases_open", "", "open cases alone: LIMIT_CASES", false },
    { "SCAN outbox USING INDEX outbox_waiting", "",
      "what waits alone: LIMIT_MESSAGES_KEPT, and few in use", false },
    { "SCAN w", "SELECT w.at_ms", "commands that wait, at start alone", false },
    { "SCAN waiting", "SELECT at_ms", "commands that wait, after an outage alone", false },
    { "SCAN standing", "",
      "posts with something to press, of cases that are open or have just closed", false },
    { "SCAN puts", "SELECT 1 FROM puts", "messages that put a question: no more than are kept",
      false },
    { "SCAN shown USING COVERING INDEX shown_remote", "SELECT 1 FROM puts",
      "cards: LIMIT_CARDS_KEPT", false },
    { "SCAN shown USING COVERING INDEX shown_remote", "UPDATE shown SET look_first",
      "at start alone", false },
    { "SCAN outbox", "DELETE FROM standing WHERE chat",
      "when a chat is served elsewhere from now on", false },
    { "SCAN votes", "DELETE FROM votes", "when things are forgotten", false },
    { "SCAN inbox", "DELETE FROM inbox", "when things are forgotten, up to LIMIT_EVENTS_KEPT",
      false },
    { "SCAN inbox USING INDEX inbox_received", "DELETE FROM inbox", "when things are forgotten",
      false },
    { "SCAN inbox USING INDEX inbox_idle", "DELETE FROM inbox", "when things are forgotten",
      false },
    { "SCAN inbox USING INDEX inbox_answered", "UPDATE inbox", "when things are forgotten", false },
    { "SCAN o", "DELETE FROM", "when things are forgotten, up to LIMIT_MESSAGES_KEPT", false },
    { "SCAN outbox USING COVERING INDEX sqlite_autoindex_outbox_1", "DELETE FROM outbox",
      "when things are forgotten", false },
    { "SCAN w USING INDEX outbox_waiting", "DELETE FROM shown", "when things are forgotten",
      false },
    { "SCAN shown", "DELETE FROM shown", "when things are forgotten, up to LIMIT_CARDS_KEPT",
      false },
    { "SCAN shown USING COVERING INDEX shown_remote", "DELETE FROM shown",
      "when things are forgotten", false },
};

static bool is_excused(const char *step, const char *sql)
{
    bool excused = false;
    for (size_t i = 0; i < COUNT(excuses); i++)
        if (strcmp(step, excuses[i].step) == 0 &&
            strncmp(sql, excuses[i].in, strlen(excuses[i].in)) == 0)
            excused = excuses[i].needed = true;
    return excused;
}

/* A search from a record on looks through all behind it, unless it is what was asked for. */
static bool is_slow(const char *step, const char *sql)
{
    return strncmp(step, "SCAN", 4) == 0 || (strstr(step, "(rowid>?)") && strstr(sql, "case_id ="));
}

static size_t judge(const char *sql)
{
    sqlite3_stmt *plan = NULL;
    const char *asked = arena_printf(&arena, "EXPLAIN QUERY PLAN %s", sql);
    size_t wrong = 0;
    if (strncmp(sql, "PRAGMA", 6) == 0 ||
        sqlite3_prepare_v2(store->db, asked, -1, &plan, NULL) != SQLITE_OK)
        return strncmp(sql, "PRAGMA", 6) != 0;
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        if (!is_slow(step, sql) || is_excused(step, sql))
            continue;
        print_error("%s: %s\n", step, sql);
        wrong++;
    }
    sqlite3_finalize(plan);
    return wrong;
}

static void no_statement_looks_through_what_grows(void **state)
{
    (void)state;
    size_t wrong = 0;
    catching = false;
    for (size_t i = 0; i < met_count; i++)
        wrong += judge(met[i]);
    catching = true;
    for (size_t i = 0; i < COUNT(excuses); i++)
        if (!excuses[i].needed) {
            print_error("not needed any more: %s of “%s”, %s\n", excuses[i].step, excuses[i].in,
                        excuses[i].why);
            wrong++;
        }
    assert_int_equal(wrong, 0);
    assert_true(met_count > 80);
}

/* ---- over shared records ---- */

/* A server tells what a connection has done once it has seen its end. */
static void close_and_wait(void)
{
    enum { TRIES = 600, EVERY_MS = 50 };
    int tries = 0;
    unit_store_close(store);
    store = NULL;
    while (strcmp(unit_store_sql("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                 "current_database() AND pid <> pg_backend_pid()"),
                  "0") != 0) {
        assert_true(++tries < TRIES);
        poll(NULL, 0, EVERY_MS);
    }
}

/* How often each table that grows was looked through while that was done, the opening included. */
static const char *looked_through(void (*act)(void))
{
    unit_store_sql("SELECT pg_stat_reset()");
    store = unit_store_open_at(unit_store_url(), folder, &err);
    if (!store)
        fail_msg("%s", err.text);
    if (act)
        act();
    close_and_wait();
    return arena_copy(&arena, unit_store_sql("SELECT string_agg(relname || ' ' || seq_scan, ', ' "
                                             "ORDER BY relname) FROM pg_stat_user_tables WHERE "
                                             "schemaname = 'reguard' AND relname NOT IN ('about', "
                                             "'lease', 'orders')"));
}

/* Rows of a turn before: changed, and taken away. */
static void change_what_is_there(void)
{
    struct fact f = { .kind = FACT_NOTED, .at_ms = NOW, .ref = 7, .text = "x" };
    struct case_row row = { .case_id = "G-0007" };
    struct outbox_row out = { .key = "o", .chat = "slack", .case_id = "G-0007", .body = "b" };
    struct standing_row post = { "o", "slack", "G-0007", "after", true };
    struct vote_row vote = { "slack", "7.2", "U1", "x", "1", true };
    const char *answer;
    bool news;
    unit_store_hear(store, "slack", "f", NOW, &arena, &answer, &err);
    assert_true(store_put_case(store, &row, &err) && store_outbox_put(store, &out, &err));
    assert_true(store_card_want(store, "G-0007", "slack", "b", "d", NOW, &err));
    assert_true(store_post_stands(store, &post, &err) && store_puts(store, "o", "q", &err));
    assert_true(store_note_vote(store, &vote, NOW, &news, &err));
    assert_true(store_keep_waiting(store, &f, &arena, &err) && store_commit(store, &err));
    STR_SET(row.reason, "another one");
    vote.at = "2";
    vote.stands = false;
    assert_true(store_note_answer(
        store, "slack",
        &(struct kept_answer){ .event_id = "f", .text = "a", .person_id = "p", .thread_id = "" },
        &arena, &err));
    assert_true(store_put_case(store, &row, &err) && store_outbox_sent(store, "o", "7.2", &err));
    assert_true(store_card_shown(store, "G-0007", "slack", "7.1", "b", &err));
    assert_true(store_note_vote(store, &vote, NOW, &news, &err));
    assert_true(store_posts_served(store, "G-0007", "slack", true, &err));
    assert_true(store_drop_waiting(store, 7, &err) && store_commit(store, &err));
}

static void ask_twice(void)
{
    ask_everything();
    ask_everything();
    change_what_is_there();
}

/* A table of a few rows is looked through whatever the index, unless that is forbidden. */
static void no_commit_looks_through_a_shared_table(void **state)
{
    (void)state;
    unit_store_sql("ALTER DATABASE reguard SET enable_seqscan = off");
    close_and_wait();
    const char *opened = looked_through(NULL), *asked = looked_through(ask_twice);
    const char *changed = arena_copy(
        &arena, unit_store_sql("SELECT count(*) FROM pg_stat_user_tables WHERE schemaname = "
                               "'reguard' AND idx_scan > 0 AND relname IN ('cases', 'inbox', "
                               "'outbox', 'shown', 'standing', 'votes', 'waiting')"));
    unit_store_sql("ALTER DATABASE reguard RESET enable_seqscan");
    assert_string_equal(asked, opened);
    assert_string_equal(changed, "7");
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    STR_SET(folder, "/tmp/reguard-plans-XXXXXX");
    store = mkdtemp(folder) ? unit_store_begin(folder, &err) : NULL;
    return store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unit_store_close(store);
    unit_store_remove_file(folder);
    unlink(arena_printf(&arena, "%s/lock", folder));
    assert_int_equal(rmdir(folder), 0);
    for (size_t i = 0; i < met_count; i++)
        free(met[i]);
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_statement_of_the_sources_is_met),
        cmocka_unit_test(no_statement_looks_through_what_grows),
    };
    const struct CMUnitTest over_shared[] = {
        cmocka_unit_test(no_commit_looks_through_a_shared_table),
    };
    return unit_store_url() ? cmocka_run_group_tests(over_shared, set_up, tear_down)
                            : cmocka_run_group_tests(tests, set_up, tear_down);
}
