/* SPDX-License-Identifier: Apache-2.0 */
/* Acting as a person: saying, commanding, clicking, reacting. What the app hears of it has the
   shape of Slack's events (docs.slack.dev, "Events", "Slash commands", "Interaction payloads"). */
#include "tests/sandbox/slack/act.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/hook.h"
#include "tests/sandbox/slack/interaction.h"
#include "tests/sandbox/slack/modal.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_APP "A0OTHER01"
#define OTHER_BOT "B0OTHER01"

static const char NOBODY[] = "No socket is open.";

/* ---- text as Slack passes it on ---- */

static const char *id_of(struct slackd *s, const char *name, size_t bytes)
{
    char whole[32];
    if (bytes >= sizeof whole)
        return NULL;
    memcpy(whole, name, bytes);
    whole[bytes] = '\0';
    const struct slackd_person *p = slackd_person_named(s, whole);
    return p ? p->id : sandbox_same(whole, "reguard") ? SLACKD_BOT_USER : NULL;
}

/* Writes the mention that begins at `at`, if there is one; returns how many bytes of text it
   took. */
static size_t write_mention(struct slackd *s, FILE *out, const char *text, const char *at,
                            bool labels)
{
    size_t bytes = 0;
    while (isalnum((unsigned char)at[1 + bytes]))
        bytes++;
    const char *id = at > text && isalnum((unsigned char)at[-1]) ? NULL : id_of(s, at + 1, bytes);
    if (!id)
        return 0;
    if (labels)
        fprintf(out, "<@%s|%.*s>", id, (int)bytes, at + 1);
    else
        fprintf(out, "<@%s>", id);
    return 1 + bytes;
}

/* "& < >" escaped, "@ana" a mention. New string. */
static json_t *typed(struct slackd *s, const char *text, bool labels)
{
    char *made = NULL;
    size_t bytes = 0, took;
    FILE *out = open_memstream(&made, &bytes);
    if (!out)
        abort();
    for (const char *at = text; *at; at += took) {
        took = *at == '@' ? write_mention(s, out, text, at, labels) : 0;
        if (took)
            continue;
        took = 1;
        if (*at == '&' || *at == '<' || *at == '>')
            fputs(*at == '&' ? "&amp;" : *at == '<' ? "&lt;" : "&gt;", out);
        else
            fputc(*at, out);
    }
    fclose(out);
    json_t *json = json_stringn(made, bytes);
    free(made);
    return json;
}

/* ---- saying ---- */

/* Marks of a message that an app wrote with a person's token. */
static void mark_app(json_t *message)
{
    json_object_set_new(message, "bot_id", json_string(OTHER_BOT));
    json_object_set_new(message, "app_id", json_string(OTHER_APP));
    json_object_set_new(message, "bot_profile",
                        json_pack("{s:s, s:s, s:s, s:b, s:s}", "id", OTHER_BOT, "app_id", OTHER_APP,
                                  "name", "Other App", "deleted", 0, "team_id", SLACKD_TEAM));
}

/* What tells apart a person of another organisation. */
static void mark_external(json_t *message, const struct slackd_person *p)
{
    json_object_set_new(message, "user_team", json_string(p->team));
    json_object_set_new(message, "source_team", json_string(p->team));
    json_object_set_new(message, "user_profile",
                        json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "name", p->name, "real_name",
                                  p->real_name, "display_name", p->name, "team", p->team,
                                  "is_restricted", 0, "is_ultra_restricted", 0));
}

static json_t *rich_text(const char *text)
{
    return json_pack("[{s:s, s:s, s:[{s:s, s:[{s:s, s:s}]}]}]", "type", "rich_text", "block_id",
                     "typed", "elements", "type", "rich_text_section", "elements", "type", "text",
                     "text", text);
}

static json_t *message_by(const struct slackd_person *p, const char *text, bool app)
{
    char id[SLACKD_ID];
    json_t *m = json_pack("{s:s, s:s, s:s, s:s, s:o}", "type", "message", "user", p->id, "text",
                          text, "team", p->team, "blocks", rich_text(text));
    slackd_random_uuid(id);
    if (app)
        mark_app(m);
    else
        json_object_set_new(m, "client_msg_id", json_string(id));
    if (!sandbox_same(p->team, SLACKD_TEAM))
        mark_external(m, p);
    return m;
}

