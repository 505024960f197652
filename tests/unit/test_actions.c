/* The table of actions: each row is whole, and means the same pressed, typed and asked for. */
#include "tests/unit/unit.h"

#include "adapters/slack/codec_out.h"
#include "commands/parts.h"
#include "core/action.h"
#include "core/words.h"

#include <string.h>

static struct policy policy = { .command_word = "/reguard" };
static struct desk desk = { .policy = &policy };

static void no_mark(const void *key, const char *code, char ret_mark[CODEMARK_BYTES])
{
    (void)key, (void)code;
    ret_mark[0] = '\0';
}

static int set_up(void **state)
{
    (void)state;
    desk.mark_code = no_mark;
    desk.code_key = &desk;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    return 0;
}

/* Interface.md 4: names at the edge, which outlive a release. */
static void names_at_the_edge_stay(void **state)
{
    (void)state;
    static const char *const names[] = { "approve", "decline", "withdraw", "done",
                                         "extend",  "snooze",  "restore",  "put_back",
                                         "adopt",   "mailbox", "cleaned",  "not_cleaned" };
    size_t buttons = 0;
    for (enum action a = 0; a < ACTION_COUNT; a++)
        buttons += action_row(a)->name != NULL;
    for (size_t i = 0; i < COUNT(names); i++)
        if (action_named(names[i]) == ACTION_NONE)
            fail_msg("no button is called %s any more", names[i]);
    assert_int_equal(buttons, COUNT(names));
}

static void each_has_a_command_that_takes_it(void **state)
{
    (void)state;
    for (enum action a = 0; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        if (!row->verb)
            fail_msg("action %d has no row, or no verb in it", (int)a);
        const struct command *command = command_named(&desk, row->verb);
        if (!command || !str_equal(command->name, row->verb))
            fail_msg("no command is called “%s”", row->verb);
        if (row->lowers != ((command->gates & GATE_LOWERS) != 0))
            fail_msg("“%s” and its command disagree on whether it lowers", row->verb);
    }
}

static void each_button_has_a_label_and_a_name_of_its_own(void **state)
{
    (void)state;
    for (enum action a = 0; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        if (!row->name)
            continue;
        if (!row->label || !row->label[0])
            fail_msg("the button %s has no label", row->name);
        if (action_named(row->name) != a)
            fail_msg("two buttons are called %s", row->name);
    }
    assert_int_equal(action_named("dance"), ACTION_NONE);
    assert_int_equal(action_named(NULL), ACTION_NONE);
}

static const char *with_an_account(const char *typed, struct arena *arena)
{
    static const char any[] = "ACCOUNT";
    const char *at = strstr(typed, any);
    return at ? arena_printf(arena, "%.*s222222222222%s", (int)(at - typed), typed,
                             at + strlen(any))
              : typed;
}

/* What a chat without buttons shows is read by the command, and says what the button says. */
static void each_is_typed_as_it_is_pressed(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    for (enum action a = 0; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        CLEANUP(buf_done) struct buf typed;
        struct words words;
        struct request request = { .case_no = 0 };
        struct err err = { "" };
        if (!row->typed)
            fail_msg("“%s” has no words", row->verb);
        buf_init(&typed, 200);
        action_add_typed(&typed, a, "G-0042");
        const char *line = with_an_account(buf_text(&typed), &arena);
        words_read(&words, &arena, line);
        const struct command *command = command_named(&desk, words_next(&words));
        if (!command || !str_equal(command->name, row->verb))
            fail_msg("“%s” is no “%s”", buf_text(&typed), row->verb);
        if (!command->read(&desk, &words, &request, &err))
            fail_msg("“%s” is not understood: %s", buf_text(&typed), err.text);
        if (request.case_no != (strstr(row->typed, "G-0001") ? 42 : 0))
            fail_msg("“%s” names case %u", buf_text(&typed), request.case_no);
        if (request.yes != row->yes || (row->for_ms && request.for_ms != row->for_ms))
            fail_msg("“%s” says another thing than its button", buf_text(&typed));
        if ((row->fields & FORM_ACCOUNT) != (request.account[0] ? FORM_ACCOUNT : 0))
            fail_msg("“%s” and its form disagree on the account", buf_text(&typed));
        if ((row->fields & FORM_REASON) != (request.reason[0] ? FORM_REASON : 0))
            fail_msg("“%s” and its form disagree on the reason", buf_text(&typed));
    }
    arena_done(&arena);
}

/* Slack takes a title and a button of at most 24 characters, and no view without an input. */
static void each_form_is_whole(void **state)
{
    (void)state;
    size_t forms = 0;
    for (enum action a = 0; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        if (!row->fields)
            continue;
        forms++;
        assert_ptr_equal(action_form(row->verb), row);
        assert_true(row->title && strlen(row->title) > 0 && strlen(row->title) <= 24);
        assert_true(row->submit && strlen(row->submit) > 0 && strlen(row->submit) <= 24);
        const struct effect_form form = { .form = row->verb, .handle = "", .problem = "" };
        json_t *json = slack_form_json(&form);
        size_t inputs = 0, wanted = 0;
        for (unsigned bits = row->fields; bits; bits &= bits - 1)
            wanted++;
        inputs = json_array_size(json_object_get(json, "blocks"));
        assert_int_equal(inputs, wanted);
        json_decref(json);
    }
    assert_int_equal(forms, 4);
    assert_null(action_form("done"));
    assert_null(action_form(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_at_the_edge_stay, set_up),
        cmocka_unit_test_setup(each_has_a_command_that_takes_it, set_up),
        cmocka_unit_test_setup(each_button_has_a_label_and_a_name_of_its_own, set_up),
        cmocka_unit_test_setup(each_is_typed_as_it_is_pressed, set_up),
        cmocka_unit_test_setup(each_form_is_whole, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
