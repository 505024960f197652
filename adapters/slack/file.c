/* SPDX-License-Identifier: Apache-2.0 */
/* An answer's file: asked for an address, its bytes posted there, and shared with that one person
   (docs.slack.dev, "Working with files": files.getUploadURLExternal, files.completeUploadExternal).
   A channel has no file that one person alone sees, so that it always goes to the direct
   conversation. Each step is taken once: what has an unknown outcome is not repeated, and nothing
   is left of it after a restart. Ordinary calls, few at a time: it is in nobody's way. */
#include "adapters/slack/codec_out.h"
#include "adapters/slack/internal.h"
#include "core/inert.h"
#include "core/xalloc.h"
#include "host/json.h"
#include "host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t UPLOAD_TIMEOUT_MS = 10 * MS_SECOND;

struct slack_file {
    struct slack *slack;
    struct slack_file *next;
    char *name, *what, *text, *reply_url;
    char person[64], thread[64], channel[64], id[SLACK_FILE_ID_BYTES];
    bool direct;
};

/* ---- its end ---- */

static void file_free(struct slack_file *f)
{
    free(f->name);
    free(f->what);
    free(f->text);
    free(f->reply_url);
    free(f);
}

static void end(struct slack_file *f)
{
    for (struct slack_file **at = &f->slack->files; *at; at = &(*at)->next)
        if (*at == f) {
            *at = f->next;
            break;
        }
    file_free(f);
}

static void say(struct slack_file *f, const char *text)
{
    struct effect e = { .kind = EFFECT_ANSWER,
                        .answer = { .person_id = f->person,
                                    .thread_id = f->thread[0] ? f->thread : NULL,
                                    .reply_url = f->reply_url,
                                    .direct = f->direct,
                                    .text = text } };
    if (!slack_is_stopped(f->slack))
        slack_answer(f->slack, &e);
}

/* before, what it is, between, what Slack says and behind it make the sentence. */
static void give_up(struct slack_file *f, const char *before, const char *between, const char *why,
                    const char *behind)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_ANSWER_BYTES);
    LOG(LOG_WARN, "slack.file", LS("name", f->name), LS("error", why));
    buf_addf(&text, "%s %s %s", before, f->what, between);
    inert_add(&text, why, 120);
    buf_add(&text, behind);
    say(f, buf_text(&text));
    end(f);
}

static void not_sent(struct slack_file *f, const char *why)
{
    give_up(f, "The", "did not come as a file (", why,
            "). Its text stands; ask again for the file.");
}

static void not_allowed(struct slack_file *f)
{
    give_up(f, "The", "does not come as a file: my Slack app lacks the permission ", "files:write",
            ". Whoever runs me adds it from `reguard manifest slack` and reinstalls the app.");
}

static void fail(struct slack_file *f, const struct slack_result *r)
{
    if (r->outcome == SLACK_REFUSED && str_equal(r->error, "missing_scope"))
        not_allowed(f);
    else
        not_sent(f, r->error);
}

static void say_where(struct slack_file *f)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_ANSWER_BYTES);
    buf_addf(&text, "The %s as a file is in our direct conversation.", f->what);
    say(f, buf_text(&text));
}

/* ---- its steps ---- */

static void on_completed(void *arg, const struct slack_result *r)
{
    struct slack_file *f = arg;
    if (r->outcome == SLACK_UNKNOWN) {
        give_up(f, "Whether the", "has come as a file is not known (", r->error,
                "). Look into our direct conversation before you ask again.");
        return;
    }
    if (r->outcome != SLACK_OK) {
        fail(f, r);
        return;
    }
    if (!f->direct)
        say_where(f);
    end(f);
}

static void on_uploaded(void *arg, const struct http_result *r)
{
    struct slack_file *f = arg;
    char status[32];
    snprintf(status, sizeof status, "HTTP %ld", r->status);
    if (r->outcome != HTTP_ANSWERED || r->status != 200) {
        not_sent(f, r->outcome == HTTP_ANSWERED ? status : r->error);
        return;
    }
    slack_write(f->slack, "files.completeUploadExternal",
                json_pack("{s:[{s:s, s:s}], s:s}", "files", "id", f->id, "title", f->name,
                          "channel_id", f->channel),
                on_completed, f);
}

