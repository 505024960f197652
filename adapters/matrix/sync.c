/* The life of the connection: one chain of whoami, a look at the room, and long polls, one at a
   time. An answer's events go to the engine in order, its next_batch behind them; the next poll
   begins when that mark is on disk, so that a crash repeats and never loses. */
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "port/witness.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ms_t POLL_MS = 30 * MS_SECOND, SLACK_MS = 15 * MS_SECOND,
                  LOOK_AGAIN_MS = 5 * MS_MINUTE, LOOK_SOON_MS = 200, ROOM_AGAIN_MS = 20,
                  QUICK_MS = MS_SECOND, TROUBLED_LOOK_MS = 30 * MS_SECOND,
                  UNREAD_LOOK_MS = 5 * MS_SECOND;
static const ms_t FAST_FOR_MS = 2 * MS_MINUTE, FAST_LEAST_MS = 200, FAST_MOST_MS = 2 * MS_SECOND,
                  SLOW_MOST_MS = 30 * MS_SECOND, TOKEN_AGAIN_MS = 30 * MS_SECOND;
enum { TIMELINE_LIMIT = 50, FED_AT_ONCE = 512, DOWN_AFTER = 2, SILENT_LOOKS_MOST = 5 };

/* ---- trying again ---- */

static ms_t back_off(struct matrix *m)
{
    if (m->failures++ == 0)
        return clock_jitter(0, FAST_LEAST_MS);
    bool fast = clock_monotonic_ms() - m->trouble_since_ms < FAST_FOR_MS;
    return fast ? clock_jitter(FAST_LEAST_MS, FAST_MOST_MS)
                : clock_jitter(FAST_MOST_MS, SLOW_MOST_MS);
}

void matrix_connect_again(struct matrix *m, const char *why, ms_t at_least_ms)
{
    if (m->stopping)
        return;
    if (!m->trouble_since_ms)
        m->trouble_since_ms = clock_monotonic_ms();
    ms_t wait = ms_max(back_off(m), ms_max(at_least_ms, m->token_bad ? TOKEN_AGAIN_MS : 0));
    LOG(LOG_WARN, "matrix.again", LS("why", why), LI("wait_ms", wait), LI("failures", m->failures));
    loop_timer_set(m->loop, &m->again, wait);
    if (m->failures >= DOWN_AFTER)
        matrix_down(m, why);
}

/* ---- polls ---- */

static json_t *names_json(const char *const *names, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(names[i]));
    return array;
}

static void add_filter(struct matrix *m, struct buf *b)
{
    static const char *const timeline[] = { "m.room.message",    "m.reaction",
                                            "m.room.redaction",  "m.room.member",
                                            "m.room.encryption", "m.room.tombstone",
                                            "m.room.join_rules", "m.room.encrypted" };
    JSON_AUTO *rooms = json_pack("[s]", m->codec.room);
    for (size_t i = 0; i < MATRIX_DIRECTS; i++)
        if (m->directs[i].room[0])
            json_array_append_new(rooms, json_string(m->directs[i].room));
    static const char *const state[] = { "m.room.encryption", "m.room.tombstone",
                                         "m.room.join_rules" };
    JSON_AUTO *none = json_pack("{s:[s]}", "not_types", "*");
    JSON_AUTO *filter = json_pack("{s:O, s:O, s:{s:O, s:O, s:O, s:{s:i, s:o}, s:{s:o, s:b}}}",
                                  "presence", none, "account_data", none, "room", "rooms", rooms,
                                  "account_data", none, "ephemeral", none, "timeline", "limit",
                                  m->timeline_limit, "types", names_json(timeline, COUNT(timeline)),
                                  "state", "types", names_json(state, COUNT(state)),
                                  "lazy_load_members", 1);
    char *text = json_dumps(filter, JSON_COMPACT);
    matrix_path(b, "*", (const char *const[]){ str_or_empty(text) });
    free(text);
}

static void on_synced(void *arg, const struct matrix_result *r);

enum { POLL_BYTES = 12 * 1024 };

static void add_poll(struct matrix *m, struct buf *path, ms_t timeout_ms)
{
    buf_addf(path, "v3/sync?set_presence=offline&timeout=%lld&filter=", (long long)timeout_ms);
    add_filter(m, path);
}

/* Synapse gives the same answer to the same poll for two minutes (sync_response_cache_duration);
   nobody waits that long after they have invited us. */
