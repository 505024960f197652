/* SPDX-License-Identifier: Apache-2.0 */
#include "core/desk.h"

#include <string.h>

void desk_init(struct desk *desk)
{
    /* In its place: a desk is megabytes, and a copy on the stack may not fit. */
    memset(desk, 0, sizeof *desk);
    desk->guardrail.seen = WATCH_UNKNOWN;
}

/* ---- what is lent, and what is kept beside the journal ---- */

void desk_use_rules(struct desk *desk, const struct policy *policy, const struct people *people)
{
    desk->policy = policy;
    desk->people = people;
    desk->due_ms = 0;
}

void desk_use_commands(struct desk *desk, const struct command *const *commands, size_t count)
{
    desk->commands = commands;
    desk->command_count = count;
}

void desk_use_venues(struct desk *desk, const struct venues *venues) { desk->venues = *venues; }

void desk_use_codes(struct desk *desk,
                    void (*mark)(const void *key, const char *code, char ret_mark[CODEMARK_BYTES]),
                    const void *key)
{
    desk->mark_code = mark;
    desk->code_key = key;
}

void desk_use_mail(struct desk *desk, bool can_mail) { desk->can_mail = can_mail; }

void desk_use_errands(struct desk *desk, bool can_run) { desk->can_run = can_run; }

void desk_begin_steps(struct desk *desk, uint64_t steps) { desk->steps = steps; }

void desk_note_record(struct desk *desk, uint64_t record, const char *hash)
{
    desk->record = record;
    STR_SET(desk->record_hash, hash);
}

void desk_skip_numbers(struct desk *desk, int64_t last)
{
    if (last > desk->last_case && last <= UINT32_MAX)
        desk->last_case = (uint32_t)last;
}

void desk_know_records(struct desk *desk, const char *store, ms_t born_ms, const char *accepted,
                       ms_t accepted_ms)
{
    desk->born_ms = born_ms;
    STR_SET(desk->doubt.store, store);
    STR_SET(desk->doubt.accepted, accepted);
    desk->doubt.accepted_ms = accepted_ms;
}

/* ---- looking things up ---- */

/* Its place; case_count when it is not there. */
static size_t case_at(const struct desk *desk, uint32_t no)
{
    size_t i = 0;
    while (i < desk->case_count && (!no || desk->cases[i].no != no))
        i++;
    return i;
}

const struct casefile *desk_case_const(const struct desk *desk, uint32_t no)
{
    size_t i = case_at(desk, no);
    return i < desk->case_count ? &desk->cases[i] : NULL;
}

struct casefile *desk_case(struct desk *desk, uint32_t no)
{
    size_t i = case_at(desk, no);
    return i < desk->case_count ? &desk->cases[i] : NULL;
}

const struct casefile *desk_case_by_handle(const struct desk *desk, const char *handle)
{
    for (size_t i = 0; handle && handle[0] && i < desk->case_count; i++)
        if (str_equal(desk->cases[i].handle, handle))
            return &desk->cases[i];
    return NULL;
}

size_t desk_count(const struct desk *desk, enum case_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < desk->case_count; i++)
        n += desk->cases[i].state == state;
    return n;
}

const struct casefile *desk_outside_case(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (desk->cases[i].state == CASE_OUTSIDE)
            return &desk->cases[i];
    return NULL;
}

bool desk_chat_is_up(const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].up)
            return true;
    return false;
}

bool desk_is_settled(const struct desk *desk)
{
    return desk->case_count == 0 && desk->guardrail.phase == CHANGE_NONE && !doubt_stands(desk) &&
           !twin_stands(desk) && !desk->rootuse.blind && !desk->rootusers.by.key[0];
}

bool desk_is_quiet(const struct desk *desk) { return desk_is_settled(desk) && !desk->review.due; }

void desk_copy(struct desk *to, const struct desk *from)
{
    memcpy(to, from, offsetof(struct desk, cases));
    memcpy(to->cases, from->cases, from->case_count * sizeof from->cases[0]);
    to->case_count = from->case_count;
    memcpy(to->inquiries, from->inquiries, from->inquiry_count * sizeof from->inquiries[0]);
    memcpy(to->looks, from->looks, from->look_count * sizeof from->looks[0]);
    to->look_count = from->look_count;
    size_t rest = offsetof(struct desk, inquiry_count);
    memcpy((char *)to + rest, (const char *)from + rest, offsetof(struct desk, talkers) - rest);
}

static size_t chat_at(const struct desk *desk, const char *name)
{
    size_t i = 0;
    while (i < desk->chat_count && !str_equal(desk->chats[i].name, name))
        i++;
    return i;
}

const struct chat_state *desk_chat(const struct desk *desk, const char *name)
{
    size_t i = chat_at(desk, name);
    return i < desk->chat_count ? &desk->chats[i] : NULL;
}

struct chat_state *desk_chat_of(struct desk *desk, const char *name)
{
    size_t i = chat_at(desk, name);
    return i < desk->chat_count ? &desk->chats[i] : NULL;
}

bool desk_takes_posts(const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].up && !desk->chats[i].closed)
            return true;
    return false;
}

bool desk_reaches_people(const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].up || desk->chats[i].direct)
            return true;
    return false;
}

/* ---- whether the records can be believed ---- */

const struct twin *twin_standing(const struct desk *desk, bool earlier)
{
    const struct twins *t = &desk->twins;
    for (size_t i = 0; i < t->count; i++)
        if (t->all[i].stands && (t->all[i].earlier || !earlier))
            return &t->all[i];
    return NULL;
}

bool twin_bars(const struct desk *desk) { return twin_standing(desk, true) != NULL; }
bool twin_stands(const struct desk *desk) { return twin_standing(desk, false) != NULL; }

bool doubt_stands(const struct desk *desk)
{
    return desk->doubt.stands || desk->loss.stands || twin_bars(desk);
}

bool doubt_bars(const struct desk *desk)
{
    return doubt_stands(desk) || !sight_of_all(desk) || !hearing_of_all(desk);
}

bool hearing_of_all(const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].up && !desk->chats[i].refused && desk->chats[i].hearing.behind)
            return false;
    return true;
}

bool sight_of(const struct chat_state *chat, ms_t since_ms)
{
    return chat->sight.looked_ms && chat->sight.looked_ms >= ms_max(chat->since_ms, since_ms);
}

bool sight_since(const struct desk *desk, ms_t since_ms)
{
    bool any = false;
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (chat->up && !sight_of(chat, since_ms))
            return false;
        any |= chat->up;
    }
    return any;
}

bool sight_of_all(const struct desk *desk) { return sight_since(desk, 0); }
