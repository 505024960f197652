/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rootusers.h"
#include "core/desk.h"
#include "core/inert.h"
#include "core/receipt.h"
#include "core/rich.h"

#include <inttypes.h>

/* What was found so lately is taken as it is. */
static const ms_t FRESH_MS = 15 * MS_MINUTE;
/* How far it is is told no more often than that, and at each quarter of the way. */
static const ms_t TOLD_EVERY_MS = MS_MINUTE;
/* It is given up then, whatever became of it: thousands of accounts take a quarter of an hour. */
static const ms_t GIVEN_UP_MS = 6 * MS_HOUR;
enum { QUARTERS = 4, LINE_BYTES = 1200, DAY_BYTES = 10 };
enum { NAME_CHARACTERS = 64, WHY_CHARACTERS = 200 };

/* Up to which byte accounts are named: those that somebody could use; and those that could not be
   asked, too. */
struct room {
    size_t usable, all;
};
static const struct room of_answer = { LIMIT_ANSWER_BYTES / 2, LIMIT_ANSWER_BYTES * 7 / 8 };
static const struct room of_file = { LIMIT_FILE_BYTES / 2, LIMIT_FILE_BYTES - 2 * LINE_BYTES };

bool rootusers_is_under_way(const struct desk *desk) { return desk->rootusers.by.key[0]; }

/* ---- in words ---- */

void rootusers_add_progress(struct buf *b, const struct desk *desk)
{
    if (desk->rootusers.of)
        buf_addf(b, "%" PRId64 " of %" PRId64 " accounts", desk->rootusers.done,
                 desk->rootusers.of);
}

static void add_day(struct buf *b, ms_t at_ms)
{
    CLEANUP(buf_done) struct buf whole;
    buf_init(&whole, 64);
    receipt_add_instant(&whole, at_ms);
    buf_addf(b, "%.*s", DAY_BYTES, buf_text(&whole));
}

static void add_account(struct buf *b, const struct root_row *r)
{
    CLEANUP(buf_done) struct buf name;
    buf_init(&name, LINE_BYTES);
    inert_add(&name, r->name, NAME_CHARACTERS);
    buf_addf(b, "• %s (%s): ", name.bytes ? buf_text(&name) : "no name",
             r->account[0] ? r->account : "no number");
}

static void add_row(struct buf *b, const struct root_row *r)
{
    add_account(b, r);
    if (!r->at_ms) {
        inert_add(b, str_or_empty(r->why), WHY_CHARACTERS);
        buf_add(b, "\n");
        return;
    }
    rootwalk_add_usable(b, &r->user);
    buf_add(b, "; since ");
    add_day(b, r->user.since_ms);
    buf_add(b, ", last use ");
    if (r->user.used_ms)
        add_day(b, r->user.used_ms);
    else
        buf_add(b, "not known");
    buf_add(b, "\n");
}

static void add_rows(struct buf *b, const struct root_rows *all, bool asked, size_t room)
{
    size_t more = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct root_row *r = &all->rows[i];
        bool wanted = asked ? r->at_ms && root_user_is_usable(&r->user) : !r->at_ms;
        if (wanted && b->bytes + LINE_BYTES <= room)
            add_row(b, r);
        else
            more += wanted;
    }
    if (more)
        buf_addf(b, "and %zu more\n", more);
}

/* Below the line that carries the point. */
static void add_accounts(struct buf *b, const struct root_rows *all, const struct root_sum *sum,
                         const struct room *room)
{
    add_rows(b, all, true, room->usable);
    if (sum->unasked) {
        buf_add(b, "Not asked:\n");
        add_rows(b, all, false, room->all);
    }
    if (sum->none)
        buf_addf(b, "%zu ha%s none", sum->none, sum->none == 1 ? "s" : "ve");
    if (sum->left)
        buf_addf(b, "; %zu of them: keys or certificates that are switched off, so delete them",
                 sum->left);
    buf_add(b, sum->none ? ".\n" : "");
    if (sum->beside)
        buf_addf(b,
                 "%zu more are not asked about: the management account, and those that are not "
                 "active or of a kind that I do not know.\n",
                 sum->beside);
    if (sum->cut)
        buf_addf(b, "The list was cut off at %zu accounts: there are more.\n", sum->count);
}

/* It stands in the record, too. */
static const char *point(const struct root_sum *sum, struct arena *arena)
{
    return arena_printf(arena, "%zu of %zu account%s ha%s usable root credentials%s", sum->usable,
                        sum->count, sum->count == 1 ? "" : "s", sum->usable == 1 ? "s" : "ve",
                        sum->unasked ? arena_printf(arena, "; %zu could not be asked", sum->unasked)
                                     : "");
}

static const char *report(const struct desk *desk, const struct root_rows *all,
                          const struct root_sum *sum, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    buf_add(&b, "🔑 ");
    rich_add_strong(&b, point(sum, arena));
    if (sum->from_ms) {
        buf_add(&b, ", as of ");
        rich_add_time(&b, sum->from_ms);
    }
    buf_add(&b, ".\n");
    add_accounts(&b, all, sum, &of_answer);
    if (!desk->rootusers.full)
        buf_addf(&b, "More of them, as a file: `%s root-users full`.", desk->policy->command_word);
    return arena_copy(arena, buf_text(&b));
}

