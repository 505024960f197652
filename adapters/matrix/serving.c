/* Whether the room may be served, and what still goes while it may not. Every trouble is held with
   its reason until it is known to be over; the chat is up when there is none and the room is
   followed, and what is told of it follows from all of them together. */
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/log.h"

#include <string.h>

/* A post that fails without being refused counts more than one that is asked to wait. */
enum { STRANGE_MOST = 3, FAILURE_COUNTS = 3, FAILURES_MOST = 12 };
static const ms_t FAILS_FOR_MS = 10 * MS_SECOND, LONG_WAIT_MS = MS_MINUTE;

/* ---- what is told ---- */

static const char *first_trouble(const struct matrix *m)
{
    for (size_t i = 0; i < MATRIX_TROUBLES; i++)
        if (m->troubles[i][0])
            return m->troubles[i];
    return NULL;
}

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
    unsigned goes = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS;
    for (size_t i = 0; i < MATRIX_TROUBLES; i++)
        if (m->troubles[i][0])
            goes &= still[i];
    return m->reached ? goes : goes & ~(unsigned)CHAT_POSTS;
}

bool matrix_posts_go(const struct matrix *m)
{
    return !first_trouble(m) || (what_goes(m) & CHAT_POSTS);
}

static void tell(struct matrix *m, enum event_kind kind, const char *why, unsigned still)
{
    bool known = m->told.kind == kind && m->told.still == still && str_equal(m->told.why, why);
    if (known || (kind == EVENT_CHAT_DOWN && m->told.kind == kind))
        return;
    m->told.kind = kind;
    m->told.still = still;
    STR_SET(m->told.why, why);
    if (kind == EVENT_CHAT_REFUSED)
        LOG(LOG_ERROR, "matrix.refused", LS("why", why), LI("posts_go", (still & CHAT_POSTS) != 0));
    else if (kind == EVENT_CHAT_UP)
        LOG(LOG_INFO, "matrix.up", LS("room", m->codec.room));
    struct event *e = inbox_new(m->inbox, kind, "matrix");
    e->error = arena_copy(inbox_arena(m->inbox), why);
    if (kind == EVENT_CHAT_REFUSED)
        e->still = still;
    inbox_put(m->inbox, e);
}

void matrix_settle(struct matrix *m)
{
    const char *why = first_trouble(m);
    bool never_looked = !m->decided && m->told.kind == EVENT_STARTED &&
                        !m->troubles[MATRIX_OF_IDENTITY][0] &&
                        !m->troubles[MATRIX_OF_CREDENTIAL][0];
    if (m->stopping || never_looked)
        return;
    if (why)
        tell(m, EVENT_CHAT_REFUSED, why, what_goes(m));
    else if (m->reached)
        tell(m, EVENT_CHAT_UP, "", 0);
    else if (m->told.kind != EVENT_STARTED)
        tell(m, EVENT_CHAT_DOWN, m->down_why, 0);
}

void matrix_trouble(struct matrix *m, enum matrix_trouble which, const char *why)
{
    bool begins = why && why[0] && !m->troubles[which][0];
    STR_SET(m->troubles[which], str_or_empty(why));
    matrix_settle(m);
    if (begins && which == MATRIX_ENCRYPTED && !m->look_only)
        matrix_say_line(m, "⚠️ This room is encrypted now, so I cannot read commands here any "
                           "more and take none. Please use a room without encryption.");
}

void matrix_down(struct matrix *m, const char *why)
{
    m->reached = false;
    STR_SET(m->down_why, why);
    if (m->told.kind != EVENT_STARTED)
        matrix_settle(m);
}

/* ---- what the room's state tells ---- */

enum { FIRST_OF_ROOM = MATRIX_ABSENT, LAST_OF_ROOM = MATRIX_ENCRYPTED };

bool matrix_room_is_well(const struct matrix *m)
{
    for (size_t i = FIRST_OF_ROOM; i <= LAST_OF_ROOM; i++)
        if (m->troubles[i][0])
            return false;
    return true;
}

bool matrix_judge_room(struct matrix *m, bool looked)
{
    bool any = false;
    for (size_t i = FIRST_OF_ROOM; i <= LAST_OF_ROOM; i++) {
        const char *why = matrix_room_problem(m, (enum matrix_trouble)i);
        any |= why != NULL;
        if (why || looked)
            matrix_trouble(m, (enum matrix_trouble)i, why);
    }
    return any;
}

/* ---- posts ---- */

static void posts_fail(struct matrix *m, const char *how, const char *why)
{
    bool begins = !m->troubles[MATRIX_OF_POSTS][0];
    matrix_trouble(m, MATRIX_OF_POSTS,
                   arena_printf(inbox_arena(m->inbox), "messages to the room %s (%s)", how, why));
    if (begins)
        matrix_look_soon(m);
}

void matrix_post_refused(struct matrix *m, const char *why, bool known)
{
    if (!known && ++m->strange_refusals < STRANGE_MOST)
        return; /* it may be this message's own fault */
    posts_fail(m, "are refused", why);
}

/* The room is followed and yet takes nothing, for whatever reason: a gateway's pages, an error of
   the homeserver's own, a limit. */
void matrix_post_failed(struct matrix *m, const char *why, ms_t retry_after_ms)
{
    ms_t now = clock_monotonic_ms();
    if (!m->reached || m->stopping)
        return;
    if (m->post_failures == 0)
        m->posts_fail_since_ms = now;
    m->post_failures += retry_after_ms ? 1 : FAILURE_COUNTS;
    if (retry_after_ms >= LONG_WAIT_MS)
        posts_fail(m, "have to wait", why);
    else if (m->post_failures >= FAILURES_MOST && now - m->posts_fail_since_ms >= FAILS_FOR_MS)
        posts_fail(m, "fail", why);
}

void matrix_post_taken(struct matrix *m)
{
    m->strange_refusals = m->post_failures = 0;
    if (m->troubles[MATRIX_OF_POSTS][0])
        matrix_trouble(m, MATRIX_OF_POSTS, NULL);
}
