/* SPDX-License-Identifier: Apache-2.0 */
/* root-users: which accounts have a root user that somebody could act as. What it comes to is said
   to whoever asks alone, when all were asked (core/rootusers.h). */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"
#include "core/rich.h"
#include "core/rootusers.h"

#include <inttypes.h>

static bool root_users_read(const struct desk *desk, struct words *words, struct request *request,
                            struct err *err)
{
    (void)desk;
    request->full = words_take(words, "full");
    return parts_read_end(words, err);
}

static unsigned root_users_needs(const struct desk *desk, const struct request *r)
{
    (void)desk, (void)r;
    return SURVEY_ROSTER | SURVEY_ACCOUNT;
}

static bool root_users_decide(const struct desk *desk, const struct asker *asker,
                              const struct request *r, struct verdict *v)
{
    (void)r;
    if (desk->can_run)
        return false;
    dialogue_answer(v, asker->event,
                    "I cannot look at root users: [aws] is not configured; whoever runs reguard "
                    "can do that.");
    return true;
}

/* One look at a time, whoever asks: it is the same for all of them. */
static const char *under_way(const struct desk *desk, struct verdict *v)
{
    const struct rootusers *r = &desk->rootusers;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_addf(&b, "I look at the root users already, for %s since ", r->by.name);
    rich_add_time(&b, r->asked_ms);
    buf_add(&b, r->of ? ", and have asked about " : "");
    rootusers_add_progress(&b, desk);
    buf_addf(&b, ". Ask again when that is over: what was found lately is not asked twice.");
    return arena_copy(v->arena, buf_text(&b));
}

static void root_users_settle(const struct desk *desk, const struct inquiry *q,
                              const struct findings *found, struct verdict *v)
{
    const char *said = parts_admin_refusal(desk, found, v->arena);
    int64_t count = found->survey->member_count;
    if (!said && !(found->survey->read & SURVEY_ACCOUNT))
        said = verdict_text(v, "Not done: I could not read which accounts there are (%s).",
                            str_or_empty(found->survey->failure));
    if (!said && rootusers_is_under_way(desk))
        said = under_way(desk, v);
    if (!said) {
        rootusers_ask(count, q->request.full, v);
        said = verdict_text(
            v,
            "I look at the root user of each account now (about %" PRId64
            "), and write to you alone when I know; with thousands of them that takes a quarter "
            "of an hour. `%s root-users` tells how far I am. Nothing is changed by it.",
            count, desk->policy->command_word);
    }
    inquiry_answer(q, said, v);
}

const struct command command_root_users = {
    .name = "root-users",
    .usage = "root-users [full]",
    .summary = "which accounts have usable root credentials; full: as a file, too",
    .example = "root-users",
    .gates = GATE_MAPPED | GATE_ANYWHERE | GATE_COUNTS | GATE_AT_AWS,
    .read = root_users_read,
    .needs = root_users_needs,
    .decide = root_users_decide,
    .settle = root_users_settle,
};
