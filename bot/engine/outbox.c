/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/outbox.h"
#include "core/xalloc.h"
#include "core/ensure.h"
#include "core/person.h"
#include "host/log.h"
#include "host/secret.h"

#include <stdlib.h>
#include <string.h>

/* Ids of deliveries have their own range, far above those of the desk. */
static const uint64_t FIRST_ID = (uint64_t)1 << 62;
static const ms_t RETRY_FIRST_MS = 500, RETRY_CEILING_MS = 30 * MS_SECOND;
/* After an unknown outcome the message may still be on its way into the channel. */
static const ms_t SETTLE_MS = 2 * MS_SECOND;
/* An alarm is tried again after that, however long the chat asks to wait, and anything where that
   is why the chat counts as down: nothing else would show that it is over. */
static const ms_t ALARM_WAITS_MS = MS_MINUTE;
/* A channel that takes nothing is tried this often, so that what is due is there within five
   seconds of its return. */
static const ms_t TRY_EVERY_MS = 2 * MS_SECOND;
/* A card that stands there in a plainer form is tried in full again when it has been wanted for as
   long again. */
static const ms_t PLAIN_LEAST_MS = 30 * MS_SECOND, PLAIN_MOST_MS = 10 * MS_MINUTE;
/* For one that may stand there twice: so long after it was posted, and ever more seldom. */
static const ms_t TWICE_FIRST_MS = 30 * MS_SECOND, TWICE_MOST_MS = 4 * MS_MINUTE;
enum { TWICE_LOOKS = 4 };
/* What is said to one person alone stands in the channel too; after a day it is no news. */
static const ms_t DIRECT_KEPT_MS = MS_DAY;

/* chat_count when there is none. */
static size_t place_of(const struct outbox *o, const char *name)
{
    size_t at = 0;
    while (at < o->chat_count && !str_equal(o->chats[at].adapter->ops->name, name))
        at++;
    return at;
}

static struct outbox_chat *chat_named(struct outbox *o, const char *name)
{
    size_t at = place_of(o, name);
    return at < o->chat_count ? &o->chats[at] : NULL;
}

static bool render(const struct outbox_chat *chat, const struct message *m, struct buf *body)
{
    struct err err = { "" };
    buf_init(body, LIMIT_MESSAGE_BYTES);
    if (chat->adapter->ops->render(chat->adapter, m, body, &err))
        return true;
    LOG(LOG_ERROR, "outbox.render", LS("chat", chat->adapter->ops->name), LS("case", m->case_id),
        LS("error", err.text));
    /* Its text alone says everything that matters. */
    struct message plain = { .kind = m->kind,
                             .case_id = m->case_id,
                             .state = m->state,
                             .key = m->key,
                             .headline = "",
                             .body = m->text,
                             .question = m->question,
                             .footer = "",
                             .text = m->text,
                             .to = m->to,
                             .alarm = m->alarm,
                             .alone = m->alone,
                             .votes = m->votes };
    buf_clear(body);
    return chat->adapter->ops->render(chat->adapter, &plain, body, &err);
}

/* A newer post takes over from the older ones. The other body is made now, while the message is at
   hand. */
static bool stand(struct outbox *o, struct outbox_chat *chat, const struct message *m,
                  struct err *err)
{
    struct message after = *m;
    CLEANUP(buf_done) struct buf body = { 0 };
    bool asks = str_or_empty(m->question)[0], alone = m->kind == MESSAGE_DIRECT;
    bool stands = m->kind == MESSAGE_POST || (alone && asks);
    /* What is about several keeps its buttons: each goes on for as long as its case does. */
    if (!stands || !m->case_id[0] || m->also || m->button_count == 0)
        return true;
    after.button_count = 0;
    after.votes = false;
    if (m->served_footer)
        after.footer = m->served_footer;
    if (!render(chat, &after, &body))
        return true;
    struct standing_row row = { .key = m->key,
                                .chat = chat->adapter->ops->name,
                                .case_id = m->case_id,
                                .after = buf_text(&body),
                                .asks = asks };
    /* What is said to one more person takes nothing over from what the others have. */
    return (alone || store_posts_served(o->store, m->case_id, row.chat, row.asks, err)) &&
           store_post_stands(o->store, &row, err);
}

