/* SPDX-License-Identifier: Apache-2.0 */
/* A text from outside wherever ours have room for one, in everything that leaves: nothing of it is
   live. The same message is made twice, with the input and with one harmless word; what is live in
   both is the same. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/look.h"

#include "adapters/mail/mail.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"
#include "adapters/slack/markup.h"
#include "cli/print.h"
#include "core/outside.h"
#include "core/rich.h"
#include "core/xalloc.h"
#include "host/json.h"
#include "host/log.h"
#include "store/factjson.h"
#include "store/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Long enough for every place, short enough that no shape is cut, whatever escaping makes of it: a
   cut may take what is ours (what it never takes is in test_slack_blocks). */
enum { WORDS_MOST = 24 };

/* ---- one message with the words everywhere ---- */

static const char *rich(struct arena *arena, const char *words, const char *exact)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    buf_addf(&b, "%s asked: %s, see `/reguard show %s`.\n", words, words, words);
    rich_add_strong(&b, words);
    buf_addf(&b, " (%s)\n%s\n", exact, words);
    rich_add_mention(&b, "nobody@example.com", words);
    buf_add(&b, ", ");
    rich_add_mention(&b, "ada@example.com", words);
    buf_add(&b, ", ");
    rich_add_channel(&b, "C0HOME");
    buf_add(&b, " at ");
    rich_add_time(&b, 1795526055000);
    buf_add(&b, ": ");
    rich_add_code(&b, exact);
    rich_add_for_buttons(&b, words);
    buf_addf(&b, "; %s", words);
    rich_add_escalation(&b, "<!here> @ada:example.org");
    return arena_copy(arena, buf_text(&b));
}

static void fill(struct message *m, struct arena *arena, const char *words, const char *exact)
{
    const char *text = rich(arena, words, exact);
    *m = message_saying(MESSAGE_CARD, text);
    m->case_id = "G-0001";
    m->state = "asked";
    m->key = "G-0001";
    m->headline = arena_printf(arena, "%s of %s", words, exact);
    m->footer = text;
    m->fields[0] = (struct message_field){ "Account", words };
    m->fields[1] = (struct message_field){ "Reason", text };
    m->field_count = 2;
    m->buttons[0] = (struct message_button){ .action = "approve",
                                             .label = words,
                                             .confirm_title = words,
                                             .confirm_text = words,
                                             .confirm_yes = "Yes",
                                             .handle = "h" };
    m->button_count = 1;
    m->to = "ben@example.com";
    m->votes = true;
}

/* ---- what leaves ---- */

static void to_slack(const struct message *m, struct buf *shape)
{
    JSON_AUTO *json = slack_message_json(m, fuzz_people());
    for (int form = SLACK_FORM_FULL; form < SLACK_FORMS; form++) {
        slack_make_plainer(json, (enum slack_form)form);
        look_slack("Slack", json, shape);
        FUZZ_PROMISE(form != SLACK_FORM_BARE || !strstr(json_text_or_empty(json, "text"), "<!here"),
                     "the barest form notifies nobody", json_text(json, "text"));
    }
}

static void to_matrix(const struct message *m, const char *answer, struct buf *shape)
{
    struct matrix_style style = { fuzz_people(), fuzz_policy(), "!reguard", NULL };
    JSON_AUTO *content = matrix_message_json(m, &style);
    JSON_AUTO *edit = matrix_edit_json(json_deep_copy(content), "$1");
    look_matrix("an edit in Matrix", edit, shape);
    for (int form = MATRIX_FORM_FULL; form < MATRIX_FORMS; form++) {
        matrix_make_plainer(content, (enum matrix_form)form);
        look_matrix("Matrix", content, shape);
    }
    JSON_AUTO *json = matrix_answer_json(
        &(struct effect_answer){ .person_id = "@ada:example.org", .text = answer }, &style);
    look_matrix("an answer in Matrix", json, shape);
}

static void answer_slack(const char *answer, struct buf *shape)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    slack_markup(&b, answer, fuzz_people(), 3900);
    look_mrkdwn("an answer in Slack", buf_text(&b), shape);
}

