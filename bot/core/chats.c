/* SPDX-License-Identifier: Apache-2.0 */
#include "core/chats.h"
#include "core/answer.h"
#include "core/command.h"
#include "core/desk.h"
#include "core/outage.h"

/* Whether anything comes through to anybody, where the channel is not all there. What fails for a
   reason of its own says nothing of that. */
static void note_reached(const struct chat_state *chat, const struct event *e, struct verdict *v)
{
    bool taken = e->kind == EVENT_DELIVERED;
    if (chat->up ||
        (!taken && (chat->failing_ms || e->delivery.for_ever || e->delivery.target_gone)))
        return;
    struct fact *f = verdict_fact(v, FACT_REACHED, 0);
    f->verb = e->chat;
    f->on = taken;
}

/* What became of a message tells whether the channel takes any. */
void chats_delivered(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct chat_state *chat = desk_chat(desk, e->chat);
    bool closed = e->kind == EVENT_DELIVERY_FAILED && e->delivery.channel_closed;
    if (chat)
        note_reached(chat, e, v);
    if (!chat || !e->delivery.of_channel || chat->closed == closed)
        return;
    struct fact *f = verdict_fact(v, FACT_CHANNEL, 0);
    f->verb = e->chat;
    f->takes_posts = !closed;
    f->text = e->error;
}

void chats_decide(const struct event *e, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_CHAT, 0);
    f->verb = e->chat;
    f->refused = e->kind == EVENT_CHAT_REFUSED;
    f->takes_posts = e->kind == EVENT_CHAT_UP || (f->refused && (e->still & CHAT_POSTS));
    f->reaches_people = f->refused && (e->still & CHAT_DIRECTS);
    f->text = e->error;
    if (e->kind == EVENT_CHAT_UP) {
        f->since_ms = e->chat_up.heard_ms;
        f->anyway = e->chat_up.deaf_told;
        f->holds_ms = e->chat_up.holds_ms;
        f->moves = e->chat_up.moves;
        f->reason = e->chat_up.holds_why;
    }
}

static void apply_chat(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (!chat && desk->chat_count < COUNT(desk->chats))
        chat = &desk->chats[desk->chat_count++];
    if (!chat)
        return;
    bool trouble = !f->takes_posts || f->refused;
    if (!chat->since_ms || outage_is(chat) != trouble)
        chat->since_ms = f->at_ms;
    STR_SET(chat->name, f->verb);
    STR_SET(chat->why, f->text);
    chat->up = f->takes_posts;
    chat->refused = f->refused;
    chat->direct = f->reaches_people;
    chat->closed = false;
    if (chat->up)
        chat->taken_ms = chat->failing_ms = 0;
    chat->words = (struct word_post){ .holds_ms = f->holds_ms, .moves = f->moves };
    STR_SET(chat->words.why, f->reason);
}

static void apply_channel(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (!chat)
        return;
    chat->closed = !f->takes_posts;
    STR_SET(chat->why, f->text);
}

static void apply_reached(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (!chat)
        return;
    chat->failing_ms = f->on ? 0 : f->at_ms;
    chat->taken_ms = f->on ? f->at_ms : chat->taken_ms;
}

void chats_apply(struct desk *desk, const struct fact *f)
{
    switch ((int)f->kind) {
    case FACT_CHAT: apply_chat(desk, f); return;
    case FACT_CHANNEL: apply_channel(desk, f); return;
    case FACT_REACHED: apply_reached(desk, f); return;
    }
    fact_stray(f, "chats");
}

void chats_joined(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const char
        *word = desk->policy->command_word,
        *text = verdict_text(
            v,
            "👋 I am reguard. I switch AWS root protection OFF for a while when another Admin "
            "approves, and I make sure that it is ON again.\nAsk here: `%s lift ACCOUNT for "
            "45m task billing because …`. Everything is on record, and everybody here sees "
            "it.\n`%s` alone shows what is going on, and what you can press.",
            word, word);
    struct effect *effect = verdict_effect(v, EFFECT_SAY);
    effect->say = message_saying(MESSAGE_POST, text);
    effect->say.chat = e->chat;
    effect->say.buttons[effect->say.button_count++] = (struct message_button){
        .action = COMMAND_COCKPIT, .label = "Try it", .style = BUTTON_PRIMARY, .handle = ""
    };
}
