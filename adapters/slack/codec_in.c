/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/codec_in.h"
#include "adapters/slack/markup.h"
#include "core/fact.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "net/address.h"
#include "host/json.h"

#include <stdio.h>
#include <string.h>

/* What a message costs that is kept, beside its text. */
enum { PICKED_BYTES = 2048 };

struct decoding {
    const struct slack_codec *codec;
    struct inbox *inbox;
    struct arena *arena;
    const char *envelope_id;
    bool *channel_changed;
};

/* Acknowledged, and nothing more. Silence is right only where nobody has spoken to us: what is our
   own, another bot's, Slack's own line, meant for another app or workspace, or names nobody whom we
   could answer. */
static struct event *ignored(const struct decoding *d)
{
    struct event *e = inbox_new(d->inbox, EVENT_IGNORED, "slack");
    e->id = arena_copy(d->arena, d->envelope_id);
    return e;
}

static const char *text_of(const struct decoding *d, const json_t *object, const char *key)
{
    return json_arena_text(d->arena, object, key);
}

static const char *unescaped(const struct decoding *d, const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_COMMAND_BYTES);
    slack_unescape(&b, str_or_empty(text));
    return arena_copy(d->arena, buf_text(&b));
}

/* Slack ids are capital letters and digits. Anything else is nobody. */
static unsigned id_flags(const char *id)
{
    size_t bytes = strlen(str_or_empty(id));
    bool fine = bytes >= 2 && bytes <= 32 &&
                strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == bytes;
    return fine ? 0 : IDENTITY_MALFORMED;
}

static enum event_place place_of(const struct decoding *d, const char *channel)
{
    if (str_equal(channel, d->codec->channel))
        return PLACE_CHANNEL;
    return channel && channel[0] == 'D' ? PLACE_DIRECT : PLACE_ELSEWHERE;
}

static const char *home_of(const struct decoding *d, enum event_place place)
{
    return place == PLACE_ELSEWHERE ? d->codec->channel : NULL;
}

/* Where a private answer may go: Slack's own host, or the very origin of a configured api_url. */
static const char *reply_url(const struct decoding *d, const json_t *payload)
{
    const char *url = json_text(payload, "response_url");
    bool ours = url && strlen(url) < 2048 &&
                (address_is_at(url, "https://hooks.slack.com/") ||
                 address_is_at(url, d->codec->api_url));
    return ours ? arena_copy(d->arena, url) : NULL;
}

/* An event shows another team's person. In an Enterprise Grid organisation it names the home
   workspace, which says nothing: there users.info alone decides, before anything is done. */
static unsigned team_flags(const struct decoding *d, const char *team)
{
    bool foreign = team && !str_equal(team, d->codec->team) && !d->codec->enterprise[0];
    return foreign ? IDENTITY_STRANGER : 0;
}

/* ---- slash commands ---- */

static struct event *read_slash(const struct decoding *d, const json_t *p)
{
    /* A word that the app has and the configuration has not: nothing is done on it, and help tells
       the right one. */
    bool called = str_equal(json_text(p, "command"), d->codec->command);
    /* An app of an organisation is reachable from its other workspaces: refused, not ignored. */
    bool ours = str_equal(json_text(p, "team_id"), d->codec->team);
    struct event *e = inbox_new(d->inbox, EVENT_SAID, "slack");
    const char *trigger = text_of(d, p, "trigger_id");
    e->id = arena_printf(d->arena, "cmd:%s", trigger ? trigger : d->envelope_id);
    e->actor = (struct event_actor){ .id = text_of(d, p, "user_id"),
                                     .flags = id_flags(json_text(p, "user_id")) |
                                              (ours ? 0 : IDENTITY_STRANGER) };
    e->place = ours ? place_of(d, json_text(p, "channel_id")) : PLACE_ELSEWHERE;
    e->home = home_of(d, e->place);
    e->reply_url = reply_url(d, p);
    e->trigger = trigger;
    e->said = (struct event_said){ .text = called ? unescaped(d, json_text(p, "text")) : "help",
                                   .can_open_form = trigger != NULL };
    return e->actor.id ? e : ignored(d);
}

