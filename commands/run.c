/* SPDX-License-Identifier: Apache-2.0 */
/* run: asks to have a task of a root user done without a window. Whoever asks, the account and what
   stands there are checked before anybody is asked to approve it. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/form.h"
#include "core/inert.h"
#include "core/inquiry.h"
#include "core/question.h"
#include "core/target.h"
#include "core/tasks.h"

/* ---- words ---- */

static const char *run_example(const struct desk *desk, const struct request *r,
                               struct arena *arena)
{
    const struct doable *can = task_doable(task_named(r->task));
    const char *named = !can        ? "my-bucket"
                        : can->noun ? arena_printf(arena, "my-%s", can->noun)
                                    : NULL;
    if (named && r->target[0])
        named = r->target;
    return arena_printf(arena, "`%s run %s %s %s%sbecause %s`", desk->policy->command_word,
                        can ? r->task : "s3-lockout", r->account[0] ? r->account : "222222222222",
                        str_or_empty(named), named ? " " : "",
                        named ? "its policy denies everybody" : "nobody uses it any more");
}

/* Of a task that is none, whatever word stands there. */
static bool read_target(struct words *words, struct request *r, struct err *err)
{
    const struct doable *can = task_doable(task_named(r->task));
    const char *noun = can ? can->noun : "bucket", *word = words_peek(words);
    bool named = noun && !parts_is_keyword(word) && words_next(words);
    CLEANUP(buf_done) struct buf inert;
    buf_init(&inert, 1024);
    if (named)
        inert_add(&inert, word, 2 * sizeof r->target);
    if (noun && !inert.bytes)
        return err_set(err, "Which %s? Nothing follows “%s”", noun, noun);
    if (task_take_target(can, buf_text(&inert), r->target, sizeof r->target))
        return true;
    return err_set(err, "The %s is too long", noun);
}

static bool read_ticket(struct words *words, struct request *r, struct err *err)
{
    return !words_take(words, "ticket") ||
           parts_read_value(words, "ticket", r->ticket, sizeof r->ticket, err);
}

/* Goes on behind a mistake, so that the form can be shown with all the rest that was typed. */
static bool run_read(const struct desk *desk, struct words *words, struct request *r,
                     struct err *err)
{
    (void)desk;
    struct err wrong[5] = { { "" }, { "" }, { "" }, { "" }, { "" } };
    bool good = parts_read_value(words, "task", r->task, sizeof r->task, &wrong[0]);
    good &= parts_read_value(words, "account", r->account, sizeof r->account, &wrong[1]);
    good &= read_target(words, r, &wrong[2]);
    good &= read_ticket(words, r, &wrong[3]);
    good &= parts_read_reason_and(words, r, PART_TICKET, &wrong[4]);
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (wrong[i].text[0])
            return err_set(err, "%s", wrong[i].text);
    return good;
}

/* ---- what can be said at once ---- */

/* account: "" while it is not known. */
static const char *cannot(const struct desk *desk, const struct request *r, const char *account,
                          struct arena *arena)
{
    const struct task *t = task_named(r->task);
    const struct doable *can = task_doable(t);
    if (!t)
        return arena_printf(arena, "I do not know the task “%s”; `%s tasks` lists them", r->task,
                            desk->policy->command_word);
    if (!can)
        return arena_printf(arena,
                            "“%s” is nothing that I can do; `%s guide %s` tells how it is "
                            "done",
                            t->title, desk->policy->command_word, t->name);
    if (!desk->can_run)
        return "I have no way to AWS: [aws] is not configured; whoever runs reguard can do that";
    const char *why = can->noun ? can->problem(r->target, account) : NULL;
    if (why)
        return arena_printf(arena, "“%s” is no %s%s: %s", r->target, can->thing,
                            account[0] ? " of this account" : "", why);
    if (desk->policy->require_ticket && !r->ticket[0])
        return "a ticket is needed here: `ticket ID` before the reason";
    return r->reason[0] ? NULL : "please say why: `because REASON`";
}

