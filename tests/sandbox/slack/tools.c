/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that all of Slack's half uses. */
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/timers.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void slackd_random_uuid(char to[SLACKD_ID])
{
    unsigned char b[16];
    if (RAND_bytes(b, sizeof b) != 1)
        abort();
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(to, SLACKD_ID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

void slackd_next_ts(struct slackd *s, char to[32])
{
    int64_t now = sandbox_utc_ms() * 1000;
    s->last_ts_us = now > s->last_ts_us ? now : s->last_ts_us + 1;
    snprintf(to, 32, "%" PRId64 ".%06" PRId64, s->last_ts_us / 1000000, s->last_ts_us % 1000000);
}

size_t slackd_characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8; utf8++)
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return count;
}

void slackd_keep_private(json_t *list, json_t *entry_new)
{
    if (json_array_size(list) >= SLACKD_PRIVATE_MOST)
        json_array_remove(list, 0);
    json_array_append_new(list, entry_new);
}

void slackd_refuse(struct web_reply *reply, int status, const char *sentence)
{
    web_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

void slackd_merge(json_t *into, json_t *change)
{
    const char *key;
    json_t *value;
    json_object_foreach(change, key, value)
    {
        if (json_is_null(value))
            json_object_del(into, key);
        else
            json_object_set(into, key, value);
    }
}
