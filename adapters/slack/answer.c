/* SPDX-License-Identifier: Apache-2.0 */
/* Private answers and forms: best effort, bounded, never in the way of messages that matter. What
   Slack refuses in one way goes another, so that nobody is left without a word. And the votes that
   stand on a message. */
#include "adapters/slack/codec_out.h"
#include "core/action.h"
#include "core/xalloc.h"
#include "adapters/slack/internal.h"
#include "adapters/slack/markup.h"
#include "core/inert.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES = 3900, ANSWER_BLOCKS = 49 /* of Slack's fifty; one for a note */ };
/* A response URL lives for half an hour: what waited longer goes another way at once. */
static const ms_t ANSWER_TIMEOUT_MS = 10 * MS_SECOND, ANSWER_KEPT_MS = 25 * MS_MINUTE;

/* In the order in which they are tried; what was asked in a direct conversation is answered there
   first. */
enum way { WAY_HOOK, WAY_DIRECT_FIRST, WAY_EPHEMERAL, WAY_DIRECT, WAY_NONE };

struct slack_reply {
    struct reply waits; /* the first member, so that it is one */
    struct slack *slack;
    struct slack_reply *next;  /* of those that are sent */
    char *url, *text, *blocks; /* blocks: as JSON; NULL for none */
    char *typed;               /* what stands below the text where there are no blocks */
    char person[64], thread[64];
    ms_t at_ms; /* monotonic */
    bool known, direct;
    enum way way;
};

static void reply_free(struct slack_reply *r)
{
    free(r->url);
    free(r->blocks);
    free(r->typed);
    free(r->text);
    free(r);
}

static void send_waiting(struct slack *s);
static void send_waiting_later(void *arg);

/* ---- lanes ---- */

void slack_answer_init(struct slack *s)
{
    s->replies.most = LIMIT_ANSWERS_QUEUED;
    /* chat.postEphemeral: 100 and more a minute for each app and workspace (docs.slack.dev, Tier
       4). Those of [people] are few and have rates of their own. */
    s->reply_pace[SLACK_KNOWN] = s->reply_pace[SLACK_KNOWN_HOOK] =
        (struct pace){ .every_ms = 20, .burst = 64, .obeys_most_ms = MS_MINUTE };
    s->reply_pace[SLACK_OTHERS] =
        (struct pace){ .every_ms = MS_SECOND, .burst = 30, .obeys_most_ms = MS_DAY };
    /* A response URL is no method of the Web API and has no tier (docs.slack.dev, "Handling user
       interaction"); a thousand have their answer within a minute. */
    s->reply_pace[SLACK_OTHERS_HOOK] =
        (struct pace){ .every_ms = 50, .burst = 30, .obeys_most_ms = 10 * MS_MINUTE };
}

static enum slack_lane lane_of(const struct slack_reply *r)
{
    if (r->way == WAY_HOOK)
        return r->known ? SLACK_KNOWN_HOOK : SLACK_OTHERS_HOOK;
    return r->known ? SLACK_KNOWN : SLACK_OTHERS;
}

static bool has_place(const struct slack *s, unsigned lane)
{
    bool known = lane == SLACK_KNOWN || lane == SLACK_KNOWN_HOOK;
    size_t most = known ? LIMIT_ANSWERS_IN_FLIGHT : LIMIT_ANSWERS_IN_FLIGHT_OF_OTHERS;
    return s->replies_in_flight[lane] < most;
}

static void no_longer_sent(struct slack_reply *r)
{
    struct slack_reply **at = &r->slack->replies_sent;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    r->next = NULL;
    r->slack->replies_in_flight[r->waits.lane]--;
}

/* It has come to an end that its reader, or the channel, can see. */
static void finish(struct slack_reply *r)
{
    struct slack *s = r->slack;
    no_longer_sent(r);
    if (!slack_is_stopped(s))
        inbox_answered(s->inbox, r->waits.effect_id);
    reply_free(r);
    send_waiting(s);
}

/* Waits once more, before those who came later. */
static void wait_again(struct slack_reply *r)
{
    struct slack *s = r->slack;
    no_longer_sent(r);
    r->waits.lane = lane_of(r);
    replies_put_back(&s->replies, &r->waits);
    send_waiting(s);
}

static bool can_go(const struct slack_reply *r, enum way way)
{
    return way == WAY_HOOK ? r->url != NULL
                           : way == WAY_EPHEMERAL || r->direct == (way == WAY_DIRECT_FIRST);
}

