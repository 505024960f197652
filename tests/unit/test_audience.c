/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever an alarm rings for is in it, however many they are and however long their addresses. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/desk.h"
#include "core/notice.h"
#include "core/reminder.h"
#include "core/rich.h"

static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict out;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    static const unsigned char entropy[64];
    for (size_t i = 0; i < LIMIT_ALARMED; i++) {
        struct person *p = &people.rows[people.count++];
        snprintf(p->key, sizeof p->key, "%0*zu@example.com", LIMIT_EMAIL_BYTES - 13, i);
    }
    STR_SET(policy.escalate, "<!subteam^S0NIGHT> <!here>");
    policy.provider = &stax_provider;
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    verdict_init(&out, &arena,
                 (struct turn){ .now_ms = 1772409600 * MS_SECOND, .entropy = entropy }, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void everybody_with_the_longest_address_is_mentioned(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_UNKNOWN_TOLD,
                      .on = true,
                      .count = REMINDER_ESCALATES,
                      .verb = "on",
                      .text = "Stax answers with 502" };
    notice_tell(&desk, &f, &out);
    assert_false(out.overflow);
    assert_true(out.effect_count > 0 && out.effects[0].kind == EFFECT_SAY);
    size_t mentioned = 0;
    bool escalated = false;
    for (const char *cursor = out.effects[0].say.text;;) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            break;
        mentioned += piece.kind == RICH_MENTION;
        escalated |= piece.kind == RICH_ESCALATION;
    }
    assert_int_equal(mentioned, LIMIT_ALARMED);
    assert_true(escalated);
}

static void past_the_ceiling_it_says_how_many_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct person *p = &people.rows[people.count++];
        snprintf(p->key, sizeof p->key, "more%zu@example.com", i);
    }
    struct fact f = { .kind = FACT_UNKNOWN_TOLD, .on = true, .count = 1, .verb = "on", .text = "" };
    verdict_init(&out, &arena, out.turn, 0);
    notice_tell(&desk, &f, &out);
    people.count -= 3;
    assert_non_null(strstr(out.effects[0].say.text, " and 3 more"));
    assert_null(strstr(out.effects[0].say.text, "more0@example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_with_the_longest_address_is_mentioned),
        cmocka_unit_test(past_the_ceiling_it_says_how_many_more),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