/* Votes and buttons on it are known by this for answers to that question. */
static bool puts_question(struct outbox *o, const struct message *m, struct err *err)
{
    bool puts = m->question && m->question[0];
    return !puts || store_puts(o->store, m->key, m->question, err);
}

/* What could never be delivered, or never be known again. */
static void check_row(const struct outbox_row *row)
{
    ENSURE(row->key[0] && row->body[0], "a message of kind %d has no key or no body", row->kind);
    ENSURE(row->kind != MESSAGE_THREAD || row->case_id[0], "%s stands under no case", row->key);
    ENSURE(row->kind != MESSAGE_DIRECT || row->person[0], "%s is for nobody", row->key);
}

/* Where a chat asks to wait, the newest reminder says all; it is tried at once. */
static bool supersede(struct outbox *o, const struct outbox_chat *chat,
                      const struct outbox_row *row, const struct verdict *v, struct err *err)
{
    size_t count = 0;
    const char *under_way = chat->effect_id && !chat->heard ? chat->key : "";
    if (row->reminds && !store_outbox_supersede(o->store, row, under_way, v->arena, &count, err))
        return false;
    if (count)
        LOG(LOG_INFO, "outbox.superseded", LS("chat", row->chat), LS("by", row->key),
            LI("number", count));
    return true;
}

bool outbox_say(struct outbox *o, struct message *m, const char *key, const struct verdict *v,
                struct err *err)
{
    for (size_t i = 0; i < o->chat_count; i++) {
        struct outbox_chat *chat = &o->chats[i];
        CLEANUP(buf_done) struct buf body = { 0 };
        if (m->chat && !str_equal(m->chat, chat->adapter->ops->name))
            continue;
        m->key = verdict_text(v, "%s-%s", key, chat->adapter->ops->name);
        if (m->kind == MESSAGE_DIRECT &&
            !person_chat_id(people_by_key(o->people, m->to), chat->adapter->ops->name))
            continue;
        if (!render(chat, m, &body))
            continue;
        struct outbox_row row = { .key = m->key,
                                  .chat = chat->adapter->ops->name,
                                  .case_id = m->case_id,
                                  .body = buf_text(&body),
                                  .kind = (int)m->kind,
                                  .alarm = m->alarm,
                                  .reminds = m->reminds,
                                  .person = m->kind == MESSAGE_DIRECT ? m->to : NULL,
                                  .first_ms = v->turn.now_ms,
                                  .next_ms = v->turn.now_ms };
        check_row(&row);
        chat->settled = false;
        if (!store_outbox_put(o->store, &row, err) || !supersede(o, chat, &row, v, err) ||
            !stand(o, chat, m, err) || !puts_question(o, m, err))
            return false;
    }
    return true;
}

bool outbox_served(struct outbox *o, const char *case_id, bool asks, struct err *err)
{
    for (size_t i = 0; i < o->chat_count; i++) {
        o->chats[i].settled = false;
        if (!store_posts_served(o->store, case_id, o->chats[i].adapter->ops->name, asks, err))
            return false;
    }
    return true;
}

bool outbox_draw(struct outbox *o, struct message *card, struct message *bare,
                 const struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < o->chat_count; i++) {
        struct outbox_chat *chat = &o->chats[i];
        const char *name = chat->adapter->ops->name;
        CLEANUP(buf_done) struct buf body = { 0 }, compared = { 0 };
        char digest[65];
        bare->key = card->key = verdict_text(v, "%s-card-%s", card->case_id, name);
        if (!render(chat, card, &body) || !render(chat, bare, &compared))
            continue;
        chat->settled = false;
        secret_sha256_hex(buf_text(&compared), compared.bytes, digest);
        if (!puts_question(o, card, err) ||
            !store_card_want(o->store, card->case_id, name, buf_text(&body), digest, v->turn.now_ms,
                             err))
            return false;
    }
    return true;
}

