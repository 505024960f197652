/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/flood: people who press buttons, and made-up people who ask, so many times a second
   until they are told to stop. */
#include "tests/sandbox/slack/flood.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/slack/act.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 20, AT_ONCE = 100, ACTIONS_MOST = 16, USERS_MOST = 99999 };

/* So many a second since the flood began. */
struct rate {
    int64_t per_second, sent, nothing; /* nothing: there was no such button */
};

struct slackd_flood {
    int64_t began_ms;
    json_t *body; /* as it was ordered */
    struct rate presses[SLACKD_PEOPLE], questions;
};

static int64_t due(const struct slackd_flood *f, const struct rate *r)
{
    int64_t wanted = (sandbox_monotonic_ms() - f->began_ms) * r->per_second / 1000 - r->sent;
    return wanted > AT_ONCE ? AT_ONCE : wanted;
}

/* One of the actions that there is a button for, another one each time. */
static void press(struct slackd *s, struct slackd_person *p, struct rate *r)
{
    const json_t *actions = json_object_get(s->flood->body, "actions");
    size_t count = json_array_size(actions);
    char hook[SLACKD_PATH];
    for (size_t i = 0; i < count; i++) {
        json_t *wish = json_pack("{s:O}", "action",
                                 json_array_get(actions, (size_t)r->sent % count));
        json_t *payload = slackd_press(s, p, wish, hook);
        r->sent++;
        json_decref(wish);
        if (!payload)
            continue;
        slackd_raise(s, SLACKD_INTERACTIVE, payload, p, NULL, hook);
        return;
    }
    r->nothing++;
}

static void ask(struct slackd *s, struct rate *r)
{
    const json_t *questions = json_object_get(s->flood->body, "questions");
    char user[32], hook[SLACKD_PATH], trigger[64];
    uint64_t id = ++s->next_id;
    int64_t users = sandbox_number(questions, "users", 400);
    snprintf(user, sizeof user, SLACKD_LOAD_USER "%05" PRId64, r->sent % users + 1);
    snprintf(hook, sizeof hook, "/hooks/load/%s/%" PRIu64, s->load_secret, id);
    snprintf(trigger, sizeof trigger, "load.%" PRIu64, id);
    r->sent++;
    slackd_raise(s, SLACKD_SLASH,
                 json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:s, s:s, s:s}", "token",
                           "ZZZZZZWSxiZZZ2yIvs3peJ", "team_id", SLACKD_TEAM, "team_domain",
                           "sandbox", "channel_id", SLACKD_CHANNEL, "channel_name", "root-ops",
                           "user_id", user, "user_name", "load", "command", "/reguard", "text",
                           json_object_get(questions, "text"), "api_app_id", SLACKD_APP,
                           "is_enterprise_install", "false", "trigger_id", trigger),
                 NULL, NULL, hook);
}

static void tick(void *arg)
{
    struct slackd *s = arg;
    struct slackd_flood *f = s->flood;
    if (!f)
        return;
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        for (int64_t n = due(f, &f->presses[i]); n > 0; n--)
            press(s, &s->people[i], &f->presses[i]);
    for (int64_t n = due(f, &f->questions); n > 0; n--)
        ask(s, &f->questions);
    sandbox_after(TICK_MS, tick, s);
}

void slackd_flood_done(struct slackd *s)
{
    if (s->flood)
        json_decref(s->flood->body);
    free(s->flood);
    s->flood = NULL;
}

static void stop(struct slackd *s, struct web_reply *reply)
{
    int64_t presses = 0;
    for (size_t i = 0; s->flood && i < SLACKD_PEOPLE; i++)
        presses += s->flood->presses[i].sent - s->flood->presses[i].nothing;
    json_t *told = json_pack("{s:I, s:I}", "presses", (json_int_t)presses, "questions",
                             (json_int_t)(s->flood ? s->flood->questions.sent : 0));
    slackd_flood_done(s);
    web_reply_json(reply, 200, told);
}

static const char *refusal(struct slackd *s, const json_t *body)
{
    const json_t *questions = json_object_get(body, "questions"),
                 *actions = json_object_get(body, "actions");
    size_t i;
    json_t *name;
    if (s->flood)
        return "A flood is under way.";
    if (questions && (!json_is_string(json_object_get(questions, "text")) ||
                      sandbox_number(questions, "users", 400) < 1 ||
                      sandbox_number(questions, "users", 400) > USERS_MOST))
        return "\"questions\" has a \"text\", \"per_second\" and 1 to 99999 \"users\".";
    if (json_array_size(json_object_get(body, "people")) &&
        (json_array_size(actions) < 1 || json_array_size(actions) > ACTIONS_MOST))
        return "\"actions\" names 1 to 16 buttons.";
    json_array_foreach(json_object_get(body, "people"), i, name) if (
        !slackd_person_named(
            s, json_string_value(
                   name))) return "\"people\" are some of ana, ben, cleo, dan, gil, eve.";
    return NULL;
}

void slackd_flood_start(struct slackd *s, const json_t *body, struct web_reply *reply)
{
    if (json_is_true(json_object_get(body, "stop"))) {
        stop(s, reply);
        return;
    }
    const char *why_not = refusal(s, body);
    size_t i;
    json_t *name;
    if (why_not) {
        slackd_refuse(reply, 400, why_not);
        return;
    }
    s->flood = calloc(1, sizeof *s->flood);
    if (!s->flood)
        abort();
    s->flood->began_ms = sandbox_monotonic_ms();
    s->flood->body = json_deep_copy(body);
    json_array_foreach(json_object_get(body, "people"), i, name)
        s->flood->presses[slackd_person_named(s, json_string_value(name)) - s->people]
            .per_second = sandbox_number(body, "per_second", 50);
    s->flood->questions.per_second = sandbox_number(json_object_get(body, "questions"),
                                                    "per_second", 0);
    sandbox_after(TICK_MS, tick, s);
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}
