/* SPDX-License-Identifier: Apache-2.0 */
#include "core/answer.h"

static struct effect_answer answer_to(const struct event *e, const char *text)
{
    return (struct effect_answer){ .person_id = e->actor.id,
                                   .thread_id = e->thread_id,
                                   .reply_url = e->reply_url,
                                   .direct = e->place == PLACE_DIRECT,
                                   .event_id = e->id,
                                   .text = text };
}

void dialogue_answer(struct verdict *v, const struct event *e, const char *text)
{
    struct effect *answer = verdict_effect(v, EFFECT_ANSWER);
    answer->chat = e->chat;
    answer->answer = answer_to(e, text);
}

void dialogue_form(struct verdict *v, const struct event *e, const struct effect_form *form,
                   const char *otherwise)
{
    if (!e->trigger && !form->view) {
        dialogue_answer(v, e, otherwise);
        return;
    }
    struct effect *effect = verdict_effect(v, EFFECT_FORM);
    effect->chat = e->chat;
    effect->form = *form;
    effect->form.trigger = e->trigger;
    effect->form.otherwise = answer_to(e, otherwise);
}

static bool can_stay(const struct event *e)
{
    return e->kind == EVENT_SUBMITTED && e->submitted.view;
}

static struct effect_form *reply_to(struct verdict *v, const struct event *e)
{
    for (size_t i = 0; i < v->effect_count; i++)
        if (v->effects[i].kind == EFFECT_REPLY)
            return &v->effects[i].form;
    struct effect *effect = verdict_effect(v, EFFECT_REPLY);
    effect->chat = e->chat;
    effect->form = (struct effect_form){ .form = e->submitted.form, .problem = "" };
    return &effect->form;
}

bool dialogue_fault(struct verdict *v, const struct event *e, unsigned field, const char *text)
{
    if (!can_stay(e))
        return false;
    struct effect_form *f = reply_to(v, e);
    if (f->fault_count < FORM_FAULTS)
        f->faults[f->fault_count++] = (struct form_fault){ field, text };
    return true;
}

bool dialogue_faultless(struct verdict *v, const struct event *e, const struct form_fault *faults,
                        size_t count)
{
    bool shown = false;
    for (size_t i = 0; i < count; i++)
        shown |= faults[i].text && dialogue_fault(v, e, faults[i].field, faults[i].text);
    return !shown;
}

void dialogue_redraw(struct verdict *v, const struct event *e, const struct effect_form *form)
{
    *reply_to(v, e) = *form;
}

void dialogue_checks(struct verdict *v, const struct event *e)
{
    if (can_stay(e))
        reply_to(v, e)->stage = FORM_CHECKS;
}
