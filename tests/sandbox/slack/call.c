/* SPDX-License-Identifier: Apache-2.0 */
/* What the methods of the Web API have in common: arguments, refusals, rates. */
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- answers ---- */

json_t *slackd_error(const char *code) { return json_pack("{s:b, s:s}", "ok", 0, "error", code); }

json_t *slackd_error_because(const char *code, json_t *messages_new)
{
    return json_pack("{s:b, s:s, s:O, s:{s:o}}", "ok", 0, "error", code, "errors", messages_new,
                     "response_metadata", "messages", messages_new);
}

json_t *slackd_missing(const char *argument)
{
    json_t *message = json_sprintf("[ERROR] missing required field: %s", argument);
    return json_pack("{s:b, s:s, s:{s:[o]}}", "ok", 0, "error", "invalid_arguments",
                     "response_metadata", "messages", message);
}

/* ---- arguments ---- */

const char *slackd_arg(const struct slackd_call *call, const char *name)
{
    return json_string_value(json_object_get(call->args, name));
}

bool slackd_arg_flag(const struct slackd_call *call, const char *name)
{
    const json_t *value = json_object_get(call->args, name);
    const char *text = json_string_value(value);
    return json_is_true(value) || json_integer_value(value) == 1 ||
           (text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0));
}

int64_t slackd_arg_number(const struct slackd_call *call, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(call->args, name);
    const char *text = json_string_value(value);
    char *end = NULL;
    long long number = text ? strtoll(text, &end, 10) : 0;
    if (text && *text && *end == '\0')
        return number;
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

json_t *slackd_arg_json(const struct slackd_call *call, const char *name, bool *bad)
{
    json_t *value = json_object_get(call->args, name);
    *bad = false;
    if (!json_is_string(value))
        return json_is_null(value) ? NULL : value;
    if (json_string_length(value) == 0)
        return NULL;
    json_t *read = json_loadb(json_string_value(value), json_string_length(value), 0, NULL);
    *bad = !read;
    if (read)
        json_object_set_new(call->args, name, read);
    return read;
}

/* ---- rates ---- */

/* 0 and one call is taken, or the seconds until there is one again. */
int slackd_bucket_wait(struct slackd_bucket *b, double burst, double a_minute)
{
    int64_t now = sandbox_monotonic_ms();
    double filled = b->at_ms ? b->tokens + (double)(now - b->at_ms) * a_minute / 60000.0 : burst;
    b->tokens = fmin(filled, burst);
    b->at_ms = now;
    if (b->tokens < 1)
        return (int)ceil((1 - b->tokens) * 60.0 / a_minute);
    b->tokens -= 1;
    return 0;
}

int slackd_channel_wait(struct slackd *s, const char *channel)
{
    size_t i = 0;
    while (i + 1 < SLACKD_CHANNEL_BUCKETS && s->channel_buckets[i].channel[0] &&
           !sandbox_same(s->channel_buckets[i].channel, channel))
        i++;
    snprintf(s->channel_buckets[i].channel, sizeof s->channel_buckets[i].channel, "%s", channel);
    return s->rate_limits ? slackd_bucket_wait(&s->channel_buckets[i].bucket, s->burst, 60) : 0;
}
