#include "core/inquiry.h"

static const struct inquiry *waiting_for(const struct desk *desk, uint64_t effect_id)
{
    for (size_t i = 0; i < desk->inquiry_count; i++)
        if (effect_id && desk->inquiries[i].effect_id == effect_id)
            return &desk->inquiries[i];
    return NULL;
}

static const char *full(struct verdict *v, const struct event *e)
{
    struct effect *answer = verdict_effect(v, EFFECT_ANSWER);
    answer->chat = e->chat;
    answer->answer =
        (struct effect_answer){ .person_id = e->actor.id,
                                .reply_url = e->reply_url,
                                .direct = e->place == PLACE_DIRECT,
                                .text = "Too many commands are waiting for answers right now. "
                                        "Nothing was done; please try again in a minute." };
    return NULL;
}

void inquiry_open(const struct desk *desk, const struct asker *asker, const struct request *request,
                  struct verdict *v)
{
    const struct event *e = asker->event;
    if (desk->inquiry_count + v->fact_count >= LIMIT_INQUIRIES) {
        full(v, e);
        return;
    }
    /* Who settles it later is found by this key. */
    v->actor.key = v->actor.name = asker->person ? arena_copy(v->arena, asker->person->key) : "";
    struct fact *f = verdict_fact(v, FACT_INQUIRED, 0);
    f->ref = (int64_t)desk->last_ref + 1;
    f->count = request->case_no;
    f->verb = arena_copy(v->arena, request->verb);
    f->account = arena_copy(v->arena, request->account);
    f->window_ms = request->for_ms;
    f->task = arena_copy(v->arena, request->task);
    f->ticket = arena_copy(v->arena, request->ticket);
    f->reason = arena_copy(v->arena, request->reason);
    f->people = arena_copy(v->arena, request->person);
    f->digest = arena_copy(v->arena, request->digest);
    f->question = arena_copy(v->arena, request->question);
    f->anyway = request->anyway;
    f->on = request->yes;
    f->role = approve_way_name(request->way);
    f->thread = e->thread_id;
    f->direct = e->place == PLACE_DIRECT;
}

void inquiry_acts(const struct inquiry *q, const struct stax_user *user, struct verdict *v)
{
    const char *chat = arena_copy(v->arena, q->actor.chat),
               *key = arena_copy(v->arena, q->actor.key);
    v->actor = (struct fact_actor){ .stax = user ? user->id : "",
                                    .chat = chat,
                                    .id = arena_copy(v->arena, q->actor.chat_id),
                                    .key = key,
                                    .name = key };
    if (user && str_or_empty(user->name)[0])
        v->actor.name = user->name;
    v->source = (struct fact_source){ .chat = chat, .event_id = arena_copy(v->arena, q->event_id) };
}

void inquiry_answer(const struct inquiry *q, const char *text, struct verdict *v)
{
    struct effect *answer = verdict_effect(v, EFFECT_ANSWER);
    answer->chat = arena_copy(v->arena, q->actor.chat);
    answer->answer =
        (struct effect_answer){ .person_id = arena_copy(v->arena, q->actor.chat_id),
                                .thread_id = q->thread[0] ? arena_copy(v->arena, q->thread) : NULL,
                                .direct = q->direct,
                                .text = text };
    struct fact *f = verdict_fact(v, FACT_INQUIRY_CLOSED, q->request.case_no);
    f->ref = (int64_t)q->ref;
    CLEANUP(buf_done) struct buf plain;
    buf_init(&plain, LIMIT_ANSWER_BYTES);
    rich_add_plain(&plain, text);
    f->text = arena_copy(v->arena, buf_text(&plain));
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

static void conclude(const struct desk *desk, const struct inquiry *q, const struct survey *survey,
                     struct verdict *v)
{
    struct findings found = { .survey = survey };
    const struct person *person = people_by_key(desk->people, q->actor.key);
    if (!person)
        found.why_no_user = "your entry in the [people] list is gone";
    else if (!survey || !(survey->read & SURVEY_ROSTER))
        found.why_no_user = "the Stax users were not read";
    else
        found.user = person_user(person, survey, &found.why_no_user);
    found.is_admin = found.user && policy_is_admin(desk->policy, found.user);
    inquiry_acts(q, found.user, v);
    const char *barred = doubt_refusal(desk, command_of(desk, q), v);
    if (barred)
        inquiry_answer(q, barred, v);
    else
        command_of(desk, q)->settle(desk, q, &found, v);
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

void inquiry_identified(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct inquiry *q = waiting_for(desk, e->effect_id);
    if (!q)
        return;
    inquiry_acts(q, NULL, v);
    const char *refusal = e->error ? NULL : identity_refusal(e->identified_flags);
    if (e->error && raises(desk, q)) {
        ask_again(q, v);
        return;
    }
    if (e->error || refusal) {
        inquiry_answer(q,
                       verdict_text(v, "Not done: %s. Nothing was changed.%s",
                                    refusal ? refusal : e->error,
                                    e->error ? " Please try again in a minute." : ""),
                       v);
        return;
    }
    const struct command *command = command_of(desk, q);
    if (!command || !command->settle) {
        inquiry_answer(q, "That command is not known any more; nothing was done.", v);
        return;
    }
    if (command->needs(desk, &q->request) == 0)
        conclude(desk, q, NULL, v);
    else
        verdict_fact(v, FACT_INQUIRY_IDENTIFIED, 0)->ref = (int64_t)q->ref;
}

void inquiry_surveyed(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct inquiry *q = waiting_for(desk, e->effect_id);
    if (q)
        conclude(desk, q, &e->survey, v);
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

static void close_late(const struct inquiry *q, struct verdict *v)
{
    inquiry_acts(q, NULL, v);
    inquiry_answer(
        q,
        verdict_text(v, "I could not finish `%s` in time, so nothing was done. Please ask again.",
                     q->request.verb),
        v);
}

static bool identity_is_late(const struct inquiry *q, ms_t now_ms)
{
    return q->effect_id && q->stage == INQUIRY_IDENTIFY &&
           now_ms - q->since_ms >= INQUIRY_IDENTITY_MS;
}

void inquiry_settle(const struct desk *desk, struct verdict *v)
{
    ms_t now = v->turn.now_ms;
    for (size_t i = 0; i < desk->inquiry_count; i++) {
        const struct inquiry *q = &desk->inquiries[i];
        bool waits = raises(desk, q);
        if (!waits && now - q->at_ms >= INQUIRY_PATIENCE_MS)
            close_late(q, v);
        else if (waits && identity_is_late(q, now))
            ask_again(q, v);
        else if (q->effect_id == 0 && now >= q->not_before_ms && command_of(desk, q))
            send(desk, q, v);
    }
}

ms_t inquiry_deadline(const struct desk *desk, ms_t now_ms)
{
    ms_t due = MS_NEVER;
    for (size_t i = 0; i < desk->inquiry_count; i++) {
        const struct inquiry *q = &desk->inquiries[i];
        if (!raises(desk, q))
            desk_sooner(&due, q->at_ms + INQUIRY_PATIENCE_MS, now_ms);
        else if (q->effect_id == 0)
            desk_sooner(&due, q->not_before_ms, now_ms);
        else if (q->stage == INQUIRY_IDENTIFY)
            desk_sooner(&due, q->since_ms + INQUIRY_IDENTITY_MS, now_ms);
    }
    return due;
}
