/* SPDX-License-Identifier: Apache-2.0 */
/* What people see: the channel as text for a terminal, or as JSON; and what only one person
   sees. */
#include "tests/sandbox/slack/view.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/form.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Slack's text as a person reads it ---- */

/* What stands between < and >: a mention, a date, a link. */
static void write_special(const struct slackd *s, FILE *out, const char *inside, size_t bytes)
{
    char text[1024];
    snprintf(text, sizeof text, "%.*s", (int)(bytes < sizeof text ? bytes : sizeof text - 1),
             inside);
    char *label = strrchr(text, '|');
    if (label)
        *label++ = '\0';
    if (text[0] == '@')
        fprintf(out, "@%s", slackd_name(s, text + 1));
    else if (text[0] == '#')
        fprintf(out, "#%s",
                label                                    ? label
                : sandbox_same(text + 1, SLACKD_CHANNEL) ? "root-ops"
                                                         : text + 1);
    else if (strncmp(text, "!date^", 6) == 0 || strncmp(text, "!subteam^", 9) == 0)
        fputs(label ? label : text + 1, out);
    else if (text[0] == '!')
        fprintf(out, "@%s", text + 1);
    else if (label)
        fprintf(out, "%s (%s)", label, text);
    else
        fputs(text, out);
}

static size_t write_entity(FILE *out, const char *at)
{
    static const struct {
        const char *name;
        char character;
    } entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (strncmp(at, entities[i].name, strlen(entities[i].name)) == 0) {
            fputc(entities[i].character, out);
            return strlen(entities[i].name);
        }
    fputc('&', out);
    return 1;
}

/* A new line begins with the indent again. */
static void write_text(const struct slackd *s, FILE *out, const char *text, const char *indent)
{
    for (const char *at = text; *at;) {
        const char *end = *at == '<' ? strchr(at, '>') : NULL;
        if (end) {
            write_special(s, out, at + 1, (size_t)(end - at - 1));
            at = end + 1;
        } else if (*at == '&') {
            at += write_entity(out, at);
        } else {
            fputc(*at, out);
            if (*at++ == '\n')
                fputs(indent, out);
        }
    }
}

static void write_line(const struct slackd *s, FILE *out, const char *text, const char *indent)
{
    if (!*text)
        return;
    fputs(indent, out);
    write_text(s, out, text, indent);
    fputc('\n', out);
}

/* ---- blocks ---- */

static const char *text_in(const json_t *object, const char *key)
{
    return sandbox_text(json_object_get(object, key), "text");
}

static void write_elements(const struct slackd *s, FILE *out, const json_t *elements,
                           const char *indent)
{
    size_t i;
    json_t *e;
    fputs(indent, out);
    json_array_foreach(elements, i, e)
    {
        bool button = sandbox_same(sandbox_text(e, "type"), "button");
        fputs(i ? "  " : "", out);
        const json_t *option = json_array_get(json_object_get(e, "options"), 0);
        fputs(option ? "[⋯ " : button ? "[" : "", out);
        write_text(s, out,
                   option                                       ? text_in(option, "text")
                   : json_is_object(json_object_get(e, "text")) ? text_in(e, "text")
                                                                : sandbox_text(e, "text"),
                   indent);
        fputs(option || button ? "]" : "", out);
    }
    fputc('\n', out);
}

static void write_input(const struct slackd *s, FILE *out, const json_t *b, const char *indent)
{
    const json_t *element = json_object_get(b, "element");
    fprintf(out, "%s", indent);
    write_text(s, out, text_in(b, "label"), indent);
    const char *initial = *sandbox_text(element, "initial_value")
                              ? sandbox_text(element, "initial_value")
                              : text_in(json_object_get(element, "initial_option"), "text");
    fprintf(out, "%s: [%s]\n", json_is_true(json_object_get(b, "optional")) ? " (optional)" : "",
            initial);
}

