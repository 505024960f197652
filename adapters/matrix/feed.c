/* SPDX-License-Identifier: Apache-2.0 */
/* An answer's events to the engine, in order and as fast as it takes them: first what the
   homeserver left out of it, read page by page from where the last answer ended, then its own, then
   those of direct rooms, and its next_batch behind them. */
#include "adapters/matrix/internal.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"
#include "port/witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ms_t FULL_AGAIN_MS = 20, QUICK_MS = MS_SECOND;

/* ---- where we are in the room ---- */

void matrix_lose_track(struct matrix *m)
{
    m->losses++;
    if (!m->lost_since_ms)
        m->lost_since_ms = m->marked_ms ? m->marked_ms : MATRIX_LOST_EVER;
}

ms_t matrix_sent_ms(const struct matrix *m, const json_t *event)
{
    ms_t at = json_number(event, "origin_server_ts", 0);
    bool ours = matrix_is_local(&m->codec, json_text(event, "sender"));
    return ours && at > 0 && at < LIMIT_INSTANT_MS ? at : 0;
}

static void note_time(struct matrix *m, const json_t *event)
{
    ms_t at = matrix_sent_ms(m, event);
    m->put_ms = at ? at : m->put_ms;
}

/* ---- one event ---- */

/* Of whichever process: another one with our token is seen as soon as it speaks. */
static void put_sighting(struct matrix *m, const json_t *event)
{
    const json_t *ours = matrix_ours_in(m, event);
    if (!ours)
        return;
    struct sighting *seen = arena_take(inbox_arena(m->inbox), sizeof *seen);
    struct event *e = inbox_new(m->inbox, EVENT_SIGHTED, "matrix");
    witness_read(ours, seen);
    e->looked = (struct event_looked){ .seen = seen, .count = 1 };
    inbox_put(m->inbox, e);
}

bool matrix_put(struct matrix *m, const json_t *event, bool late)
{
    if (m->unacknowledged >= LIMIT_MATRIX_FED || inbox_is_full(m->inbox))
        return false;
    if (!late)
        note_time(m, event);
    if (m->skip_to_join && matrix_is_own_join(&m->codec, event))
        m->skip_to_join = false;
    if (m->skip_to_join || !m->room.joined)
        return true; /* what was said before we came */
    put_sighting(m, event);
    struct event *e = matrix_read_event(&m->codec, event, m->inbox);
    if (e && late)
        e->said_ms = ms_max(json_number(event, "origin_server_ts", 0), 0);
    if (e && !inbox_put(m->inbox, e))
        return false;
    m->unacknowledged += e != NULL;
    return true;
}

/* ---- direct rooms ---- */

static const char ASIDE[] = "reguard.room"; /* of an event, which has no room by itself in a poll */

static bool is_new_to_us(const struct matrix *m, const json_t *events)
{
    size_t i;
    json_t *event;
    json_array_foreach(events, i, event) if (matrix_is_own_join(&m->codec, event)) return true;
    return false;
}

static void take_asides(struct matrix *m, const char *room, const json_t *timeline, bool first)
{
    const struct matrix_direct *d = matrix_direct_in(m, room);
    json_t *events = json_object_get(timeline, "events"), *event;
    size_t i;
    if (!d)
        return;
    bool lost = first ? m->lost_since_ms != 0
                      : json_flag(timeline, "limited", false) && !is_new_to_us(m, events);
    if (lost)
        matrix_say_aside(m, room, d->person,
                         "I may have missed something that you wrote here. Please say it again if "
                         "it has no answer.");
    for (i = 0; !first && i < json_array_size(events); i++) {
        event = json_array_get(events, i);
        if (json_is_object(event) && json_object_set_new(event, ASIDE, json_string(room)) == 0)
            json_array_append(m->feed.asides, event);
    }
}

static void begin_asides(struct matrix *m, const json_t *answer, bool first)
{
    const char *room;
    json_t *joined;
    m->feed.asides = json_array();
    json_object_foreach(json_object_get(json_object_get(answer, "rooms"), "join"), room, joined)
        take_asides(m, room, json_object_get(joined, "timeline"), first);
}

