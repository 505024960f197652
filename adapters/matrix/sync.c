/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the connection: one chain of whoami, a look at the room, and long polls, one at a
   time. An answer's events go to the engine in order, its next_batch behind them; the next poll
   begins when that mark is on disk, so that a crash repeats and never loses. */
#include "adapters/matrix/internal.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <stdlib.h>
#include <string.h>

static const ms_t LOOK_AGAIN_MS = 5 * MS_MINUTE, TROUBLED_LOOK_MS = 30 * MS_SECOND,
                  UNREAD_LOOK_MS = 5 * MS_SECOND;
enum { TIMELINE_LIMIT = 50, SILENT_LOOKS_MOST = 5 };

/* ---- polls ---- */

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
    const json_t *room = matrix_room_in(m, answer, "join");
    bool changed = note_states(m, json_object_get(json_object_get(room, "state"), "events"));
    changed |= note_states(m, json_object_get(matrix_timeline(m, answer), "events"));
    if (matrix_room_in(m, answer, "leave") && !room) {
        m->room.joined = false;
        changed = true;
    }
    if (!m->room.joined && matrix_room_in(m, answer, "invite"))
        matrix_look_soon(m);
    m->state_changes += changed;
    if (changed && !matrix_judge_room(m, false) && !matrix_room_is_well(m))
        matrix_look_soon(m);
}

static void on_synced(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const char *next = json_text(r->json, "next_batch");
    bool usable = next && strlen(next) < LIMIT_CURSOR_BYTES;
    if (matrix_is_stopped(m))
        return;
    if (r->outcome != MATRIX_OK || !usable) {
        matrix_step(m, MATRIX_OVER);
        not_synced(m, r);
        return;
    }
    if (m->standing.told.kind == EVENT_CHAT_DOWN) /* started anew, it may offer something else */
        matrix_read_offer(m);
    again_fine(&m->link);
    free(m->next);
    m->next = xstrdup(next);
    watch_room(m, r->json);
    matrix_feed(m, r->json);
}

/* ---- who we are ---- */

/* What was known stays, at least for a few looks. Where a homeserver tells nothing of the room at
   all, it is followed all the same: alarms go, and what raises protection is heard. */
static void not_looked(struct matrix *m, const char *why, bool silent)
{
    m->silent_looks += silent;
    loop_timer_set(m->loop, &m->look_again, UNREAD_LOOK_MS);
    if (m->silent_looks < SILENT_LOOKS_MOST) {
        if (m->life == MATRIX_IDENTIFIED)
            matrix_connect_again(m, why, 0);
        return;
    }
    m->room.joined |= !m->room.known;
    if (matrix_step(m, MATRIX_LOOKED))
        loop_timer_set(m->loop, &m->again, 0);
    matrix_trouble(m, MATRIX_UNREAD,
                   arena_printf(inbox_arena(m->inbox), "the state of the room cannot be read (%s)",
                                why));
}

static void looked(struct matrix *m, const char *passing, bool silent)
{
    if (matrix_is_stopped(m))
        return;
    if (passing) {
        not_looked(m, passing, silent);
        return;
    }
    m->silent_looks = 0;
    if (matrix_step(m, MATRIX_LOOKED))
        loop_timer_set(m->loop, &m->again, 0);
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
    if (matrix_is_stopped(m))
        return;
    if (r->outcome != MATRIX_OK) {
        matrix_connect_again(m, r->error[0] ? r->error : r->errcode, r->retry_after_ms);
        return;
    }
    if (!str_equal(user, m->codec.user)) {
        if (m->token_state == MATRIX_TOKEN_USED)
            m->token_state = MATRIX_TOKEN_BAD;
        matrix_trouble(m, MATRIX_OF_IDENTITY,
                       arena_printf(inbox_arena(m->inbox),
                                    "the access token is that of %s, not of the configured user",
                                    user));
        matrix_connect_again(m, "another user's access token", 0);
        return;
    }
    m->device_missing = !json_text(r->json, "device_id");
    if (m->device_missing)
        LOG(LOG_WARN, "matrix.device",
            LS("why", "the access token belongs to no device: repeated messages are not recognised "
                      "by the homeserver"));
    matrix_step(m, MATRIX_KNOWN);
    matrix_trouble(m, MATRIX_OF_IDENTITY, NULL);
    matrix_trouble(m, MATRIX_OF_CREDENTIAL, NULL);
    loop_timer_set(m->loop, &m->again, 0);
}

static void ask_who(struct matrix *m)
{
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "GET", .path = "v3/account/whoami", .urgency = URGENCY_GUARDS },
                on_whoami, m);
}

/* The next step of the chain. */
static void go_on(void *arg)
{
    struct matrix *m = arg;
    bool busy = matrix_life_polls(m->life) || matrix_life_feeds(m->life);
    if (m->token_state == MATRIX_TOKEN_RENEWING || busy)
        return; /* each goes on by itself */
    if (m->token_state == MATRIX_TOKEN_BAD && matrix_token_read(m, NULL))
        m->token_state = MATRIX_TOKEN_USED;
    switch (m->life) {
    case MATRIX_NEW: ask_who(m); break;
    case MATRIX_IDENTIFIED:
        if (m->directs_read)
            matrix_look(m, looked);
        else
            matrix_directs_read(m);
        break;
    case MATRIX_FOLLOWING: matrix_poll(m, on_synced); break;
    case MATRIX_POLLING:
    case MATRIX_FEEDING:
    case MATRIX_LAST_POLL:
    case MATRIX_LAST_FEED:
    case MATRIX_STOPPED:
    case MATRIX_LIVES: break;
    }
}

void matrix_sync_anew(struct matrix *m)
{
    matrix_forget_calls(m, on_synced);
    matrix_forget_calls(m, on_whoami);
    if (matrix_life_polls(m->life))
        matrix_step(m, MATRIX_OVER);
    matrix_step(m, MATRIX_DOUBTED);
    m->link.failures = 0;
    loop_timer_set(m->loop, &m->again, 0);
}

static void look_again(void *arg)
{
    struct matrix *m = arg;
    if (matrix_life_follows(m->life))
        matrix_look(m, looked);
}

void matrix_sync_start(struct matrix *m)
{
    m->timeline_limit = TIMELINE_LIMIT;
    m->page_limit = LIMIT_MATRIX_PAGE;
    m->again = (struct loop_timer){ .fired = go_on, .arg = m };
    m->look_again = (struct loop_timer){ .fired = look_again, .arg = m };
    matrix_feed_start(m);
    m->token_rejected = matrix_token_rejected;
    loop_timer_set(m->loop, &m->again, 0);
}

void matrix_sync_stop(struct matrix *m)
{
    loop_timer_cancel(&m->again);
    loop_timer_cancel(&m->look_again);
    matrix_feed_stop(m);
}