/* ---- messages ---- */

/* What a person says with something beside the words, or in another way: pasted files, "also send
   to channel", /me (docs.slack.dev, "message" event). Every other subtype is an app's, or Slack's
   own line. */
static bool is_said_by_person(const json_t *m)
{
    static const char *const kinds[] = { "file_share", "thread_broadcast", "me_message" };
    const json_t *subtype = json_object_get(m, "subtype");
    bool said = !subtype || json_is_null(subtype);
    for (size_t i = 0; i < COUNT(kinds); i++)
        said |= str_equal(json_string_value(subtype), kinds[i]);
    return said;
}

static unsigned message_flags(const struct decoding *d, const json_t *m)
{
    static const char *const teams[] = { "user_team", "source_team" };
    unsigned flags = id_flags(json_text(m, "user"));
    if (json_object_get(m, "bot_id") || json_object_get(m, "app_id") ||
        json_object_get(m, "bot_profile") || !is_said_by_person(m))
        flags |= IDENTITY_BOT;
    for (size_t i = 0; i < COUNT(teams); i++)
        flags |= team_flags(d, json_text(m, teams[i]));
    const json_t *profile = json_object_get(m, "user_profile");
    if (json_flag(profile, "is_restricted", false) ||
        json_flag(profile, "is_ultra_restricted", false))
        flags |= IDENTITY_GUEST;
    return flags | team_flags(d, json_text(profile, "team"));
}

/* Where the text mentions us first: <@ID> or <@ID|name>. NULL: nowhere. */
static const char *mention_in(const struct slack_codec *codec, const char *text)
{
    char mention[80];
    int bytes = snprintf(mention, sizeof mention, "<@%s", codec->bot_user);
    const char *at = codec->bot_user[0] ? strstr(text, mention) : NULL;
    while (at && (!at[bytes] || !strchr(">|", at[bytes]) || !strchr(at, '>')))
        at = strstr(at + bytes, mention);
    return at;
}

/* What stands behind the first mention of us; the whole text when we are not mentioned. */
static const char *behind_mention(const struct decoding *d, const char *text)
{
    const char *at = mention_in(d->codec, text), *end = at ? strchr(at, '>') : NULL;
    return end ? end + 1 + (end[1] == ':' || end[1] == ',') : text;
}

static struct event *read_message(const struct decoding *d, const json_t *m, const char *channel)
{
    struct event *e = inbox_new(d->inbox, EVENT_SAID, "slack");
    const char *ts = text_of(d, m, "ts");
    e->id = arena_printf(d->arena, "msg:%s:%s%s", channel, str_or_empty(ts),
                         json_object_get(m, "edited") ? ":edited" : "");
    e->actor = (struct event_actor){ .id = text_of(d, m, "user"), .flags = message_flags(d, m) };
    e->place = place_of(d, channel);
    e->home = home_of(d, e->place);
    e->message_id = ts;
    e->thread_id = text_of(d, m, "thread_ts");
    e->said =
        (struct event_said){ .text = unescaped(d, behind_mention(d, json_text_or_empty(m, "text"))),
                             .edited = json_object_get(m, "edited") != NULL };
    return e->actor.id && ts ? e : ignored(d);
}

static bool is_own(const struct decoding *d, const json_t *m)
{
    return (d->codec->bot_user[0] && str_equal(json_text(m, "user"), d->codec->bot_user)) ||
           (d->codec->bot_id[0] && str_equal(json_text(m, "bot_id"), d->codec->bot_id));
}

/* Whoever edits a message means the new words; Slack also tells of changes of its own (previews).
 */
