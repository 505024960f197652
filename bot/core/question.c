/* SPDX-License-Identifier: Apache-2.0 */
#include "core/question.h"
#include "core/rich.h"

#include <string.h>

/* ---- looking ---- */

const struct casefile *question_case(const struct desk *desk, const char *handle)
{
    for (size_t i = 0; handle && handle[0] && i < desk->case_count; i++)
        if (str_equal(desk->cases[i].question.handle, handle))
            return &desk->cases[i];
    return NULL;
}

static bool has_approved(const struct casefile *c, const char *key)
{
    for (size_t i = 0; i < c->question.approval_count; i++)
        if (str_equal_nocase(c->question.approvals[i].key, key))
            return true;
    return false;
}

/* The Admins as the newest roster has them; until one is read, as they were when it was asked. */
struct admins {
    const struct desk *desk;
    const struct casefile *c;
    const char *left;
    size_t at;
    char key[LIMIT_EMAIL_BYTES];
};

static bool next_admin(struct admins *a)
{
    const struct audience *now = &a->desk->audience;
    if (now->digest && !now->more) {
        if (a->at == now->count)
            return false;
        STR_SET(a->key, now->keys[a->at++]);
        return true;
    }
    if (!*a->left)
        return false;
    size_t bytes = strcspn(a->left, " ");
    bool whole = bytes < sizeof a->key;
    memcpy(a->key, a->left, whole ? bytes : 0);
    a->key[whole ? bytes : 0] = '\0';
    a->left += bytes + (a->left[bytes] == ' ');
    return true;
}

/* The next of them that is in [people] still, and has not asked. */
static bool next_able(struct admins *a)
{
    while (next_admin(a))
        if (a->key[0] && !str_equal_nocase(a->key, a->c->question.by.key) &&
            !str_equal_nocase(a->key, a->c->requester.key) &&
            people_by_key(a->desk->people, a->key))
            return true;
    return false;
}

size_t question_able(const struct desk *desk, const struct casefile *c)
{
    struct admins a = { .desk = desk, .c = c, .left = c->may_approve };
    size_t count = 0;
    while (next_able(&a))
        count++;
    return count;
}

size_t question_asked(const struct desk *desk, const struct casefile *c, const char *but,
                      char keys[LIMIT_ASKED][LIMIT_EMAIL_BYTES])
{
    struct admins a = { .desk = desk, .c = c, .left = c->may_approve };
    size_t count = 0;
    while (next_able(&a)) {
        if (str_equal(a.key, but) || has_approved(c, a.key))
            continue;
        if (count < LIMIT_ASKED)
            str_copy(keys[count], sizeof keys[count], a.key);
        count++;
    }
    return count;
}

bool question_add_asked(const struct desk *desk, const struct casefile *c, const char *but,
                        struct buf *b)
{
    char keys[LIMIT_ASKED][LIMIT_EMAIL_BYTES];
    size_t count = question_asked(desk, c, but, keys);
    for (size_t i = 0; i < count && i < LIMIT_ASKED; i++) {
        buf_add(b, i ? " " : "");
        rich_add_mention(b, keys[i], keys[i]);
    }
    if (count > LIMIT_ASKED)
        buf_addf(b, " and %zu more", count - LIMIT_ASKED);
    return count > 0;
}

const char *question_name(const struct casefile *c)
{
    switch (c->question.kind) {
    case QUESTION_WINDOW: return "the request";
    case QUESTION_MORE_TIME: return "more time";
    case QUESTION_ADOPTION: return "the adoption";
    case QUESTION_ERRAND: return "the request";
    }
    return "";
}

bool question_is_open(const struct casefile *c)
{
    switch (c->question.kind) {
    case QUESTION_WINDOW:
        return c->state == CASE_WAITING || (c->state == CASE_LIFTING && !c->change_begun);
    case QUESTION_MORE_TIME: return c->question.pending && c->state == CASE_LIFTED;
    case QUESTION_ADOPTION: return c->question.pending && c->state == CASE_OUTSIDE;
    case QUESTION_ERRAND: return c->state == CASE_WAITING;
    }
    return false;
}

bool question_takes_answers(const struct casefile *c)
{
    return question_is_open(c) && c->state != CASE_LIFTING;
}

size_t question_lacks(const struct desk *desk, const struct casefile *c)
{
    size_t needed = (size_t)desk->policy->approvals, have = c->question.approval_count;
    return have < needed ? needed - have : 0;
}