static enum way way_from(const struct slack_reply *r, enum way way)
{
    while (way < WAY_NONE && !can_go(r, way))
        way++;
    return way;
}

static void drop_reply(struct slack *s);

/* This way is closed, or nobody can tell whether the answer came through: rather twice than
   never. */
static void go_another_way(struct slack_reply *r, const char *error)
{
    struct slack *s = r->slack;
    r->way = way_from(r, r->way + 1);
    bool kept = r->way != WAY_NONE && clock_monotonic_ms() < r->at_ms + ANSWER_KEPT_MS;
    LOG(kept ? LOG_DEBUG : LOG_WARN, "slack.answer", LS("error", error),
        LS("next", kept ? "goes another way" : "given up"));
    if (kept && !slack_is_stopped(s)) {
        wait_again(r);
        return;
    }
    drop_reply(s);
    finish(r);
}

static void on_hook(void *arg, const struct http_result *result)
{
    struct slack_reply *r = arg;
    struct slack *s = r->slack;
    ms_t now = clock_monotonic_ms(), wait = ms_max(result->retry_after_ms, MS_SECOND);
    bool later = result->outcome == HTTP_ANSWERED && result->status == 429 &&
                 !slack_is_stopped(s) && now + wait < r->at_ms + ANSWER_KEPT_MS;
    if (later) {
        pace_hold(&s->reply_pace[r->waits.lane], now, wait);
        wait_again(r);
    } else if (result->outcome == HTTP_ANSWERED && result->status == 200)
        finish(r);
    else
        go_another_way(r, result->outcome == HTTP_ANSWERED ? "the response URL is refused"
                                                           : result->error);
}

static void on_answered(void *arg, const struct slack_result *result)
{
    struct slack_reply *r = arg;
    struct slack *s = r->slack;
    ms_t now = clock_monotonic_ms(), wait = ms_max(result->retry_after_ms, MS_SECOND);
    bool later = result->outcome == SLACK_LATER && !slack_is_stopped(s);
    /* Nothing has happened yet: Slack has asked to wait, or could not be reached. */
    if (later)
        pace_hold(&s->reply_pace[r->waits.lane], now, wait);
    if (result->outcome == SLACK_OK)
        finish(r);
    else if (later && now + wait < r->at_ms + ANSWER_KEPT_MS)
        wait_again(r);
    else
        go_another_way(r, result->error);
}

/* With what it stands for beside its own question. */
static json_t *text_of(const struct slack_reply *r, const char *more)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_MESSAGE_BYTES);
    buf_add(&text, r->text);
    buf_add(&text, str_or_empty(more));
    reply_add_note(&text, &r->waits);
    return json_string(buf_text(&text));
}

/* Only where one person alone sees them. */
static void add_blocks(const struct slack_reply *r, json_t *body)
{
    CLEANUP(buf_done) struct buf note;
    json_t *blocks = r->blocks ? json_loads(r->blocks, 0, NULL) : NULL;
    buf_init(&note, LIMIT_ANSWER_BYTES);
    if (!blocks)
        return;
    reply_add_note(&note, &r->waits);
    if (note.bytes)
        json_array_append_new(blocks, json_pack("{s:s, s:{s:s, s:s}}", "type", "section", "text",
                                                "type", "plain_text", "text",
                                                buf_text(&note) + 1)); /* its line end */
    json_object_set_new(body, "blocks", blocks);
}

/* It is kept there, so that it has no buttons: what they do is typed. */
static void post_direct(struct slack_reply *r, const char *channel)
{
    slack_write(r->slack, "chat.postMessage",
                json_pack("{s:s, s:o, s:s, s:b}", "channel", channel, "text", text_of(r, r->typed),
                          "parse", "none", "link_names", 0),
                on_answered, r);
}

static void on_direct(void *arg, const struct slack_result *result)
{
    struct slack_reply *r = arg;
    const char *channel = json_string_value(json_path(result->json, "channel.id"));
    if (result->outcome == SLACK_OK && channel)
        post_direct(r, channel);
    else if (result->outcome == SLACK_OK)
        go_another_way(r, "no direct channel");
    else
        on_answered(r, result);
}

