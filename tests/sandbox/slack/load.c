/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/load: slash commands of many made-up people, so many unacknowledged at a time or so
   many a second, and how long each took. */
#include "tests/sandbox/slack/load.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/web.h"
#include "tests/sandbox/slack/sockets.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    EVENTS_MOST = 5000000,
    IN_FLIGHT_MOST = 4096,
    USERS_MOST = 99999,
    PER_SECOND_MOST = 10000,
    LIMIT_MOST_MS = 600 * 1000,
    STALLED_MS = 10000,
    FRAME_BYTES = 8192
};

struct slot {
    uint64_t number;
    int64_t sent_us;
};

struct slackd_load {
    uint64_t ticket;
    size_t events, sent, done, answered, users, in_flight;
    char *text; /* as JSON, with its quotes */
    uint32_t *took_us;
    struct slot *slots; /* number 0: free */
    size_t *free_slots, free_count;
    uint64_t first_id;   /* before that of the first event */
    int64_t per_second;  /* 0: as soon as one is acknowledged */
    int64_t limit_ms;    /* 0: until all are acknowledged */
    bool wants_answers;  /* it goes on until each has been answered */
    bool ends_unheard;   /* it ends when no socket is open */
    int64_t *sent_us;    /* by number, 0: not sent, or answered; NULL when no answer is wanted */
    uint32_t *answer_us; /* how long the answers took */
    int64_t began_us, progress_ms, heard_us, longest_gap_us;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void slackd_load_done(struct slackd *s)
{
    if (!s->load)
        return;
    free(s->load->text);
    free(s->load->sent_us);
    free(s->load->answer_us);
    free(s->load->took_us);
    free(s->load->slots);
    free(s->load->free_slots);
    free(s->load);
    s->load = NULL;
}

/* ---- sending ---- */

/* The slot stands in the id, so that an acknowledgement is found without looking for it. */
static void send_one(struct slackd *s, struct slackd_load *l, struct slackd_socket *c)
{
    char frame[FRAME_BYTES];
    size_t slot = l->free_slots[--l->free_count];
    uint64_t number = ++l->sent, id = l->first_id + number;
    int bytes = snprintf(
        frame, sizeof frame,
        "{\"envelope_id\":\"10ad%04zx-0000-4000-8000-%012" PRIx64
        "\",\"type\":\"slash_commands\",\"accepts_response_payload\":true,\"payload\":{\"token\":"
        "\"ZZZZZZWSxiZZZ2yIvs3peJ\",\"team_id\":\"" SLACKD_TEAM
        "\",\"team_domain\":\"sandbox\",\"channel_id\":\"" SLACKD_CHANNEL
        "\",\"channel_name\":\"root-ops\","
        "\"user_id\":\"" SLACKD_LOAD_USER "%05zu\",\"user_name\":\"load\",\"command\":\"/"
        "reguard\",\"text\":%s,\"api_app_id\":\"" SLACKD_APP
        "\",\"is_enterprise_install\":\"false\",\"response_url\":\"%s/hooks/load/%s/%" PRIu64
        "\",\"trigger_id\":\"load.%s.%" PRIu64 "\"}}",
        slot, number, (size_t)(number % l->users) + 1, l->text, slackd_socket_base(s, c),
        s->load_secret, id, s->load_secret, id);
    if (bytes < 0 || (size_t)bytes >= sizeof frame)
        return; /* ruled out when the load began */
    l->slots[slot] = (struct slot){ number, now_us() };
    if (l->sent_us)
        l->sent_us[number - 1] = l->slots[slot].sent_us;
    slackd_socket_write(s, c, frame);
    s->sent++;
}

static bool is_due(const struct slackd_load *l)
{
    return l->per_second == 0 ||
           (int64_t)l->sent <= (now_us() - l->began_us) * l->per_second / 1000000;
}

static void send_more(struct slackd *s, struct slackd_load *l)
{
    while (l->free_count > 0 && l->sent < l->events && is_due(l)) {
        struct slackd_socket *c = slackd_draw(s);
        if (!c)
            return;
        send_one(s, l, c);
    }
}

/* ---- the end ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static json_int_t percentile(const uint32_t *took_us, size_t count, size_t per_cent)
{
    size_t at = count * per_cent / 100;
    return count == 0 ? 0 : took_us[at < count ? at : count - 1];
}

/* The ids of those that were sent and not acknowledged; all others of 1 to sent were. */
static json_t *unacknowledged(const struct slackd_load *l)
{
    json_t *ids = json_array();
    json_int_t base = (json_int_t)l->first_id;
    for (size_t i = 0; i < l->in_flight; i++)
        if (l->slots[i].number)
            json_array_append_new(ids, json_integer((json_int_t)l->slots[i].number + base));
    return ids;
}

static void note_gap(struct slackd_load *l, int64_t now)
{
    int64_t gap = now - l->heard_us;
    l->longest_gap_us = gap > l->longest_gap_us ? gap : l->longest_gap_us;
    l->heard_us = now;
}

static json_t *told(struct slackd_load *l)
{
    int64_t now = now_us();
    note_gap(l, now);
    qsort(l->took_us, l->done, sizeof *l->took_us, by_size);
    json_t *answer = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "events", (json_int_t)l->done,
                               "elapsed_us", (json_int_t)(now - l->began_us), "p50_us",
                               percentile(l->took_us, l->done, 50), "p90_us",
                               percentile(l->took_us, l->done, 90), "p99_us",
                               percentile(l->took_us, l->done, 99), "max_us",
                               percentile(l->took_us, l->done, 100));
    json_object_update_new(answer, json_pack("{s:I, s:I, s:o, s:I}", "sent", (json_int_t)l->sent,
                                             "first_id", (json_int_t)l->first_id + 1,
                                             "unacknowledged", unacknowledged(l), "longest_gap_us",
                                             (json_int_t)l->longest_gap_us));
    if (!l->wants_answers)
        return answer;
    qsort(l->answer_us, l->answered, sizeof *l->answer_us, by_size);
    json_object_update_new(answer,
                           json_pack("{s:I, s:I, s:I}", "answered", (json_int_t)l->answered,
                                     "answer_p50_us", percentile(l->answer_us, l->answered, 50),
                                     "answer_p99_us", percentile(l->answer_us, l->answered, 99)));
    return answer;
}