/* Why that can be no name of what the task is done to: a sentence, or NULL. */
static const char *target_fault(const struct request *r, struct arena *arena)
{
    const struct doable *can = task_doable(task_named(r->task));
    if (!can || !can->noun)
        return NULL;
    if (!r->target[0])
        return arena_printf(arena, "Which %s?", can->noun);
    const char *why = can->problem(r->target, "");
    return why ? arena_printf(arena, "No: %s.", why) : NULL;
}

/* What is wrong with a form that was sent is shown at its fields, all at once. True: nothing is, or
   it came in another way. */
static bool faults_shown(const struct desk *desk, const struct event *e, const struct request *r,
                         struct verdict *v)
{
    const struct form_fault faults[] = {
        { FORM_ACCOUNT, r->account[0] ? NULL : "Choose the account." },
        { FORM_TASK, task_doable(task_named(r->task)) ? NULL : "Choose a task that I can do." },
        { FORM_TARGET, target_fault(r, v->arena) },
        { FORM_TICKET,
          desk->policy->require_ticket && !r->ticket[0] ? "A ticket is needed here." : NULL },
        { FORM_REASON, r->reason[0] ? NULL : "Say in a few words what it is for." },
    };
    return dialogue_faultless(v, e, faults, COUNT(faults));
}

/* Filled, to be looked over and sent by whoever sees it. */
static void show_form(const struct desk *desk, const struct asker *asker, const struct request *r,
                      struct verdict *v)
{
    struct effect_form form;
    form_of(desk, r, "", v->arena, &form);
    dialogue_form(v, asker->event, &form,
                  verdict_text(v, "To ask for it, type: %s", run_example(desk, r, v->arena)));
}

static bool run_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                       struct verdict *v)
{
    if (r->form && desk->can_run) {
        show_form(desk, asker, r, v);
        return true;
    }
    if (!faults_shown(desk, asker->event, r, v))
        return true;
    const char *why = cannot(desk, r, "", v->arena);
    if (why)
        dialogue_answer(v, asker->event, verdict_text(v, "Not done: %s. I changed nothing.", why));
    return why != NULL;
}

static unsigned run_needs(const struct desk *desk, const struct request *r)
{
    (void)desk, (void)r;
    return SURVEY_ROSTER | SURVEY_ACCOUNT | SURVEY_ORGANISATION;
}

/* ---- the account ---- */

static const char *account_problem(const struct desk *desk, const struct request *r,
                                   const struct survey *s, struct arena *arena)
{
    const char *title = desk->policy->provider->title;
    const struct account *a = s->accounts;
    if (s->account_count > 1)
        return arena_printf(arena,
                            "%zu accounts are called “%s”; use the number of the one you mean: %s",
                            s->accounts_found, r->account, parts_bearers(s, arena));
    if (!s->account_count)
        return arena_printf(arena, "%s has no account “%s” of your organisation", title,
                            r->account);
    if (!str_equal(a->status, STATUS_ACTIVE))
        return arena_printf(arena, "the account is %s, not " STATUS_ACTIVE, a->status);
    if (a->kind == ACCOUNT_MANAGEMENT)
        return "it is the management account, whose root user AWS lends to nobody";
    return a->kind == ACCOUNT_OTHER
               ? arena_printf(arena, "%s does not call it a member account (role “%s”)", title,
                              a->role)
               : NULL;
}

/* The same wish twice is a slip, not a second case. */
static const char *asked_already(const struct desk *desk, const struct request *r,
                                 const char *account, struct arena *arena)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (case_is_open(c) && str_equal_nocase(c->task, r->task) &&
            str_equal(c->target, target_name(r->target)) && str_equal(c->account, account))
            return arena_printf(arena, "%s asks for that already, and %s", parts_case_id(c, arena),
                                case_state_words(c));
    }
    return NULL;
}

static const char *problem(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct arena *arena)
{
    const struct survey *s = found->survey;
    const char *why = parts_admin_problem(desk, found, arena);
    if (why)
        return why;
    if (s->read != s->asked)
        return arena_printf(arena,
                            "I could not check everything (%s); this is not a refusal, please ask "
                            "again in a minute",
                            str_or_empty(s->failure));
    if (!str_equal_nocase(s->organisation_id, desk->policy->organisation))
        return arena_printf(arena,
                            "the %s token belongs to another organisation than the configured one",
                            desk->policy->provider->title);
    why = account_problem(desk, &q->request, s, arena);
    if (!why)
        why = cannot(desk, &q->request, s->accounts[0].aws_id,
                     arena); /* the rules may have changed meanwhile */
    if (!why)
        why = asked_already(desk, &q->request, s->accounts[0].aws_id, arena);
    return why ? why : parts_full(desk, arena);
}

