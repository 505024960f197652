/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inquiry.h"
#include "core/answer.h"
#include "core/errand.h"
#include "core/form.h"
#include "core/next_step.h"
#include "core/refusal.h"
#include "core/sight.h"
#include "core/talk.h"

#include <string.h>

static const struct inquiry *waiting_for(const struct desk *desk, uint64_t effect_id)
{
    for (size_t i = 0; i < desk->inquiry_count; i++)
        if (effect_id && desk->inquiries[i].effect_id == effect_id)
            return &desk->inquiries[i];
    return NULL;
}

/* ---- places ---- */

static bool raises(const struct desk *desk, const struct inquiry *q);

static size_t count_open(const struct desk *desk, bool raising, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < desk->inquiry_count; i++)
        n += raises(desk, &desk->inquiries[i]) == raising &&
             (!key || str_equal(desk->inquiries[i].actor.key, key));
    return n;
}

_Static_assert(LIMIT_INQUIRIES >=
                   LIMIT_INQUIRIES_ORDINARY + LIMIT_INQUIRIES_RAISING + 2 * LIMIT_PEOPLE,
               "everybody can raise protection, and ask for one thing beside");

/* By this event already, for other cases that it is about: with a lock, which takes a person. */
static size_t opened_now(const struct verdict *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->fact_count; i++)
        n += v->facts[i].kind == FACT_INQUIRED;
    return n;
}

/* Why there is no place for one more of this person, or NULL. Everybody of [people] finds one to
   raise protection and one for whatever else, whatever others do. */
static const char *full(const struct desk *desk, bool raising, const char *key, size_t now)
{
    size_t own = count_open(desk, raising, key) + now;
    if (own == 0 && (raising || key[0]))
        return NULL;
    if (!raising && own >= LIMIT_INQUIRIES_OF_A_PERSON)
        return "Your earlier commands still wait for answers.";
    size_t most = raising ? LIMIT_INQUIRIES_RAISING : LIMIT_INQUIRIES_ORDINARY;
    return count_open(desk, raising, NULL) + now >= most
               ? "Too many commands are waiting for answers right now."
               : NULL;
}

/* The same press or word again, while the first one is being looked into. */
static bool is_repeated(const struct desk *desk, const struct request *r, const char *key)
{
    for (size_t i = 0; i < desk->inquiry_count; i++) {
        const struct inquiry *q = &desk->inquiries[i];
        if (str_equal(q->actor.key, key) && str_equal(q->request.verb, r->verb) &&
            q->request.case_no == r->case_no)
            return true;
    }
    return false;
}

void inquiry_open(const struct desk *desk, const struct asker *asker, const struct request *request,
                  struct verdict *v)
{
    const struct event *e = asker->event;
    const struct command *command = command_named(desk, request->verb);
    const char *key = asker->person ? asker->person->key : "";
    bool raising = command->gates & GATE_RAISES;
    if (raising && (is_repeated(desk, request, key) || talk_is_barred(desk, key, v->turn.now_ms))) {
        v->unremarked = true;
        return;
    }
    size_t now = opened_now(v);
    const char *why = full(desk, raising, key, now);
    if (why) {
        dialogue_answer(
            v, e, verdict_text(v, "%s I changed nothing; please try again in a minute.", why));
        return;
    }
    /* Who settles it later is found by this key. */
    v->actor.key = v->actor.name = arena_copy(v->arena, key);
    struct fact *f = verdict_fact(v, command->gates & GATE_MAPPED ? FACT_INQUIRED : FACT_WONDERED,
                                  0);
    f->ref = (int64_t)(desk->last_ref + 1 + now);
    f->count = request->case_no;
    f->verb = arena_copy(v->arena, request->verb);
    f->account = arena_copy(v->arena, request->account);
    f->window_ms = request->for_ms;
    f->until_ms = request->until_ms;
    f->day_ms = request->until.ms;
    f->task = arena_copy(v->arena, request->task);
    f->ticket = arena_copy(v->arena, request->ticket);
    f->reason = arena_copy(v->arena, request->reason);
    f->people = arena_copy(v->arena, request->person);
    f->digest = arena_copy(v->arena, request->digest);
    f->question = arena_copy(v->arena, request->question);
    f->setting = arena_copy(v->arena, request->target);
    f->anyway = request->anyway;
    f->on = request->yes || request->mailbox || request->full;
    f->role = approve_way_name(request->way);
    f->thread = e->thread_id;
    f->handle = e->kind == EVENT_SUBMITTED ? e->submitted.view : NULL;
    f->direct = e->place == PLACE_DIRECT;
}

