/* SPDX-License-Identifier: Apache-2.0 */
#include "core/action.h"
#include "core/casefile.h"
#include "core/desk.h"
#include "core/guardrail.h"
#include "core/question.h"
#include "core/reminder.h"
#include "core/rich.h"
#include "core/rootlook.h"
#include "core/tasks.h"
#include "core/twin.h"

#include <string.h>

/* For what needs a request or a window, and is asked without one. */
static const char nothing_asked[] = "Nothing waits for an answer now. I changed nothing.",
                  no_request[] = "No request is waiting now. I changed nothing.",
                  no_window[] = "No window is open now. I changed nothing.",
                  no_reminder[] = "No reminder is running now. I changed nothing.",
                  no_end[] = "No window has ended lately. I changed nothing.";

/* ---- answers to a question ---- */

static const char *id_of(const struct action_ask *a)
{
    char id[CASE_ID_BYTES];
    case_id_text(a->c->no, id);
    return arena_copy(a->arena, id);
}

static bool is_key_of(const struct party *party, const char *key)
{
    return key && key[0] && str_equal_nocase(party->key, key);
}

/* The user of whoever it is, when they have a part in the question. */
static const char *user_of(const struct action_ask *a)
{
    const struct question *q = &a->c->question;
    if (a->doer->user)
        return a->doer->user;
    if (is_key_of(&q->by, a->doer->key))
        return q->by.user;
    if (is_key_of(&a->c->requester, a->doer->key))
        return a->c->requester.user;
    for (size_t i = 0; i < q->approval_count; i++)
        if (is_key_of(&q->approvals[i], a->doer->key))
            return q->approvals[i].user;
    return "";
}

static const char *answer_refusal(const struct action_ask *a)
{
    if (!a->c)
        return nothing_asked;
    return question_takes_answers(a->c)
               ? NULL
               : arena_printf(a->arena,
                              "%s %s; there is nothing left to answer. I changed nothing.",
                              id_of(a), case_how_it_ended(a->c, a->arena));
}

static const char *approve_refusal(const struct action_ask *a)
{
    const char *why = answer_refusal(a);
    if (!why && a->doer->way && !(a->desk->policy->approve_with & a->doer->way))
        why = arena_printf(a->arena, "Approving by %s is switched off here. I changed nothing.",
                           approve_way_name(a->doer->way));
    return why ? why : question_refusal(a->desk, a->c, user_of(a), a->arena);
}

/* Only where AWS has said that nobody could sign in. */
static const char *recover_refusal(const struct action_ask *a)
{
    const char *why = approve_refusal(a);
    if (why)
        return why;
    const struct casefile *c = a->c;
    why = c->question.kind != QUESTION_WINDOW ? "that is only for a request to lift"
          : !a->desk->can_run                 ? "I have no way to AWS: [aws] is not configured"
          : c->recovery == RECOVERY_ALLOWED   ? "it is allowed already"
          : c->recovery != RECOVERY_NONE      ? "it was begun already"
          : !c->root_before.known             ? "I do not know whether the root user has a password"
          : c->root_before.password ? "the root user has a password, so that it can be recovered"
          : !c->digest[0]           ? "an older version of me asked AWS what the root user has"
                                    : NULL;
    return why ? arena_printf(
                     a->arena,
                     "Password recovery cannot be approved with %s: %s. I changed nothing; "
                     "`approve %s` approves without it.",
                     id_of(a), why, id_of(a))
               : NULL;
}

static const char *decline_refusal(const struct action_ask *a)
{
    const char *why = answer_refusal(a);
    if (why || !case_asks_itself(a->c) || !party_is(&a->c->requester, user_of(a)))
        return why;
    return arena_printf(a->arena,
                        "%s is your own request; `withdraw` takes it back. I changed nothing.",
                        id_of(a));
}

static bool is_asked_on_card(const struct action_ask *a)
{
    return case_asks_itself(a->c) && question_lacks(a->desk, a->c);
}

