/* SPDX-License-Identifier: Apache-2.0 */
/* What passes between Slack and the process, as Slack writes it (docs.slack.dev, "Using Socket
   Mode", "Interactivity", "Block Kit"), read and written by the adapter's own codec. */
#include "tests/sim/chats.h"
#include "adapters/slack/codec_in.h"
#include "adapters/slack/codec_out.h"
#include "core/fact.h"
#include "host/json.h"
#include "port/witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct slack_codec CODEC = { .team = "T1",
                                          .channel = "C1",
                                          .command = "/reguard",
                                          .api_url = "https://slack.com/api/",
                                          .bot_user = "UBOT",
                                          .bot_id = "BBOT",
                                          .app_id = "A1" };

/* ---- out ---- */

void in_slack_render(const struct message *m, const struct people *people, struct buf *out)
{
    json_t *json = slack_message_json(m, people);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        abort();
    buf_add(out, text);
    free(text);
}

bool in_slack_is_whole(const char *rendered)
{
    json_t *json = json_loads(rendered, 0, NULL);
    bool whole = json != NULL;
    json_decref(json);
    return whole;
}

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    if (!json) {
        fprintf(stderr, "sim: Slack would not take this: %s\n", text);
        abort();
    }
    return json;
}

/* Of a menu, which holds one thing only, what comes when that is chosen. */
static const char *value_of(const json_t *element)
{
    const char *chosen = json_string_value(
        json_path(json_array_get(json_object_get(element, "options"), 0), "value"));
    return chosen ? chosen : json_text_or_empty(element, "value");
}

static bool is_pressed(const json_t *element)
{
    return str_equal(json_text(element, "type"), "button") ||
           str_equal(json_text(element, "type"), "overflow");
}

static void take_button(struct chat_message *m, const json_t *element)
{
    const char *action = json_text_or_empty(element, "action_id"), *value = value_of(element);
    if (m->button_count == COUNT(m->buttons))
        return;
    STR_SET(m->buttons[m->button_count].action, action);
    m->buttons[m->button_count].action[strcspn(action, ":")] = '\0'; /* of which case */
    STR_SET(m->buttons[m->button_count++].handle, value);
    if (str_equal(action, "approve")) {
        STR_SET(m->question, value);
        m->votes = true;
    }
}

void in_slack_read(struct chat_message *m)
{
    json_t *json = parse(m->body), *block, *element;
    const json_t *payload = json_path(json, "metadata.event_payload");
    size_t i, k;
    m->votes = false;
    m->button_count = 0;
    m->question[0] = '\0';
    m->sighting = (struct sighting){ 0 };
    STR_SET(m->key, json_text(payload, "key"));
    STR_SET(m->case_id, json_text(payload, "case"));
    STR_SET(m->state, json_text(payload, "state"));
    m->alarm = strstr(json_text_or_empty(json, "text"), "🚨") != NULL;
    json_array_foreach(json_object_get(json, "blocks"), i, block)
    {
        json_array_foreach(json_object_get(block, "elements"), k, element)
        {
            if (is_pressed(element))
                take_button(m, element);
        }
    }
    witness_read(payload, &m->sighting);
    json_decref(json);
}

static void add_line(struct buf *lines, const char *name, const char *text)
{
    if (!text || !text[0])
        return;
    buf_addf(lines, "%s=", name);
    for (; *text; text++)
        buf_add_char(lines, *text == '\n' ? ' ' : *text);
    buf_add(lines, "\n");
}

static void add_blocks(struct buf *lines, const json_t *blocks)
{
    json_t *block, *part;
    size_t i, k;
    json_array_foreach(blocks, i, block)
    {
        add_line(lines, "section", json_string_value(json_path(block, "text.text")));
        json_array_foreach(json_object_get(block, "fields"), k, part)
        {
            add_line(lines, "field", json_text(part, "text"));
        }
        json_array_foreach(json_object_get(block, "elements"), k, part)
        {
            add_line(lines, "grey", json_text(part, "text"));
        }
    }
}