/* Writes the asker, with the user found, as the actor of the facts that follow. */
static void acts(const struct inquiry *q, const struct roster_user *user, struct verdict *v)
{
    const char *chat = arena_copy(v->arena, q->actor.chat),
               *key = arena_copy(v->arena, q->actor.key);
    v->actor = (struct fact_actor){ .user = user ? user->id : "",
                                    .chat = chat,
                                    .id = arena_copy(v->arena, q->actor.chat_id),
                                    .key = key,
                                    .name = key };
    if (user && str_or_empty(user->name)[0])
        v->actor.name = user->name;
    v->source = (struct fact_source){ .chat = chat, .event_id = arena_copy(v->arena, q->event_id) };
}

static bool has_records(const struct verdict *v)
{
    for (size_t i = 0; i < v->fact_count; i++)
        if (fact_is_durable(v->facts[i].kind))
            return true;
    return false;
}

static struct effect_answer answer_to(const struct inquiry *q, const char *text, struct verdict *v)
{
    return (struct effect_answer){ .person_id = arena_copy(v->arena, q->actor.chat_id),
                                   .thread_id = q->thread[0] ? arena_copy(v->arena, q->thread)
                                                             : NULL,
                                   .direct = q->direct,
                                   .event_id = arena_copy(v->arena, q->event_id),
                                   .text = text };
}

/* The text where the person looks: in the form that was sent, or as an answer. */
static void tell(const struct inquiry *q, const struct effect_form *form, const char *text,
                 struct verdict *v)
{
    struct effect *effect = verdict_effect(v, q->view[0] ? EFFECT_FORM : EFFECT_ANSWER);
    effect->chat = arena_copy(v->arena, q->actor.chat);
    if (!q->view[0]) {
        effect->answer = answer_to(q, text, v);
        return;
    }
    effect->form = *form;
    effect->form.view = arena_copy(v->arena, q->view);
    effect->form.problem = text;
    effect->form.otherwise = answer_to(q, text, v);
}

static void close_with(const struct inquiry *q, const struct effect_form *form, const char *text,
                       struct verdict *v)
{
    tell(q, form, text, v);
    bool in_vain = q->changes && !has_records(v);
    verdict_fact(v, FACT_INQUIRY_CLOSED, q->request.case_no)->ref = (int64_t)q->ref;
    if (!in_vain)
        return;
    CLEANUP(buf_done) struct buf plain;
    buf_init(&plain, LIMIT_ANSWER_BYTES);
    rich_add_plain(&plain, text);
    struct fact *f = verdict_fact(v, FACT_TRIED, 0);
    f->people = arena_copy(v->arena, q->actor.key);
    f->verb = arena_copy(v->arena, q->request.verb);
    f->text = arena_copy(v->arena, buf_text(&plain));
}

void inquiry_answer(const struct inquiry *q, const char *text, struct verdict *v)
{
    close_with(q,
               &(struct effect_form){ .form = arena_copy(v->arena, q->request.verb),
                                      .stage = FORM_TELLS },
               text, v);
}

