/* SPDX-License-Identifier: Apache-2.0 */
/* whoami, why: who somebody is to reguard, and which rule lets or stops them. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"
#include "core/rich.h"

#include <string.h>

static bool whoami_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk, (void)request;
    return parts_read_end(words, err);
}

static bool whoami_decide(const struct desk *desk, const struct asker *asker,
                          const struct request *r, struct verdict *v)
{
    (void)desk, (void)r;
    if (asker->person)
        return false;
    dialogue_answer(v, asker->event,
                    verdict_text(v,
                                 "Your %s id is %s, and %s. Ask whoever runs reguard to mend "
                                 "that. You can read `status`, `history`, `show`, `tasks` and "
                                 "`guide`.",
                                 asker->event->chat, asker->event->actor.id, asker->why_unmapped));
    return true;
}

static void add_rule(struct buf *b, const struct desk *desk, const struct findings *found,
                     const char *whose)
{
    if (!(found->survey->read & SURVEY_ROSTER))
        buf_addf(b,
                 "%s role could not be read (%s), which counts as no rights; please try again in a "
                 "minute.",
                 whose, str_or_empty(found->survey->failure));
    else if (!found->user)
        buf_addf(b, "No rights: %s.", found->why_no_user);
    else if (found->is_admin)
        buf_addf(
            b, "%s role %s is an Admin's: allowed to request, and to approve what others request.",
            whose, found->user->role);
    else
        buf_addf(b,
                 "%s role %s (user %s) is not that of an active Admin: allowed to look, not to "
                 "request or approve.",
                 whose, str_or_empty(found->user->role), found->user->status);
    (void)desk;
}

static void whoami_settle(const struct desk *desk, const struct inquiry *q,
                          const struct findings *found, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_addf(&b, "You are %s%s%s%s. ", found->user ? v->actor.name : q->actor.key,
             found->user ? " (" : "", found->user ? q->actor.key : "", found->user ? ")" : "");
    add_rule(&b, desk, found, "Your");
    buf_addf(&b, "\nYour %s id: %s.", q->actor.chat, q->actor.chat_id);
    if (found->user)
        buf_addf(&b, " Your %s user, read just now: %s.", desk->policy->provider->title,
                 found->user->id);
    inquiry_answer(q, arena_copy(v->arena, buf_text(&b)), v);
}

const struct command command_whoami = {
    .name = "whoami",
    .usage = "whoami",
    .summary = "who you are to me",
    .example = "whoami",
    .gates = GATE_ANYWHERE,
    .read = whoami_read,
    .needs = parts_needs_roster,
    .decide = whoami_decide,
    .settle = whoami_settle,
};

/* ---- why ---- */

/* <@U123|name>, @id or the bare id. */
static bool why_read(const struct desk *desk, struct words *words, struct request *request,
                     struct err *err)
{
    (void)desk;
    const char *word = words_next(words);
    if (word) {
        word += *word == '<';
        word += *word == '@' && !strchr(word, ':'); /* a Matrix id keeps its @ */
        size_t bytes = strcspn(word, "|> ");
        if (bytes >= sizeof request->person)
            return err_set(err, "I do not know that person");
        memcpy(request->person, word, bytes);
    }
    return parts_read_end(words, err);
}

static bool why_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                       struct verdict *v)
{
    if (!asker->person) {
        dialogue_answer(v, asker->event,
                        verdict_text(v, "You cannot ask that: %s.", asker->why_unmapped));
        return true;
    }
    if (!r->person[0] || people_find(desk->people, asker->event->chat, r->person, NULL))
        return false;
    dialogue_answer(
        v, asker->event,
        "That person is not set up in reguard: the chat account stands for nobody, or for "
        "more than one user, in its [people] list.");
    return true;
}

static void why_settle(const struct desk *desk, const struct inquiry *q,
                       const struct findings *found, struct verdict *v)
{
    enum person_lack lack = LACK_NONE;
    const struct person *person = q->request.person[0] ? people_find(desk->people, q->actor.chat,
                                                                     q->request.person, &lack)
                                                       : people_by_key(desk->people, q->actor.key);
    struct findings theirs = { .survey = found->survey };
    if (person && (found->survey->read & SURVEY_ROSTER))
        theirs.user = person_user(person, found->survey, &lack);
    theirs.why_no_user = person_lack_text(lack, desk->policy->provider, v->arena);
    theirs.is_admin = theirs.user && policy_is_admin(desk->policy, theirs.user);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_addf(&b, "%s: ", person ? person->key : q->request.person);
    add_rule(&b, desk, &theirs, "the");
    for (size_t i = 0; theirs.user && i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (c->state == CASE_WAITING)
            buf_addf(&b, "\n%s: %s", parts_case_id(c, v->arena),
                     party_is(&c->requester, theirs.user->id)
                         ? "asked for it, so cannot approve it."
                     : theirs.is_admin ? "can approve it."
                                       : "cannot approve it.");
    }
    inquiry_answer(q, arena_copy(v->arena, buf_text(&b)), v);
}

const struct command command_why = {
    .name = "why",
    .usage = "why [@PERSON]",
    .summary = "which rule lets or stops somebody",
    .example = "why",
    .gates = GATE_ANYWHERE,
    .read = why_read,
    .needs = parts_needs_roster,
    .decide = why_decide,
    .settle = why_settle,
};