static void finish(struct slackd *s, const char *error)
{
    struct slackd_load *l = s->load;
    struct web_reply reply = { .status = 200 };
    json_t *answer = told(l);
    if (error)
        json_object_set_new(answer, "error", json_string(error));
    web_reply_json(&reply, error ? 500 : 200, answer);
    web_finish(l->ticket, &reply);
    slackd_load_done(s);
    sandbox_changed();
}

static uint32_t as_us(int64_t took) { return took > UINT32_MAX ? UINT32_MAX : (uint32_t)took; }

static bool is_whole(const struct slackd_load *l)
{
    return l->done == l->events && (!l->wants_answers || l->answered == l->events);
}

bool slackd_load_acknowledged(struct slackd *s, const char *envelope_id)
{
    struct slackd_load *l = s->load;
    if (strncmp(envelope_id, "10ad", 4) != 0 || strlen(envelope_id) != 36)
        return false;
    size_t slot = strtoul(
        (char[5]){ envelope_id[4], envelope_id[5], envelope_id[6], envelope_id[7], 0 }, NULL, 16);
    uint64_t number = strtoull(envelope_id + 24, NULL, 16);
    if (!l || slot >= l->in_flight || number == 0 || l->slots[slot].number != number) {
        s->strays++;
        return true;
    }
    int64_t now = now_us();
    l->took_us[l->done++] = as_us(now - l->slots[slot].sent_us);
    note_gap(l, now);
    l->slots[slot].number = 0;
    l->free_slots[l->free_count++] = slot;
    l->progress_ms = sandbox_monotonic_ms();
    s->acked++;
    if (is_whole(l))
        finish(s, NULL);
    else
        send_more(s, l);
    return true;
}

void slackd_load_answered(struct slackd *s, const char *id)
{
    struct slackd_load *l = s->load;
    uint64_t number = strtoull(id, NULL, 10) - (l ? l->first_id : 0);
    if (!l || !l->sent_us || number == 0 || number > l->sent || l->sent_us[number - 1] == 0)
        return;
    l->answer_us[l->answered++] = as_us(now_us() - l->sent_us[number - 1]);
    l->sent_us[number - 1] = 0;
    l->progress_ms = sandbox_monotonic_ms();
    if (is_whole(l))
        finish(s, NULL);
}

