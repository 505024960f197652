/* SPDX-License-Identifier: Apache-2.0 */
/* Strict where Slack is: the length that was said, one upload for each address, nothing shared that
   was not uploaded, and a conversation's id where one belongs. */
#include "tests/sandbox/slack/files.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/net/form.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/chat.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/net/values.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_MOST = 1024 * 1024, ADDRESS_MS = 5 * 60 * 1000 };

void slackd_files_done(struct slackd *s)
{
    for (size_t i = 0; i < SLACKD_FILES_MOST; i++)
        free(s->uploads[i].content);
}

/* NULL: the token may. */
static json_t *lacks_scope(const struct slackd *s)
{
    char scopes[sizeof s->scopes + 2];
    snprintf(scopes, sizeof scopes, ",%s,", s->scopes);
    return strstr(scopes, ",files:write,")
               ? NULL
               : json_pack("{s:b, s:s, s:s, s:s}", "ok", 0, "error", "missing_scope", "needed",
                           "files:write", "provided", s->scopes);
}

/* ---- asking for an address ---- */

json_t *slackd_files_address(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    const char *name = slackd_arg(call, "filename");
    int64_t length = slackd_arg_number(call, "length", 0);
    json_t *lacks = lacks_scope(s);
    if (lacks)
        return lacks;
    if (!name || !*name || length <= 0)
        return slackd_missing(name && *name ? "length" : "filename");
    if (length > LENGTH_MOST)
        return slackd_error("file_upload_size_restricted");
    struct slackd_upload *u = &s->uploads[s->next_upload++ % SLACKD_FILES_MOST];
    free(u->content);
    *u = (struct slackd_upload){ .length = length,
                                 .until_ms = sandbox_monotonic_ms() + ADDRESS_MS };
    snprintf(u->id, sizeof u->id, "F0%09llu", (unsigned long long)++s->next_id % 1000000000);
    snprintf(u->name, sizeof u->name, "%s", name);
    sandbox_random(u->secret, 32);
    sandbox_issued(u->secret);
    snprintf(call->note, sizeof call->note, "%s", u->name);
    return json_pack("{s:b, s:o, s:s}", "ok", 1, "upload_url",
                     json_sprintf("%s/upload/v1/%s", *s->upload_base ? s->upload_base : s->base_tls,
                                  u->secret),
                     "file_id", u->id);
}

/* ---- the bytes ---- */

static struct slackd_upload *upload_at(struct slackd *s, const char *path)
{
    static const char prefix[] = "/upload/v1/";
    for (size_t i = 0; i < SLACKD_FILES_MOST; i++)
        if (strncmp(path, prefix, sizeof prefix - 1) == 0 &&
            sandbox_same(s->uploads[i].secret, path + sizeof prefix - 1))
            return &s->uploads[i];
    return NULL;
}

/* As they are, or as the file of a form: Slack takes either, and a token that comes along, which
   it does not ask for. */
static int take(struct slackd *s, const struct web_request *r, char *ret_note, size_t size)
{
    struct slackd_upload *u = upload_at(s, r->path);
    size_t bytes = r->body_bytes;
    const char *file = form_file(web_request_header(r, "content-type"), r->body, bytes, &bytes);
    const char *wrong = !u                                     ? "unknown address"
                        : !sandbox_same(r->method, "POST")     ? "no POST"
                        : u->content || u->completed           ? "uploaded before"
                        : u->until_ms < sandbox_monotonic_ms() ? "too late"
                        : bytes != (size_t)u->length           ? "another length"
                                                               : NULL;
    bool token = web_request_header(r, "authorization");
    snprintf(ret_note, size, "%s%s", wrong ? wrong : u->name, token ? ", with a token" : "");
    if (wrong)
        return u ? 400 : 404;
    u->content = strndup(file ? file : r->body, bytes);
    return 200;
}