void in_slack_show(const struct chat_message *m, struct buf *lines)
{
    json_t *json = parse(m->body);
    add_line(lines, "kind", m->kind);
    add_line(lines, "key", m->key);
    add_line(lines, "case", m->case_id);
    add_line(lines, "state", m->state);
    add_line(lines, "question", m->question);
    add_line(lines, "to", m->to);
    add_line(lines, "alarm", m->alarm ? "1" : "");
    add_line(lines, "votes", m->votes ? "1" : "");
    add_blocks(lines, json_object_get(json, "blocks"));
    for (size_t i = 0; i < m->button_count; i++)
        buf_addf(lines, "button=%s %s\n", m->buttons[i].action, m->buttons[i].handle);
    add_line(lines, "text", json_text(json, "text"));
    if (m->sighting.store[0])
        buf_addf(lines, "witness=%" PRIu64 " %s %s\n", m->sighting.record, m->sighting.hash,
                 m->sighting.store);
    json_decref(json);
}

static void take_panel_buttons(struct shown_panel *p, const json_t *blocks)
{
    json_t *block, *element;
    size_t i, k;
    json_array_foreach(blocks, i, block)
    {
        json_array_foreach(json_object_get(block, "elements"), k, element)
        {
            if (!is_pressed(element) || p->count == COUNT(p->buttons))
                continue;
            STR_SET(p->buttons[p->count].action, json_text_or_empty(element, "action_id"));
            STR_SET(p->buttons[p->count++].value, value_of(element));
        }
    }
}

void in_slack_show_panel(const struct effect *e, const struct people *people, struct shown_panel *p,
                         struct buf *lines)
{
    enum { BLOCKS_OF_A_MESSAGE = 50, BLOCKS_OF_A_PAGE = 100 };
    p->home = e->kind == EFFECT_HOME;
    p->count = 0;
    json_t *home = p->home ? slack_home_json(e->home.panel, e->home.person_id, e->home.otherwise,
                                             people)
                           : NULL,
           *blocks = p->home ? json_incref(json_object_get(home, "blocks"))
                             : slack_panel_json(e->answer.panel, e->answer.person_id, people,
                                                BLOCKS_OF_A_MESSAGE);
    if (json_array_size(blocks) > (p->home ? BLOCKS_OF_A_PAGE : BLOCKS_OF_A_MESSAGE)) {
        fprintf(stderr, "sim: Slack would not take so many blocks\n");
        abort();
    }
    take_panel_buttons(p, blocks);
    add_blocks(lines, blocks);
    for (size_t i = 0; i < p->count; i++)
        buf_addf(lines, "button=%s %s\n", p->buttons[i].action, p->buttons[i].value);
    json_decref(blocks);
    json_decref(home);
}

/* ---- in ---- */

static json_t *envelope(const struct doing *d, const char *type, json_t *payload)
{
    return json_pack("{s:s, s:s, s:o}", "type", type, "envelope_id", d->id, "payload", payload);
}

static json_t *callback(const struct doing *d, json_t *event)
{
    return envelope(d, "events_api",
                    json_pack("{s:s, s:s, s:s, s:o, s:[{s:s}]}", "type", "event_callback",
                              "team_id", "T1", "api_app_id", "A1", "event", event, "authorizations",
                              "team_id", "T1"));
}

static json_t *mention(const struct doing *d)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:s}", "type", "app_mention", "user", d->person, "text",
                     json_sprintf("<@UBOT> %s", d->text), "ts", d->id, "channel", "C1");
}

static json_t *said(const struct doing *d)
{
    if (d->direct)
        return callback(d, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "message",
                                     "channel_type", "im", "user", d->person, "text", d->text, "ts",
                                     d->id, "channel", "D1"));
    if (!d->slash)
        return callback(d, mention(d));
    return envelope(d, "slash_commands",
                    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "command", "/reguard",
                              "team_id", "T1", "channel_id", "C1", "user_id", d->person, "text",
                              d->text, "trigger_id", d->id, "response_url",
                              "https://hooks.slack.com/commands/T1/1/x"));
}

