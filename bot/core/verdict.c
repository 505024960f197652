/* SPDX-License-Identifier: Apache-2.0 */
#include "core/verdict.h"
#include "core/encode.h"

void verdict_init(struct verdict *v, struct arena *arena, struct turn turn, uint64_t step)
{
    v->arena = arena;
    v->turn = turn;
    v->step = step;
    v->actor = (struct fact_actor){ 0 };
    v->source = (struct fact_source){ 0 };
    v->fact_count = v->effect_count = v->facts_before = v->effects_before = 0;
    v->next_ms = MS_NEVER;
    v->overflow = v->unremarked = false;
}

void verdict_by_operator(struct verdict *v)
{
    v->actor = (struct fact_actor){
        .user = "", .chat = "console", .id = "operator", .name = "the operator's console", .key = ""
    };
}

struct fact *verdict_fact(struct verdict *v, enum fact_kind kind, uint32_t case_no)
{
    if (v->fact_count == COUNT(v->facts)) {
        v->overflow = true;
        return arena_take(v->arena, sizeof(struct fact));
    }
    struct fact *fact = &v->facts[v->fact_count++];
    *fact = (struct fact){ .kind = kind,
                           .at_ms = v->turn.now_ms,
                           .case_no = case_no,
                           .actor = v->actor,
                           .source = v->source };
    return fact;
}

bool verdict_due(struct verdict *v, ms_t at)
{
    if (v->turn.now_ms >= at)
        return true;
    v->next_ms = ms_min(v->next_ms, at);
    return false;
}

bool verdict_has_room(const struct verdict *v)
{
    return v->facts_before + v->fact_count < LIMIT_VERDICT_FACTS / 2 &&
           v->effects_before + v->effect_count + 2 * v->fact_count <
               LIMIT_VERDICT_EFFECTS - 4 * LIMIT_ALARMED;
}

struct effect *verdict_effect(struct verdict *v, enum effect_kind kind)
{
    if (v->effect_count == COUNT(v->effects)) {
        v->overflow = true;
        return arena_take(v->arena, sizeof(struct effect));
    }
    struct effect *effect = &v->effects[v->effect_count++];
    *effect = (struct effect){ .kind = kind,
                               .id = v->step * LIMIT_VERDICT_EFFECTS + v->effect_count };
    return effect;
}

const char *verdict_handle(struct verdict *v, size_t entropy_at)
{
    unsigned char bytes[16];
    char *handle = arena_take(v->arena, 33);
    for (size_t i = 0; i < 16; i++) {
        /* The round makes it another one where a turn needs two. */
        unsigned round = i < 8 ? (unsigned)(v->step >> 8 * i) & 0xff : 0;
        bytes[i] = (unsigned char)(v->turn.entropy[entropy_at + i] ^ round);
    }
    encode_hex(bytes, sizeof bytes, handle);
    return handle;
}
