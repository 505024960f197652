/* Slack's half of the sandbox: routes, control and state. */
#include "tests/sandbox/slack/internal.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ---- */

void slack_random(char *to, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";
    unsigned char bytes[128];
    if (count > sizeof bytes || RAND_bytes(bytes, (int)count) != 1)
        abort();
    for (size_t i = 0; i < count; i++)
        to[i] = letters[bytes[i] % (sizeof letters - 1)];
    to[count] = '\0';
}

void slack_random_uuid(char to[SLACK_ID])
{
    unsigned char b[16];
    if (RAND_bytes(b, sizeof b) != 1)
        abort();
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(to, SLACK_ID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

void slack_next_ts(struct slack *s, char to[32])
{
    int64_t now = sandbox_utc_ms() * 1000;
    s->last_ts_us = now > s->last_ts_us ? now : s->last_ts_us + 1;
    snprintf(to, 32, "%" PRId64 ".%06" PRId64, s->last_ts_us / 1000000, s->last_ts_us % 1000000);
}

const char *slack_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t slack_number(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool slack_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

size_t slack_characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8; utf8++)
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return count;
}

void slack_keep_private(json_t *list, json_t *entry_new)
{
    if (json_array_size(list) >= SLACK_PRIVATE_MOST)
        json_array_remove(list, 0);
    json_array_append_new(list, entry_new);
}

void slack_refuse(struct web_reply *reply, int status, const char *sentence)
{
    web_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes one name or value; new reference, "" when it is not UTF-8. */
static json_t *form_piece(const char *from, size_t bytes)
{
    char *to = malloc(bytes + 1);
    size_t n = 0;
    for (size_t i = 0; to && i < bytes; i++) {
        bool escape = from[i] == '%' && i + 2 < bytes && hex_digit(from[i + 1]) >= 0 &&
                      hex_digit(from[i + 2]) >= 0;
        to[n++] = escape           ? (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]))
                  : from[i] == '+' ? ' '
                                   : from[i];
        i += escape ? 2 : 0;
    }
    json_t *text = to ? json_stringn(to, n) : NULL;
    free(to);
    return text ? text : json_string("");
}

json_t *slack_form(const char *text, size_t bytes)
{
    json_t *form = json_object();
    for (const char *at = text, *end = text + bytes; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        const char *name_end = equals ? equals : stop;
        json_t *name = form_piece(at, (size_t)(name_end - at));
        json_t *value = equals ? form_piece(equals + 1, (size_t)(stop - equals - 1))
                               : json_string("");
        if (json_string_length(name) > 0)
            json_object_set_new(form, json_string_value(name), value);
        else
            json_decref(value);
        json_decref(name);
        at = stop + 1;
    }
    return form;
}

void slack_merge(json_t *into, const json_t *change)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)change, key, value)
    {
        if (json_is_null(value))
            json_object_del(into, key);
        else
            json_object_set(into, key, value);
    }
}

/* ---- making and ending ---- */

static const char all_scopes[] =
    "app_mentions:read,chat:write,commands,channels:history,groups:history,im:history,"
    "channels:read,groups:read,im:read,im:write,reactions:read,reactions:write,users:read,"
    "pins:write,team:read";

struct slack *slack_new(const char *base_tls, const char *base_plain)
{
    struct slack *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    snprintf(s->base_tls, sizeof s->base_tls, "%s", base_tls);
    snprintf(s->base_plain, sizeof s->base_plain, "%s", base_plain);
    s->last_envelope = &s->envelopes;
    s->pins = json_array();
    s->rate_limits = true;
    s->burst = 60;
    s->ack_ms = 3000;
    s->retry_ms[1] = 60000;
    s->retry_ms[2] = 300000;
    slack_random(s->load_secret, 24);
    snprintf(s->app_token, sizeof s->app_token, "%s", SLACK_APP_TOKEN);
    snprintf(s->bot_token, sizeof s->bot_token, "%s", SLACK_BOT_TOKEN);
    snprintf(s->scopes, sizeof s->scopes, "%s", all_scopes);
    slack_people_init(s);
    slack_gateway_start(s);
    return s;
}

void slack_free(struct slack *s)
{
    if (!s)
        return;
    slack_load_done(s);
    slack_flood_done(s);
    slack_envelopes_done(s);
    for (size_t i = 0; i < s->message_count; i++)
        json_decref(s->messages[i].json);
    slack_people_done(s);
    json_decref(s->pins);
    free(s->last_frame);
    free(s);
}

static bool answer(void *self, const struct web_request *request, struct web_reply *reply)
{
    struct slack *s = self;
    if (strncmp(request->path, "/api/", 5) == 0)
        return slack_api(s, request, reply);
    return strncmp(request->path, "/hooks/", 7) == 0 && slack_hook(s, request, reply);
}