static void raise_message(struct slackd *s, struct slackd_person *p, const struct slackd_message *m)
{
    bool direct = m->channel[0] == 'D',
         mentions = strstr(sandbox_text(m->json, "text"), "<@" SLACKD_BOT_USER) != NULL;
    if (!direct && !mentions)
        return; /* the app has not asked for more */
    json_t *event = json_deep_copy(m->json), *edited = json_object_get(event, "edited");
    json_object_set_new(event, "type", json_string(direct ? "message" : "app_mention"));
    json_object_set_new(event, "channel", json_string(m->channel));
    json_object_set_new(event, "event_ts",
                        json_string(edited ? sandbox_text(edited, "ts") : m->ts));
    if (direct)
        json_object_set_new(event, "channel_type", json_string("im"));
    slackd_raise_event(s, p, event);
}

/* What was typed, and as many letters behind it as are asked for: more than a request may carry,
   and more than Slack would take when a test wants that. */
static json_t *padded(struct slackd *s, const json_t *body)
{
    enum { PAD_MOST = 32 * 1024 * 1024 };
    json_t *text = typed(s, sandbox_text(body, "text"), false);
    int64_t pad = sandbox_number(body, "pad", 0);
    size_t bytes = json_string_length(text);
    char *longer = pad > 0 && pad <= PAD_MOST ? malloc(bytes + (size_t)pad + 1) : NULL;
    if (!longer)
        return text;
    memcpy(longer, json_string_value(text), bytes);
    memset(longer + bytes, 'x', (size_t)pad);
    json_decref(text);
    text = json_stringn(longer, bytes + (size_t)pad);
    free(longer);
    return text;
}

/* The same again, so many times less one, without an event: what an app hears that is away for
   long. */
static void say_more(struct slackd *s, const struct slackd_message *m, int64_t times)
{
    json_t *pattern = json_deep_copy(m->json);
    char channel[sizeof m->channel];
    snprintf(channel, sizeof channel, "%s", m->channel);
    for (int64_t n = 1; n < times && n < SLACKD_MESSAGES_MOST; n++)
        slackd_post(s, channel, json_deep_copy(pattern));
    json_decref(pattern);
}

static void say(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                const json_t *body, struct web_reply *reply)
{
    (void)request;
    int64_t times = sandbox_number(body, "times", 1);
    const char *channel = json_is_true(json_object_get(body, "dm")) ? p->dm : SLACKD_CHANNEL,
               *thread = sandbox_text(body, "thread_ts");
    char edited[32];
    if (*thread && !slackd_find(s, channel, thread)) {
        slackd_refuse(reply, 404, "There is no such thread.");
        return;
    }
    json_t *text = padded(s, body);
    json_t *message = message_by(p, json_string_value(text),
                                 json_is_true(json_object_get(body, "bot")));
    if (*thread)
        json_object_set_new(message, "thread_ts", json_string(thread));
    if (json_is_object(json_object_get(body, "metadata")))
        json_object_set(message, "metadata", json_object_get(body, "metadata"));
    struct slackd_message *m = slackd_post(s, channel, message);
    if (json_is_true(json_object_get(body, "edited"))) {
        slackd_next_ts(s, edited);
        json_object_set_new(m->json, "edited",
                            json_pack("{s:s, s:s}", "user", p->id, "ts", edited));
        m->edits++;
    }
    web_reply_json(reply, 200, json_pack("{s:s, s:s}", "ts", m->ts, "channel", channel));
    if (!json_is_true(json_object_get(body, "silent")) && times <= 1)
        raise_message(s, p, m);
    say_more(s, m, times);
    json_decref(text);
}

/* ---- commanding ---- */

static void answer_later(struct web_reply *reply, bool taken)
{
    reply->later = taken;
    if (!taken)
        web_reply_json(reply, 200, json_pack("{s:b, s:s}", "acked", 0, "error", NOBODY));
}

