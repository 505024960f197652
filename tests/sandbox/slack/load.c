/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/load: slash commands of many made-up people, so many unacknowledged at a time, and
   how long each took. */
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
    STALLED_MS = 10000,
    FRAME_BYTES = 8192
};

struct slot {
    uint64_t number;
    int64_t sent_us;
};

struct slackd_load {
    uint64_t ticket;
    size_t events, sent, done, users, in_flight;
    char *text; /* as JSON, with its quotes */
    uint32_t *took_us;
    struct slot *slots; /* number 0: free */
    size_t *free_slots, free_count;
    int64_t began_us, progress_ms;
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
    uint64_t number = ++l->sent, id = ++s->next_id;
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
    slackd_socket_write(s, c, frame);
    s->sent++;
}

static void send_more(struct slackd *s, struct slackd_load *l)
{
    while (l->free_count > 0 && l->sent < l->events) {
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

static json_int_t percentile(const struct slackd_load *l, size_t per_cent)
{
    size_t at = l->done * per_cent / 100;
    return l->done == 0 ? 0 : l->took_us[at < l->done ? at : l->done - 1];
}

static void finish(struct slackd *s, const char *error)
{
    struct slackd_load *l = s->load;
    struct web_reply reply = { .status = 200 };
    qsort(l->took_us, l->done, sizeof *l->took_us, by_size);
    json_t *answer = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "events", (json_int_t)l->done,
                               "elapsed_us", (json_int_t)(now_us() - l->began_us), "p50_us",
                               percentile(l, 50), "p90_us", percentile(l, 90), "p99_us",
                               percentile(l, 99), "max_us", percentile(l, 100));
    if (error)
        json_object_set_new(answer, "error", json_string(error));
    web_reply_json(&reply, error ? 500 : 200, answer);
    web_finish(l->ticket, &reply);
    slackd_load_done(s);
    sandbox_changed();
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
    int64_t took = now_us() - l->slots[slot].sent_us;
    l->took_us[l->done++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    l->slots[slot].number = 0;
    l->free_slots[l->free_count++] = slot;
    l->progress_ms = sandbox_monotonic_ms();
    s->acked++;
    if (l->done == l->events)
        finish(s, NULL);
    else
        send_more(s, l);
    return true;
}

void slackd_load_tick(struct slackd *s)
{
    if (!s->load)
        return;
    if (sandbox_monotonic_ms() - s->load->progress_ms > STALLED_MS)
        finish(s, "Nothing was acknowledged for 10 seconds.");
    else
        send_more(s, s->load);
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
    l->text = text ? json_dumps(text, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("\"status\"");
    l->took_us = calloc(l->events, sizeof *l->took_us);
    l->slots = calloc(l->in_flight, sizeof *l->slots);
    l->free_slots = calloc(l->in_flight, sizeof *l->free_slots);
    if (!l->text || !l->took_us || !l->slots || !l->free_slots)
        abort();
    for (size_t i = 0; i < l->in_flight; i++)
        l->free_slots[l->free_count++] = l->in_flight - 1 - i;
    return l;
}

static const char *refusal(struct slackd *s, const json_t *body)
{
    int64_t events = sandbox_number(body, "events", 10000),
            in_flight = sandbox_number(body, "in_flight", 1),
            users = sandbox_number(body, "users", 1000);
    const json_t *text = json_object_get(body, "text");
    if (s->load)
        return "A load is under way.";
    if (events < 1 || events > EVENTS_MOST || in_flight < 1 || in_flight > IN_FLIGHT_MOST ||
        users < 1 || users > USERS_MOST)
        return "\"events\" is 1 to 5000000, \"in_flight\" 1 to 4096, \"users\" 1 to 99999.";
    if (text && (!json_is_string(text) || json_string_length(text) > 1000))
        return "\"text\" is a string of at most 1000 bytes.";
    return slackd_newest(s) ? NULL : "No socket is open.";
}

void slackd_load_start(struct slackd *s, const struct web_request *request, const json_t *body,
                       struct web_reply *reply)
{
    const char *why_not = refusal(s, body);
    if (why_not) {
        slackd_refuse(reply, 400, why_not);
        return;
    }
    s->load = load_new(body);
    s->load->ticket = request->ticket;
    s->load->began_us = now_us();
    s->load->progress_ms = sandbox_monotonic_ms();
    reply->later = true;
    send_more(s, s->load);
}