void matrix_peek(struct matrix *m, matrix_done done)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, POLL_BYTES);
    add_poll(m, &path, clock_jitter(0, MS_SECOND));
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "GET", .path = buf_text(&path), .urgency = URGENCY_GUARDS },
                done, m);
}

/* The first poll after a break comes back at once. */
static void poll_now(struct matrix *m)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, POLL_BYTES);
    add_poll(m, &path, m->reached ? POLL_MS : 0);
    if (m->since)
        matrix_path(&path, "&since=*", (const char *const[]){ m->since });
    m->syncing = true;
    m->polled_ms = clock_monotonic_ms();
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = buf_text(&path),
                                      .timeout_ms = POLL_MS + SLACK_MS,
                                      .urgency = URGENCY_GUARDS },
                on_synced, m);
}

/* The homeserver does not know our place any more: begin anew, act on nothing of that answer, and
   catch up by what is in the room. */
static void lose_place(struct matrix *m, const char *why)
{
    LOG(LOG_ERROR, "matrix.place_lost", LS("why", why));
    free(m->since);
    m->since = NULL;
    matrix_lose_track(m);
    matrix_down(m, "the homeserver does not know our place in the room any more");
    matrix_connect_again(m, why, 0);
}

static void not_synced(struct matrix *m, const struct matrix_result *r)
{
    if (r->too_long && m->timeline_limit > 1) {
        m->timeline_limit /= 2;
        matrix_connect_again(m, "the answer was too long; asking for less", 0);
    } else if (r->outcome == MATRIX_REFUSED && r->status == 400 && m->since) {
        lose_place(m, r->error);
    } else {
        matrix_connect_again(m,
                             r->error[0]     ? r->error
                             : r->errcode[0] ? r->errcode
                                             : "no usable next_batch in the answer",
                             r->retry_after_ms);
    }
}

/* ---- one answer ---- */

static const json_t *room_of(const struct matrix *m, const json_t *answer, const char *kind)
{
    return json_object_get(json_object_get(json_object_get(answer, "rooms"), kind), m->codec.room);
}

bool matrix_is_invited(const struct matrix *m, const json_t *answer)
{
    return room_of(m, answer, "invite") != NULL;
}

const json_t *matrix_timeline(const struct matrix *m, const json_t *answer)
{
    return json_object_get(room_of(m, answer, "join"), "timeline");
}

static bool note_states(struct matrix *m, const json_t *events)
{
    bool changed = false;
    size_t i;
    json_t *event;
    json_array_foreach(events, i, event) changed |= matrix_note_state(&m->codec, &m->room, event);
    return changed;
}

/* State first: commands of the same answer that lower protection count only when the room may
   still be served after it. */
static void watch_room(struct matrix *m, const json_t *answer)
{
    const json_t *room = room_of(m, answer, "join");
    bool changed = note_states(m, json_object_get(json_object_get(room, "state"), "events"));
    changed |= note_states(m, json_object_get(matrix_timeline(m, answer), "events"));
    if (room_of(m, answer, "leave") && !room) {
        m->room.joined = false;
        changed = true;
    }
    if (!m->room.joined && room_of(m, answer, "invite"))
        matrix_look_soon(m);
    m->state_changes += changed;
    if (changed && !matrix_judge_room(m, false) && !matrix_room_is_well(m))
        matrix_look_soon(m);
}

void matrix_forget_answer(struct matrix *m)
{
    json_decref(m->feed.answer);
    json_decref(m->feed.asides);
    free(m->feed.gap_from);
    memset(&m->feed, 0, sizeof m->feed);
}

static void note_time(struct matrix *m, const json_t *event);

/* Nothing old is acted on; but what is newer than it is, so its time is known. */
static void pass_over(struct matrix *m, const json_t *timeline)
{
    size_t i;
    json_t *event;
    m->skip_to_join = false;
    json_array_foreach(json_object_get(timeline, "events"), i, event) note_time(m, event);
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
    if (m->unacknowledged >= FED_AT_ONCE || inbox_is_full(m->inbox))
        return false;
    struct event *e = d ? matrix_read_aside(&m->codec, event, d->person, m->inbox) : NULL;
    if (e && !inbox_put(m->inbox, e))
        return false;
    m->unacknowledged += e != NULL;
    if (d && !e)
        refuse_aside(m, d, event);
    return true;
}

