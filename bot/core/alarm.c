/* SPDX-License-Identifier: Apache-2.0 */
#include "core/alarm.h"
#include "core/audience.h"
#include "core/desk.h"
#include "core/guardrail.h"
#include "core/rich.h"

ms_t alarm_next_ms(const struct desk *desk, ms_t since_ms, int told)
{
    return ms_plus(since_ms, durations_step_ms(&desk->policy->remind_overdue, told));
}

int64_t alarm_due(const struct desk *desk, ms_t since_ms, int told, struct verdict *v)
{
    if (!desk_reaches_people(desk) || !verdict_due(v, alarm_next_ms(desk, since_ms, told)))
        return 0;
    int64_t reached = durations_reached(&desk->policy->remind_overdue, v->turn.now_ms - since_ms);
    return reached > told ? reached : (int64_t)told + 1;
}

void alarm_add_guardrail(const struct desk *desk, struct buf *b)
{
    enum watch now = guardrail_now(desk);
    if (now == WATCH_UNKNOWN) {
        buf_add(b, "I cannot read yet whether root protection is ON.");
    } else {
        buf_addf(b, "Root protection is %s by my last look, ", watch_word(now));
        rich_add_time(b, desk->guardrail.seen_from_ms);
        buf_add_char(b, '.');
    }
    buf_addf(b,
             " I go on watching it; `%s restore` here and `reguard restore` on my host restore it.",
             desk->policy->command_word);
}

static void add_next(ms_t next_ms, struct buf *b)
{
    if (next_ms == MS_NEVER)
        return;
    buf_add(b, " I repeat this ");
    rich_add_time(b, next_ms);
    buf_add_char(b, '.');
}

static const char *say(const struct buf *b, bool alarm, struct verdict *v)
{
    const char *text = arena_copy(v->arena, buf_text(b));
    struct message *say = &verdict_effect(v, EFFECT_SAY)->say;
    *say = message_saying(MESSAGE_POST, text);
    say->alarm = alarm;
    return text;
}

/* Where the channel takes no posts. */
static void say_alone(const struct desk *desk, const char *text, struct verdict *v)
{
    struct message m = message_saying(MESSAGE_DIRECT, text);
    m.alarm = true;
    if (desk_reaches_people(desk))
        audience_alone(desk, &m, false, v);
}

void alarm_say(const struct buf *b, struct verdict *v) { say(b, false, v); }

void alarm_is_over(const struct desk *desk, const struct buf *b, struct verdict *v)
{
    say_alone(desk, say(b, false, v), v);
}

void alarm_sound(const struct desk *desk, const struct buf *b, ms_t next_ms, struct verdict *v)
{
    CLEANUP(buf_done) struct buf post, alone;
    buf_init(&post, LIMIT_SAYING_BYTES);
    buf_init(&alone, LIMIT_SAYING_BYTES);
    buf_add(&post, buf_text(b));
    buf_add(&alone, buf_text(b));
    audience_mention(desk, &post);
    add_next(next_ms, &post);
    add_next(next_ms, &alone);
    say(&post, true, v);
    say_alone(desk, arena_copy(v->arena, buf_text(&alone)), v);
}
