/* SPDX-License-Identifier: Apache-2.0 */
#include "core/casefile.h"

#define NAME(name, text) text,
const char *const case_state_names[CASE_STATE_COUNT] = { CASE_STATES(NAME) };

bool case_is_open(const struct casefile *c) { return c->state <= CASE_OUTSIDE; }

bool case_is_errand(const struct casefile *c) { return c->target[0] != '\0'; }

bool case_can_be_ended(const struct casefile *c)
{
    return c->state == CASE_LIFTED || c->state == CASE_RESTORING || c->state == CASE_OUTSIDE;
}

bool case_is_down(const struct casefile *c)
{
    switch (c->state) {
    case CASE_LIFTED:
    case CASE_RESTORING:
    case CASE_RELEASED:
    case CASE_OUTSIDE: return true;
    case CASE_WAITING:
    case CASE_RUNNING:
    case CASE_LIFTING:
    case CASE_RESTORED:
    case CASE_DECLINED:
    case CASE_WITHDRAWN:
    case CASE_EXPIRED:
    case CASE_REFUSED:
    case CASE_FAILED:
    case CASE_RAN:
    case CASE_NOT_RUN: return false;
    }
    return false;
}

bool case_is_nobodys(const struct casefile *c) { return c->requester.user[0] == '\0'; }

bool case_is_at_aws(const struct casefile *c)
{
    return c->state == CASE_RUNNING || c->recovery == RECOVERY_BEGUN;
}

bool case_was_stopped(const struct casefile *c)
{
    return c->state == CASE_FAILED && c->ended_ms && c->ended_by.chat[0];
}

/* The end of the window began the restore by itself; the alarm waits for as long as a restore may
   well take, which ends with a word of trouble. */
static bool only_just_over(const struct casefile *c)
{
    bool by_itself = c->ended_by.chat[0] == '\0' && c->deadline_ms && c->ended_ms >= c->deadline_ms;
    return by_itself && !c->trouble_ms && c->overdue_reminders == 0;
}

ms_t case_due_ms(const struct casefile *c)
{
    switch (c->state) {
    case CASE_LIFTED: return c->deadline_ms;
    case CASE_OUTSIDE: return c->asked_ms;
    case CASE_RESTORING: {
        if (only_just_over(c))
            return MS_NEVER;
        ms_t found = case_is_nobodys(c) ? c->asked_ms : MS_NEVER,
             deadline = c->deadline_ms ? c->deadline_ms : found;
        return c->trouble_ms ? ms_min(deadline, c->trouble_ms) : deadline;
    }
    case CASE_RELEASED:
    case CASE_WAITING:
    case CASE_RUNNING:
    case CASE_LIFTING:
    case CASE_RESTORED:
    case CASE_DECLINED:
    case CASE_WITHDRAWN:
    case CASE_EXPIRED:
    case CASE_REFUSED:
    case CASE_FAILED:
    case CASE_RAN:
    case CASE_NOT_RUN: return MS_NEVER;
    }
    return MS_NEVER;
}

ms_t case_overdue_ms(const struct casefile *c)
{
    bool has_end = c->deadline_ms || c->trouble_ms; /* what was found lifted has none */
    bool ours = c->state == CASE_LIFTED || c->state == CASE_RESTORING;
    return !ours || !has_end ? MS_NEVER : c->deadline_ms ? case_due_ms(c) : c->trouble_ms;
}

ms_t case_window_from_ms(const struct casefile *c)
{
    return c->found_ms ? c->found_ms : c->lifting_ms;
}

ms_t case_down_since_ms(const struct casefile *c)
{
    return c->found_ms ? c->found_ms : c->lifted_ms;
}

bool case_is_overdue(const struct casefile *c, ms_t now_ms) { return now_ms >= case_overdue_ms(c); }

ms_t case_would_end_ms(const struct casefile *c, ms_t from_ms)
{
    ms_t end_ms = ms_plus(from_ms, c->window_ms);
    return c->until_ms ? ms_min(end_ms, c->until_ms) : end_ms;
}

ms_t case_may_grow_ms(const struct casefile *c, const struct policy *policy, ms_t now_ms)
{
    return c->lifted_ms + policy->max_window - ms_max(c->deadline_ms, now_ms);
}

const char *case_state_words(const struct casefile *c)
{
    static const char *const words[CASE_STATE_COUNT] = { "waits for an approval",
                                                         "is approved and being done",
                                                         "is approved and being lifted",
                                                         "is open",
                                                         "is being restored",
                                                         "is done, while another window is open",
                                                         "was found OFF, switched outside reguard",
                                                         "is restored",
                                                         "was declined",
                                                         "was withdrawn",
                                                         "has expired",
                                                         "was refused",
                                                         "has failed",
                                                         "is done and verified",
                                                         "was not done" };
    return words[c->state];
}

const char *case_how_it_ended(const struct casefile *c, struct arena *arena)
{
    size_t count;
    const struct party *parties = case_approvals(c, &count);
    if (count && (c->state == CASE_LIFTING || c->state == CASE_LIFTED || c->state == CASE_RUNNING))
        return arena_printf(arena, "was already approved by %s", parties[0].name);
    return case_state_words(c);
}

bool case_asks_itself(const struct casefile *c)
{
    return c->question.kind == QUESTION_WINDOW || c->question.kind == QUESTION_ERRAND;
}

const struct party *case_approvals(const struct casefile *c, size_t *ret_count)
{
    bool asked_now = case_asks_itself(c);
    *ret_count = asked_now ? c->question.approval_count : c->approval_count;
    return asked_now ? c->question.approvals : c->approvals;
}

bool party_is(const struct party *party, const char *user_id)
{
    return party->user[0] && str_equal(party->user, user_id);
}

bool parties_have(const struct party *parties, size_t count, const char *user_id)
{
    for (size_t i = 0; i < count; i++)
        if (party_is(&parties[i], user_id))
            return true;
    return false;
}

static const struct {
    enum approve_way way;
    const char *name;
} ways[] = {
    { APPROVE_BY_REACTION, "reaction" },
    { APPROVE_BY_BUTTON, "button" },
    { APPROVE_BY_COMMAND, "command" },
};

const char *approve_way_name(enum approve_way way)
{
    for (size_t i = 0; i < COUNT(ways); i++)
        if (ways[i].way == way)
            return ways[i].name;
    return "command";
}

void party_set(struct party *party, const struct fact *f, const char *way)
{
    const struct fact_actor *actor = &f->actor;
    *party = (struct party){ .way = APPROVE_BY_COMMAND, .since_ms = f->at_ms };
    party->recovers = f->kind == FACT_APPROVED && f->recovers;
    STR_SET(party->user, actor->user);
    STR_SET(party->key, actor->key);
    STR_SET(party->name, actor->name);
    STR_SET(party->chat, actor->chat);
    STR_SET(party->chat_id, actor->id);
    for (size_t i = 0; i < COUNT(ways); i++)
        if (str_equal(ways[i].name, way))
            party->way = ways[i].way;
}

size_t case_users(const struct casefile *c, const char *ret_ids[CASE_USERS])
{
    size_t n = 0;
    ret_ids[n++] = c->requester.user;
    ret_ids[n++] = c->question.by.user;
    ret_ids[n++] = c->ended_by.user;
    for (size_t i = 0; i < c->approval_count; i++)
        ret_ids[n++] = c->approvals[i].user;
    for (size_t i = 0; i < c->question.approval_count; i++)
        ret_ids[n++] = c->question.approvals[i].user;
    return n;
}
