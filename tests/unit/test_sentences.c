/* SPDX-License-Identifier: Apache-2.0 */
/* What people read (deploy/docs/words.md): every template of a notice, a card, a receipt and a
   refusal, with plain, with hostile and with empty values, and every line of the transcripts. No
   accidents of punctuation, the words of the glossary, and the point among the first characters.
   The operator's pages and the texts in the program's own sources keep to the glossary, too. */
#include "tests/transcript/first.h"
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/card.h"
#include "core/inert.h"
#include "core/notice.h"
#include "core/receipt.h"
#include "core/rich.h"
#include "core/venue.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

static const ms_t NOW = 1795526055000;
enum { LOCK_SCREEN = 120 };

static struct arena arena;
static struct desk desk;
static struct people people;
static struct policy policy;

/* ---- what is looked for ---- */

/* Two stops, a stop behind a blank, a clause of nothing. */
static const char *const accidents[] = { "..", "?.", "!.", "….",  ",,",    ";;",   " .",  " ,",
                                         " ;", "()", "“”", ": .", ":.",    ";.",   ",.",  ", ,",
                                         "( ", " )", "  ", ": ,", "for .", ": \n", " \n", "(, " };
/* Words of before the glossary. */
static const char *const others[] = {
    "proved",       "proof",    "put back",           "put it back",
    "puts it back", "put-back", "switch it on again", "case of mine",
    "No case",      "a case",   "no say here",        "lifted outside"
};

static const char *accident_in(const char *text)
{
    for (size_t i = 0; i < COUNT(accidents); i++) {
        const char *at = strstr(text, accidents[i]);
        /* Three stops of somebody's own words. */
        if (at && !(i == 0 && at[2] == '.'))
            return accidents[i];
    }
    size_t bytes = strlen(text);
    return bytes == 0 ? "nothing" : text[bytes - 1] == ' ' ? "a blank at the end" : NULL;
}

static const char *other_word_in(const char *text)
{
    for (size_t i = 0; i < COUNT(others); i++) {
        const char *at = strstr(text, others[i]);
        bool inside = at && at > text && isalpha((unsigned char)at[-1]); /* "approved" */
        if (at && !inside)
            return others[i];
    }
    return NULL;
}

static const char *plain(const char *rich)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    rich_add_plain(&b, rich);
    return arena_copy(&arena, buf_text(&b));
}

static size_t wrong;

/* All of them, and not the first alone. */
static void complain(const char *where, const char *what, const char *text)
{
    static char last[200];
    char this[200];
    snprintf(this, sizeof this, "%.*s %s", (int)strcspn(where, "0123456789"), where, what);
    bool again = str_equal(this, last);
    STR_SET(last, this);
    if (wrong++ < 400 && !again)
        fprintf(stderr, "%s: “%s” in\n%s\n", where, what, text);
}

static void check(const char *rich, const char *where)
{
    const char *text = plain(rich), *what = accident_in(text), *word = other_word_in(text);
    if (what || word)
        complain(where, what ? what : word, text);
}

/* ---- a desk ---- */

struct values {
    const char *reason, *why, *name, *people;
};

static struct party somebody(const struct values *v, const char *key)
{
    struct party p = { .user = "user-1", .chat = "slack", .chat_id = "U0ANA", .since_ms = NOW };
    STR_SET(p.key, key);
    STR_SET(p.name, v->name);
    return p;
}

/* Whoever may approve is in [people]. */
static void list_people(const char *keys)
{
    people.count = 0;
    for (const char *at = keys; *at && people.count < LIMIT_PEOPLE;) {
        size_t bytes = strcspn(at, " ");
        struct person *p = &people.rows[people.count++];
        *p = (struct person){ .id_count = 0 };
        snprintf(p->key, sizeof p->key, "%.*s", (int)bytes, at);
        at += bytes + (at[bytes] == ' ');
    }
}

