/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/parts.h"
#include "core/duration.h"
#include "core/guardrail.h"
#include "core/rich.h"
#include "core/inert.h"

void parts_read_case(struct words *words, struct request *request)
{
    uint32_t no = case_id_read(words_peek(words));
    if (no) {
        request->case_no = no;
        words_next(words);
    }
}

bool parts_read_end(struct words *words, struct err *err)
{
    const char *word = words_peek(words);
    if (!word)
        return true;
    CLEANUP(buf_done) struct buf typed;
    buf_init(&typed, 256);
    inert_add(&typed, word, 40);
    return err_set(err,
                   "I do not understand “%s” here. If it is the reason, put “because” before it",
                   buf_text(&typed));
}

/* "30 minutes", "1 hour and 15 minutes": as many words as make one, the most of them. */
static bool take_said(struct words *words, ms_t *ret_ms)
{
    enum { WORDS_MOST = 5 };
    for (size_t n = WORDS_MOST; n > 0; n--) {
        CLEANUP(buf_done) struct buf said;
        buf_init(&said, 200);
        for (size_t i = 0; i < n && words->at + i < words->count; i++)
            buf_addf(&said, "%s%s", i ? " " : "", words->list[words->at + i]);
        if (words->at + n > words->count || !duration_read_said(buf_text(&said), ret_ms))
            continue;
        for (size_t i = 0; i < n; i++)
            words_next(words);
        return true;
    }
    return false;
}

/* "until 17:30", with or without " UTC". */
static bool take_until(struct words *words, struct request *request)
{
    for (size_t n = 3; n > 1; n--) {
        CLEANUP(buf_done) struct buf said;
        buf_init(&said, 200);
        for (size_t i = 0; i < n && words->at + i < words->count; i++)
            buf_addf(&said, "%s%s", i ? " " : "", words->list[words->at + i]);
        if (words->at + n > words->count || !duration_read_until(buf_text(&said), &request->until))
            continue;
        words->at += n;
        return true;
    }
    return false;
}

bool parts_read_duration(struct words *words, struct request *request, bool required,
                         struct err *err)
{
    if (duration_read(words_peek(words), &request->for_ms)) {
        words_next(words);
        return true;
    }
    if (take_until(words, request))
        return true;
    if (str_equal_nocase(words_peek(words), "until"))
        return err_set(err, "I cannot read that end; write it like until 17:30 or until 17:30 UTC");
    if (required && take_said(words, &request->for_ms))
        return true;
    if (!required)
        return true;
    CLEANUP(buf_done) struct buf typed;
    buf_init(&typed, 256);
    inert_add(&typed, str_or_empty(words_peek(words)), 40);
    return err_set(err,
                   typed.bytes ? "I cannot read “%s” as a duration; write it like 45m, 90s or 2h"
                               : "%sFor how long? Write it like 45m, 90s or 2h",
                   buf_text(&typed));
}

const struct casefile *parts_outside_case(const struct desk *desk, const struct request *r)
{
    const struct casefile *c = desk_outside_case(desk);
    return c && (!r->case_no || r->case_no == c->no) ? c : NULL;
}

const char *parts_case_id(const struct casefile *c, struct arena *arena)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    return arena_copy(arena, id);
}

const struct casefile *parts_case(const struct desk *desk, const struct request *request,
                                  enum action action, struct arena *arena, const char **ret_why)
{
    const struct casefile *found = NULL;
    char id[CASE_ID_BYTES];
    if (request->case_no) {
        found = desk_case_const(desk, request->case_no);
        case_id_text(request->case_no, id);
        *ret_why = found ? NULL
                         : arena_printf(arena,
                                        request->case_no > desk->last_case
                                            ? "There is no %s. I changed nothing."
                                            : "%s was closed long ago. I changed nothing.",
                                        id);
        return found;
    }
    size_t fitting = 0;
    *ret_why = NULL;
    for (size_t i = 0; i < desk->case_count; i++)
        if (action_row(action)->fits(&desk->cases[i])) {
            found = &desk->cases[i];
            fitting++;
        }
    if (fitting == 1)
        return found;
    *ret_why = fitting ? "More than one fits; please name the one you mean, like G-0001 "
                         "(`status` lists them). I changed nothing."
                       : action_row(action)->none;
    return NULL;
}

const char *parts_admin_problem(const struct desk *desk, const struct findings *found,
                                struct arena *arena)
{
    if (found->is_admin)
        return NULL;
    if (found->survey && !(found->survey->read & SURVEY_ROSTER))
        return arena_printf(arena, "I could not read your %s role (%s)",
                            desk->policy->provider->title, str_or_empty(found->survey->failure));
    if (!found->user)
        return arena_printf(arena, "%s; ask whoever runs reguard to mend that",
                            str_or_empty(found->why_no_user));
    return arena_printf(arena, "this needs the Admin role in %s (yours: %s), so ask an Admin",
                        desk->policy->provider->title, str_or_empty(found->user->role));
}

