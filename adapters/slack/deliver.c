/* SPDX-License-Identifier: Apache-2.0 */
/* Messages out: posts, edits, direct messages; and the look for a message whose first attempt has
   an unknown outcome. */
#include "adapters/slack/codec_out.h"
#include "core/xalloc.h"
#include "adapters/slack/internal.h"
#include "adapters/slack/refusal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"
#include "host/zone.h"
#include "port/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message may still arrive in the channel a little after its call was given up: looked for from a
   minute before. */
static const ms_t LOOK_FROM_MS = MS_MINUTE;
static const ms_t IDENTIFY_WAITS_MS = 5 * MS_SECOND;
/* One look takes no longer, and no more pages, however much was said since. */
static const ms_t LOOK_TAKES_MS = 10 * MS_SECOND, BLIND_ENDS_MS = 2 * MS_MINUTE;
enum { LOOK_PAGE = 100, DOUBLES_MOST = 4 };

/* One DELIVER or IDENTIFY under way. */
struct slack_task {
    struct slack *slack;
    struct slack_task *next;
    uint64_t effect_id;
    enum urgency urgency;
    enum message_kind kind;
    char *key, *body;
    char edit_id[64], thread_id[64], person[64], channel[64], card_id[64];
    char store[STORE_ID_BYTES]; /* whose message it is, "" when it bears no witness */
    bool look_first, waits;     /* waits: for its turn to ask who somebody is */
    struct slack_task *with;    /* the one whose read answers this one, too; NULL: its own */
    ms_t first_attempt_ms, since_ms;
    enum slack_form form;
    char stands[SLACK_TS_BYTES]; /* nothing is sent: others beside that one go; "": it is sent */
    struct {
        char all[DOUBLES_MOST][SLACK_TS_BYTES];
        size_t count;
        bool stands; /* so does the one on record: without it the other is all there is */
    } doubles;
    struct {
        int limit, pages;
        ms_t begun_ms;                                                           /* monotonic */
        char found[SLACK_TS_BYTES], first[SLACK_TS_BYTES], last[SLACK_TS_BYTES]; /* of the page */
        char oldest[SLACK_TS_BYTES], latest[SLACK_TS_BYTES];                     /* "": no bound */
    } look;
};

static struct slack_task *task_new(struct slack *s, const struct effect *e)
{
    struct slack_task *t = xcalloc(1, sizeof *t);
    t->slack = s;
    t->effect_id = e->id;
    t->urgency = e->urgency;
    struct slack_task **at = &s->tasks;
    while (*at)
        at = &(*at)->next;
    *at = t;
    STR_SET(t->channel, s->codec.channel);
    return t;
}

