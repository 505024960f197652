/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the Socket Mode connection. One owner of reconnection: slack_connect_again. Events of
   sockets that are no longer known cannot arrive, because a socket is let go by ws_close, after
   which nothing is called back. */
#include "adapters/slack/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t OPEN_TIMEOUT_MS = 15 * MS_SECOND, PING_EVERY_MS = 2 * MS_SECOND,
                  DEAD_AFTER_MS = 3 * MS_SECOND;
static const ms_t CROWDED_MS = 30 * MS_SECOND, DISABLED_MS = MS_MINUTE, DRAIN_MS = 2 * MS_SECOND;
/* A socket that ends sooner after its hello, and has brought nothing, was a failure. */
static const ms_t LIVES_AFTER_MS = 10 * MS_SECOND;
/* Sockets that are not ours count when they have been there for so long; then they are counted anew
   now and then. */
static const ms_t CROWD_LEAST_MS = 30 * MS_SECOND, RECOUNT_MS = 10 * MS_MINUTE;

static void open_now(void *arg);

/* ---- what there is ---- */

static struct slack_connection *current(struct slack *s)
{
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++)
        if (s->connections[i].ws && s->connections[i].said_hello && !s->connections[i].draining)
            return &s->connections[i];
    return NULL;
}

static void let_go(struct slack_connection *c)
{
    loop_timer_cancel(&c->deadline);
    loop_timer_cancel(&c->lives);
    ws_close(c->ws);
    c->ws = NULL;
}

/* ---- frames ---- */

/* Only now the attempt has succeeded: hello alone would let a service that greets and closes be
   asked for sockets without a pause. */
static void lived(void *arg)
{
    struct slack_connection *c = arg;
    loop_timer_cancel(&c->lives);
    c->lived = true;
    again_fine(&c->slack->link);
}

static void drain_over(void *arg) { let_go(arg); }

/* The older sockets stay for a moment, so that what is on its way can still be acknowledged on
   them. */
static void drain_others(struct slack *s, const struct slack_connection *but)
{
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++) {
        struct slack_connection *c = &s->connections[i];
        if (!c->ws || c == but || !c->said_hello)
            continue;
        c->draining = true;
        loop_timer_cancel(&c->deadline);
        c->deadline = (struct loop_timer){ .fired = drain_over, .arg = c };
        loop_timer_set(s->loop, &c->deadline, DRAIN_MS);
    }
}

/* ---- how many there are ---- */

static int64_t open_sockets(const struct slack *s)
{
    int64_t open = 0;
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++)
        open += s->connections[i].ws != NULL;
    return open;
}

/* Only a hello counts: another socket is opened before this one ends, as at each refresh. */
static void recount(void *arg)
{
    struct slack *s = arg;
    if (s->attempt == SLACK_NO_ATTEMPT && current(s))
        open_now(s);
}

static void tell_crowd(struct slack *s, int64_t others)
{
    struct event *e = inbox_new(s->inbox, EVENT_CROWDED, "slack");
    e->crowded = (struct event_crowded){ .registered = 1 + others, .ours = 1 };
    LOG(others ? LOG_WARN : LOG_INFO, "slack.crowded", LI("not_ours", others));
    s->crowd_told = others > 0;
    inbox_put(s->inbox, e);
}

/* Slack may go on counting a socket of ours that has just ended; what it counts twice, a while
   apart, is another process's, or one that it will not notice for hours. */
static void judge_count(struct slack *s, int64_t registered)
{
    int64_t others = registered - open_sockets(s);
    ms_t now = clock_monotonic_ms();
    loop_timer_cancel(&s->recount);
    if (others <= 0) {
        s->crowd_since_ms = 0;
        if (s->crowd_told)
            tell_crowd(s, 0);
        return;
    }
    s->crowd_since_ms = s->crowd_since_ms ? s->crowd_since_ms : now;
    ms_t wait = s->crowd_since_ms + CROWD_LEAST_MS - now;
    if (wait <= 0)
        tell_crowd(s, others);
    loop_timer_set(s->loop, &s->recount, wait > 0 ? wait : RECOUNT_MS);
}

static void on_hello(struct slack_connection *c, int64_t connections)
{
    struct slack *s = c->slack;
    if (c->said_hello)
        return; /* once for each socket */
    bool outdated = s->attempt == SLACK_OUTDATED;
    loop_timer_cancel(&c->deadline);
    c->said_hello = true;
    s->attempt = SLACK_NO_ATTEMPT;
    c->lives = (struct loop_timer){ .fired = lived, .arg = c };
    loop_timer_set(s->loop, &c->lives, LIVES_AFTER_MS);
    LOG(connections > 2 ? LOG_WARN : LOG_INFO, "slack.hello", LI("registered_sockets", connections),
        LI("generation", c->generation));
    judge_count(s, connections);
    drain_others(s, c);
    s->vain_opens = 0;
    slack_trouble(s, SLACK_OF_SOCKET, NULL);
    slack_settle(s);
    if (outdated)
        open_now(s);
}

