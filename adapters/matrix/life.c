/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/life.h"

const char *const matrix_life_names[MATRIX_LIVES] = {
    [MATRIX_NEW] = "new",
    [MATRIX_IDENTIFIED] = "identified",
    [MATRIX_FOLLOWING] = "following",
    [MATRIX_POLLING] = "polling",
    [MATRIX_FEEDING] = "feeding",
    [MATRIX_LAST_POLL] = "last poll",
    [MATRIX_LAST_FEED] = "last feed",
    [MATRIX_STOPPED] = "stopped",
};

static enum matrix_life over(enum matrix_life life)
{
    if (life == MATRIX_POLLING || life == MATRIX_FEEDING)
        return MATRIX_FOLLOWING;
    return life == MATRIX_LAST_POLL || life == MATRIX_LAST_FEED ? MATRIX_NEW : life;
}

/* What is under way ends first. */
static enum matrix_life doubted(enum matrix_life life)
{
    switch (life) {
    case MATRIX_NEW:
    case MATRIX_IDENTIFIED:
    case MATRIX_FOLLOWING: return MATRIX_NEW;
    case MATRIX_POLLING:
    case MATRIX_LAST_POLL: return MATRIX_LAST_POLL;
    case MATRIX_FEEDING:
    case MATRIX_LAST_FEED: return MATRIX_LAST_FEED;
    case MATRIX_STOPPED:
    case MATRIX_LIVES: break;
    }
    return life;
}

enum matrix_life matrix_life_after(enum matrix_life life, enum matrix_step step)
{
    if (life == MATRIX_STOPPED)
        return life;
    switch (step) {
    case MATRIX_KNOWN: return life == MATRIX_NEW ? MATRIX_IDENTIFIED : life;
    case MATRIX_LOOKED: return life == MATRIX_IDENTIFIED ? MATRIX_FOLLOWING : life;
    case MATRIX_ASKED: return life == MATRIX_FOLLOWING ? MATRIX_POLLING : life;
    case MATRIX_ANSWERED:
        return life == MATRIX_POLLING     ? MATRIX_FEEDING
               : life == MATRIX_LAST_POLL ? MATRIX_LAST_FEED
                                          : life;
    case MATRIX_OVER: return over(life);
    case MATRIX_DOUBTED: return doubted(life);
    case MATRIX_STOP: return MATRIX_STOPPED;
    case MATRIX_STEPS: break;
    }
    return life;
}

bool matrix_life_follows(enum matrix_life life)
{
    return life == MATRIX_FOLLOWING || life == MATRIX_POLLING || life == MATRIX_FEEDING;
}

bool matrix_life_polls(enum matrix_life life)
{
    return life == MATRIX_POLLING || life == MATRIX_LAST_POLL;
}

bool matrix_life_feeds(enum matrix_life life)
{
    return life == MATRIX_FEEDING || life == MATRIX_LAST_FEED;
}