static void begin_feed(struct matrix *m, const json_t *answer)
{
    const json_t *timeline = matrix_timeline(m, answer);
    bool first = !m->since, gap = !first && m->room.joined &&
                                  json_flag(timeline, "limited", false) &&
                                  json_text(timeline, "prev_batch");
    m->feed.answer = json_incref((json_t *)(uintptr_t)answer);
    m->feed.gap_from = gap ? strdup(m->since) : NULL;
    m->feed.gap_over = !gap;
    begin_asides(m, answer, first);
    if (first)
        pass_over(m, timeline);
    else if (!gap)
        m->feed.events = json_object_get(timeline, "events");
}

static void on_synced(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const char *next = json_text(r->json, "next_batch");
    bool usable = next && strlen(next) < LIMIT_CURSOR_BYTES;
    m->syncing = false;
    if (m->stopping)
        return;
    if (r->outcome != MATRIX_OK || !usable) {
        not_synced(m, r);
        return;
    }
    m->failures = 0;
    m->trouble_since_ms = 0;
    free(m->next);
    m->next = strdup(next);
    watch_room(m, r->json);
    begin_feed(m, r->json);
    matrix_feed(m);
}

/* ---- to the engine ---- */

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
    if (m->unacknowledged >= FED_AT_ONCE || inbox_is_full(m->inbox))
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

/* The answer is done with; the next poll begins where it ended. */
static void next_poll(struct matrix *m)
{
    bool nothing = m->since && str_equal(m->since, m->next),
         quick = clock_monotonic_ms() - m->polled_ms < QUICK_MS;
    free(m->since);
    m->since = m->next;
    m->next = NULL;
    matrix_forget_answer(m);
    if (!m->stopping)
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
        loop_timer_set(m->loop, &m->feeding, ROOM_AGAIN_MS);
        return;
    }
    m->reached = true;
    matrix_settle(m);
}

/* False when the rest has to wait; it goes on by itself. */
static bool feed_from(struct matrix *m, const json_t *events, size_t *at, bool aside)
{
    for (; *at < json_array_size(events); (*at)++) {
        const json_t *event = json_array_get(events, *at);
        m->feed.waiting = m->unacknowledged >= FED_AT_ONCE;
        if (m->feed.waiting)
            return false;
        if (!(aside ? put_aside(m, event) : matrix_put(m, event, false))) {
            loop_timer_set(m->loop, &m->feeding, ROOM_AGAIN_MS);
            return false;
        }
    }
    return true;
}

/* Goes on as long as the engine has room; what is acknowledged makes room again. */
void matrix_feed(struct matrix *m)
{
    if (!feed_from(m, m->feed.events, &m->feed.at, false))
        return;
    if (m->feed.gap_over && !feed_from(m, m->feed.asides, &m->feed.aside_at, true))
        return;
    if (!m->feed.gap_over && m->feed.gap_from)
        matrix_gap_read(m);
    else if (!m->feed.gap_over)
        matrix_gap_end(m, NULL);
    else if (m->reached && m->since && str_equal(m->since, m->next) && !m->must_mark)
        next_poll(m); /* an idle poll: nothing to keep */
    else
        put_mark(m);
}

static void feed_again(void *arg) { matrix_feed(arg); }

void matrix_acknowledged(struct matrix *m, const struct event *e)
{
    if (e->kind == EVENT_MARK) {
        m->marked_ms = m->marking_ms;
        next_poll(m);
        return;
    }
    m->unacknowledged -= m->unacknowledged > 0;
    if (m->feed.waiting && m->unacknowledged <= FED_AT_ONCE / 2) {
        m->feed.waiting = false;
        loop_timer_set(m->loop, &m->feeding, 0);
    }
}

/* ---- who we are ---- */

void matrix_look_soon(struct matrix *m) { loop_timer_set(m->loop, &m->look_again, LOOK_SOON_MS); }

/* What was known stays, at least for a few looks. Where a homeserver tells nothing of the room at
   all, it is followed all the same: alarms go, and what raises protection is heard. */
