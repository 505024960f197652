/* What our messages say of the records, and whether what they said before fits them. */
#include "host/clock.h"
#include "host/engine_parts.h"
#include "host/log.h"

#include <inttypes.h>
#include <string.h>

/* ---- saying it ---- */

static const char *with_record(const struct engine *e, const char *footer, struct arena *arena)
{
    return arena_printf(arena, "%s%saudit record %" PRIu64 ", %.16s", str_or_empty(footer),
                        str_or_empty(footer)[0] ? " · " : "", e->desk->record,
                        e->desk->record_hash);
}

void engine_bear_witness(const struct engine *e, struct message *m, struct arena *arena)
{
    bool shown = m->kind == MESSAGE_CARD || m->kind == MESSAGE_POST;
    m->witness = (struct witness){ .record = e->desk->record,
                                   .hash = e->desk->record ? e->desk->record_hash
                                                           : STORE_FIRST_HASH,
                                   .store = e->desk->doubt.store,
                                   .since_ms = e->started_ms };
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

static void judge(struct judging *j, const struct sighting *s)
{
    const struct desk *desk = j->engine->desk;
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
    struct judging j = { .engine = e, .arena = arena, .looked = &ev->looked };
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

/* ---- whose records they are ---- */

static void new_id(char ret_id[STORE_ID_BYTES])
{
    unsigned char bytes[(STORE_ID_BYTES - 1) / 2];
    clock_random(bytes, sizeof bytes);
    CLEANUP(buf_done) struct buf id;
    buf_init(&id, STORE_ID_BYTES);
    for (size_t i = 0; i < sizeof bytes; i++)
        buf_addf(&id, "%02x", bytes[i]);
    str_copy(ret_id, STORE_ID_BYTES, buf_text(&id));
}

bool engine_know_store(struct engine *e, struct err *err)
{
    struct arena arena;
    struct doubt *d = &e->desk->doubt;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *kept = store_get(e->store, "store", &arena);
    if (kept && strlen(kept) == STORE_ID_BYTES - 1)
        STR_SET(d->store, kept);
    else
        new_id(d->store);
    STR_SET(d->accepted, store_get(e->store, "accepted", &arena));
    uint32_t last = case_id_read(store_get(e->store, "cases_seen", &arena));
    if (last > e->desk->last_case)
        e->desk->last_case = last;
    bool fine = str_equal(kept, d->store) ||
                (store_put(e->store, "store", d->store, err) && store_commit(e->store, err));
    arena_done(&arena);
    return fine;
}

bool engine_keep_doubt(struct engine *e, const struct fact *f, struct err *err)
{
    char last[CASE_ID_BYTES];
    bool accepted = f->kind == FACT_STORE_ACCEPTED;
    if (f->kind != FACT_STORE_DOUBTED && !accepted)
        return true;
    case_id_text(e->desk->last_case, last);
    return store_put(e->store, "doubt", accepted ? "" : str_or_empty(f->text), err) &&
           store_put(e->store, "cases_seen", last, err) &&
           store_put(e->store, "store", e->desk->doubt.store, err) &&
           store_put(e->store, "accepted", e->desk->doubt.accepted, err);
}
