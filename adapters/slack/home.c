/* SPDX-License-Identifier: Apache-2.0 */
/* A person's own page (App Home): drawn when they open it and when something has changed since.
   Best effort: one at a time, far below what Slack takes, and only what differs from what is shown.
   The members of the channel see it; whether somebody is one is read, and what cannot be read is a
   no. */
#include "adapters/slack/codec_out.h"
#include "adapters/slack/internal.h"
#include "core/rich.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t MEMBER_FOR_MS = 10 * MS_MINUTE, BETWEEN_MS = MS_SECOND;
enum { MEMBER_PAGES = 20, MEMBER_PAGE = 200 };

struct slack_home {
    char user[64];
    char *wanted, *otherwise; /* views as JSON, waiting to be shown; NULL: nothing waits */
    char *shown;              /* the last one that Slack has taken */
    bool again;               /* nobody waits for it */
    bool member;
    ms_t read_ms;     /* when that was read, monotonic; 0: never */
    uint64_t used_no; /* the higher, the later */
};
struct slack_homes {
    struct slack *slack;
    struct slack_home all[LIMIT_HOMES];
    size_t count;
    uint64_t uses;
    struct slack_home *under_way;
    char *sent; /* of the one under way */
    int pages;
    bool resting; /* the timer is set */
    struct loop_timer timer;
};

static void pump(void *arg);

/* The one that was shown longest ago gives way. */
static struct slack_home *home_of(struct slack_homes *h, const char *user)
{
    struct slack_home *oldest = &h->all[h->under_way == &h->all[0]];
    for (size_t i = 0; i < h->count; i++) {
        struct slack_home *each = &h->all[i];
        if (str_equal(each->user, user))
            return each;
        if (each != h->under_way && each->used_no < oldest->used_no)
            oldest = each;
    }
    struct slack_home *free_one = h->count < LIMIT_HOMES ? &h->all[h->count++] : oldest;
    free(free_one->wanted);
    free(free_one->otherwise);
    free(free_one->shown);
    *free_one = (struct slack_home){ .used_no = 0 };
    STR_SET(free_one->user, user);
    return free_one;
}

static void go_on_later(struct slack_homes *h)
{
    h->under_way = NULL;
    free(h->sent);
    h->sent = NULL;
    h->pages = 0;
    h->resting = true;
    loop_timer_set(h->slack->loop, &h->timer, BETWEEN_MS);
}

static void on_published(void *arg, const struct slack_result *r)
{
    struct slack_homes *h = arg;
    struct slack_home *one = h->under_way;
    if (r->outcome == SLACK_OK) {
        free(one->shown);
        one->shown = h->sent;
        h->sent = NULL;
    } else {
        LOG(LOG_WARN, "slack.home", LS("error", r->error));
    }
    go_on_later(h);
}

static void publish(struct slack_homes *h)
{
    struct slack_home *one = h->under_way;
    char *view = one->member ? one->wanted : one->otherwise;
    free(one->member ? one->otherwise : one->wanted);
    one->wanted = one->otherwise = NULL;
    h->sent = view;
    json_t *json = view ? json_loads(view, 0, NULL) : NULL;
    if (!json || slack_is_stopped(h->slack) || (one->again && str_equal(view, one->shown))) {
        json_decref(json);
        go_on_later(h);
        return;
    }
    slack_write(h->slack, "views.publish",
                json_pack("{s:s, s:o}", "user_id", one->user, "view", json), on_published, h);
}

static void read_members(struct slack_homes *h, const char *cursor);

static void judge(struct slack_homes *h, bool member, bool read)
{
    h->under_way->member = member;
    h->under_way->read_ms = read ? clock_monotonic_ms() : 0;
    publish(h);
}

