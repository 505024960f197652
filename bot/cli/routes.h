/* SPDX-License-Identifier: Apache-2.0 */
/* The witness's alarms that no chat takes: who hears of them stands in [alarm]. That one was said,
   and when, is kept in a file of its own between looks, so that a timer and a daemon do the same.
 */
#ifndef REGUARD_CLI_ROUTES_H
#define REGUARD_CLI_ROUTES_H

#include "cli/bot.h"
#include "core/vigil.h"

struct routes {
    struct bot *bot;                         /* lent, of one look */
    struct inbox *inbox;                     /* lent */
    struct arena *arena;                     /* lent */
    void (*wait)(void *arg, size_t answers); /* until so many MAIL_… have come, or long enough */
    void *arg;
    size_t sent; /* set to 0; one more for each MAIL_SENT that has come */
};

/* After each look. unheard: there was an alarm, and no chat has taken it. */
void routes_looked(struct routes *, const struct vigil_view *, const struct vigil_verdict *,
                   bool unheard);

#endif
