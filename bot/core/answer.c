#include "core/answer.h"

static struct effect_answer answer_to(const struct event *e, const char *text)
{
    return (struct effect_answer){ .person_id = e->actor.id,
                                   .thread_id = e->thread_id,
                                   .reply_url = e->reply_url,
                                   .direct = e->place == PLACE_DIRECT,
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
    if (!e->trigger) {
        dialogue_answer(v, e, otherwise);
        return;
    }
    struct effect *effect = verdict_effect(v, EFFECT_FORM);
    effect->chat = e->chat;
    effect->form = *form;
    effect->form.trigger = e->trigger;
    effect->form.otherwise = answer_to(e, otherwise);
}