static void set_case(const struct values *v, enum case_state state, enum question_kind kind)
{
    bool nobodys = state == CASE_OUTSIDE;
    struct casefile *c = &desk.cases[0];
    *c = (struct casefile){ .no = 1,
                            .state = state,
                            .handle = "00000000000000000000000000000001",
                            .account = "222222222222",
                            .email = "root@example.com",
                            .member_count = 55,
                            .window_ms = 45 * MS_MINUTE,
                            .asked_ms = NOW - MS_HOUR,
                            .lifting_ms = NOW - 50 * MS_MINUTE,
                            .deadline_ms = NOW - 5 * MS_MINUTE,
                            .ended_ms = state == CASE_RESTORING || state > CASE_OUTSIDE ? NOW : 0,
                            .closed_ms = state > CASE_OUTSIDE ? NOW : 0,
                            .lifted_ms = state >= CASE_LIFTED && !nobodys ? NOW - MS_HOUR / 2 : 0,
                            .found_ms = nobodys ? NOW - MS_HOUR : 0,
                            .question = { .kind = kind,
                                          .pending = true,
                                          .handle = "00000000000000000000000000000002",
                                          .asked_ms = NOW - MS_MINUTE,
                                          .window_ms = 30 * MS_MINUTE } };
    STR_SET(c->account_name, v->name);
    STR_SET(c->reason, v->reason);
    STR_SET(c->question.reason, v->reason);
    STR_SET(c->may_approve, v->people);
    list_people(v->people);
    STR_SET(c->end_reason, v->why);
    STR_SET(c->trouble, v->why);
    STR_SET(c->found_by, v->why);
    STR_SET(c->ticket, v->reason[0] ? "SEC-12" : "");
    STR_SET(c->task, v->reason[0] ? "billing" : "");
    if (kind == QUESTION_ERRAND || state == CASE_RUNNING || state >= CASE_RAN) {
        c->question.kind = QUESTION_ERRAND;
        STR_SET(c->target, "crumb-logs");
        STR_SET(c->task, "s3-lockout");
        STR_SET(c->policy, v->why[0] ? v->why : "{}");
    }
    if (!nobodys)
        c->requester = somebody(v, "ana@example.com");
    c->question.by = somebody(v, "ana@example.com");
    c->ended_by = somebody(v, "ben@example.com");
    c->mailbox_ms = nobodys ? 0 : NOW - MS_HOUR;
    c->more_count = 1;
    c->more[0] = (struct more_time){ .asked_ms = NOW - MS_HOUR / 4,
                                     .answered_ms = NOW,
                                     .until_ms = state == CASE_RESTORED ? NOW + MS_HOUR : 0 };
    STR_SET(c->more[0].by, c->question.by.name);
    STR_SET(c->more[0].answered_by, c->ended_by.name);
    c->question.approvals[0] = c->approvals[0] = somebody(v, "ben@example.com");
    c->approval_count = 1;
    c->question.approval_count = state == CASE_WAITING ? 0 : 1;
}

static struct fact fact_of(const struct values *v, enum fact_kind kind, bool on, bool by_somebody)
{
    return (struct fact){ .kind = kind,
                          .at_ms = NOW,
                          .case_no = 1,
                          .actor = { .user = "user-2",
                                     .chat = by_somebody ? "slack" : "",
                                     .id = by_somebody ? "U0BEN" : "",
                                     .name = v->name,
                                     .key = "ben@example.com" },
                          .text = v->why,
                          .reason = v->reason,
                          .verb = kind == FACT_REMINDED ? (on ? "overdue" : "pending")
                                  : kind == FACT_UNKNOWN_TOLD || kind == FACT_KNOWN_AGAIN ? "on"
                                  : kind == FACT_MAILBOX_PROVED ? "confirm"
                                                                : "button",
                          .people = v->why,
                          .window_ms = 30 * MS_MINUTE,
                          .until_ms = NOW + MS_HOUR,
                          .since_ms = NOW - MS_HOUR,
                          .on = on,
                          .ref = on,
                          .count = on ? 3 : 0 };
}

/* ---- notices ---- */

/* As both chats have it. */
static void check_point(const struct message *m, const char *where)
{
    const char *shown, *what = first_problem(m, &desk, &arena, &shown);
    if (what)
        complain(where, what, shown);
}