static bool is_edit_by_person(const json_t *m)
{
    const json_t *now = json_object_get(m, "message"),
                 *before = json_object_get(m, "previous_message");
    return str_equal(json_text(m, "subtype"), "message_changed") &&
           json_object_get(now, "edited") && is_said_by_person(now) &&
           !json_object_get(now, "bot_id") &&
           !str_equal(json_text_or_empty(now, "text"), json_text(before, "text"));
}

static struct event *read_direct(const struct decoding *d, const json_t *m)
{
    bool direct = str_equal(json_text(m, "channel_type"), "im");
    if (direct && is_edit_by_person(m) && !is_own(d, json_object_get(m, "message")))
        return read_message(d, json_object_get(m, "message"), json_text_or_empty(m, "channel"));
    /* Two bots that answer each other would never end. */
    if (is_own(d, m) || !direct || !is_said_by_person(m) || json_object_get(m, "bot_id"))
        return ignored(d);
    return read_message(d, m, json_text_or_empty(m, "channel"));
}

/* ---- reactions ---- */

void slack_normalise_reaction(const char *reaction, char *to, size_t bytes)
{
    str_copy(to, bytes, reaction);
    char *tone = strstr(to, "::");
    if (tone)
        *tone = '\0';
    if (str_equal(to, "thumbsup"))
        str_copy(to, bytes, "+1");
    if (str_equal(to, "thumbsdown"))
        str_copy(to, bytes, "-1");
}

static struct event *read_reaction(const struct decoding *d, const json_t *r, enum event_kind kind)
{
    const json_t *item = json_object_get(r, "item");
    const char *author = json_text(r, "item_user");
    char reaction[64];
    bool ours = str_equal(json_text(item, "type"), "message") &&
                str_equal(json_text(item, "channel"), d->codec->channel) && json_text(item, "ts");
    if (!ours || is_own(d, r) || (author && !str_equal(author, d->codec->bot_user)))
        return ignored(d);
    struct event *e = inbox_new(d->inbox, kind, "slack");
    slack_normalise_reaction(json_text_or_empty(r, "reaction"), reaction, sizeof reaction);
    e->actor = (struct event_actor){ .id = text_of(d, r, "user"),
                                     .flags = id_flags(json_text(r, "user")) };
    e->place = PLACE_CHANNEL;
    e->message_id = text_of(d, item, "ts");
    e->reacted.reaction = arena_copy(d->arena, reaction);
    e->reacted.order = text_of(d, r, "event_ts");
    e->id = arena_printf(d->arena, "react:%s:%s:%s:%s:%s:%s", kind == EVENT_REACTED ? "+" : "-",
                         d->codec->channel, e->message_id, str_or_empty(e->actor.id), reaction,
                         json_text_or_empty(r, "event_ts"));
    return e->actor.id ? e : ignored(d);
}

static struct event *read_opened(const struct decoding *d, const json_t *o)
{
    struct event *e = inbox_new(d->inbox, EVENT_OPENED, "slack");
    if (!str_equal(json_text(o, "tab"), "home"))
        return ignored(d);
    e->id = arena_printf(d->arena, "home:%s:%s", json_text_or_empty(o, "user"),
                         json_text_or_empty(o, "event_ts"));
    e->actor = (struct event_actor){ .id = text_of(d, o, "user"),
                                     .flags = id_flags(json_text(o, "user")) };
    e->place = PLACE_DIRECT;
    return e->actor.id ? e : ignored(d);
}

/* We were invited to the channel that we serve. */
static struct event *read_joined(const struct decoding *d, const json_t *o)
{
    if (!d->codec->bot_user[0] || !str_equal(json_text(o, "user"), d->codec->bot_user) ||
        !str_equal(json_text(o, "channel"), d->codec->channel))
        return ignored(d);
    *d->channel_changed = true;
    struct event *e = inbox_new(d->inbox, EVENT_JOINED, "slack");
    e->id = arena_printf(d->arena, "joined:%s:%s", d->codec->channel,
                         json_text_or_empty(o, "event_ts"));
    e->actor.id = d->codec->bot_user;
    return e;
}