static void task_free(struct slack_task *t)
{
    for (struct slack_task **at = &t->slack->tasks; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    free(t->key);
    free(t->body);
    free(t);
}

static struct event *outcome(struct slack_task *t, enum event_kind kind)
{
    struct event *e = inbox_new(t->slack->inbox, kind, "slack");
    e->effect_id = t->effect_id;
    e->delivery.key = arena_copy(inbox_arena(t->slack->inbox), t->key);
    e->delivery.remote_id = "";
    return e;
}

static void delivered(struct slack_task *t, const char *ts, bool as_first_sent)
{
    struct event *e = outcome(t, EVENT_DELIVERED);
    e->delivery.as_first_sent = as_first_sent;
    e->delivery.plainer = t->form != SLACK_FORM_FULL;
    e->delivery.remote_id = arena_copy(inbox_arena(t->slack->inbox), str_or_empty(ts));
    inbox_put(t->slack->inbox, e);
    task_free(t);
}

static bool is_direct(const struct slack_task *t) { return t->person[0] != '\0'; }

static struct event *failed(struct slack_task *t, enum event_kind kind,
                            const struct slack_result *r)
{
    struct arena *arena = inbox_arena(t->slack->inbox);
    struct event *e = outcome(t, kind);
    e->error = r->outcome == SLACK_REFUSED ? arena_printf(arena, "Slack: %s", r->error)
                                           : arena_copy(arena, r->error);
    e->delivery.retry_after_ms = r->retry_after_ms;
    return e;
}

/* What it says of the chat comes first: how soon it is tried again depends on that. */
static void not_delivered(struct slack_task *t, const struct slack_result *r)
{
    bool unknown = r->outcome == SLACK_UNKNOWN;
    if (!is_direct(t) && !t->edit_id[0])
        slack_post_failed(t->slack, r->error, t->thread_id[0] != '\0', r->retry_after_ms);
    inbox_put(t->slack->inbox,
              failed(t, unknown ? EVENT_DELIVERY_UNKNOWN : EVENT_DELIVERY_FAILED, r));
    task_free(t);
}

static void keep_direct(struct slack *s, const char *user, const char *channel);

/* Refused, and in no other form either. known: the channel is the reason. */
static void refused(struct slack_task *t, const struct slack_result *r, bool known)
{
    struct slack *s = t->slack;
    struct event *e = failed(t, EVENT_DELIVERY_FAILED, r);
    bool post = !is_direct(t) && !t->edit_id[0];
    e->delivery.channel_closed = post && known;
    inbox_put(s->inbox, e);
    if (is_direct(t))
        keep_direct(s, t->person, ""); /* another one may be opened */
    else if (post)
        slack_post_refused(s, r->error, t->thread_id[0] != '\0', known);
    else if (known)
        slack_check_channel(s);
    task_free(t);
}

static void target_gone(struct slack_task *t, const struct slack_result *r)
{
    struct event *e = failed(t, EVENT_DELIVERY_FAILED, r);
    e->delivery.target_gone = true;
    inbox_put(t->slack->inbox, e);
    task_free(t);
}

static void nobody_there(struct slack_task *t, const struct slack_result *r)
{
    struct event *e = failed(t, EVENT_DELIVERY_FAILED, r);
    e->delivery.for_ever = true;
    inbox_put(t->slack->inbox, e);
    task_free(t);
}

static void send_message(struct slack_task *t);

static bool plainer(struct slack_task *t, const char *error)
{
    if (t->form + 1 >= SLACK_FORMS)
        return false;
    t->form++;
    LOG(LOG_WARN, "slack.plainer", LS("key", str_or_empty(t->key)), LS("error", error),
        LI("form", t->form));
    send_message(t);
    return true;
}

/* What Slack refuses is tried in another form where the form may be the reason. */
static void on_refused(struct slack_task *t, const struct slack_result *r)
{
    enum slack_refusal why = slack_refusal_of(r->error);
    bool target = t->edit_id[0] || t->thread_id[0];
    if (why == SLACK_NO_TARGET && target) {
        target_gone(t, r);
    } else if (why == SLACK_NO_PERSON && is_direct(t)) {
        nobody_there(t, r);
    } else if (why == SLACK_NO_THREAD && t->thread_id[0]) {
        t->thread_id[0] = '\0'; /* better beside its card than nowhere */
        send_message(t);
    } else if (why == SLACK_NO_CHANNEL || why == SLACK_NO_RIGHT || why == SLACK_NO_CREDENTIAL) {
        refused(t, r, true);
    } else if (!plainer(t, r->error)) {
        refused(t, r, why == SLACK_NO_POSTING || why == SLACK_NO_THREAD);
    }
}

static void on_sent(void *arg, const struct slack_result *r)
{
    struct slack_task *t = arg;
    if (r->outcome == SLACK_REFUSED) {
        on_refused(t, r);
        return;
    }
    if (r->outcome != SLACK_OK) {
        not_delivered(t, r);
        return;
    }
    if (!is_direct(t) && !t->edit_id[0])
        slack_post_taken(t->slack, t->thread_id[0] != '\0');
    delivered(t, json_text(r->json, "ts"), false);
}

static void send_message(struct slack_task *t)
{
    json_t *body = json_read(t->body, strlen(t->body), LIMIT_MESSAGE_BYTES * 4, NULL);
    if (!body)
        body = json_object();
    if (t->card_id[0])
        slack_link_card(body, &t->slack->codec, t->card_id);
    slack_make_plainer(body, t->form);
    json_object_set_new(body, "channel", json_string(t->channel));
    if (t->edit_id[0])
        json_object_set_new(body, "ts", json_string(t->edit_id));
    else if (t->thread_id[0])
        json_object_set_new(body, "thread_ts", json_string(t->thread_id));
    slack_write_as(t->slack, t->urgency, t->edit_id[0] ? "chat.update" : "chat.postMessage", body,
                   on_sent, t);
}

/* ---- looking for it first ---- */

static void look(struct slack_task *t);

static bool is_ours(const struct slack_task *t, const json_t *m)
{
    return str_equal(json_text(m, "user"), t->slack->codec.bot_user) ||
           str_equal(json_text(m, "bot_id"), t->slack->codec.bot_id);
}

static bool is_same_payload(const struct slack_task *t, const json_t *theirs)
{
    JSON_AUTO *body = json_read(t->body, strlen(t->body), LIMIT_MESSAGE_BYTES * 4, NULL);
    return json_equal(json_path(body, "metadata.event_payload"), theirs);
}

/* Whose records it is of has to be said by both. A card's picture changes, all else is the same to
   the last word. */
static bool is_double(const struct slack_task *t, const json_t *m)
{
    const json_t *theirs = json_path(m, "metadata.event_payload");
    return is_ours(t, m) && str_equal(json_text(theirs, "key"), t->key) && t->store[0] &&
           str_equal(json_text(theirs, "store"), t->store) &&
           (t->kind == MESSAGE_CARD || is_same_payload(t, theirs));
}

static void note_double(struct slack_task *t, const json_t *m, const char *ts)
{
    if (!is_double(t, m))
        return;
    if (strcmp(ts, t->stands) == 0)
        t->doubles.stands = true;
    else if (ts[0] && strlen(ts) < SLACK_TS_BYTES && t->doubles.count < DOUBLES_MOST)
        memcpy(t->doubles.all[t->doubles.count++], ts, strlen(ts) + 1);
}

static void on_look_message(void *arg, const json_t *m, bool left_out)
{
    struct slack_task *t = arg;
    const json_t *ours = json_path(m, "metadata.event_payload");
    const char *ts = json_text_or_empty(m, "ts"), *key = json_text(ours, "key");
    /* Time stamps have one length, so that their order is that of text. */
    if (!t->look.first[0] || strcmp(ts, t->look.first) < 0)
        STR_SET(t->look.first, ts);
    if (strcmp(ts, t->look.last) > 0)
        STR_SET(t->look.last, ts);
    if (t->stands[0]) {
        if (!left_out)
            note_double(t, m, ts);
        return;
    }
    if (!left_out && is_ours(t, m) && str_equal(key, t->key) && witness_same_store(ours, t->store))
        STR_SET(t->look.found, ts);
}

/* How long the channel could not be looked through. */
static ms_t blind_for_ms(struct slack *s)
{
    ms_t now = clock_monotonic_ms();
    if (!s->blind_since_ms || now - s->blind_last_ms >= BLIND_ENDS_MS)
        s->blind_since_ms = now;
    s->blind_last_ms = now;
    return now - s->blind_since_ms;
}

static void not_looked(struct slack_task *t, const char *why, ms_t retry_after_ms)
{
    ms_t left = (t->kind == MESSAGE_POST ? LOOK_ENDS_POST_MS : LOOK_ENDS_MS) -
                blind_for_ms(t->slack);
    if (left > 0) {
        struct event *e = failed(t, EVENT_DELIVERY_FAILED,
                                 &(struct slack_result){ .outcome = SLACK_LATER,
                                                         .error = why,
                                                         .retry_after_ms = retry_after_ms });
        e->delivery.retry_within_ms = left;
        inbox_put(t->slack->inbox, e);
        task_free(t);
        return;
    }
    LOG(LOG_WARN, "slack.not_looked", LS("key", str_or_empty(t->key)), LS("error", why),
        LS("next", "sent without having looked whether it is there already"));
    send_message(t);
}

/* A channel's page is turned backwards, a thread's forwards. False: it was looked at long enough.
 */
static bool turn_page(struct slack_task *t)
{
    bool thread = t->thread_id[0];
    const char *edge = thread ? t->look.last : t->look.first;
    bool turned = thread ? strcmp(edge, t->look.oldest) > 0
                         : !t->look.latest[0] || strcmp(edge, t->look.latest) < 0;
    if (!edge[0] || !turned || ++t->look.pages >= LIMIT_SLACK_LOOK_PAGES ||
        clock_monotonic_ms() - t->look.begun_ms >= LOOK_TAKES_MS)
        return false;
    if (thread)
        STR_SET(t->look.oldest, edge);
    else
        STR_SET(t->look.latest, edge);
    return true;
}

static bool has_more(const struct slack_result *r)
{
    const char *cursor = json_string_value(json_path(r->json, "response_metadata.next_cursor"));
    return json_flag(r->json, "has_more", false) || str_or_empty(cursor)[0];
}

/* ---- of two the one that is not on record goes ---- */

static void take_next_away(struct slack_task *t);

/* One that is gone already, or may not be deleted, is let be. */
static void on_taken_away(void *arg, const struct slack_result *r)
{
    struct slack_task *t = arg;
    LOG(LOG_WARN, "slack.doubled", LS("key", str_or_empty(t->key)),
        LS("what", r->outcome == SLACK_OK ? "taken away" : r->error));
    take_next_away(t);
}

static void take_next_away(struct slack_task *t)
{
    if (!t->doubles.count || slack_is_stopped(t->slack)) {
        delivered(t, t->stands, false);
        return;
    }
    slack_write_as(t->slack, t->urgency, "chat.delete",
                   json_pack("{s:s, s:s}", "channel", t->channel, "ts",
                             t->doubles.all[--t->doubles.count]),
                   on_taken_away, t);
}

static void on_looked_again(struct slack_task *t, const struct slack_result *r)
{
    bool found = t->doubles.stands && t->doubles.count;
    if (r->too_long && t->look.limit > 1) {
        t->look.limit /= 2;
        look(t);
    } else if (found) {
        take_next_away(t);
    } else if (r->outcome != SLACK_OK) {
        inbox_put(t->slack->inbox, failed(t, EVENT_DELIVERY_FAILED, r));
        task_free(t);
    } else if (has_more(r) && turn_page(t)) {
        look(t);
    } else {
        delivered(t, t->stands, false);
    }
}

static void on_looked(void *arg, const struct slack_result *r)
{
    struct slack_task *t = arg;
    if (t->stands[0]) {
        on_looked_again(t, r);
        return;
    }
    if (r->outcome == SLACK_REFUSED && t->thread_id[0] &&
        slack_refusal_of(r->error) == SLACK_NO_TARGET) {
        target_gone(t, r);
    } else if (r->outcome == SLACK_REFUSED) {
        send_message(t); /* twice is better than never, where the channel cannot be read at all */
    } else if (r->too_long && t->look.limit > 1) {
        t->look.limit /= 2;
        look(t);
    } else if (r->outcome != SLACK_OK) {
        not_looked(t, r->error, r->retry_after_ms);
    } else if (t->look.found[0]) {
        t->slack->blind_since_ms = 0;
        delivered(t, t->look.found, true);
    } else if (!has_more(r)) {
        t->slack->blind_since_ms = 0;
        send_message(t);
    } else if (turn_page(t)) {
        look(t);
    } else {
        not_looked(t, "more was said since than can be looked through", 0);
    }
}

static void look(struct slack_task *t)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    char limit[16];
    buf_init(&form, 512);
    snprintf(limit, sizeof limit, "%d", t->look.limit);
    t->look.first[0] = t->look.last[0] = '\0';
    slack_form_add(&form, "channel", t->channel);
    if (t->thread_id[0])
        slack_form_add(&form, "ts", t->thread_id);
    slack_form_add(&form, "oldest", t->look.oldest);
    if (t->look.latest[0])
        slack_form_add(&form, "latest", t->look.latest);
    slack_form_add(&form, "limit", limit);
    slack_form_add(&form, "include_all_metadata", "true");
    slack_read_messages(t->slack, t->urgency,
                        t->thread_id[0] ? "conversations.replies" : "conversations.history",
                        buf_text(&form), on_look_message, on_looked, t);
}