void inquiry_ask_again(const struct desk *desk, const struct inquiry *q, const char *handle,
                       const char *text, struct verdict *v)
{
    struct effect_form form;
    form_of(desk, &q->request, handle, v->arena, &form);
    close_with(q, &form, text, v);
}

static const struct command *command_of(const struct desk *desk, const struct inquiry *q)
{
    return command_named(desk, q->request.verb);
}

/* What only raises protection waits as long as it takes: until it can be decided. */
static bool raises(const struct desk *desk, const struct inquiry *q)
{
    const struct command *command = command_of(desk, q);
    return command && (command->gates & GATE_RAISES);
}

/* Was it refused, then because this person may not; nobody presses a way to the provider out of
 * that. */
static void bar(const struct desk *desk, const struct inquiry *q, struct verdict *v)
{
    struct fact *last = v->fact_count ? &v->facts[v->fact_count - 1] : NULL;
    if (last && last->kind == FACT_TRIED && raises(desk, q))
        last->on = true;
}

/* With the button of what they can do about it, when they were refused. */
static void settle(const struct desk *desk, const struct inquiry *q, const struct findings *found,
                   struct verdict *v)
{
    const struct command *command = command_of(desk, q);
    bool read = found->survey && (found->survey->read & SURVEY_ROSTER);
    command->settle(desk, q, found, v);
    if (!has_records(v))
        next_step_add(&(struct refused){ .desk = desk,
                                         .command = command,
                                         .request = &q->request,
                                         .key = q->actor.key,
                                         .no_admin = read && !found->is_admin },
                      v);
}

static void conclude(const struct desk *desk, const struct inquiry *q, const struct survey *survey,
                     struct verdict *v)
{
    struct findings found = { .survey = survey };
    enum person_lack lack = LACK_NONE;
    const struct person *person = people_by_key(desk->people, q->actor.key);
    if (!person)
        found.why_no_user = "your entry in the [people] list is gone";
    else if (!survey || !(survey->read & SURVEY_ROSTER))
        found.why_no_user = verdict_text(v, "the %s users were not read",
                                         desk->policy->provider->title);
    else
        found.user = person_user(person, survey, &lack);
    if (lack != LACK_NONE)
        found.why_no_user = person_lack_text(lack, desk->policy->provider, v->arena);
    found.is_admin = found.user && policy_is_admin(desk->policy, found.user);
    acts(q, found.user, v);
    const char *barred = refusal_of(desk, command_of(desk, q), q->actor.chat, q->actor.key, v);
    if (barred)
        inquiry_answer(q, barred, v);
    else
        settle(desk, q, &found, v);
    if (survey && (survey->read & SURVEY_ROSTER) && !found.is_admin)
        bar(desk, q, v);
}

/* The chat cannot tell who it is. Raising protection waits a little for that and then does without
   it, because the chat itself has brought the words under this identity. */
static void ask_again(const struct inquiry *q, struct verdict *v)
{
    bool enough = v->turn.now_ms - q->since_ms >= INQUIRY_IDENTITY_MS;
    struct fact *f = verdict_fact(v, enough ? FACT_INQUIRY_IDENTIFIED : FACT_INQUIRY_AGAIN, 0);
    f->ref = (int64_t)q->ref;
    f->until_ms = v->turn.now_ms + INQUIRY_AGAIN_MS;
}

/* By their own clock it cannot be told. */
static const char *no_zone(const struct inquiry *q, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_add(&b, "I do not know your time zone. Please write the end in UTC, like `until ");
    duration_add_day_time(&b, q->request.until.ms);
    buf_add(&b, " UTC`. I changed nothing.");
    return arena_copy(v->arena, buf_text(&b));
}

/* With the instant that they mean, when they have given a time of their own clock. */
static void identified(const struct inquiry *q, const struct zone *zone, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_INQUIRY_IDENTIFIED, 0);
    f->ref = (int64_t)q->ref;
    if (!q->request.until.ms)
        return;
    struct request r = q->request;
    request_fix_end(&r, zone, v->turn.now_ms);
    f->until_ms = r.until_ms;
    f->window_ms = r.for_ms;
    f->on = r.tomorrow;
}

