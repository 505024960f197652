/* SPDX-License-Identifier: Apache-2.0 */
#include "core/notice_parts.h"
#include "core/audience.h"
#include "core/card.h"
#include "core/question.h"
#include "core/rich.h"

#include <string.h>

const char *notice_text(struct notice *n) { return arena_copy(n->v->arena, buf_text(&n->b)); }

const char *notice_subject(const struct notice *n) { return card_subject(n->c, n->v->arena); }

const char *notice_case_id(const struct notice *n)
{
    char id[CASE_ID_BYTES];
    case_id_text(n->c ? n->c->no : 0, id);
    return arena_copy(n->v->arena, id);
}

void notice_end_with(struct notice *n, const char *why)
{
    why = str_or_empty(why);
    buf_addf(&n->b, "%s%s", why[0] ? ": " : "", why);
    rich_end_sentence(&n->b);
}

void notice_end_with_reason(struct notice *n) { notice_end_with(n, n->f->reason); }

void notice_mention(struct notice *n, const struct party *p)
{
    rich_add_mention(&n->b, p->key, p->name);
}

static void name_cases(const struct notice *n, struct message *m)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, MESSAGE_CASES * CASE_ID_BYTES);
    for (size_t i = 1; i < n->told_count; i++) {
        char id[CASE_ID_BYTES];
        case_id_text(n->told[i]->no, id);
        buf_addf(&b, "%s%s", b.bytes ? " " : "", id);
    }
    m->case_id = notice_case_id(n);
    m->also = b.bytes ? arena_copy(n->v->arena, buf_text(&b)) : NULL;
    m->state = n->c ? case_state_names[n->c->state] : "";
}

static struct message *say(struct notice *n, enum message_kind kind)
{
    struct effect *e = verdict_effect(n->v, EFFECT_SAY);
    e->say = message_saying(kind, notice_text(n));
    name_cases(n, &e->say);
    buf_clear(&n->b);
    return &e->say;
}

struct message *notice_post(struct notice *n)
{
    struct message *m = say(n, MESSAGE_POST);
    if (n->c)
        m->footer = m->also ? verdict_text(n->v, "%s %s", m->case_id, m->also) : m->case_id;
    return m;
}

struct message *notice_alarm(struct notice *n)
{
    struct message *m = notice_post(n);
    m->alarm = true;
    return m;
}

/* What restores each of several: a post has no room for more. */
static void add_button_of_each(struct notice *n, struct message *m)
{
    const struct casefile *first = n->c;
    for (size_t i = 0; i < n->told_count; i++) {
        n->c = n->told[i];
        notice_button(n, m, ACTION_RESTORE);
        m->buttons[m->button_count - 1].case_id = notice_case_id(n);
    }
    n->c = first;
}

static void add_buttons(struct notice *n, struct message *m, const struct alarm *a)
{
    if (n->told_count) {
        add_button_of_each(n, m);
        return;
    }
    for (size_t i = 0; i < COUNT(a->buttons) && a->buttons[i] != ACTION_NONE; i++)
        notice_button(n, m, a->buttons[i]);
}

/* Each once, and no more than are alarmed at all. */
struct mentioned {
    const char *keys[LIMIT_ALARMED];
    size_t count;
    bool can_act; /* one of them can, as far as is known */
};

static void mention_once(struct notice *n, const struct party *p, struct mentioned *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_equal_nocase(m->keys[i], p->key))
            return;
    if (m->count == COUNT(m->keys))
        return;
    m->keys[m->count++] = p->key;
    m->can_act |= audience_has(n->desk, p->key);
    buf_add_char(&n->b, ' ');
    notice_mention(n, p);
}

static void mention_parties(struct notice *n, const struct casefile *c, struct mentioned *m)
{
    size_t count = 0;
    const struct party *approvers = case_approvals(c, &count);
    if (!c->requester.key[0])
        return;
    mention_once(n, &c->requester, m);
    for (size_t i = 0; i < count; i++)
        mention_once(n, &approvers[i], m);
}

static void mention_for(struct notice *n, const struct alarm *a)
{
    struct mentioned m = { .count = 0 };
    if (a->admins)
        audience_mention(n->desk, &n->b);
    else if (a->requester && n->told_count)
        for (size_t i = 0; i < n->told_count; i++)
            mention_parties(n, n->told[i], &m);
    else if (a->requester && n->c)
        mention_parties(n, n->c, &m);
    /* An alarm that calls only who has left, or is no Admin any more, is heard by nobody. */
    if (m.count && !m.can_act)
        audience_mention(n->desk, &n->b);
    if (a->escalate && n->desk->policy->escalate[0]) {
        buf_add_char(&n->b, ' ');
        rich_add_escalation(&n->b, n->desk->policy->escalate);
    }
}