static void send_hook(struct slack_reply *r)
{
    JSON_AUTO *body = json_pack("{s:s, s:o, s:b}", "response_type", "ephemeral", "text",
                                text_of(r, NULL), "replace_original", 0);
    add_blocks(r, body);
    char *text = json_dumps(body, JSON_COMPACT);
    const struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
    struct http_request request = { .method = "POST",
                                    .url = r->url,
                                    .headers = headers,
                                    .header_count = 1,
                                    .body = text,
                                    .body_bytes = strlen(str_or_empty(text)),
                                    .ca_file = r->slack->ca_file,
                                    .timeout_ms = ANSWER_TIMEOUT_MS,
                                    .idempotent = true,
                                    .done = on_hook,
                                    .arg = r };
    bool sent = text && http_send(r->slack->http, &request, NULL);
    free(text);
    if (!sent)
        go_another_way(r, "the request could not be made");
}

static void send_reply(struct slack_reply *r)
{
    struct slack *s = r->slack;
    if (r->way == WAY_HOOK) {
        send_hook(r);
    } else if (r->way == WAY_DIRECT_FIRST || r->way == WAY_DIRECT) {
        slack_write(s, "conversations.open", json_pack("{s:s}", "users", r->person), on_direct, r);
    } else {
        json_t *body = json_pack("{s:s, s:s, s:o, s:s, s:b}", "channel", s->codec.channel, "user",
                                 r->person, "text", text_of(r, NULL), "parse", "none", "link_names",
                                 0);
        if (r->thread[0])
            json_object_set_new(body, "thread_ts", json_string(r->thread));
        add_blocks(r, body);
        slack_write(s, "chat.postEphemeral", body, on_answered, r);
    }
}

/* When the first one that waits for its pace alone may leave. */
static void wait_for_pace(struct slack *s, ms_t now_ms)
{
    ms_t wait = MS_NEVER;
    for (unsigned lane = 0; lane < REPLY_LANES; lane++)
        if (s->replies.lanes[lane].first && has_place(s, lane))
            wait = ms_min(wait, pace_wait_ms(&s->reply_pace[lane], now_ms));
    if (wait == MS_NEVER)
        return;
    s->replies_timer.fired = send_waiting_later;
    s->replies_timer.arg = s;
    loop_timer_set(s->loop, &s->replies_timer, wait);
}

/* In order of arrival within a lane. Private answers keep far below what Slack takes, and never
   crowd out acknowledgements. */
static void send_waiting(struct slack *s)
{
    ms_t now = clock_monotonic_ms();
    for (unsigned lane = 0; lane < REPLY_LANES; lane++)
        while (s->replies.lanes[lane].first && !slack_is_stopped(s) && has_place(s, lane) &&
               pace_pay(&s->reply_pace[lane], now)) {
            struct slack_reply *r = (struct slack_reply *)s->replies.lanes[lane].first;
            replies_take_off(&s->replies, &r->waits);
            s->replies_in_flight[lane]++;
            r->next = s->replies_sent;
            s->replies_sent = r;
            send_reply(r); /* it may end at once, and others with it */
        }
    wait_for_pace(s, now);
}

static void send_waiting_later(void *arg) { send_waiting(arg); }

static void drop_reply(struct slack *s)
{
    ms_t now = clock_monotonic_ms();
    s->replies_dropped++;
    if (now - s->dropped_told_ms < MS_MINUTE)
        return;
    s->dropped_told_ms = now;
    LOG(LOG_WARN, "slack.answers_dropped", LI("so_far", s->replies_dropped));
}

/* The blocks, and in words what can be pressed there. */
static void add_panel(struct slack_reply *r, const struct effect_answer *a)
{
    struct slack *s = r->slack;
    CLEANUP(buf_done) struct buf rich, typed;
    buf_init(&rich, LIMIT_ANSWER_BYTES);
    buf_init(&typed, LIMIT_MESSAGE_BYTES);
    action_add_panel_typed(&rich, s->policy->command_word, a->panel, false, s->policy);
    slack_markup(&typed, buf_text(&rich), s->people, ANSWER_BYTES);
    r->typed = xstrdup(buf_text(&typed));
    JSON_AUTO *blocks = slack_panel_json(a->panel, a->person_id, s->people, ANSWER_BLOCKS);
    r->blocks = json_dumps(blocks, JSON_COMPACT);
}