/* Words there are those of the one person it is made for. */
static void refuse_aside(struct matrix *m, const struct matrix_direct *d, const json_t *event)
{
    const char *type = json_text(event, "type"), *sender = json_text(event, "sender");
    if (str_equal(sender, m->codec.user) || !sender)
        return;
    if (str_equal(type, "m.room.encrypted"))
        matrix_say_aside(m, d->room, sender,
                         "I cannot read encrypted messages. Please use the room that I serve.");
    else if (str_equal(type, "m.room.message") && !str_equal(sender, d->person))
        matrix_say_aside(m, d->room, sender,
                         "I take words here from one person alone. Please use the room that I "
                         "serve.");
}

/* False when it has to wait. */
static bool put_aside(struct matrix *m, const json_t *event)
{
    const struct matrix_direct *d = matrix_direct_in(m, json_text(event, ASIDE));
    if (m->unacknowledged >= LIMIT_MATRIX_FED || inbox_is_full(m->inbox))
        return false;
    struct event *e = d ? matrix_read_aside(&m->codec, event, d->person, m->inbox) : NULL;
    if (e && !inbox_put(m->inbox, e))
        return false;
    m->unacknowledged += e != NULL;
    if (d && !e)
        refuse_aside(m, d, event);
    return true;
}

/* ---- the end of it ---- */

static void forget_answer(struct matrix *m)
{
    json_decref(m->feed.answer);
    json_decref(m->feed.asides);
    free(m->feed.gap_from);
    memset(&m->feed, 0, sizeof m->feed);
}

/* The answer is done with; the next poll begins where it ended. */
static void next_poll(struct matrix *m)
{
    bool nothing = m->since && str_equal(m->since, m->next),
         quick = clock_monotonic_ms() - m->polled_ms < QUICK_MS;
    free(m->since);
    m->since = m->next;
    m->next = NULL;
    forget_answer(m);
    matrix_step(m, MATRIX_OVER);
    if (!matrix_is_stopped(m))
        loop_timer_set(m->loop, &m->again, quick && nothing ? QUICK_MS : 0);
}

static void put_mark(struct matrix *m)
{
    struct event *mark = inbox_new(m->inbox, EVENT_MARK, "matrix");
    mark->mark = arena_printf(inbox_arena(m->inbox), "%s\n%" PRId64 "\n%" PRId64, m->next,
                              m->put_ms, m->lost_since_ms);
    m->marking_ms = m->put_ms;
    m->must_mark = false;
    m->feed.marking = inbox_put(m->inbox, mark);
    if (!m->feed.marking) {
        loop_timer_set(m->loop, &m->feeding, FULL_AGAIN_MS);
        return;
    }
    bool news = !m->reached;
    m->reached = true;
    matrix_settle(m);
    if (news)
        matrix_ask_zones(m);
}

/* ---- a gap: what the homeserver left out between the last answer and this one ---- */

static void end_gap(struct matrix *m, const char *why)
{
    if (why) {
        LOG(LOG_ERROR, "matrix.gap", LS("why", why),
            LS("next", "what was said is looked for once more when catching up"));
        matrix_lose_track(m);
        matrix_down(m, "messages may have been missed");
    }
    m->feed.gap_over = true;
    m->feed.events = json_object_get(matrix_timeline(m, m->feed.answer), "events");
    m->feed.at = 0;
    loop_timer_set(m->loop, &m->feeding, 0);
}

static void take_page(struct matrix *m, json_t *chunk, const char *end)
{
    bool more = end && !str_equal(end, m->feed.gap_from) && json_array_size(chunk) > 0;
    free(m->feed.gap_from);
    m->feed.gap_from = more ? xstrdup(end) : NULL;
    json_object_set(m->feed.answer, "reguard.page",
                    chunk); /* lives as long as the answer, or until the next page */
    m->feed.events = json_object_get(m->feed.answer, "reguard.page");
    m->feed.at = 0;
    loop_timer_set(m->loop, &m->feeding, 0);
}

static void read_gap(struct matrix *m);

