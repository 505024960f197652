/* What a test wants refused: as when an app was removed, a right taken, a channel made read-only,
   or a form not liked. */
#include "tests/sandbox/slack/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_post(const char *method)
{
    return slack_same(method, "chat.postMessage") || slack_same(method, "chat.update");
}

static bool in_channel(const struct slack_call *call)
{
    return slack_same(slack_arg(call, "channel"), SLACK_CHANNEL);
}

static bool is_everything(const struct slack_call *call, const char *method)
{
    (void)call;
    return !slack_same(method, "apps.connections.open");
}

static bool is_new_post(const struct slack_call *call, const char *method)
{
    return slack_same(method, "chat.postMessage") && in_channel(call);
}

static bool has_blocks(const struct slack_call *call, const char *method)
{
    return is_post(method) && json_object_get(call->args, "blocks");
}

static bool notifies_all(const struct slack_call *call, const char *method)
{
    const char *text = slack_arg(call, "text");
    char *blocks = json_dumps(json_object_get(call->args, "blocks"), JSON_ENCODE_ANY);
    bool found = is_post(method) &&
                 ((text && strstr(text, "<!here>")) || (blocks && strstr(blocks, "<!here>")));
    free(blocks);
    return found;
}

static bool is_direct(const struct slack_call *call, const char *method)
{
    return slack_same(method, "conversations.open") || (is_post(method) && !in_channel(call));
}

static const struct {
    const char *what;
    bool (*is)(const struct slack_call *, const char *method);
} kinds[] = {
    { "everything", is_everything }, { "posts", is_new_post }, { "blocks", has_blocks },
    { "here", notifies_all },        { "directs", is_direct },
};

const char *slack_refuses(const struct slack_call *call, const char *method)
{
    const struct slack *s = call->slack;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slack_same(kinds[i].what, s->refused.what) && kinds[i].is(call, method))
            return s->refused.error;
    return NULL;
}

bool slack_refuse_calls(struct slack *s, const json_t *what, struct web_reply *reply)
{
    const char *kind = slack_text(what, "what"), *error = slack_text(what, "error");
    bool known = json_is_null(what);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        known |= slack_same(kinds[i].what, kind) && *error;
    if (!known) {
        slack_refuse(reply, 400,
                     "\"refuse\" takes {\"what\": everything, posts, blocks, here or directs, "
                     "\"error\": CODE}, or null.");
        return false;
    }
    snprintf(s->refused.what, sizeof s->refused.what, "%s", kind);
    snprintf(s->refused.error, sizeof s->refused.error, "%s", error);
    return true;
}
