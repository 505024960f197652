/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the room may be served: what its state tells, and what becomes of the messages to it. */
#include "adapters/matrix/internal.h"
#include "host/clock.h"

/* ---- what the room's state tells ---- */

enum { FIRST_OF_ROOM = MATRIX_ABSENT, LAST_OF_ROOM = MATRIX_ENCRYPTED };

bool matrix_room_is_well(const struct matrix *m)
{
    for (size_t i = FIRST_OF_ROOM; i <= LAST_OF_ROOM; i++)
        if (m->standing.troubles[i][0])
            return false;
    return true;
}

bool matrix_judge_room(struct matrix *m, bool looked)
{
    bool any = false;
    for (size_t i = FIRST_OF_ROOM; i <= LAST_OF_ROOM; i++) {
        const char *why = matrix_room_problem(m, (enum matrix_trouble)i);
        any |= why != NULL;
        bool begins = (why || looked) && matrix_trouble(m, (enum matrix_trouble)i, why);
        if (begins && i == MATRIX_ENCRYPTED && !m->look_only)
            matrix_say_line(m,
                            "⚠️ This room is encrypted now, so I cannot read commands here any "
                            "more and take none. Please use a room without encryption.");
    }
    return any;
}

/* ---- posts ---- */

static void posts_fail(struct matrix *m, const char *how, const char *why)
{
    bool begins = !m->standing.troubles[MATRIX_OF_POSTS][0];
    matrix_trouble(m, MATRIX_OF_POSTS,
                   arena_printf(inbox_arena(m->inbox), "messages to the room %s (%s)", how, why));
    if (begins)
        matrix_look_soon(m);
}

void matrix_post_refused(struct matrix *m, const char *why, bool known)
{
    const char *how = standing_post_refused(&m->standing, known);
    if (how)
        posts_fail(m, how, why);
}

/* The room is followed and yet takes nothing, for whatever reason: a gateway's pages, an error of
   the homeserver's own, a limit. */
void matrix_post_failed(struct matrix *m, const char *why, ms_t retry_after_ms)
{
    if (!m->reached || matrix_is_stopped(m))
        return;
    const char *how = standing_post_failed(&m->standing, clock_monotonic_ms(), retry_after_ms);
    if (how)
        posts_fail(m, how, why);
}

void matrix_post_taken(struct matrix *m)
{
    standing_post_taken(&m->standing);
    if (m->standing.troubles[MATRIX_OF_POSTS][0])
        matrix_trouble(m, MATRIX_OF_POSTS, NULL);
}
