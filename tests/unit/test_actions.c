/* SPDX-License-Identifier: Apache-2.0 */
/* The table of actions: each row is whole, and means the same pressed, typed and asked for. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "adapters/slack/codec_out.h"
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/action.h"
#include "core/card.h"
#include "core/words.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

static struct policy policy = { .provider = &stax_provider, .command_word = "/reguard" };
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
    static const char *const names[] = { "approve",         "decline", "withdraw", "done",
                                         "extend",          "snooze",  "restore",  "put_back",
                                         "adopt",           "mailbox", "cleaned",  "not_cleaned",
                                         "request",         "again",   "run",      "clean_up",
                                         "approve_recovery" };
    size_t buttons = 0;
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        buttons += action_row(a)->name != NULL;
    for (size_t i = 0; i < COUNT(names); i++)
        if (action_named(names[i]) == ACTION_NONE)
            fail_msg("no button is called %s any more", names[i]);
    assert_int_equal(buttons, COUNT(names));
}

static void each_has_a_command_that_takes_it(void **state)
{
    (void)state;
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
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
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
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

static const char *filled(const char *typed, const char *any, const char *with, struct arena *to)
{
    const char *at = strstr(typed, any);
    return at ? arena_printf(to, "%.*s%s%s", (int)(at - typed), typed, with, at + strlen(any))
              : typed;
}

static const char *with_an_account(const char *typed, struct arena *to)
{
    return filled(typed, "ACCOUNT", "222222222222", to);
}

/* What a chat without buttons shows is read by the command, and says what the button says. */
static void each_is_typed_as_it_is_pressed(void **state)
{
    (void)state;
    struct arena of_words;
    arena_init(&of_words, 1024 * 1024);
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        const struct message of = { .case_id = "G-0042" };
        const struct message_button button = { .action = str_or_empty(row->name),
                                               .typed = row->name ? NULL : row->typed };
        CLEANUP(buf_done) struct buf typed;
        struct words words;
        struct request request = { .case_no = 0 };
        struct err err = { "" };
        if (!row->typed)
            fail_msg("“%s” has no words", row->verb);
        buf_init(&typed, 200);
        action_add_button_typed(&typed, "/reguard", &of, &button);
        const char *line = with_an_account(buf_text(&typed), &of_words);
        words_read(&words, &of_words, line);
        (void)words_next(&words); /* the word that calls us */
        const struct command *command = command_named(&desk, words_next(&words));
        if (!command || !str_equal(command->name, row->verb))
            fail_msg("“%s” is no “%s”", buf_text(&typed), row->verb);
        if (!command->read(&desk, &words, &request, &err))
            fail_msg("“%s” is not understood: %s", buf_text(&typed), err.text);
        if (request.case_no != (!strstr(row->typed, "G-0001") ? 0 : row->name ? 42 : 1))
            fail_msg("“%s” names case %u", buf_text(&typed), request.case_no);
        if (request.yes != row->yes || (row->for_ms && request.for_ms != row->for_ms))
            fail_msg("“%s” says another thing than its button", buf_text(&typed));
        unsigned fields = row->anew ? action_form(row->verb)->fields : row->fields;
        if ((fields & FORM_ACCOUNT) != (request.account[0] ? FORM_ACCOUNT : 0))
            fail_msg("“%s” and its form disagree on the account", buf_text(&typed));
        if ((fields & FORM_REASON) != (request.reason[0] ? FORM_REASON : 0))
            fail_msg("“%s” and its form disagree on the reason", buf_text(&typed));
    }
    arena_done(&of_words);
}

/* Slack takes a title and a button of at most 24 characters, and no view without an input. */
static void each_form_is_whole(void **state)
{
    (void)state;
    size_t forms = 0;
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        if (!row->fields)
            continue;
        forms++;
        assert_ptr_equal(action_form(row->verb), row);
        assert_true(row->title && strlen(row->title) > 0 && strlen(row->title) <= 24);
        assert_true(row->submit && strlen(row->submit) > 0 && strlen(row->submit) <= 24);
        assert_null(strstr(row->title, "guardrail")); /* deploy/docs/words.md */
        assert_null(strstr(row->title, "case"));
        const struct effect_form form = { .form = row->verb, .handle = "", .problem = "" };
        json_t *json = slack_form_json(&form);
        size_t inputs = 0, wanted = 0;
        for (unsigned bits = row->fields; bits; bits &= bits - 1)
            wanted++;
        inputs = json_array_size(json_object_get(json, "blocks"));
        wanted -= (row->fields & FORM_TARGET) != 0; /* only of a task that names something */
        assert_int_equal(inputs, wanted);
        json_decref(json);
    }
    assert_int_equal(forms, 5);
    assert_null(action_form("done"));
    assert_null(action_form(NULL));
}

