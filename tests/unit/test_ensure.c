/* SPDX-License-Identifier: Apache-2.0 */
/* A value that cannot be ends the process, before the turn hands out anything that could be written
   down; so does a library that finds no memory. Each in a process of its own. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/invariant.h"
#include "core/turn.h"
#include "engine/outbox.h"
#include "host/memory.h"

/* With its own copy of the connection, whose inside is broken here. */
#define ws_connect tested_ws_connect
#define ws_send tested_ws_send
#define ws_close tested_ws_close
#include "net/ws.c"

#include <jansson.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct policy policy = { .provider = &stax_provider };
static struct people people;
static struct desk desk;
static struct verdict out, scratch;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES];
static const ms_t NOW_MS = 1772409600 * MS_SECOND;

static void turn(void)
{
    struct event e = { .kind = EVENT_DUE, .chat = "" };
    verdict_init(&out, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    desk_handle(&desk, &e, &out, &scratch);
}

/* True when it dies of it and says why. */
static bool dies(void (*act)(void), const char *words)
{
    char said[512] = "";
    size_t bytes = 0;
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got; bytes + 1 < sizeof said &&
                      (got = read(ends[0], said + bytes, sizeof said - 1 - bytes)) > 0;)
        bytes += (size_t)got;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, words);
}

static struct casefile *a_case(void)
{
    struct fact asked = { .kind = FACT_ASKED, .at_ms = NOW_MS, .case_no = 1, .window_ms = 1 };
    desk_apply(&desk, &asked);
    return desk_case(&desk, 1);
}

static void nothing(void)
{
    a_case();
    turn();
}

static void a_case_without_a_number(void)
{
    a_case()->no = 0;
    turn();
}

static void a_case_twice(void)
{
    desk.cases[1] = *a_case();
    desk.case_count = 2;
    turn();
}

static void no_such_state(void)
{
    a_case()->state = (enum case_state)(CASE_STATE_COUNT + 7);
    invariant_of_desk(&desk);
}

static void a_closed_case_with_an_open_question(void)
{
    struct casefile *c = a_case();
    c->state = CASE_DECLINED;
    c->closed_ms = NOW_MS;
    c->question.pending = true;
    turn();
}

static void more_approvals_than_places(void)
{
    a_case()->question.approval_count = LIMIT_APPROVERS + 1;
    invariant_of_desk(&desk);
}

static void a_roll_that_is_complete_and_is_not(void)
{
    struct casefile *c = a_case();
    c->question.roll.complete = true;
    c->question.roll.missing = 2;
    turn();
}

static void a_change_under_way_that_was_not_begun(void)
{
    desk.guardrail.change_id = 7;
    turn();
}