/* ---- outcomes ---- */

static void forget_posted(struct outbox_chat *chat)
{
    free(chat->posted.body);
    chat->posted = (struct outbox_twice){ .body = NULL };
}

static void release(struct outbox_chat *chat)
{
    chat->effect_id = 0;
    chat->settled = false;
    forget_posted(chat);
    chat->looks_again = false;
    chat->served = chat->edits = chat->alarm = chat->heard = false;
    free(chat->body);
    chat->body = NULL;
}

static bool takes_posts(const struct outbox_chat *chat)
{
    return chat->up || (chat->still & CHAT_POSTS);
}

/* Whatever may show that the channel takes messages again is as urgent as an alarm. */
static bool is_urgent(const struct outbox_chat *chat) { return chat->alarm || !takes_posts(chat); }

static ms_t retry_ms(struct outbox_chat *chat, const struct event *e)
{
    if (e->kind == EVENT_DELIVERY_FAILED && e->delivery.channel_closed)
        return e->at_ms; /* it is not this message: the channel has its own pace */
    ms_t wait = ms_doubled(RETRY_FIRST_MS, chat->failures++, RETRY_CEILING_MS);
    ms_t asked = is_urgent(chat) ? ms_min(e->delivery.retry_after_ms, ALARM_WAITS_MS)
                                 : e->delivery.retry_after_ms;
    wait = ms_max(wait, asked);
    if (e->delivery.retry_within_ms)
        wait = ms_min(wait, e->delivery.retry_within_ms);
    return e->at_ms + (e->kind == EVENT_DELIVERY_UNKNOWN ? ms_max(wait, SETTLE_MS) : wait);
}

static bool card_heard(struct outbox *o, struct outbox_chat *chat, const struct event *e,
                       struct err *err)
{
    const char *name = chat->adapter->ops->name;
    if (e->kind != EVENT_DELIVERED)
        return store_card_again(o->store, chat->case_id, name, retry_ms(chat, e),
                                e->kind == EVENT_DELIVERY_UNKNOWN, e->delivery.target_gone, err);
    /* What an earlier attempt showed may be an older picture, and a plainer form is not the
       picture: the newest stays wanted. */
    bool other = e->delivery.as_first_sent || e->delivery.plainer;
    ms_t again = e->at_ms +
                 ms_min(ms_max(e->at_ms - chat->first_ms, PLAIN_LEAST_MS), PLAIN_MOST_MS);
    return store_card_shown(o->store, chat->case_id, name, e->delivery.remote_id,
                            other ? "" : chat->body, err) &&
           (!e->delivery.plainer ||
            store_card_again(o->store, chat->case_id, name, again, false, false, err));
}

/* One that cannot be edited, or is gone, is let be. */
static bool served_heard(struct outbox *o, struct outbox_chat *chat, const struct event *e,
                         struct err *err)
{
    if (e->kind == EVENT_DELIVERED ||
        (e->kind == EVENT_DELIVERY_FAILED && (e->delivery.for_ever || e->delivery.target_gone)))
        return store_served_edited(o->store, chat->key, err);
    return store_served_again(o->store, chat->key, retry_ms(chat, e), err);
}

static bool is_final(const struct outbox_chat *chat, const struct event *e)
{
    bool stale = chat->kind == MESSAGE_DIRECT && e->at_ms - chat->first_ms >= DIRECT_KEPT_MS;
    return e->kind == EVENT_DELIVERY_FAILED && (e->delivery.for_ever || stale);
}

