/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/restart.h"
#include "tests/transcript/compare.h"
#include "tests/transcript/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Looks of the watch that follow each other and find nothing new are all alike: of a long row only
   its ends and some are tried. */
static bool is_worth_a_restart(const struct run *r, int64_t k)
{
    for (int64_t i = k - 3 > 0 ? k - 3 : 0; i <= k && i < r->events; i++)
        if (r->mattered[i])
            return true;
    return k % 97 == 0;
}

/* Up to there everything is as it was undisturbed, and has been looked at. */
static void rest_until_it_dies(struct run *r, struct event *e)
{
    (void)e;
    rounds_rest(r->events + 1 < r->restart_after);
}

/* Of a sample each event gets one of the two, in turn. */
static bool is_drawn(int64_t k, int loses)
{
    return !getenv("TRANSCRIPT_SAMPLE") || k / 2 % 2 == loses;
}

void transcript_check_restarts(const struct transcript *t, const struct run *undisturbed)
{
    size_t bad = 0;
    for (int64_t k = 1; k <= undisturbed->events && bad < 8; k++)
        for (int loses = 0; loses < 2 && is_worth_a_restart(undisturbed, k); loses++) {
            struct run r;
            if (!is_drawn(k, loses))
                continue;
            run_init(&r, &t->config, &t->world);
            r.restart_after = k;
            r.loses_effects = loses;
            r.before = rest_until_it_dies;
            transcript_play(&r, t);
            bad += !compare_outcomes(undisturbed, &r);
            run_done(&r);
        }
    rounds_rest(false);
    if (bad)
        fail_msg("%s ends otherwise when the process restarts", t->path);
}