static struct event *read_callback(const struct decoding *d, const json_t *p)
{
    static const char *const about_channel[] = { "channel_shared",     "channel_unshared",
                                                 "channel_archive",    "channel_unarchive",
                                                 "channel_id_changed", "member_left_channel" };
    const json_t *e = json_object_get(p, "event");
    const json_t *authorization = json_array_get(json_object_get(p, "authorizations"), 0);
    const char *type = json_text_or_empty(e, "type"), *team = json_text(authorization, "team_id");
    bool ours = (!d->codec->app_id[0] || !json_text(p, "api_app_id") ||
                 str_equal(json_text(p, "api_app_id"), d->codec->app_id)) &&
                (!team || str_equal(team, d->codec->team));
    if (!ours)
        return ignored(d);
    for (size_t i = 0; i < COUNT(about_channel); i++)
        *d->channel_changed |= str_equal(type, about_channel[i]);
    if (str_equal(type, "app_mention") && !is_own(d, e))
        return read_message(d, e, json_text_or_empty(e, "channel"));
    if (str_equal(type, "message"))
        return read_direct(d, e);
    if (str_equal(type, "member_joined_channel"))
        return read_joined(d, e);
    if (str_equal(type, "app_home_opened"))
        return read_opened(d, e);
    if (str_equal(type, "reaction_added"))
        return read_reaction(d, e, EVENT_REACTED);
    return str_equal(type, "reaction_removed") ? read_reaction(d, e, EVENT_UNREACTED) : ignored(d);
}

/* ---- buttons and forms ---- */

static struct event_actor actor_of(const struct decoding *d, const json_t *p)
{
    const json_t *user = json_object_get(p, "user");
    return (struct event_actor){ .id = text_of(d, user, "id"),
                                 .flags = id_flags(json_text(user, "id")) |
                                          team_flags(d, json_text(user, "team_id")) };
}

/* A button on a person's own page, which we alone draw. */
static bool is_home(const json_t *p)
{
    return str_equal(json_string_value(json_path(p, "view.type")), "home") &&
           str_equal(json_string_value(json_path(p, "view.callback_id")), "reguard:home");
}

/* Of which what stands behind is what would be typed, and no handle. */
static bool has_words(const char *action)
{
    return str_equal(action, "request") || str_equal(action, "status");
}

/* What one person alone sees belongs to them: its value begins with their id. In that of somebody
   else's, or in one without, what stands behind counts for no more than a case to restore. */
static void read_value(const char *value, const char *person, struct event_clicked *c)
{
    size_t bytes = strlen(person);
    const char *behind = strchr(value, ':');
    c->handle = c->panel && behind ? behind + 1 : value;
    c->foreign = c->panel && (!bytes || strncmp(value, person, bytes) != 0 || value[bytes] != ':');
    if (!c->panel || c->foreign || !has_words(c->action) || !c->handle[0])
        return;
    c->words = c->handle;
    c->handle = "";
}

/* Behind the act may stand which of several cases it is for, so that no two ids are the same. */
static const char *act_of(const struct decoding *d, const char *id)
{
    return arena_printf(d->arena, "%.*s", (int)strcspn(id, ":"), id);
}

static uint32_t case_of_act(const char *id)
{
    const char *behind = strchr(id, ':');
    return behind ? case_id_read(behind + 1) : 0;
}

