/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/rounds.h"
#include "core/ballot.h"
#include "core/controller.h"
#include "core/deadman.h"
#include "core/doubt.h"
#include "core/hearing.h"
#include "core/inquiry.h"
#include "core/invariant.h"
#include "core/lifecycle.h"
#include "core/loss.h"
#include "core/outage.h"
#include "core/reminder.h"
#include "core/review.h"
#include "core/rootlook.h"
#include "core/rootuse.h"
#include "core/rootusers.h"
#include "core/route.h"
#include "core/sight.h"
#include "core/talk.h"
#include "core/turn.h"
#include "core/twin.h"
#include "core/xalloc.h"

#include <inttypes.h>
#include <stdio.h>

typedef void settle(const struct desk *, struct verdict *);
/* As in turn.c; asked each by itself, since there what one finds may keep the next from being
   asked. NULL: nothing ever does by itself. */
static settle *const rules[] = {
    [FACT_RULE_AT_CONTROLLER] = controller_settle,
    [FACT_RULE_AT_BALLOT] = ballot_settle,
    [FACT_RULE_AT_LIFECYCLE] = lifecycle_settle,
    [FACT_RULE_AT_REVIEW] = review_settle,
    [FACT_RULE_AT_INQUIRY] = inquiry_settle,
    [FACT_RULE_AT_REMINDER] = reminder_settle,
    [FACT_RULE_AT_DOUBT] = doubt_settle,
    [FACT_RULE_AT_LOSS] = loss_settle,
    [FACT_RULE_AT_TWIN] = twin_settle,
    [FACT_RULE_AT_SIGHT] = sight_settle,
    [FACT_RULE_AT_CHATS] = NULL,
    [FACT_RULE_AT_OUTAGE] = outage_settle,
    [FACT_RULE_AT_HEARING] = hearing_settle,
    [FACT_RULE_AT_TALK] = talk_settle,
    [FACT_RULE_AT_AUDIENCE] = NULL,
    [FACT_RULE_AT_RULES] = NULL,
    [FACT_RULE_AT_QUOTA] = NULL,
    [FACT_RULE_AT_DEADMAN] = deadman_settle,
    [FACT_RULE_AT_ROUTE] = route_settle,
    [FACT_RULE_AT_ROOTUSE] = rootuse_settle,
    [FACT_RULE_AT_ROOTLOOK] = rootlook_settle,
    [FACT_RULE_AT_ROOTUSERS] = rootusers_settle,
};
_Static_assert(COUNT(rules) == FACT_RULE_COUNT, "each rule is asked, or is known to do nothing");

static struct {
    bool decides; /* the round to come is the event's own, and no rule's */
    bool rests;
    int looked_at;
    char race[256];
    struct desk *desk;
    struct verdict *verdict;
} rounds;

const char *rounds_race(void)
{
    static char race[sizeof rounds.race];
    STR_SET(race, rounds.race);
    rounds.race[0] = '\0';
    return race;
}

void rounds_rest(bool rests) { rounds.rests = rests; }

int rounds_looked_at(void) { return rounds.looked_at; }

/* What is told differently is the same thing for all that: the first of several reminders is. */
static bool is_same(const struct fact *a, const struct fact *b)
{
    return a->kind == b->kind && a->case_no == b->case_no && a->ref == b->ref &&
           str_equal(str_or_empty(a->verb), str_or_empty(b->verb)) &&
           str_equal(str_or_empty(a->people), str_or_empty(b->people));
}

/* Some rule finds it on that desk. */
static bool is_found(const struct desk *desk, const struct fact *f, const struct verdict *round)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        verdict_init(rounds.verdict, round->arena, round->turn, round->step);
        if (rules[i])
            rules[i](desk, rounds.verdict);
        for (size_t k = 0; k < rounds.verdict->fact_count; k++)
            if (is_same(&rounds.verdict->facts[k], f))
                return true;
    }
    return false;
}

/* What stands beside another one of its round: it says more of the same step. */
static const struct {
    enum fact_kind first, beside;
} pairs[] = {
    { FACT_CHANGE_BEGUN, FACT_CHANGE_SENT },
    { FACT_INQUIRY_CLOSED, FACT_TRIED },
};

static bool may_race(const struct fact *before, const struct fact *f)
{
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (pairs[i].first == before->kind && pairs[i].beside == f->kind)
            return false;
    return fact_owner(f->kind) != RULE_NOBODY; /* on record only: it changes nothing */
}

/* As a sentence, with the instant of the day. */
static void tell(const struct fact *before, const struct fact *f)
{
    int second = (int)(f->at_ms / MS_SECOND % (24 * 60 * 60));
    snprintf(rounds.race, sizeof rounds.race,
             "a rule races with itself at %02d:%02d:%02d: in one round it finds %s (case %" PRIu32
             ") and %s (case %" PRIu32 "), which no rule finds any more once the former is done",
             second / 3600, second / 60 % 60, second % 60, fact_names[before->kind],
             before->case_no, fact_names[f->kind], f->case_no);
}

/* Few have two that could: for the others no desk is copied. */
static bool some_may_race(const struct verdict *round)
{
    for (size_t i = 1; i < round->fact_count; i++)
        if (may_race(&round->facts[i - 1], &round->facts[i]))
            return true;
    return false;
}

static void look_at(const struct desk *desk, const struct verdict *round)
{
    if (!rounds.desk) {
        rounds.desk = xcalloc(1, sizeof *rounds.desk);
        rounds.verdict = xcalloc(1, sizeof *rounds.verdict);
    }
    rounds.looked_at++;
    if (!some_may_race(round))
        return;
    *rounds.desk = *desk;
    for (size_t i = 0; i < round->fact_count; i++) {
        const struct fact *f = &round->facts[i];
        if (i && !rounds.race[0] && may_race(f - 1, f) && !is_found(rounds.desk, f, round))
            tell(f - 1, f);
        desk_apply(rounds.desk, f);
    }
}

/* ---- in the place of the bot's own ---- */

void __real_desk_handle(struct desk *, const struct event *, struct verdict *, struct verdict *);
void __wrap_desk_handle(struct desk *, const struct event *, struct verdict *, struct verdict *);
void __real_invariant_of_round(const struct desk *, const struct verdict *);
void __wrap_invariant_of_round(const struct desk *, const struct verdict *);

void __wrap_desk_handle(struct desk *desk, const struct event *e, struct verdict *out,
                        struct verdict *scratch)
{
    rounds.decides = true;
    __real_desk_handle(desk, e, out, scratch);
}

void __wrap_invariant_of_round(const struct desk *desk, const struct verdict *round)
{
    __real_invariant_of_round(desk, round);
    if (!rounds.decides && !rounds.rests && round->fact_count > 1)
        look_at(desk, round);
    rounds.decides = false;
}
