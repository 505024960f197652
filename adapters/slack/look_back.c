/* SPDX-License-Identifier: Apache-2.0 */
/* Our own newest messages in the channel, for what they say of the records. */
#include "adapters/slack/internal.h"
#include "core/xalloc.h"
#include "host/json.h"
#include "port/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slack_look {
    struct slack *slack;
    uint64_t effect_id;
    enum urgency urgency;
    ms_t since_ms;        /* as in the effect */
    int looked_at, limit; /* messages; so many on a page */
    char cursor[256];     /* of the page that is read; "": the newest */
    struct sighting seen[LIMIT_SIGHTINGS];
    size_t count;
};

static void tell(struct slack_look *l, const char *error)
{
    struct arena *arena = inbox_arena(l->slack->inbox);
    struct event *e = inbox_new(l->slack->inbox, EVENT_LOOKED_BACK, "slack");
    struct sighting *seen = arena_take(arena, l->count * sizeof *seen + 1);
    memcpy(seen, l->seen, l->count * sizeof *seen);
    e->effect_id = l->effect_id;
    e->error = arena_copy(arena, error);
    e->looked = (struct event_looked){ .seen = seen, .count = l->count };
    inbox_put(l->slack->inbox, e);
    free(l);
}

static bool is_ours(const struct slack *s, const json_t *message)
{
    return (str_equal(json_text(message, "user"), s->codec.bot_user) ||
            str_equal(json_text(message, "bot_id"), s->codec.bot_id)) &&
           str_equal(json_string_value(json_path(message, "metadata.event_type")), "reguard");
}

static void on_message(void *arg, const json_t *message, bool left_out)
{
    struct slack_look *l = arg;
    if (!left_out && l->count < LIMIT_SIGHTINGS && is_ours(l->slack, message))
        witness_read(json_path(message, "metadata.event_payload"), &l->seen[l->count++]);
}

static void read_page(struct slack_look *l);

/* Where a lot was said by others, ours may stand further back. */
static void on_page(void *arg, const struct slack_result *r)
{
    struct slack_look *l = arg;
    const char *cursor = json_string_value(json_path(r->json, "response_metadata.next_cursor"));
    if (r->too_long && l->limit > 1 && !slack_is_stopped(l->slack)) {
        l->limit /= 2;
        read_page(l);
        return;
    }
    if (r->outcome != SLACK_OK) {
        tell(l, r->error[0] ? r->error : "Slack did not answer");
        return;
    }
    l->looked_at += l->limit;
    bool goes_on = l->count == 0 || (l->since_ms && l->count < LIMIT_SIGHTINGS);
    if (goes_on && str_or_empty(cursor)[0] && STR_SET(l->cursor, cursor) &&
        l->looked_at < LIMIT_SLACK_SIGHT_MESSAGES && !slack_is_stopped(l->slack))
        read_page(l);
    else
        tell(l, NULL);
}

static void read_page(struct slack_look *l)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    char limit[16], oldest[SLACK_TS_BYTES];
    buf_init(&form, 1024);
    snprintf(limit, sizeof limit, "%d", l->limit);
    slack_form_add(&form, "channel", l->slack->codec.channel);
    slack_form_add(&form, "limit", limit);
    slack_form_add(&form, "include_all_metadata", "true");
    snprintf(oldest, sizeof oldest, "%lld.000000", (long long)(l->since_ms / 1000));
    if (l->since_ms)
        slack_form_add(&form, "oldest", oldest);
    if (l->cursor[0])
        slack_form_add(&form, "cursor", l->cursor);
    slack_read_messages(l->slack, l->urgency, "conversations.history", buf_text(&form), on_message,
                        on_page, l);
}

void slack_look_back(struct slack *s, const struct effect *e)
{
    struct slack_look *l = xcalloc(1, sizeof *l);
    l->slack = s;
    l->effect_id = e->id;
    l->urgency = e->urgency;
    l->since_ms = e->look.since_ms;
    l->limit = LIMIT_LOOK_PAGE;
    read_page(l);
}