/* Whoever waits for it is told in another way: the desk hears of it. */
static bool give_up(struct outbox *o, struct outbox_chat *chat, struct event *e, struct err *err)
{
    e->delivery.given_up = true;
    e->delivery.kind = (enum message_kind)chat->kind;
    e->delivery.case_no = case_id_read(chat->case_id);
    e->delivery.to = chat->person;
    LOG(LOG_ERROR, "outbox.given_up", LS("chat", e->chat), LS("key", chat->key),
        LS("error", str_or_empty(e->error)));
    return store_outbox_give_up(o->store, chat->key, err);
}

static bool row_heard(struct outbox *o, struct outbox_chat *chat, struct event *e, struct err *err)
{
    if (e->kind == EVENT_DELIVERED)
        return store_outbox_sent(o->store, chat->key, e->delivery.remote_id, err);
    if (is_final(chat, e))
        return give_up(o, chat, e, err);
    /* The card that it stands under is gone: it comes anew, and the line waits for it. */
    if (e->delivery.target_gone && chat->kind == MESSAGE_THREAD &&
        !store_card_again(o->store, chat->case_id, chat->adapter->ops->name, e->at_ms, false, true,
                          err))
        return false;
    return store_outbox_again(o->store, chat->key, retry_ms(chat, e),
                              e->kind == EVENT_DELIVERY_UNKNOWN, err);
}

/* ---- what may stand there twice ---- */

/* Posted by us, though it may be on its way from before. Counts once that is on record. */
static void posted(struct outbox_chat *chat, const struct event *e)
{
    if (chat->posted.body && e->kind == EVENT_DELIVERED && !e->delivery.as_first_sent)
        STR_SET(chat->posted.remote_id, e->delivery.remote_id);
}

static void looked_again(struct outbox_chat *chat)
{
    struct outbox_twice *t = &chat->twice[chat->looked_at];
    t->due_ms = chat->heard_ms + ms_doubled(TWICE_FIRST_MS, ++t->looks, TWICE_MOST_MS);
    if (t->looks < TWICE_LOOKS)
        return;
    free(t->body);
    *t = chat->twice[--chat->twice_count];
}

static void keep_posted(struct outbox_chat *chat)
{
    if (!chat->posted.remote_id[0] || chat->twice_count == LIMIT_TWICE)
        return;
    chat->posted.due_ms = chat->heard_ms + TWICE_FIRST_MS;
    chat->twice[chat->twice_count++] = chat->posted;
    chat->posted.body = NULL;
}

bool outbox_tells(const struct outbox *o, struct event *e)
{
    size_t at = place_of(o, e->chat);
    const struct outbox_chat *chat = at < o->chat_count ? &o->chats[at] : NULL;
    if (!chat || !e->effect_id || e->effect_id != chat->effect_id || chat->looks_again)
        return false;
    bool opens = e->kind == EVENT_DELIVERED && chat->closed,
         closes = e->kind == EVENT_DELIVERY_FAILED && e->delivery.channel_closed && !chat->closed;
    e->delivery.of_channel = chat->kind != MESSAGE_DIRECT && (opens || closes);
    return e->delivery.of_channel || !chat->up;
}

/* The chat itself has come, gone or been refused. */
static bool chat_heard(struct outbox *o, struct outbox_chat *chat, const struct event *e,
                       struct err *err)
{
    chat->up = e->kind == EVENT_CHAT_UP;
    if (chat->up) {
        chat->holds_ms = e->chat_up.holds_ms;
        chat->moves = e->chat_up.moves;
        STR_SET(chat->holds_why, e->chat_up.holds_why);
    }
    chat->still = e->kind == EVENT_CHAT_REFUSED ? e->still : 0;
    chat->closed = false;
    chat->settled = false;
    chat->failures = 0;
    chat->try_ms = takes_posts(chat) ? 0 : chat->try_ms;
    return !takes_posts(chat) || store_hurry(o->store, e->chat, e->at_ms, err);
}