void inquiry_identified(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct inquiry *q = waiting_for(desk, e->effect_id);
    if (!q)
        return;
    acts(q, NULL, v);
    const char *refusal = e->error ? NULL : identity_refusal(e->identified_flags);
    if (e->error && raises(desk, q)) {
        ask_again(q, v);
        return;
    }
    if (e->error || refusal) {
        inquiry_answer(
            q,
            verdict_text(v, "Not done: %s. I changed nothing.%s", refusal ? refusal : e->error,
                         e->error ? " This is not a refusal; please try again in a minute." : ""),
            v);
        bar(desk, q, v);
        return;
    }
    const struct command *command = command_of(desk, q);
    if (!command || !command->settle) {
        inquiry_answer(q, "I do not know that command any more. I changed nothing.", v);
        return;
    }
    if (q->request.until.ms && !e->zone_known) {
        inquiry_ask_again(desk, q, "", no_zone(q, v), v);
        return;
    }
    if (command->needs(desk, &q->request) == 0)
        conclude(desk, q, NULL, v);
    else
        identified(q, &e->zone, v);
}

void inquiry_surveyed(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct inquiry *q = waiting_for(desk, e->effect_id);
    if (q)
        conclude(desk, q, &e->survey, v);
}

void inquiry_look(const struct desk *desk, const struct inquiry *q, const struct inquiry_checked *k,
                  struct verdict *v)
{
    struct arena *arena = v->arena;
    if (desk->look_count == LIMIT_LOOKS) {
        inquiry_answer(q,
                       verdict_text(v,
                                    "No request was made, and I changed nothing: I wait for what "
                                    "AWS says to %d others; ask again in a minute.",
                                    LIMIT_LOOKS),
                       v);
        return;
    }
    struct effect *effect = verdict_effect(v, EFFECT_ERRAND);
    errand_look(arena_copy(arena, q->request.task), arena_copy(arena, k->account),
                arena_copy(arena, q->request.target), effect);
    struct fact *f = verdict_fact(v, FACT_INQUIRY_CHECKED, 0);
    f->ref = (int64_t)q->ref;
    f->effect_id = (int64_t)effect->id;
    f->role = arena_copy(arena, k->role);
    f->account = arena_copy(arena, k->account);
    f->account_ref = arena_copy(arena, k->account_ref);
    f->account_name = arena_copy(arena, k->account_name);
    f->text = arena_copy(arena, k->warning);
    f->people = arena_copy(arena, k->may_approve);
}

static const struct inquiry_checked *checked_of(const struct desk *desk, const struct inquiry *q)
{
    size_t i = 0;
    while (i < desk->look_count && desk->looks[i].ref != q->ref)
        i++;
    return i < desk->look_count ? &desk->looks[i] : NULL;
}

void inquiry_looked(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct inquiry *q = waiting_for(desk, e->effect_id);
    const struct inquiry_checked *k = q ? checked_of(desk, q) : NULL;
    if (!k)
        return;
    const struct roster_user user = { .id = arena_copy(v->arena, k->user),
                                      .name = arena_copy(v->arena, k->name) };
    acts(q, &user, v);
    const char *barred = refusal_of(desk, command_of(desk, q), q->actor.chat, q->actor.key, v);
    if (barred)
        inquiry_answer(q, barred, v);
    else
        command_of(desk, q)->looked(desk, q, k, e, v);
}

static enum urgency urgency_of(const struct command *command)
{
    return command->gates & GATE_RAISES ? URGENCY_RAISES : URGENCY_ORDINARY;
}

