/* SPDX-License-Identifier: Apache-2.0 */
/* Reactions as votes: which question they are on, and whether they say anything new; and those that
   restore, which count under any message of a case. */
#include "core/action.h"
#include "engine/engine_parts.h"

#include <inttypes.h>

/* What a message is to us. */
struct place {
    const char *question;
    uint32_t case_no;
};

static bool raises(const struct engine *e, const char *reaction)
{
    return action_of_reaction(e->desk->policy, reaction) == ACTION_RESTORE;
}

static bool means_something(const struct engine *e, const char *reaction, struct place on)
{
    if (raises(e, reaction))
        return on.case_no != 0;
    return on.question[0] && action_of_reaction(e->desk->policy, reaction) != ACTION_NONE;
}

bool engine_vote_is_news(struct engine *e, const struct event *ev, bool *ret_news, struct err *err)
{
    struct vote_row row = { .chat = ev->chat,
                            .remote_id = ev->message_id,
                            .person = ev->actor.id,
                            .reaction = ev->reacted.reaction,
                            .at = ev->reacted.order,
                            .stands = ev->kind == EVENT_REACTED };
    *ret_news = false;
    if (!means_something(e, row.reaction,
                         (struct place){ ev->question_of_message, ev->case_of_message })) {
        /* What is meant to raise is answered under any message. */
        *ret_news = row.stands && raises(e, row.reaction);
        return true;
    }
    bool noted = store_note_vote(e->store, &row, ev->at_ms, ret_news, err);
    /* A chat need not tell that one is gone: what raises counts whenever it is given. */
    *ret_news |= row.stands && raises(e, row.reaction);
    return noted;
}

/* As if it had been seen when it happened. */
static void put_vote(struct engine *e, const struct event *standing, enum event_kind kind,
                     const char *person, const char *reaction)
{
    struct arena *arena = inbox_arena(&e->inbox);
    struct event *ev = inbox_new(&e->inbox, kind, standing->chat);
    ev->actor.id = arena_copy(arena, person);
    ev->message_id = arena_copy(arena, standing->message_id);
    ev->place = PLACE_CHANNEL;
    ev->caught_up = true;
    ev->reacted.reaction = arena_copy(arena, reaction);
    ev->id = arena_printf(arena, "standing:%c:%s:%s:%s:%" PRId64, kind == EVENT_REACTED ? '+' : '-',
                          ev->message_id, ev->actor.id, ev->reacted.reaction, standing->at_ms);
    inbox_put_for_sure(&e->inbox, ev);
}

static bool is_among(const struct vote_row *rows, size_t count, const char *person,
                     const char *reaction)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(rows[i].person, person) && str_equal(rows[i].reaction, reaction))
            return true;
    return false;
}

static bool still_stands(const struct event_standing *s, const struct vote_row *row)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->votes[i].person, row->person) &&
            str_equal(s->votes[i].reaction, row->reaction))
            return true;
    return false;
}

void engine_votes_standing(struct engine *e, const struct event *ev, struct arena *arena)
{
    const struct event_standing *s = &ev->standing;
    struct place on = { store_question_of_message(e->store, ev->chat, ev->message_id, arena),
                        store_case_of_message(e->store, ev->chat, ev->message_id) };
    if (!on.question[0] && !on.case_no)
        return;
    struct vote_row *known = arena_take(arena, LIMIT_STANDING_VOTES * sizeof *known);
    size_t count = store_votes_standing(e->store, ev->chat, ev->message_id, known,
                                        LIMIT_STANDING_VOTES, arena);
    for (size_t i = 0; i < s->count; i++)
        if (means_something(e, s->votes[i].reaction, on) &&
            !is_among(known, count, s->votes[i].person, s->votes[i].reaction))
            put_vote(e, ev, EVENT_REACTED, s->votes[i].person, s->votes[i].reaction);
    for (size_t i = 0; s->whole && i < count; i++)
        if (!still_stands(s, &known[i]))
            put_vote(e, ev, EVENT_UNREACTED, known[i].person, known[i].reaction);
}