static void begin_look(struct slack_task *t)
{
    ms_t from = t->first_attempt_ms > LOOK_FROM_MS ? t->first_attempt_ms - LOOK_FROM_MS : 0;
    snprintf(t->look.oldest, sizeof t->look.oldest, "%lld.000000", (long long)(from / 1000));
    t->look.limit = LOOK_PAGE;
    t->look.begun_ms = clock_monotonic_ms();
    look(t);
}

static void look_or_send(struct slack_task *t)
{
    if (t->stands[0] || (t->look_first && !t->edit_id[0]))
        begin_look(t);
    else
        send_message(t);
}

/* ---- direct messages ---- */

static const char *direct_channel(const struct slack *s, const char *user)
{
    for (size_t i = 0; i < s->direct_count && i < LIMIT_SLACK_DIRECTS; i++)
        if (str_equal(s->directs[i].user, user) && s->directs[i].channel[0])
            return s->directs[i].channel;
    return NULL;
}

static void keep_direct(struct slack *s, const char *user, const char *channel)
{
    for (size_t i = 0; i < s->direct_count && i < LIMIT_SLACK_DIRECTS; i++)
        if (str_equal(s->directs[i].user, user)) {
            STR_SET(s->directs[i].channel, channel);
            return;
        }
    size_t at = s->direct_count++ % LIMIT_SLACK_DIRECTS;
    STR_SET(s->directs[at].user, user);
    STR_SET(s->directs[at].channel, channel);
}

