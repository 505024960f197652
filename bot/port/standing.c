/* SPDX-License-Identifier: Apache-2.0 */
#include "port/standing.h"

enum { STRANGE_MOST = 3 };
/* A post that fails without being refused counts more than one that is asked to wait. */
enum { FAILURE_COUNTS = 3, FAILURES_MOST = 12 };
static const ms_t FAILS_FOR_MS = 10 * MS_SECOND, LONG_WAIT_MS = MS_MINUTE;

bool standing_note(struct standing *s, size_t trouble, const char *why)
{
    bool begins = why && why[0] && !s->troubles[trouble][0];
    STR_SET(s->troubles[trouble], str_or_empty(why));
    return begins;
}

const char *standing_first(const struct standing *s)
{
    for (size_t i = 0; i < STANDING_TROUBLES; i++)
        if (s->troubles[i][0])
            return s->troubles[i];
    return NULL;
}

unsigned standing_goes(const struct standing *s, const unsigned *still, size_t count, bool reached)
{
    unsigned goes = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS;
    for (size_t i = 0; i < count; i++)
        if (s->troubles[i][0])
            goes &= still[i];
    return reached ? goes : goes & ~(unsigned)CHAT_POSTS;
}

bool standing_is_news(struct standing *s, enum event_kind kind, const char *why, unsigned still)
{
    bool known = s->told.kind == kind && s->told.still == still && str_equal(s->told.why, why);
    if (known || (kind == EVENT_CHAT_DOWN && s->told.kind == kind))
        return false;
    s->told.kind = kind;
    s->told.still = still;
    STR_SET(s->told.why, why);
    return true;
}

const char *standing_post_refused(struct standing *s, bool known)
{
    return !known && ++s->strange_refusals < STRANGE_MOST ? NULL : "are refused";
}

const char *standing_post_failed(struct standing *s, ms_t now_ms, ms_t retry_after_ms)
{
    if (s->post_failures == 0)
        s->posts_fail_since_ms = now_ms;
    s->post_failures += retry_after_ms ? 1 : FAILURE_COUNTS;
    if (retry_after_ms >= LONG_WAIT_MS)
        return "have to wait";
    bool for_long = now_ms - s->posts_fail_since_ms >= FAILS_FOR_MS;
    return s->post_failures >= FAILURES_MOST && for_long ? "fail" : NULL;
}

void standing_post_taken(struct standing *s) { s->strange_refusals = s->post_failures = 0; }