static void send(const struct desk *desk, const struct inquiry *q, struct verdict *v)
{
    struct effect *effect;
    if (q->stage == INQUIRY_IDENTIFY) {
        effect = verdict_effect(v, EFFECT_IDENTIFY);
        effect->chat = arena_copy(v->arena, q->actor.chat);
        effect->identify = arena_copy(v->arena, q->actor.chat_id);
        effect->zone = q->request.until.ms != 0;
    } else {
        effect = verdict_effect(v, EFFECT_SURVEY);
        effect->survey =
            (struct effect_survey){ .parts = command_of(desk, q)->needs(desk, &q->request),
                                    .account = arena_copy(v->arena, q->request.account) };
    }
    effect->urgency = urgency_of(command_of(desk, q));
    struct fact *f = verdict_fact(v, FACT_INQUIRY_SENT, 0);
    f->ref = (int64_t)q->ref;
    f->effect_id = (int64_t)effect->id;
}

/* What asks to lower waits until the chats have shown which records they know. */
static bool is_ready(const struct desk *desk, const struct inquiry *q, struct verdict *v)
{
    const struct command *command = command_of(desk, q);
    return command &&
           (!(command->gates & GATE_LOWERS) || doubt_stands(desk) || sight_of_all(desk)) &&
           verdict_due(v, q->not_before_ms);
}

static bool same_person(const struct inquiry *a, const struct inquiry *b)
{
    return str_equal(a->actor.key, b->actor.key) &&
           (a->actor.key[0] || (str_equal(a->actor.chat, b->actor.chat) &&
                                str_equal(a->actor.chat_id, b->actor.chat_id)));
}

/* Of what one person asks one thing at a time is read, in the order in which it was asked: whoever
   asks a lot waits behind everybody who has asked before the next one, and nobody behind him. */
static bool waits_its_turn(const struct desk *desk, const struct inquiry *q, struct verdict *v)
{
    for (size_t i = 0; i < desk->inquiry_count; i++) {
        const struct inquiry *other = &desk->inquiries[i];
        bool before = other->effect_id || (other < q && is_ready(desk, other, v));
        if (other != q && before && same_person(other, q) && !raises(desk, other))
            return true;
    }
    return false;
}

static bool may_be_sent(const struct desk *desk, const struct inquiry *q, struct verdict *v)
{
    return is_ready(desk, q, v) && (raises(desk, q) || !waits_its_turn(desk, q, v));
}

static void close_late(const struct desk *desk, const struct inquiry *q, struct verdict *v)
{
    acts(q, NULL, v);
    const char *why = is_ready(desk, q, v) ? "" : sight_trouble(desk, v->arena);
    inquiry_answer(
        q,
        verdict_text(v, "I could not finish `%s` in time%s. I changed nothing; please ask again.",
                     q->request.verb, why),
        v);
}

static bool identity_is_late(const struct inquiry *q, struct verdict *v)
{
    return q->effect_id && q->stage == INQUIRY_IDENTIFY &&
           verdict_due(v, q->since_ms + INQUIRY_IDENTITY_MS);
}

/* After a long stop all of them may be due at once: what does not fit comes with the next event. */
void inquiry_settle(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->inquiry_count && verdict_has_room(v); i++) {
        const struct inquiry *q = &desk->inquiries[i];
        bool waits = raises(desk, q);
        if (!waits && verdict_due(v, q->at_ms + INQUIRY_PATIENCE_MS))
            close_late(desk, q, v);
        else if (waits && identity_is_late(q, v))
            ask_again(q, v);
        else if (q->effect_id == 0 && may_be_sent(desk, q, v))
            send(desk, q, v);
    }
}

/* ---- applying ---- */

static struct inquiry *inquiry_with(struct desk *desk, int64_t ref)
{
    for (size_t i = 0; i < desk->inquiry_count; i++)
        if (desk->inquiries[i].ref == (uint64_t)ref)
            return &desk->inquiries[i];
    return NULL;
}