static void on_direct(void *arg, const struct slack_result *r)
{
    struct slack_task *t = arg;
    const char *channel = json_string_value(json_path(r->json, "channel.id"));
    if (r->outcome == SLACK_REFUSED) {
        if (slack_refusal_of(r->error) == SLACK_NO_PERSON)
            nobody_there(t, r);
        else
            not_delivered(t, r);
        return;
    }
    if (r->outcome != SLACK_OK || !channel) {
        not_delivered(t, r->outcome == SLACK_OK
                             ? &(struct slack_result){ .outcome = SLACK_LATER,
                                                       .error = "no direct channel" }
                             : r);
        return;
    }
    keep_direct(t->slack, t->person, channel);
    STR_SET(t->channel, channel);
    look_or_send(t);
}

static void open_direct(struct slack_task *t)
{
    slack_write_as(t->slack, t->urgency, "conversations.open",
                   json_pack("{s:s}", "users", t->person), on_direct, t);
}

bool slack_deliver(struct slack *s, const struct effect *e, struct err *err)
{
    const struct effect_deliver *d = &e->deliver;
    if (d->kind == MESSAGE_DIRECT && !d->person_id)
        return err_set(err, "the person has no Slack id");
    JSON_AUTO *body = json_read(d->body, strlen(d->body), LIMIT_MESSAGE_BYTES * 4, err);
    if (!body)
        return false;
    struct slack_task *t = task_new(s, e);
    t->key = xstrdup(d->key);
    t->body = xstrdup(d->body);
    t->kind = d->kind;
    STR_SET(t->store, json_string_value(json_path(body, "metadata.event_payload.store")));
    t->look_first = d->look_first;
    STR_SET(t->stands, d->stands_id);
    t->first_attempt_ms = d->first_attempt_ms;
    STR_SET(t->edit_id, d->edit_id);
    STR_SET(t->thread_id, d->thread_id);
    STR_SET(t->person, d->person_id);
    bool receipt = json_is_true(json_path(body, "metadata.event_payload.receipt"));
    STR_SET(t->card_id, receipt ? d->thread_id : d->card_id);
    if (d->kind != MESSAGE_DIRECT) {
        look_or_send(t);
        return true;
    }
    const char *channel = direct_channel(s, t->person);
    if (channel) {
        STR_SET(t->channel, channel);
        look_or_send(t);
    } else {
        open_direct(t);
    }
    return true;
}