static size_t tell(const struct values *v, const struct fact *f, const char *where)
{
    static struct verdict verdict;
    struct turn turn = { .now_ms = NOW };
    (void)v;
    verdict_init(&verdict, &arena, turn, 1);
    notice_tell(&desk, f, &verdict);
    for (size_t i = 0; i < verdict.effect_count; i++) {
        const struct message *m = &verdict.effects[i].say;
        if (verdict.effects[i].kind != EFFECT_SAY)
            continue;
        check(m->text, where);
        if (v->reason[0])
            check_point(m, where);
    }
    return verdict.effect_count;
}

/* Of those that are told of a request, a window, or what was found. */
static bool is_of_a_case(enum fact_kind kind)
{
    static const enum fact_kind kinds[] = { FACT_ASKED,
                                            FACT_ERRAND_ASKED,
                                            FACT_ERRAND_BEGUN,
                                            FACT_ERRAND_DONE,
                                            FACT_ERRAND_FAILED,
                                            FACT_ROOT_USED,
                                            FACT_MAILBOX_PROVED,
                                            FACT_CODE_FAILED,
                                            FACT_APPROVED,
                                            FACT_EXTENSION_APPROVED,
                                            FACT_APPROVAL_TAKEN_BACK,
                                            FACT_APPROVAL_LAPSED,
                                            FACT_ROLL_FAILED,
                                            FACT_DECLINED,
                                            FACT_WITHDRAWN,
                                            FACT_EXPIRED,
                                            FACT_REFUSED,
                                            FACT_FAILED,
                                            FACT_LIFT_BEGUN,
                                            FACT_BUSY_TOLD,
                                            FACT_LIFTED,
                                            FACT_WITNESSED,
                                            FACT_DRIFTED,
                                            FACT_TURNED_BACK,
                                            FACT_REVIEWED,
                                            FACT_WARNED,
                                            FACT_EXTENSION_ASKED,
                                            FACT_EXTENDED,
                                            FACT_EXTENSION_DECLINED,
                                            FACT_ENDED,
                                            FACT_RESTORED,
                                            FACT_TROUBLE,
                                            FACT_REMINDED,
                                            FACT_SNOOZED,
                                            FACT_OUTSIDE_FOUND,
                                            FACT_ADOPTION_ASKED,
                                            FACT_ADOPTION_REFUSED,
                                            FACT_ADOPTED,
                                            FACT_UNDELIVERED,
                                            FACT_CLEANED,
                                            FACT_NOTED };
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (kinds[i] == kind)
            return true;
    return false;
}

/* What is told once it is somebody's; never of what is nobody's. */
static bool is_told_of(enum fact_kind kind, enum case_state state)
{
    return state != CASE_OUTSIDE || (kind != FACT_LIFTED && kind != FACT_ADOPTED);
}

static bool is_of_an_errand(enum fact_kind kind)
{
    return kind >= FACT_ERRAND_ASKED && kind <= FACT_ERRAND_FAILED;
}

static void check_all(const struct values *v, const char *which)
{
    size_t told = 0;
    for (int s = 0; s < CASE_STATE_COUNT; s++)
        for (int q = 0; q <= QUESTION_ERRAND; q++)
            for (int k = 0; k < FACT_KIND_COUNT; k++)
                for (int way = 0; way < 4 && is_of_a_case((enum fact_kind)k); way++) {
                    if (!is_told_of((enum fact_kind)k, (enum case_state)s))
                        continue;
                    struct fact f = fact_of(v, (enum fact_kind)k, way & 1, way & 2);
                    set_case(v, (enum case_state)s, (enum question_kind)q);
                    if (is_of_an_errand((enum fact_kind)k) && !case_is_errand(&desk.cases[0]))
                        continue;
                    told += tell(v, &f,
                                 arena_printf(&arena, "%s, %s of what %s, question %d, way %d",
                                              which, fact_names[k], case_state_names[s], q, way));
                }
    assert_true(told > 1000);
}