static void on_page(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    json_t *chunk = json_object_get(r->json, "chunk");
    if (matrix_is_stopped(m))
        return;
    if (r->outcome == MATRIX_OK && chunk) {
        take_page(m, chunk, json_text(r->json, "end"));
    } else if (r->too_long && matrix_page_too_long(m)) {
        read_gap(m);
    } else if (r->too_long) {
        end_gap(m, "one page of one event is longer than can be read");
    } else if (r->outcome == MATRIX_LATER || r->outcome == MATRIX_UNKNOWN) {
        forget_answer(m); /* asked for again from the same place */
        matrix_step(m, MATRIX_OVER);
        matrix_connect_again(m, r->error[0] ? r->error : r->errcode, r->retry_after_ms);
    } else {
        end_gap(m, r->error[0] ? r->error : "no page of messages in the answer");
    }
}

static void read_gap(struct matrix *m)
{
    const char *to = json_text(matrix_timeline(m, m->feed.answer), "prev_batch");
    if (++m->feed.gap_pages > LIMIT_MATRIX_GAP_PAGES) {
        end_gap(m, "more was said at once than is read");
        return;
    }
    m->feed.events = NULL;
    matrix_ask_page(m,
                    &(struct matrix_page){ .from = m->feed.gap_from, .to = to, .forwards = true },
                    on_page, m);
}

/* ---- one answer ---- */

/* Nothing old is acted on; but what is newer than it is, so its time is known. */
static void pass_over(struct matrix *m, const json_t *timeline)
{
    size_t i;
    json_t *event;
    m->skip_to_join = false;
    json_array_foreach(json_object_get(timeline, "events"), i, event) note_time(m, event);
}

static void begin_feed(struct matrix *m, const json_t *answer)
{
    const json_t *timeline = matrix_timeline(m, answer);
    bool first = !m->since, gap = !first && m->room.joined &&
                                  json_flag(timeline, "limited", false) &&
                                  json_text(timeline, "prev_batch");
    m->feed.answer = json_incref(json_lent(answer));
    m->feed.gap_from = gap ? xstrdup(m->since) : NULL;
    m->feed.gap_over = !gap;
    begin_asides(m, answer, first);
    if (first)
        pass_over(m, timeline);
    else if (!gap)
        m->feed.events = json_object_get(timeline, "events");
}

/* False when the rest has to wait; it goes on by itself. */
static bool feed_from(struct matrix *m, const json_t *events, size_t *at, bool aside)
{
    for (; *at < json_array_size(events); (*at)++) {
        const json_t *event = json_array_get(events, *at);
        m->feed.waiting = m->unacknowledged >= LIMIT_MATRIX_FED;
        if (m->feed.waiting)
            return false;
        if (!(aside ? put_aside(m, event) : matrix_put(m, event, false))) {
            loop_timer_set(m->loop, &m->feeding, FULL_AGAIN_MS);
            return false;
        }
    }
    return true;
}

/* Goes on as long as the engine takes more, and once more when something is acknowledged. */
static void feed(void *arg)
{
    struct matrix *m = arg;
    if (!feed_from(m, m->feed.events, &m->feed.at, false))
        return;
    if (m->feed.gap_over && !feed_from(m, m->feed.asides, &m->feed.aside_at, true))
        return;
    if (!m->feed.gap_over && m->feed.gap_from)
        read_gap(m);
    else if (!m->feed.gap_over)
        end_gap(m, NULL);
    else if (m->reached && m->since && str_equal(m->since, m->next) && !m->must_mark)
        next_poll(m); /* an idle poll: nothing to keep */
    else
        put_mark(m);
}

void matrix_feed(struct matrix *m, const json_t *answer)
{
    begin_feed(m, answer);
    matrix_step(m, MATRIX_ANSWERED);
    feed(m);
}

void matrix_acknowledged(struct matrix *m, const struct event *e)
{
    if (e->kind == EVENT_MARK) {
        m->marked_ms = m->marking_ms;
        next_poll(m);
        return;
    }
    m->unacknowledged -= m->unacknowledged > 0;
    if (m->feed.waiting && m->unacknowledged <= LIMIT_MATRIX_FED / 2) {
        m->feed.waiting = false;
        loop_timer_set(m->loop, &m->feeding, 0);
    }
}

void matrix_feed_start(struct matrix *m)
{
    m->feeding = (struct loop_timer){ .fired = feed, .arg = m };
}

void matrix_feed_stop(struct matrix *m)
{
    loop_timer_cancel(&m->feeding);
    forget_answer(m);
    free(m->since);
    free(m->next);
}
