/* SPDX-License-Identifier: Apache-2.0 */
#include "core/route.h"
#include "core/controller.h"
#include "core/desk.h"
#include "core/guardrail.h"
#include "core/outside.h"
#include "core/rich.h"

#include <stdio.h>
#include <string.h>

/* A chat that is connected anew is back within that. */
static const ms_t ALONE_MS = MS_MINUTE;
/* Whoever was told once is told again within that. */
static const ms_t IN_VAIN_MS = MS_HOUR;
static const char BETWEEN[] = " \t,";
enum { WITNESS_WHY_CHARACTERS = 600 };

/* ---- who hears of it ---- */

bool route_is_none(const struct policy *p) { return !p->alarm_mail[0] && !p->alarm_command[0]; }

bool route_address(const char *list, size_t n, char ret[LIMIT_EMAIL_BYTES])
{
    for (list += strspn(list, BETWEEN); *list; list += strspn(list, BETWEEN)) {
        size_t bytes = strcspn(list, BETWEEN);
        if (n-- == 0) {
            snprintf(ret, LIMIT_EMAIL_BYTES, "%.*s", (int)bytes, list);
            return bytes < LIMIT_EMAIL_BYTES;
        }
        list += bytes;
    }
    return false;
}

const char *route_advice(const char *list)
{
    char address[LIMIT_EMAIL_BYTES];
    size_t n = 0;
    for (; route_address(list, n, address); n++) {
        const char *at = strchr(address, '@');
        if (!at || at == address || !at[1] || strchr(at + 1, '@'))
            return "that is no list of mail addresses: separate them by blanks or commas";
    }
    return n == 0                          ? "no mail address stands there"
           : n > (size_t)LIMIT_ALARM_MAILS ? "only the first eight of them are written to"
                                           : NULL;
}

/* ---- when ---- */

/* The first case whose time is over at a later instant than that. */
static ms_t case_after_ms(const struct desk *desk, ms_t after_ms)
{
    ms_t first_ms = MS_NEVER;
    for (size_t i = 0; i < desk->case_count; i++) {
        ms_t due_ms = case_due_ms(&desk->cases[i]);
        if (due_ms > after_ms)
            first_ms = ms_min(first_ms, due_ms);
    }
    return first_ms;
}

static ms_t cases_due_ms(const struct desk *desk) { return case_after_ms(desk, 0); }

/* Likewise, or trouble with the records that has begun. */
static ms_t trouble_after_ms(const struct desk *desk, ms_t after_ms)
{
    const ms_t records[] = { desk->doubt.stands ? desk->doubt.since_ms : MS_NEVER,
                             desk->loss.stands ? desk->loss.since_ms : MS_NEVER };
    ms_t first_ms = case_after_ms(desk, after_ms);
    for (size_t i = 0; i < COUNT(records); i++)
        if (records[i] > after_ms)
            first_ms = ms_min(first_ms, records[i]);
    return first_ms;
}

/* What the chat would be alarmed about, too, from the moment at which it would be. */
static ms_t first_due_ms(const struct desk *desk)
{
    return ms_min(trouble_after_ms(desk, 0), controller_blind_from_ms(desk));
}

/* What nobody was told of waits for no step of what they were told of. Not whether the guardrail
   can be read: that comes and goes. */
static ms_t news_ms(const struct desk *desk) { return trouble_after_ms(desk, desk->route.told_ms); }

static ms_t step_ms(const struct policy *p, ms_t since_ms, int64_t told)
{
    return told ? ms_plus(since_ms, durations_step_ms(&p->remind_overdue, told)) : 0;
}

int64_t route_step(const struct policy *p, ms_t since_ms, int64_t told, ms_t now_ms)
{
    if (now_ms < step_ms(p, since_ms, told))
        return 0;
    int64_t steps = told ? durations_reached(&p->remind_overdue, now_ms - since_ms) : 1;
    return steps > told ? steps : told + 1;
}

static ms_t next_ms(const struct desk *desk)
{
    const struct route *r = &desk->route;
    ms_t due_ms = first_due_ms(desk);
    if (!r->alone_ms || due_ms == MS_NEVER)
        return MS_NEVER;
    ms_t step = ms_min(step_ms(desk->policy, r->since_ms, r->told), news_ms(desk));
    return ms_max(step, ms_max(due_ms, r->alone_ms + ALONE_MS));
}

