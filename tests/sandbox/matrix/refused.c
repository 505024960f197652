/* What a test wants refused: as when a filter does not like a message, or rooms may not be made. */
#include "tests/sandbox/matrix/internal.h"

#include <stdio.h>
#include <string.h>

static bool is_message(const struct matrix_call *call)
{
    return matrix_same(call->operation, "send") && matrix_same(call->args[1], "m.room.message");
}

static bool is_post(const struct matrix_call *call)
{
    return is_message(call) && matrix_same(call->args[0], MATRIX_ROOM);
}

/* Of the new picture as well, where it is an edit. */
static const json_t *newest(const struct matrix_call *call)
{
    const json_t *fresh = json_object_get(call->body, "m.new_content");
    return fresh ? fresh : call->body;
}

static bool is_html(const struct matrix_call *call)
{
    return is_message(call) && json_object_get(newest(call), "formatted_body");
}

static bool is_loud(const struct matrix_call *call)
{
    return is_message(call) &&
           json_is_true(json_object_get(json_object_get(call->body, "m.mentions"), "room"));
}

static bool is_related(const struct matrix_call *call)
{
    return is_message(call) && json_object_get(call->body, "m.relates_to");
}

static bool is_edit(const struct matrix_call *call)
{
    return is_message(call) && json_object_get(call->body, "m.new_content");
}

static bool is_direct(const struct matrix_call *call)
{
    return matrix_same(call->operation, "create_room") ||
           (is_message(call) && !matrix_same(call->args[0], MATRIX_ROOM));
}

static bool is_state(const struct matrix_call *call)
{
    return matrix_same(call->operation, "state_all") || matrix_same(call->operation, "state_get");
}

static const struct {
    const char *what;
    bool (*is)(const struct matrix_call *);
} kinds[] = {
    { "posts", is_post },      { "html", is_html },  { "everybody", is_loud },
    { "related", is_related }, { "edits", is_edit }, { "directs", is_direct },
    { "state", is_state },
};

/* Only what the bot does. */
const char *matrix_refuses(const struct matrix_call *call)
{
    const struct matrix *m = call->m;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (matrix_same(kinds[i].what, m->refused.what) && call->user &&
            matrix_same(call->user->id, MATRIX_BOT) && kinds[i].is(call))
            return m->refused.errcode;
    return NULL;
}

bool matrix_refuse_calls(struct matrix *m, const json_t *what, struct web_reply *reply)
{
    const char *kind = matrix_text(what, "what"), *errcode = matrix_text(what, "error");
    bool known = json_is_null(what);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        known |= matrix_same(kinds[i].what, kind) && *errcode;
    if (!known) {
        matrix_complain(reply, 400,
                        "\"refuse\" takes {\"what\": posts, html, everybody, related, edits, "
                        "directs or state, \"error\": CODE}, or null.");
        return false;
    }
    snprintf(m->refused.what, sizeof m->refused.what, "%s", kind);
    snprintf(m->refused.errcode, sizeof m->refused.errcode, "%s", errcode);
    return true;
}
