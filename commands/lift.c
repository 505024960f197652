/* SPDX-License-Identifier: Apache-2.0 */
/* lift: asks to have the guardrail lifted for one account. All checks are made and reported
   together. */
#include "commands/mailbox.h"
#include "commands/parts.h"
#include "core/card.h"
#include "core/dialogue.h"
#include "core/duration.h"
#include "core/flags.h"
#include "core/form.h"
#include "core/guardrail.h"
#include "core/inquiry.h"
#include "core/question.h"
#include "core/tasks.h"
#include "core/inert.h"

#include <stdio.h>
#include <string.h>

/* ---- words ---- */

/* "lift bakery 45m because …": people leave the "for" out. A name that ends like a duration goes
   into quotes. */
static bool is_bare_duration(const struct words *words)
{
    ms_t ignored;
    return duration_read(str_or_empty(words_peek(words)), &ignored);
}

/* An account's name may have blanks: everything up to the next keyword or duration. */
static void read_account(struct words *words, struct request *request)
{
    CLEANUP(buf_done) struct buf name, inert;
    buf_init(&name, LIMIT_NAME_BYTES * 4);
    buf_init(&inert, LIMIT_NAME_BYTES);
    words_take(words, "account");
    while (words_peek(words) && !parts_is_keyword(words_peek(words)) &&
           !(name.bytes && is_bare_duration(words)))
        buf_addf(&name, "%s%s", name.bytes ? " " : "", words_next(words));
    inert_add(&inert, buf_text(&name), 100);
    STR_SET(request->account, buf_text(&inert));
}

static bool read_duration(struct words *words, struct request *request, struct err *err)
{
    if (parts_read_duration(words, request, true, err))
        return true;
    (void)words_take(words, "until");
    if (!parts_is_keyword(words_peek(words)))
        words_next(words);
    return false;
}

/* One part behind its keyword. False when the next word is no keyword of a part. */
static bool read_part(struct words *words, struct request *request, struct err *err)
{
    if (words_take(words, "for") || str_equal_nocase(words_peek(words), "until") ||
        (!request->for_ms && is_bare_duration(words)))
        read_duration(words, request, err);
    else if (words_take(words, "task"))
        parts_read_value(words, "task", request->task, sizeof request->task, err);
    else if (words_take(words, "ticket"))
        parts_read_value(words, "ticket", request->ticket, sizeof request->ticket, err);
    else if (words_take(words, "anyway"))
        request->anyway = true;
    else
        return false;
    return true;
}

/* Goes on behind a mistake, so that the right form can be shown with all the rest that was
   typed. */
static bool lift_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    (void)desk;
    struct err first = { "" };
    read_account(words, request);
    for (bool going = true; going;) {
        struct err wrong = { "" };
        going = read_part(words, request, &wrong);
        if (!first.text[0])
            first = wrong;
    }
    bool good = parts_read_reason_and(words, request, PART_FOR | PART_TASK | PART_TICKET, err);
    return first.text[0] ? err_set(err, "%s", first.text) : good;
}

/* ---- what can be said at once ---- */

static const char *typed_length(const struct desk *desk, const struct request *r,
                                struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64);
    request_add_length(&b, r, desk->policy->default_window);
    return arena_copy(arena, buf_text(&b));
}

/* Whether a lift is needed at all depends on what it is for, so that this is always named. An
   adoption is of what happened already. */
static bool is_task_named(const struct request *r)
{
    return r->task[0] ? task_named(r->task) != NULL : !str_equal(r->verb, "lift");
}

/* As it was asked for, with an example of each part that is missing; beside words of their own that
   is the task which claims nothing. */
static const char *whole_example(const struct desk *desk, const struct request *r,
                                 struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    struct request whole = *r;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    if (!whole.for_ms && !whole.until.ms)
        whole.for_ms = desk->policy->default_window;
    if (!r->account[0])
        STR_SET(whole.account, "222222222222");
    if (!is_task_named(r))
        STR_SET(whole.task, r->reason[0] ? "other" : "billing");
    if (!r->ticket[0] && desk->policy->require_ticket)
        STR_SET(whole.ticket, "SEC-12");
    if (!r->reason[0])
        STR_SET(whole.reason, "activate IAM access to billing");
    request_add_typed(&b, &whole);
    return arena_printf(arena, "`%s %s`", desk->policy->command_word, buf_text(&b));
}