/* As the border lets it in (outside.h). */
static const char *inert(const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    inert_add(&b, text, 120);
    return arena_copy(&arena, buf_text(&b));
}

static struct values hostile(void)
{
    const char *text = inert("<!channel> @room *now* `lift` <https://evil.example|ok>\n\x01p\x02.");
    return (struct values){ text, text, inert("A*n_a <@U0BEN>\u202e"), "ben@example.com" };
}

static const struct values usual = { "Month end invoices.", "the answer was 503", "Ana Archer",
                                     "ben@example.com cleo@example.com" },
                           none = { "", "", "Ana Archer", "" };

static void notices_read_well(void **state)
{
    (void)state;
    struct values h = hostile();
    wrong = 0;
    check_all(&usual, "usual");
    check_all(&none, "empty");
    check_all(&h, "hostile");
    assert_int_equal(wrong, 0);
}

/* ---- cards, receipts, refusals ---- */

static void check_card(const char *where)
{
    struct message m;
    CLEANUP(buf_done) struct buf receipt;
    buf_init(&receipt, LIMIT_ANSWER_BYTES);
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    check(m.text, where);
    if (desk.cases[0].reason[0])
        check_point(&m, where);
    check(m.headline, where);
    check(m.body, where);
    check(m.footer, where);
    for (size_t i = 0; i < m.field_count; i++)
        check(m.fields[i].value, where);
    for (size_t i = 0; i < m.button_count; i++)
        if (m.buttons[i].confirm_text)
            check(m.buttons[i].confirm_text, where);
    check(card_line(&desk, &desk.cases[0], NOW, &arena), where);
    receipt_add(&receipt, &desk, &desk.cases[0], &arena);
    check(buf_text(&receipt), where);
}

static void check_refusals(const char *where)
{
    const struct doer nobody = { .key = NULL };
    const struct doer somebody_else = { .key = "dan@example.com", .user = "user-9" };
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        for (int who = 0; who < 2; who++)
            for (int with = 0; with < 2; with++) {
                const char *why = action_refusal(a, &desk, with ? &desk.cases[0] : NULL,
                                                 who ? &somebody_else : &nobody, NOW, &arena);
                if (why)
                    check(why, where);
            }
}

static void cards_receipts_and_refusals_read_well(void **state)
{
    (void)state;
    struct values h = hostile();
    wrong = 0;
    const struct values *const all[] = { &usual, &none, &h };
    for (size_t i = 0; i < COUNT(all); i++)
        for (int s = 0; s < CASE_STATE_COUNT; s++)
            for (int q = 0; q <= QUESTION_ERRAND; q++) {
                const char *where = arena_printf(&arena, "values %zu, %s, question %d", i,
                                                 case_state_names[s], q);
                set_case(all[i], (enum case_state)s, (enum question_kind)q);
                check_card(where);
                check_refusals(where);
            }
    assert_int_equal(wrong, 0);
}

static void a_request_says_all_on_a_locked_screen(void **state)
{
    (void)state;
    struct message m;
    set_case(&usual, CASE_WAITING, QUESTION_WINDOW);
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    const char *text = plain(m.text);
    assert_memory_equal(text, "Ana Archer asks for root access to ", 35);
    const char *reason = strstr(text, "for 45 min: Month end invoices.");
    assert_true(reason && reason - text < LOCK_SCREEN - 31);
}

/* More than the ceiling are counted, not called. */
static void no_more_are_asked_than_the_ceiling(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf keys;
    struct message m;
    size_t asked = 0;
    buf_init(&keys, 2000);
    for (int i = 0; i < LIMIT_ASKED + 3; i++)
        buf_addf(&keys, "%sp%d@example.com", i ? " " : "", i);
    set_case(&(struct values){ "x", "x", "Ana", buf_text(&keys) }, CASE_WAITING, QUESTION_WINDOW);
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    for (const char *cursor = m.body;;) {
        struct rich_piece piece = rich_next(&cursor);
        if (piece.kind == RICH_END)
            break;
        asked += piece.kind == RICH_MENTION;
    }
    assert_int_equal(asked, LIMIT_ASKED);
    assert_non_null(strstr(m.body, " and 3 more."));
}

