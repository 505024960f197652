/* SPDX-License-Identifier: Apache-2.0 */
#include "core/deadman.h"
#include "core/desk.h"
#include "core/guardrail.h"
#include "core/lifecycle.h"
#include "core/reminder.h"

#include <string.h>

/* After the instant at which we should have spoken. */
static const ms_t GRACE_MS = 2 * MS_MINUTE;
/* Slack takes a message back until a minute before it appears; the call takes its time, too. */
static const ms_t LATEST_TAKE_MS = 70 * MS_SECOND, LEAST_AHEAD_MS = 90 * MS_SECOND;
/* A lift waits so long for its word where one is wanted, and is refused where one is required. */
static const ms_t LIFT_WAITS_MS = 15 * MS_SECOND, LIFT_REFUSED_MS = MS_MINUTE;
/* Clocks differ by less. */
static const ms_t MOVED_MS = MS_MINUTE;
static const ms_t LOST_MS = 2 * MS_MINUTE, AGAIN_MS = 5 * MS_SECOND, AGAIN_MOST_MS = 5 * MS_MINUTE,
                  PRESSING_MS = 7 * MS_MINUTE; /* later, the next attempt may be too late */
/* A process that slept in the middle of a call leaves its word when it wakes up, after whoever
   leads by then has read what stands: it is read again, sooner at first. */
static const ms_t READ_AGAIN_MS = 30 * MS_SECOND, READ_AGAIN_MOST_MS = 6 * MS_HOUR;

/* The ladder: each rung may stand within that time after the first one's due instant, and is put at
   its end (a second before, because chats round up), so that it stays good while the first one
   moves up to it. */
static const struct rung {
    ms_t from_ms, to_ms;
} ladder[] = {
    { 0, MS_MINUTE },
    { 8 * MS_MINUTE, 15 * MS_MINUTE },
    { 30 * MS_MINUTE, MS_HOUR },
    { 2 * MS_HOUR, 4 * MS_HOUR },
    { 12 * MS_HOUR, MS_DAY },
};
_Static_assert(LIMIT_LEFT_WORDS >= 2 * COUNT(ladder) * 4, "old and new ones in each chat");

/* ---- what should stand ---- */

/* When we have to speak of that case next, while the guardrail is or may be down because of it. */
static ms_t speaks_ms(const struct desk *desk, const struct casefile *c)
{
    if (c->state == CASE_LIFTING) { /* read all the while when it takes longer than its window */
        ms_t at = case_would_end_ms(c, c->lifting_ms);
        return desk->guardrail.read_ms < at
                   ? at
                   : ms_max(at, ms_plus(c->lifting_ms, desk->policy->lift_gives_up));
    }
    if (!case_is_down(c))
        return MS_NEVER;
    ms_t next = reminder_next_overdue_ms(desk, c);
    return next == MS_NEVER && c->state == CASE_RESTORING ? c->ended_ms + LIFECYCLE_TROUBLE_AFTER_MS
                                                          : next;
}

/* The case that we have to speak of first; NULL: none. */
static const struct casefile *first_case(const struct desk *desk, ms_t *ret_at_ms)
{
    const struct casefile *first = NULL;
    *ret_at_ms = MS_NEVER;
    for (size_t i = 0; i < desk->case_count; i++) {
        ms_t at = speaks_ms(desk, &desk->cases[i]);
        if (at < *ret_at_ms) {
            *ret_at_ms = at;
            first = &desk->cases[i];
        }
    }
    return first;
}

ms_t deadman_speaks_ms(const struct desk *desk)
{
    ms_t first = MS_NEVER;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        bool troubled = c->state != CASE_RESTORING || c->trouble_ms;
        first = ms_min(first, speaks_ms(desk, c));
        if (!troubled)
            first = ms_min(first, c->ended_ms + LIFECYCLE_TROUBLE_AFTER_MS);
    }
    return first == MS_NEVER ? 0 : first;
}

/* When the first word should appear in a chat that takes them so far ahead; MS_NEVER: none should.
   Where that is not far enough it has to be moved on before its time, by half of that each time. */
static ms_t first_rung_ms(const struct desk *desk, ms_t holds_ms, ms_t now_ms)
{
    ms_t at;
    if (desk->policy->dead_man == DEAD_MAN_OFF || !first_case(desk, &at))
        return MS_NEVER;
    at = ms_plus(at, GRACE_MS);
    return at <= now_ms + holds_ms ? at : now_ms + holds_ms / 2;
}

/* ---- what stands ---- */