static struct event *read_click(const struct decoding *d, const json_t *p)
{
    const json_t *action = json_array_get(json_object_get(p, "actions"), 0),
                 *container = json_object_get(p, "container");
    const char *channel = json_text(container, "channel_id"),
               *ts = text_of(d, container, "message_ts");
    bool panel = json_flag(container, "is_ephemeral", false), home = is_home(p);
    if (home)
        channel = "D", ts = text_of(d, json_object_get(p, "view"), "id");
    if (!json_text(action, "action_id") || !channel || !ts)
        return ignored(d);
    struct event *e = inbox_new(d->inbox, EVENT_CLICKED, "slack");
    e->actor = actor_of(d, p);
    /* Elsewhere: a channel that was served before. What only they see is no place of its own. */
    e->place = panel ? PLACE_DIRECT : place_of(d, channel);
    e->home = home_of(d, e->place);
    e->message_id = panel || home ? NULL : ts;
    e->thread_id = text_of(d, container, "thread_ts");
    e->reply_url = reply_url(d, p);
    e->trigger = text_of(d, p, "trigger_id");
    e->clicked = (struct event_clicked){ .action = act_of(d, json_text(action, "action_id")),
                                         .case_no = case_of_act(json_text(action, "action_id")),
                                         .panel = panel || home,
                                         .page = home };
    const char *value = text_of(d, action, "value");
    if (!value) /* of a menu */
        value = text_of(d, json_object_get(action, "selected_option"), "value");
    read_value(str_or_empty(value), str_or_empty(e->actor.id), &e->clicked);
    e->id = arena_printf(d->arena, "click:%s:%s:%s:%s", str_or_empty(e->actor.id), ts,
                         json_text(action, "action_id"), json_text_or_empty(action, "action_ts"));
    return e->actor.id ? e : ignored(d);
}

/* The value of the form's input with that action_id, wherever its block is. */
static const char *input(const struct decoding *d, const json_t *values, const char *action_id)
{
    const char *block;
    json_t *actions;
    json_object_foreach(json_lent(values), block, actions)
    {
        const json_t *field = json_object_get(actions, action_id);
        const char *text = json_text(field, "value");
        if (!text)
            text = json_string_value(json_path(field, "selected_option.value"));
        if (text)
            return arena_copy(d->arena, text);
    }
    return "";
}

static bool is_ticked(const json_t *values, const char *action_id)
{
    const char *block;
    json_t *actions;
    json_object_foreach(json_lent(values), block, actions)
    {
        const json_t *field = json_object_get(actions, action_id);
        if (json_array_size(json_object_get(field, "selected_options")) > 0)
            return true;
    }
    return false;
}

/* A length in words counts more than one that was chosen: it is chosen for them at first. */
static const char *length_of(const struct decoding *d, const json_t *values)
{
    const char *typed = input(d, values, "duration");
    return typed[strspn(typed, " ")] ? typed : input(d, values, "length");
}

/* As it was shown where it was chosen. */
static const char *shown_in(const struct decoding *d, const json_t *values, const char *action_id)
{
    const char *block;
    json_t *actions;
    json_object_foreach(json_lent(values), block, actions)
    {
        const json_t *field = json_object_get(actions, action_id);
        const char *text = json_string_value(json_path(field, "selected_option.text.text"));
        if (text)
            return unescaped(d, text);
    }
    return NULL;
}

/* Its handle, and what it was given and has no field for: codec_out.c, metadata. */
static void take_metadata(const struct decoding *d, const json_t *view, struct event_submitted *s)
{
    const char *text = json_text_or_empty(view, "private_metadata");
    JSON_AUTO *all = text[0] == '{' ? json_read(text, strlen(text), METADATA_BYTES, NULL) : NULL;
    s->handle = arena_copy(d->arena, all ? json_text_or_empty(all, "handle") : text);
    if (!str_or_empty(s->duration)[0])
        s->duration = arena_copy(d->arena, json_text_or_empty(all, "duration"));
    if (!str_or_empty(s->target)[0])
        s->target = arena_copy(d->arena, json_text_or_empty(all, "target"));
}

