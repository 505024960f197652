/* SPDX-License-Identifier: Apache-2.0 */
/* Where the adapter is in its life: one chain of whoami, a look at the room and long polls, one at
   a time. Pure. Beside it stand what the token is worth and whether the room is reached, which
   change on their own. */
#ifndef REGUARD_MATRIX_LIFE_H
#define REGUARD_MATRIX_LIFE_H

#include <stdbool.h>

enum matrix_life {
    MATRIX_NEW,        /* who we are is asked next */
    MATRIX_IDENTIFIED, /* what the account remembers is read next, then the room is looked at */
    MATRIX_FOLLOWING,  /* the next poll is due */
    MATRIX_POLLING,    /* it is under way */
    MATRIX_FEEDING,    /* its answer goes to the engine */
    MATRIX_LAST_POLL,  /* it is under way, and who we are is asked after it */
    MATRIX_LAST_FEED,  /* its answer goes to the engine, and who we are is asked after it */
    MATRIX_STOPPED,    /* nothing is begun any more */
    MATRIX_LIVES
};
extern const char *const matrix_life_names[MATRIX_LIVES];

enum matrix_step {
    MATRIX_KNOWN,    /* the homeserver says that we are who we should be */
    MATRIX_LOOKED,   /* it is known whether the room may be served */
    MATRIX_ASKED,    /* a poll has begun */
    MATRIX_ANSWERED, /* the poll was answered */
    MATRIX_OVER,     /* the poll failed or was given up; or its answer is done with */
    MATRIX_DOUBTED,  /* the token is another one, or is not accepted */
    MATRIX_STOP,
    MATRIX_STEPS
};

/* What follows; a step that means nothing there, as the answer to a question of before, changes
   nothing. */
enum matrix_life matrix_life_after(enum matrix_life, enum matrix_step);

/* The room was looked at since we know who we are, and nothing is in doubt. */
bool matrix_life_follows(enum matrix_life);
bool matrix_life_polls(enum matrix_life);
bool matrix_life_feeds(enum matrix_life);

#endif
