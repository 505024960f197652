/* Matrix's part of the sandbox: making and ending, control calls, state. */
#include "tests/sandbox/matrix/matrix.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/matrix/act.h"
#include "tests/sandbox/matrix/control.h"
#include "tests/sandbox/matrix/live.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/route.h"
#include "tests/sandbox/matrix/session.h"
#include "tests/sandbox/matrix/state.h"
#include "tests/sandbox/matrix/sync.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/matrix/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making and ending ---- */

static const struct matrix_user cast[MATRIX_USERS] = {
    { .name = "reguard", .id = MATRIX_BOT, .display = "reguard" },
    { .name = "ana", .id = "@ana:sandbox.local", .display = "Ana Almeida" },
    { .name = "ben", .id = "@ben:sandbox.local", .display = "Ben Baker" },
    { .name = "cleo", .id = "@cleo:sandbox.local", .display = "Cleo Castro" },
    { .name = "dan", .id = "@dan:sandbox.local", .display = "Dan Dupont" },
    { .name = "gil", .id = "@gil:sandbox.local", .display = "Gil Guest", .guest = true },
    { .name = "eve",
      .id = "@eve:other.example",
      .display = "Ana Almeida" }, /* the name shown proves nothing */
};

struct matrix *matrix_new(void)
{
    struct matrix *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    matrix_random(m->secret, sizeof m->secret - 1);
    m->generation = 1;
    m->timeline_most = 100;
    m->limited = -1;
    for (size_t i = 0; i < MATRIX_USERS; i++) {
        m->users[i] = cast[i];
        m->users[i].account_data = json_object();
    }
    matrix_sessions_init(m);
    matrix_rooms_init(m);
    return m;
}

void matrix_free(struct matrix *m)
{
    if (!m)
        return;
    matrix_waiters_done(m);
    matrix_rooms_done(m);
    for (size_t i = 0; i < MATRIX_USERS; i++)
        json_decref(m->users[i].account_data);
    for (size_t i = 0; i < MATRIX_FILTERS_MOST; i++)
        free(m->filters[i]);
    free(m);
}

static json_t *state(void *self)
{
    const struct matrix *m = self;
    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:b}", "events", (json_int_t)m->event_count,
                     "position", (json_int_t)m->last_n, "polls", (json_int_t)m->waiter_count,
                     "syncs", (json_int_t)m->syncs, "outage", m->outage, "hold", m->hold);
}

/* path: behind /sandbox/matrix/, "" for changes. */
static bool answer_control(struct matrix *m, const char *path, const struct control_call *call)
{
    if (matrix_same(path, "channel"))
        matrix_view_channel(m, call->request, call->reply);
    else if (strncmp(path, "direct/", 7) == 0)
        matrix_view_aside(m, path + 7, call->reply);
    else if (!json_is_object(call->body))
        matrix_complain(call->reply, 405, "This call is a POST with a JSON object.");
    else if (!*path)
        matrix_change(m, call->body, call->reply);
    else
        return matrix_act(m, path, call->body, call->reply);
    return true;
}

static void control(void *self, const struct control_call *call)
{
    const char *slash = strchr(call->path, '/');
    if (!answer_control(self, slash ? slash + 1 : "", call))
        control_fail(call->reply, 404, "the control API has no such call");
    matrix_wake(self);
}

static const struct control_row calls[] = {
    { NULL, "matrix", control },
    { NULL, "matrix/", control },
    { NULL, NULL, NULL },
};

struct service matrix_service(struct matrix *m)
{
    return (struct service){
        .self = m,
        .web = { m, matrix_handle, NULL },
        .calls = calls,
        .name = "matrix",
        .state = state,
        .look_new = matrix_look_new,
        .look_free = matrix_look_free,
        .look_again = matrix_look_again,
    };
}
