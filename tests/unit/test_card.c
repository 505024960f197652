/* SPDX-License-Identifier: Apache-2.0 */
/* The card: everything that a case may have to tell stands on it, in every chat. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"
#include "core/card.h"
#include "core/limits.h"
#include "core/tasks.h"
#include "host/json.h"

#include <string.h>

static struct arena arena;
static struct people people;
static struct policy policy = { .approve_with = APPROVE_BY_BUTTON,
                                .provider = &stax_provider,
                                .command_word = "/reguard" };
static const struct matrix_style style = { .people = &people,
                                           .policy = &policy,
                                           .prefix = "!reguard" };
static const ms_t NOW = 1795526055000;

enum { SLACK_FIELDS = 10, SLACK_BLOCKS = 50 };

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* As long as it may be, and each character costs as much as one can in HTML. */
static void fill(char *to, size_t bytes, const char *with)
{
    size_t used = 0;
    for (; used + strlen(with) < bytes; used += strlen(with))
        memcpy(to + used, with, strlen(with));
    to[used] = '\0';
}
#define FILL(array, with) fill(array, sizeof(array), with)

static struct party somebody(const char *with)
{
    struct party p = { .user = "user", .chat = "slack", .way = APPROVE_BY_REACTION };
    FILL(p.key, with);
    FILL(p.name, with);
    return p;
}

/* Everything that a case can have, closed after a window. */
static struct casefile fullest(enum case_state state, const char *with)
{
    struct casefile c = { .no = 999999999,
                          .state = state,
                          .member_count = 19999,
                          .window_ms = MS_HOUR,
                          .asked_ms = NOW,
                          .lifting_ms = NOW,
                          .lifted_ms = NOW,
                          .found_ms = NOW,
                          .deadline_ms = NOW + MS_HOUR,
                          .ended_ms = NOW + MS_HOUR,
                          .closed_ms = state > CASE_OUTSIDE ? NOW + 2 * MS_HOUR : 0,
                          .late_ms = MS_HOUR,
                          .approval_count = LIMIT_APPROVERS,
                          .requester = somebody(with),
                          .ended_by = somebody(with) };
    for (size_t i = 0; i < LIMIT_APPROVERS; i++)
        c.question.approvals[i] = c.approvals[i] = somebody(with);
    c.question.approval_count = LIMIT_APPROVERS;
    FILL(c.account, "2");
    FILL(c.account_name, with);
    FILL(c.email, with);
    FILL(c.reason, with);
    FILL(c.found_by, with);
    FILL(c.ticket, with);
    FILL(c.end_reason, with);
    FILL(c.warning, with);
    FILL(c.trouble, with);
    FILL(c.may_approve, with);
    FILL(c.lift_task, "t");
    FILL(c.restore_task, "t");
    STR_SET(c.task, task_table()->name);
    return c;
}

static struct message picture(struct desk *desk)
{
    struct message m;
    desk->policy = &policy;
    desk->people = &people;
    desk->guardrail = (struct guardrail){
        .seen = WATCH_ON, .proved = WATCH_ON, .known_ms = NOW, .read_ms = NOW, .proved_ms = NOW
    };
    desk->record = 1;
    card_picture(desk, &desk->cases[0], NOW + 3 * MS_HOUR, &arena, &m);
    m.key = "key";
    return m;
}

static void assert_in_slack(const struct message *m)
{
    JSON_AUTO *json = slack_message_json(m, &people);
    const json_t *blocks = json_object_get(json, "blocks");
    size_t i, found = 0;
    json_t *block;
    assert_true(json_array_size(blocks) <= SLACK_BLOCKS);
    json_array_foreach(blocks, i, block)
    {
        const json_t *fields = json_object_get(block, "fields");
        assert_true(!fields ||
                    (json_array_size(fields) >= 1 && json_array_size(fields) <= SLACK_FIELDS));
        for (size_t k = 0; k < json_array_size(fields); k++, found++) {
            const char *text = json_text(json_array_get(fields, k), "text");
            assert_non_null(strstr(text, m->fields[found].label));
        }
    }
    assert_int_equal(found, m->field_count);
    assert_true(strlen(json_print(&arena, json)) < LIMIT_MESSAGE_BYTES);
}

static void assert_in_matrix(const struct message *m)
{
    JSON_AUTO *json = matrix_message_json(m, &style);
    const char *html = json_text(json, "formatted_body");
    for (size_t i = 0; i < m->field_count; i++)
        assert_non_null(strstr(html ? html : json_text(json, "body"), m->fields[i].label));
    assert_true(strlen(json_print(&arena, json)) < LIMIT_MESSAGE_BYTES);
}

static struct desk desk;

static void the_fullest_card_loses_no_field_in_any_chat(void **state)
{
    (void)state;
    static const char *const labels[] = { "Account",  "Root mailbox", "Task",        "Reason",
                                          "Ticket",   "Found OFF",    "Approved by", "Ended",
                                          "Ended by", "OFF for",      "Stax tasks",  "Clean-up" };
    desk.cases[0] = fullest(CASE_RESTORED, "wide ");
    desk.case_count = 1;
    struct message m = picture(&desk);
    assert_int_equal(m.field_count, COUNT(labels));
    for (size_t i = 0; i < COUNT(labels); i++)
        assert_string_equal(m.fields[i].label, labels[i]);
    assert_in_slack(&m);
    assert_in_matrix(&m);
}

static void every_state_has_room_for_all_it_tells(void **state)
{
    (void)state;
    static const char *const texts[] = { "a", "&", "<", "\"", "é", "𝄞" };
    for (int s = 0; s < CASE_STATE_COUNT; s++)
        for (size_t i = 0; i < COUNT(texts); i++) {
            desk.case_count = LIMIT_CASES;
            for (size_t k = 0; k < LIMIT_CASES; k++)
                desk.cases[k] = (struct casefile){ .no = (uint32_t)k + 1 };
            desk.cases[0] = fullest((enum case_state)s, texts[i]);
            struct message m = picture(&desk);
            assert_in_slack(&m);
            assert_in_matrix(&m);
        }
}

static void what_cannot_be_told_comes_with_its_reason(void **state)
{
    (void)state;
    struct message m;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_OUTSIDE, .found_ms = NOW };
    desk.case_count = 1;
    desk.policy = &policy;
    desk.guardrail = (struct guardrail){ .seen = WATCH_UNKNOWN,
                                         .why_unknown = "Stax answered 403" };
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    assert_non_null(strstr(m.body, "I cannot read whether it is ON again (Stax answered 403)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fullest_card_loses_no_field_in_any_chat),
        cmocka_unit_test(every_state_has_room_for_all_it_tells),
        cmocka_unit_test(what_cannot_be_told_comes_with_its_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