static void on_disconnect(struct slack_connection *c, const char *reason)
{
    struct slack *s = c->slack;
    LOG(LOG_INFO, "slack.disconnect", LS("reason", reason), LI("generation", c->generation));
    if (str_equal(reason, "link_disabled") || str_equal(reason, "too_many_websockets")) {
        bool disabled = reason[0] == 'l';
        const char *why = disabled ? "Socket Mode is switched off in the app's settings"
                                   : "Slack has too many sockets registered for this app";
        let_go(c);
        if (!slack_hears(s))
            slack_trouble(s, SLACK_OF_SOCKET, why);
        slack_connect_again(s, why, disabled ? DISABLED_MS : CROWDED_MS);
        return;
    }
    c->draining = true;
    if (current(s) || s->attempt != SLACK_NO_ATTEMPT)
        return;
    if (c->lived)
        loop_timer_set(s->loop, &s->reconnect, 0);
    else
        slack_connect_again(s, "a socket was taken back right after its hello", 0);
    s->attempt = SLACK_OPENING;
}

static uint64_t keep_receipt(struct slack *s, const struct slack_connection *c,
                             const char *envelope_id)
{
    uint64_t receipt = ++s->next_receipt;
    size_t at = receipt % LIMIT_SLACK_RECEIPTS;
    s->receipts[at].generation = c->generation;
    STR_SET(s->receipts[at].envelope_id, envelope_id);
    return receipt;
}

static void on_received(void *arg, const char *text, size_t bytes)
{
    struct slack_connection *c = arg;
    struct slack *s = c->slack;
    struct slack_frame frame;
    slack_read_frame(&s->codec, text, bytes, s->inbox, &frame);
    switch (frame.kind) {
    case SLACK_JUNK: s->junk_frames++; break;
    case SLACK_HELLO: on_hello(c, frame.connections); break;
    case SLACK_DISCONNECT: on_disconnect(c, frame.reason); break;
    case SLACK_ENVELOPE:
        if (frame.poisoned)
            LOG(LOG_ERROR, "slack.poison", LI("bytes", (int64_t)bytes),
                LI("so_far", ++s->poisoned_frames),
                LS("why", "an event of Slack cannot be read or holds more than one may; it is "
                          "acknowledged and left out"));
        if (frame.cleaned)
            LOG(LOG_WARN, "slack.cleaned", LI("bytes", (int64_t)bytes),
                LI("so_far", ++s->cleaned_frames),
                LS("why", "an event of Slack held what no JSON parser takes; it was replaced"));
        lived(c);
        frame.event->receipt = keep_receipt(s, c, frame.envelope_id);
        if (inbox_put(s->inbox, frame.event) && frame.event->kind == EVENT_SAID)
            slack_note_heard(s, frame.event->message_id);
        if (frame.channel_changed)
            slack_check_channel(s);
        break;
    }
}

/* As it stands between quotes: Slack's ids are letters, digits and hyphens. */
static bool is_plain(const char *id)
{
    for (; *id; id++)
        if (*id < ' ' || *id > '~' || *id == '"' || *id == '\\')
            return false;
    return true;
}

/* Nearly every acknowledgement: no JSON is built for it. */
static void send_bare(struct slack_connection *c, const char *envelope_id)
{
    char frame[LIMIT_ID_BYTES + 32];
    int bytes = snprintf(frame, sizeof frame, "{\"envelope_id\":\"%s\"}", envelope_id);
    if (bytes > 0 && (size_t)bytes < sizeof frame)
        ws_send(c->ws, frame, (size_t)bytes, NULL);
}

/* What is too long for a frame is left out: Slack then does what it does without. */
static void send_acknowledgement(struct slack_connection *c, const char *envelope_id,
                                 json_t *payload)
{
    if (!payload && is_plain(envelope_id)) {
        send_bare(c, envelope_id);
        return;
    }
    JSON_AUTO *frame = json_pack("{s:s}", "envelope_id", envelope_id);
    if (payload)
        json_object_set(frame, "payload", payload);
    if (json_dumpb(frame, NULL, 0, JSON_COMPACT) >= LIMIT_WS_SEND_BYTES)
        json_object_del(frame, "payload");
    char *text = json_dumps(frame, JSON_COMPACT);
    if (text)
        ws_send(c->ws, text, strlen(text), NULL);
    free(text);
}

void slack_acknowledge(struct slack *s, uint64_t receipt, json_t *payload_new)
{
    JSON_AUTO *payload = payload_new;
    size_t at = receipt % LIMIT_SLACK_RECEIPTS;
    if (receipt == 0 || s->next_receipt - receipt >= LIMIT_SLACK_RECEIPTS)
        return;
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++) {
        struct slack_connection *c = &s->connections[i];
        if (!c->ws || c->generation != s->receipts[at].generation)
            continue;
        if (strpbrk(s->receipts[at].envelope_id, "\"\\"))
            return; /* no envelope id of Slack's */
        send_acknowledgement(c, s->receipts[at].envelope_id, payload);
        return;
    }
}