/* ---- what is the requester's own ---- */

static bool waits(const struct casefile *c) { return c->state == CASE_WAITING; }

/* What does not wait is nobody's to withdraw, and has nobody who asked when it was found. */
static const char *withdraw_refusal(const struct action_ask *a)
{
    if (!a->c)
        return no_request;
    if (!waits(a->c))
        return arena_printf(a->arena,
                            "%s %s; only a request that waits can be withdrawn. `done` ends a "
                            "window. I changed nothing.",
                            id_of(a), case_state_words(a->c));
    if (!a->doer->key || is_key_of(&a->c->requester, a->doer->key))
        return NULL;
    return arena_printf(a->arena, "Only %s can withdraw %s; you can decline it. I changed nothing.",
                        a->c->requester.name, id_of(a));
}

static bool waits_for_mailbox(const struct casefile *c)
{
    return waits(c) && !c->mailbox_proved && !case_is_errand(c);
}

static const char *mailbox_refusal(const struct action_ask *a)
{
    if (!a->c)
        return no_request;
    if (case_is_errand(a->c))
        return arena_printf(a->arena, "%s needs no mailbox: nothing is lifted for it.", id_of(a));
    if (!waits(a->c))
        return arena_printf(a->arena,
                            "%s %s; its mailbox check is no longer needed. I changed nothing.",
                            id_of(a), case_state_words(a->c));
    if (a->doer->key && !is_key_of(&a->c->requester, a->doer->key))
        return arena_printf(a->arena,
                            "Only %s, who asked, can confirm the mailbox of %s. I changed nothing.",
                            a->c->requester.name, id_of(a));
    return a->c->mailbox_proved
               ? arena_printf(a->arena, "The mailbox of %s is confirmed already.", id_of(a))
               : NULL;
}

static const char *confirm_refusal(const struct action_ask *a)
{
    const char *why = mailbox_refusal(a);
    return !why && a->desk->policy->mailbox_proof != MAILBOX_CONFIRM
               ? "Here the mailbox is confirmed by the code that was mailed to it: `code G-0001 "
                 "123456`. I changed nothing."
               : why;
}

static const char *code_refusal(const struct action_ask *a)
{
    const char *why = mailbox_refusal(a);
    return !why && a->desk->policy->mailbox_proof != MAILBOX_CODE
               ? "Here no code is mailed; use `confirm`. I changed nothing."
               : why;
}

static bool always(const struct action_ask *a) { return a->c != NULL; }

/* ---- ending ---- */

/* A lift under way is stopped too: towards "on" is always the safe side. */
static bool can_end(const struct casefile *c)
{
    return c->state == CASE_LIFTING || c->state == CASE_LIFTED || c->state == CASE_OUTSIDE ||
           c->state == CASE_RESTORING;
}

bool action_means_the_twins(const struct desk *desk, const struct casefile *c, ms_t now_ms)
{
    return !c && now_ms < twin_holds_until_ms(desk) && guardrail_now(desk) != WATCH_ON;
}

static const char *end_refusal(const struct action_ask *a)
{
    if (!a->c) /* another reguard's window is looked for before */
        return no_window;
    if (waits(a->c))
        return arena_printf(
            a->arena, "%s is not lifted yet; `withdraw` takes the request back. I changed nothing.",
            id_of(a));
    if (can_end(a->c) && !(a->c->state == CASE_RESTORING && !a->c->trouble_ms))
        return NULL;
    return arena_printf(a->arena, "%s %s already%s", id_of(a), case_state_words(a->c),
                        a->c->state == CASE_RESTORING
                            ? "; the channel is told when that is verified."
                            : ". I changed nothing.");
}

static bool is_in_time(const struct action_ask *a)
{
    return a->c->state == CASE_LIFTED && !case_is_overdue(a->c, a->now_ms);
}

