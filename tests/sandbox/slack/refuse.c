/* SPDX-License-Identifier: Apache-2.0 */
/* What a test wants refused: as when an app was removed, a right taken, a channel made read-only,
   or a form not liked. */
#include "tests/sandbox/slack/refuse.h"
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_post(const struct slackd_call *call)
{
    return sandbox_same(call->method, "chat.postMessage") ||
           sandbox_same(call->method, "chat.update");
}

static bool in_channel(const struct slackd_call *call)
{
    return sandbox_same(slackd_arg(call, "channel"), SLACKD_CHANNEL);
}

static bool is_everything(const void *arg)
{
    const struct slackd_call *call = arg;
    return !sandbox_same(call->method, "apps.connections.open");
}

static bool is_new_post(const void *arg)
{
    const struct slackd_call *call = arg;
    return sandbox_same(call->method, "chat.postMessage") && in_channel(call);
}

static bool has_blocks(const void *arg)
{
    const struct slackd_call *call = arg;
    return is_post(call) && json_object_get(call->args, "blocks");
}

static bool notifies_all(const void *arg)
{
    const struct slackd_call *call = arg;
    const char *text = slackd_arg(call, "text");
    char *blocks = json_dumps(json_object_get(call->args, "blocks"), JSON_ENCODE_ANY);
    bool found = is_post(call) &&
                 ((text && strstr(text, "<!here>")) || (blocks && strstr(blocks, "<!here>")));
    free(blocks);
    return found;
}

static bool is_direct(const void *arg)
{
    const struct slackd_call *call = arg;
    return sandbox_same(call->method, "conversations.open") || (is_post(call) && !in_channel(call));
}

const struct control_refusal_kind slackd_refusals[] = {
    { "everything", is_everything }, { "posts", is_new_post }, { "blocks", has_blocks },
    { "here", notifies_all },        { "directs", is_direct }, { NULL, NULL },
};
