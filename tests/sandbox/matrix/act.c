/* SPDX-License-Identifier: Apache-2.0 */
/* What a test does as a person: say, edit, react, take back, and put events into the room that no
   client would send. */
#include "tests/sandbox/matrix/act.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

/* A card's event by its case; NULL. */
static struct matrixd_event *card_of(struct matrixd *m, const char *case_id)
{
    for (size_t i = 0; i < m->event_count; i++) {
        struct matrixd_event *e = &m->events[i];
        const json_t *content = json_object_get(e->json, "content");
        if (!e->redacted_by && sandbox_same(sandbox_text(e->json, "sender"), MATRIXD_BOT) &&
            sandbox_same(matrixd_mark(content, "case"), case_id) &&
            !*sandbox_text(matrixd_relation(e->json), "rel_type"))
            return e;
    }
    return NULL;
}

/* An event id, or a case for its card. */
static struct matrixd_event *target(struct matrixd *m, const struct matrixd_room *room,
                                    const char *name)
{
    return *name == '$' ? matrixd_event_by_id(m, room, name) : card_of(m, name);
}

struct act {
    struct matrixd *m;
    struct matrixd_room *room;
    const struct matrixd_user *user;
    const json_t *body;
    struct web_reply *reply;
};

static void answer_event(const struct act *a, const struct matrixd_event *e)
{
    web_reply_json(a->reply, 200, json_pack("{s:b, s:s}", "ok", 1, "event_id", matrixd_id_of(e)));
}

/* People outside the room cannot speak in it, unless the test insists. */
static bool may_act(const struct act *a)
{
    if (json_is_true(json_object_get(a->body, "force")) ||
        sandbox_same(matrixd_membership(a->room, a->user->id), "join"))
        return true;
    matrixd_complain(a->reply, 403, "That person is not in the room.");
    return false;
}

/* ---- saying ---- */

/* As clients write a mention: a link in the formatted body, the display name in the plain one, and
   who is meant. */
static json_t *mention(const char *text)
{
    const char *at = strstr(text, "@reguard");
    size_t before = (size_t)(at - text);
    const char *after = at + strlen("@reguard");
    char *body = NULL, *html = NULL;
    if (asprintf(&body, "%.*sreguard%s", (int)before, text, after) < 0 ||
        asprintf(&html, "%.*s<a href=\"https://matrix.to/#/" MATRIXD_BOT "\">reguard</a>%s",
                 (int)before, text, after) < 0)
        abort();
    json_t *content = json_pack("{s:s, s:s, s:s, s:s, s:{s:[s]}}", "msgtype", "m.text", "body",
                                body, "format", "org.matrix.custom.html", "formatted_body", html,
                                "m.mentions", "user_ids", MATRIXD_BOT);
    free(body);
    free(html);
    return content;
}

static json_t *message(const struct act *a)
{
    const char *text = sandbox_text(a->body, "text"), *html = sandbox_text(a->body, "html"),
               *msgtype = sandbox_text(a->body, "msgtype");
    json_t *content = strstr(text, "@reguard") && !strstr(text, MATRIXD_BOT)
                          ? mention(text)
                          : json_pack("{s:s, s:s, s:{}}", "msgtype", "m.text", "body", text,
                                      "m.mentions");
    if (*html) {
        json_object_set_new(content, "format", json_string("org.matrix.custom.html"));
        json_object_set_new(content, "formatted_body", json_string(html));
    }
    if (*msgtype)
        json_object_set_new(content, "msgtype", json_string(msgtype));
    return content;
}

static const char *newest_in_thread(const struct act *a, const char *root)
{
    for (size_t i = a->m->event_count; i > 0; i--)
        if (a->m->events[i - 1].room == a->room &&
            matrixd_relates(a->m->events[i - 1].json, "m.thread", root))
            return matrixd_id_of(&a->m->events[i - 1]);
    return root;
}

static json_t *edited(json_t *content_new, const char *event_id)
{
    char *body = NULL;
    if (asprintf(&body, "* %s", sandbox_text(content_new, "body")) < 0)
        abort();
    json_t *content = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "msgtype",
                                sandbox_text(content_new, "msgtype"), "body", body, "m.relates_to",
                                "rel_type", "m.replace", "event_id", event_id, "m.new_content",
                                content_new);
    free(body);
    return content;
}