static json_t *state(void *self)
{
    const struct slack *s = self;
    json_t *modals = json_array();
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        if (s->people[i].modal)
            json_array_append_new(modals, json_string(s->people[i].name));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "connections",
                     (json_int_t)slack_connections(s), "hellos", (json_int_t)s->hellos, "envelopes",
                     (json_int_t)s->sent, "acked", (json_int_t)s->acked, "retries",
                     (json_int_t)s->retries, "given_up", (json_int_t)s->given_up, "pending",
                     (json_int_t)s->envelope_count, "messages", (json_int_t)s->message_count,
                     "edits", (json_int_t)s->edits, "junk", (json_int_t)s->junk, "outage",
                     s->outage, "modal_open_for", modals);
}

/* ---- POST /sandbox/slack: one change per key ---- */

/* The events that an app is told when a channel changes its nature. */
static void channel_changed(struct slack *s, const json_t *change)
{
    const json_t *archived = json_object_get(change, "is_archived"),
                 *shared = json_object_get(change, "is_ext_shared");
    if (archived)
        slack_raise_event(s, NULL,
                          json_pack("{s:s, s:s, s:s}", "type",
                                    json_is_true(archived) ? "channel_archive"
                                                           : "channel_unarchive",
                                    "channel", SLACK_CHANNEL, "user", "U0ANA0001"));
    if (shared)
        slack_raise_event(s, NULL,
                          json_pack("{s:s, s:s, s:s}", "type",
                                    json_is_true(shared) ? "channel_shared" : "channel_unshared",
                                    "channel", SLACK_CHANNEL,
                                    json_is_true(shared) ? "connected_team_id"
                                                         : "previously_connected_team_id",
                                    SLACK_OTHER_TEAM));
}

static bool change_channel(struct slack *s, const json_t *change, struct web_reply *reply)
{
    if (!json_is_object(change)) {
        slack_refuse(reply, 400, "\"channel\" takes an object of the fields to change.");
        return false;
    }
    bool silent = json_is_true(json_object_get(change, "silent"));
    slack_merge(s->channel, change);
    json_object_del(s->channel, "silent");
    if (!silent)
        channel_changed(s, change);
    return true;
}

static bool change_deadlines(struct slack *s, const json_t *body, struct web_reply *reply)
{
    const json_t *retry = json_object_get(body, "retry_ms");
    s->ack_ms = slack_number(body, "ack_ms", s->ack_ms);
    for (size_t i = 0; i < SLACK_RETRIES && i < json_array_size(retry); i++)
        s->retry_ms[i] = json_integer_value(json_array_get(retry, i));
    if (s->ack_ms > 0 && (!retry || json_array_size(retry) == SLACK_RETRIES))
        return true;
    slack_refuse(reply, 400, "\"ack_ms\" is above 0, \"retry_ms\" has three numbers.");
    return false;
}

static bool send_raw(struct slack *s, const char *frame, struct web_reply *reply)
{
    struct slack_socket *newest = slack_newest(s);
    if (newest && frame)
        web_socket_send(newest->ws, frame, strlen(frame));
    else
        slack_refuse(reply, 404,
                     frame ? "No socket is open." : "There is no envelope to repeat yet.");
    return newest && frame;
}

/* One text message of that many bytes, as an envelope whose padding fills it; longer than what a
   request to the sandbox may carry. */
static bool send_long(struct slack *s, int64_t bytes, struct web_reply *reply)
{
    enum { LONG_FRAME_MAX = 32 * 1024 * 1024 };
    static const char head[] = "{\"type\":\"events_api\",\"envelope_id\":\"long\",\"pad\":\"",
                      tail[] = "\"}";
    struct slack_socket *newest = slack_newest(s);
    size_t frame = sizeof head - 1 + sizeof tail - 1;
    char *text = newest && bytes > (int64_t)frame && bytes <= LONG_FRAME_MAX
                     ? malloc((size_t)bytes + 1)
                     : NULL;
    if (!text) {
        slack_refuse(reply, 404, "No socket is open, or it cannot have so many bytes.");
        return false;
    }
    memset(text, 'x', (size_t)bytes);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + bytes - (sizeof tail - 1), tail, sizeof tail);
    slack_socket_write(s, newest, text);
    free(text);
    return true;
}

static bool delete_message(struct slack *s, const char *ts, struct web_reply *reply)
{
    if (slack_delete(s, SLACK_CHANNEL, ts))
        return true;
    slack_refuse(reply, 404, "There is no message with that ts in the channel.");
    return false;
}

static bool set_fickle(struct slack *s, const json_t *how, struct web_reply *reply)
{
    static const char *const words[] = { "stay", "close", "refresh_requested" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slack_same(json_string_value(how), words[i])) {
            s->fickle = (enum slack_fickle)i;
            return true;
        }
    slack_refuse(reply, 400, "\"after_hello\" is stay, close or refresh_requested.");
    return false;
}

