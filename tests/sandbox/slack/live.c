/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed for a viewer since its last look, by comparing with what it remembers: the
   messages with their edits and reactions, what one person alone was told, and the open modals. */
#include "tests/sandbox/slack/live.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/slack/view.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LOOK_MESSAGES = 500, LOOK_MESSAGES = 200, LOOK_PRIVATE = 50, MODAL_MARK = 96 };

struct seen {
    char ts[32];
    int edits;
    uint64_t reactions;
};

struct slackd_look {
    struct seen *seen; /* by ts, as the store has them */
    size_t count;
    bool begun;
    struct {
        char ephemeral[32], response[32], modal[MODAL_MARK], home[MODAL_MARK];
    } people[SLACKD_PEOPLE];
};

void *slackd_look_new(void)
{
    struct slackd_look *look = calloc(1, sizeof *look);
    if (!look)
        abort();
    return look;
}

void slackd_look_free(void *arg)
{
    struct slackd_look *look = arg;
    if (!look)
        return;
    free(look->seen);
    free(look);
}

/* ---- messages ---- */

static uint64_t mix(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u; /* FNV-1a */
    return (hash ^ 0xff) * 0x100000001b3u;
}

static struct seen seen_now(const struct slackd_message *m)
{
    struct seen seen = { .edits = m->edits };
    size_t i, j;
    json_t *reaction, *user;
    snprintf(seen.ts, sizeof seen.ts, "%s", m->ts);
    json_array_foreach(json_object_get(m->json, "reactions"), i, reaction)
    {
        seen.reactions = mix(seen.reactions, sandbox_text(reaction, "name"));
        json_array_foreach(json_object_get(reaction, "users"), j, user)
            seen.reactions = mix(seen.reactions, json_string_value(user));
    }
    return seen;
}

struct comparison {
    struct slackd_look *look;
    struct seen *next;
    size_t at, count, silent;
    json_t *changed, *gone;
};

/* Those before it in the old list are there no more. NULL: it is new. */
static const struct seen *remembered(struct comparison *c, const char *ts)
{
    const struct slackd_look *look = c->look;
    while (c->at < look->count && strcmp(look->seen[c->at].ts, ts) < 0)
        json_array_append_new(c->gone, json_string(look->seen[c->at++].ts));
    return c->at < look->count && sandbox_same(look->seen[c->at].ts, ts) ? &look->seen[c->at++]
                                                                         : NULL;
}

static void compare(struct comparison *c, const struct slackd_message *m)
{
    struct seen now = seen_now(m);
    const struct seen *before = remembered(c, m->ts);
    bool changed = !before || before->edits != now.edits || before->reactions != now.reactions;
    bool full = json_array_size(c->changed) >=
                (c->look->begun ? LOOK_MESSAGES : FIRST_LOOK_MESSAGES);
    if (changed && c->silent == 0 && full && !before)
        return; /* stays unknown, so that the next look tells it */
    if (changed && c->silent == 0 && !full)
        json_array_append_new(c->changed, slackd_view_message(m));
    c->next[c->count++] = changed && c->silent == 0 && full ? *before : now;
}

static void look_at_messages(const struct slackd *s, struct slackd_look *look, json_t *into)
{
    struct comparison c = { .look = look,
                            .next = calloc(s->message_count + 1, sizeof *c.next),
                            .changed = json_array(),
                            .gone = json_array() };
    size_t older = !look->begun && s->message_count > FIRST_LOOK_MESSAGES
                       ? s->message_count - FIRST_LOOK_MESSAGES
                       : 0;
    if (!c.next)
        abort();
    for (size_t i = 0; i < s->message_count; i++) {
        c.silent = i < older;
        compare(&c, &s->messages[i]);
    }
    while (c.at < look->count)
        json_array_append_new(c.gone, json_string(look->seen[c.at++].ts));
    free(look->seen);
    look->seen = c.next;
    look->count = c.count;
    if (older)
        json_object_set_new(into, "older", json_integer((json_int_t)older));
    if (json_array_size(c.changed) > 0)
        json_object_set(into, "messages", c.changed);
    if (json_array_size(c.gone) > 0)
        json_object_set(into, "gone", c.gone);
    json_decref(c.changed);
    json_decref(c.gone);
}

/* ---- what only one person sees ---- */

static void look_at_list(const struct slackd_person *p, const char *kind, char seen[32],
                         json_t *into)
{
    const json_t *list = sandbox_same(kind, "ephemeral") ? p->ephemeral : p->responses;
    size_t count = json_array_size(list), from = count;
    while (from > 0 && count - from < LOOK_PRIVATE &&
           strcmp(sandbox_text(json_array_get(list, from - 1), "ts"), seen) > 0)
        from--;
    for (size_t i = from; i < count; i++) {
        json_t *m = json_array_get(list, i);
        json_array_append_new(into, json_pack("{s:s, s:s, s:O}", "person", p->name, "kind", kind,
                                              "message", m));
        snprintf(seen, 32, "%s", sandbox_text(m, "ts"));
    }
}

static void look_at_view(const struct slackd_person *p, json_t *view, char seen[MODAL_MARK],
                         json_t *into)
{
    char now[MODAL_MARK] = "";
    if (view)
        snprintf(now, sizeof now, "%.40s %.50s", sandbox_text(view, "id"),
                 sandbox_text(view, "hash"));
    if (sandbox_same(now, seen))
        return;
    snprintf(seen, MODAL_MARK, "%s", now);
    json_object_set(into, p->name, view ? view : json_null());
}

static void look_at_people(const struct slackd *s, struct slackd_look *look, json_t *into)
{
    json_t *private = json_array(), *modals = json_object(), *homes = json_object();
    for (size_t i = 0; i < SLACKD_PEOPLE; i++) {
        look_at_list(&s->people[i], "ephemeral", look->people[i].ephemeral, private);
        look_at_list(&s->people[i], "response", look->people[i].response, private);
        look_at_view(&s->people[i], s->people[i].modal, look->people[i].modal, modals);
        look_at_view(&s->people[i], s->people[i].home, look->people[i].home, homes);
    }
    if (json_array_size(private) > 0)
        json_object_set(into, "private", private);
    if (json_object_size(modals) > 0)
        json_object_set(into, "modals", modals);
    if (json_object_size(homes) > 0)
        json_object_set(into, "homes", homes);
    json_decref(private);
    json_decref(modals);
    json_decref(homes);
}

void slackd_look_again(void *slack, void *arg, json_t *into)
{
    const struct slackd *s = slack;
    struct slackd_look *look = arg;
    look_at_messages(s, look, into);
    look_at_people(s, look, into);
    look->begun = true;
}