static struct slack_reply *reply_new(struct slack *s, const struct effect_answer *a,
                                     uint64_t effect_id)
{
    struct slack_reply *r = a->person_id ? xcalloc(1, sizeof *r) : NULL;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_MESSAGE_BYTES);
    slack_markup(&text, a->text, s->people, ANSWER_BYTES);
    if (!r)
        return NULL;
    *r = (struct slack_reply){ .slack = s,
                               .text = xstrdup(buf_text(&text)),
                               .url = a->reply_url ? xstrdup(a->reply_url) : NULL,
                               .known = people_find(s->people, "slack", a->person_id, NULL),
                               .at_ms = clock_monotonic_ms(),
                               .direct = a->direct };
    if (a->panel)
        add_panel(r, a);
    STR_SET(r->person, a->person_id);
    STR_SET(r->thread, a->thread_id);
    r->way = way_from(r, WAY_HOOK);
    r->waits = (struct reply){
        .person = r->person, .text = r->text, .lane = lane_of(r), .effect_id = effect_id
    };
    r->waits.bytes = sizeof *r + strlen(r->text) + strlen(str_or_empty(r->blocks)) +
                     strlen(str_or_empty(r->typed));
    return r;
}

/* ---- what found no place: the channel hears of it ---- */

static void tell_of_left_out(void *arg);

static void tell_of_left_out_later(struct slack *s)
{
    ms_t wait = replies_line_wait_ms(&s->replies, clock_monotonic_ms());
    if (wait == MS_NEVER)
        return;
    s->left_out_timer.fired = tell_of_left_out;
    s->left_out_timer.arg = s;
    loop_timer_set(s->loop, &s->left_out_timer, wait);
}

static void on_told(void *arg, const struct slack_result *result)
{
    struct slack *s = arg;
    if (result->outcome == SLACK_OK)
        replies_line_told(&s->replies, s->left_out_told);
    if (!slack_is_stopped(s))
        tell_of_left_out_later(s);
}

static void tell_of_left_out(void *arg)
{
    struct slack *s = arg;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_ANSWER_BYTES);
    s->left_out_told = replies_line(&s->replies, s->policy->command_word, clock_monotonic_ms(),
                                    &text);
    slack_write(s, "chat.postMessage",
                json_pack("{s:s, s:s, s:s, s:b, s:{s:s, s:{s:s, s:s, s:s}}}", "channel",
                          s->codec.channel, "text", buf_text(&text), "parse", "none", "link_names",
                          0, "metadata", "event_type", "reguard", "event_payload", "case", "",
                          "state", "", "key", ""),
                on_told, s);
}

/* NULL: nobody is known to whom it could go. */
static void enqueue(struct slack *s, struct slack_reply *r)
{
    enum reply_outcome outcome = r ? replies_put(&s->replies, &r->waits) : REPLY_LEFT_OUT;
    if (outcome == REPLY_LEFT_OUT) {
        drop_reply(s);
        tell_of_left_out_later(s);
    }
    if (outcome != REPLY_WAITS && r) {
        inbox_answered(s->inbox, r->waits.effect_id);
        reply_free(r);
    }
    send_waiting(s);
}

void slack_answer(struct slack *s, const struct effect *e)
{
    enqueue(s, reply_new(s, &e->answer, e->id));
}

void slack_answer_stop(struct slack *s)
{
    loop_timer_cancel(&s->replies_timer);
    loop_timer_cancel(&s->left_out_timer);
    for (unsigned lane = 0; lane < REPLY_LANES; lane++)
        while (s->replies.lanes[lane].first) {
            struct slack_reply *r = (struct slack_reply *)s->replies.lanes[lane].first;
            replies_take_off(&s->replies, &r->waits);
            reply_free(r);
        }
    while (s->replies_sent) {
        struct slack_reply *r = s->replies_sent;
        s->replies_sent = r->next;
        http_forget(s->http, r);
        reply_free(r);
    }
}

/* ---- forms ---- */

/* What is said when the form does not open; Slack gives three seconds for that. */
struct form {
    struct slack *slack;
    char *person_id, *thread_id, *reply_url, *text; /* person_id NULL: nothing is said */
    uint64_t effect_id;                             /* for inbox_answered */
    bool direct, open; /* open: it was to be drawn anew, and may be closed by now */
};

static void form_free(struct form *f)
{
    free(f->person_id);
    free(f->thread_id);
    free(f->reply_url);
    free(f->text);
    free(f);
}

static char *copy(const char *text) { return text ? xstrdup(text) : NULL; }

/* The names differ from page to page of Slack's reference. */
static bool is_too_late(const char *error)
{
    return str_equal(error, "expired_trigger_id") || str_equal(error, "trigger_expired");
}