/* How long it would be from now on; 0: that is not known before their clock is. */
static ms_t length_of(const struct desk *desk, const struct request *r, ms_t now_ms)
{
    return r->until.ms   ? 0
           : r->until_ms ? r->until_ms - now_ms
           : r->for_ms   ? r->for_ms
                         : desk->policy->default_window;
}

static const char *window_problem(const struct desk *desk, const struct request *r, ms_t now_ms,
                                  struct arena *arena)
{
    const struct policy *p = desk->policy;
    ms_t for_ms = length_of(desk, r, now_ms);
    if (r->until.ms || (for_ms >= p->min_window && for_ms <= p->max_window))
        return NULL;
    if (!r->until_ms)
        return arena_printf(arena, "a window of %s is not allowed; choose between %s and %s",
                            duration_typed(arena, for_ms), duration_typed(arena, p->min_window),
                            duration_typed(arena, p->max_window));
    if (for_ms > p->max_window && r->tomorrow)
        return arena_printf(arena,
                            "that time has passed today, and tomorrow it is %s away; a window is "
                            "at most %s",
                            duration_text(arena, for_ms), duration_typed(arena, p->max_window));
    return arena_printf(arena, "that end is %s away; a window is at %s %s",
                        duration_text(arena, for_ms), for_ms > p->max_window ? "most" : "least",
                        duration_typed(arena,
                                       for_ms > p->max_window ? p->max_window : p->min_window));
}

/* What is wrong with a form that was sent is shown at its fields, all at once. True: nothing is, or
   it came in another way. */
static bool faults_shown(const struct desk *desk, const struct event *e, const struct request *r,
                         struct verdict *v)
{
    const struct policy *p = desk->policy;
    const struct task *t = task_named(r->task);
    bool lifts = str_equal(r->verb, "lift");
    const char *window = window_problem(desk, r, v->turn.now_ms, v->arena);
    const struct form_fault faults[] = {
        { FORM_ACCOUNT, r->account[0] ? NULL : "Choose the account." },
        { FORM_TASK, !lifts ? NULL
                     : !t   ? "Choose a task; “other” fits what is not "
                              "there."
                     : task_why_no_window(t) && !r->anyway ? "This needs no window. Tick “Ask "
                                                             "anyway” if you want one all the same."
                                                           : NULL },
        { FORM_DURATION, window ? arena_printf(v->arena, "No: %s.", window) : NULL },
        { FORM_TICKET, p->require_ticket && !r->ticket[0] ? "A ticket is needed here." : NULL },
        { FORM_REASON, r->reason[0] ? NULL : "Say in a few words what it is for." },
    };
    return dialogue_faultless(v, e, faults, COUNT(faults));
}

/* Filled, to be looked over and sent by whoever sees it. */
static void show_form(const struct desk *desk, const struct asker *asker, const struct request *r,
                      struct verdict *v)
{
    const struct casefile *filed = asker->event->filed,
                          *c = filed ? filed : desk_case_const(desk, r->case_no);
    struct effect_form form;
    char id[CASE_ID_BYTES];
    case_id_text(r->case_no, id);
    form_of(desk, r, "", v->arena, &form);
    if (c)
        form.account_text = card_subject(c, v->arena);
    else if (r->case_no)
        form.problem = verdict_text(v,
                                    "I cannot read the records of %s now, so that I cannot fill "
                                    "this in; `%s show %s` tells what it asked for.",
                                    id, desk->policy->command_word, id);
    dialogue_form(v, asker->event, &form,
                  verdict_text(v, "To ask again, type: %s", whole_example(desk, r, v->arena)));
}