/* The address alone says what may be done with it: the token stays here. */
static void upload(struct slack_file *f, const char *url)
{
    const struct http_header headers[] = { { "Content-Type", "application/octet-stream" } };
    struct http_request request = { .method = "POST",
                                    .url = url,
                                    .headers = headers,
                                    .header_count = COUNT(headers),
                                    .body = f->text,
                                    .body_bytes = strlen(f->text),
                                    .ca_file = f->slack->ca_file,
                                    .timeout_ms = UPLOAD_TIMEOUT_MS,
                                    .done = on_uploaded,
                                    .arg = f };
    struct err err = { "" };
    if (!http_send(f->slack->http, &request, &err))
        not_sent(f, err.text);
}

static void on_address(void *arg, const struct slack_result *r)
{
    struct slack_file *f = arg;
    const char *url = NULL, *id = NULL;
    if (r->outcome != SLACK_OK) {
        fail(f, r);
        return;
    }
    const char *why = slack_read_upload(r->json, f->slack->codec.api_url, &url, &id);
    if (why) {
        not_sent(f, why);
        return;
    }
    STR_SET(f->id, id);
    upload(f, url);
}

/* Anything but a direct conversation would show others what one person has asked. */
static void on_conversation(void *arg, const struct slack_result *r)
{
    struct slack_file *f = arg;
    const char *channel = json_string_value(json_path(r->json, "channel.id"));
    char length[24];
    if (r->outcome != SLACK_OK) {
        fail(f, r);
        return;
    }
    if (!channel || channel[0] != 'D' || strlen(channel) >= sizeof f->channel) {
        not_sent(f, "Slack opens no direct conversation");
        return;
    }
    CLEANUP(buf_done) struct buf form;
    buf_init(&form, 512);
    STR_SET(f->channel, channel);
    snprintf(length, sizeof length, "%zu", strlen(f->text));
    slack_form_add(&form, "filename", f->name);
    slack_form_add(&form, "length", length);
    slack_read_as(f->slack, URGENCY_ORDINARY, "files.getUploadURLExternal", buf_text(&form),
                  on_address, f);
}

static bool has_place(const struct slack_file *f)
{
    size_t count = 0;
    for (const struct slack_file *other = f->slack->files; other; other = other->next)
        if (++count > LIMIT_FILES_UNDER_WAY || (other != f && str_equal(other->person, f->person)))
            return false;
    return true;
}

static char *text_new(const struct slack *s, const struct effect_file *file)
{
    CLEANUP(buf_done) struct buf url, all;
    buf_init(&url, 600);
    buf_init(&all, 2 * (size_t)LIMIT_FILE_BYTES);
    buf_add(&all, file->text);
    if (file->card_id && slack_add_permalink(&url, &s->codec, file->card_id))
        buf_addf(&all, "\nIts card: %s\n", buf_text(&url));
    return xstrdup(buf_text(&all));
}

void slack_send_file(struct slack *s, const struct effect_answer *a)
{
    if (!a->file || !a->person_id)
        return;
    struct slack_file *f = xcalloc(1, sizeof *f);
    *f = (struct slack_file){ .slack = s,
                              .next = s->files,
                              .name = xstrdup(a->file->name),
                              .what = xstrdup(a->file->what),
                              .text = text_new(s, a->file),
                              .reply_url = a->reply_url ? xstrdup(a->reply_url) : NULL,
                              .direct = a->direct };
    s->files = f;
    STR_SET(f->person, a->person_id);
    STR_SET(f->thread, a->thread_id);
    if (s->no_files)
        not_allowed(f);
    else if (!has_place(f))
        not_sent(f, "others are on their way");
    else if (strlen(f->text) > LIMIT_FILE_BYTES)
        not_sent(f, "it is too long");
    else
        slack_write(s, "conversations.open", json_pack("{s:s}", "users", f->person),
                    on_conversation, f);
}

void slack_files_stop(struct slack *s)
{
    while (s->files) {
        struct slack_file *f = s->files;
        s->files = f->next;
        http_forget(s->http, f);
        file_free(f);
    }
}