static bool is_late(const struct action_ask *a)
{
    return (a->c->state == CASE_LIFTED && case_is_overdue(a->c, a->now_ms)) ||
           a->c->state == CASE_RESTORING;
}

/* ---- longer, and quieter ---- */

static bool is_lifted(const struct casefile *c) { return c->state == CASE_LIFTED; }

static const char *extend_refusal(const struct action_ask *a)
{
    if (!a->c)
        return no_window;
    if (!is_lifted(a->c))
        return arena_printf(a->arena,
                            "%s %s; only an open window can be extended. I changed nothing.",
                            id_of(a), case_state_words(a->c));
    if (question_is_open(a->c))
        return arena_printf(a->arena,
                            "%s has asked for more time for %s already; that waits for an "
                            "approval. I changed nothing.",
                            a->c->question.by.name, id_of(a));
    return case_may_grow_ms(a->c, a->desk->policy, a->now_ms) > 0
               ? NULL
               : arena_printf(a->arena,
                              "%s has been open for the longest time allowed (max_window) and "
                              "cannot be extended. I changed nothing.",
                              id_of(a));
}

static bool is_reminded(const struct casefile *c)
{
    return (c->state == CASE_LIFTED || c->state == CASE_RESTORING) && c->overdue_reminders > 0;
}

/* Once for a reminder, never renewed and never twice in a row: a snooze is no way to silence it. */
static const char *snooze_refusal(const struct action_ask *a)
{
    if (!a->c)
        return no_reminder;
    if (!is_reminded(a->c))
        return arena_printf(a->arena, "There is no reminder of %s to snooze. I changed nothing.",
                            id_of(a));
    if (a->c->overdue_reminders >= REMINDER_ESCALATES)
        return arena_printf(
            a->arena,
            "%s has escalated and cannot be snoozed any more; the reminders end when "
            "root protection is verified ON. I changed nothing.",
            id_of(a));
    if (a->now_ms < a->c->snoozed_until_ms)
        return arena_printf(a->arena,
                            "%s is snoozed already, and that is not prolonged. I changed nothing.",
                            id_of(a));
    return a->c->snoozed_after == a->c->overdue_reminders
               ? arena_printf(
                     a->arena,
                     "%s was snoozed just now; the next reminder comes first. I changed nothing.",
                     id_of(a))
               : NULL;
}

/* ---- what was found lifted ---- */

/* "I have found nothing lifted outside of me, at my last look …"; rich. */
static const char *nothing_found(const struct desk *desk, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 400);
    buf_add(&b, "I have found nothing switched OFF outside reguard");
    if (guardrail_now(desk) == WATCH_UNKNOWN) {
        buf_addf(&b, ", but cannot read whether root protection is ON (%s)",
                 guardrail_why_unknown(desk));
    } else {
        buf_add(&b, ", at my last look ");
        rich_add_time(&b, desk->guardrail.seen_from_ms);
    }
    return arena_copy(arena, buf_text(&b));
}

static bool is_found(const struct action_ask *a) { return a->c && a->c->state == CASE_OUTSIDE; }

static const char *put_back_refusal(const struct action_ask *a)
{
    if (is_found(a) || action_means_the_twins(a->desk, a->c, a->now_ms))
        return NULL;
    return arena_printf(a->arena,
                        "%s, so there is nothing to restore. `done` ends a window of mine.",
                        nothing_found(a->desk, a->arena));
}

static const char *adopt_refusal(const struct action_ask *a)
{
    if (!is_found(a))
        return arena_printf(a->arena, "%s, so there is nothing to adopt. I changed nothing.",
                            nothing_found(a->desk, a->arena));
    return question_is_open(a->c)
               ? arena_printf(a->arena,
                              "%s has asked to adopt it already; that waits for an approval. I "
                              "changed nothing.",
                              a->c->question.by.name)
               : NULL;
}