/* The last that has come to be due, as far as somebody is to be told of it. */
static ms_t last_due_ms(const struct desk *desk, ms_t now_ms)
{
    ms_t last_ms = 0;
    for (ms_t at_ms = trouble_after_ms(desk, 0); at_ms <= now_ms;
         at_ms = trouble_after_ms(desk, at_ms))
        last_ms = at_ms;
    ms_t blind_ms = controller_blind_from_ms(desk);
    return blind_ms <= now_ms ? ms_max(last_ms, blind_ms) : last_ms;
}

/* Where the channel takes nothing people are written to one by one: that is believed for as long as
   nothing fails, or something was taken since there is an alarm. */
static bool is_heard(const struct chat_state *chat, ms_t due_ms, struct verdict *v)
{
    if (!chat->direct || !chat->failing_ms)
        return chat->direct;
    return chat->taken_ms >= due_ms && !verdict_due(v, ms_plus(chat->failing_ms, IN_VAIN_MS));
}

static bool is_alone(const struct desk *desk, struct verdict *v)
{
    if (route_is_none(desk->policy))
        return false;
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].up)
            return false;
    ms_t due_ms = last_due_ms(desk, v->turn.now_ms);
    for (size_t i = 0; i < desk->chat_count; i++)
        if (is_heard(&desk->chats[i], due_ms, v))
            return false;
    return true;
}

void route_settle(const struct desk *desk, struct verdict *v)
{
    bool alone = is_alone(desk, v);
    if (alone != (desk->route.alone_ms != 0))
        verdict_fact(v, FACT_ALONE, 0)->on = alone;
    else if (desk->route.told && first_due_ms(desk) > v->turn.now_ms)
        verdict_fact(v, FACT_ALARM_ROUTED, 0)->on = true;
    else if (verdict_due(v, next_ms(desk)))
        verdict_fact(v, FACT_ALARM_ROUTED, 0)->count =
            news_ms(desk) <= v->turn.now_ms
                ? 1
                : route_step(desk->policy, desk->route.since_ms, desk->route.told, v->turn.now_ms);
}

void route_apply(struct desk *desk, const struct fact *f)
{
    struct route *r = &desk->route;
    switch ((int)f->kind) {
    case FACT_ALONE: r->alone_ms = f->on ? f->at_ms : 0; return;
    case FACT_ALARM_ROUTED:
        r->since_ms = f->on ? 0 : f->count > 1 ? r->since_ms : f->at_ms;
        r->told_ms = f->on ? 0 : f->at_ms;
        r->told = f->on ? 0 : f->count > INT32_MAX ? INT32_MAX : (int)f->count;
        return;
    }
    fact_stray(f, "route");
}

/* ---- what is said ---- */

static void add_cases(const struct desk *desk, ms_t now_ms, struct buf *b)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        char id[CASE_ID_BYTES];
        if (case_due_ms(c) > now_ms)
            continue;
        case_id_text(c->no, id);
        buf_addf(b, "\n%s", id);
        if (c->account[0])
            buf_addf(b, " (account %s)", c->account);
        buf_addf(b, " %s, past its time since ", case_state_words(c));
        rich_add_time(b, case_due_ms(c));
        buf_add_char(b, '.');
    }
}

static void add_guardrail(const struct desk *desk, bool past, struct buf *b)
{
    enum watch now = guardrail_now(desk);
    if (now == WATCH_UNKNOWN)
        buf_addf(b, "%s (%s).",
                 past ? "Root protection should be ON by now, and I cannot read whether it is"
                      : "I cannot read whether root protection is ON",
                 guardrail_why_unknown(desk));
    else {
        buf_addf(b, "Root protection %s%s by my last look, ",
                 past ? "should be ON by now, and is " : "is ", watch_word(now));
        rich_add_time(b, desk->guardrail.seen_from_ms);
        buf_add_char(b, '.');
    }
}

static void add_records(const char *how, const char *why, ms_t since_ms, struct buf *b)
{
    buf_addf(b, "\n%s since ", how);
    rich_add_time(b, since_ms);
    buf_addf(b, ": %s. I lift nothing and take no request until that is settled.", why);
}