/* What is in one of our forms; NULL: it is none. */
static struct event *read_form(const struct decoding *d, const json_t *p, enum event_kind kind)
{
    static const char prefix[] = "reguard:";
    const json_t *view = json_object_get(p, "view"), *values = json_path(view, "state.values");
    const char *callback = json_text_or_empty(view, "callback_id");
    if (strncmp(callback, prefix, sizeof prefix - 1) != 0)
        return NULL;
    struct event *e = inbox_new(d->inbox, kind, "slack");
    e->actor = actor_of(d, p);
    e->place = PLACE_CHANNEL;
    e->submitted = (struct event_submitted){ .form = arena_copy(d->arena,
                                                                callback + sizeof prefix - 1),
                                             .account = input(d, values, "account"),
                                             .account_text = shown_in(d, values, "account"),
                                             .duration = length_of(d, values),
                                             .task = input(d, values, "task"),
                                             .ticket = input(d, values, "ticket"),
                                             .reason = input(d, values, "reason"),
                                             .target = input(d, values, "target"),
                                             .anyway = is_ticked(values, "anyway"),
                                             .mailbox = is_ticked(values, "mailbox"),
                                             .view = text_of(d, view, "id"),
                                             .edition = text_of(d, view, "hash") };
    take_metadata(d, view, &e->submitted);
    return e->actor.id ? e : NULL;
}

/* The same view may be sent more than once, when something in it was wrong. */
static struct event *read_submission(const struct decoding *d, const json_t *p)
{
    struct event *e = read_form(d, p, EVENT_SUBMITTED);
    if (!e)
        return ignored(d);
    e->id = arena_printf(d->arena, "view:%s:%s:%s", str_or_empty(e->submitted.view),
                         str_or_empty(e->submitted.edition), json_text_or_empty(p, "trigger_id"));
    return e;
}

static struct event *read_filled(const struct decoding *d, const json_t *p)
{
    struct event *e = read_form(d, p, EVENT_FILLED);
    if (!e)
        return ignored(d);
    e->id = arena_printf(d->arena, "filled:%s:%s", str_or_empty(e->submitted.view),
                         json_text_or_empty(p, "trigger_id"));
    return e;
}

/* A field that asks the app what to offer (docs.slack.dev, "block_suggestion"). */
static struct event *read_typed(const struct decoding *d, const json_t *p)
{
    struct event *e = inbox_new(d->inbox, EVENT_TYPED, "slack");
    const char *text = text_of(d, p, "value");
    if (!str_equal(json_text(p, "action_id"), "account"))
        return ignored(d);
    e->id = arena_printf(d->arena, "typed:%s", d->envelope_id);
    e->actor = actor_of(d, p);
    e->place = PLACE_CHANNEL;
    e->typed.text = str_or_empty(text);
    return e->actor.id ? e : ignored(d);
}

/* "Request a window for this", on a message: what it says begins the reason. The answer is for this
   person alone, wherever the message stands. */
static struct event *read_shortcut(const struct decoding *d, const json_t *p)
{
    const json_t *message = json_object_get(p, "message");
    const char *trigger = text_of(d, p, "trigger_id");
    if (!str_equal(json_text(p, "callback_id"), "request_window") || !trigger)
        return ignored(d);
    struct event *e = inbox_new(d->inbox, EVENT_CLICKED, "slack");
    e->actor = actor_of(d, p);
    e->place = PLACE_DIRECT;
    e->id = arena_printf(d->arena, "shortcut:%s", trigger);
    e->reply_url = reply_url(d, p);
    e->trigger = trigger;
    e->clicked = (struct event_clicked){ .action = "request",
                                         .handle = "",
                                         .panel = true,
                                         .text = unescaped(d,
                                                           json_text_or_empty(message, "text")) };
    return e->actor.id ? e : ignored(d);
}

static struct event *read_interaction(const struct decoding *d, const json_t *p)
{
    const char *type = json_text_or_empty(p, "type");
    if (str_equal(type, "block_actions"))
        return str_equal(json_string_value(json_path(p, "view.type")), "modal") ? read_filled(d, p)
                                                                                : read_click(d, p);
    if (str_equal(type, "message_action"))
        return read_shortcut(d, p);
    if (str_equal(type, "block_suggestion"))
        return read_typed(d, p);
    return str_equal(type, "view_submission") ? read_submission(d, p) : ignored(d);
}

