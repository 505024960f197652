/* SPDX-License-Identifier: Apache-2.0 */
#include "core/guardrail.h"
#include "core/desk.h"
#include "core/flags.h"

const char *watch_name(enum watch watch)
{
    static const char *const names[] = { "unknown", "on", "off" };
    return names[watch];
}

const char *watch_word(enum watch watch)
{
    static const char *const words[] = { "unknown", "ON", "OFF" };
    return words[watch];
}

enum watch watch_named(const char *name)
{
    return str_equal(name, "on") ? WATCH_ON : str_equal(name, "off") ? WATCH_OFF : WATCH_UNKNOWN;
}

/* ---- what is wanted and known ---- */

enum watch guardrail_wanted(const struct desk *desk)
{
    if (desk_count(desk, CASE_LIFTED))
        return WATCH_OFF;
    if (desk_count(desk, CASE_RESTORING))
        return WATCH_ON;
    return desk_count(desk, CASE_LIFTING) ? WATCH_OFF : WATCH_ON;
}

/* What the last read says, when it could be read and that read was asked for after both that
   instant and our newest change; else unknown. */
static enum watch seen_since(const struct desk *desk, ms_t since_ms)
{
    const struct guardrail *g = &desk->guardrail;
    return g->seen_from_ms >= ms_max(since_ms, g->touched_ms) ? g->seen : WATCH_UNKNOWN;
}

enum watch guardrail_now(const struct desk *desk) { return seen_since(desk, 0); }

const char *guardrail_why_unknown(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return g->seen != WATCH_UNKNOWN ? "not read since my own change"
           : g->why_unknown[0]      ? g->why_unknown
                                    : "not read yet";
}

ms_t guardrail_checked_ms(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return g->known == WATCH_UNKNOWN ? 0 : g->known_ms;
}

enum watch guardrail_proof(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return g->proved_ms >= g->touched_ms ? g->proved : WATCH_UNKNOWN;
}

void guardrail_fail_lift(const struct desk *desk, const struct casefile *c, const char *why,
                         struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    enum watch says = seen_since(desk, c->lifting_ms);
    struct fact *f = verdict_fact(v, FACT_FAILED, c->no);
    f->text = why;
    f->verb = watch_name(says);
    f->since_ms = says == WATCH_UNKNOWN ? 0 : g->seen_from_ms;
}

enum watch guardrail_agreed(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    bool changing = g->phase == CHANGE_BEGUN || g->phase == CHANGE_FOLLOWING;
    bool long_enough = g->reads >= 2 &&
                       g->read_ms - g->agreeing_since_ms >= desk->policy->verify_gap;
    return !changing && long_enough ? g->agreeing : WATCH_UNKNOWN;
}

const struct casefile *guardrail_lifting(const struct desk *desk)
{
    const struct casefile *first = NULL;
    for (size_t i = 0; i < desk->case_count; i++)
        if (desk->cases[i].state == CASE_LIFTING && (!first || desk->cases[i].no < first->no))
            first = &desk->cases[i];
    return first;
}

bool guardrail_is_lowered(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_down(&desk->cases[i]) ||
            (desk->cases[i].state == CASE_LIFTING && desk->cases[i].change_begun))
            return true;
    return false;
}

ms_t guardrail_found_off_ms(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    bool off = g->agreeing == WATCH_OFF && g->phase == CHANGE_NONE && !guardrail_is_lowered(desk);
    return off ? g->agreeing_since_ms : 0;
}

bool guardrail_is_ours(const struct policy *policy, const struct survey *s)
{
    return (s->read & SURVEY_GUARDRAIL) &&
           str_equal_nocase(s->document_organisation_id, policy->organisation);
}

enum watch guardrail_judge(const struct policy *policy, const struct survey *s, struct arena *arena,
                           const char **ret_why)
{
    bool healthy = s->service_status == SERVICE_ACTIVE || s->service_status == SERVICE_CONFIGURING;
    *ret_why = "";
    if (!(s->read & SURVEY_GUARDRAIL))
        *ret_why = s->failure ? s->failure
                              : arena_printf(arena, "%s did not answer", policy->provider->title);
    else if (!guardrail_is_ours(policy, s))
        *ret_why = arena_printf(arena, "%s answered for another organisation",
                                policy->provider->title);
    else if (!healthy)
        *ret_why = arena_printf(
            arena, "%s reports the service of its guardrails as not active or in error",
            policy->provider->title);
    else if (flags_root(policy->provider, s->flags) == FLAG_ABSENT)
        *ret_why = arena_printf(arena, "the document does not name %s", policy->provider->key_name);
    else if (flags_root(policy->provider, s->flags) == FLAG_OFF)
        return WATCH_OFF;
    else if (!s->enabled)
        *ret_why = arena_printf(arena, "%s does not say that its guardrails are enabled",
                                policy->provider->title);
    else if (str_or_empty(s->exclusions)[0])
        *ret_why = arena_printf(arena, "somebody is excluded from the guardrails (%s)",
                                s->exclusions);
    else
        return WATCH_ON;
    return WATCH_UNKNOWN;
}

const char *guardrail_why_refused(const struct desk *desk, struct arena *arena)
{
    const struct guardrail *g = &desk->guardrail;
    const char *provider = desk->policy->provider->title;
    switch (g->refused_status) {
    case 409: return arena_printf(arena, "%s is busy with another change (409)", provider);
    case 429: return arena_printf(arena, "%s asks me to make fewer calls (429)", provider);
    default:
        return arena_printf(arena, "the change could not be made yet (%s)",
                            g->refused_why[0] ? g->refused_why : "no answer");
    }
}