static bool is_in(const struct left_word *w, const struct chat_state *chat)
{
    return str_equal(w->chat, chat->name);
}

/* The earliest one that is good as that rung; NULL: none is. */
static const struct left_word *on_rung(const struct desk *desk, const struct chat_state *chat,
                                       const struct rung *rung, ms_t first_ms)
{
    const struct left_word *found = NULL;
    for (size_t i = 0; i < desk->deadman.count; i++) {
        const struct left_word *w = &desk->deadman.words[i];
        if (is_in(w, chat) && w->at_ms >= first_ms + rung->from_ms &&
            w->at_ms <= first_ms + rung->to_ms && (!found || w->at_ms < found->at_ms))
            found = w;
    }
    return found;
}

/* The first rung's. Where a chat does not take it so far ahead it stands anywhere in the second
   half of what that chat does take. */
static const struct left_word *first_word(const struct desk *desk, const struct chat_state *chat,
                                          ms_t first_ms)
{
    struct rung whole = { 0, chat->words.holds_ms / 2 };
    ms_t spoken_ms;
    first_case(desk, &spoken_ms);
    bool clamped = first_ms < ms_plus(spoken_ms, GRACE_MS);
    return on_rung(desk, chat, clamped ? &whole : &ladder[0], first_ms);
}

static bool is_good(const struct desk *desk, const struct chat_state *chat,
                    const struct left_word *w, ms_t first_ms)
{
    if (first_ms == MS_NEVER)
        return false;
    for (size_t i = 1; i < COUNT(ladder); i++)
        if (on_rung(desk, chat, &ladder[i], first_ms) == w)
            return true;
    return first_word(desk, chat, first_ms) == w;
}

/* The one to be taken back next: the soonest that is on no rung and can still be taken. */
static const struct left_word *idle_word(const struct desk *desk, const struct chat_state *chat,
                                         ms_t first_ms, ms_t now_ms)
{
    const struct left_word *found = NULL;
    for (size_t i = 0; i < desk->deadman.count; i++) {
        const struct left_word *w = &desk->deadman.words[i];
        if (is_in(w, chat) && w->at_ms > now_ms + LATEST_TAKE_MS &&
            !is_good(desk, chat, w, first_ms) && (!found || w->at_ms < found->at_ms))
            found = w;
    }
    return found;
}

static const struct left_word *word_with(const struct desk *desk, const char *chat, const char *id)
{
    for (size_t i = 0; i < desk->deadman.count; i++)
        if (str_equal(desk->deadman.words[i].chat, chat) &&
            str_equal(desk->deadman.words[i].id, id))
            return &desk->deadman.words[i];
    return NULL;
}

/* ---- before a lift ---- */

static bool takes_words(const struct chat_state *chat) { return chat->up && chat->words.holds_ms; }

/* In any chat: the one that reaches its people is enough. */
static bool first_stands(const struct desk *desk, ms_t now_ms)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        ms_t first_ms = first_rung_ms(desk, chat->words.holds_ms, now_ms);
        const struct left_word *w = first_ms == MS_NEVER ? NULL : first_word(desk, chat, first_ms);
        if (w && w->at_ms > now_ms)
            return true;
    }
    return false;
}

/* Why none can be left: of the first chat that says so; NULL: it may still come. */
static const char *why_none(const struct desk *desk)
{
    const char *why = "no chat takes messages for later";
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (takes_words(chat) && !chat->words.why[0])
            return NULL;
        if (chat->up && chat->words.why[0])
            why = chat->words.why;
    }
    return why;
}

/* None comes: what failed once is tried again before a lift goes on without. */
static bool is_in_vain(const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (takes_words(&desk->chats[i]) && desk->chats[i].words.failures < 2)
            return false;
    return why_none(desk) != NULL;
}

bool deadman_lets(const struct desk *desk, const struct casefile *c, ms_t now_ms)
{
    enum dead_man rule = desk->policy->dead_man;
    if (rule == DEAD_MAN_OFF || first_stands(desk, now_ms))
        return true;
    return rule == DEAD_MAN_WANTED && (is_in_vain(desk) || now_ms >= c->lifting_ms + LIFT_WAITS_MS);
}

const char *deadman_lack(const struct desk *desk, const struct casefile *c, struct arena *arena)
{
    if (desk->policy->dead_man == DEAD_MAN_OFF || !case_is_down(c))
        return "";
    const char *why = why_none(desk);
    for (size_t i = 0; i < desk->deadman.count; i++)
        if (desk->deadman.words[i].at_ms >= c->deadline_ms)
            why = NULL;
    return why ? arena_copy(arena, why) : "";
}