/* Relates content to what thread, reply_to or edit_of name; false, and content is gone, when there
   is no such event. */
static bool relate(const struct act *a, json_t **content)
{
    static const char *const keys[] = { "thread", "reply_to", "edit_of" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *name = sandbox_text(a->body, keys[i]);
        const struct matrixd_event *e = *name ? target(a->m, a->room, name) : NULL;
        if (!*name)
            continue;
        if (!e) {
            json_decref(*content);
            matrixd_complain(a->reply, 404, "There is no such event, and no card of such a case.");
            return false;
        }
        const char *id = matrixd_id_of(e);
        if (sandbox_same(keys[i], "edit_of"))
            *content = edited(*content, id);
        else if (sandbox_same(keys[i], "thread"))
            json_object_set_new(*content, "m.relates_to",
                                json_pack("{s:s, s:s, s:b, s:{s:s}}", "rel_type", "m.thread",
                                          "event_id", id, "is_falling_back", 1, "m.in_reply_to",
                                          "event_id", newest_in_thread(a, id)));
        else
            json_object_set_new(*content, "m.relates_to",
                                json_pack("{s:{s:s}}", "m.in_reply_to", "event_id", id));
    }
    return true;
}

static void say(const struct act *a)
{
    json_t *content = may_act(a) ? message(a) : NULL;
    if (!content || !relate(a, &content))
        return;
    matrixd_relate(a->m, a->room, content);
    answer_event(a, matrixd_append(a->m, a->room,
                                   json_pack("{s:s, s:s, s:o}", "type", "m.room.message", "sender",
                                             a->user->id, "content", content)));
}

/* ---- reacting, redacting ---- */

static void react(const struct act *a)
{
    const char *key = sandbox_text(a->body, "key"), *name = *sandbox_text(a->body, "event")
                                                                ? sandbox_text(a->body, "event")
                                                                : sandbox_text(a->body, "case");
    const struct matrixd_event *e = target(a->m, a->room, name);
    if (!e || !*key) {
        matrixd_complain(a->reply, e ? 400 : 404,
                         e ? "\"key\" is the reaction."
                           : "There is no such event, and no card of such a case.");
        return;
    }
    struct matrixd_event *before = matrixd_reaction(a->m, a->room, a->user->id, matrixd_id_of(e),
                                                    key);
    bool remove = json_is_true(json_object_get(a->body, "remove"));
    if (!may_act(a))
        return;
    if (remove != (before != NULL)) {
        matrixd_complain(a->reply, 409,
                         remove ? "That person has not reacted so."
                                : "That person has reacted so already.");
        return;
    }
    if (remove) {
        char id[MATRIXD_EVENT_ID];
        snprintf(id, sizeof id, "%s", matrixd_id_of(before));
        answer_event(a, matrixd_redaction(a->m, a->room, a->user->id, id, ""));
        return;
    }
    json_t *content = json_pack("{s:{s:s, s:s, s:s}}", "m.relates_to", "rel_type", "m.annotation",
                                "event_id", matrixd_id_of(e), "key", key);
    matrixd_relate(a->m, a->room, content);
    answer_event(a, matrixd_append(a->m, a->room,
                                   json_pack("{s:s, s:s, s:o}", "type", "m.reaction", "sender",
                                             a->user->id, "content", content)));
}

static void redact(const struct act *a)
{
    const struct matrixd_event *e = target(a->m, a->room, sandbox_text(a->body, "event"));
    char id[MATRIXD_EVENT_ID];
    if (!e) {
        matrixd_complain(a->reply, 404, "There is no such event.");
        return;
    }
    snprintf(id, sizeof id, "%s", matrixd_id_of(e));
    answer_event(a, matrixd_redaction(a->m, a->room, a->user->id, id,
                                      sandbox_text(a->body, "reason")));
}

/* ---- events as the test wants them ---- */

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Bytes from hex digits; NULL when they are none. */
static char *bytes_of_hex(const char *hex, size_t *ret_bytes)
{
    size_t count = strlen(hex) / 2;
    char *bytes = malloc(count + 1);
    if (!bytes)
        abort();
    for (size_t i = 0; i < count; i++) {
        int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            free(bytes);
            return NULL;
        }
        bytes[i] = (char)(high * 16 + low);
    }
    bytes[count] = '\0';
    *ret_bytes = count;
    return bytes;
}