/* ---- what the documents show ---- */

/* The words from there to the end of the span or of the line. Usage, what goes on with three dots,
   and the word alone that calls us are no command. */
static bool is_read(const char *path, const char *from, struct arena *of_words)
{
    size_t bytes = strcspn(from, "`\n");
    const char *typed = arena_copy_bytes(of_words, from, bytes);
    struct words words;
    struct request request = { .case_no = 0 };
    struct err err = { "" };
    if (strchr(typed, '[') || typed[0] == '/' || strncmp(typed, "…", strlen("…")) == 0)
        return false;
    words_read(&words, of_words,
               filled(with_an_account(typed, of_words), "TASK", "billing", of_words));
    const struct command *command = command_named(&desk, words_next(&words));
    if (!command || !command->read(&desk, &words, &request, &err))
        fail_msg("%s shows “%s”, which is not understood: %s", path, typed, err.text);
    return true;
}

/* `/reguard …`, and the same on a line of its own. */
static size_t read_called(const char *path, const char *text, struct arena *of_words)
{
    static const char call[] = "/reguard ";
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, call)); at++)
        if (at > text && (at[-1] == '`' || (at > text + 4 && strncmp(at - 4, "    ", 4) == 0)))
            count += is_read(path, at + strlen(call), of_words);
    return count;
}

/* Each span of the first column. */
static size_t read_table(const char *path, const char *text, struct arena *of_words)
{
    size_t count = 0;
    for (const char *row = text; (row = strstr(row, "\n| `")); row++) {
        const char *end = strstr(row + 3, " | ");
        for (const char *at = row + 3; end && at && at < end;) {
            count += is_read(path, at + 1, of_words);
            at = strchr(at + 1, '`');
            at = at ? strchr(at + 1, '`') : NULL;
        }
    }
    return count;
}

static void each_command_of_the_documents_is_understood(void **state)
{
    (void)state;
    static const char *const pages[] = { "README.md", "deploy/docs/*.md" };
    struct arena of_words;
    size_t called = 0, listed = 0;
    arena_init(&of_words, LIMIT_ARENA_BYTES);
    for (size_t i = 0; i < COUNT(pages); i++) {
        glob_t found;
        assert_int_equal(glob(pages[i], 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            const char *text = unit_read(&of_words, found.gl_pathv[k], NULL);
            called += read_called(found.gl_pathv[k], text, &of_words);
            if (strstr(found.gl_pathv[k], "/messages.md"))
                listed = read_table(found.gl_pathv[k], text, &of_words);
        }
        globfree(&found);
    }
    assert_true(called >= 10);
    assert_true(listed >= 20);
    arena_done(&of_words);
}

/* ---- possible or refused ---- */

static struct arena arena;
static const ms_t NOW = 1795526055000;

static int set_up_desk(void **state)
{
    set_up(state);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    policy.approvals = 1;
    policy.approve_with = APPROVE_BY_BUTTON | APPROVE_BY_COMMAND;
    policy.max_window = 4 * MS_HOUR;
    policy.mailbox_proof = MAILBOX_CONFIRM;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* As a case in that state is, of Ana. */
static void put_case(enum case_state state)
{
    struct casefile *c = &desk.cases[0];
    *c = (struct casefile){ .no = 1, .state = state, .asked_ms = NOW - MS_HOUR };
    STR_SET(c->handle, "case");
    STR_SET(c->question.handle, "question");
    desk.case_count = 1;
    if (state != CASE_OUTSIDE)
        c->requester = c->question.by = (struct party){ .user = "ana", .key = "ana" };
    bool had_window = state == CASE_LIFTED || state == CASE_RESTORING || state == CASE_RELEASED ||
                      state == CASE_RESTORED;
    if (state == CASE_RUNNING || state == CASE_RAN || state == CASE_NOT_RUN)
        STR_SET(c->target, "crumb-logs");
    c->lifted_ms = had_window ? NOW - MS_MINUTE : 0;
    c->deadline_ms = had_window ? NOW + MS_HOUR : 0;
}

static const char *offered_to(const char *key)
{
    const struct doer who = { .key = key, .way = APPROVE_BY_COMMAND };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 400);
    for (size_t i = 0; i < command_table_count; i++)
        if (action_of_verb(command_table[i]->name) != ACTION_NONE &&
            action_is_offered(command_table[i]->name, &desk, &who, NOW, &arena))
            buf_addf(&b, "%s%s", b.bytes ? " " : "", command_table[i]->name);
    return arena_copy(&arena, buf_text(&b));
}

static const char *on_the_card(void)
{
    struct message m;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 400);
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    for (size_t i = 0; i < m.button_count; i++)
        buf_addf(&b, "%s%s", i ? " " : "", m.buttons[i].action);
    return arena_copy(&arena, buf_text(&b));
}