/* ---- settling ---- */

static struct effect *call(const struct chat_state *chat, enum effect_kind kind, struct verdict *v)
{
    struct effect *e = verdict_effect(v, kind);
    e->chat = arena_copy(v->arena, chat->name);
    e->urgency = URGENCY_GUARDS;
    struct fact *f = verdict_fact(v, FACT_WORD_SENT, 0);
    f->verb = e->chat;
    f->effect_id = (int64_t)e->id;
    return e;
}

/* When a word for that rung is to appear; MS_NEVER: it has one, or cannot have any. */
static ms_t missing_ms(const struct desk *desk, const struct chat_state *chat, size_t rung,
                       ms_t first_ms, ms_t now_ms)
{
    bool clamped = !rung && first_ms == now_ms + chat->words.holds_ms / 2;
    ms_t at = clamped ? now_ms + chat->words.holds_ms
                      : first_ms + (rung ? ladder[rung].to_ms - MS_SECOND : 0);
    bool possible = at >= now_ms + LEAST_AHEAD_MS && at <= now_ms + chat->words.holds_ms;
    bool stands = rung ? on_rung(desk, chat, &ladder[rung], first_ms)
                       : first_word(desk, chat, first_ms);
    return possible && !stands && desk->deadman.count < LIMIT_LEFT_WORDS ? at : MS_NEVER;
}

/* What would soon appear although we speak is not kept waiting by one that cannot be left now. */
static bool is_pressing(const struct left_word *idle, const struct word_post *p, ms_t now_ms)
{
    return idle && p->failures && idle->at_ms <= now_ms + PRESSING_MS;
}

/* One that stands and says the same, where the chat can begin its time anew: a heartbeat of one
   call, where it takes none as far ahead as it should appear. NULL: none. */
static const struct left_word *beating(const struct desk *desk, const struct chat_state *chat,
                                       ms_t spoken_ms, ms_t now_ms)
{
    static const ms_t takes_ms = 10 * MS_SECOND;
    bool short_of = now_ms + chat->words.holds_ms < ms_plus(spoken_ms, GRACE_MS);
    for (size_t i = 0; chat->words.moves && short_of && i < desk->deadman.count; i++) {
        const struct left_word *w = &desk->deadman.words[i];
        if (is_in(w, chat) && w->told_ms == spoken_ms && w->at_ms > now_ms + takes_ms)
            return w;
    }
    return NULL;
}

static ms_t read_again_ms(const struct word_post *p)
{
    return p->read_ms + ms_doubled(READ_AGAIN_MS, p->reads - 1, READ_AGAIN_MOST_MS);
}

/* The next call to that chat, when not all is as it should be. */
static void next_call(const struct desk *desk, const struct chat_state *chat, struct verdict *v)
{
    ms_t now = v->turn.now_ms, spoken_ms, at = MS_NEVER,
         first_ms = first_rung_ms(desk, chat->words.holds_ms, now);
    const struct casefile *c = first_case(desk, &spoken_ms);
    const struct left_word *idle = idle_word(desk, chat, first_ms, now);
    for (size_t i = 0; first_ms != MS_NEVER && at == MS_NEVER && i < COUNT(ladder); i++)
        at = missing_ms(desk, chat, i, first_ms, now);
    bool nothing_to_do = at == MS_NEVER && !idle;
    if (!chat->words.is_read || chat->words.id || /* or an answer never came */
        (nothing_to_do && verdict_due(v, read_again_ms(&chat->words)))) {
        call(chat, EFFECT_READ_WORDS, v);
    } else if (at != MS_NEVER && !is_pressing(idle, &chat->words, now)) {
        struct effect *e = call(chat, EFFECT_LEAVE_WORD, v);
        e->word.at_ms = at;
        e->word.text = deadman_text(desk, c, spoken_ms, v->arena);
        v->facts[v->fact_count - 1].until_ms = spoken_ms;
        const struct left_word *w = beating(desk, chat, spoken_ms, now);
        e->word.id = w ? arena_copy(v->arena, w->id) : NULL;
    } else if (idle) {
        call(chat, EFFECT_TAKE_WORD, v)->word.id = arena_copy(v->arena, idle->id);
    }
}

/* A call is under way, or one has just failed. */
static bool is_free(const struct word_post *p, struct verdict *v)
{
    return verdict_due(v, p->id ? p->sent_ms + LOST_MS : p->not_before_ms);
}