static void command(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                    const json_t *body, struct web_reply *reply)
{
    const char *channel = sandbox_text(body, "channel"), *name = sandbox_text(body, "command");
    char trigger[80], hook[SLACKD_PATH];
    channel = sandbox_same(channel, "dm") || json_is_true(json_object_get(body, "dm")) ? p->dm
              : *channel                                                               ? channel
                         : SLACKD_CHANNEL;
    if (!sandbox_same(p->team, SLACKD_TEAM)) {
        slackd_refuse(reply, 400,
                      "Slack has no slash commands for people of another organisation.");
        return;
    }
    slackd_trigger_new(s, p, trigger);
    slackd_hook_new(s, p, channel, NULL, hook);
    json_t *payload = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s}",
                                "token", "ZZZZZZWSxiZZZ2yIvs3peJ", "team_id", SLACKD_TEAM,
                                "team_domain", "sandbox", "channel_id", channel, "channel_name",
                                channel[0] == 'D'                       ? "directmessage"
                                : sandbox_same(channel, SLACKD_CHANNEL) ? "root-ops"
                                                                        : "general",
                                "user_id", p->id, "user_name", p->name, "command",
                                *name ? name : "/reguard", "text",
                                typed(s, sandbox_text(body, "text"), true), "api_app_id",
                                SLACKD_APP, "is_enterprise_install", "false", "trigger_id",
                                trigger);
    answer_later(reply, slackd_raise(s, SLACKD_SLASH, payload, p, request, hook));
}

/* ---- clicking ---- */

/* The element with that action_id and the block that it stands in. */
static const json_t *find_action(const json_t *blocks, const char *action, const char **ret_block)
{
    size_t i, j;
    json_t *block, *element;
    json_array_foreach(blocks, i, block)
    {
        *ret_block = sandbox_text(block, "block_id");
        const json_t *accessory = json_object_get(block, "accessory");
        if (sandbox_same(sandbox_text(accessory, "action_id"), action))
            return accessory;
        json_array_foreach(json_object_get(block, "elements"), j,
                           element) if (sandbox_same(sandbox_text(element, "action_id"),
                                                     action)) return element;
    }
    return NULL;
}

/* Of a menu: its only option stands for it. */
static const json_t *option_of(const json_t *element)
{
    return json_array_get(json_object_get(element, "options"), 0);
}

/* The first with that value, where one is given. */
static const json_t *find_valued(const json_t *blocks, const char *action, const char *value,
                                 const char **ret_block)
{
    size_t i, j;
    json_t *block, *element;
    json_array_foreach(blocks, i, block)
    {
        *ret_block = sandbox_text(block, "block_id");
        json_array_foreach(json_object_get(block, "elements"), j, element)
        {
            if (sandbox_same(sandbox_text(element, "action_id"), action) &&
                (!*value || sandbox_same(sandbox_text(element, "value"), value) ||
                 sandbox_same(sandbox_text(option_of(element), "value"), value)))
                return element;
        }
    }
    return NULL;
}

/* The newest message of that channel with that button. */
static struct slackd_message *find_in(struct slackd *s, const char *channel, const json_t *body,
                                      const json_t **ret_button, const char **ret_block)
{
    const char *ts = sandbox_text(body, "ts"), *name = sandbox_text(body, "case");
    for (size_t i = s->message_count; i > 0; i--) {
        struct slackd_message *m = &s->messages[i - 1];
        if (!sandbox_same(m->channel, channel) || (*ts && !sandbox_same(m->ts, ts)) ||
            (*name && !sandbox_same(slackd_case_of(m->json, "case"), name)))
            continue;
        *ret_button = find_action(json_object_get(m->json, "blocks"), sandbox_text(body, "action"),
                                  ret_block);
        if (*ret_button)
            return m;
    }
    return NULL;
}

/* Where everybody sees it, else where that person alone does. */
static struct slackd_message *find_button(struct slackd *s, const struct slackd_person *p,
                                          const json_t *body, const json_t **ret_button,
                                          const char **ret_block)
{
    struct slackd_message *m = find_in(s, SLACKD_CHANNEL, body, ret_button, ret_block);
    return m ? m : find_in(s, p->dm, body, ret_button, ret_block);
}

static json_t *action_json(struct slackd *s, const json_t *button, const char *block)
{
    static const char *const copied[] = { "action_id", "text", "value", "style", "type" };
    char ts[32];
    json_t *action = json_object();
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        if (json_object_get(button, copied[i]))
            json_object_set(action, copied[i], json_object_get(button, copied[i]));
    if (sandbox_same(sandbox_text(button, "type"), "overflow"))
        json_object_set_new(action, "selected_option", json_deep_copy(option_of(button)));
    slackd_next_ts(s, ts);
    json_object_set_new(action, "block_id", json_string(block));
    json_object_set_new(action, "action_ts", json_string(ts));
    return action;
}

