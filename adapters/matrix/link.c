/* SPDX-License-Identifier: Apache-2.0 */
/* The link to the homeserver: whether it is up, down or refused, what is told of that, and when the
   next attempt is due. It calls nothing else of this folder. Every trouble is held with its reason
   until it is known to be over; the chat is up when there is none and the room is followed, and
   what is told of it follows from all of them together. */
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/log.h"

#include <assert.h>

static const ms_t TOKEN_AGAIN_MS = 30 * MS_SECOND, LOOK_SOON_MS = 200;
_Static_assert((int)MATRIX_TROUBLES <= (int)STANDING_TROUBLES, "each has its place");
enum { DOWN_AFTER = 2 };

/* ---- its life ---- */

static void check(const struct matrix *m)
{
    assert(m->life == MATRIX_STOPPED || matrix_life_feeds(m->life) == (m->feed.answer != NULL));
    assert(!matrix_life_follows(m->life) || m->directs_read);
}

bool matrix_step(struct matrix *m, enum matrix_step step)
{
    enum matrix_life before = m->life;
    m->life = matrix_life_after(before, step);
    check(m);
    return m->life != before;
}

bool matrix_is_stopped(const struct matrix *m) { return m->life == MATRIX_STOPPED; }

/* ---- what is told ---- */

/* Whoever reads an encrypted room reads what is said there in the clear as well; in one that was
   replaced nobody looks any more. */
static unsigned what_goes(const struct matrix *m)
{
    static const unsigned still[MATRIX_TROUBLES] = {
        [MATRIX_OF_IDENTITY] = 0,
        [MATRIX_OF_CREDENTIAL] = 0,
        [MATRIX_ABSENT] = CHAT_DIRECTS,
        [MATRIX_CLOSED] = CHAT_DIRECTS,
        [MATRIX_ENCRYPTED] = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS,
        [MATRIX_OF_POSTS] = CHAT_TRIES | CHAT_DIRECTS,
        [MATRIX_UNREAD] = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS,
    };
    return standing_goes(&m->standing, still, MATRIX_TROUBLES, m->reached);
}

bool matrix_posts_go(const struct matrix *m)
{
    return !standing_first(&m->standing) || (what_goes(m) & CHAT_POSTS);
}

static void tell(struct matrix *m, enum event_kind kind, const char *why, unsigned still)
{
    bool offers_news = kind == EVENT_CHAT_UP && m->holds_ms != m->told_holds_ms;
    if (!standing_is_news(&m->standing, kind, why, still) && !offers_news)
        return;
    if (kind == EVENT_CHAT_REFUSED)
        LOG(LOG_ERROR, "matrix.refused", LS("why", why), LI("posts_go", (still & CHAT_POSTS) != 0));
    else if (kind == EVENT_CHAT_UP)
        LOG(LOG_INFO, "matrix.up", LS("room", m->codec.room));
    struct event *e = inbox_new(m->inbox, kind, "matrix");
    e->error = arena_copy(inbox_arena(m->inbox), why);
    if (kind == EVENT_CHAT_REFUSED)
        e->still = still;
    if (kind == EVENT_CHAT_UP) {
        e->chat_up.holds_ms = m->told_holds_ms = m->holds_ms;
        e->chat_up.holds_why = m->holds_why;
        e->chat_up.moves = true;
    }
    inbox_put(m->inbox, e);
}

void matrix_settle(struct matrix *m)
{
    const char *why = standing_first(&m->standing);
    bool never_looked = !matrix_life_follows(m->life) && m->standing.told.kind == EVENT_STARTED &&
                        !m->standing.troubles[MATRIX_OF_IDENTITY][0] &&
                        !m->standing.troubles[MATRIX_OF_CREDENTIAL][0];
    if (matrix_is_stopped(m) || never_looked)
        return;
    if (why)
        tell(m, EVENT_CHAT_REFUSED, why, what_goes(m));
    else if (m->reached)
        tell(m, EVENT_CHAT_UP, "", 0);
    else if (m->standing.told.kind != EVENT_STARTED)
        tell(m, EVENT_CHAT_DOWN, m->down_why, 0);
}

bool matrix_trouble(struct matrix *m, enum matrix_trouble which, const char *why)
{
    bool begins = standing_note(&m->standing, which, why);
    matrix_settle(m);
    return begins;
}

void matrix_down(struct matrix *m, const char *why)
{
    m->reached = false;
    STR_SET(m->down_why, why);
    if (m->standing.told.kind != EVENT_STARTED)
        matrix_settle(m);
}

/* ---- trying again ---- */

void matrix_connect_again(struct matrix *m, const char *why, ms_t at_least_ms)
{
    if (matrix_is_stopped(m))
        return;
    ms_t wait = ms_max(again_link_ms(&m->link, clock_monotonic_ms()),
                       ms_max(at_least_ms,
                              m->token_state == MATRIX_TOKEN_BAD ? TOKEN_AGAIN_MS : 0));
    LOG(LOG_WARN, "matrix.again", LS("why", why), LI("wait_ms", wait),
        LI("failures", m->link.failures));
    loop_timer_set(m->loop, &m->again, wait);
    if (m->link.failures >= DOWN_AFTER)
        matrix_down(m, why);
}

void matrix_look_soon(struct matrix *m) { loop_timer_set(m->loop, &m->look_again, LOOK_SOON_MS); }