bool outbox_heard(struct outbox *o, struct event *e, struct err *err)
{
    struct outbox_chat *chat = chat_named(o, e->chat);
    if (!chat)
        return true;
    if (e->kind == EVENT_CHAT_UP || e->kind == EVENT_CHAT_DOWN || e->kind == EVENT_CHAT_REFUSED)
        return chat_heard(o, chat, e, err);
    if (e->effect_id == 0 || e->effect_id != chat->effect_id || chat->heard)
        return true;
    chat->heard_ms = e->at_ms;
    if (chat->looks_again) {
        chat->heard = true;
        return true;
    }
    bool closed = e->kind == EVENT_DELIVERY_FAILED && e->delivery.channel_closed;
    if (chat->kind != MESSAGE_DIRECT && e->kind != EVENT_DELIVERY_UNKNOWN)
        chat->closed = closed;
    bool tried_in_vain = closed && chat->try_ms; /* as before */
    if (closed)
        chat->try_ms = e->at_ms + TRY_EVERY_MS;
    if (e->kind == EVENT_DELIVERED)
        chat->failures = 0;
    else
        LOG(tried_in_vain ? LOG_DEBUG : LOG_WARN, "outbox.delivery", LS("chat", e->chat),
            LS("key", chat->key[0] ? chat->key : chat->case_id),
            LS("error", str_or_empty(e->error)));
    bool kept = chat->served   ? served_heard(o, chat, e, err)
                : chat->key[0] ? row_heard(o, chat, e, err)
                               : card_heard(o, chat, e, err);
    chat->heard = true;
    posted(chat, e);
    return kept;
}

void outbox_settle(struct outbox *o)
{
    for (size_t i = 0; i < o->chat_count; i++) {
        struct outbox_chat *chat = &o->chats[i];
        if (chat->heard && chat->looks_again)
            looked_again(chat);
        else if (chat->heard)
            keep_posted(chat);
        if (chat->heard)
            release(chat);
    }
}

void outbox_forget(struct outbox *o)
{
    for (size_t i = 0; i < o->chat_count; i++)
        o->chats[i].heard = o->chats[i].settled = false;
}

bool outbox_awaits(const struct outbox *o, const char *name)
{
    size_t at = place_of(o, name);
    if (at == o->chat_count)
        return false;
    const struct outbox_chat *chat = &o->chats[at];
    bool under_way = chat->effect_id && !chat->heard && !chat->served && !chat->edits &&
                     !chat->looks_again;
    return under_way || store_is_unsure(o->store, name);
}

/* ---- sending ---- */

/* To a chat, now: what goes is written into the effect. */
struct sending {
    struct outbox *o;
    struct outbox_chat *chat;
    struct store_due due;
    struct effect *e;
};

static bool next_card(const struct sending *s, bool unposted_only)
{
    struct outbox_chat *chat = s->chat;
    struct card_row row;
    if (!store_card_next(s->o->store, &s->due, unposted_only, &row))
        return false;
    chat->key[0] = '\0';
    chat->kind = MESSAGE_CARD;
    chat->edits = row.remote_id != NULL;
    chat->first_ms = row.first_ms;
    STR_SET(chat->case_id, row.case_id);
    chat->body = xstrdup(row.body);
    s->e->deliver = (struct effect_deliver){ .kind = MESSAGE_CARD,
                                             .key = arena_printf(s->due.arena, "%s-card-%s",
                                                                 row.case_id, row.chat),
                                             .body = row.body,
                                             .edit_id = row.remote_id,
                                             .look_first = row.look_first && !row.remote_id,
                                             .tried = row.tried && !row.remote_id,
                                             .first_attempt_ms = row.first_ms };
    return true;
}