static json_t *container_of(const struct slackd_message *m)
{
    json_t *container = json_pack("{s:s, s:s, s:s, s:b}", "type", "message", "message_ts", m->ts,
                                  "channel_id", m->channel, "is_ephemeral", 0);
    if (json_object_get(m->json, "thread_ts"))
        json_object_set(container, "thread_ts", json_object_get(m->json, "thread_ts"));
    return container;
}

/* A button in what only this person sees: the newest answer that has it ("private"), or the app's
   page ("home"). */
static json_t *press_own(struct slackd *s, struct slackd_person *p, const json_t *body,
                         const char *where, char hook[SLACKD_PATH])
{
    bool home = sandbox_same(where, "home");
    const json_t *lists[] = { p->responses, p->ephemeral }, *found = NULL, *button = NULL;
    const char *block = "", *action = sandbox_text(body, "action"),
               *value = sandbox_text(body, "value");
    char trigger[80];
    if (home)
        button = find_valued(json_object_get(p->home, "blocks"), action, value, &block);
    for (size_t k = 0; k < 2 && !home && !button; k++)
        for (size_t i = json_array_size(lists[k]); i > 0 && !button; i--) {
            found = json_array_get(lists[k], i - 1);
            button = find_valued(json_object_get(found, "blocks"), action, value, &block);
        }
    if (!button)
        return NULL;
    json_t *payload = slackd_interaction(s, "block_actions", p, trigger);
    if (home) {
        json_object_set_new(payload, "container",
                            json_pack("{s:s, s:s}", "type", "view", "view_id",
                                      sandbox_text(p->home, "id")));
        json_object_set_new(payload, "view", json_deep_copy(p->home));
    } else {
        const char *channel = sandbox_text(found, "channel");
        slackd_hook_new(s, p, channel, NULL, hook);
        json_object_set_new(payload, "container",
                            json_pack("{s:s, s:s, s:s, s:b}", "type", "message", "message_ts",
                                      sandbox_text(found, "ts"), "channel_id", channel,
                                      "is_ephemeral", 1));
        json_object_set_new(payload, "channel",
                            json_pack("{s:s, s:s}", "id", channel, "name", "somewhere"));
    }
    json_object_set_new(payload, "actions", json_pack("[o]", action_json(s, button, block)));
    return payload;
}

json_t *slackd_press(struct slackd *s, struct slackd_person *p, const json_t *body,
                     char hook[SLACKD_PATH])
{
    const json_t *button = NULL;
    const char *block = "";
    char trigger[80];
    struct slackd_message *m = find_button(s, p, body, &button, &block);
    if (!m)
        return NULL;
    slackd_hook_new(s, p, m->channel, m->ts, hook);
    json_t *payload = slackd_interaction(s, "block_actions", p, trigger);
    json_object_set_new(payload, "container", container_of(m));
    json_object_set_new(payload, "channel",
                        json_pack("{s:s, s:s}", "id", m->channel, "name",
                                  m->channel[0] == 'D' ? "directmessage" : "root-ops"));
    json_object_set_new(payload, "message", slackd_shown(s, m, false));
    json_object_set_new(payload, "state", json_pack("{s:{}}", "values"));
    json_object_set_new(payload, "actions", json_pack("[o]", action_json(s, button, block)));
    return payload;
}

static void click(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                  const json_t *body, struct web_reply *reply)
{
    char hook[SLACKD_PATH] = "";
    const char *where = sandbox_text(body, "in");
    json_t *payload = *where ? press_own(s, p, body, where, hook) : slackd_press(s, p, body, hook);
    if (!payload)
        slackd_refuse(reply, 404, "There is no such button.");
    else
        answer_later(reply, slackd_raise(s, SLACKD_INTERACTIVE, payload, p, request, hook));
}

/* ---- a shortcut on a message; an invitation ---- */

