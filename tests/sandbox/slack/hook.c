/* SPDX-License-Identifier: Apache-2.0 */
/* Response URLs (five uses within 30 minutes) and trigger ids (one use within 3 seconds):
   docs.slack.dev, "Handling user interaction". */
#include "tests/sandbox/slack/hook.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/chat.h"
#include "tests/sandbox/slack/load.h"
#include "tests/sandbox/slack/schema.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOOK_USES = 5, HOOK_MS = 30 * 60 * 1000, TRIGGER_MS = 3000 };

/* ---- triggers ---- */

void slackd_trigger_new(struct slackd *s, struct slackd_person *person, char id[80])
{
    struct slackd_trigger *t = &s->triggers[s->next_trigger++ % SLACKD_TRIGGERS];
    char secret[40];
    sandbox_random(secret, 32);
    snprintf(t->id, sizeof t->id, "%lld.%llu.%s", (long long)sandbox_utc_ms(),
             (unsigned long long)++s->next_id, secret);
    t->person = person;
    t->used = false;
    t->until_ms = sandbox_monotonic_ms() + TRIGGER_MS;
    snprintf(id, 80, "%s", t->id);
}

struct slackd_trigger *slackd_trigger_use(struct slackd *s, const char *id, const char **ret_error)
{
    struct slackd_trigger *t = NULL;
    for (size_t i = 0; i < SLACKD_TRIGGERS && !t; i++)
        if (sandbox_same(s->triggers[i].id, id))
            t = &s->triggers[i];
    *ret_error = !t                                     ? "invalid_trigger_id"
                 : t->used                              ? "exchanged_trigger_id"
                 : t->until_ms < sandbox_monotonic_ms() ? "expired_trigger_id"
                                                        : NULL;
    if (t)
        t->used = true;
    return *ret_error ? NULL : t;
}

/* ---- response URLs ---- */

void slackd_hook_new(struct slackd *s, struct slackd_person *person, const char *channel,
                     const char *ts, char path[SLACKD_PATH])
{
    size_t at = s->next_hook++ % SLACKD_HOOKS;
    struct slackd_hook *h = &s->hooks[at];
    char secret[32];
    sandbox_random(secret, 24);
    sandbox_issued(secret);
    *h = (struct slackd_hook){ .person = person, .until_ms = sandbox_monotonic_ms() + HOOK_MS };
    snprintf(h->path, sizeof h->path, "/hooks/commands/%s/%zu/%s", SLACKD_TEAM, at, secret);
    snprintf(h->channel, sizeof h->channel, "%s", channel);
    snprintf(h->ts, sizeof h->ts, "%s", ts ? ts : "");
    snprintf(path, SLACKD_PATH, "%s", h->path);
}

static struct slackd_hook *hook_of(struct slackd *s, const char *path)
{
    static const char prefix[] = "/hooks/commands/" SLACKD_TEAM "/";
    if (strncmp(path, prefix, sizeof prefix - 1) != 0)
        return NULL;
    unsigned long at = strtoul(path + sizeof prefix - 1, NULL, 10);
    return at < SLACKD_HOOKS && sandbox_same(s->hooks[at].path, path) ? &s->hooks[at] : NULL;
}

static void replace(struct slackd *s, struct slackd_message *m, const json_t *message)
{
    json_object_set_new(m->json, "text", json_string(sandbox_text(message, "text")));
    json_object_del(m->json, "blocks");
    if (json_is_array(json_object_get(message, "blocks")))
        json_object_set_new(m->json, "blocks", json_deep_copy(json_object_get(message, "blocks")));
    m->edits++;
    s->edits++;
}

void slackd_respond(struct slackd *s, const struct slackd_hook *h, const json_t *message)
{
    struct slackd_message *original = h->ts[0] ? slackd_find(s, h->channel, h->ts) : NULL;
    char ts[32];
    if (original && json_is_true(json_object_get(message, "delete_original"))) {
        slackd_delete(s, h->channel, h->ts);
    } else if (original && json_is_true(json_object_get(message, "replace_original"))) {
        replace(s, original, message);
    } else if (sandbox_same(sandbox_text(message, "response_type"), "in_channel")) {
        slackd_post_as_bot(s, h->channel, message);
    } else {
        json_t *kept = json_deep_copy(message);
        slackd_next_ts(s, ts);
        json_object_set_new(kept, "ts", json_string(ts));
        json_object_set_new(kept, "channel", json_string(h->channel));
        json_object_set_new(kept, "user", json_string(SLACKD_BOT_USER));
        if (!json_object_get(kept, "response_type"))
            json_object_set_new(kept, "response_type", json_string("ephemeral"));
        slackd_keep_private(h->person->responses, kept);
    }
    sandbox_changed();
}