static void to_forms(const char *words, const char *answer, struct buf *shape)
{
    static const char *const names[] = { "lift", "extend", "decline", "adopt", "run" };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct effect_form form = { .form = names[i],
                                    .handle = words,
                                    .account = words,
                                    .duration = words,
                                    .ticket = words,
                                    .reason = words,
                                    .target = words,
                                    .target_label = "S3 bucket",
                                    .problem = answer };
        JSON_AUTO *json = slack_form_json(&form);
        look_slack("a form", json, shape);
    }
}

static void to_mail(const char *words, const char *exact, struct buf *shape)
{
    char *text = xstrdup(words);
    struct effect_mail mail = { "root@example.com", "reguard: a code", text };
    struct effect_mail with_subject = { "root@example.com", words, "x" }, to = { exact, "x", "x" };
    const struct effect_mail *mails[] = { &mail, &with_subject, &to };
    for (size_t i = 0; i < COUNT(mails); i++) {
        struct err err = { "" };
        CLEANUP(buf_done) struct buf b, own;
        buf_init(&b, 64 * 1024);
        buf_init(&own, 4096);
        bool made = mail_compose("reguard@example.com", mails[i], 1795526055000, &b, &err);
        if (made)
            look_mail("a mail", buf_text(&b), &own);
        FUZZ_PROMISE(made || err.text[0], "a refusal says why", words);
        /* The others may be refused. */
        if (i == 0)
            buf_add(shape, buf_text(&own));
        else
            FUZZ_PROMISE(!made || str_equal(buf_text(&own),
                                            "From:To:Subject:Date:Message-ID:MIME-Version:Content-"
                                            "Type:Content-Transfer-Encoding:Auto-Submitted:"),
                         "a mail has our headers and no others", buf_text(&own));
    }
    free(text);
}

/* The log goes to standard error: into a file for so long. */
static void to_log(const char *text, struct buf *shape)
{
    static int file = -1;
    static char line[64 * 1024];
    if (file < 0)
        file = open(fuzz_file("log", "", 0), O_RDWR | O_CLOEXEC);
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        int kept = dup(STDERR_FILENO);
        if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0)
            abort();
        dup2(file, STDERR_FILENO);
        log_setup(LOG_INFO, (enum log_format)format);
        LOG(LOG_INFO, "fuzz.text", LS("text", text), LI("number", 1));
        dup2(kept, STDERR_FILENO);
        close(kept);
        ssize_t got = pread(file, line, sizeof line, 0);
        look_line("the log", line, got > 0 ? (size_t)got : 0, format == LOG_JSON, shape);
    }
    log_setup(LOG_NOTHING, LOG_TEXT);
}

static void PRINTF_LIKE(2, 3) add_printed(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_add(b, format, args);
    va_end(args);
}

static void to_terminal(const char *text, struct buf *shape)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1 << 20);
    add_printed(&b, "%s|%-20s|%.7s|%5d|%%\n", text, text, text, 1);
    look_line("a terminal", buf_text(&b), b.bytes, false, shape);
    buf_clear(&b);
    buf_add(&b, "{\"text\":");
    json_add_quoted(&b, text);
    buf_add(&b, "}\n");
    look_line("JSON by hand", buf_text(&b), b.bytes, true, shape);
    buf_clear(&b);
    JSON_AUTO *json = json_pack("{s:o}", "text", json_string_nocheck(text));
    char *dumped = json_dumps(json, 0);
    if (dumped)
        json_add_line(&b, dumped);
    free(dumped);
    buf_add_char(&b, '\n');
    if (b.bytes > 1)
        look_line("JSON to a terminal", buf_text(&b), b.bytes, true, shape);
}

