/* SPDX-License-Identifier: Apache-2.0 */
/* The link to Slack: whether it is up, down or refused, what is told of that, and when the next
   attempt and the next look are due. It calls nothing else of this folder that is not pure. Every
   trouble is held with its reason until it is known to be over; the chat is up when there is none,
   and what is told of it follows from all of them together. */
#include "adapters/slack/internal.h"
#include "adapters/slack/refusal.h"
#include "host/clock.h"
#include "host/log.h"

#include <assert.h>

static const ms_t LOOK_AGAIN_MS = 5 * MS_MINUTE;

_Static_assert((int)SLACK_TROUBLES <= (int)STANDING_TROUBLES, "each has its place");

/* ---- its life ---- */

bool slack_step(struct slack *s, enum slack_step step)
{
    enum slack_life before = s->life;
    s->life = slack_life_after(before, step);
    assert(s->attempt == SLACK_NO_ATTEMPT || s->life == SLACK_STOPPED ||
           slack_life_decided(s->life));
    return s->life != before;
}

bool slack_is_stopped(const struct slack *s) { return s->life == SLACK_STOPPED; }

/* ---- what is told ---- */

bool slack_hears(const struct slack *s)
{
    if (s->deaf)
        return true;
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++)
        if (s->connections[i].ws && s->connections[i].said_hello)
            return true;
    return false;
}

/* chat.scheduleMessage: 120 days ahead (docs.slack.dev). */
static const ms_t HOLDS_MS = 119 * MS_DAY;

static void put_chat(struct slack *s, enum event_kind kind, const char *why, unsigned still)
{
    struct event *e = inbox_new(s->inbox, kind, "slack");
    e->error = arena_copy(inbox_arena(s->inbox), why);
    if (kind == EVENT_CHAT_REFUSED)
        e->still = still;
    if (kind == EVENT_CHAT_UP)
        e->chat_up.holds_ms = HOLDS_MS;
    inbox_put(s->inbox, e);
}

/* Nothing of ours goes into a channel that others can read, nor under another team's name. What is
   not known, or known from the channel's description only, is tried. */
static unsigned what_goes(const struct slack *s)
{
    static const unsigned still[SLACK_TROUBLES] = {
        [SLACK_OF_IDENTITY] = 0,
        [SLACK_OF_CREDENTIAL] = CHAT_TRIES,
        [SLACK_SHARED] = CHAT_DIRECTS,
        [SLACK_CLOSED] = CHAT_TRIES | CHAT_DIRECTS,
        [SLACK_OF_POSTS] = CHAT_TRIES | CHAT_DIRECTS,
        [SLACK_OF_RIGHTS] = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS,
        [SLACK_UNREAD] = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS,
        [SLACK_OF_SOCKET] = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS,
    };
    bool reached = slack_hears(s) || s->standing.troubles[SLACK_OF_SOCKET][0];
    return standing_goes(&s->standing, still, SLACK_TROUBLES, reached);
}

static void tell(struct slack *s, enum event_kind kind, const char *why, unsigned still)
{
    if (!standing_is_news(&s->standing, kind, why, still))
        return;
    if (kind == EVENT_CHAT_REFUSED)
        LOG(LOG_ERROR, "slack.refused", LS("why", why), LI("posts_go", (still & CHAT_POSTS) != 0));
    put_chat(s, kind, why, still);
}

void slack_settle(struct slack *s)
{
    const char *why = standing_first(&s->standing);
    if (!slack_life_decided(s->life))
        return;
    if (why)
        tell(s, EVENT_CHAT_REFUSED, why, what_goes(s));
    else if (slack_hears(s))
        tell(s, EVENT_CHAT_UP,
             s->missing_scopes[0]
                 ? arena_printf(inbox_arena(s->inbox), "scopes missing: %s", s->missing_scopes)
                 : "",
             0);
    else if (s->standing.told.kind != EVENT_STARTED)
        tell(s, EVENT_CHAT_DOWN, s->down_why[0] ? s->down_why : "no connection yet", 0);
}

/* ---- when it is looked at again ---- */

static bool is_to_be_probed(const struct slack *s)
{
    for (size_t i = 0; i < SLACK_TROUBLES; i++)
        if (i != SLACK_OF_POSTS && i != SLACK_OF_SOCKET && s->standing.troubles[i][0])
            return true;
    return false;
}

void slack_look_later(struct slack *s)
{
    loop_timer_set(s->loop, &s->look_again,
                   is_to_be_probed(s) ? clock_jitter(SLACK_PROBE_LEAST_MS, SLACK_PROBE_MOST_MS)
                                      : LOOK_AGAIN_MS);
}

/* ---- troubles ---- */

void slack_trouble(struct slack *s, enum slack_trouble which, const char *why)
{
    bool begins = standing_note(&s->standing, which, why);
    if (!slack_life_decided(s->life))
        return;
    slack_settle(s);
    if (begins)
        slack_look_later(s);
}

void slack_refused(struct slack *s, const char *error)
{
    if (slack_refusal_of(error) == SLACK_NO_CREDENTIAL)
        slack_trouble(s, SLACK_OF_CREDENTIAL,
                      arena_printf(inbox_arena(s->inbox), "Slack refuses the bot token (%s)",
                                   error));
}

void slack_taken(struct slack *s)
{
    if (s->standing.troubles[SLACK_OF_CREDENTIAL][0])
        slack_trouble(s, SLACK_OF_CREDENTIAL, NULL);
}

/* ---- trying again ---- */

/* The only place that decides about the next attempt. */
void slack_connect_again(struct slack *s, const char *why, ms_t at_least_ms)
{
    s->attempt = SLACK_NO_ATTEMPT;
    if (slack_is_stopped(s))
        return;
    ms_t wait = ms_max(again_link_ms(&s->link, clock_monotonic_ms()), at_least_ms);
    LOG(LOG_WARN, "slack.reconnect", LS("why", why), LI("wait_ms", wait),
        LI("failures", s->link.failures));
    loop_timer_set(s->loop, &s->reconnect, wait);
    if (slack_hears(s))
        return;
    STR_SET(s->down_why, why);
    if (s->vain_opens >= SLACK_VAIN_OPENS)
        slack_trouble(s, SLACK_OF_SOCKET,
                      arena_printf(inbox_arena(s->inbox), "no Socket Mode connection (%s)", why));
    slack_settle(s);
}

void slack_connect_soon(struct slack *s)
{
    if (s->attempt == SLACK_NO_ATTEMPT && !slack_hears(s))
        loop_timer_set(s->loop, &s->reconnect, 0);
}