static bool break_link(struct slack *s, const json_t *body, struct web_reply *reply)
{
    const char *reason = json_string_value(json_object_get(body, "disconnect"));
    if (reason && !slack_disconnect(s, reason)) {
        slack_refuse(reply, 404, "No socket is open, or the reason is none of Slack's.");
        return false;
    }
    if (json_is_true(json_object_get(body, "half_open")) && !slack_half_open(s)) {
        slack_refuse(reply, 404, "No socket is open.");
        return false;
    }
    if (json_is_true(json_object_get(body, "deaf")) && !slack_deafen(s)) {
        slack_refuse(reply, 404, "No socket is open.");
        return false;
    }
    const json_t *after_hello = json_object_get(body, "after_hello");
    if (after_hello && !set_fickle(s, after_hello, reply))
        return false;
    if (json_is_true(json_object_get(body, "forget")))
        slack_envelopes_forget(s);
    if (json_object_get(body, "outage"))
        slack_outage(s, json_is_true(json_object_get(body, "outage")));
    return true;
}

/* Every key that is there is done; false when one was refused, and reply says why. */
static bool change_settings(struct slack *s, const json_t *body, struct web_reply *reply)
{
    const json_t *frame = json_object_get(body, "frame"), *gone = json_object_get(body, "delete"),
                 *user = json_object_get(body, "user"),
                 *long_frame = json_object_get(body, "long_frame");
    if (json_object_get(body, "rate_limits"))
        s->rate_limits = json_is_true(json_object_get(body, "rate_limits"));
    s->burst = (double)slack_number(body, "burst", (int64_t)s->burst);
    s->fragments = (int)slack_number(body, "fragments", s->fragments);
    s->page_most = slack_number(body, "page_most", s->page_most);
    if (!change_deadlines(s, body, reply) || !break_link(s, body, reply))
        return false;
    if (frame && !send_raw(s, json_string_value(frame), reply))
        return false;
    if (long_frame && !send_long(s, json_integer_value(long_frame), reply))
        return false;
    if (json_is_true(json_object_get(body, "duplicate")) && !send_raw(s, s->last_frame, reply))
        return false;
    if (json_object_get(body, "channel") &&
        !change_channel(s, json_object_get(body, "channel"), reply))
        return false;
    const json_t *refuse = json_object_get(body, "refuse");
    if (refuse && !slack_refuse_calls(s, refuse, reply))
        return false;
    if (gone && !delete_message(s, json_string_value(gone), reply))
        return false;
    return !user || slack_people_change(s, user, reply);
}

/* Given anew by Slack's pages: the old ones end at once, and sockets that are open stay. */
static void change_tokens(struct slack *s, const json_t *tokens)
{
    const char *app = slack_text(tokens, "app"), *bot = slack_text(tokens, "bot");
    if (*app)
        snprintf(s->app_token, sizeof s->app_token, "%s", app);
    if (*bot)
        snprintf(s->bot_token, sizeof s->bot_token, "%s", bot);
}

static void control_slack(struct slack *s, const json_t *body, struct web_reply *reply)
{
    if (!json_is_object(body)) {
        slack_refuse(reply, 400, "The body is a JSON object.");
        return;
    }
    if (!change_settings(s, body, reply))
        return;
    change_tokens(s, json_object_get(body, "tokens"));
    if (json_is_string(json_object_get(body, "scopes")))
        snprintf(s->scopes, sizeof s->scopes, "%s", slack_text(body, "scopes"));
    sandbox_changed();
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}

static void show_channel(void *self, const struct control_call *call)
{
    slack_view_channel(self, call->request, call->reply);
}

static void show_private(void *self, const struct control_call *call)
{
    slack_view_private(self, call->request, call->reply);
}

static void change(void *self, const struct control_call *call)
{
    control_slack(self, call->body, call->reply);
}

static void load(void *self, const struct control_call *call)
{
    slack_load_start(self, call->request, call->body, call->reply);
}

static void flood(void *self, const struct control_call *call)
{
    slack_flood_start(self, call->body, call->reply);
}

static void act(void *self, const struct control_call *call)
{
    slack_act(self, call->path, call->request, call->body, call->reply);
}

static const struct control_row calls[] = {
    { NULL, "channel", show_channel },
    { NULL, "private", show_private },
    { NULL, "slack", change },
    { NULL, "load", load },
    { NULL, "flood", flood },
    { NULL, "say", act },
    { NULL, "command", act },
    { NULL, "click", act },
    { NULL, "react", act },
    { NULL, "submit", act },
    { NULL, "close", act },
    { NULL, NULL, NULL },
};

/* ---- what is handed to main ---- */

static const struct web_socket_service *socket_at(void *self, const char *path)
{
    struct slack *s = self;
    s->link = slack_link;
    s->link.self = s;
    return strncmp(path, "/link/", strlen("/link/")) == 0 ? &s->link : NULL;
}

struct service slack_service(struct slack *s)
{
    return (struct service){
        .self = s,
        .web = { s, answer, socket_at },
        .calls = calls,
        .name = "slack",
        .state = state,
        .look_new = slack_look_new,
        .look_free = slack_look_free,
        .look_again = slack_look_again,
    };
}