/* ---- one connection ---- */

static void on_opened(void *arg) { (void)arg; }

static void on_closed(void *arg, const char *why)
{
    struct slack_connection *c = arg;
    struct slack *s = c->slack;
    bool was_current = !c->draining;
    loop_timer_cancel(&c->deadline);
    loop_timer_cancel(&c->lives);
    c->ws = NULL;
    LOG(LOG_INFO, "slack.closed", LS("why", why), LI("generation", c->generation));
    if (was_current || (!slack_hears(s) && s->attempt == SLACK_NO_ATTEMPT))
        slack_connect_again(s, why, 0);
}

static void no_hello(void *arg)
{
    struct slack_connection *c = arg;
    struct slack *s = c->slack;
    let_go(c);
    slack_connect_again(s, "Slack did not say hello in time", 0);
}

/* That of the oldest one that drains, when there is no other: whoever takes sockets back faster
   than they drain must not leave us without one. */
static struct slack_connection *free_place(struct slack *s)
{
    struct slack_connection *oldest = NULL;
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++) {
        struct slack_connection *c = &s->connections[i];
        if (!c->ws)
            return c;
        if (c->draining && (!oldest || c->generation < oldest->generation))
            oldest = c;
    }
    if (oldest)
        let_go(oldest);
    return oldest;
}

static void connect_to(struct slack *s, const char *address)
{
    static const struct ws_callbacks calls = { on_opened, on_received, on_closed };
    struct slack_connection *c = free_place(s);
    struct err err = { "" };
    struct ws_options options = { .url = s->open_url,
                                  .address = address,
                                  .ca_file = s->ca_file,
                                  .open_timeout_ms = OPEN_TIMEOUT_MS,
                                  .ping_every_ms = PING_EVERY_MS,
                                  .dead_after_ms = DEAD_AFTER_MS };
    if (!c) {
        slack_connect_again(s, "too many sockets are still closing", 0);
        return;
    }
    *c = (struct slack_connection){ .slack = s, .generation = ++s->generation };
    c->ws = ws_connect(s->loop, &options, &calls, c, &err);
    secret_wipe(s->open_url, sizeof s->open_url);
    if (!c->ws) {
        slack_connect_again(s, err.text, 0);
        return;
    }
    c->deadline = (struct loop_timer){ .fired = no_hello, .arg = c };
    loop_timer_set(s->loop, &c->deadline, OPEN_TIMEOUT_MS);
}

static void on_probed(void *arg, const struct http_result *r)
{
    struct slack *s = arg;
    if (r->outcome == HTTP_ANSWERED && r->peer_address[0])
        connect_to(s, r->peer_address);
    else
        slack_connect_again(s, r->error[0] ? r->error : "Slack's socket host could not be reached",
                            0);
}

static void on_open_answer(void *arg, const struct slack_result *r)
{
    struct slack *s = arg;
    struct err err = { "" };
    const char *url = json_text_or_empty(r->json, "url");
    s->vain_opens += r->outcome == SLACK_OK && s->vain_opens < SLACK_VAIN_OPENS;
    if (r->outcome == SLACK_REFUSED && !slack_hears(s))
        slack_trouble(s, SLACK_OF_SOCKET,
                      arena_printf(inbox_arena(s->inbox), "Slack refuses the app-level token (%s)",
                                   r->error));
    if (r->outcome != SLACK_OK || strncmp(url, "ws", 2) != 0 ||
        !str_copy(s->open_url, sizeof s->open_url, url)) {
        slack_connect_again(s,
                            r->outcome == SLACK_OK ? "Slack gave no usable socket address"
                                                   : r->error,
                            r->retry_after_ms);
        return;
    }
    struct http_request probe = {
        .url = url, .timeout_ms = OPEN_TIMEOUT_MS, .done = on_probed, .arg = s
    };
    if (!http_probe(s->http, &probe, &err))
        slack_connect_again(s, err.text, 0);
}

static void open_now(void *arg)
{
    struct slack *s = arg;
    s->attempt = SLACK_OPENING;
    slack_open(s, on_open_answer, s);
}

void slack_connect_anew(struct slack *s)
{
    s->link.failures = 0;
    if (s->attempt != SLACK_NO_ATTEMPT)
        s->attempt = SLACK_OUTDATED; /* it ends by itself, and another one follows */
    else if (slack_life_decided(s->life))
        loop_timer_set(s->loop, &s->reconnect, 0);
}

void slack_socket_start(struct slack *s)
{
    s->reconnect = (struct loop_timer){ .fired = open_now, .arg = s };
    s->recount = (struct loop_timer){ .fired = recount, .arg = s };
}

void slack_socket_stop(struct slack *s)
{
    loop_timer_cancel(&s->reconnect);
    loop_timer_cancel(&s->recount);
    http_forget(s->http, s);
    for (size_t i = 0; i < LIMIT_SLACK_SOCKETS; i++)
        if (s->connections[i].ws)
            let_go(&s->connections[i]);
}