/* To whom alone, and about what: the card has come before, where the channel takes one. */
static void address(const struct sending *s, const struct outbox_row *row)
{
    const struct person *person = people_by_key(s->o->people, row->person);
    s->e->deliver.person_id = person_chat_id(person, row->chat);
    s->e->deliver.card_id = store_card_id(s->o->store, row->case_id, row->chat, s->due.arena);
}

static bool next_row(const struct sending *s, enum outbox_rows rows)
{
    struct outbox_chat *chat = s->chat;
    struct effect *e = s->e;
    struct outbox_row row;
    if (!store_outbox_next(s->o->store, &s->due, rows, &row))
        return false;
    chat->alarm = row.alarm;
    chat->kind = row.kind;
    chat->first_ms = row.first_ms;
    e->urgency = is_urgent(chat) ? URGENCY_GUARDS : URGENCY_ORDINARY;
    STR_SET(chat->person, row.person);
    STR_SET(chat->key, row.key);
    STR_SET(chat->case_id, row.case_id);
    e->deliver = (struct effect_deliver){ .kind = (enum message_kind)row.kind,
                                          .key = row.key,
                                          .body = row.body,
                                          .look_first = row.look_first,
                                          .first_attempt_ms = row.first_ms };
    if (row.kind == MESSAGE_THREAD)
        e->deliver.thread_id = store_card_id(s->o->store, row.case_id, row.chat, s->due.arena);
    if (row.kind == MESSAGE_DIRECT)
        address(s, &row);
    return true;
}

static bool next_served(const struct sending *s)
{
    struct outbox_chat *chat = s->chat;
    struct outbox_row row;
    if (!store_served_next(s->o->store, &s->due, &row))
        return false;
    STR_SET(chat->key, row.key);
    STR_SET(chat->case_id, row.case_id);
    chat->served = true;
    chat->kind = row.kind;
    s->e->deliver = (struct effect_deliver){ .kind = (enum message_kind)row.kind,
                                             .key = row.key,
                                             .body = row.body,
                                             .edit_id = row.remote_id,
                                             .first_attempt_ms = row.first_ms };
    if (row.kind == MESSAGE_DIRECT)
        address(s, &row);
    return true;
}

static ms_t twice_due_ms(const struct outbox_chat *chat, size_t *ret_at)
{
    ms_t due = MS_NEVER;
    for (size_t i = 0; i < chat->twice_count; i++)
        if (chat->twice[i].due_ms < due) {
            due = chat->twice[i].due_ms;
            *ret_at = i;
        }
    return due;
}

static bool next_look_again(const struct sending *s)
{
    struct outbox_chat *chat = s->chat;
    if (twice_due_ms(chat, &chat->looked_at) > s->due.now_ms)
        return false;
    const struct outbox_twice *t = &chat->twice[chat->looked_at];
    chat->looks_again = true;
    chat->kind = t->kind;
    STR_SET(chat->key, t->key);
    STR_SET(chat->case_id, t->case_id);
    s->e->deliver = (struct effect_deliver){ .kind = (enum message_kind)t->kind,
                                             .key = t->key,
                                             .body = t->body,
                                             .stands_id = t->remote_id,
                                             .first_attempt_ms = t->first_ms };
    if (t->kind == MESSAGE_THREAD)
        s->e->deliver.thread_id = store_card_id(s->o->store, t->case_id, s->due.chat, s->due.arena);
    if (t->kind == MESSAGE_DIRECT)
        address(s, &(struct outbox_row){
                       .person = t->person, .chat = s->due.chat, .case_id = t->case_id });
    return true;
}

/* What is sent now may be the second one. */
static void note_posted(struct outbox_chat *chat, const struct effect_deliver *d)
{
    forget_posted(chat);
    if (!d->look_first || d->edit_id || !chat->adapter->ops->may_double)
        return;
    chat->posted = (struct outbox_twice){ .body = xstrdup(d->body),
                                          .kind = chat->kind,
                                          .first_ms = d->first_attempt_ms };
    STR_SET(chat->posted.key, d->key);
    STR_SET(chat->posted.case_id, chat->case_id);
    STR_SET(chat->posted.person, chat->kind == MESSAGE_DIRECT ? chat->person : "");
}

