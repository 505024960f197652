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

static struct message *say(struct notice *n, enum message_kind kind)
{
    struct effect *e = verdict_effect(n->v, EFFECT_SAY);
    e->say = message_saying(kind, notice_text(n));
    e->say.case_id = notice_case_id(n);
    e->say.state = n->c ? case_state_names[n->c->state] : "";
    buf_clear(&n->b);
    return &e->say;
}

struct message *notice_post(struct notice *n)
{
    struct message *m = say(n, MESSAGE_POST);
    if (n->c)
        m->footer = m->case_id;
    return m;
}

struct message *notice_alarm(struct notice *n)
{
    struct message *m = notice_post(n);
    m->alarm = true;
    return m;
}

static void add_buttons(struct notice *n, struct message *m, const struct alarm *a)
{
    for (size_t i = 0; i < COUNT(a->buttons) && a->buttons[i] != ACTION_NONE; i++)
        notice_button(n, m, a->buttons[i]);
}

static void mention_for(struct notice *n, const struct alarm *a)
{
    size_t count = 0;
    const struct party *approvers = n->c ? case_approvals(n->c, &count) : NULL;
    if (a->admins) {
        audience_mention(n->desk, &n->b);
    } else if (a->requester && n->c && n->c->requester.key[0]) {
        buf_add_char(&n->b, ' ');
        notice_mention(n, &n->c->requester);
        for (size_t i = 0; i < count; i++) {
            buf_add_char(&n->b, ' ');
            notice_mention(n, &approvers[i]);
        }
    }
    if (a->escalate && n->desk->policy->escalate[0]) {
        buf_add_char(&n->b, ' ');
        rich_add_escalation(&n->b, n->desk->policy->escalate);
    }
}

/* To each Admin alone: nobody is mentioned in it. */
static void sound_directly(struct notice *n, const struct alarm *a, const char *text)
{
    const char *whole = arena_printf(n->v->arena, "%s%s%s", n->c ? notice_case_id(n) : "",
                                     n->c ? ": " : "", text);
    struct message m = message_saying(MESSAGE_DIRECT, whole);
    m.case_id = notice_case_id(n);
    m.state = n->c ? case_state_names[n->c->state] : "";
    m.alarm = true;
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
        add_buttons(n, notice_alarm(n), a);
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
