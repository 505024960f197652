#include "core/outage.h"
#include "core/rich.h"

static const ms_t TOLD_AFTER_MS = MS_MINUTE;

bool outage_is(const struct chat_state *chat) { return !chat->up || chat->refused; }

static const char *title_of(const char *chat)
{
    return str_equal(chat, "slack") ? "Slack" : "the Matrix room";
}

const char *outage_refusal(const struct desk *desk, const struct command *command, const char *chat,
                           struct verdict *v)
{
    const struct chat_state *c = NULL;
    for (size_t i = 0; i < desk->chat_count; i++)
        if (str_equal(desk->chats[i].name, chat))
            c = &desk->chats[i];
    if (!(command->gates & GATE_LOWERS) || !c || !c->refused)
        return NULL;
    return verdict_text(v,
                        "Not done: I cannot serve %s now (%s), so I take nothing from there that "
                        "lowers protection or keeps it down. `%s done` and `%s put-back` work as "
                        "ever. I changed nothing.",
                        title_of(chat), c->why, desk->policy->command_word,
                        desk->policy->command_word);
}

static bool another_is_up(const struct desk *desk, const struct chat_state *chat)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (&desk->chats[i] != chat && desk->chats[i].up)
            return true;
    return false;
}

/* When it is to be told, MS_NEVER: not at all. */
static ms_t due_ms(const struct desk *desk, const struct chat_state *chat)
{
    if (outage_is(chat) == chat->told || !another_is_up(desk, chat))
        return MS_NEVER;
    bool at_once = !outage_is(chat) || chat->refused;
    return at_once ? chat->since_ms : chat->since_ms + TOLD_AFTER_MS;
}

void outage_settle(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (v->turn.now_ms < due_ms(desk, chat))
            continue;
        struct fact *f = verdict_fact(v, FACT_CHAT_TOLD, 0);
        f->verb = arena_copy(v->arena, chat->name);
        f->text = arena_copy(v->arena, chat->why);
        f->on = !outage_is(chat);
        f->since_ms = chat->since_ms;
    }
}

void outage_apply(struct desk *desk, const struct fact *f)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (str_equal(desk->chats[i].name, f->verb))
            desk->chats[i].told = !f->on;
}

ms_t outage_deadline(const struct desk *desk, ms_t now_ms)
{
    ms_t due = MS_NEVER;
    for (size_t i = 0; i < desk->chat_count; i++)
        desk_sooner(&due, due_ms(desk, &desk->chats[i]), now_ms);
    return due;
}

static const char *text_of(const struct fact *f, struct arena *arena)
{
    const char *name = title_of(f->verb);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 2048);
    if (f->on) {
        buf_addf(&b,
                 "✅ I am connected to %s again. What was said and voted there meanwhile is being "
                 "read now.",
                 name);
        return arena_copy(arena, buf_text(&b));
    }
    buf_addf(&b, "⚠️ I cannot serve %s since ", name);
    rich_add_time(&b, f->since_ms);
    buf_add(&b, ": ");
    buf_add(&b, str_or_empty(f->text));
    buf_add(&b, ". Requests, approvals and reminders go on here; I keep trying.");
    return arena_copy(arena, buf_text(&b));
}

void outage_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    const char *text = text_of(f, v->arena);
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (str_equal(chat->name, f->verb) || !chat->up)
            continue;
        verdict_effect(v, EFFECT_SAY)->say = (struct message){ .kind = MESSAGE_POST,
                                                               .alarm = true,
                                                               .case_id = "",
                                                               .state = "",
                                                               .question = "",
                                                               .key = "",
                                                               .headline = "",
                                                               .body = text,
                                                               .text = text,
                                                               .footer = "",
                                                               .chat = arena_copy(v->arena,
                                                                                  chat->name) };
    }
}