static void what_each_state_offers(void **state)
{
    (void)state;
    static const struct {
        enum case_state state;
        const char *to_ana, *to_ben, *on_card;
    } rows[] = {
        { CASE_WAITING, "withdraw confirm lift", "approve decline lift",
          "approve decline mailbox withdraw" },
        { CASE_RUNNING, "lift", "lift", "" },
        { CASE_LIFTING, "done lift", "done lift", "" },
        { CASE_LIFTED, "done extend lift", "done extend lift", "done extend" },
        { CASE_RESTORING, "cleaned lift", "cleaned lift", "" },
        { CASE_RELEASED, "cleaned lift", "cleaned lift", "" },
        { CASE_OUTSIDE, "put-back adopt done", "put-back adopt done", "put_back adopt" },
        { CASE_RESTORED, "cleaned lift", "cleaned lift", "" },
        { CASE_DECLINED, "lift", "lift", "again" },
        { CASE_WITHDRAWN, "lift", "lift", "" },
        { CASE_EXPIRED, "lift", "lift", "again" },
        { CASE_REFUSED, "lift", "lift", "again" },
        { CASE_FAILED, "lift", "lift", "again" },
        { CASE_RAN, "lift", "lift", "" },
        { CASE_NOT_RUN, "lift", "lift", "" },
    };
    assert_int_equal(COUNT(rows), CASE_STATE_COUNT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        put_case(rows[i].state);
        assert_string_equal(offered_to("ana"), rows[i].to_ana);
        assert_string_equal(offered_to("ben"), rows[i].to_ben);
        assert_string_equal(on_the_card(), rows[i].on_card);
    }
}

static void what_changes_the_offer(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    put_case(
        CASE_WAITING); /* of a task without a window: no mailbox, and not asked again by lift */
    STR_SET(c->target, "crumb-logs");
    c->question.kind = QUESTION_ERRAND;
    assert_string_equal(offered_to("ana"), "withdraw lift");
    assert_string_equal(offered_to("ben"), "approve decline lift");
    assert_string_equal(on_the_card(), "approve decline withdraw");
    c->state = CASE_DECLINED;
    assert_string_equal(on_the_card(), "");
    put_case(CASE_RESTORING);
    c->trouble_ms = NOW - MS_MINUTE;
    c->overdue_reminders = 1;
    c->cleaned = CLEANED_YES;
    assert_string_equal(offered_to("ben"), "done snooze lift");
    assert_string_equal(on_the_card(), "restore");
    c->overdue_reminders = 3;
    assert_string_equal(offered_to("ben"), "done lift");

    put_case(CASE_LIFTED);
    c->question.kind = QUESTION_MORE_TIME;
    c->question.pending = true;
    assert_string_equal(offered_to("ana"), "done decline lift");
    assert_string_equal(offered_to("ben"), "done approve decline lift");
    assert_string_equal(on_the_card(), "done");
    put_case(CASE_LIFTED);
    c->lifted_ms = c->deadline_ms - policy.max_window;
    assert_string_equal(offered_to("ana"), "done lift");
    c->deadline_ms = NOW;
    c->lifted_ms = NOW - MS_HOUR;
    assert_string_equal(on_the_card(), "restore extend");

    put_case(CASE_OUTSIDE);
    c->question.kind = QUESTION_ADOPTION;
    c->question.pending = true;
    c->question.by = (struct party){ .user = "ana", .key = "ana" };
    assert_string_equal(offered_to("ana"), "put-back done decline");
    assert_string_equal(on_the_card(), "put_back");

    put_case(CASE_WAITING);
    policy.approve_with = APPROVE_BY_BUTTON;
    policy.mailbox_proof = MAILBOX_CODE;
    assert_string_equal(offered_to("ben"), "decline lift");
    assert_string_equal(offered_to("ana"), "withdraw code lift");
}