/* A decision to lower on a case that only waits. */
static void lowered_without_a_lift(void)
{
    a_case();
    verdict_init(&out, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    verdict_effect(&out, EFFECT_CHANGE);
    verdict_fact(&out, FACT_CHANGE_BEGUN, 1);
    invariant_of_round(&desk, &out);
}

static void a_change_without_a_record(void)
{
    verdict_init(&out, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    verdict_effect(&out, EFFECT_CHANGE)->change.on = true;
    invariant_of_round(&desk, &out);
}

static void a_task_without_a_record(void)
{
    verdict_init(&out, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    verdict_effect(&out, EFFECT_ERRAND)->errand.digest = "d1";
    invariant_of_round(&desk, &out);
}

static void a_task_that_nobody_approved(void)
{
    STR_SET(a_case()->target, "crumb-logs");
    verdict_init(&out, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    verdict_effect(&out, EFFECT_ERRAND)->errand.digest = "d1";
    verdict_fact(&out, FACT_ERRAND_BEGUN, 1);
    invariant_of_round(&desk, &out);
}

static void a_task_of_a_window(void)
{
    a_case();
    verdict_init(&out, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    verdict_effect(&out, EFFECT_ERRAND)->errand.digest = "d1";
    verdict_fact(&out, FACT_ERRAND_BEGUN, 1);
    invariant_of_round(&desk, &out);
}

static void a_fact_for_nobody(void)
{
    struct fact f = { .kind = FACT_ADMINS, .at_ms = NOW_MS };
    fact_stray(&f, "talk");
}

/* The block is the arena's own; its count of used bytes stands behind the link. */
static void an_arena_that_has_given_away_too_much(void)
{
    arena_take(&arena, 8);
    ((size_t *)(void *)arena.current)[1] = SIZE_MAX;
    arena_take(&arena, 8);
}

/* ---- messages on their way ---- */

static const char *rendered;

static bool render(const struct adapter *a, const struct message *m, struct buf *body,
                   struct err *err)
{
    (void)a, (void)m, (void)err;
    buf_add(body, rendered);
    return true;
}

/* There is no store: whoever goes on to it dies of that, without these words. */
static void say(enum message_kind kind, const char *case_id, const char *body)
{
    static const struct adapter_ops ops = { .name = "chat", .render = render };
    struct adapter chat = { &ops };
    struct outbox outbox = { .chats = { { .adapter = &chat } },
                             .chat_count = 1,
                             .people = &people };
    struct message m = { .kind = kind, .case_id = case_id, .text = "x", .to = "" };
    struct err err = { "" };
    people.count = people.rows[0].id_count = 1;
    STR_SET(people.rows[0].ids[0].chat, "chat");
    STR_SET(people.rows[0].ids[0].id, "U1");
    rendered = body;
    verdict_init(&scratch, &arena, (struct turn){ .now_ms = NOW_MS, .entropy = entropy }, 0);
    outbox_say(&outbox, &m, "7", &scratch, &err);
}

static void a_message_without_a_body(void) { say(MESSAGE_POST, "", ""); }
static void a_line_under_no_case(void) { say(MESSAGE_THREAD, "", "{}"); }
static void a_word_to_nobody(void) { say(MESSAGE_DIRECT, "G-0001", "{}"); }

/* ---- a connection ---- */

static struct ws *a_connection(size_t queued_bytes)
{
    struct ws *ws = xcalloc(1, sizeof *ws);
    struct frame *f = xcalloc(1, sizeof *f + 8);
    f->bytes = 8;
    ws->first = f;
    ws->last = &f->next;
    ws->queued_bytes = queued_bytes;
    return ws;
}

static void freed_while_it_is_open(void)
{
    struct ws *ws = a_connection(8);
    ws->open = true;
    destroy(ws);
}

static void more_leaves_than_waits(void) { write_text(a_connection(7)); }

static void bytes_that_belong_to_no_frame(void) { write_text(a_connection(9)); }

/* ---- libraries that find no memory ---- */

static const size_t TOO_MUCH = SIZE_MAX / 4;

static void openssl_without_memory(void)
{
    memory_begin();
    OPENSSL_malloc(TOO_MUCH);
}

static void openssl_with_no_more_memory(void)
{
    memory_begin();
    OPENSSL_realloc(OPENSSL_malloc(8), TOO_MUCH);
}

static void jansson_without_memory(void)
{
    json_malloc_t take;
    json_free_t give;
    memory_begin();
    json_get_alloc_funcs(&take, &give);
    take(TOO_MUCH);
}

static void a_library_without_memory_ends_the_process(void **state)
{
    (void)state;
#ifdef SANITIZED /* by what has an end of its own for memory that there cannot be */
    skip();
#endif
    assert_true(dies(openssl_without_memory, "out of memory"));
    assert_true(dies(openssl_with_no_more_memory, "out of memory"));
    assert_true(dies(jansson_without_memory, "out of memory"));
}

static void a_broken_value_ends_the_process(void **state)
{
    (void)state;
    assert_false(dies(nothing, ""));
    assert_true(dies(a_case_without_a_number, "case 0"));
    assert_true(dies(a_case_twice, "twice"));
    assert_true(dies(no_such_state, "case 1, state"));
    assert_true(dies(a_closed_case_with_an_open_question, "with an open question"));
    assert_true(dies(more_approvals_than_places, "approvals"));
    assert_true(dies(a_roll_that_is_complete_and_is_not, "have not answered"));
    assert_true(dies(a_change_under_way_that_was_not_begun, "change 7 is under way"));
    assert_true(dies(lowered_without_a_lift, "case 1 is not to be lifted"));
    assert_true(dies(a_change_without_a_record, "1 changes are asked for, 0 on record"));
    assert_true(dies(a_task_without_a_record, "1 tasks are to be done, 0 on record"));
    assert_true(dies(a_task_that_nobody_approved, "case 1, read at"));
    assert_true(dies(a_task_of_a_window, "case 1 is not to be done"));
    assert_true(dies(a_fact_for_nobody, "talk is handed admins"));
    assert_true(dies(a_message_without_a_body, "has no key or no body"));
    assert_true(dies(a_line_under_no_case, "7-chat stands under no case"));
    assert_true(dies(a_word_to_nobody, "7-chat is for nobody"));
    assert_true(dies(freed_while_it_is_open, "open 1, let go 0"));
    assert_true(dies(more_leaves_than_waits, "7 bytes wait, 8 of them leave"));
    assert_true(dies(bytes_that_belong_to_no_frame, "9 bytes wait, 8 of them leave"));
    assert_true(dies(an_arena_that_has_given_away_too_much, "bytes are used"));
}

static int set_up(void **state)
{
    (void)state;
    STR_SET(policy.command_word, "/reguard");
    policy.approvals = 1;
    policy.request_expires = policy.watch_after = MS_HOUR;
    desk_init(&desk);
    desk_use_rules(&desk, &policy, &people);
    desk_use_commands(&desk, command_table, command_table_count);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_without_memory_ends_the_process),
        cmocka_unit_test_setup_teardown(a_broken_value_ends_the_process, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