/* Nothing came of it, and somebody may still need it. */
static bool came_to_nothing(const struct action_ask *a)
{
    bool over = a->c->state == CASE_DECLINED || a->c->state == CASE_EXPIRED ||
                a->c->state == CASE_REFUSED || a->c->state == CASE_FAILED;
    return over && !case_is_nobodys(a->c) && !case_is_errand(a->c);
}

static const char *lift_refusal(const struct action_ask *a)
{
    return desk_outside_case(a->desk) ? "Root protection is OFF already, switched outside reguard."
                                      : NULL;
}

/* What a window has left in its account, and nobody means to. */
static bool can_clean_up(const struct action_ask *a)
{
    return a->desk->can_run && rootlook_is_left(a->c) && a->c->cleaned != CLEANED_MEANT;
}

static const char *run_refusal(const struct action_ask *a)
{
    return a->desk->can_run ? NULL
                            : "I have no way to AWS: [aws] is not configured; whoever runs reguard "
                              "can do that. I changed nothing.";
}

/* ---- afterwards ---- */

static bool can_be_cleaned(const struct casefile *c)
{
    bool said = c->cleaned == CLEANED_YES && !rootlook_is_left(c);
    return c->lifted_ms && !said && c->cleaned != CLEANED_MEANT && c->state >= CASE_RESTORING;
}

static const char *cleaned_refusal(const struct action_ask *a)
{
    if (!a->c)
        return no_end;
    return a->c->lifted_ms
               ? NULL
               : arena_printf(
                     a->arena,
                     "%s never had a window, so there is nothing to clean up. I changed nothing.",
                     id_of(a));
}

/* ---- the table ---- */

