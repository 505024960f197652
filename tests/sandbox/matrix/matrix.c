/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix's part of the sandbox: making and ending, control calls, state. */
#include "tests/sandbox/matrix/matrix.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/matrix/act.h"
#include "tests/sandbox/matrix/control.h"
#include "tests/sandbox/matrix/later.h"
#include "tests/sandbox/matrix/live.h"
#include "tests/sandbox/matrix/media.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/route.h"
#include "tests/sandbox/matrix/session.h"
#include "tests/sandbox/matrix/state.h"
#include "tests/sandbox/matrix/sync.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/matrix/view.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making and ending ---- */

enum { TICK_MS = 200 };

static const struct matrixd_user cast[MATRIXD_USERS] = {
    { .name = "reguard", .id = MATRIXD_BOT, .display = "reguard" },
    { .name = "ana", .id = "@ana:sandbox.local", .display = "Ana Almeida" },
    { .name = "ben", .id = "@ben:sandbox.local", .display = "Ben Baker" },
    { .name = "cleo", .id = "@cleo:sandbox.local", .display = "Cleo Castro" },
    { .name = "dan", .id = "@dan:sandbox.local", .display = "Dan Dupont" },
    { .name = "gil", .id = "@gil:sandbox.local", .display = "Gil Guest", .guest = true },
    { .name = "eve",
      .id = "@eve:other.example",
      .display = "Ana Almeida" }, /* the name shown proves nothing */
};

static void tick(void *arg)
{
    struct matrixd *m = arg;
    matrixd_later_run(m);
    matrixd_wake(m);
    sandbox_after(TICK_MS, tick, m);
}

struct matrixd *matrixd_new(void)
{
    struct matrixd *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    sandbox_random(m->secret, sizeof m->secret - 1);
    m->generation = 1;
    m->timeline_most = 100;
    m->limited = -1;
    for (size_t i = 0; i < MATRIXD_USERS; i++) {
        m->users[i] = cast[i];
        m->users[i].account_data = json_object();
    }
    matrixd_sessions_init(m);
    matrixd_rooms_init(m);
    matrixd_later_start(m);
    matrixd_media_start(m);
    sandbox_after(TICK_MS, tick, m);
    return m;
}

void matrixd_free(struct matrixd *m)
{
    if (!m)
        return;
    matrixd_waiters_done(m);
    matrixd_rooms_done(m);
    matrixd_later_done(m);
    matrixd_media_done(m);
    for (size_t i = 0; i < MATRIXD_USERS; i++)
        json_decref(m->users[i].account_data);
    for (size_t i = 0; i < MATRIXD_FILTERS_MOST; i++)
        free(m->filters[i]);
    free(m);
}

static json_t *state(void *self)
{
    const struct matrixd *m = self;
    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:b, s:o, s:I}", "events",
                     (json_int_t)m->event_count, "position", (json_int_t)m->last_n, "polls",
                     (json_int_t)m->waiter_count, "syncs", (json_int_t)m->syncs, "outage",
                     m->outage, "hold", m->hold, "later", matrixd_later_view(m), "later_ahead_s",
                     (json_int_t)(m->later_ahead_ms / 1000));
}

/* path: behind /sandbox/matrix/, "" for changes. */
static bool answer_control(struct matrixd *m, const char *path, const struct control_call *call)
{
    if (sandbox_same(path, "channel"))
        matrixd_view_channel(m, call->request, call->reply);
    else if (strncmp(path, "direct/", 7) == 0)
        matrixd_view_aside(m, path + 7, call->reply);
    else if (!json_is_object(call->body))
        matrixd_complain(call->reply, 405, "This call is a POST with a JSON object.");
    else if (!*path)
        matrixd_change(m, call->body, call->reply);
    else
        return matrixd_act(m, path, call->body, call->reply);
    return true;
}

static void control(void *self, const struct control_call *call)
{
    const char *slash = strchr(call->path, '/');
    if (!answer_control(self, slash ? slash + 1 : "", call))
        control_fail(call->reply, 404, "the control API has no such call");
    matrixd_wake(self);
}

static const struct control_row calls[] = {
    { NULL, "media", matrixd_media_show },
    { NULL, "matrix", control },
    { NULL, "matrix/", control },
    { NULL, NULL, NULL },
};

struct service matrixd_service(struct matrixd *m)
{
    return (struct service){
        .self = m,
        .web = { m, matrixd_handle, NULL },
        .calls = calls,
        .name = "matrix",
        .state = state,
        .look_new = matrixd_look_new,
        .look_free = matrixd_look_free,
        .look_again = matrixd_look_again,
    };
}