static void on_form(void *arg, const struct slack_result *r)
{
    struct form *f = arg;
    struct slack *s = f->slack;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_ANSWER_BYTES);
    if (r->outcome != SLACK_OK)
        LOG(f->open ? LOG_INFO : LOG_WARN, "slack.form", LS("error", r->error));
    if (r->outcome != SLACK_OK && f->person_id) {
        if (!f->open) {
            buf_add(&text, is_too_late(r->error) ? "Slack opens a form within three seconds only, "
                                                   "and they were over ("
                                                 : "Slack did not open the form (");
            inert_add(&text, r->error, 80);
            buf_add(&text, "). ");
        }
        buf_add(&text, f->text);
        struct effect_answer answer = { .person_id = f->person_id,
                                        .thread_id = f->thread_id,
                                        .reply_url = f->reply_url,
                                        .direct = f->direct,
                                        .text = buf_text(&text) };
        if (!slack_is_stopped(s))
            enqueue(s, reply_new(s, &answer, f->effect_id));
    } else if (!slack_is_stopped(s)) {
        inbox_answered(s->inbox, f->effect_id);
    }
    form_free(f);
}

void slack_form(struct slack *s, const struct effect *e)
{
    const struct effect_answer *otherwise = &e->form.otherwise;
    struct form *f = xcalloc(1, sizeof *f);
    *f = (struct form){ .slack = s,
                        .effect_id = e->id,
                        .person_id = copy(otherwise->person_id),
                        .thread_id = copy(otherwise->thread_id),
                        .reply_url = copy(otherwise->reply_url),
                        .direct = otherwise->direct,
                        .open = e->form.view != NULL,
                        .text = xstrdup(str_or_empty(otherwise->text)) };
    json_t *body = json_pack("{s:s, s:o}", e->form.view ? "view_id" : "trigger_id",
                             str_or_empty(e->form.view ? e->form.view : e->form.trigger), "view",
                             slack_form_json(&e->form));
    if (e->form.view && e->form.edition)
        json_object_set_new(body, "hash", json_string(e->form.edition));
    slack_write(s, e->form.view ? "views.update" : "views.open", body, on_form, f);
}

/* ---- votes that stand ---- */

/* Everybody of one reaction; false: Slack has left somebody out, or may have. Others than votes
   take no places: anybody can add them. raising: only what restores, or only what does not. */
static bool take_votes(struct slack *s, const json_t *reaction, bool raising,
                       struct standing_vote *votes, size_t *count)
{
    const json_t *users = json_object_get(reaction, "users");
    struct arena *arena = inbox_arena(s->inbox);
    char name[64];
    size_t i;
    json_t *user;
    slack_normalise_reaction(json_text_or_empty(reaction, "name"), name, sizeof name);
    enum action meant = action_of_reaction(s->policy, name);
    if (meant == ACTION_NONE || (meant == ACTION_RESTORE) != raising)
        return true;
    json_array_foreach(users, i, user)
    {
        const char *id = json_string_value(user);
        if (!id || str_equal(id, s->codec.bot_user))
            continue;
        if (*count == LIMIT_STANDING_VOTES)
            return false;
        votes[(*count)++] = (struct standing_vote){ arena_copy(arena, id),
                                                    arena_copy(arena, name) };
    }
    const json_t *told = json_object_get(reaction, "count");
    return json_is_integer(told) && json_integer_value(told) <= (json_int_t)json_array_size(users);
}

const char *slack_put_votes(struct slack *s, const json_t *answer)
{
    const json_t *message = json_object_get(answer, "message");
    const char *ts = json_text(message, "ts");
    size_t i;
    json_t *reaction;
    if (!ts)
        return "Slack does not tell what stands on a message of mine";
    struct event *e = inbox_new(s->inbox, EVENT_STANDING, "slack");
    struct standing_vote *votes = arena_take(inbox_arena(s->inbox),
                                             LIMIT_STANDING_VOTES * sizeof *votes);
    e->message_id = arena_copy(inbox_arena(s->inbox), ts);
    e->standing = (struct event_standing){ .votes = votes, .whole = true };
    /* What restores has its places before all else. */
    for (int raising = 1; raising >= 0; raising--)
        json_array_foreach(json_object_get(message, "reactions"), i, reaction)
        {
            e->standing.whole &= take_votes(s, reaction, raising, votes, &e->standing.count);
        }
    if (!inbox_put(s->inbox, e))
        return "too much waits to be handled";
    return e->standing.whole ? NULL : "Slack does not tell of everybody who has reacted";
}
