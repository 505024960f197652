/* SPDX-License-Identifier: Apache-2.0 */
#include "core/outage.h"
#include "core/audience.h"
#include "core/command.h"
#include "core/rich.h"

static const ms_t TOLD_AFTER_MS = MS_MINUTE;
/* A chat that is refused, and is the only one: it may be over in a moment. */
static const ms_t ALONE_TOLD_AFTER_MS = 10 * MS_SECOND;

bool outage_is(const struct chat_state *chat) { return !chat->up || chat->refused; }

const char *outage_refusal(const struct desk *desk, const struct command *command, const char *chat,
                           struct verdict *v)
{
    const struct chat_state *c = desk_chat(desk, chat);
    if (!(command->gates & GATE_LOWERS) || !c || !c->refused)
        return NULL;
    return verdict_text(v,
                        "Not done: I cannot serve %s now (%s), so I take nothing from there that "
                        "switches root protection OFF or keeps it OFF. `%s restore` works as ever. "
                        "I changed nothing.",
                        venue_named(&desk->venues, chat).place, c->why, desk->policy->command_word);
}

static bool another_is_up(const struct desk *desk, const struct chat_state *chat)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (&desk->chats[i] != chat && desk->chats[i].up)
            return true;
    return false;
}

/* Nobody else can be told: said in that chat itself, as far as it still takes something. */
static bool is_told_itself(const struct desk *desk, const struct chat_state *chat)
{
    return !another_is_up(desk, chat) && (chat->up || (chat->refused && chat->direct));
}

/* Whoever is in that chat alone hears it from nobody else. */
static bool goes_alone(const struct chat_state *chat)
{
    return chat->refused && chat->direct && !chat->up;
}

/* When it is to be told, MS_NEVER: not at all. */
static ms_t due_ms(const struct desk *desk, const struct chat_state *chat)
{
    bool itself = is_told_itself(desk, chat);
    if (outage_is(chat) == chat->told || (!itself && !another_is_up(desk, chat)))
        return MS_NEVER;
    if (!outage_is(chat))
        return chat->since_ms;
    return chat->since_ms + (itself ? ALONE_TOLD_AFTER_MS : chat->refused ? 0 : TOLD_AFTER_MS);
}

void outage_settle(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (!verdict_due(v, due_ms(desk, chat)))
            continue;
        struct fact *f = verdict_fact(v, FACT_CHAT_TOLD, 0);
        f->verb = arena_copy(v->arena, chat->name);
        f->text = arena_copy(v->arena, chat->why);
        f->on = !outage_is(chat);
        f->anyway = chat->refused;
        f->direct = is_told_itself(desk, chat) || goes_alone(chat);
        f->since_ms = chat->since_ms;
    }
}

void outage_apply(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (f->kind != FACT_CHAT_TOLD)
        fact_stray(f, "outage");
    if (chat)
        chat->told = !f->on;
}

/* As it is said elsewhere, in that chat itself, or to each Admin alone. */
enum hearer { IN_ANOTHER, IN_ITSELF, ALONE };

static void add_well(const struct desk *desk, const struct fact *f, enum hearer hearer,
                     struct buf *b)
{
    if (hearer == IN_ANOTHER) {
        buf_addf(
            b,
            "✅ I can reach %s again. I am catching up on what was said and voted there meanwhile.",
            venue_named(&desk->venues, f->verb).place);
        return;
    }
    buf_addf(b, "✅ I can serve %s again, and take requests as ever.",
             venue_named(&desk->venues, f->verb).place);
}

static void add_trouble(const struct desk *desk, const struct fact *f, enum hearer hearer,
                        struct buf *b)
{
    const char *word = desk->policy->command_word;
    buf_addf(b, "⚠️ I have not been able to serve %s since ",
             venue_named(&desk->venues, f->verb).place);
    rich_add_time(b, f->since_ms);
    buf_addf(b, ": %s. ", str_or_empty(f->text));
    if (hearer == IN_ANOTHER)
        buf_add(b, "Requests, approvals and reminders continue here; I keep trying.");
    else
        buf_addf(b,
                 "I take nothing there that switches root protection OFF until that is mended; `%s "
                 "restore` works as ever.%s",
                 word, hearer == ALONE ? " Alarms reach you here alone until then." : "");
    if (f->anyway && hearer != ALONE)
        audience_mention(desk, b);
}

static struct message message_of(const struct desk *desk, const struct fact *f, enum hearer hearer,
                                 struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    if (f->on)
        add_well(desk, f, hearer, &b);
    else
        add_trouble(desk, f, hearer, &b);
    const char *text = arena_copy(v->arena, buf_text(&b));
    struct message m = message_saying(MESSAGE_POST, text);
    m.alarm = true;
    return m;
}

static void say_in(const struct desk *desk, const struct chat_state *chat, const struct fact *f,
                   enum hearer hearer, struct verdict *v)
{
    struct message m = message_of(desk, f, hearer, v);
    m.chat = arena_copy(v->arena, chat->name);
    verdict_effect(v, EFFECT_SAY)->say = m;
}

void outage_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        bool itself = str_equal(chat->name, f->verb);
        if (itself && f->direct && !chat->up) {
            struct message m = message_of(desk, f, ALONE, v);
            m.chat = arena_copy(v->arena, chat->name);
            audience_direct(desk, &m, v);
        } else if (itself ? f->direct : chat->up) {
            say_in(desk, chat, f, itself ? IN_ITSELF : IN_ANOTHER, v);
        }
    }
}