/* Their names alone; `tasks` tells what they are. */
static void add_names(struct buf *b, const char *title, bool needs_root)
{
    const char *sign = "";
    buf_add(b, title);
    for (const struct task *t = task_table(); t->name; t++)
        if ((task_why_no_window(t) == NULL) == needs_root) {
            buf_addf(b, "%s`%s`", sign, t->name);
            sign = ", ";
        }
}

/* A whole answer, and what they type in place of theirs. */
static const char *say_missing(const struct desk *desk, const struct request *r, const char *what,
                               struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    if (r->task[0] && !is_task_named(r))
        buf_addf(&b, "I do not know the task “%s”. ", r->task);
    if (what[0])
        buf_addf(&b, "Still missing: %s. ", what);
    buf_addf(&b, "I changed nothing. Complete, it looks like this:\n%s%s",
             whole_example(desk, r, arena), r->anyway ? "" : parts_how_to_run(desk, r, arena));
    if (!is_task_named(r)) {
        add_names(&b, "\nNeeds the root user: ", true);
        add_names(&b, ".\nNeeds no window: ", false);
        buf_addf(&b, ".\n`%s tasks` tells what they are; `other` fits what is not there.",
                 desk->policy->command_word);
    }
    return arena_copy(arena, buf_text(&b));
}

/* On top of the form, when the task is all that it still asks for. */
static const char *form_problem(const struct request *r, struct arena *arena)
{
    if (r->task[0] && !is_task_named(r))
        return arena_printf(arena, "I do not know the task “%s”; please choose one.", r->task);
    return r->account[0] && r->reason[0] && !is_task_named(r)
               ? "Only the task is missing: please choose it. “other” fits what is not there."
               : "";
}

static bool is_complete(const struct desk *desk, const struct asker *asker, const struct request *r,
                        struct verdict *v)
{
    bool no_ticket = desk->policy->require_ticket && !r->ticket[0];
    if (!faults_shown(desk, asker->event, r, v))
        return false;
    if (r->account[0] && r->reason[0] && !no_ticket && is_task_named(r))
        return true;
    CLEANUP(buf_done) struct buf missing;
    buf_init(&missing, 200);
    buf_add(&missing, r->account[0] ? "" : "the account, ");
    buf_add(&missing, r->task[0] || is_task_named(r) ? "" : "the task, ");
    buf_add(&missing, r->reason[0] ? "" : "the reason, ");
    buf_add(&missing, no_ticket ? "the ticket, " : "");
    size_t bytes = missing.bytes ? missing.bytes - 2 : 0;
    const char *what = arena_copy_bytes(v->arena, buf_text(&missing), bytes);
    /* An adoption is of the case that was found; a lift makes its own. */
    bool adopts = str_equal(r->verb, "adopt");
    const struct casefile *found = adopts ? desk_outside_case(desk) : NULL;
    struct effect_form form;
    form_of(desk, r, found ? found->handle : "", v->arena, &form);
    form.problem = form_problem(r, v->arena);
    dialogue_form(v, asker->event, &form, say_missing(desk, r, what, v->arena));
    return false;
}

/* True when the task does not need the lift and the person has not said "anyway": then the guide is
   the answer, or the form of what reguard does itself. */
static bool triage(const struct desk *desk, const struct asker *asker, const struct request *r,
                   struct verdict *v)
{
    const struct task *t = task_named(r->task);
    const char *why = task_why_no_window(t);
    if (!why || r->anyway)
        return false;
    const char *answer = verdict_text(
        v,
        "“%s” %s.%s\n%s\nIf you want the lift all the same, say `anyway`: `%s lift %s%s "
        "task %s anyway because %s`. I changed nothing.",
        t->title, why, parts_how_to_run(desk, r, v->arena), t->guide, desk->policy->command_word,
        r->account, typed_length(desk, r, v->arena), t->name, r->reason);
    struct effect_form form;
    form_of(desk, r, "", v->arena, &form);
    if (str_equal(form.form, r->verb))
        dialogue_answer(v, asker->event, answer);
    else
        dialogue_form(v, asker->event, &form, answer);
    return true;
}

