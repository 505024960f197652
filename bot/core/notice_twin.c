/* SPDX-License-Identifier: Apache-2.0 */
/* What people hear of another reguard with our tokens, and the message of our signs of life. */
#include "core/alarm.h"
#include "core/desk.h"
#include "core/duration.h"
#include "core/rich.h"
#include "core/twin.h"

#include <inttypes.h>

/* Of a store's id, which names a reguard. */
enum { NAME_DIGITS = 8 };

static void add_name(struct buf *b, const char *store) { buf_addf(b, "%.*s", NAME_DIGITS, store); }

static void add_where(const struct desk *desk, const struct twin *t, bool plain, struct buf *b)
{
    buf_addf(b, "heard last in %s", venue_named(&desk->venues, t->chat).place);
    if (plain)
        return;
    buf_add_char(b, ' ');
    rich_add_time(b, t->heard_ms);
}

static void add_silence(const struct desk *desk, const struct twin *t, struct buf *b)
{
    buf_add(b, "until it has been silent for ");
    duration_add(b, twin_silence_ms(desk, t));
}

static void add_whole(const struct desk *desk, const struct twin *t, bool plain, struct buf *b)
{
    buf_add(b, "another reguard (");
    add_name(b, t->store);
    buf_add(b, ") runs with the same tokens and has records of its own, ");
    add_where(desk, t, plain, b);
    buf_addf(b, ". Its records are the %s ones, so ", t->earlier ? "older" : "newer");
    if (t->earlier) {
        buf_add(b, "it goes on, and I (");
        add_name(b, desk->doubt.store);
        buf_add(b, ") stand aside: I lift nothing and take no request ");
        add_silence(desk, t, b);
    } else {
        buf_add(b, "it stands aside, and I (");
        add_name(b, desk->doubt.store);
        buf_add(b, ") go on");
    }
}

static void add_to_do(const struct desk *desk, const struct twin *t, struct buf *b)
{
    struct venue venue = venue_named(&desk->venues, t->chat);
    buf_add(b, " Whoever runs us: stop one of the two; `reguard status` on a host names the one "
               "that runs there.");
    if (venue.shares)
        buf_addf(b,
                 " Until then %s hands each word and press to only one of us: whoever gets no "
                 "answer, please ask again.",
                 venue.title);
}

static const char *whole(const struct desk *desk, bool plain, struct arena *arena)
{
    const struct twin *t = twin_standing(desk, true);
    CLEANUP(buf_done) struct buf b = { 0 };
    t = t ? t : twin_standing(desk, false);
    if (!t)
        return "";
    buf_init(&b, LIMIT_ANSWER_BYTES);
    add_whole(desk, t, plain, &b);
    return arena_copy(arena, buf_text(&b));
}

const char *twin_trouble(const struct desk *desk, struct arena *arena)
{
    return whole(desk, false, arena);
}

static const struct chat_state *crowded(const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].crowd.registered > desk->chats[i].crowd.ours)
            return &desk->chats[i];
    return NULL;
}

static void add_crowd(const struct desk *desk, const struct chat_state *chat, struct buf *b)
{
    const struct event_crowded *c = &chat->crowd;
    buf_addf(b,
             "another connection with the same app token is open: %s counts %" PRId64
             ", and %" PRId64 " of them %s mine",
             venue_named(&desk->venues, chat->name).title, c->registered, c->ours,
             c->ours == 1 ? "is" : "are");
}

const char *twin_trouble_plain(const struct desk *desk, struct arena *arena)
{
    const struct chat_state *chat = crowded(desk);
    CLEANUP(buf_done) struct buf b = { 0 };
    if (twin_stands(desk) || !chat)
        return whole(desk, true, arena);
    buf_init(&b, LIMIT_ANSWER_BYTES);
    add_crowd(desk, chat, &b);
    return arena_copy(arena, buf_text(&b));
}

const char *twin_refusal(const struct desk *desk, const char *chat, struct verdict *v)
{
    const char *word = desk->policy->command_word;
    struct venue venue = venue_named(&desk->venues, chat);
    return verdict_text(v,
                        "Not done: %s. %s `%s restore` works with me as ever. I changed nothing.",
                        whole(desk, false, v->arena),
                        venue.shares ? verdict_text(v,
                                                    "Please ask again: %s hands each word and "
                                                    "press to only one of us.",
                                                    venue.title)
                                     : "It has heard you, too.",
                        word);
}