bool slackd_upload(struct slackd *s, const struct web_request *request, struct web_reply *reply)
{
    char note[192] = "";
    struct fault fault = fault_take("slack.upload");
    int status = fault.kind == FAULT_STATUS ? fault.status : take(s, request, note, sizeof note);
    char text[32];
    snprintf(text, sizeof text, status == 200 ? "OK - %zu" : "refused", request->body_bytes);
    web_reply_text(reply, fault.kind == FAULT_AFTER ? fault.status : status, text);
    reply->retry_after_s = fault.retry_after_s;
    reply->drop = fault.kind == FAULT_LOST;
    reply->delay_ms = fault.kind == FAULT_DELAY ? fault.delay_ms : 0;
    requests_note("slack.upload", reply->drop ? 0 : reply->status, note);
    sandbox_changed();
    return true;
}

/* ---- sharing it ---- */

static struct slackd_upload *upload_named(struct slackd *s, const char *id)
{
    for (size_t i = 0; i < SLACKD_FILES_MOST; i++)
        if (*s->uploads[i].id && sandbox_same(s->uploads[i].id, id))
            return &s->uploads[i];
    return NULL;
}

/* ^[CGDZ][A-Z0-9]{8,}$, as Slack says where it refuses: a person's id is none. */
static bool is_conversation(const char *id)
{
    size_t bytes = strlen(id);
    for (size_t i = 1; i < bytes; i++)
        if (!isupper((unsigned char)id[i]) && !isdigit((unsigned char)id[i]))
            return false;
    return bytes >= 9 && strchr("CGDZ", id[0]);
}

static json_t *share(struct slackd_call *call, struct slackd_upload *u, const char *channel,
                     const char *title)
{
    struct slackd *s = call->slack;
    const char *thread = slackd_arg(call, "thread_ts"), *text = slackd_arg(call, "initial_comment");
    json_t *file = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "id", u->id, "name", u->name,
                             "title", title, "mimetype", "text/plain", "user", SLACKD_BOT_USER,
                             "size", (json_int_t)u->length, "content", u->content);
    json_t *content = json_pack("{s:s}", "text", text ? text : "");
    struct slackd_message *m = slackd_post_as_bot(s, channel, content);
    json_decref(content);
    json_object_set_new(m->json, "files", json_pack("[O]", file));
    json_object_set_new(m->json, "subtype", json_string("file_share"));
    if (thread && *thread) {
        json_object_set_new(m->json, "thread_ts", json_string(thread));
        snprintf(m->thread, sizeof m->thread, "%s", thread);
    }
    slackd_echo_direct(s, m);
    u->completed = true;
    sandbox_changed();
    return file;
}

json_t *slackd_files_complete(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    bool bad;
    const json_t *files = slackd_arg_json(call, "files", &bad), *first = json_array_get(files, 0);
    const char *channel = slackd_arg(call, "channel_id");
    json_t *lacks = lacks_scope(s);
    if (lacks)
        return lacks;
    if (bad || json_array_size(files) != 1)
        return slackd_error("invalid_arguments");
    struct slackd_upload *u = upload_named(s, sandbox_text(first, "id"));
    if (!u || u->completed || !u->content)
        return slackd_error(u && !u->content ? "file_update_failed" : "file_not_found");
    if (channel && !is_conversation(channel))
        return slackd_error("invalid_arguments");
    const char *error = channel ? slackd_channel_error(s, channel, true) : NULL;
    if (error)
        return slackd_error(error);
    const char *title = sandbox_text(first, "title");
    snprintf(call->note, sizeof call->note, "%s %s", channel ? channel : "nowhere", u->name);
    u->completed = !channel;
    if (!channel)
        return json_pack("{s:b, s:[{s:s, s:s}]}", "ok", 1, "files", "id", u->id, "title", title);
    return json_pack("{s:b, s:[o]}", "ok", 1, "files",
                     share(call, u, channel, *title ? title : u->name));
}