/* ---- frames ---- */

static struct event *read_envelope(const struct decoding *d, const json_t *frame, const char *type)
{
    const json_t *payload = json_object_get(frame, "payload");
    if (!json_is_object(payload))
        return ignored(d);
    if (str_equal(type, "slash_commands"))
        return read_slash(d, payload);
    if (str_equal(type, "events_api"))
        return read_callback(d, payload);
    return str_equal(type, "interactive") ? read_interaction(d, payload) : ignored(d);
}

void slack_read_frame(const struct slack_codec *codec, const char *text, size_t bytes,
                      struct inbox *inbox, struct slack_frame *ret)
{
    *ret = (struct slack_frame){ .kind = SLACK_JUNK };
    json_t *whole = json_read_anyhow(text, bytes, LIMIT_WS_MESSAGE_BYTES, &ret->cleaned, NULL);
    /* A payload that cannot be read even cleaned, or costs more than one event may, is still
       acknowledged: Slack would send it again. */
    ret->poisoned = !whole;
    JSON_AUTO *frame = whole ? whole : json_read_without(text, bytes, "payload", NULL);
    const char *type = json_text(frame, "type"), *envelope = json_text(frame, "envelope_id");
    if (!whole && !envelope)
        return;
    if (str_equal(type, "hello")) {
        ret->kind = SLACK_HELLO;
        ret->connections = json_number(frame, "num_connections", 0);
    } else if (str_equal(type, "disconnect")) {
        ret->kind = SLACK_DISCONNECT;
        STR_SET(ret->reason, json_text(frame, "reason"));
    } else if (envelope && str_copy(ret->envelope_id, sizeof ret->envelope_id, envelope)) {
        struct decoding d = { codec, inbox, inbox_arena(inbox), ret->envelope_id,
                              &ret->channel_changed };
        ret->kind = SLACK_ENVELOPE;
        ret->event = read_envelope(&d, frame, str_or_empty(type));
    }
}

/* From the mention on, and no more than a command may have: five bytes of an escape are one. */
static json_t *kept_text(const char *from)
{
    size_t bytes = strlen(from), most = 5 * LIMIT_COMMAND_BYTES;
    return json_stringn(from, bytes <= most ? bytes : utf8_cut(from, most));
}

json_t *slack_pick(const struct slack_codec *codec, const json_t *message, size_t *ret_bytes)
{
    static const char *const kept[] = { "user",        "ts",          "thread_ts",   "bot_id",
                                        "app_id",      "bot_profile", "subtype",     "user_team",
                                        "source_team", "edited",      "user_profile" };
    struct decoding d = { .codec = codec };
    const char *at = mention_in(codec, json_text_or_empty(message, "text"));
    if (!at || is_own(&d, message))
        return NULL;
    json_t *picked = json_object();
    json_object_set_new(picked, "text", kept_text(at));
    for (size_t i = 0; i < COUNT(kept); i++)
        if (json_object_get(message, kept[i]))
            json_object_set(picked, kept[i], json_object_get(message, kept[i]));
    *ret_bytes = PICKED_BYTES + json_string_length(json_object_get(picked, "text"));
    return picked;
}

struct event *slack_read_history(const struct slack_codec *codec, const json_t *picked,
                                 struct inbox *inbox)
{
    bool changed = false;
    struct decoding d = { codec, inbox, inbox_arena(inbox), "history", &changed };
    struct event *e = read_message(&d, picked, codec->channel);
    return e->kind == EVENT_SAID ? e : NULL;
}

/* ---- people ---- */

static bool lists_team(const json_t *teams, const char *team)
{
    size_t i;
    json_t *each;
    json_array_foreach(teams, i, each)
    {
        if (str_equal(json_string_value(each), team))
            return true;
    }
    return false;
}

