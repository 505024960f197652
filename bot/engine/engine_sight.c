/* SPDX-License-Identifier: Apache-2.0 */
/* What our messages say of the records, and whether what they said before fits them. */
#include "core/deadman.h"
#include "core/doubt.h"
#include "core/twin.h"
#include "host/clock.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"
#include "core/encode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- saying it ---- */

static const char *with_record(const struct engine *e, const char *footer, struct arena *arena)
{
    return arena_printf(arena, "%s%saudit record %" PRIu64 ", %.16s", str_or_empty(footer),
                        str_or_empty(footer)[0] ? " · " : "", e->desk->record,
                        e->desk->record_hash);
}

/* A lift that has begun may be proved at any moment, and lasts as long from then on. */
static ms_t window_ends_ms(const struct desk *desk, const char *case_id)
{
    const struct casefile *c = desk_case_const(desk, case_id_read(case_id));
    if (c && c->state == CASE_LIFTING)
        return case_would_end_ms(c, c->lifting_ms + desk->policy->lift_gives_up);
    return c && case_is_down(c) ? c->deadline_ms : 0;
}

/* Started without a file: what is said then speaks of no records, or it would be taken for another
   reguard's once the file is there. */
static bool has_no_records(const struct engine *e)
{
    return engine_is_away(e) && e->desk->record == 0;
}

void engine_bear_witness(struct engine *e, struct message *m, struct arena *arena)
{
    bool shown = m->kind == MESSAGE_CARD || m->kind == MESSAGE_POST;
    m->witness = (struct witness){ .record = e->desk->record,
                                   .hash = e->desk->record ? e->desk->record_hash
                                                           : STORE_FIRST_HASH,
                                   .store = has_no_records(e) ? NULL : e->desk->doubt.store,
                                   .since_ms = e->started_ms,
                                   .epoch = store_lease_epoch(e->store),
                                   .said_ms = engine_now_ms(e),
                                   .born_ms = e->desk->born_ms,
                                   .again_ms = twin_promise_ms(e->desk),
                                   .until_ms = window_ends_ms(e->desk, m->case_id),
                                   .speaks_ms = deadman_speaks_ms(e->desk) };
    if (!shown || m->names_record || !e->desk->record)
        return;
    m->footer = with_record(e, m->footer, arena);
    if (m->served_footer)
        m->served_footer = with_record(e, m->served_footer, arena);
}

/* ---- reading it back ---- */

struct judging {
    struct engine *engine;
    struct arena *arena;
    const char *chat;
    struct event_looked *looked;
    struct buf strangers;
};

static void add_stranger(struct judging *j, const struct sighting *s)
{
    if (j->strangers.bytes + 40 < LIMIT_STRANGERS_BYTES)
        buf_addf(&j->strangers, "%s%s:%" PRIu64, j->strangers.bytes ? " " : "", s->store,
                 s->record);
}

/* Of several, the newest is named. */
static void misfit(struct judging *j, const struct sighting *s, const char *why)
{
    add_stranger(j, s);
    if (j->looked->why && j->looked->record >= s->record)
        return;
    j->looked->why = why;
    j->looked->record = s->record;
    j->looked->hash = s->hash;
}

static void judge_own(struct judging *j, const struct sighting *s)
{
    struct engine *e = j->engine;
    char hash[STORE_HASH_BYTES];
    if (s->record == 0)
        return;
    if (!store_hash_of(e->store, s->record, hash))
        misfit(j, s,
               arena_printf(j->arena,
                            "the chat has seen record %" PRIu64 " of them, and they end with "
                            "%" PRIu64 ": this is an older copy",
                            s->record, e->desk->record));
    else if (!str_equal(hash, s->hash))
        misfit(j, s,
               arena_printf(j->arena, "record %" PRIu64 " is another one than the chat has seen",
                            s->record));
}

/* Another reguard that lives is no reason to doubt our own records. */
static bool is_of_a_twin(const struct judging *j, const struct sighting *s)
{
    const struct desk *desk = j->engine->desk;
    if (doubt_is_accepted(desk, s->store, UINT64_MAX) || twin_lives(desk, s->store))
        return true;
    if (str_equal(s->store, desk->doubt.store))
        return false;
    for (size_t i = 0; i < j->looked->count; i++)
        if (str_equal(j->looked->seen[i].store, s->store) &&
            twin_is_news(desk, j->chat, &j->looked->seen[i]))
            return true;
    return false;
}