/* In what one person alone is shown: there is no message of that name, or no message at all. */
static json_t *pressed(const struct doing *d)
{
    json_t *payload = json_pack("{s:s, s:{s:s, s:s}, s:s, s:[{s:s, s:s, s:s}]}", "type",
                                "block_actions", "user", "id", d->person, "team_id", "T1",
                                "trigger_id", d->id, "actions", "action_id", d->action, "value",
                                d->handle, "action_ts", d->id);
    if (d->home)
        json_object_set_new(payload, "view",
                            json_pack("{s:s, s:s, s:s}", "type", "home", "callback_id",
                                      "reguard:home", "id", d->message_id));
    else
        json_object_set_new(payload, "container",
                            json_pack("{s:s, s:s, s:s, s:b}", "type", "message", "channel_id", "C1",
                                      "message_ts", d->message_id, "is_ephemeral", 1));
    return envelope(d, "interactive", payload);
}

static json_t *opened(const struct doing *d)
{
    return callback(d, json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "app_home_opened", "user",
                                 d->person, "channel", "D1", "tab", "home", "event_ts", d->id));
}

static json_t *clicked(const struct doing *d)
{
    if (d->panel)
        return pressed(d);
    return envelope(d, "interactive",
                    json_pack("{s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:[{s:s, s:s, s:s}]}",
                              "type", "block_actions", "user", "id", d->person, "team_id", "T1",
                              "container", "type", "message", "channel_id", "C1", "message_ts",
                              d->message_id, "trigger_id", d->id, "actions", "action_id", d->action,
                              "value", d->handle, "action_ts", d->id));
}

static void set_input(json_t *values, const char *name, const char *value)
{
    json_object_set_new(values, name,
                        json_pack("{s:{s:s, s:s}}", name, "type", "plain_text_input", "value",
                                  value));
}

static json_t *submitted(const struct doing *d)
{
    json_t *values = json_object();
    set_input(values, "account", d->account);
    set_input(values, "duration", d->duration);
    set_input(values, "reason", d->reason);
    return envelope(d, "interactive",
                    json_pack("{s:s, s:{s:s, s:s}, s:{s:s, s:s, s:o, s:s, s:{s:o}}}", "type",
                              "view_submission", "user", "id", d->person, "team_id", "T1", "view",
                              "id", d->id, "hash", d->id, "callback_id",
                              json_sprintf("reguard:%s", d->action), "private_metadata", d->handle,
                              "state", "values", values));
}

static json_t *reacted(const struct doing *d)
{
    return callback(d, json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s}", "type",
                                 d->kind == EVENT_REACTED ? "reaction_added" : "reaction_removed",
                                 "user", d->person, "reaction", d->reaction, "item_user", "UBOT",
                                 "item", "type", "message", "channel", "C1", "ts", d->message_id,
                                 "event_ts", d->id));
}

static json_t *frame_of(const struct doing *d)
{
    switch ((int)d->kind) {
    case EVENT_SAID: return said(d);
    case EVENT_CLICKED: return clicked(d);
    case EVENT_SUBMITTED: return submitted(d);
    case EVENT_OPENED: return opened(d);
    default: return reacted(d);
    }
}

/* As conversations.history has it. */
static struct event *from_history(const struct doing *d, struct inbox *inbox)
{
    json_t *message = mention(d);
    size_t bytes;
    json_object_set_new(message, "type", json_string("message"));
    json_object_del(message, "channel");
    json_t *picked = slack_pick(&CODEC, message, &bytes);
    struct event *e = picked ? slack_read_history(&CODEC, picked, inbox) : NULL;
    json_decref(picked);
    json_decref(message);
    return e;
}

struct event *in_slack_event(const struct doing *d, struct inbox *inbox)
{
    if (d->caught_up)
        return d->slash || d->direct ? NULL : from_history(d, inbox);
    struct slack_frame frame;
    json_t *json = frame_of(d);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (!text)
        abort();
    slack_read_frame(&CODEC, text, strlen(text), inbox, &frame);
    json_decref(json);
    free(text);
    return frame.kind == SLACK_ENVELOPE ? frame.event : NULL;
}

unsigned in_slack_identity(const struct human *h)
{
    bool gone = (h->flags[0] & IDENTITY_GONE) != 0, guest = (h->flags[0] & IDENTITY_GUEST) != 0;
    json_t *user = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b}", "id", h->ids[0], "team_id", "T1",
                             "deleted", gone, "is_bot", 0, "is_restricted", guest,
                             "is_ultra_restricted", 0);
    unsigned flags = slack_identity_flags(&CODEC, user);
    json_decref(user);
    return flags;
}