static void write_block(const struct slackd *s, FILE *out, const json_t *b, const char *indent)
{
    const char *type = sandbox_text(b, "type");
    const json_t *elements = json_object_get(b, "elements"),
                 *accessory = json_object_get(b, "accessory");
    size_t i;
    json_t *field;
    write_line(s, out,
               json_is_object(json_object_get(b, "text")) ? text_in(b, "text")
                                                          : sandbox_text(b, "text"),
               indent);
    json_array_foreach(json_object_get(b, "fields"), i, field)
        write_line(s, out, sandbox_text(field, "text"), indent);
    if (accessory)
        fprintf(out, "%s[%s]\n", indent, text_in(accessory, "text"));
    if (sandbox_same(type, "actions") || sandbox_same(type, "context"))
        write_elements(s, out, elements, indent);
    else if (sandbox_same(type, "divider"))
        fprintf(out, "%s----\n", indent);
    else if (sandbox_same(type, "input"))
        write_input(s, out, b, indent);
}

static void write_reactions(const struct slackd *s, FILE *out, const json_t *reactions,
                            const char *indent)
{
    size_t i, j;
    json_t *reaction, *user;
    if (json_array_size(reactions) == 0)
        return;
    fputs(indent, out);
    json_array_foreach(reactions, i, reaction)
    {
        fprintf(out, "%s{%s:", i ? " " : "", sandbox_text(reaction, "name"));
        json_array_foreach(json_object_get(reaction, "users"), j, user)
            fprintf(out, "%s %s", j ? "," : "", slackd_name(s, json_string_value(user)));
        fputc('}', out);
    }
    fputc('\n', out);
}

/* ---- messages ---- */

static void write_time(FILE *out, const char *ts)
{
    time_t seconds = (time_t)strtoll(ts, NULL, 10);
    struct tm tm;
    char text[16];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%H:%M:%S", &tm);
    fputs(text, out);
}

static void write_message(const struct slackd *s, FILE *out, const json_t *m, const char *margin)
{
    char indent[64], bar[64];
    size_t i;
    json_t *block;
    snprintf(indent, sizeof indent, "%s    ", margin);
    snprintf(bar, sizeof bar, "%s    | ", margin);
    fputs(margin, out);
    write_time(out, sandbox_text(m, "ts"));
    fprintf(out, "  %s%s%s\n", slackd_name(s, sandbox_text(m, "user")),
            sandbox_same(sandbox_text(m, "app_id"), SLACKD_APP) || !json_object_get(m, "app_id")
                ? ""
                : " (through another app)",
            json_object_get(m, "edited") ? " (edited)" : "");
    write_line(s, out, sandbox_text(m, "text"), indent);
    json_array_foreach(json_object_get(m, "files"), i, block)
        fprintf(out, "%s[file %s]\n", indent, sandbox_text(block, "name"));
    json_array_foreach(json_object_get(m, "blocks"), i,
                       block) if (!sandbox_same(sandbox_text(block, "type"), "rich_text"))
        write_block(s, out, block, bar);
    write_reactions(s, out, json_object_get(m, "reactions"), indent);
}

static bool replies_to(const struct slackd_message *m, const struct slackd_message *root)
{
    return m != root && sandbox_same(m->channel, root->channel) &&
           sandbox_same(sandbox_text(m->json, "thread_ts"), root->ts);
}

/* Whether the message stands for itself: no reply, or one whose root is gone. */
static bool is_top(struct slackd *s, const struct slackd_message *m)
{
    const char *thread = sandbox_text(m->json, "thread_ts");
    return !*thread || sandbox_same(thread, m->ts) || !slackd_find(s, m->channel, thread);
}

static void write_channel(struct slackd *s, FILE *out)
{
    for (size_t i = 0; i < s->message_count; i++) {
        const struct slackd_message *m = &s->messages[i];
        if (!sandbox_same(m->channel, SLACKD_CHANNEL) || !is_top(s, m))
            continue;
        write_message(s, out, m->json, "");
        for (size_t j = i + 1; j < s->message_count; j++)
            if (replies_to(&s->messages[j], m))
                write_message(s, out, s->messages[j].json, "        ");
        fputc('\n', out);
    }
}