static struct fact *forget(const struct left_word *w, bool appeared, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_WORD_GONE, 0);
    f->verb = arena_copy(v->arena, w->chat);
    f->text = arena_copy(v->arena, w->id);
    f->until_ms = w->at_ms;
    f->on = appeared;
    return f;
}

/* Where one is required and does not come. */
static void refuse_lift(const struct desk *desk, struct verdict *v)
{
    const struct casefile *c = guardrail_lifting(desk);
    if (!c || c->change_begun || deadman_lets(desk, c, v->turn.now_ms))
        return;
    const char *why = why_none(desk);
    bool waited = verdict_due(v, c->lifting_ms + LIFT_WAITS_MS),
         in_vain = verdict_due(v, c->lifting_ms + LIFT_REFUSED_MS);
    if (desk->policy->dead_man != DEAD_MAN_REQUIRED || !(in_vain || (waited && why)))
        return;
    verdict_fact(v, FACT_REFUSED, c->no)->text =
        verdict_text(v,
                     "no message could be left in the chat for the case that I fall silent, and "
                     "the rules require one (%s)",
                     why ? why : "the chat has not answered in time");
}

/* The first word may have to be moved on although nothing happens. */
static void wait_to_move(const struct desk *desk, const struct chat_state *chat, struct verdict *v)
{
    ms_t first_ms = first_rung_ms(desk, chat->words.holds_ms, v->turn.now_ms);
    const struct left_word *w = first_ms == MS_NEVER ? NULL : first_word(desk, chat, first_ms);
    if (w)
        verdict_due(v, w->at_ms - chat->words.holds_ms / 2 + 1); /* until then it is good */
}

void deadman_settle(const struct desk *desk, struct verdict *v)
{
    refuse_lift(desk, v);
    for (size_t i = 0; i < desk->deadman.count && verdict_has_room(v); i++)
        if (verdict_due(v, desk->deadman.words[i].at_ms + GRACE_MS))
            forget(&desk->deadman.words[i], true, v);
    for (size_t i = 0; i < desk->chat_count && verdict_has_room(v); i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (!takes_words(chat))
            continue;
        if (is_free(&chat->words, v))
            next_call(desk, chat, v);
        wait_to_move(desk, chat, v);
    }
}

/* ---- what came of a call ---- */

/* The case that reguard is to speak of first: its card shows whether a word stands. */
static uint32_t first_no(const struct desk *desk)
{
    const struct casefile *c = first_case(desk, &(ms_t){ 0 });
    return c ? c->no : 0;
}

static struct fact *left(const struct desk *desk, const char *chat, const char *id, ms_t at_ms,
                         struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_WORD_LEFT, first_no(desk));
    f->verb = arena_copy(v->arena, chat);
    f->text = arena_copy(v->arena, id);
    f->until_ms = at_ms;
    return f;
}

/* What it says is known only of one that this process has left. */
static struct fact *left_now(const struct desk *desk, const struct chat_state *chat,
                             const struct event_word *word, struct verdict *v)
{
    struct fact *f = left(desk, chat->name, word->id, word->at_ms, v);
    f->since_ms = chat->words.moves ? chat->words.told_ms : 0;
    return f;
}

static void failed(const struct desk *desk, const struct chat_state *chat, const struct event *e,
                   const char *why, struct verdict *v)
{
    ms_t wait = ms_doubled(AGAIN_MS, chat->words.failures, AGAIN_MOST_MS);
    struct fact *f = verdict_fact(v, FACT_WORD_FAILED, first_no(desk));
    f->verb = arena_copy(v->arena, chat->name);
    f->text = why;
    f->until_ms = v->turn.now_ms + ms_max(wait, e->word.retry_after_ms);
    f->count = chat->words.failures + 1;
    f->effect_id = (int64_t)e->effect_id;
    f->on = e->word.in_doubt;
    f->window_ms = e->word.holds_ms;
}

static bool stands(const struct event_words *there, const char *id)
{
    for (size_t i = 0; i < there->count; i++)
        if (str_equal(there->all[i].id, id))
            return true;
    return false;
}

/* Not named before in that list. */
static bool is_first_so_named(const struct event_words *there, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_equal(there->all[i].id, there->all[at].id))
            return false;
    return true;
}

/* What stands there without being on record is ours when it says so; it is on record from now on,
   so that it is taken back when it is not needed. */
