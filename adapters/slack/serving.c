/* Who we are, whether the channel may be served, and what still goes while it may not. Every
   trouble is held with its reason until it is known to be over; the chat is up when there is none,
   and what is told of it follows from all of them together. */
#include "adapters/slack/internal.h"
#include "adapters/slack/refusal.h"
#include "adapters/slack/scopes.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

static const ms_t LOOK_AGAIN_MS = 5 * MS_MINUTE;
/* What is due meanwhile is in the channel within five seconds of the end of a trouble. */
static const ms_t PROBE_LEAST_MS = 2 * MS_SECOND, PROBE_MOST_MS = 3 * MS_SECOND;
static const ms_t FIRST_LEAST_MS = 200, FIRST_MOST_MS = 2 * MS_SECOND;
enum { FIRST_LOOKS = 60, UNREAD_AFTER_LOOKS = 5, STRANGE_MOST = 3 };

static void put_chat(struct slack *s, enum event_kind kind, const char *why, unsigned still)
{
    struct event *e = inbox_new(s->inbox, kind, "slack");
    e->error = arena_copy(inbox_arena(s->inbox), why);
    if (kind == EVENT_CHAT_REFUSED)
        e->still = still;
    inbox_put(s->inbox, e);
}

/* ---- what is told ---- */

static const char *first_trouble(const struct slack *s)
{
    for (size_t i = 0; i < SLACK_TROUBLES; i++)
        if (s->troubles[i][0])
            return s->troubles[i];
    return NULL;
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
    bool reached = slack_hears(s) || s->troubles[SLACK_OF_SOCKET][0];
    unsigned goes = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS;
    for (size_t i = 0; i < SLACK_TROUBLES; i++)
        if (s->troubles[i][0])
            goes &= still[i];
    return reached ? goes : goes & ~(unsigned)CHAT_POSTS;
}

static void tell(struct slack *s, enum event_kind kind, const char *why, unsigned still)
{
    bool known = s->told.kind == kind && s->told.still == still && str_equal(s->told.why, why);
    if (known || (kind == EVENT_CHAT_DOWN && s->told.kind == kind))
        return;
    s->told.kind = kind;
    s->told.still = still;
    STR_SET(s->told.why, why);
    if (kind == EVENT_CHAT_REFUSED)
        LOG(LOG_ERROR, "slack.refused", LS("why", why), LI("posts_go", (still & CHAT_POSTS) != 0));
    put_chat(s, kind, why, still);
}

void slack_settle(struct slack *s)
{
    const char *why = first_trouble(s);
    if (s->stopping || !s->decided)
        return;
    if (why)
        tell(s, EVENT_CHAT_REFUSED, why, what_goes(s));
    else if (slack_hears(s))
        tell(s, EVENT_CHAT_UP,
             s->missing_scopes[0]
                 ? arena_printf(inbox_arena(s->inbox), "scopes missing: %s", s->missing_scopes)
                 : "",
             0);
    else if (s->told.kind != EVENT_STARTED)
        tell(s, EVENT_CHAT_DOWN, s->down_why[0] ? s->down_why : "no connection yet", 0);
}

/* ---- when it is looked at again ---- */

static bool is_to_be_probed(const struct slack *s)
{
    for (size_t i = 0; i < SLACK_TROUBLES; i++)
        if (i != SLACK_OF_POSTS && i != SLACK_OF_SOCKET && s->troubles[i][0])
            return true;
    return false;
}

static void look_later(struct slack *s)
{
    loop_timer_set(s->loop, &s->look_again,
                   is_to_be_probed(s) ? clock_jitter(PROBE_LEAST_MS, PROBE_MOST_MS)
                                      : LOOK_AGAIN_MS);
}

/* The first socket is opened when it is known whether the channel may be served: what arrives on it
   is then acted on or refused for good reason, and never lost in between. */
static void decide(struct slack *s)
{
    bool first = !s->decided;
    s->decided = true;
    s->looks = 0;
    if (first)
        slack_connect(s);
    slack_settle(s);
    look_later(s);
}

void slack_trouble(struct slack *s, enum slack_trouble which, const char *why)
{
    bool begins = why && why[0] && !s->troubles[which][0];
    STR_SET(s->troubles[which], str_or_empty(why));
    if (!s->decided)
        return;
    slack_settle(s);
    if (begins)
        look_later(s);
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
    if (s->troubles[SLACK_OF_CREDENTIAL][0])
        slack_trouble(s, SLACK_OF_CREDENTIAL, NULL);
}