/* "load.SECRET.ID", as a trigger has it. */
void slackd_load_quoted(struct slackd *s, const char *text)
{
    size_t bytes = strlen(s->load_secret);
    if (strncmp(text, "load.", 5) == 0 && strncmp(text + 5, s->load_secret, bytes) == 0 &&
        text[5 + bytes] == '.')
        slackd_load_answered(s, text + 5 + bytes + 1);
}

void slackd_load_tick(struct slackd *s)
{
    struct slackd_load *l = s->load;
    if (!l)
        return;
    if ((l->limit_ms && now_us() - l->began_us >= l->limit_ms * 1000) ||
        (l->ends_unheard && slackd_connections(s) == 0))
        finish(s, NULL);
    else if (!l->limit_ms && sandbox_monotonic_ms() - l->progress_ms > STALLED_MS)
        finish(s, "Nothing was acknowledged for 10 seconds.");
    else
        send_more(s, l);
}

/* ---- the beginning ---- */

static struct slackd_load *load_new(const json_t *body)
{
    struct slackd_load *l = calloc(1, sizeof *l);
    json_t *text = json_object_get(body, "text");
    if (!l)
        abort();
    l->events = (size_t)sandbox_number(body, "events", 10000);
    l->in_flight = (size_t)sandbox_number(body, "in_flight", 1);
    l->users = (size_t)sandbox_number(body, "users", 1000);
    l->per_second = sandbox_number(body, "per_second", 0);
    l->limit_ms = sandbox_number(body, "limit_ms", 0);
    l->wants_answers = json_is_true(json_object_get(body, "answers"));
    l->ends_unheard = json_is_true(json_object_get(body, "ends_unheard"));
    l->text = text ? json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("\"status\"");
    l->took_us = calloc(l->events, sizeof *l->took_us);
    l->slots = calloc(l->in_flight, sizeof *l->slots);
    l->free_slots = calloc(l->in_flight, sizeof *l->free_slots);
    if (l->wants_answers) {
        l->sent_us = calloc(l->events, sizeof *l->sent_us);
        l->answer_us = calloc(l->events, sizeof *l->answer_us);
    }
    if (!l->text || !l->took_us || !l->slots || !l->free_slots ||
        (l->wants_answers && (!l->sent_us || !l->answer_us)))
        abort();
    for (size_t i = 0; i < l->in_flight; i++)
        l->free_slots[l->free_count++] = l->in_flight - 1 - i;
    return l;
}

static const char *refusal(struct slackd *s, const json_t *body)
{
    int64_t events = sandbox_number(body, "events", 10000),
            in_flight = sandbox_number(body, "in_flight", 1),
            users = sandbox_number(body, "users", 1000),
            per_second = sandbox_number(body, "per_second", 0),
            limit_ms = sandbox_number(body, "limit_ms", 0);
    const json_t *text = json_object_get(body, "text");
    if (s->load)
        return "A load is under way.";
    if (events < 1 || events > EVENTS_MOST || in_flight < 1 || in_flight > IN_FLIGHT_MOST ||
        users < 1 || users > USERS_MOST)
        return "\"events\" is 1 to 5000000, \"in_flight\" 1 to 4096, \"users\" 1 to 99999.";
    if (per_second < 0 || per_second > PER_SECOND_MOST || limit_ms < 0 || limit_ms > LIMIT_MOST_MS)
        return "\"per_second\" is at most 10000, \"limit_ms\" at most 600000.";
    if (text && (!json_is_string(text) || json_string_length(text) > 1000))
        return "\"text\" is a string of at most 1000 bytes.";
    return slackd_newest(s) ? NULL : "No socket is open.";
}

void slackd_load_start(struct slackd *s, const struct web_request *request, const json_t *body,
                       struct web_reply *reply)
{
    if (s->load && json_is_true(json_object_get(body, "stop"))) {
        finish(s, NULL);
        web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
        return;
    }
    const char *why_not = refusal(s, body);
    if (why_not) {
        slackd_refuse(reply, 400, why_not);
        return;
    }
    s->load = load_new(body);
    s->load->ticket = request->ticket;
    s->load->began_us = s->load->heard_us = now_us();
    s->load->first_id = s->next_id;
    s->next_id += s->load->events;
    s->load->progress_ms = sandbox_monotonic_ms();
    reply->later = true;
    send_more(s, s->load);
}