/* In a form it can be put right. */
static void refuse(const struct desk *desk, const struct inquiry *q, const char *why,
                   struct verdict *v)
{
    inquiry_ask_again(desk, q, "",
                      verdict_text(v, "No request was made, and I changed nothing: %s.", why), v);
}

static void run_settle(const struct desk *desk, const struct inquiry *q,
                       const struct findings *found, struct verdict *v)
{
    const char *why = problem(desk, q, found, v->arena);
    if (why) {
        refuse(desk, q, why, v);
        return;
    }
    const struct account *a = &found->survey->accounts[0];
    struct inquiry_checked k = { .user = "" };
    STR_SET(k.role, found->user->role);
    STR_SET(k.account, a->aws_id);
    STR_SET(k.account_ref, a->id);
    STR_SET(k.account_name, parts_account_name(a));
    STR_SET(k.warning, a->kind == ACCOUNT_SECURITY
                           ? "This is the organisation's security or logging account."
                           : "");
    STR_SET(k.may_approve, parts_may_approve(desk, found->survey, found->user->id, "", v->arena));
    inquiry_look(desk, q, &k, v);
}

/* ---- what stands there ---- */

static void ask(const struct desk *desk, const struct inquiry *q, const struct inquiry_checked *k,
                const struct event_errand *told, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_ERRAND_ASKED, desk->last_case + 1);
    f->handle = verdict_handle(v, ENTROPY_CASE);
    f->question = question_handle(v);
    f->account = arena_copy(v->arena, k->account);
    f->account_ref = arena_copy(v->arena, k->account_ref);
    f->account_name = arena_copy(v->arena, k->account_name);
    f->people = arena_copy(v->arena, k->may_approve);
    f->role = arena_copy(v->arena, k->role);
    f->text = arena_copy(v->arena, k->warning);
    f->task = task_named(q->request.task)->name;
    f->setting = arena_copy(v->arena, target_name(q->request.target));
    f->reason = arena_copy(v->arena, q->request.reason);
    f->ticket = arena_copy(v->arena, q->request.ticket);
    f->was = told->policy;
    f->digest = told->digest;
    f->count = told->bytes;
    char id[CASE_ID_BYTES];
    case_id_text(f->case_no, id);
    inquiry_answer(q,
                   verdict_text(v,
                                "%s created for %s. It waits for another Admin to approve it; "
                                "nothing is lifted for it.",
                                id, f->account_name),
                   v);
}

static const char *nothing_there(const struct request *r, struct verdict *v)
{
    const struct doable *can = task_doable(task_named(r->task));
    const char *nothing = can->words->nothing;
    return can->noun
               ? verdict_text(v, "the %s “%s” %s", can->thing, target_name(r->target), nothing)
               : verdict_text(v, "%s %s", can->thing, nothing);
}

static void run_looked(const struct desk *desk, const struct inquiry *q,
                       const struct inquiry_checked *k, const struct event *e, struct verdict *v)
{
    const struct event_errand *told = &e->errand;
    const char *why = asked_already(desk, &q->request, k->account, v->arena);
    if (!why)
        why = parts_full(desk, v->arena);
    if (!told->known)
        why = str_or_empty(e->error);
    else if (!str_or_empty(told->policy)[0])
        why = nothing_there(&q->request, v);
    if (why)
        refuse(desk, q, why, v);
    else
        ask(desk, q, k, told, v);
}

const struct command command_run = {
    .name = "run",
    .usage = "run TASK ACCOUNT [BUCKET|QUEUE] [ticket ID] because REASON…",
    .summary = "ask to have a task done without lifting",
    .example = "run s3-lockout 222222222222 my-bucket because its policy denies everybody",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_COUNTS | GATE_AT_AWS,
    .read = run_read,
    .complete = run_example,
    .needs = run_needs,
    .decide = run_decide,
    .settle = run_settle,
    .looked = run_looked,
};
