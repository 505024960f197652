/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's log tells the story; here: nothing is forgotten, and nothing that people have
   typed is in it. */
#include "core/notice.h"
#include "engine/story.h"
#include "host/clock.h"
#include "host/log.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void every_kind_has_a_line_or_has_none_on_purpose(void **state)
{
    (void)state;
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++)
        if (story_of(kind) == STORY_FORGOTTEN)
            fail_msg("the fact “%s” has no row in engine/story.c: is it told, or not told?",
                     fact_names[kind]);
}

static void whatever_is_in_the_journal_is_told(void **state)
{
    (void)state;
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++)
        if (fact_is_durable(kind) && story_of(kind) != STORY_TOLD)
            fail_msg("“%s” is in the journal and not in the story", fact_names[kind]);
}

static void it_is_decided_who_hears_of_it(void **state)
{
    (void)state;
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++)
        if (fact_is_durable(kind) && !notice_has_row(kind))
            fail_msg("“%s” is in the journal and has no row in core/notice.c: does nobody hear of "
                     "it?",
                     fact_names[kind]);
}

/* What stands on stderr after that. The caller frees. */
static char *written(void (*doing)(void *), void *arg)
{
    char path[] = "/tmp/reguard-story-XXXXXX", *text = calloc(1, 1 << 16);
    int file = mkstemp(path), before = dup(STDERR_FILENO);
    assert_true(text && file >= 0 && before >= 0 && unlink(path) == 0);
    assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
    doing(arg);
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    assert_true(pread(file, text, (1 << 16) - 1, 0) >= 0);
    close(before);
    close(file);
    return text;
}

static void tell_one(void *fact)
{
    struct story story = { .seen = "" };
    story_tell(&story, fact);
}

/* Every value that can hold what somebody typed, or what somebody is called. */
static void no_line_has_what_people_type_or_are_called(void **state)
{
    (void)state;
    log_setup(LOG_DEBUG, LOG_TEXT);
    for (enum fact_kind kind = 0; kind < FACT_KIND_COUNT; kind++) {
        struct fact f = {
            .kind = kind,
            .case_no = 7,
            .actor = { .user = "STAX-ID", .id = "typed", .name = "typed", .key = "typed" },
            .source = { .event_id = "typed" },
            .verb = "word",
            .account = "222222222222",
            .account_name = "typed",
            .email = "typed",
            .ticket = "typed",
            .task = "typed",
            .reason = "typed",
            .people = "typed",
            .role = "typed",
            .thread = "typed",
            .handle = "typed",
            .question = "typed",
            .digest = "typed"
        };
        char *text = written(tell_one, &f);
        assert_null(strstr(text, "typed"));
        bool told = story_of(kind) == STORY_TOLD;
        assert_int_equal(text[0] != '\0', told);
        if (told && (strstr(text, "G-0007") == NULL || strchr(text, '\n') != strrchr(text, '\n')))
            fail_msg("one line with its case, not: %s", text);
        free(text);
    }
}

/* Their text may be what somebody typed: `done because …`, the operator's --why, a lift that is
   refused for such a reason, who is said to have switched it off. */
static void no_line_has_a_text_into_which_people_s_words_go(void **state)
{
    (void)state;
    static const enum fact_kind kinds[] = { FACT_ENDED,           FACT_RESTORED,
                                            FACT_RESTORE_ORDERED, FACT_FAILED,
                                            FACT_REFUSED,         FACT_OUTSIDE_FOUND,
                                            FACT_NOTED,           FACT_STORE_ACCEPTED,
                                            FACT_TRIED_IN_VAIN,   FACT_APPROVAL_LAPSED };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct fact f = { .kind = kinds[i], .case_no = 7, .text = "typed", .verb = "word" };
        char *text = written(tell_one, &f);
        assert_null(strstr(text, "typed"));
        free(text);
    }
}

static void read_again_and_again(void *arg)
{
    static const struct {
        const char *verb, *text;
    } reads[] = { { "on", "" },
                  { "on", "" },
                  { "unknown", "Stax answered 503" },
                  { "unknown", "Stax answered 503" },
                  { "unknown", "Stax answered 403" },
                  { "off", "" },
                  { "off", "" },
                  { "on", "" } };
    struct story story = { .seen = "" };
    (void)arg;
    for (size_t i = 0; i < COUNT(reads); i++) {
        struct fact f = { .kind = FACT_SAW, .verb = reads[i].verb, .text = reads[i].text };
        story_tell(&story, &f);
    }
}

static void reads_are_told_when_they_say_something_else(void **state)
{
    (void)state;
    static const char *const lines[] = { "guardrail.seen state=\"on\"\n",
                                         "guardrail.unreadable why=\"Stax answered 503\"\n",
                                         "guardrail.unreadable why=\"Stax answered 403\"\n",
                                         "guardrail.readable state=\"off\"\n",
                                         "guardrail.seen state=\"on\"\n" };
    char *text = written(read_again_and_again, NULL), *at = text;
    for (size_t i = 0; i < COUNT(lines); i++) {
        at = strstr(at, lines[i]);
        assert_non_null(at);
        at += strlen(lines[i]);
    }
    assert_string_equal(at, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_line_or_has_none_on_purpose),
        cmocka_unit_test(whatever_is_in_the_journal_is_told),
        cmocka_unit_test(it_is_decided_who_hears_of_it),
        cmocka_unit_test(no_line_has_what_people_type_or_are_called),
        cmocka_unit_test(no_line_has_a_text_into_which_people_s_words_go),
        cmocka_unit_test(reads_are_told_when_they_say_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