const char *parts_admin_refusal(const struct desk *desk, const struct findings *found,
                                struct arena *arena)
{
    const char *problem = parts_admin_problem(desk, found, arena);
    bool unread = found->survey && !(found->survey->read & SURVEY_ROSTER);
    (void)desk;
    return problem
               ? arena_printf(arena, "Not done: %s. I changed nothing.%s", problem,
                              unread ? " This is not a refusal; please try again in a minute." : "")
               : NULL;
}

unsigned parts_needs_nothing(const struct desk *desk, const struct request *request)
{
    (void)desk, (void)request;
    return 0;
}

unsigned parts_needs_roster(const struct desk *desk, const struct request *request)
{
    (void)desk, (void)request;
    return SURVEY_ROSTER;
}

const char *parts_may_approve(const struct desk *desk, const struct survey *roster, const char *but,
                              const char *nor, struct arena *arena)
{
    CLEANUP(buf_done) struct buf keys;
    buf_init(&keys, 2000);
    for (size_t i = 0; i < desk->people->count; i++) {
        const struct roster_user *user = person_user(&desk->people->rows[i], roster, NULL);
        if (user && policy_is_admin(desk->policy, user) && !str_equal(user->id, but) &&
            !str_equal(user->id, nor))
            buf_addf(&keys, "%s%s", keys.bytes ? " " : "", desk->people->rows[i].key);
    }
    return arena_copy(arena, buf_text(&keys));
}

bool parts_is_keyword(const char *word)
{
    static const char *const keywords[] = { "for",     "until",  "task",   "ticket",
                                            "because", "reason", "anyway", "account" };
    for (size_t i = 0; i < COUNT(keywords); i++)
        if (str_equal_nocase(word, keywords[i]))
            return true;
    return false;
}

bool parts_read_value(struct words *words, const char *what, char *to, size_t bytes,
                      struct err *err)
{
    const char *word = parts_is_keyword(words_peek(words)) ? NULL : words_next(words);
    CLEANUP(buf_done) struct buf inert;
    buf_init(&inert, 512);
    inert_add(&inert, str_or_empty(word), 64);
    if (!inert.bytes)
        return err_set(err, "Which %s? Nothing follows “%s”", what, what);
    if (str_copy(to, bytes, buf_text(&inert)))
        return true;
    to[0] = '\0'; /* no example shows half of it */
    return err_set(err, "The %s is too long", what);
}

const char *parts_account_name(const struct account *a)
{
    return str_or_empty(a->name)[0] ? a->name : "without a name";
}

const char *parts_bearers(const struct survey *s, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    for (size_t i = 0; i < s->account_count; i++) {
        const struct account *a = &s->accounts[i];
        buf_addf(&b, "%s%s", i ? ", " : "", a->aws_id);
        if (str_or_empty(a->email)[0])
            buf_addf(&b, " (%s)", a->email);
        if (!str_equal(a->status, STATUS_ACTIVE))
            buf_addf(&b, " %s", a->status);
    }
    if (s->accounts_found > s->account_count)
        buf_addf(&b, " and %zu more", s->accounts_found - s->account_count);
    return arena_copy(arena, buf_text(&b));
}

/* All of them, also those that only wait for a proof: what is found lifted must have a place. */
static size_t open_cases(const struct desk *desk)
{
    size_t n = 0;
    for (size_t i = 0; i < desk->case_count; i++)
        n += case_is_open(&desk->cases[i]);
    return n;
}

const char *parts_full(const struct desk *desk, struct arena *arena)
{
    if (open_cases(desk) < LIMIT_OPEN_CASES)
        return NULL;
    return arena_printf(
        arena,
        "%d requests and windows are open, as many as I follow at once: `%s status` lists "
        "them; take one back with `withdraw` or end one with `done`, then ask again",
        (int)LIMIT_OPEN_CASES, desk->policy->command_word);
}

const char *parts_how_to_run(const struct desk *desk, const struct request *r, struct arena *arena)
{
    const struct doable *can = task_doable(task_named(r->task));
    if (!can || !desk->can_run)
        return "";
    struct request run;
    CLEANUP(buf_done) struct buf line;
    buf_init(&line, LIMIT_ANSWER_BYTES);
    request_to_run(r, &run);
    STR_SET(run.task, can->task);
    if (!r->account[0])
        STR_SET(run.account, "ACCOUNT");
    if (!r->reason[0])
        STR_SET(run.reason, "REASON");
    STR_SET(run.target, can->typed);
    request_add_typed(&line, &run);
    return arena_printf(arena, "\nI can do it without lifting: `%s %s`; another Admin approves it.",
                        desk->policy->command_word, buf_text(&line));
}