static const struct action_row rows[ACTION_COUNT] = {
    [ACTION_APPROVE] = { .name = "approve",
                         .verb = "approve",
                         .label = "Approve…",
                         .style = BUTTON_PRIMARY,
                         .typed = "approve G-0001",
                         .lowers = true,
                         .fits = question_takes_answers,
                         .none = nothing_asked,
                         .refusal = approve_refusal,
                         .on_card = is_asked_on_card },
    [ACTION_RECOVER] = { .name = "approve_recovery",
                         .verb = "approve",
                         .label = "Approve, allow recovery…",
                         .typed = "approve G-0001 with recovery",
                         .lowers = true,
                         .yes = true,
                         .fits = question_takes_answers,
                         .none = nothing_asked,
                         .refusal = recover_refusal,
                         .on_card = is_asked_on_card },
    [ACTION_DECLINE] = { .name = "decline",
                         .verb = "decline",
                         .label = "Decline…",
                         .style = BUTTON_DANGER,
                         .typed = "decline G-0001 because …",
                         .title = "Decline",
                         .submit = "Decline",
                         .fields = FORM_REASON,
                         .fits = question_takes_answers,
                         .none = nothing_asked,
                         .refusal = decline_refusal,
                         .on_card = is_asked_on_card },
    [ACTION_MAILBOX] = { .name = "mailbox",
                         .verb = "confirm",
                         .label = "I can read that mailbox",
                         .typed = "confirm G-0001",
                         .fits = waits_for_mailbox,
                         .none = no_request,
                         .refusal = confirm_refusal,
                         .on_card = always },
    [ACTION_CODE] = { .verb = "code",
                      .typed = "code G-0001 123456",
                      .fits = waits_for_mailbox,
                      .none = no_request,
                      .refusal = code_refusal },
    [ACTION_WITHDRAW] = { .name = "withdraw",
                          .verb = "withdraw",
                          .label = "Withdraw",
                          .in_menu = true,
                          .typed = "withdraw G-0001",
                          .fits = waits,
                          .none = no_request,
                          .refusal = withdraw_refusal,
                          .on_card = always },
    [ACTION_DONE] = { .name = "done",
                      .verb = "done",
                      .label = "I'm done, restore",
                      .style = BUTTON_PRIMARY,
                      .typed = "done G-0001",
                      .fits = can_end,
                      .none = no_window,
                      .refusal = end_refusal,
                      .on_card = is_in_time },
    [ACTION_RESTORE] = { .name = "restore",
                         .verb = "done",
                         .label = "Restore now",
                         .style = BUTTON_PRIMARY,
                         .typed = "done G-0001",
                         .fits = can_end,
                         .none = no_window,
                         .refusal = end_refusal,
                         .on_card = is_late },
    [ACTION_EXTEND] = { .name = "extend",
                        .verb = "extend",
                        .label = "Extend…",
                        .typed = "extend G-0001 30m because …",
                        .lowers = true,
                        .title = "More time",
                        .submit = "Ask",
                        .fields = FORM_DURATION | FORM_REASON,
                        .fits = is_lifted,
                        .none = no_window,
                        .refusal = extend_refusal,
                        .on_card = always },
    [ACTION_SNOOZE] = { .name = "snooze",
                        .verb = "snooze",
                        .label = "Snooze 10 min",
                        .typed = "snooze G-0001 10m",
                        .lowers = true,
                        .for_ms = 10 * MS_MINUTE,
                        .fits = is_reminded,
                        .none = no_reminder,
                        .refusal = snooze_refusal },
    [ACTION_PUT_BACK] = { .name = "put_back",
                          .verb = "put-back",
                          .label = "Restore now",
                          .style = BUTTON_PRIMARY,
                          .typed = "put-back",
                          .refusal = put_back_refusal,
                          .on_card = always },
    [ACTION_ADOPT] = { .name = "adopt",
                       .verb = "adopt",
                       .label = "Adopt…",
                       .typed = "adopt ACCOUNT because …",
                       .lowers = true,
                       .title = "Adopt as a window",
                       .submit = "Ask",
                       .fields = FORM_ACCOUNT | FORM_DURATION | FORM_REASON,
                       .refusal = adopt_refusal,
                       .on_card = always },
    [ACTION_CLEANED] = { .name = "cleaned",
                         .verb = "cleaned",
                         .label = "All cleaned up",
                         .style = BUTTON_PRIMARY,
                         .typed = "cleaned G-0001 yes",
                         .yes = true,
                         .fits = can_be_cleaned,
                         .none = no_end,
                         .refusal = cleaned_refusal },
    [ACTION_NOT_CLEANED] = { .name = "not_cleaned",
                             .verb = "cleaned",
                             .label = "Not cleaned up",
                             .typed = "cleaned G-0001 no",
                             .fits = can_be_cleaned,
                             .none = no_end,
                             .refusal = cleaned_refusal },
    [ACTION_LIFT] = { .name = "request",
                      .verb = "lift",
                      .label = "Request…",
                      .free = true,
                      .typed = "lift ACCOUNT task billing because …",
                      .lowers = true,
                      .title = "Request a window",
                      .submit = "Ask",
                      .fields = FORM_ACCOUNT | FORM_DURATION | FORM_TASK | FORM_TICKET |
                                FORM_REASON,
                      .refusal = lift_refusal },
    [ACTION_AGAIN] = { .name = "again",
                       .verb = "lift",
                       .label = "Ask again…",
                       .anew = true,
                       .typed = "lift ACCOUNT task billing because …",
                       .lowers = true,
                       .refusal = lift_refusal,
                       .on_card = came_to_nothing },
    [ACTION_RUN] = { .name = "run",
                     .verb = "run",
                     .label = "Do it without lifting…",
                     .free = true,
                     .typed = "run s3-lockout ACCOUNT my-bucket because …",
                     .lowers = true,
                     .title = "Request a task",
                     .submit = "Do it without lifting",
                     .fields = FORM_ACCOUNT | FORM_TASK | FORM_TARGET | FORM_TICKET | FORM_REASON,
                     .refusal = run_refusal },
    [ACTION_CLEAN_UP] = { .name = "clean_up",
                          .verb = "run",
                          .label = "Clean up now",
                          .anew = true,
                          .task = TASK_CREDENTIALS,
                          .typed = "run " TASK_CREDENTIALS " ACCOUNT because …",
                          .lowers = true,
                          .refusal = run_refusal,
                          .on_card = can_clean_up },
};