/* Slack has no button for what is refused when it is pressed; Matrix makes its words of the rest.
 */
static void what_may_not_be_pressed_is_no_button_in_slack(void **state)
{
    (void)state;
    static const struct people people;
    for (unsigned ways = APPROVE_BY_REACTION; ways <= 7; ways++) {
        struct message m;
        put_case(CASE_WAITING);
        policy.approve_with = ways;
        card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
        m.key = "key";
        json_t *json = slack_message_json(&m, &people);
        char *text = json_dumps(json, 0);
        assert_string_equal(on_the_card(), "approve decline mailbox withdraw");
        assert_int_equal(strstr(text, "\"action_id\": \"approve\"") != NULL,
                         (ways & APPROVE_BY_BUTTON) != 0);
        assert_non_null(strstr(text, "\"action_id\": \"decline\""));
        free(text);
        json_decref(json);
    }
}

/* Verbs with two buttons are refused alike, whichever is pressed; but for what approves more. */
static void rows_of_one_verb_agree(void **state)
{
    (void)state;
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a),
                                *first = action_row(action_of_verb(row->verb));
        assert_true(row->refusal && (row->refusal == first->refusal || a == ACTION_RECOVER));
        assert_true(row->fits == first->fits);
    }
}

/* What is offered is what is taken, and why it is not taken is said. */
static void recovery_is_offered_where_nobody_could_sign_in(void **state)
{
    (void)state;
    const struct doer anybody = { .key = NULL };
    for (int i = 0; i < 9; i++) {
        static const char *const whys[] = { NULL,
                                            "has a password",
                                            "do not know",
                                            "[aws] is not configured",
                                            "allowed already",
                                            "begun already",
                                            "begun already",
                                            "older version",
                                            "only for a request to lift" };
        put_case(CASE_WAITING);
        struct casefile *c = &desk.cases[0];
        desk.can_run = i != 3;
        c->root_before = (struct root_has){ .known = i != 2, .password = i == 1 };
        c->recovery = i == 4   ? RECOVERY_ALLOWED
                      : i == 5 ? RECOVERY_BEGUN
                      : i == 6 ? RECOVERY_UNSURE
                               : RECOVERY_NONE;
        STR_SET(c->digest, i == 7 ? "" : "d1");
        c->question.kind = i == 8 ? QUESTION_ERRAND : QUESTION_WINDOW;
        const char *why = action_refusal(ACTION_RECOVER, &desk, c, &anybody, NOW, &arena);
        if (!why != !whys[i] || (why && !strstr(why, whys[i])))
            fail_msg("%d: “%s”", i, str_or_empty(why));
        assert_int_equal(strstr(on_the_card(), "approve approve_recovery decline") != NULL, !why);
        /* Nor who could not approve without it. */
        why = action_refusal(ACTION_RECOVER, &desk, c, &(struct doer){ .user = c->requester.user },
                             NOW, &arena);
        assert_non_null(why);
        desk.can_run = false;
    }
}

/* Whatever may be true of a case at once: its card has room for its buttons. */
static void no_card_has_more_buttons_than_room(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    for (enum case_state s = 0; s <= CASE_NOT_RUN; s++)
        for (unsigned bits = 0; bits < 1 << 6; bits++) {
            put_case(s);
            c->question.kind = (enum question_kind)(bits % 3);
            c->question.pending = bits & 4;
            c->trouble_ms = bits & 8 ? NOW - MS_MINUTE : 0;
            c->overdue_reminders = bits & 16 ? 1 : 0;
            c->deadline_ms = bits & 32 ? NOW - MS_MINUTE : c->deadline_ms;
            desk.can_run = c->root_before.known = true;
            STR_SET(c->digest, "d1");
            (void)on_the_card(); /* which asserts it */
        }
}

/* ---- stories ---- */