static void apply_inquired(struct desk *desk, const struct fact *f)
{
    if (desk->inquiry_count == LIMIT_INQUIRIES)
        return;
    struct inquiry *q = &desk->inquiries[desk->inquiry_count++];
    *q = (struct inquiry){ .ref = (uint64_t)f->ref,
                           .at_ms = f->at_ms,
                           .direct = f->direct,
                           .changes = f->kind == FACT_INQUIRED };
    struct request *r = &q->request;
    r->case_no = (uint32_t)f->count;
    r->for_ms = f->window_ms;
    r->until_ms = f->until_ms;
    r->until.ms = f->day_ms;
    r->anyway = f->anyway;
    r->yes = r->mailbox = r->full = f->on; /* each is of another verb */
    STR_SET(r->verb, f->verb);
    STR_SET(r->account, f->account);
    STR_SET(r->task, f->task);
    STR_SET(r->target, f->setting);
    STR_SET(r->ticket, f->ticket);
    STR_SET(r->reason, f->reason);
    STR_SET(r->question, f->question);
    STR_SET(r->person, f->people);
    STR_SET(r->digest, f->digest);
    STR_SET(q->thread, f->thread);
    STR_SET(q->view, f->handle);
    STR_SET(q->event_id, f->source.event_id);
    party_set(&q->actor, f, f->role);
    r->way = q->actor.way;
    desk->last_ref = q->ref;
}

static void apply_checked(struct desk *desk, struct inquiry *q, const struct fact *f)
{
    if (desk->look_count == LIMIT_LOOKS)
        return;
    struct inquiry_checked *k = &desk->looks[desk->look_count++];
    q->stage = INQUIRY_LOOK;
    q->effect_id = (uint64_t)f->effect_id;
    k->ref = q->ref;
    STR_SET(k->user, f->actor.user);
    STR_SET(k->name, f->actor.name);
    STR_SET(k->role, f->role);
    STR_SET(k->account, f->account);
    STR_SET(k->account_ref, f->account_ref);
    STR_SET(k->account_name, f->account_name);
    STR_SET(k->warning, f->text);
    STR_SET(k->may_approve, f->people);
}

static void apply_inquiry_closed(struct desk *desk, struct inquiry *q)
{
    size_t at = (size_t)(q - desk->inquiries), looks = 0;
    for (size_t i = 0; i < desk->look_count; i++)
        if (desk->looks[i].ref != q->ref)
            desk->looks[looks++] = desk->looks[i];
    desk->look_count = looks;
    memmove(q, q + 1, (desk->inquiry_count - at - 1) * sizeof *q);
    desk->inquiry_count--;
}

void inquiry_apply(struct desk *desk, const struct fact *f)
{
    struct inquiry *q = inquiry_with(desk, f->ref);
    if (f->kind == FACT_INQUIRED || f->kind == FACT_WONDERED) {
        apply_inquired(desk, f);
        return;
    }
    if (!q)
        return;
    switch ((int)f->kind) {
    case FACT_INQUIRY_CLOSED: apply_inquiry_closed(desk, q); return;
    case FACT_INQUIRY_SENT:
        q->effect_id = (uint64_t)f->effect_id;
        q->since_ms = q->since_ms ? q->since_ms : f->at_ms;
        return;
    case FACT_INQUIRY_AGAIN:
        q->effect_id = 0;
        q->not_before_ms = f->until_ms;
        return;
    case FACT_INQUIRY_CHECKED: apply_checked(desk, q, f); return;
    case FACT_INQUIRY_IDENTIFIED:
        q->stage = INQUIRY_SURVEY;
        q->effect_id = 0;
        q->not_before_ms = 0;
        if (q->request.until.ms) {
            q->request.until = (struct day_time){ 0 };
            q->request.until_ms = f->until_ms;
            q->request.for_ms = f->window_ms;
            q->request.tomorrow = f->on;
        }
        return;
    }
    fact_stray(f, "inquiry");
}