static void judge(struct judging *j, const struct sighting *s)
{
    const struct desk *desk = j->engine->desk;
    if (s->store[0] && is_of_a_twin(j, s))
        return;
    if (s->case_no > j->looked->last_case)
        j->looked->last_case = s->case_no;
    if (!s->store[0] || doubt_is_accepted(desk, s->store, s->record))
        return;
    if (str_equal(s->store, desk->doubt.store))
        judge_own(j, s);
    else
        misfit(j, s,
               arena_printf(j->arena,
                            "the chat has messages of mine that other records led to (up to "
                            "record %" PRIu64 "): these are new, or those of another reguard",
                            s->record));
}

/* Messages that bear no witness show nothing but the numbers of their cases. */
static void judge_cases(struct judging *j)
{
    const struct desk *desk = j->engine->desk;
    char seen[CASE_ID_BYTES], last[CASE_ID_BYTES];
    if (j->looked->why || j->looked->last_case <= desk->last_case)
        return;
    case_id_text(j->looked->last_case, seen);
    case_id_text(desk->last_case, last);
    j->looked->why = arena_printf(j->arena, "the chat has seen case %s, and my records know %s%s",
                                  seen, last[0] ? "none after " : "none", last);
}

void engine_judge(struct engine *e, struct event *ev, struct arena *arena)
{
    struct judging j = { .engine = e, .arena = arena, .chat = ev->chat, .looked = &ev->looked };
    if (ev->error || engine_is_away(e)) /* nothing is lowered as long as the file is away */
        return;
    buf_init(&j.strangers, LIMIT_STRANGERS_BYTES);
    ev->looked.hash = "";
    for (size_t i = 0; i < ev->looked.count; i++)
        judge(&j, &ev->looked.seen[i]);
    judge_cases(&j);
    ev->looked.strangers = arena_copy(arena, buf_text(&j.strangers));
    buf_done(&j.strangers);
    if (ev->looked.why && !e->desk->doubt.stands)
        LOG(LOG_ERROR, "store.misfit", LS("chat", ev->chat), LS("why", ev->looked.why),
            LI("record", ev->looked.record));
}

bool engine_is_own(const struct engine *e, const struct event *ev)
{
    const struct event_looked *l = &ev->looked;
    return !l->count || !l->seen->store[0] || str_equal(l->seen->store, e->desk->doubt.store);
}

/* ---- whose records they are ---- */

static void new_id(char ret_id[STORE_ID_BYTES])
{
    unsigned char bytes[(STORE_ID_BYTES - 1) / 2];
    clock_random(bytes, sizeof bytes);
    encode_hex(bytes, sizeof bytes, ret_id);
}

static ms_t number(const char *text)
{
    ms_t number = text ? strtoll(text, NULL, 10) : 0;
    return number > 0 && number < LIMIT_INSTANT_MS ? number : 0;
}

static bool put_number(struct engine *e, const char *key, ms_t number, struct arena *arena,
                       struct err *err)
{
    return store_put(e->store, key, arena_printf(arena, "%" PRId64, number), err);
}

/* Records that began before this was written down. */
static ms_t first_record_ms(struct engine *e)
{
    ms_t first = store_oldest_ms(e->store);
    return first ? first : engine_now_ms(e);
}

bool engine_know_store(struct engine *e, struct err *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    char id[STORE_ID_BYTES];
    const char *kept = store_get(e->store, "store", &arena);
    if (kept && strlen(kept) == STORE_ID_BYTES - 1)
        STR_SET(id, kept);
    else
        new_id(id);
    const char *born = store_get(e->store, "born", &arena);
    desk_know_records(e->desk, id, born ? number(born) : first_record_ms(e),
                      store_get(e->store, "accepted", &arena),
                      number(store_get(e->store, "accepted_ms", &arena)));
    desk_skip_numbers(e->desk, case_id_read(store_get(e->store, "cases_seen", &arena)));
    bool fine = (str_equal(kept, id) && born) ||
                (store_put(e->store, "store", id, err) &&
                 put_number(e, "born", e->desk->born_ms, &arena, err) &&
                 store_commit(e->store, err));
    arena_done(&arena);
    return fine;
}

bool engine_keep_doubt(struct engine *e, const struct fact *f, struct arena *arena, struct err *err)
{
    char last[CASE_ID_BYTES];
    bool accepted = f->kind == FACT_STORE_ACCEPTED,
         of_twin = f->kind == FACT_TWIN_FOUND || f->kind == FACT_TWIN_GONE;
    if (f->kind != FACT_STORE_DOUBTED && !accepted && !of_twin)
        return true;
    const struct doubt *d = &e->desk->doubt;
    case_id_text(e->desk->last_case, last);
    return store_put(e->store, "doubt", d->stands ? d->why : "", err) &&
           put_number(e, "accepted_ms", d->accepted_ms, arena, err) &&
           store_put(e->store, "cases_seen", last, err) &&
           store_put(e->store, "store", e->desk->doubt.store, err) &&
           store_put(e->store, "accepted", e->desk->doubt.accepted, err);
}