/* ---- posts ---- */

void slack_post_refused(struct slack *s, const char *error, bool in_thread, bool known)
{
    if (!known && ++s->strange_refusals < STRANGE_MOST)
        return; /* it may be this message's own fault */
    bool begins = !s->troubles[SLACK_OF_POSTS][0];
    s->refused_in_thread = in_thread;
    slack_trouble(s, SLACK_OF_POSTS,
                  arena_printf(inbox_arena(s->inbox), "messages to the channel are refused (%s)",
                               error));
    if (begins)
        slack_check_channel(s);
}

void slack_post_taken(struct slack *s, bool in_thread)
{
    s->strange_refusals = 0;
    if (s->troubles[SLACK_OF_POSTS][0] && (!in_thread || s->refused_in_thread))
        slack_trouble(s, SLACK_OF_POSTS, NULL);
}

/* ---- the channel ---- */

/* What was known stays, at least for a few looks. */
static void not_looked(struct slack *s, const char *why)
{
    bool fast = !s->decided && s->looks < FIRST_LOOKS;
    s->looks++;
    LOG(LOG_WARN, "slack.look", LS("why", why));
    loop_timer_set(s->loop, &s->look_again,
                   fast ? clock_jitter(FIRST_LEAST_MS, FIRST_MOST_MS)
                        : clock_jitter(PROBE_LEAST_MS, PROBE_MOST_MS));
}

static void unread(struct slack *s, const char *what, const char *error)
{
    STR_SET(s->troubles[SLACK_UNREAD], arena_printf(inbox_arena(s->inbox), "%s (%s)", what, error));
    decide(s);
}

/* Slack is there, and says nothing of the channel again and again. */
static bool stays_silent(const struct slack *s, const struct slack_result *r)
{
    bool there = (r->outcome == SLACK_UNKNOWN || r->retry_after_ms) &&
                 (!s->decided || slack_hears(s));
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
    STR_SET(s->troubles[SLACK_UNREAD], "");
    STR_SET(s->troubles[SLACK_SHARED],
            json_flag(c, "is_ext_shared", false)
                ? "the channel is shared with another organisation (Slack Connect)"
            : json_flag(c, "is_pending_ext_shared", false)
                ? "the channel is about to be shared with another organisation (Slack Connect)"
                : "");
    STR_SET(s->troubles[SLACK_CLOSED],
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
    if (missing.bytes && news)
        LOG(LOG_WARN, "slack.scopes", LS("missing", s->missing_scopes),
            LS("next", "add them from `reguard manifest slack` and reinstall the app"));
    STR_SET(s->troubles[SLACK_OF_RIGHTS],
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
    if (r->outcome == SLACK_REFUSED) {
        STR_SET(s->troubles[SLACK_OF_CREDENTIAL],
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
    s->identified = true;
    STR_SET(s->troubles[SLACK_OF_IDENTITY], identity_problem(s, r->json));
    judge_scopes(s, r->scopes);
    if (s->troubles[SLACK_OF_CREDENTIAL][0] && s->decided)
        slack_connect_soon(s); /* what was refused may be taken now */
    slack_check_channel(s);
}

/* At start, while there is a trouble, and every few minutes: a channel may be shared or archived
   without an event reaching us. */
static void look_again(void *arg)
{
    struct slack *s = arg;
    bool known = s->identified && !s->troubles[SLACK_OF_IDENTITY][0] &&
                 !s->troubles[SLACK_OF_CREDENTIAL][0] && !s->troubles[SLACK_OF_RIGHTS][0];
    if (known && s->decided)
        slack_check_channel(s);
    else
        slack_read_as(s, URGENCY_GUARDS, "auth.test", "", on_auth, s);
}

void slack_serving_start(struct slack *s)
{
    s->look_again = (struct loop_timer){ .fired = look_again, .arg = s };
    s->told.kind = EVENT_STARTED;
    look_again(s);
}

void slack_identify_anew(struct slack *s)
{
    s->identified = false;
    s->looks = 0;
    loop_timer_set(s->loop, &s->look_again, 0);
}

void slack_serving_stop(struct slack *s) { loop_timer_cancel(&s->look_again); }