static bool takes_directs(const struct outbox_chat *chat)
{
    return chat->up || (chat->still & CHAT_DIRECTS);
}

static bool takes_anything(const struct outbox_chat *chat) { return chat->up || chat->still; }

/* Everything has its turn, so that a message that is refused for a reason of its own does not hide
   that the channel takes others. */
static bool next_try(const struct sending *s)
{
    bool cards_first = s->chat->tries++ % 2;
    return (cards_first && next_card(s, false)) || next_row(s, OUTBOX_BY_TURNS) ||
           next_card(s, false) || next_served(s);
}

/* An alarm comes first, then a card that nobody has seen, then posts, then edits of cards, then
   what has served. */
static bool next_message(const struct sending *s)
{
    const struct outbox_chat *chat = s->chat;
    bool now = s->due.now_ms >= chat->try_ms;
    if (takes_posts(chat) && now)
        return next_row(s, OUTBOX_ALARMS) || next_card(s, true) || next_row(s, OUTBOX_ALL) ||
               next_card(s, false) || next_served(s) || next_look_again(s);
    return ((chat->still & CHAT_TRIES) && now && next_try(s)) ||
           (takes_directs(chat) && next_row(s, OUTBOX_DIRECTS));
}

/* Nothing can be sent now; remembered until something changes, so that a turn without messages asks
   the store nothing. */
static void settle(struct outbox *o, struct outbox_chat *chat)
{
    const char *name = chat->adapter->ops->name;
    chat->settled = true;
    chat->due_ms = takes_directs(chat) ? store_outbox_due_ms(o->store, name, OUTBOX_DIRECTS)
                                       : MS_NEVER;
    if (!takes_posts(chat) && !(chat->still & CHAT_TRIES))
        return;
    ms_t due = ms_min(ms_min(store_outbox_due_ms(o->store, name, OUTBOX_ALL),
                             store_card_due_ms(o->store, name)),
                      store_served_due_ms(o->store, name));
    if (takes_posts(chat))
        due = ms_min(due, twice_due_ms(chat, &chat->looked_at));
    chat->due_ms = ms_min(chat->due_ms, ms_max(due, chat->try_ms));
}

void outbox_pump(struct outbox *o, ms_t now_ms, struct arena *arena,
                 void (*perform)(void *, struct adapter *, const struct effect *), void *arg)
{
    for (size_t i = 0; i < o->chat_count; i++) {
        struct outbox_chat *chat = &o->chats[i];
        struct effect e = { .kind = EFFECT_DELIVER, .chat = chat->adapter->ops->name };
        if (!takes_anything(chat) || chat->effect_id || (chat->settled && now_ms < chat->due_ms))
            continue;
        struct sending sending = { o, chat, { e.chat, now_ms, arena }, &e };
        if (!next_message(&sending)) {
            settle(o, chat);
            continue;
        }
        if (!chat->looks_again)
            note_posted(chat, &e.deliver);
        chat->effect_id = e.id = FIRST_ID + ++o->next_id;
        perform(arg, chat->adapter, &e);
    }
}

ms_t outbox_due_ms(struct outbox *o)
{
    ms_t due = MS_NEVER;
    for (size_t i = 0; i < o->chat_count; i++) {
        const struct outbox_chat *chat = &o->chats[i];
        if (takes_anything(chat) && !chat->effect_id && chat->settled)
            due = ms_min(due, chat->due_ms);
    }
    return due;
}

void outbox_done(struct outbox *o)
{
    for (size_t i = 0; i < o->chat_count; i++) {
        struct outbox_chat *chat = &o->chats[i];
        release(chat);
        while (chat->twice_count)
            free(chat->twice[--chat->twice_count].body);
    }
}
