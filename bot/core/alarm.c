#include "core/alarm.h"
#include "core/desk.h"
#include "core/guardrail.h"
#include "core/rich.h"

ms_t alarm_next_ms(const struct desk *desk, ms_t since_ms, int told)
{
    return ms_plus(since_ms, durations_step_ms(&desk->policy->remind_overdue, told));
}

int64_t alarm_due(const struct desk *desk, ms_t since_ms, int told, struct verdict *v)
{
    if (!desk_chat_is_up(desk) || !verdict_due(v, alarm_next_ms(desk, since_ms, told)))
        return 0;
    int64_t reached = durations_reached(&desk->policy->remind_overdue, v->turn.now_ms - since_ms);
    return reached > told ? reached : (int64_t)told + 1;
}

void alarm_add_guardrail(const struct desk *desk, struct buf *b)
{
    enum watch now = guardrail_now(desk);
    if (now == WATCH_UNKNOWN) {
        buf_add(b, "Whether the guardrail is on I cannot tell yet.");
    } else {
        buf_addf(b, "The guardrail is %s by my last look, ", now == WATCH_ON ? "on" : "OFF");
        rich_add_time(b, desk->guardrail.seen_from_ms);
        buf_add_char(b, '.');
    }
    buf_addf(b,
             " I go on watching it, and `%s done`, `%s put-back` and `reguard restore` on my host "
             "put it back.",
             desk->policy->command_word, desk->policy->command_word);
}

void alarm_add_next(ms_t next_ms, struct buf *b)
{
    if (next_ms == MS_NEVER)
        return;
    buf_add(b, " Next reminder ");
    rich_add_time(b, next_ms);
    buf_add_char(b, '.');
}

void alarm_say(const struct buf *b, bool alarm, struct verdict *v)
{
    const char *text = arena_copy(v->arena, buf_text(b));
    struct message *say = &verdict_effect(v, EFFECT_SAY)->say;
    *say = message_saying(MESSAGE_POST, text);
    say->alarm = alarm;
}
