/* SPDX-License-Identifier: Apache-2.0 */
/* Who we are, whether the channel may be served, and what becomes of the messages to it. */
#include "adapters/slack/internal.h"
#include "adapters/slack/refusal.h"
#include "adapters/slack/scopes.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

static const ms_t FIRST_LEAST_MS = 200, FIRST_MOST_MS = 2 * MS_SECOND;
enum { FIRST_LOOKS = 60, UNREAD_AFTER_LOOKS = 5 };

/* The first socket is opened when it is known whether the channel may be served: what arrives on it
   is then acted on or refused for good reason, and never lost in between. */
static void decide(struct slack *s)
{
    bool first = !slack_life_decided(s->life);
    slack_step(s, SLACK_JUDGED);
    s->looks = 0;
    if (first)
        slack_connect_soon(s);
    slack_settle(s);
    slack_look_later(s);
}

/* ---- posts ---- */

static void posts_fail(struct slack *s, const char *how, const char *why, bool in_thread)
{
    bool begins = !s->standing.troubles[SLACK_OF_POSTS][0];
    s->refused_in_thread = in_thread;
    slack_trouble(s, SLACK_OF_POSTS,
                  arena_printf(inbox_arena(s->inbox), "messages to the channel %s (%s)", how, why));
    if (begins)
        slack_check_channel(s);
}

void slack_post_refused(struct slack *s, const char *error, bool in_thread, bool known)
{
    const char *how = standing_post_refused(&s->standing, known);
    if (how)
        posts_fail(s, how, error, in_thread);
}

/* Slack is heard and yet takes nothing, for whatever reason: a gateway's pages, errors of its own,
   a limit. */
void slack_post_failed(struct slack *s, const char *why, bool in_thread, ms_t retry_after_ms)
{
    if (!slack_hears(s))
        return; /* the link is down, which is told as that */
    const char *how = standing_post_failed(&s->standing, clock_monotonic_ms(), retry_after_ms);
    if (how)
        posts_fail(s, how, why, in_thread);
}

void slack_post_taken(struct slack *s, bool in_thread)
{
    standing_post_taken(&s->standing);
    if (s->standing.troubles[SLACK_OF_POSTS][0] && (!in_thread || s->refused_in_thread))
        slack_trouble(s, SLACK_OF_POSTS, NULL);
}

/* ---- the channel ---- */

/* What was known stays, at least for a few looks. */
static void not_looked(struct slack *s, const char *why)
{
    bool fast = !slack_life_decided(s->life) && s->looks < FIRST_LOOKS;
    s->looks++;
    LOG(LOG_WARN, "slack.look", LS("why", why));
    loop_timer_set(s->loop, &s->look_again,
                   fast ? clock_jitter(FIRST_LEAST_MS, FIRST_MOST_MS)
                        : clock_jitter(SLACK_PROBE_LEAST_MS, SLACK_PROBE_MOST_MS));
}

static void unread(struct slack *s, const char *what, const char *error)
{
    STR_SET(s->standing.troubles[SLACK_UNREAD],
            arena_printf(inbox_arena(s->inbox), "%s (%s)", what, error));
    decide(s);
}

/* Slack is there, and says nothing of the channel again and again. */
static bool stays_silent(const struct slack *s, const struct slack_result *r)
{
    bool there = (r->outcome == SLACK_UNKNOWN || r->retry_after_ms) &&
                 (!slack_life_decided(s->life) || slack_hears(s));
    return there && s->looks >= UNREAD_AFTER_LOOKS;
}

/* What is absent is not known. What else is absent shows itself: a post is refused then. */
static bool tells_of_sharing(const json_t *channel)
{
    return json_is_boolean(json_object_get(channel, "is_ext_shared")) ||
           json_is_false(json_object_get(channel, "is_shared"));
}

static void on_channel(void *arg, const struct slack_result *r)
{
    struct slack *s = arg;
    const json_t *c = json_object_get(r->json, "channel");
    if (r->outcome == SLACK_REFUSED) {
        unread(s, "the channel cannot be read; is the bot a member of it?", r->error);
        return;
    }
    if (r->outcome != SLACK_OK) {
        if (stays_silent(s, r))
            unread(s, "Slack does not tell about the channel", r->error);
        else
            not_looked(s, r->error);
        return;
    }
    if (!tells_of_sharing(c)) {
        unread(s, "Slack does not tell whether others can read the channel", "no is_ext_shared");
        return;
    }
    STR_SET(s->standing.troubles[SLACK_UNREAD], "");
    STR_SET(s->standing.troubles[SLACK_SHARED],
            json_flag(c, "is_ext_shared", false)
                ? "the channel is shared with another organisation (Slack Connect)"
            : json_flag(c, "is_pending_ext_shared", false)
                ? "the channel is about to be shared with another organisation (Slack Connect)"
                : "");
    STR_SET(s->standing.troubles[SLACK_CLOSED],
            json_flag(c, "is_archived", false) ? "the channel is archived"
            : !json_flag(c, "is_member", true) ? "the bot is not a member of the channel"
                                               : "");
    decide(s);
}