/* ---- JSON ---- */

json_t *slackd_view_message(const struct slackd_message *m)
{
    static const char *const copied[] = { "ts",     "thread_ts", "text",   "user",
                                          "blocks", "reactions", "edited", "bot_id",
                                          "app_id", "metadata",  "files" };
    json_t *json = json_pack("{s:s, s:s, s:s, s:i, s:s}", "case", slackd_case_of(m->json, "case"),
                             "state", slackd_case_of(m->json, "state"), "key",
                             slackd_case_of(m->json, "key"), "edits", m->edits, "channel",
                             m->channel);
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        if (json_object_get(m->json, copied[i]))
            json_object_set(json, copied[i], json_object_get(m->json, copied[i]));
    return json;
}

static json_t *messages_json(struct slackd *s, const char *channel)
{
    json_t *all = json_array();
    for (size_t i = 0; i < s->message_count; i++)
        if (sandbox_same(s->messages[i].channel, channel))
            json_array_append_new(all, slackd_view_message(&s->messages[i]));
    return all;
}

/* ---- the answers ---- */

void slackd_view_channel(struct slackd *s, const struct web_request *request,
                         struct web_reply *reply)
{
    json_t *query = form_fields(request->query, strlen(request->query));
    char *text = NULL;
    size_t bytes = 0;
    if (sandbox_same(sandbox_text(query, "format"), "json")) {
        web_reply_json(reply, 200, messages_json(s, SLACKD_CHANNEL));
    } else {
        FILE *out = open_memstream(&text, &bytes);
        if (!out)
            abort();
        write_channel(s, out);
        fclose(out);
        web_reply_text(reply, 200, text);
    }
    free(text);
    json_decref(query);
}

static void write_list(const struct slackd *s, FILE *out, const char *title, const json_t *list)
{
    size_t i;
    json_t *m;
    if (json_array_size(list) > 0)
        fprintf(out, "%s\n", title);
    json_array_foreach(list, i, m) write_message(s, out, m, "  ");
}

static void write_private(struct slackd *s, FILE *out, const struct slackd_person *p)
{
    size_t i;
    json_t *block, *direct = messages_json(s, p->dm);
    write_list(s, out, "Only visible to you", p->ephemeral);
    write_list(s, out, "Answers", p->responses);
    write_list(s, out, "Direct messages", direct);
    json_decref(direct);
    if (!p->modal)
        return;
    fprintf(out, "Modal: %s\n", text_in(p->modal, "title"));
    json_array_foreach(json_object_get(p->modal, "blocks"), i, block)
        write_block(s, out, block, "    ");
    fprintf(out, "    [%s]  [%s]\n", text_in(p->modal, "submit"), text_in(p->modal, "close"));
}

void slackd_view_private(struct slackd *s, const struct web_request *request,
                         struct web_reply *reply)
{
    json_t *query = form_fields(request->query, strlen(request->query));
    const struct slackd_person *p = slackd_person_named(s, sandbox_text(query, "person"));
    char *text = NULL;
    size_t bytes = 0;
    if (!p) {
        slackd_refuse(reply, 400, "\"person\" is one of ana, ben, cleo, dan, gil, eve.");
    } else if (sandbox_same(sandbox_text(query, "format"), "text")) {
        FILE *out = open_memstream(&text, &bytes);
        if (!out)
            abort();
        write_private(s, out, p);
        fclose(out);
        web_reply_text(reply, 200, text);
    } else {
        web_reply_json(reply, 200,
                       json_pack("{s:O, s:O, s:o, s:O?, s:O?}", "ephemeral", p->ephemeral,
                                 "responses", p->responses, "dm", messages_json(s, p->dm), "modal",
                                 p->modal, "home", p->home));
    }
    free(text);
    json_decref(query);
}
