/* Reactions as votes: which question they are on, and whether they say anything new. */
#include "engine/engine_parts.h"

#include <inttypes.h>

static bool is_vote(const struct engine *e, const char *reaction)
{
    const struct policy *p = e->desk->policy;
    return str_equal(reaction, p->approve_reaction) || str_equal(reaction, p->decline_reaction);
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
    if (!ev->question_of_message[0] || !is_vote(e, row.reaction))
        return true;
    return store_note_vote(e->store, &row, ev->at_ms, ret_news, err);
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
    const char *question = store_question_of_message(e->store, ev->chat, ev->message_id, arena);
    if (!question[0])
        return;
    struct vote_row *known = arena_take(arena, LIMIT_STANDING_VOTES * sizeof *known);
    size_t count = store_votes_standing(e->store, ev->chat, ev->message_id, known,
                                        LIMIT_STANDING_VOTES, arena);
    for (size_t i = 0; i < s->count; i++)
        if (is_vote(e, s->votes[i].reaction) &&
            !is_among(known, count, s->votes[i].person, s->votes[i].reaction))
            put_vote(e, ev, EVENT_REACTED, s->votes[i].person, s->votes[i].reaction);
    for (size_t i = 0; s->whole && i < count; i++)
        if (!still_stands(s, &known[i]))
            put_vote(e, ev, EVENT_UNREACTED, known[i].person, known[i].reaction);
}