static void add_window(const struct desk *desk, const char *store, struct buf *b)
{
    const struct twin *t = twin_named(desk, store);
    char id[CASE_ID_BYTES];
    if (!t || !t->until_ms)
        return;
    case_id_text(t->window_no, id);
    buf_addf(b, " Its window %s is open until ", id);
    rich_add_time(b, t->until_ms);
    buf_add(b, "; that counts as no lift outside reguard as long as it lives.");
}

void twin_add_window(const struct desk *desk, ms_t now_ms, struct buf *b)
{
    for (size_t i = 0; i < desk->twins.count; i++) {
        const struct twin *t = &desk->twins.all[i];
        char id[CASE_ID_BYTES];
        if (!t->until_ms || now_ms - t->until_ms > MS_DAY)
            continue;
        case_id_text(t->window_no, id);
        buf_add(b, " Another reguard (");
        add_name(b, t->store);
        buf_addf(b, ") has lifted it for %s until ", id);
        rich_add_time(b, t->until_ms);
        buf_add(b, ", and gives no sign that it restores it; it was heard last ");
        rich_add_time(b, t->heard_ms);
        buf_add_char(b, '.');
        return;
    }
}

static void add_found(const struct desk *desk, const struct fact *f, struct buf *b)
{
    const struct twin *t = twin_named(desk, f->people);
    buf_add(b, f->earlier ? "🚨 " : "⚠️ ");
    rich_add_strong(b, "Two reguards run here");
    buf_add(b, ": ");
    add_whole(desk, t, false, b);
    buf_add_char(b, '.');
    add_window(desk, f->people, b);
    if (f->earlier)
        buf_addf(b, " `%s restore` works with both.", desk->policy->command_word);
    add_to_do(desk, t, b);
}

static void add_gone(const struct desk *desk, const struct fact *f, struct buf *b)
{
    buf_add(b, "✅ The other reguard (");
    add_name(b, f->people);
    buf_add(b, ") has said nothing since ");
    rich_add_time(b, f->since_ms);
    buf_add(b, " and counts as gone. ");
    buf_add(b, doubt_stands(desk) ? "" : "I go on alone: requests are taken.");
}

static void add_crowded(const struct desk *desk, const struct fact *f, struct buf *b)
{
    const char *title = venue_named(&desk->venues, f->verb).title;
    const struct chat_state *chat = crowded(desk);
    if (!chat || f->sockets <= f->our_sockets) {
        buf_addf(b, "✅ %s counts no connection but mine any more.", title);
        return;
    }
    buf_add(b, "⚠️ I may not hear everything: ");
    add_crowd(desk, chat, b);
    buf_addf(b,
             ". %s hands each word and press to only one of them, so whoever gets no answer, "
             "please ask again. Either another program runs with my app token (whoever runs me: "
             "stop it), or %s has not noticed yet that an earlier connection has ended, which may "
             "take it some hours. I say when it is over.",
             title, title);
}

void twin_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (f->kind == FACT_CROWDED && !f->on)
        return;
    buf_init(&b, LIMIT_SAYING_BYTES);
    if (f->kind == FACT_TWIN_FOUND) {
        add_found(desk, f, &b);
        alarm_sound(desk, &b, MS_NEVER, v);
        return;
    }
    if (f->kind == FACT_TWIN_GONE)
        add_gone(desk, f, &b);
    else
        add_crowded(desk, f, &b);
    alarm_is_over(desk, &b, v);
}

/* ---- the message of our signs of life ---- */

static void add_signed(const struct desk *desk, ms_t now_ms, struct buf *b)
{
    buf_add(b, "Sign of life of reguard ");
    add_name(b, desk->doubt.store);
    buf_add(b, ", ");
    rich_add_time(b, now_ms);
}

void twin_picture(const struct desk *desk, ms_t now_ms, struct arena *arena, struct message *ret)
{
    CLEANUP(buf_done) struct buf b = { 0 }, footer = { 0 };
    const char *trouble = twin_trouble(desk, arena);
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_init(&footer, LIMIT_ANSWER_BYTES);
    buf_add(&b, trouble[0] ? "⚠️ Two reguards run here: " : "✅ One reguard runs here again.");
    buf_add(&b, trouble);
    add_signed(desk, now_ms, &footer);
    const char *text = arena_copy(arena, buf_text(&b));
    *ret = message_saying(MESSAGE_CARD, text);
    ret->case_id = arena_printf(arena, "h%" PRId64 "-%.*s", desk->twins.sign_n % 1000, NAME_DIGITS,
                                desk->doubt.store);
    ret->footer = arena_copy(arena, buf_text(&footer));
}
