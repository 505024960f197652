/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that Slack shows later by itself: chat.scheduleMessage, chat.deleteScheduledMessage and
   chat.scheduledMessages.list (docs.slack.dev). They are sent as text alone: with metadata Slack
   takes such a message and never shows it. */
#include "adapters/slack/internal.h"
#include "adapters/slack/markup.h"
#include "core/xalloc.h"
#include "host/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 3900, PAGES_MOST = 5, PAGE = 100 };

struct slack_word {
    struct slack *slack;
    uint64_t effect_id;
    enum urgency urgency;
    enum event_kind kind;
    char id[128];
    ms_t at_ms;
    int pages;
    struct {
        char *id, *text; /* owned */
        ms_t at_ms;
    } found[LIMIT_LEFT_WORDS]; /* READ */
    size_t count;
};

static struct slack_word *word_new(struct slack *s, const struct effect *e, enum event_kind kind)
{
    struct slack_word *w = xcalloc(1, sizeof *w);
    w->slack = s;
    w->effect_id = e->id;
    w->urgency = e->urgency;
    w->kind = kind;
    return w;
}

static void word_free(struct slack_word *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->found[i].id);
        free(w->found[i].text);
    }
    free(w);
}

static struct event *outcome(struct slack_word *w, const struct slack_result *r)
{
    struct arena *arena = inbox_arena(w->slack->inbox);
    struct event *e = inbox_new(w->slack->inbox, w->kind, "slack");
    e->effect_id = w->effect_id;
    if (r->outcome == SLACK_REFUSED)
        e->error = arena_printf(arena, "Slack: %s", r->error);
    else if (r->outcome != SLACK_OK)
        e->error = arena_copy(arena, r->error[0] ? r->error : "Slack did not answer");
    if (w->kind != EVENT_WORDS_READ) {
        e->word.id = arena_copy(arena, w->id);
        e->word.at_ms = w->at_ms;
        e->word.retry_after_ms = r->retry_after_ms;
        e->word.in_doubt = r->outcome == SLACK_UNKNOWN;
    }
    return e;
}

static void on_left(void *arg, const struct slack_result *r)
{
    struct slack_word *w = arg;
    if (r->outcome == SLACK_OK)
        STR_SET(w->id, json_text(r->json, "scheduled_message_id"));
    struct event *e = outcome(w, r);
    if (r->outcome == SLACK_OK && !w->id[0]) {
        e->error = "Slack took the message and told no id";
        e->word.in_doubt = true;
    }
    inbox_put(w->slack->inbox, e);
    word_free(w);
}

/* Refused: it is not there any more, or it is about to be shown; what stands is read anew. */
static void on_taken(void *arg, const struct slack_result *r)
{
    struct slack_word *w = arg;
    struct event *e = outcome(w, r);
    e->word.in_doubt |= r->outcome == SLACK_REFUSED;
    inbox_put(w->slack->inbox, e);
    word_free(w);
}

/* Slack's clock counts whole seconds. */
void slack_leave_word(struct slack *s, const struct effect *e)
{
    struct slack_word *w = word_new(s, e, EVENT_WORD_LEFT);
    CLEANUP(buf_done) struct buf text;
    int64_t at_s = (e->word.at_ms + MS_SECOND - 1) / MS_SECOND;
    w->at_ms = at_s * MS_SECOND;
    buf_init(&text, TEXT_MOST + 1);
    slack_markup(&text, e->word.text, s->people, TEXT_MOST);
    slack_write_as(s, w->urgency, "chat.scheduleMessage",
                   json_pack("{s:s, s:I, s:s, s:s, s:b, s:b}", "channel", s->codec.channel,
                             "post_at", (json_int_t)at_s, "text", buf_text(&text), "parse", "none",
                             "unfurl_links", 0, "unfurl_media", 0),
                   on_left, w);
}

void slack_take_word(struct slack *s, const struct effect *e)
{
    struct slack_word *w = word_new(s, e, EVENT_WORD_TAKEN);
    STR_SET(w->id, e->word.id);
    slack_write_as(s, w->urgency, "chat.deleteScheduledMessage",
                   json_pack("{s:s, s:s}", "channel", s->codec.channel, "scheduled_message_id",
                             w->id),
                   on_taken, w);
}

/* ---- what stands there ---- */

static void keep(struct slack_word *w, const json_t *message)
{
    const char *id = json_text(message, "id"), *channel = json_text(message, "channel_id");
    if (w->count == LIMIT_LEFT_WORDS || !id[0] || !str_equal(channel, w->slack->codec.channel))
        return;
    size_t i = w->count++;
    w->found[i].id = xstrdup(id);
    w->found[i].text = xstrdup(json_text(message, "text"));
    w->found[i].at_ms = json_integer_value(json_object_get(message, "post_at")) * MS_SECOND;
}

static void tell_read(struct slack_word *w, const struct slack_result *r)
{
    struct arena *arena = inbox_arena(w->slack->inbox);
    struct event *e = outcome(w, r);
    struct standing_word *all = arena_take(arena, w->count * sizeof *all + 1);
    for (size_t i = 0; i < w->count; i++)
        all[i] = (struct standing_word){ .id = arena_copy(arena, w->found[i].id),
                                         .text = arena_copy(arena, w->found[i].text),
                                         .at_ms = w->found[i].at_ms };
    e->words = (struct event_words){ .all = all, .count = w->count };
    inbox_put(w->slack->inbox, e);
    word_free(w);
}

static void read_page(struct slack_word *w, const char *cursor);

static void on_page(void *arg, const struct slack_result *r)
{
    struct slack_word *w = arg;
    const char *cursor = json_string_value(json_path(r->json, "response_metadata.next_cursor"));
    const json_t *message;
    size_t i;
    if (r->outcome == SLACK_OK)
        json_array_foreach(json_object_get(r->json, "scheduled_messages"), i, message)
            keep(w, message);
    if (r->outcome == SLACK_OK && str_or_empty(cursor)[0] && ++w->pages < PAGES_MOST &&
        !slack_is_stopped(w->slack))
        read_page(w, cursor);
    else
        tell_read(w, r);
}

static void read_page(struct slack_word *w, const char *cursor)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    char limit[16];
    buf_init(&form, 1024);
    snprintf(limit, sizeof limit, "%d", PAGE);
    slack_form_add(&form, "channel", w->slack->codec.channel);
    slack_form_add(&form, "limit", limit);
    if (cursor[0])
        slack_form_add(&form, "cursor", cursor);
    slack_read_as(w->slack, w->urgency, "chat.scheduledMessages.list", buf_text(&form), on_page, w);
}

void slack_read_words(struct slack *s, const struct effect *e)
{
    read_page(word_new(s, e, EVENT_WORDS_READ), "");
}
