/* SPDX-License-Identifier: Apache-2.0 */
/* What a test wants refused: as when a filter does not like a message, or rooms may not be made. */
#include "tests/sandbox/matrix/refused.h"
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

static bool is_message(const struct matrixd_call *call)
{
    return sandbox_same(call->operation, "send") && sandbox_same(call->args[1], "m.room.message");
}

static bool is_post(const void *arg)
{
    const struct matrixd_call *call = arg;
    return is_message(call) && sandbox_same(call->args[0], MATRIXD_ROOM);
}

/* Of the new picture as well, where it is an edit. */
static const json_t *newest(const struct matrixd_call *call)
{
    const json_t *fresh = json_object_get(call->body, "m.new_content");
    return fresh ? fresh : call->body;
}

static bool is_html(const void *arg)
{
    const struct matrixd_call *call = arg;
    return is_message(call) && json_object_get(newest(call), "formatted_body");
}

static bool is_loud(const void *arg)
{
    const struct matrixd_call *call = arg;
    return is_message(call) &&
           json_is_true(json_object_get(json_object_get(call->body, "m.mentions"), "room"));
}

static bool is_related(const void *arg)
{
    const struct matrixd_call *call = arg;
    return is_message(call) && json_object_get(call->body, "m.relates_to");
}

static bool is_edit(const void *arg)
{
    const struct matrixd_call *call = arg;
    return is_message(call) && json_object_get(call->body, "m.new_content");
}

static bool is_direct(const void *arg)
{
    const struct matrixd_call *call = arg;
    return sandbox_same(call->operation, "create_room") ||
           (is_message(call) && !sandbox_same(call->args[0], MATRIXD_ROOM));
}

static bool is_state(const void *arg)
{
    const struct matrixd_call *call = arg;
    return sandbox_same(call->operation, "state_all") || sandbox_same(call->operation, "state_get");
}

const struct control_refusal_kind matrixd_refusals[] = {
    { "posts", is_post },      { "html", is_html },  { "everybody", is_loud },
    { "related", is_related }, { "edits", is_edit }, { "directs", is_direct },
    { "state", is_state },     { NULL, NULL },
};

/* Only what the bot does. */
const char *matrixd_refuses(const struct matrixd_call *call)
{
    bool bot = call->user && sandbox_same(call->user->id, MATRIXD_BOT);
    return bot ? control_refusal_of(&call->m->refused, matrixd_refusals, call) : NULL;
}