static void read_back(const struct desk *desk, const struct chat_state *chat,
                      const struct event_words *there, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_WORDS_READ, 0);
    f->verb = arena_copy(v->arena, chat->name);
    f->effect_id = (int64_t)chat->words.id;
    for (size_t i = 0; i < desk->deadman.count; i++) {
        const struct left_word *w = &desk->deadman.words[i];
        if (is_in(w, chat) && !stands(there, w->id))
            forget(w, w->at_ms <= v->turn.now_ms, v);
    }
    for (size_t i = 0; i < there->count; i++) { /* its time began anew, and nobody answered */
        const struct left_word *w = word_with(desk, chat->name, there->all[i].id);
        if (w && there->all[i].at_ms > w->at_ms + MOVED_MS)
            left(desk, chat->name, w->id, there->all[i].at_ms, v);
    }
    size_t count = desk->deadman.count;
    for (size_t i = 0; i < there->count && count < LIMIT_LEFT_WORDS; i++)
        if (is_first_so_named(there, i) && !word_with(desk, chat->name, there->all[i].id) &&
            desk->doubt.store[0] &&
            strstr(str_or_empty(there->all[i].text), deadman_mark(desk->doubt.store, v->arena))) {
            left(desk, chat->name, there->all[i].id, there->all[i].at_ms, v);
            count++;
        }
}

void deadman_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (!e->effect_id || chat->words.id != e->effect_id)
            continue;
        const struct left_word *w = word_with(desk, chat->name, str_or_empty(e->word.id));
        /* Which of the two a name means nobody could tell, nor ever have enough of them. */
        bool named_twice = e->kind == EVENT_WORD_LEFT && w && !chat->words.moves;
        if (e->error || named_twice)
            failed(desk, chat, e, e->error ? e->error : "it has the name of an earlier one", v);
        else if (e->kind == EVENT_WORDS_READ)
            read_back(desk, chat, &e->words, v);
        else if (e->kind == EVENT_WORD_LEFT)
            left_now(desk, chat, &e->word, v)->effect_id = (int64_t)e->effect_id;
        else if (w)
            forget(w, false, v)->effect_id = (int64_t)e->effect_id;
    }
}

/* ---- applying ---- */

static void apply_left(struct desk *desk, const struct fact *f)
{
    struct deadman *d = &desk->deadman;
    for (size_t i = 0; i < d->count; i++)
        if (str_equal(d->words[i].chat, f->verb) && str_equal(d->words[i].id, f->text)) {
            d->words[i].at_ms = f->until_ms;
            return;
        }
    if (d->count == LIMIT_LEFT_WORDS)
        return;
    struct left_word *w = &d->words[d->count++];
    *w = (struct left_word){ .at_ms = f->until_ms, .told_ms = f->since_ms };
    STR_SET(w->chat, f->verb);
    STR_SET(w->id, f->text);
}

static void apply_gone(struct deadman *d, const struct left_word *w)
{
    if (!w)
        return;
    size_t at = (size_t)(w - d->words);
    memmove(&d->words[at], &d->words[at + 1], (d->count - at - 1) * sizeof *w);
    d->count--;
}

static void apply_post(struct word_post *p, const struct fact *f)
{
    if (f->kind == FACT_WORD_SENT) {
        p->id = (uint64_t)f->effect_id;
        p->sent_ms = f->at_ms;
        p->told_ms = f->until_ms;
        return;
    }
    if (!p->id || p->id != (uint64_t)f->effect_id)
        return; /* not what came of that call */
    p->id = 0;
    p->is_read = f->kind == FACT_WORDS_READ || (p->is_read && !f->on);
    p->failures = f->kind == FACT_WORD_FAILED ? (int)f->count : 0;
    p->not_before_ms = f->kind == FACT_WORD_FAILED ? f->until_ms : 0;
    if (f->kind == FACT_WORDS_READ) {
        p->read_ms = f->at_ms;
        p->reads++;
    }
    p->holds_ms = f->kind == FACT_WORD_FAILED && f->window_ms ? f->window_ms : p->holds_ms;
    STR_SET(p->why, f->kind == FACT_WORD_FAILED ? f->text : "");
}

void deadman_apply(struct desk *desk, const struct fact *f)
{
    switch ((int)f->kind) {
    case FACT_WORD_LEFT: apply_left(desk, f); break;
    case FACT_WORD_GONE: apply_gone(&desk->deadman, word_with(desk, f->verb, f->text)); break;
    case FACT_WORD_SENT:
    case FACT_WORD_FAILED:
    case FACT_WORDS_READ: break;
    default: fact_stray(f, "deadman");
    }
    for (size_t i = 0; i < desk->chat_count; i++)
        if (str_equal(desk->chats[i].name, f->verb))
            apply_post(&desk->chats[i].words, f);
}