void slack_check_channel(struct slack *s)
{
    CLEANUP(buf_done) struct buf form;
    buf_init(&form, 256);
    slack_form_add(&form, "channel", s->codec.channel);
    slack_read_as(s, URGENCY_GUARDS, "conversations.info", buf_text(&form), on_channel, s);
}

/* ---- who we are ---- */

/* Missing scopes that nothing works without are a trouble; the others are said. */
static void judge_scopes(struct slack *s, const char *granted)
{
    CLEANUP(buf_done) struct buf missing;
    buf_init(&missing, LIMIT_ERROR_BYTES);
    bool enough = !granted[0] || slack_scopes_missing(granted, &missing);
    bool news = !str_equal(s->missing_scopes, buf_text(&missing));
    STR_SET(s->missing_scopes, buf_text(&missing));
    s->no_files = !slack_scopes_allow(granted, "files:write");
    if (missing.bytes && news)
        LOG(LOG_WARN, "slack.scopes", LS("missing", s->missing_scopes),
            LS("next", "add them from `reguard manifest slack` and reinstall the app"));
    STR_SET(s->standing.troubles[SLACK_OF_RIGHTS],
            enough ? ""
                   : arena_printf(inbox_arena(s->inbox),
                                  "the bot token lacks scopes: %s; add them from `reguard manifest "
                                  "slack` and reinstall the app",
                                  s->missing_scopes));
}

static const char *identity_problem(const struct slack *s, const json_t *answer)
{
    const char *team = json_text_or_empty(answer, "team_id");
    if (!str_equal(team, s->codec.team))
        return arena_printf(inbox_arena(s->inbox),
                            "the bot token belongs to another Slack team than the configured one: "
                            "to %s (%s), not to %s",
                            team, json_text_or_empty(answer, "team"), s->codec.team);
    if (json_flag(answer, "is_enterprise_install", false))
        return "organisation-wide installations are not supported; install the app in the one "
               "workspace";
    return "";
}

static void on_auth(void *arg, const struct slack_result *r)
{
    struct slack *s = arg;
    if (r->outcome == SLACK_OK)
        STR_SET(s->codec.web, json_text_or_empty(r->json, "url"));
    if (r->outcome == SLACK_REFUSED) {
        STR_SET(s->standing.troubles[SLACK_OF_CREDENTIAL],
                arena_printf(inbox_arena(s->inbox), "Slack refuses the bot token (%s)", r->error));
        decide(s);
        return;
    }
    if (r->outcome != SLACK_OK) {
        not_looked(s, r->error);
        return;
    }
    if (!json_text(r->json, "user_id")) { /* no mention would be found */
        not_looked(s, "Slack does not tell who the bot is");
        return;
    }
    STR_SET(s->codec.bot_user, json_text(r->json, "user_id"));
    STR_SET(s->codec.bot_id, json_text(r->json, "bot_id"));
    STR_SET(s->codec.app_id, json_text(r->json, "app_id"));
    STR_SET(s->codec.enterprise, json_text(r->json, "enterprise_id"));
    slack_step(s, SLACK_NAMED);
    STR_SET(s->standing.troubles[SLACK_OF_IDENTITY], identity_problem(s, r->json));
    judge_scopes(s, r->scopes);
    if (s->standing.troubles[SLACK_OF_CREDENTIAL][0] && slack_life_decided(s->life))
        slack_connect_soon(s); /* what was refused may be taken now */
    slack_check_channel(s);
}

/* At start, while there is a trouble, and every few minutes: a channel may be shared or archived
   without an event reaching us. */
static void look_again(void *arg)
{
    struct slack *s = arg;
    bool known = s->life == SLACK_DECIDED && !s->standing.troubles[SLACK_OF_IDENTITY][0] &&
                 !s->standing.troubles[SLACK_OF_CREDENTIAL][0] &&
                 !s->standing.troubles[SLACK_OF_RIGHTS][0];
    if (known)
        slack_check_channel(s);
    else
        slack_read_as(s, URGENCY_GUARDS, "auth.test", "", on_auth, s);
}

void slack_serving_start(struct slack *s)
{
    s->look_again = (struct loop_timer){ .fired = look_again, .arg = s };
    s->standing.told.kind = EVENT_STARTED;
    look_again(s);
}

void slack_identify_anew(struct slack *s)
{
    slack_step(s, SLACK_DOUBT);
    s->looks = 0;
    loop_timer_set(s->loop, &s->look_again, 0);
}

void slack_serving_stop(struct slack *s) { loop_timer_cancel(&s->look_again); }
