/* SPDX-License-Identifier: Apache-2.0 */
/* What people ask about cases that have left the desk: how long each question holds its turn, from
   the event to what is written for it, without the commit: median, least and most. One more case is
   put behind those of the store when it is not there yet: of so many records as one has that was
   overdue for a month. usage: filed DIR [TIMES]     DIR: what fill has made; it grows by that case
   and by the questions
 */
#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/xalloc.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/clock.h"
#include "net/loop.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS_OF_LONG_CASE = 10000, SHOWN_MOST = 10000 };

struct bench {
    struct loop *loop;
    struct store *store;
    struct engine engine;
    uint32_t cases, long_case;
    unsigned asked;
    uint64_t took_us[SHOWN_MOST];
};

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* ---- a case that was long overdue ---- */

static bool append(struct bench *b, struct fact *f, struct err *err)
{
    static const struct fact_actor ana = { "u-ana", "slack", "UANA1", "ana", "ana@example.com" };
    f->case_no = b->long_case;
    f->actor = ana;
    bool fine = store_append(b->store, f, &b->engine.work, err);
    arena_reset(&b->engine.work);
    return fine;
}

static bool put_long_case(struct bench *b, struct err *err)
{
    struct case_row row = { .closed_ms = 1, .asked_ms = 1 };
    struct fact asked = { .kind = FACT_ASKED,
                          .at_ms = store_newest_ms(b->store),
                          .handle = "long",
                          .account = "222222222222",
                          .account_name = "bakery",
                          .reason = "month end invoices",
                          .window_ms = MS_HOUR };
    struct fact withdrawn = { .kind = FACT_WITHDRAWN, .at_ms = asked.at_ms };
    struct fact reminded = { .kind = FACT_REMINDED, .at_ms = asked.at_ms };
    case_id_text(b->long_case, row.case_id);
    STR_SET(row.state, "withdrawn");
    bool fine = append(b, &asked, err);
    for (int i = 0; fine && i < RECORDS_OF_LONG_CASE; i++) {
        reminded.count = i + 1;
        fine = append(b, &reminded, err);
    }
    return fine && append(b, &withdrawn, err) && store_put_case(b->store, &row, err) &&
           store_commit(b->store, err);
}

/* The last of the store that fill has made, with the one that is put behind it. */
static bool find_cases(struct bench *b, struct err *err)
{
    struct case_row row;
    if (!store_cases(b->store, false, NULL, &row, 1))
        return err_set(err, "there is no case");
    b->long_case = case_id_read(row.case_id);
    if (!str_equal(row.state, "withdrawn")) {
        b->long_case++;
        if (!put_long_case(b, err))
            return false;
    }
    b->cases = b->long_case - 100; /* the last ones may be on the desk yet */
    return b->cases > 0;
}

/* ---- asking ---- */

static bool is_answered(const struct verdict *v)
{
    for (size_t i = 0; i < v->effect_count; i++)
        if (v->effects[i].kind == EFFECT_ANSWER)
            return true;
    return false;
}

static bool ask(struct bench *b, const char *text, uint64_t *ret_us, struct err *err)
{
    struct engine *e = &b->engine;
    struct arena *arena = inbox_arena(&e->inbox);
    struct event *ev = inbox_new(&e->inbox, EVENT_SAID, "slack");
    ev->id = arena_printf(arena, "bench-%" PRId64 "-%u", e->started_ms, ++b->asked);
    ev->actor.id = arena_printf(arena, "U%u", b->asked % LIMIT_TALKERS);
    ev->place = PLACE_CHANNEL;
    ev->thread_id = "";
    ev->said.text = text;
    uint64_t begun_us = clock_monotonic_us();
    bool fine = engine_handle(e, ev, e->verdict, err);
    *ret_us = clock_monotonic_us() - begun_us;
    fine = fine && (is_answered(e->verdict) || err_set(err, "\"%s\" has no answer", text));
    fine = fine && store_commit(b->store, err);
    arena_reset(&e->work);
    inbox_release(&e->inbox, inbox_take(&e->inbox));
    return fine;
}

struct wish {
    const char *before, *behind; /* the case's number; NULL: it has none */
    bool of_long;                /* of the long case, else of another one each time */
};

static bool measure(struct bench *b, const struct wish *q, size_t times, struct err *err)
{
    bool fine = true;
    for (size_t i = 0; fine && i < times; i++) {
        char text[64], id[CASE_ID_BYTES];
        case_id_text(q->of_long ? b->long_case : (uint32_t)(1 + i * 7919 % b->cases), id);
        snprintf(text, sizeof text, "%s%s%s", q->before, q->behind ? id : "",
                 str_or_empty(q->behind));
        fine = ask(b, text, &b->took_us[i], err);
    }
    if (!fine)
        return false;
    size_t middle = times / 2;
    qsort(b->took_us, times, sizeof b->took_us[0], by_size);
    printf("%s%s%s%s, ms: %.3f %.3f %.3f\n", q->before, q->behind ? "G-0001" : "",
           str_or_empty(q->behind), q->of_long ? ", of 10,000 records" : "",
           (double)b->took_us[middle] / 1000, (double)b->took_us[0] / 1000,
           (double)b->took_us[times - 1] / 1000);
    return true;
}

static bool all(struct bench *b, const char *dir, size_t times, struct err *err)
{
    static const struct policy policy = { .provider = &stax_provider, .command_word = "/reguard" };
    static const struct people people;
    static const struct wish questions[] = {
        { "status", NULL, false },   { "history 20", NULL, false }, { "show ", "", false },
        { "show ", " full", false }, { "show ", "", true },         { "show ", " full", true }
    };
    b->loop = loop_new(err);
    b->store = b->loop ? store_open(dir, err) : NULL;
    if (!b->store || !engine_init(&b->engine, b->loop, b->store, &policy, &people, err))
        return false;
    engine_use_commands(&b->engine, command_table, command_table_count);
    bool fine = find_cases(b, err);
    for (size_t i = 0; fine && i < COUNT(questions); i++)
        fine = measure(b, &questions[i], times, err);
    engine_done(&b->engine);
    return fine;
}

int main(int count, char **arguments)
{
    static struct bench b;
    struct err err = { "" };
    size_t times = count == 3 ? strtoul(arguments[2], NULL, 10) : 400;
    bool fine = (count == 2 || count == 3) && times > 0 && times <= SHOWN_MOST &&
                all(&b, arguments[1], times, &err);
    if (!fine)
        fprintf(stderr, "filed: %s\n", err.text[0] ? err.text : "usage: filed DIR [TIMES]");
    store_close(b.store);
    loop_free(b.loop);
    return fine ? 0 : 1;
}