static void shortcut(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                     const json_t *body, struct web_reply *reply)
{
    char trigger[80], hook[SLACKD_PATH];
    const char *name = sandbox_text(body, "callback");
    struct slackd_message *m = slackd_find(s, SLACKD_CHANNEL, sandbox_text(body, "ts"));
    if (!m) {
        slackd_refuse(reply, 404, "There is no such message.");
        return;
    }
    slackd_hook_new(s, p, m->channel, m->ts, hook);
    json_t *payload = slackd_interaction(s, "message_action", p, trigger);
    json_object_set_new(payload, "callback_id", json_string(*name ? name : "request_window"));
    json_object_set_new(payload, "message_ts", json_string(m->ts));
    json_object_set_new(payload, "message", slackd_shown(s, m, false));
    json_object_set_new(payload, "channel",
                        json_pack("{s:s, s:s}", "id", m->channel, "name", "root-ops"));
    answer_later(reply, slackd_raise(s, SLACKD_INTERACTIVE, payload, p, request, hook));
}

static void invite(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                   const json_t *body, struct web_reply *reply)
{
    char ts[32];
    (void)request;
    const char *channel = sandbox_text(body, "channel");
    slackd_next_ts(s, ts);
    slackd_raise_event(s, p,
                       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "type",
                                 "member_joined_channel", "user", SLACKD_BOT_USER, "channel",
                                 *channel ? channel : SLACKD_CHANNEL, "channel_type", "C", "team",
                                 SLACKD_TEAM, "inviter", p->id, "event_ts", ts));
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}

/* ---- reacting ---- */

/* The card of a case is its oldest message in the channel. */
static struct slackd_message *find_card(struct slackd *s, const json_t *body)
{
    const char *ts = sandbox_text(body, "ts"), *name = sandbox_text(body, "case");
    if (*ts)
        return slackd_find(s, SLACKD_CHANNEL, ts);
    for (size_t i = 0; i < s->message_count && *name; i++)
        if (sandbox_same(s->messages[i].channel, SLACKD_CHANNEL) &&
            sandbox_same(slackd_case_of(s->messages[i].json, "case"), name))
            return &s->messages[i];
    return NULL;
}

static void react(struct slackd *s, struct slackd_person *p, const struct web_request *request,
                  const json_t *body, struct web_reply *reply)
{
    (void)request; /* "app" changes nothing: a reaction that an app made with a person's token bears
                      no mark */
    const char *name = sandbox_text(body, "reaction");
    bool remove = json_is_true(json_object_get(body, "remove"));
    char ts[32];
    struct slackd_message *m = find_card(s, body);
    if (!m || !*name) {
        slackd_refuse(reply, m ? 400 : 404,
                      m ? "\"reaction\" is missing." : "There is no such message.");
        return;
    }
    if (remove ? !slackd_unreact(m, p->id, name) : !slackd_react(m, p->id, name)) {
        slackd_refuse(reply, 400,
                      remove ? "There is no such reaction." : "The reaction is there already.");
        return;
    }
    slackd_next_ts(s, ts);
    slackd_raise_event(s, p,
                       json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:s}", "type",
                                 remove ? "reaction_removed" : "reaction_added", "user", p->id,
                                 "reaction", name, "item", "type", "message", "channel", m->channel,
                                 "ts", m->ts, "item_user", sandbox_text(m->json, "user"),
                                 "event_ts", ts));
    web_reply_json(reply, 200, json_pack("{s:b, s:s}", "ok", 1, "ts", m->ts));
}

/* ---- which act ---- */

static const struct {
    const char *name;
    void (*run)(struct slackd *, struct slackd_person *, const struct web_request *, const json_t *,
                struct web_reply *);
} acts[] = {
    { "say", say },
    { "command", command },
    { "click", click },
    { "react", react },
    { "submit", slackd_submit },
    { "close", slackd_close },
    { "choose", slackd_choose },
    { "type", slackd_type },
    { "open_home", slackd_open_home },
    { "shortcut", shortcut },
    { "invite", invite },
};

void slackd_act(struct slackd *s, const char *what, const struct web_request *request,
                const json_t *body, struct web_reply *reply)
{
    size_t i = 0;
    while (i + 1 < sizeof acts / sizeof *acts && !sandbox_same(acts[i].name, what))
        i++;
    struct slackd_person *p = slackd_person_named(s, sandbox_text(body, "person"));
    if (!p)
        slackd_refuse(reply, 400, "\"person\" is one of ana, ben, cleo, dan, gil, eve.");
    else
        acts[i].run(s, p, request, body, reply);
}