/* ---- who is that ---- */

/* In an Enterprise Grid organisation somebody may have a second id, that of the organisation. */
static bool is_about(const json_t *user, const char *id)
{
    return str_equal(json_text(user, "id"), id) ||
           str_equal(json_string_value(json_path(user, "enterprise_user.id")), id);
}

/* Slack tells the offset of now alone; when that changes stands in the database of zones, as far as
   it knows theirs and agrees with Slack. */
static bool zone_of(const json_t *user, struct zone *ret)
{
    struct zone named;
    if (!slack_zone(user, &ret->ahead_ms))
        return false;
    if (zone_clock(json_text(user, "tz"), clock_wall_ms(), &named) &&
        named.ahead_ms == ret->ahead_ms)
        *ret = named;
    return true;
}

static void tell_who(struct slack_task *t, const struct slack_result *r)
{
    struct slack *s = t->slack;
    struct event *e = inbox_new(s->inbox, EVENT_IDENTIFIED, "slack");
    e->effect_id = t->effect_id;
    const json_t *user = json_object_get(r->json, "user");
    if (r->outcome == SLACK_OK && is_about(user, t->person)) {
        e->identified_flags = slack_identity_flags(&s->codec, user);
        e->zone_known = zone_of(user, &e->zone);
    } else if (r->outcome == SLACK_REFUSED && strncmp(r->error, "user_not", 8) == 0)
        e->identified_flags = IDENTITY_GONE;
    else
        e->error = arena_printf(inbox_arena(s->inbox), "Slack could not tell who you are (%s)",
                                r->outcome == SLACK_OK ? "another user's data" : r->error);
    inbox_put(s->inbox, e);
    task_free(t);
}