static const struct effect_file *file_of(const struct root_rows *all, const struct root_sum *sum,
                                         ms_t now_ms, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_FILE_BYTES);
    buf_addf(&b, "%s.\nMade by reguard: ", point(sum, arena));
    receipt_add_instant(&b, now_ms);
    if (sum->from_ms) {
        buf_add(&b, "; the oldest answer: ");
        receipt_add_instant(&b, sum->from_ms);
    }
    buf_add(&b, "\n\n");
    add_accounts(&b, all, sum, &of_file);
    struct effect_file *file = arena_take(arena, sizeof *file);
    *file = (struct effect_file){ .name = "reguard-root-users.txt",
                                  .what = "list",
                                  .text = arena_copy(arena, buf_text(&b)) };
    return file;
}

/* ---- said to whoever asked, alone ---- */

/* Best effort, where it is read later on: an answer in a channel is gone by then. */
static struct effect_answer *answer(const struct desk *desk, const char *text, struct verdict *v)
{
    const struct party *by = &desk->rootusers.by;
    struct effect *e = verdict_effect(v, EFFECT_ANSWER);
    e->chat = arena_copy(v->arena, by->chat);
    e->answer = (struct effect_answer){
        .person_id = arena_copy(v->arena, by->chat_id), .direct = true, .alone = true, .text = text
    };
    return &e->answer;
}

/* Kept until the chat has it. */
static void end(const struct desk *desk, const char *said, const char *on_record, bool whole,
                struct verdict *v)
{
    const struct party *by = &desk->rootusers.by;
    struct effect *e = verdict_effect(v, EFFECT_SAY);
    e->say = message_saying(MESSAGE_DIRECT, said);
    e->say.to = arena_copy(v->arena, by->key);
    e->say.chat = arena_copy(v->arena, by->chat);
    e->say.alone = true;
    struct fact *f = verdict_fact(v, FACT_ROOTS_TOLD, 0);
    f->people = e->say.to;
    f->text = on_record;
    f->on = whole;
}

static void give_up(const struct desk *desk, const char *why, struct verdict *v)
{
    end(desk,
        verdict_text(v,
                     "I could not look at the root users of your accounts: %s. I changed nothing; "
                     "`%s root-users` tries again, and keeps what I have found.",
                     why, desk->policy->command_word),
        why, false, v);
}

/* ---- deciding ---- */

void rootusers_ask(int64_t count, bool full, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_ROOTS_ASKED, 0);
    f->count = count;
    f->on = full;
}

void rootusers_settle(const struct desk *desk, struct verdict *v)
{
    const struct rootusers *r = &desk->rootusers;
    if (!rootusers_is_under_way(desk))
        return;
    if (verdict_due(v, r->asked_ms + GIVEN_UP_MS)) {
        give_up(desk, "AWS did not answer for all of them within hours", v);
    } else if (!r->effect_id) {
        struct effect *e = verdict_effect(v, EFFECT_ROOT_USERS);
        e->found_since_ms = ms_min(v->turn.now_ms - FRESH_MS, r->asked_ms);
        verdict_fact(v, FACT_ROOTS_SENT, 0)->effect_id = (int64_t)e->id;
    }
}

static void step(const struct desk *desk, const struct root_rows *all, struct verdict *v)
{
    const struct rootusers *r = &desk->rootusers;
    struct fact *f = verdict_fact(v, FACT_ROOTS_STEP, 0);
    size_t quarter = all->done * QUARTERS / all->count,
           told = (size_t)r->told * QUARTERS / all->count;
    f->count = (int64_t)all->done;
    f->ref = (int64_t)all->count;
    f->on = quarter > told && v->turn.now_ms >= r->told_ms + TOLD_EVERY_MS;
    if (!f->on)
        return;
    size_t usable = rootwalk_sum(all).usable;
    answer(desk,
           verdict_text(v,
                        "I have looked at the root users of %zu of %zu accounts so far: %zu ha%s "
                        "usable credentials.",
                        all->done, all->count, usable, usable == 1 ? "s" : "ve"),
           v);
}

void rootusers_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct root_rows *all = e->roots.all;
    if (!e->effect_id || e->effect_id != desk->rootusers.effect_id)
        return;
    if (e->error) {
        give_up(desk, e->error, v);
        return;
    }
    if (!e->roots.over) {
        step(desk, all, v);
        return;
    }
    const struct root_sum sum = rootwalk_sum(all);
    end(desk, report(desk, all, &sum, v->arena), point(&sum, v->arena), !sum.unasked && !sum.cut,
        v);
    if (desk->rootusers.full)
        answer(desk, "Here is the list of root users as a file.", v)->file =
            file_of(all, &sum, v->turn.now_ms, v->arena);
}

/* ---- applying ---- */

static void apply_asked(struct rootusers *r, const struct fact *f)
{
    *r = (struct rootusers){ .asked_ms = f->at_ms, .told_ms = f->at_ms, .full = f->on };
    party_set(&r->by, f, "");
}

void rootusers_apply(struct desk *desk, const struct fact *f)
{
    struct rootusers *r = &desk->rootusers;
    switch ((int)f->kind) {
    case FACT_ROOTS_ASKED: apply_asked(r, f); return;
    case FACT_ROOTS_SENT: r->effect_id = (uint64_t)f->effect_id; return;
    case FACT_ROOTS_STEP:
        r->done = f->count;
        r->of = f->ref;
        if (f->on) {
            r->told = f->count;
            r->told_ms = f->at_ms;
        }
        return;
    case FACT_ROOTS_TOLD: *r = (struct rootusers){ .full = false }; return;
    }
    fact_stray(f, "rootusers");
}