ms_t question_expires_ms(const struct desk *desk, const struct casefile *c)
{
    const struct question *q = &c->question;
    ms_t expires_ms = ms_plus(q->asked_ms, desk->policy->request_expires);
    return q->until_ms ? ms_min(expires_ms, question_serves_until_ms(desk, c)) : expires_ms;
}

ms_t question_serves_until_ms(const struct desk *desk, const struct casefile *c)
{
    const struct question *q = &c->question;
    if (!q->until_ms)
        return MS_NEVER;
    return q->kind == QUESTION_MORE_TIME ? q->until_ms : q->until_ms - desk->policy->min_window;
}

ms_t question_would_end_ms(const struct casefile *c, ms_t from_ms)
{
    const struct question *q = &c->question;
    ms_t end_ms = ms_plus(from_ms, q->window_ms);
    return q->until_ms ? ms_min(end_ms, q->until_ms) : end_ms;
}

const char *question_refusal(const struct desk *desk, const struct casefile *c, const char *user_id,
                             struct arena *arena)
{
    const struct question *q = &c->question;
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    if (!case_asks_itself(c) && party_is(&q->by, user_id))
        return arena_printf(arena,
                            "You cannot approve %s: you asked for it yourself. Another Admin has "
                            "to. I changed nothing.",
                            id);
    if (party_is(&q->by, user_id) || party_is(&c->requester, user_id))
        return arena_printf(arena,
                            "You cannot approve %s: it is your own request. Another Admin has to; "
                            "a second chat account of yours does not help. I changed nothing.",
                            id);
    if (!parties_have(q->approvals, q->approval_count, user_id))
        return NULL;
    return arena_printf(arena,
                        question_lacks(desk, c)
                            ? "You have approved %s already; it still needs another Admin."
                            : "You have approved %s already.",
                        id);
}

const struct person *question_person(const struct desk *desk, const struct party *party)
{
    const struct person *person = people_find(desk->people, party->chat, party->chat_id, NULL);
    return person && str_equal_nocase(person->key, party->key) ? person : NULL;
}

static bool roster_has(const struct survey *roster, const char *user_id)
{
    for (size_t i = 0; i < roster->user_count; i++)
        if (str_equal(roster->users[i].id, user_id))
            return true;
    return false;
}

const char *question_party_problem(const struct desk *desk, const struct party *party,
                                   const struct survey *roster, struct arena *arena)
{
    const struct person *person = question_person(desk, party);
    if (!person)
        return arena_printf(arena, "%s is not in the [people] list any more", party->name);
    const struct roster_user *user = person_user(person, roster, NULL);
    if (user && party_is(party, user->id) && policy_is_admin(desk->policy, user))
        return NULL;
    return roster_has(roster, party->user)
               ? arena_printf(arena, "%s is not an active Admin any more", party->name)
               : arena_printf(arena, "%s does not know %s any more", desk->policy->provider->title,
                              party->name);
}

/* ---- kinds of the journal ---- */

enum fact_kind question_approved_kind(const struct casefile *c)
{
    return c->question.kind == QUESTION_MORE_TIME ? FACT_EXTENSION_APPROVED : FACT_APPROVED;
}

enum fact_kind question_declined_kind(const struct casefile *c)
{
    switch (c->question.kind) {
    case QUESTION_WINDOW:
    case QUESTION_ERRAND: return FACT_DECLINED;
    case QUESTION_MORE_TIME: return FACT_EXTENSION_DECLINED;
    case QUESTION_ADOPTION: return FACT_ADOPTION_REFUSED;
    }
    return FACT_DECLINED;
}

const char *question_handle(struct verdict *v) { return verdict_handle(v, ENTROPY_QUESTION); }

/* ---- what ends it without an answer ---- */

struct fact *question_fact(const struct casefile *c, enum fact_kind kind, struct verdict *v)
{
    struct fact *f = verdict_fact(v, kind, c->no);
    f->question = arena_copy(v->arena, c->question.handle);
    return f;
}

void question_close(const struct casefile *c, const char *why, struct verdict *v)
{
    if (case_asks_itself(c))
        question_fact(c, FACT_REFUSED, v)->text = why;
    else
        question_fact(c, question_declined_kind(c), v)->reason = why;
}

/* ---- the roll ---- */

bool question_roll_is_fresh(const struct casefile *c, ms_t now_ms)
{
    return c->question.roll.complete && now_ms < question_fresh_until_ms(c);
}

ms_t question_fresh_until_ms(const struct casefile *c)
{
    return c->question.roll.sent_ms + QUESTION_FRESH_MS;
}