/* Everything comes back as it was, and a record is one line with our members only. */
static void to_journal(struct arena *arena, const char *words, const char *exact, struct buf *shape)
{
    struct fact f = { .kind = FACT_ASKED, .at_ms = 1795526055000, .case_no = 1 }, back;
    struct fact_columns columns;
    struct err err = { "" };
    f.actor = (struct fact_actor){ exact, "slack", exact, words, "ada@example.com" };
    f.source = (struct fact_source){ "slack", exact };
    f.account_name = f.reason = f.text = words;
    f.ticket = f.role = exact;
    factjson_write(&f, arena, &columns);
    FUZZ_PROMISE(factjson_read(&columns, f.at_ms, arena, &back, &err), "a record can be read back",
                 err.text);
    FUZZ_PROMISE(str_equal(str_or_empty(back.reason), words) &&
                     str_equal(str_or_empty(back.actor.name), words) &&
                     str_equal(str_or_empty(back.ticket), exact),
                 "and says what it said", words);
    const char *line = arena_printf(arena, "%s\n", factjson_canonical(&columns, 1, f.at_ms, arena));
    look_line("a record", line, strlen(line), true, shape);
}

static void to_history(struct arena *arena, const char *words, struct buf *shape)
{
    struct case_row row = { .case_id = "G-0001", .state = "closed" };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    STR_SET(row.account_name, words);
    STR_SET(row.requester, words);
    STR_SET(row.reason, words);
    history_add(&b, &row, 1, NULL, rich_add_time, arena);
    answer_slack(buf_text(&b), shape);
}

static void everywhere(struct arena *arena, const char *words, const char *exact, struct buf *shape)
{
    struct message m;
    fill(&m, arena, words, exact);
    to_slack(&m, shape);
    to_matrix(&m, m.text, shape);
    answer_slack(m.text, shape);
    to_forms(words, m.text, shape);
    to_mail(words, exact, shape);
    to_history(arena, words, shape);
    to_journal(arena, words, exact, shape);
}

/* ---- the border ---- */

static void border(struct arena *arena, const char *raw)
{
    static const size_t most[] = { 0, 1, 2, 7, 100 };
    for (size_t i = 0; i < COUNT(most); i++) {
        const char *words = outside_words(arena, raw, most[i]),
                   *exact = outside_exact(arena, raw, most[i]);
        look_characters("words", words, false);
        look_characters("what is exact", exact, false);
        FUZZ_PROMISE(str_equal(outside_exact(arena, exact, most[i] + 1), exact) &&
                         str_equal(outside_words(arena, words, most[i] + 1), words),
                     "made harmless again it is the same", raw);
        FUZZ_PROMISE(!strchr(words, '`') && !strchr(exact, '`'), "no grave accent is left", raw);
    }
}

/* What nobody has looked at before. */
static void raw_sinks(const char *raw, struct buf *shape)
{
    to_log(raw, shape);
    to_terminal(raw, shape);
}

/* What is live with harmless words, where there are any. */
static const char *wanted(struct arena *arena, bool words, bool exact)
{
    static struct buf shapes[2][2];
    struct buf *b = &shapes[words][exact];
    if (!b->ceiling) {
        buf_init(b, 1 << 20);
        everywhere(arena, words ? "word" : "", exact ? "exact" : "", b);
    }
    return buf_text(b);
}

static void compare(struct arena *arena, const char *with, const char *without, const char *words,
                    const char *exact)
{
    size_t at = 0;
    while (with[at] && with[at] == without[at])
        at++;
    if (!with[at] && !without[at])
        return;
    at = at > 40 ? at - 40 : 0;
    fuzz_broken("what comes from outside is not live",
                arena_printf(arena, "%s|%s\n    live: %.80s\n  wanted: %.80s", words, exact,
                             with + at, without + at));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    CLEANUP(buf_done) struct buf with;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    buf_init(&with, 1 << 20);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    const char *first = fuzz_text(&p), *second = fuzz_text(&p);
    border(&arena, first);
    raw_sinks(first, &with);
    raw_sinks(second, &with);
    const char *words = outside_words(&arena, first, WORDS_MOST),
               *exact = outside_exact(&arena, second, WORDS_MOST);
    buf_clear(&with);
    everywhere(&arena, words, exact, &with);
    compare(&arena, buf_text(&with), wanted(&arena, words[0], exact[0]), words, exact);
    FUZZ_PROMISE(!with.overflow, "the shapes fit", "");
    arena_done(&arena);
    return 0;
}