/* ---- asking it ---- */

const struct action_row *action_row(enum action action) { return &rows[action]; }

enum action action_named(const char *name)
{
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        if (str_equal(rows[a].name, name))
            return a;
    return ACTION_NONE;
}

const struct action_row *action_form(const char *name)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (rows[i].fields && str_equal(rows[i].verb, name))
            return &rows[i];
    return NULL;
}

enum action action_of_verb(const char *verb)
{
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        if (str_equal(rows[a].verb, verb))
            return a;
    return ACTION_NONE;
}

const char *action_refusal(enum action action, const struct desk *desk, const struct casefile *c,
                           const struct doer *doer, ms_t now_ms, struct arena *arena)
{
    return rows[action].refusal(&(struct action_ask){
        .desk = desk, .c = c, .doer = doer, .now_ms = now_ms, .arena = arena });
}

bool action_is_offered(const char *verb, const struct desk *desk, const struct doer *doer,
                       ms_t now_ms, struct arena *arena)
{
    enum action action = action_of_verb(verb);
    if (!action_refusal(action, desk, NULL, doer, now_ms, arena))
        return true;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if ((!rows[action].fits || rows[action].fits(c)) &&
            !action_refusal(action, desk, c, doer, now_ms, arena))
            return true;
    }
    return false;
}

enum action action_of_reaction(const struct policy *policy, const char *reaction)
{
    return str_equal(reaction, policy->approve_reaction)   ? ACTION_APPROVE
           : str_equal(reaction, policy->decline_reaction) ? ACTION_DECLINE
           : str_equal(reaction, "lock")                   ? ACTION_RESTORE
                                                           : ACTION_NONE;
}

/* As somebody types it about that case. */
static void add_typed(struct buf *b, enum action action, const char *case_id)
{
    static const char any_case[] = "G-0001";
    const char *typed = rows[action].typed, *at = strstr(typed, any_case);
    size_t before = at ? (size_t)(at - typed) : strlen(typed);
    buf_add_bytes(b, typed, before);
    if (at)
        buf_addf(b, "%s%s", case_id, at + strlen(any_case));
}

bool action_button_is_typed(const struct message_button *button, bool alone,
                            const struct policy *policy)
{
    enum action action = action_named(button->action);
    bool approves = action == ACTION_APPROVE || action == ACTION_RECOVER;
    bool counts = !approves || (policy->approve_with & APPROVE_BY_COMMAND),
         known = button->typed ? button->typed[0] : action != ACTION_NONE;
    return known && counts && !(alone && rows[action].lowers);
}

void action_add_button_typed(struct buf *b, const char *word, const struct message *m,
                             const struct message_button *button)
{
    buf_addf(b, "`%s ", word);
    if (button->typed)
        buf_add(b, button->typed);
    else
        add_typed(b, action_named(button->action), button->case_id ? button->case_id : m->case_id);
    buf_add_char(b, '`');
}

void action_add_panel_typed(struct buf *b, const char *word, const struct panel *p, bool alone,
                            const struct policy *policy)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct message *m = &p->rows[i];
        for (size_t j = 0; j < m->button_count; j++) {
            const char *label = m->buttons[j].label, *more = strstr(label, "…");
            if (!action_button_is_typed(&m->buttons[j], alone, policy))
                continue;
            buf_addf(b, "\n%.*s: ", (int)(more ? (size_t)(more - label) : strlen(label)), label);
            action_add_button_typed(b, word, m, &m->buttons[j]);
        }
    }
}