static void on_user(void *arg, const struct slack_result *r)
{
    struct slack_task *asked = arg;
    for (struct slack_task *next, *t = asked->slack->tasks; t; t = next) {
        next = t->next;
        if (t->with == asked)
            tell_who(t, r);
    }
    tell_who(asked, r);
}

/* Whoever waits to know the same person by then is answered with it: one person is read once, and
   the next one is another, however much is asked about the first. What is more urgent has a read of
   its own: it is not told to wait as long. */
static void ask_who(struct slack_task *t)
{
    CLEANUP(buf_done) struct buf form;
    buf_init(&form, 256);
    slack_form_add(&form, "user", t->person);
    t->waits = false;
    for (struct slack_task *other = t->slack->tasks; other; other = other->next)
        if (other->waits && other->urgency <= t->urgency && str_equal(other->person, t->person)) {
            other->waits = false;
            other->with = t;
        }
    slack_read_as(t->slack, t->urgency, "users.info", buf_text(&form), on_user, t);
}

/* What raises protection does without the answer rather than wait for long. */
static bool has_waited_enough(const struct slack_task *t, ms_t now_ms)
{
    return t->urgency != URGENCY_ORDINARY && now_ms - t->since_ms >= IDENTIFY_WAITS_MS;
}

/* Asks in order of arrival among persons, as fast as Slack's rate for users.info allows. */
static void ask_those_who_wait(void *arg)
{
    struct slack *s = arg;
    ms_t now = clock_monotonic_ms(), wait = MS_NEVER;
    for (struct slack_task *next, *t = s->tasks; t; t = next) {
        next = t->next;
        if (!t->waits)
            continue;
        struct pace *pace = &s->identify_pace[t->urgency];
        if (pace_pay(pace, now))
            ask_who(t);
        else if (has_waited_enough(t, now))
            tell_who(t, &(struct slack_result){ .outcome = SLACK_LATER, .error = "too many ask" });
        else
            wait = ms_min(wait, ms_min(pace_wait_ms(pace, now), IDENTIFY_WAITS_MS));
    }
    if (wait == MS_NEVER)
        return;
    s->identify_timer.fired = ask_those_who_wait;
    s->identify_timer.arg = s;
    loop_timer_set(s->loop, &s->identify_timer, wait);
}

bool slack_identify(struct slack *s, const struct effect *e, struct err *err)
{
    if (!e->identify || !e->identify[0])
        return err_set(err, "there is no Slack id");
    struct slack_task *t = task_new(s, e);
    STR_SET(t->person, e->identify);
    t->waits = true;
    t->since_ms = clock_monotonic_ms();
    ask_those_who_wait(s);
    return true;
}

void slack_deliver_stop(struct slack *s)
{
    loop_timer_cancel(&s->identify_timer);
    while (s->tasks)
        task_free(s->tasks);
}