static bool lift_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                        struct verdict *v)
{
    if (r->form) {
        show_form(desk, asker, r, v);
        return true;
    }
    if (!is_complete(desk, asker, r, v))
        return true;
    const struct doer anybody = { .key = NULL };
    const char *why = action_refusal(ACTION_LIFT, desk, NULL, &anybody, v->turn.now_ms, v->arena);
    if (why) {
        dialogue_answer(
            v, asker->event,
            verdict_text(
                v, "%s Restore it, or adopt it: `%s adopt %s%s because %s`. I changed nothing.",
                why, desk->policy->command_word, r->account, typed_length(desk, r, v->arena),
                r->reason));
        return true;
    }
    return triage(desk, asker, r, v);
}

static unsigned lift_needs(const struct desk *desk, const struct request *request)
{
    (void)desk, (void)request;
    return SURVEY_ROSTER | SURVEY_ACCOUNT | SURVEY_ORGANISATION | SURVEY_GUARDRAIL;
}

/* ---- the checks, all of them ---- */

struct checks {
    const struct desk *desk;
    const struct request *r;
    const struct findings *found;
    struct arena *arena;
    ms_t now_ms;
    struct buf problems;
    size_t count;
    const struct account *account;
    const char *email, *warning;
};

static void problem(struct checks *k, const char *format, ...) PRINTF_LIKE(2, 3);
static void problem(struct checks *k, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_add(&k->problems, "\n• ");
    buf_addv(&k->problems, format, args);
    va_end(args);
    k->count++;
}

static void check_mailbox(struct checks *k, const struct account *a)
{
    k->email = a->email;
    if (!str_or_empty(a->email)[0])
        problem(k, "%s",
                str_or_empty(a->why_no_email)[0]
                    ? a->why_no_email
                    : "the account's root e-mail address is not known");
}

static void check_account_kind(struct checks *k, const struct account *a)
{
    if (!str_equal(a->status, STATUS_ACTIVE))
        problem(k, "the account is %s, not " STATUS_ACTIVE, a->status);
    switch (a->kind) {
    case ACCOUNT_MEMBER: return;
    case ACCOUNT_SECURITY:
        k->warning = "This is the organisation's security or logging account.";
        return;
    case ACCOUNT_MANAGEMENT:
        problem(k, "%s",
                k->desk->policy->ownership == OWNERSHIP_RESOLD
                    ? "it is the management account, and in a resold organisation that belongs to "
                      "the reseller"
                    : "it is the management account; root protection does not bind it, so its "
                      "root user works without a lift");
        return;
    case ACCOUNT_OTHER: break;
    }
    problem(k, "%s does not call it a member account (role “%s”)", k->desk->policy->provider->title,
            a->role);
}

static void check_account(struct checks *k)
{
    const struct survey *s = k->found->survey;
    if (!(s->read & SURVEY_ACCOUNT))
        return;
    if (s->account_count != 1) {
        if (s->account_count)
            problem(k, "%zu accounts are called “%s”; use the number of the one you mean: %s",
                    s->accounts_found, k->r->account, parts_bearers(s, k->arena));
        else
            problem(k,
                    "%s has no account “%s”; the 12-digit id, the %s account id or the exact name "
                    "is needed",
                    k->desk->policy->provider->title, k->r->account,
                    k->desk->policy->provider->title);
        return;
    }
    k->account = &s->accounts[0];
    check_account_kind(k, k->account);
    check_mailbox(k, k->account);
}

/* Off because of a case of ours: open, or on its way in either direction. */
static bool is_held_by_us(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if ((case_is_down(c) && c->state != CASE_OUTSIDE) ||
            (c->state == CASE_LIFTING && c->change_begun))
            return true;
    }
    return false;
}

static void check_guardrail(struct checks *k)
{
    const struct survey *s = k->found->survey;
    CLEANUP(buf_done) struct buf unknown;
    buf_init(&unknown, 500);
    if (!(s->read & SURVEY_GUARDRAIL))
        return;
    const char *why;
    enum watch says = guardrail_judge(k->desk->policy, s, k->arena, &why);
    if (says == WATCH_UNKNOWN)
        problem(k, "I cannot read whether root protection is ON: %s", why);
    if (says == WATCH_OFF && !is_held_by_us(k->desk))
        problem(k, "root protection is OFF already, and not through reguard; I am about to raise "
                   "an alarm, "
                   "and you can restore or adopt it then");
    if (flags_unknown(k->desk->policy->provider, s->flags, &unknown))
        problem(k, "%s", flags_refusal(k->desk->policy->provider, buf_text(&unknown), k->arena));
}