static void not_looked(struct matrix *m, const char *why, bool silent)
{
    m->silent_looks += silent;
    loop_timer_set(m->loop, &m->look_again, UNREAD_LOOK_MS);
    if (m->silent_looks < SILENT_LOOKS_MOST) {
        if (!m->decided)
            matrix_connect_again(m, why, 0);
        return;
    }
    if (!m->decided)
        loop_timer_set(m->loop, &m->again, 0);
    m->room.joined |= !m->room.known;
    m->decided = true;
    matrix_trouble(m, MATRIX_UNREAD,
                   arena_printf(inbox_arena(m->inbox), "the state of the room cannot be read (%s)",
                                why));
}

void matrix_looked(struct matrix *m, const char *passing, bool silent)
{
    if (m->stopping)
        return;
    if (passing) {
        not_looked(m, passing, silent);
        return;
    }
    m->silent_looks = 0;
    if (!m->decided)
        loop_timer_set(m->loop, &m->again, 0);
    m->decided = true;
    matrix_trouble(m, MATRIX_UNREAD, NULL);
    (void)matrix_judge_room(m, true);
    matrix_directs_again(m);
    loop_timer_set(m->loop, &m->look_again, m->room.joined ? LOOK_AGAIN_MS : TROUBLED_LOOK_MS);
    matrix_settle(m);
}

static void on_whoami(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const char *user = json_text_or_empty(r->json, "user_id");
    if (m->stopping)
        return;
    if (r->outcome != MATRIX_OK) {
        matrix_connect_again(m, r->error[0] ? r->error : r->errcode, r->retry_after_ms);
        return;
    }
    if (!str_equal(user, m->codec.user)) {
        m->token_bad = true; /* the file is looked at again */
        matrix_trouble(m, MATRIX_OF_IDENTITY,
                       arena_printf(inbox_arena(m->inbox),
                                    "the access token is that of %s, not of the configured user",
                                    user));
        matrix_connect_again(m, "another user's access token", TOKEN_AGAIN_MS);
        return;
    }
    m->device_missing = !json_text(r->json, "device_id");
    if (m->device_missing)
        LOG(LOG_WARN, "matrix.device",
            LS("why", "the access token belongs to no device: repeated messages are not recognised "
                      "by the homeserver"));
    m->identified = true;
    matrix_trouble(m, MATRIX_OF_IDENTITY, NULL);
    matrix_trouble(m, MATRIX_OF_CREDENTIAL, NULL);
    loop_timer_set(m->loop, &m->again, 0);
}

/* The next step of the chain. */
static void go_on(void *arg)
{
    struct matrix *m = arg;
    if (m->refreshing || m->syncing || m->feed.answer)
        return; /* each goes on by itself */
    if (m->token_bad && matrix_token_read(m, NULL))
        m->token_bad = false;
    if (m->identified && !m->directs_read)
        matrix_directs_read(m);
    else if (!m->identified)
        matrix_call(m,
                    &(struct matrix_ask){
                        .method = "GET", .path = "v3/account/whoami", .urgency = URGENCY_GUARDS },
                    on_whoami, m);
    else if (!m->decided)
        matrix_look(m);
    else
        poll_now(m);
}

/* An answer that is being fed ends first. */
void matrix_poll_anew(struct matrix *m)
{
    if (!m->syncing || m->stopping)
        return;
    matrix_forget_calls(m, on_synced);
    m->syncing = false;
    loop_timer_set(m->loop, &m->again, 0);
}

void matrix_sync_anew(struct matrix *m)
{
    matrix_forget_calls(m, on_synced);
    matrix_forget_calls(m, on_whoami);
    m->syncing = m->identified = m->decided = false;
    m->failures = 0;
    loop_timer_set(m->loop, &m->again, 0);
}

static void look_again(void *arg)
{
    struct matrix *m = arg;
    if (m->identified && m->decided)
        matrix_look(m);
}

void matrix_sync_start(struct matrix *m)
{
    m->timeline_limit = TIMELINE_LIMIT;
    m->page_limit = LIMIT_MATRIX_PAGE;
    m->again = (struct loop_timer){ .fired = go_on, .arg = m };
    m->look_again = (struct loop_timer){ .fired = look_again, .arg = m };
    m->feeding = (struct loop_timer){ .fired = feed_again, .arg = m };
    loop_timer_set(m->loop, &m->again, 0);
}

void matrix_sync_stop(struct matrix *m)
{
    loop_timer_cancel(&m->again);
    loop_timer_cancel(&m->look_again);
    loop_timer_cancel(&m->feeding);
    matrix_forget_answer(m);
    free(m->since);
    free(m->next);
}