/* NULL, or why the message is not taken. */
static const char *message_error(const json_t *message, json_t *complaints)
{
    json_t *blocks = json_object_get(message, "blocks");
    bool deletes = json_is_true(json_object_get(message, "delete_original"));
    if (!json_is_object(message))
        return "invalid_payload";
    if (blocks && !json_is_array(blocks))
        return "invalid_blocks_format";
    slackd_check_blocks(blocks, "/blocks", 50, complaints);
    if (json_array_size(complaints) > 0)
        return "invalid_blocks";
    return !*sandbox_text(message, "text") && json_array_size(blocks) == 0 &&
                   json_array_size(json_object_get(message, "attachments")) == 0 && !deletes
               ? "no_text"
               : NULL;
}

static void use_hook(struct slackd *s, struct slackd_hook *h, const struct web_request *request,
                     struct web_reply *reply)
{
    if (!h || h->until_ms < sandbox_monotonic_ms() || h->uses >= HOOK_USES) {
        web_reply_json(reply, 404,
                       slackd_error(h && h->uses >= HOOK_USES ? "used_url" : "expired_url"));
        return;
    }
    json_t *given = json_loadb(request->body, request->body_bytes, 0, NULL),
           *message = json_is_object(given) ? json_object() : NULL, *complaints = json_array();
    slackd_merge(message, given); /* without what is null */
    const char *error = message_error(message, complaints);
    if (!error) {
        h->uses++;
        slackd_respond(s, h, message);
        web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
    } else if (json_array_size(complaints) > 0) {
        web_reply_json(reply, 400, slackd_error_because(error, json_incref(complaints)));
    } else {
        web_reply_json(reply, 400, slackd_error(error));
    }
    json_decref(complaints);
    json_decref(message);
    json_decref(given);
}

static bool is_load(const struct slackd *s, const char *path)
{
    return strncmp(path, "/hooks/load/", 12) == 0 &&
           strncmp(path + 12, s->load_secret, strlen(s->load_secret)) == 0;
}

static void answer(struct slackd *s, const struct web_request *request, const struct fault *fault,
                   struct web_reply *reply)
{
    if (s->outage || fault->kind == FAULT_STATUS) {
        web_reply_text(reply, s->outage ? 503 : fault->status, "no");
        reply->retry_after_s = s->outage ? 0 : fault->retry_after_s;
        return;
    }
    if (fault->kind == FAULT_BODY)
        web_reply_text(reply, fault->status ? fault->status : 200, fault->body ? fault->body : "");
    else if (fault->kind == FAULT_ERROR || strcmp(request->method, "POST") != 0)
        web_reply_json(reply, 404,
                       slackd_error(fault->kind == FAULT_ERROR ? fault->error : "no_service"));
    else
        use_hook(s, hook_of(s, request->path), request, reply);
    reply->drop = fault->kind == FAULT_LOST;
    reply->delay_ms = fault->kind == FAULT_DELAY ? fault->delay_ms : 0;
    reply->status = fault->kind == FAULT_AFTER ? fault->status : reply->status;
}

bool slackd_hook(struct slackd *s, const struct web_request *request, struct web_reply *reply)
{
    if (is_load(s, request->path) && !s->outage) {
        s->load_answers++;
        slackd_load_answered(s, strrchr(request->path, '/') + 1);
        web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
        return true;
    }
    struct fault fault = fault_take("slack.response_url");
    answer(s, request, &fault, reply);
    char note[96];
    const struct slackd_hook *h = hook_of(s, request->path);
    snprintf(note, sizeof note, "for %s", h ? h->person->name : "nobody");
    requests_note("slack.response_url", reply->drop ? 0 : reply->status, note);
    return true;
}