/* switch_word begins a sentence, or goes on with one. */
static void add_switch(const struct provider *p, const char *switch_word, const char *host,
                       struct buf *b)
{
    buf_addf(b, "\n\n%s it on now: %s, %s; or on %s: reguard restore. Then see", switch_word,
             p->switch_at, p->guardrail, host);
}

static void add_alarm(const struct desk *desk, ms_t now_ms, struct buf *b)
{
    const struct provider *p = desk->policy->provider;
    add_guardrail(desk, cases_due_ms(desk) <= now_ms, b);
    buf_add(b, " I reach nobody in the chat, since ");
    rich_add_time(b, desk->route.alone_ms);
    buf_add(b, ".\n");
    add_cases(desk, now_ms, b);
    if (desk->doubt.stands)
        add_records("My records are in doubt", desk->doubt.why, desk->doubt.since_ms, b);
    if (desk->loss.stands)
        add_records("I cannot write my records", desk->loss.why, desk->loss.since_ms, b);
    if (guardrail_now(desk) != WATCH_ON)
        add_switch(p, "Switch", "my host", b);
    else
        buf_add(b, "\n\nSee");
    buf_add(b, " why I do not reach the chat: reguard status on my host says it.\n");
    ms_t next = next_ms(desk);
    if (next != MS_NEVER) {
        buf_add(b, "I repeat this ");
        rich_add_time(b, next);
        buf_add(b, " if nothing changes.\n");
    }
}

struct route_words route_of_witness(const struct policy *p, const char *why, struct arena *arena)
{
    if (!why)
        return (struct route_words){ "reguard's witness: the alarm is over",
                                     "Root protection is ON by my last look.\n" };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    buf_addf(&b, "What I see: %s.",
             str_or_empty(outside_words(arena, why, WITNESS_WHY_CHARACTERS)));
    add_switch(p->provider, "Unless you know of a window that is open, switch",
               "any machine that has the credential", &b);
    buf_add(&b, " why reguard does not run, or does not reach the chat.\n\nI am its witness, on "
                "another machine.\n");
    return (struct route_words){ "reguard's witness: ALARM, and no chat takes it",
                                 arena_copy(arena, buf_text(&b)) };
}

/* The worst of what stands. */
static const char *subject(const struct desk *desk, bool over, ms_t now_ms)
{
    if (over)
        return "reguard: the alarm is over";
    if (cases_due_ms(desk) <= now_ms)
        return "reguard: ALARM, root protection is past its time and I reach nobody";
    if (controller_blind_from_ms(desk) <= now_ms)
        return "reguard: ALARM, I can read neither root protection nor the chat";
    return "reguard: ALARM, I cannot use my records and I reach nobody";
}

static const char *plain(const struct desk *desk, bool over, struct verdict *v)
{
    CLEANUP(buf_done) struct buf rich, text;
    buf_init(&rich, LIMIT_SAYING_BYTES);
    buf_init(&text, LIMIT_SAYING_BYTES);
    if (over)
        buf_addf(&rich,
                 "The alarm is over: nothing is past its time any more, as far as I know, and my "
                 "records are in order. Root protection is %s by my last look.\n",
                 watch_word(guardrail_now(desk)));
    else
        add_alarm(desk, v->turn.now_ms, &rich);
    rich_add_plain(&text, buf_text(&rich));
    return arena_copy(v->arena, buf_text(&text));
}

/* Each has a copy of its own: it is wiped behind the adapter. */
static void send(enum effect_kind kind, const char *to, const char *about, const char *text,
                 struct verdict *v)
{
    struct effect *e = verdict_effect(v, kind);
    e->urgency = URGENCY_GUARDS;
    e->mail = (struct effect_mail){
        .to = arena_copy(v->arena, to),
        .subject = about,
        .text = arena_copy(v->arena, text),
    };
}

void route_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    const char *text = plain(desk, f->on, v), *about = subject(desk, f->on, v->turn.now_ms);
    char address[LIMIT_EMAIL_BYTES];
    for (size_t n = 0; n < LIMIT_ALARM_MAILS && route_address(desk->policy->alarm_mail, n, address);
         n++)
        send(EFFECT_MAIL, address, about, text, v);
    if (desk->policy->alarm_command[0])
        send(EFFECT_RUN, desk->policy->alarm_command, about, text, v);
}