static void on_members(void *arg, const struct slack_result *r)
{
    struct slack_homes *h = arg;
    const char *cursor = json_string_value(json_path(r->json, "response_metadata.next_cursor"));
    const json_t *id;
    size_t i;
    if (r->outcome != SLACK_OK) {
        judge(h, false, false);
        return;
    }
    json_array_foreach(json_object_get(r->json, "members"), i,
                       id) if (str_equal(json_string_value(id), h->under_way->user))
    {
        judge(h, true, true);
        return;
    }
    if (str_or_empty(cursor)[0] && ++h->pages < MEMBER_PAGES)
        read_members(h, cursor);
    else
        judge(h, false, true);
}

static void read_members(struct slack_homes *h, const char *cursor)
{
    CLEANUP(buf_done) struct buf form;
    char limit[16];
    buf_init(&form, 1024);
    snprintf(limit, sizeof limit, "%d", MEMBER_PAGE);
    slack_form_add(&form, "channel", h->slack->codec.channel);
    slack_form_add(&form, "limit", limit);
    if (cursor[0])
        slack_form_add(&form, "cursor", cursor);
    slack_read_as(h->slack, URGENCY_ORDINARY, "conversations.members", buf_text(&form), on_members,
                  h);
}

/* Those who wait for it first. */
static struct slack_home *next(struct slack_homes *h)
{
    struct slack_home *found = NULL;
    for (size_t i = 0; i < h->count; i++) {
        struct slack_home *one = &h->all[i];
        if (one->otherwise && (!found || (found->again && !one->again)))
            found = one;
    }
    return found;
}

static void pump(void *arg)
{
    struct slack_homes *h = arg;
    h->resting = false;
    if (h->under_way || slack_is_stopped(h->slack))
        return;
    h->under_way = next(h);
    if (!h->under_way)
        return;
    bool known = h->under_way->read_ms &&
                 clock_monotonic_ms() - h->under_way->read_ms < MEMBER_FOR_MS;
    if (!h->under_way->wanted) { /* nobody of [people]: nothing to be a member for */
        h->under_way->member = false;
        publish(h);
    } else if (known) {
        publish(h);
    } else {
        read_members(h, "");
    }
}

static char *text_of(json_t *view_new)
{
    char *text = json_dumps(view_new, JSON_COMPACT);
    json_decref(view_new);
    return text;
}

static char *not_a_member(const struct slack *s)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 600);
    buf_add(&b, "This page is for the members of ");
    rich_add_channel(&b, s->codec.channel);
    buf_add(&b, ", and I do not find you among them. Join it, or ask somebody there to invite you, "
                "and open this page again.");
    return text_of(slack_home_json(NULL, "", buf_text(&b), s->people));
}

void slack_home(struct slack *s, const struct effect *e)
{
    const struct effect_home *wanted = &e->home;
    if (!s->homes) {
        s->homes = xcalloc(1, sizeof *s->homes);
        s->homes->slack = s;
        s->homes->timer = (struct loop_timer){ .fired = pump, .arg = s->homes };
    }
    struct slack_homes *h = s->homes;
    struct slack_home *one = home_of(h, wanted->person_id);
    bool waited = one->otherwise && !one->again;
    free(one->wanted);
    free(one->otherwise);
    one->wanted = wanted->panel
                      ? text_of(slack_home_json(wanted->panel, wanted->person_id, "", s->people))
                      : NULL;
    one->otherwise = wanted->panel
                         ? not_a_member(s)
                         : text_of(slack_home_json(NULL, "", wanted->otherwise, s->people));
    one->again = wanted->again && !waited;
    one->used_no = ++h->uses;
    if (h->resting && one->again)
        return;
    loop_timer_cancel(&h->timer); /* whoever opens it does not wait for those who have it */
    pump(h);
}

void slack_home_stop(struct slack *s)
{
    struct slack_homes *h = s->homes;
    if (!h)
        return;
    loop_timer_cancel(&h->timer);
    for (size_t i = 0; i < h->count; i++) {
        free(h->all[i].wanted);
        free(h->all[i].otherwise);
        free(h->all[i].shown);
    }
    free(h->sent);
    free(h);
    s->homes = NULL;
}
