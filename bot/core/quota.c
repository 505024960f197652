/* SPDX-License-Identifier: Apache-2.0 */
#include "core/quota.h"
#include "core/command.h"
#include "core/desk.h"
#include "core/rich.h"

static bool is_over(const struct quota *q, ms_t now_ms) { return now_ms - q->since_ms >= QUOTA_MS; }

static const struct quota *quota_of(const struct desk *desk, const char *key, ms_t now_ms)
{
    for (size_t i = 0; i < COUNT(desk->quotas) && desk->quotas[i].key[0]; i++)
        if (str_equal(desk->quotas[i].key, key))
            return is_over(&desk->quotas[i], now_ms) ? NULL : &desk->quotas[i];
    return NULL;
}

/* NULL while it is not. */
static const struct quota *reached(const struct desk *desk, const char *key, ms_t now_ms)
{
    const struct quota *q = quota_of(desk, key, now_ms);
    return q && q->count >= desk->policy->acts_per_day ? q : NULL;
}

bool quota_is_reached(const struct desk *desk, const char *key, ms_t now_ms)
{
    return reached(desk, key, now_ms) != NULL;
}

const char *quota_refusal(const struct desk *desk, const struct command *command, const char *key,
                          struct verdict *v)
{
    const char *word = desk->policy->command_word;
    const struct quota *q = reached(desk, key, v->turn.now_ms);
    if (!(command->gates & GATE_COUNTS) || !q)
        return NULL;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_addf(&b, "Not done: you have asked for, approved and answered %d things since ", q->count);
    rich_add_time(&b, q->since_ms);
    buf_add(&b, ". That is as many as one person may in 24 hours (acts_per_day), so that nobody "
                "fills my disk. You can again from ");
    rich_add_time(&b, q->since_ms + QUOTA_MS);
    buf_addf(&b,
             " on; another Admin can do it now. `%s restore`, `%s withdraw` and `%s decline` work "
             "as ever. I changed nothing.",
             word, word, word);
    return arena_copy(v->arena, buf_text(&b));
}

/* Places are as many as people. When the list has changed since, the one that began first gives
   way. */
static struct quota *place_for(struct desk *desk, const char *key)
{
    struct quota *oldest = &desk->quotas[0];
    for (size_t i = 0; i < COUNT(desk->quotas); i++) {
        struct quota *q = &desk->quotas[i];
        if (!q->key[0] || str_equal(q->key, key))
            return q;
        if (q->since_ms < oldest->since_ms)
            oldest = q;
    }
    return oldest;
}

void quota_apply(struct desk *desk, const struct fact *f)
{
    const char *key = str_or_empty(f->actor.key);
    if (!key[0])
        return;
    struct quota *q = place_for(desk, key);
    if (!str_equal(q->key, key) || is_over(q, f->at_ms)) {
        *q = (struct quota){ .since_ms = f->at_ms };
        STR_SET(q->key, key);
    }
    q->count += q->count < INT32_MAX;
}