/* All of tests/transcripts as one text. */
static const char *stories(struct buf *b)
{
    glob_t found;
    buf_init(b, 32 * 1024 * 1024);
    assert_int_equal(glob("tests/transcripts/*.txt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char line[4096];
        FILE *f = fopen(found.gl_pathv[i], "r");
        assert_non_null(f);
        while (fgets(line, sizeof line, f))
            buf_add(b, line);
        fclose(f);
    }
    globfree(&found);
    assert_false(b->overflow);
    return buf_text(b);
}

static void each_button_is_seen_and_each_verb_is_typed_in_a_story(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf all;
    const char *text = stories(&all);
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        const struct action_row *row = action_row(a);
        if (row->name && !strstr(text, arena_printf(&arena, "[%s]", row->label)))
            fail_msg("no transcript shows the button [%s]: where does it stand?", row->label);
        if (row->name && !strstr(text, arena_printf(&arena, " clicks %s ", row->name)) &&
            !(row->fields && strstr(text, arena_printf(&arena, " submits %s ", row->verb))))
            fail_msg("nobody presses [%s] in any transcript", row->label);
    }
    for (size_t i = 0; i < command_table_count; i++) {
        const char *verb = command_table[i]->name;
        if (!strstr(text, arena_printf(&arena, ": %s ", verb)) &&
            !strstr(text, arena_printf(&arena, ": %s\n", verb)))
            fail_msg("nobody types `%s` in any transcript", verb);
    }
}

/* ---- help ---- */

static const char *help(bool all, const struct person *person)
{
    static struct verdict v;
    static const unsigned char entropy[64];
    const struct event e = { .kind = EVENT_SAID, .chat = "slack", .actor = { .id = "U1" } };
    const struct asker asker = { .event = &e, .person = person };
    const struct request request = { .anyway = all };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 0);
    assert_true(command_named(&desk, "help")->decide(&desk, &asker, &request, &v));
    assert_int_equal(v.effect_count, 1);
    return v.effects[0].answer.text;
}

static size_t lines_of(const char *text)
{
    size_t lines = 1;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static bool shows(const char *answer, const struct command *command)
{
    return strstr(answer, arena_printf(&arena, " – %s", command->summary)) != NULL;
}

/* Each verb stands in the whole list; the short one says how many it leaves out. */
static void help_leaves_no_verb_out_in_silence(void **state)
{
    (void)state;
    static const struct person ana = { .key = "ana" };
    put_case(CASE_WAITING);
    const char *all = help(true, &ana), *now = help(false, &ana);
    size_t offered = 0, shown = 0;
    const struct doer who = { .key = "ana", .way = APPROVE_BY_COMMAND };
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = command_table[i];
        if (!shows(all, command))
            fail_msg("`help all` leaves “%s” out", command->name);
        /* The word that calls us shows the cockpit: whoever asks for help has seen it. */
        bool possible = !str_equal(command->name, COMMAND_COCKPIT) &&
                        !(command->gates & GATE_AT_AWS) &&
                        (action_of_verb(command->name) == ACTION_NONE ||
                         action_is_offered(command->name, &desk, &who, NOW, &arena));
        assert_true(possible || !shows(now, command));
        offered += possible;
        shown += shows(now, command);
    }
    assert_true(lines_of(now) <= 12);
    assert_true(strlen(all) < 3500);
    assert_true(offered > shown);
    assert_non_null(
        strstr(now, arena_printf(&arena, "And %zu more: `/reguard help all`.", offered - shown)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_at_the_edge_stay, set_up),
        cmocka_unit_test_setup(each_has_a_command_that_takes_it, set_up),
        cmocka_unit_test_setup(each_button_has_a_label_and_a_name_of_its_own, set_up),
        cmocka_unit_test_setup(each_is_typed_as_it_is_pressed, set_up),
        cmocka_unit_test_setup(each_command_of_the_documents_is_understood, set_up),
        cmocka_unit_test_setup(each_form_is_whole, set_up),
        cmocka_unit_test_setup_teardown(what_each_state_offers, set_up_desk, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_the_offer, set_up_desk, tear_down),
        cmocka_unit_test_setup_teardown(what_may_not_be_pressed_is_no_button_in_slack, set_up_desk,
                                        tear_down),
        cmocka_unit_test_setup(rows_of_one_verb_agree, set_up),
        cmocka_unit_test_setup_teardown(no_card_has_more_buttons_than_room, set_up_desk, tear_down),
        cmocka_unit_test_setup_teardown(recovery_is_offered_where_nobody_could_sign_in, set_up_desk,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_button_is_seen_and_each_verb_is_typed_in_a_story,
                                        set_up_desk, tear_down),
        cmocka_unit_test_setup_teardown(help_leaves_no_verb_out_in_silence, set_up_desk, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