static void check_organisation(struct checks *k)
{
    const struct survey *s = k->found->survey;
    if ((s->read & SURVEY_ORGANISATION) &&
        !str_equal_nocase(s->organisation_id, k->desk->policy->organisation))
        problem(k, "the %s token belongs to another organisation than the configured one",
                k->desk->policy->provider->title);
}

/* The same wish twice is a slip, not a second case. */
static void check_not_asked_yet(struct checks *k)
{
    for (size_t i = 0; k->account && k->found->user && i < k->desk->case_count; i++) {
        const struct casefile *c = &k->desk->cases[i];
        if (c->state == CASE_WAITING && !case_is_errand(c) &&
            str_equal(c->account_ref, k->account->id) &&
            party_is(&c->requester, k->found->user->id))
            problem(k,
                    "you have asked for %s already: %s waits for an answer (`withdraw %s` takes it "
                    "back)",
                    c->account_name, parts_case_id(c, k->arena), parts_case_id(c, k->arena));
    }
}

static void check_all(struct checks *k)
{
    const struct survey *s = k->found->survey;
    const char *role = parts_admin_problem(k->desk, k->found, k->arena);
    if (role && (s->read & SURVEY_ROSTER))
        problem(k, "%s", role);
    const char *window = window_problem(k->desk, k->r, k->now_ms, k->arena);
    if (window)
        problem(k, "%s", window);
    check_account(k);
    check_not_asked_yet(k);
    check_organisation(k);
    check_guardrail(k);
    if (s->read != s->asked)
        problem(k,
                "I could not check everything (%s); this is not a refusal, please ask again in a "
                "minute",
                str_or_empty(s->failure));
}

static void fill_case(const struct checks *k, const struct inquiry *q, struct verdict *v,
                      struct fact *f)
{
    const struct account *a = k->account;
    f->question = question_handle(v);
    f->account = a->aws_id;
    f->account_ref = a->id;
    f->account_name = parts_account_name(a);
    f->email = k->email;
    f->reason = arena_copy(k->arena, q->request.reason);
    f->ticket = arena_copy(k->arena, q->request.ticket);
    f->task = arena_copy(k->arena, q->request.task);
    f->anyway = q->request.anyway;
    f->text = k->warning;
    f->window_ms = length_of(k->desk, &q->request, k->now_ms);
    f->until_ms = q->request.until_ms;
    f->count = k->found->survey->member_count;
    f->people = parts_may_approve(k->desk, k->found->survey, k->found->user->id, "", k->arena);
    f->role = k->found->user->role;
}

static void lift_settle(const struct desk *desk, const struct inquiry *q,
                        const struct findings *found, struct verdict *v)
{
    struct checks k = {
        .desk = desk, .r = &q->request, .found = found, .arena = v->arena, .now_ms = v->turn.now_ms
    };
    buf_init(&k.problems, LIMIT_ANSWER_BYTES);
    check_all(&k);
    if (desk->policy->mailbox_proof == MAILBOX_CODE && !desk->can_mail)
        problem(&k, "mailbox_proof is `code` but no [mail] is configured");
    if (desk->policy->mailbox_proof == MAILBOX_CODE && !desk->code_key)
        problem(&k, "%s", mailbox_no_key);
    const char *full = parts_full(desk, v->arena);
    if (full)
        problem(&k, "%s", full);
    if (k.count) {
        inquiry_ask_again(desk, q, "",
                          verdict_text(v, "No request was made, and I changed nothing:%s",
                                       buf_text(&k.problems)),
                          v);
    } else {
        struct fact *f = verdict_fact(v, FACT_ASKED, desk->last_case + 1);
        f->handle = verdict_handle(v, ENTROPY_CASE);
        fill_case(&k, q, v, f);
        if (desk->policy->mailbox_proof == MAILBOX_CODE)
            mailbox_send_code(desk, f->case_no, f->email, f->account, v);
        f->on = desk->policy->mailbox_proof == MAILBOX_CONFIRM && q->request.mailbox;
        if (f->on)
            verdict_fact(v, FACT_MAILBOX_PROVED, f->case_no)->verb = "confirm";
        char id[CASE_ID_BYTES];
        case_id_text(f->case_no, id);
        inquiry_answer(q,
                       verdict_text(v,
                                    "%s created for %s. It waits for another Admin to approve it.",
                                    id, f->account_name),
                       v);
    }
    buf_done(&k.problems);
}