/* ---- what the transcripts show ---- */

static bool is_said(const char *line)
{
    static const char *const kinds[] = { "answer ", "post ", "thread ", "direct ", "card " };
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strncmp(line, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

static void check_line(const char *path, const char *line)
{
    while (*line == ' ')
        line++;
    const char *bar = is_said(line) ? strstr(line, " | ") : NULL;
    if (!bar)
        return;
    const char *what = accident_in(bar + 3), *word = other_word_in(bar + 3);
    if (what || word)
        complain(path, what ? what : word, bar + 3);
}

/* A post with the lines that follow the first one. */
struct post {
    char text[16 * 1024];
    bool open, of_a_case;
    size_t read;
};

static void collect_post(struct post *p, const char *path, const char *line)
{
    static const char ours[] = "  post ", held[] = "  held post ", more[] = "    | ";
    bool is_ours = strncmp(line, ours, strlen(ours)) == 0;
    size_t bytes = strlen(p->text);
    if (p->open && strncmp(line, more, strlen(more)) == 0) {
        snprintf(p->text + bytes, sizeof p->text - bytes, "\n%s", line + strlen(more));
        return;
    }
    const char *lacks = p->open ? first_lacks(p->text, p->of_a_case) : NULL;
    if (lacks)
        complain(path, lacks, p->text);
    p->open = is_ours || strncmp(line, held, strlen(held)) == 0;
    if (!p->open)
        return;
    const char *at = line + (is_ours ? strlen(ours) : strlen(held)), *bar = strstr(at, "| ");
    assert_non_null(bar);
    p->of_a_case = bar > at;
    STR_SET(p->text, bar + 2);
    p->read++;
}

static void transcripts_read_well(void **state)
{
    (void)state;
    static struct post post;
    glob_t found;
    char line[16 * 1024];
    size_t read = 0;
    wrong = 0;
    assert_int_equal(glob("tests/transcripts/*.txt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        /* What people type there is what nobody would type. */
        FILE *f = strstr(found.gl_pathv[i], "inert") ? NULL : fopen(found.gl_pathv[i], "r");
        while (f && fgets(line, sizeof line, f)) {
            line[strcspn(line, "\n")] = '\0';
            check_line(found.gl_pathv[i], line);
            collect_post(&post, found.gl_pathv[i], line);
            read++;
        }
        if (f)
            fclose(f);
    }
    globfree(&found);
    assert_true(read > 1000 && post.read > 500);
    assert_int_equal(wrong, 0);
}

/* ---- what operators read: the pages, and whatever the program's own texts say ---- */

static char whole[512 * 1024];

/* With one blank where the file has several, or the next line, and a comment sign. */
static char *read_flat(const char *path)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t bytes = fread(whole, 1, sizeof whole - 1, f), to = 0;
    assert_true(feof(f));
    fclose(f);
    for (size_t i = 0; i < bytes; i++) {
        bool blank = isspace((unsigned char)whole[i]) || whole[i] == '#';
        if (!blank || (to > 0 && whole[to - 1] != ' '))
            whole[to++] = blank ? ' ' : whole[i];
    }
    whole[to] = '\0';
    return whole;
}

/* The switch by its provider's word, and what was said for restored and verified. "the guardrails"
   are all of them, and another one is another one. */
static const char *old_word_in(const char *text)
{
    static const char *const olds[] = { "the guardrail",      "this guardrail",  "that guardrail",
                                        "put back",           "puts it back",    "puts back",
                                        "put it back",        "putting it back", "put them back",
                                        "switch it on again", "proved" };
    for (size_t i = 0; i < COUNT(olds); i++)
        for (const char *at = text; (at = strcasestr(at, olds[i])); at++) {
            const char after = at[strlen(olds[i])];
            bool longer = isalpha((unsigned char)after) || after == '_' ||
                          (at > text && (isalpha((unsigned char)at[-1]) || at[-1] == '_'));
            if (!longer)
                return olds[i];
        }
    return NULL;
}

static void complain_of_old(const char *path, const char *text)
{
    const char *word = old_word_in(text);
    if (word)
        complain(path, word, text);
}

static void pages_keep_to_the_glossary(void **state)
{
    (void)state;
    static const char *const pages[] = { "README.md",
                                         "deploy/docs/*.md",
                                         "deploy/*.conf",
                                         "deploy/*.service",
                                         "deploy/*.yaml",
                                         "tests/sandbox/page/site/*.js",
                                         "tests/sandbox/page/site/*.html" };
    size_t read = 0;
    wrong = 0;
    for (size_t i = 0; i < COUNT(pages); i++) {
        glob_t found;
        assert_int_equal(glob(pages[i], 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            /* Which has them in its right column. */
            const char *path = found.gl_pathv[k];
            const char *word = strstr(path, "words.md") ? NULL : old_word_in(read_flat(path));
            if (word)
                complain(path, word, "the page");
            read++;
        }
        globfree(&found);
    }
    assert_true(read > 25);
    assert_int_equal(wrong, 0);
}

/* The text of the next literal and of those that stand beside it, without comments; *at moves on.
   False: there is none. */
static bool next_literal(const char **at, char *to, size_t bytes)
{
    const char *p = *at;
    size_t n = 0;
    bool any = false;
    for (;;) {
        if (p[0] == '/' && p[1] == '*' && !any)
            p = str_or_empty(strstr(p, "*/"));
        else if (p[0] == '\'' && p[1] && p[2])
            p += p[1] == '\\' ? 3 : 2;
        else if (p[0] == '"') {
            for (p++; *p && *p != '"'; p++) {
                if (*p == '\\' && p[1])
                    p++;
                if (n + 1 < bytes)
                    to[n++] = *p == 'n' && p[-1] == '\\' ? ' ' : *p;
            }
            any = true;
        } else if (any && !isspace((unsigned char)*p))
            break;
        if (!*p)
            break;
        p++;
    }
    to[n] = '\0';
    *at = p;
    return any;
}

static void own_texts_keep_to_the_glossary(void **state)
{
    (void)state;
    static const char *const sources[] = { "bot/*.c", "bot/*/*.c", "commands/*.c",
                                           "adapters/*/*.c" };
    size_t texts = 0;
    wrong = 0;
    for (size_t i = 0; i < COUNT(sources); i++) {
        glob_t found;
        assert_int_equal(glob(sources[i], 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            static char text[16 * 1024];
            for (const char *at = read_flat(found.gl_pathv[k]);
                 next_literal(&at, text, sizeof text);)
                if (strchr(text, ' ')) { /* a name at the edge has none */
                    complain_of_old(found.gl_pathv[k], text);
                    texts++;
                }
        }
        globfree(&found);
    }
    assert_true(texts > 2000);
    assert_int_equal(wrong, 0);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .approvals = 2,
                              .approve_with = APPROVE_BY_BUTTON | APPROVE_BY_COMMAND,
                              .approve_reaction = "white_check_mark",
                              .decline_reaction = "x",
                              .mailbox_proof = MAILBOX_CONFIRM,
                              .request_expires = 30 * MS_MINUTE,
                              .max_window = 2 * MS_HOUR };
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    desk.case_count = 1;
    desk.record = 7;
    STR_SET(desk.record_hash, "1dfeea1277b93a9e");
    desk.guardrail = (struct guardrail){
        .seen = WATCH_OFF, .seen_from_ms = NOW, .known = WATCH_OFF, .known_ms = NOW, .read_ms = NOW
    };
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
        cmocka_unit_test(notices_read_well),
        cmocka_unit_test(cards_receipts_and_refusals_read_well),
        cmocka_unit_test(a_request_says_all_on_a_locked_screen),
        cmocka_unit_test(no_more_are_asked_than_the_ceiling),
        cmocka_unit_test(transcripts_read_well),
        cmocka_unit_test(pages_keep_to_the_glossary),
        cmocka_unit_test(own_texts_keep_to_the_glossary),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