/* To each Admin alone: nobody is mentioned in it. */
static void sound_directly(struct notice *n, const struct alarm *a, const char *text)
{
    bool named = n->c && !n->told_count;
    const char *whole = arena_printf(n->v->arena, "%s%s%s", named ? notice_case_id(n) : "",
                                     named ? ": " : "", text);
    struct message m = message_saying(MESSAGE_DIRECT, whole);
    name_cases(n, &m);
    m.alarm = true;
    m.reminds = a->reminds;
    add_buttons(n, &m, a);
    audience_alone(n->desk, &m, a->directly, n->v);
}

void notice_sound(struct notice *n, const struct alarm *a)
{
    const char *text = notice_text(n);
    if (a->only_directly) {
        buf_clear(&n->b);
    } else {
        mention_for(n, a);
        struct message *m = notice_alarm(n);
        m->reminds = a->reminds;
        add_buttons(n, m, a);
    }
    if (!a->quietly && desk_reaches_people(n->desk))
        sound_directly(n, a, text);
}

static void put_question(struct notice *n, struct message *m)
{
    m->question = arena_copy(n->v->arena, n->c->question.handle);
    m->served_footer = arena_printf(n->v->arena, "%s · answered; the card has the outcome",
                                    m->case_id);
    notice_button(n, m, ACTION_APPROVE);
    notice_button(n, m, ACTION_RECOVER);
    notice_button(n, m, ACTION_DECLINE);
}

void notice_ask_alone(struct notice *n, const char *text)
{
    char keys[LIMIT_ASKED][LIMIT_EMAIL_BYTES];
    size_t count = question_asked(n->desk, n->c, NULL, keys);
    for (size_t i = 0; i < count && i < LIMIT_ASKED; i++) {
        buf_add(&n->b, text);
        struct message *m = say(n, MESSAGE_DIRECT);
        m->to = arena_copy(n->v->arena, keys[i]);
        m->footer = m->case_id;
        put_question(n, m);
    }
}

void notice_question(struct notice *n)
{
    const char *text = notice_text(n);
    notice_ask_approvers(n, "Approve or decline");
    struct message *m = notice_post(n);
    m->votes = true;
    put_question(n, m);
    notice_ask_alone(n, text);
}

struct message *notice_thread(struct notice *n) { return say(n, MESSAGE_THREAD); }

void notice_direct(struct notice *n, const struct party *to)
{
    if (to->key[0])
        say(n, MESSAGE_DIRECT)->to = arena_copy(n->v->arena, to->key);
    else
        buf_clear(&n->b);
}

void notice_button(struct notice *n, struct message *m, enum action action)
{
    const struct doer anybody = { .key = NULL };
    bool lowers = action_row(action)->lowers;
    if (!lowers || !action_refusal(action, n->desk, n->c, &anybody, n->v->turn.now_ms, n->v->arena))
        card_add_button(m, action, n->desk, n->c, n->v->arena);
}

void notice_concerns(struct notice *n, struct message *m, const struct party *to)
{
    bool own_doing = str_equal_nocase(n->f->actor.key, to->key);
    if (to->key[0] && !own_doing)
        m->to = arena_copy(n->v->arena, to->key);
}

static void tell_too(struct notice *n, const struct party *to)
{
    const char *text = notice_text(n);
    notice_concerns(n, notice_thread(n), to);
    buf_addf(&n->b, "%s: %s", notice_case_id(n), text);
    notice_direct(n, to);
}

void notice_tell_requester(struct notice *n) { tell_too(n, &n->c->requester); }

void notice_tell_asker(struct notice *n) { tell_too(n, &n->c->question.by); }

void notice_ask_approvers(struct notice *n, const char *what)
{
    CLEANUP(buf_done) struct buf asked;
    buf_init(&asked, LIMIT_SAYING_BYTES);
    bool lapsed = n->f->kind == FACT_APPROVAL_LAPSED;
    if (question_add_asked(n->desk, n->c, lapsed ? n->f->actor.key : NULL, &asked))
        buf_addf(&n->b, " %s: %s", what, buf_text(&asked));
    else if (lapsed)
        buf_add(&n->b, " Nobody else in the [people] list is an active Admin now.");
}

void notice_line(struct notice *n, const char *text)
{
    buf_add(&n->b, text);
    notice_thread(n);
}