/* Whose they are: 0 for ours. Of an organisation that is not ours a list of teams says nothing. */
static unsigned membership_flags(const struct slack_codec *codec, const json_t *user)
{
    const json_t *grid = json_object_get(user, "enterprise_user"),
                 *teams = json_object_get(grid, "teams");
    const char *home = json_text(user, "team_id"), *organisation = json_text(grid, "enterprise_id");
    bool theirs = organisation && codec->enterprise[0] &&
                  !str_equal(organisation, codec->enterprise);
    if (json_flag(user, "is_stranger", false) || theirs)
        return IDENTITY_STRANGER;
    if (str_equal(home, codec->team) || (organisation && lists_team(teams, codec->team)))
        return 0;
    return home || json_is_array(teams) ? IDENTITY_STRANGER : IDENTITY_UNREAD;
}

unsigned slack_identity_flags(const struct slack_codec *codec, const json_t *user)
{
    static const char *const needed[] = { "deleted", "is_bot", "is_restricted",
                                          "is_ultra_restricted" };
    static const char *const bots[] = { "is_bot", "is_workflow_bot", "is_connector_bot" };
    unsigned flags = json_flag(user, "deleted", false) ? IDENTITY_GONE : 0;
    bool deleted = flags != 0;
    for (size_t i = 0; i < COUNT(needed) && !deleted; i++)
        if (!json_is_boolean(json_object_get(user, needed[i])))
            flags |= IDENTITY_UNREAD;
    for (size_t i = 0; i < COUNT(bots); i++)
        if (json_flag(user, bots[i], false))
            flags |= IDENTITY_BOT;
    if (str_equal(json_text(user, "id"), "USLACKBOT"))
        flags |= IDENTITY_BOT;
    if (json_flag(user, "is_restricted", false) || json_flag(user, "is_ultra_restricted", false))
        flags |= IDENTITY_GUEST;
    if (json_flag(user, "is_invited_user", false))
        flags |= IDENTITY_INVITED;
    if (!json_text(user, "id"))
        flags |= IDENTITY_UNREAD;
    return flags | membership_flags(codec, user);
}

bool slack_zone(const json_t *user, ms_t *ret_ahead_ms)
{
    const json_t *offset = json_object_get(user, "tz_offset");
    json_int_t seconds = json_integer_value(offset);
    if (!json_is_integer(offset) || seconds % 60 || seconds < -EVENT_ZONE_MOST_MS / MS_SECOND ||
        seconds > EVENT_ZONE_MOST_MS / MS_SECOND)
        return false;
    *ret_ahead_ms = seconds * MS_SECOND;
    return true;
}

/* ---- where the bytes of a file go ---- */

enum { UPLOAD_URL_BYTES = 2048 };

/* "files.slack.com" is at "slack.com"; so is "slack.com" itself. */
static bool is_host_at(const char *host, const char *at)
{
    size_t bytes = strlen(host), tail = strlen(at);
    return str_equal(host, at) ||
           (bytes > tail && host[bytes - tail - 1] == '.' && str_equal(host + bytes - tail, at));
}

static bool is_plain_id(const char *id)
{
    return id && id[0] && strlen(id) < SLACK_FILE_ID_BYTES &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(id);
}

const char *slack_read_upload(const json_t *answer, const char *api_url, const char **ret_url,
                              const char **ret_file_id)
{
    struct address to, api;
    *ret_url = json_text(answer, "upload_url");
    *ret_file_id = json_text(answer, "file_id");
    if (!*ret_url || !is_plain_id(*ret_file_id))
        return "Slack gives no address for it";
    if (strlen(*ret_url) >= UPLOAD_URL_BYTES || !address_read(*ret_url, &to, NULL) ||
        !address_read(api_url, &api, NULL))
        return "Slack gives an address that is none";
    if (!to.tls || strncmp(*ret_url, "https://", 8) != 0)
        return "Slack gives an address without TLS";
    return is_host_at(to.host, api.host) ? NULL : "Slack gives an address that is not its own";
}