const struct command command_lift = {
    .name = "lift",
    .usage = "lift ACCOUNT [for DURATION] task TASK [ticket ID] because REASON…",
    .summary = "ask to lift root protection for an account",
    .example = "lift 222222222222 for 45m task billing because activate IAM access to billing",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_COUNTS,
    .read = lift_read,
    .complete = whole_example,
    .needs = lift_needs,
    .decide = lift_decide,
    .settle = lift_settle,
};

/* ---- adopt: what was found lifted becomes a case ---- */

static bool adopt_decide(const struct desk *desk, const struct asker *asker,
                         const struct request *r, struct verdict *v)
{
    const struct doer anybody = { .key = NULL };
    const char *why = action_refusal(ACTION_ADOPT, desk, desk_outside_case(desk), &anybody,
                                     v->turn.now_ms, v->arena);
    if (!why)
        return !is_complete(desk, asker, r, v);
    dialogue_answer(v, asker->event, why);
    return true;
}

static void adopt_settle(const struct desk *desk, const struct inquiry *q,
                         const struct findings *found, struct verdict *v)
{
    const struct casefile *c = parts_outside_case(desk, &q->request);
    struct checks k = {
        .desk = desk, .r = &q->request, .found = found, .arena = v->arena, .now_ms = v->turn.now_ms
    };
    buf_init(&k.problems, LIMIT_ANSWER_BYTES);
    const char *role = parts_admin_problem(desk, found, v->arena);
    const char *window = window_problem(desk, k.r, k.now_ms, v->arena);
    if (role)
        problem(&k, "%s", role);
    if (window)
        problem(&k, "%s", window);
    if (!c)
        problem(&k, "there is nothing left to adopt");
    else if (question_is_open(c))
        problem(&k, "%s has asked to adopt it already", c->question.by.name);
    check_account(&k);
    if (found->survey->read != found->survey->asked && !role)
        problem(&k,
                "I could not check everything (%s); this is not a refusal, please ask again in a "
                "minute",
                str_or_empty(found->survey->failure));
    if (!c || k.count) {
        inquiry_ask_again(
            desk, q, c ? c->handle : "",
            verdict_text(v, "Not adopted, I changed nothing:%s", buf_text(&k.problems)), v);
    } else {
        fill_case(&k, q, v, verdict_fact(v, FACT_ADOPTION_ASKED, c->no));
        inquiry_answer(q,
                       verdict_text(v,
                                    "Requested. Another Admin must approve the adoption of %s; "
                                    "the alarm goes on until then.",
                                    parts_case_id(c, v->arena)),
                       v);
    }
    buf_done(&k.problems);
}

static unsigned adopt_needs(const struct desk *desk, const struct request *request)
{
    (void)desk, (void)request;
    return SURVEY_ROSTER | SURVEY_ACCOUNT | SURVEY_ORGANISATION;
}

const struct command command_adopt = {
    .name = "adopt",
    .usage = "adopt ACCOUNT [for DURATION] because REASON…",
    .summary = "adopt what was switched OFF outside reguard",
    .example = "adopt 222222222222 for 45m because finishing the billing change",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_COUNTS,
    .read = lift_read,
    .complete = whole_example,
    .needs = adopt_needs,
    .decide = adopt_decide,
    .settle = adopt_settle,
};