/* The raw content that was given, malloc'ed; NULL when none was. */
static char *raw_content(const json_t *body, size_t *ret_bytes)
{
    const json_t *raw = json_object_get(body, "raw");
    const char *hex = json_string_value(json_object_get(body, "raw_hex"));
    if (hex)
        return bytes_of_hex(hex, ret_bytes);
    if (!json_is_string(raw))
        return NULL;
    *ret_bytes = json_string_length(raw);
    return strdup(json_string_value(raw));
}

/* jansson cannot hold it: a string stands for it until the answer is written. */
static void set_raw(struct matrixd *m, struct matrixd_event *e, char *raw, size_t raw_bytes)
{
    char name[64];
    e->raw = raw;
    e->raw_bytes = raw_bytes;
    snprintf(name, sizeof name, "raw-%s-%llu", m->secret, (unsigned long long)e->n);
    json_object_set_new(e->json, "content", json_string(name));
}

static void inject(const struct act *a)
{
    const char *type = *sandbox_text(a->body, "type") ? sandbox_text(a->body, "type")
                                                      : "m.room.message",
               *field;
    json_t *content = json_object_get(a->body, "content"),
           *key = json_object_get(a->body, "state_key"), *value;
    size_t raw_bytes = 0;
    char *raw = raw_content(a->body, &raw_bytes);
    if (!raw && !content) {
        matrixd_complain(a->reply, 400,
                         "\"content\", \"raw\" or \"raw_hex\" (lower case) gives the content.");
        return;
    }
    json_t *event = json_pack("{s:s, s:s, s:o}", "type", type, "sender", a->user->id, "content",
                              content ? json_deep_copy(content) : json_object());
    if (json_is_string(key))
        json_object_set(event, "state_key", key);
    matrixd_relate(a->m, a->room, content);
    struct matrixd_event *e = matrixd_append(a->m, a->room, event);
    if (raw)
        set_raw(a->m, e, raw, raw_bytes);
    answer_event(a, e);
    json_object_foreach(json_object_get(a->body, "event"), field, value)
    {
        if (json_is_null(value))
            json_object_del(e->json, field);
        else
            json_object_set(e->json, field, value);
    }
}

/* So many messages at once, each by another one of "users" strangers where there are some. */
static void load(const struct act *a)
{
    int64_t users = sandbox_number(a->body, "users", 0);
    const char *server = strchr(a->user->id, ':');
    char sender[256];
    int64_t count = sandbox_number(a->body, "events", 0);
    const char *text = sandbox_text(a->body, "text");
    if (count < 1 || count > MATRIXD_EVENTS_MOST / 2) {
        matrixd_complain(a->reply, 400, "\"events\" is 1 to 10000.");
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        snprintf(sender, sizeof sender, "%s", a->user->id);
        if (users > 0)
            snprintf(sender, sizeof sender, "@stranger%" PRId64 "%s", i % users, server);
        matrixd_append(a->m, a->room,
                       json_pack("{s:s, s:s, s:{s:s, s:s}}", "type", "m.room.message", "sender",
                                 sender, "content", "msgtype", "m.text", "body", text));
    }
    web_reply_json(a->reply, 200, json_pack("{s:I}", "events", (json_int_t)count));
}

/* ---- which act ---- */

static const struct {
    const char *name;
    void (*run)(const struct act *);
} acts[] = {
    { "say", say },       { "react", react }, { "redact", redact },
    { "inject", inject }, { "load", load },
};

bool matrixd_act(struct matrixd *m, const char *what, const json_t *body, struct web_reply *reply)
{
    size_t i = 0;
    while (i < sizeof acts / sizeof *acts && !sandbox_same(acts[i].name, what))
        i++;
    if (i == sizeof acts / sizeof *acts)
        return false;
    const char *room = *sandbox_text(body, "room") ? sandbox_text(body, "room") : MATRIXD_ROOM;
    struct act act = { m, matrixd_room_by_id(m, room),
                       matrixd_user_named(m, sandbox_text(body, "person")), body, reply };
    if (!act.user)
        matrixd_complain(reply, 400,
                         "\"person\" is one of ana, ben, cleo, dan, gil, eve, reguard.");
    else if (!act.room)
        matrixd_complain(reply, 404, "There is no such room.");
    else
        acts[i].run(&act);
    return true;
}
