/* SPDX-License-Identifier: Apache-2.0 */
/* The clock and the loop of a story, in the place of bot/net/loop.c and the clock's readings. */
#include "tests/sim/sim.h"
#include "host/clock.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct sim sim;

#define DIAL_TEXT(name, text) text,
const char *const dial_names[DIAL_COUNT] = { DIALS(DIAL_TEXT) };

/* ---- chance ---- */

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void chance_seed(struct chance *c, uint64_t seed, uint64_t stream)
{
    uint64_t state = seed * 0x2545f4914f6cdd1du + stream;
    for (size_t i = 0; i < COUNT(c->s); i++)
        c->s[i] = splitmix(&state);
}

static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* xoshiro256**, Blackman and Vigna. */
uint64_t chance_next(struct chance *c)
{
    uint64_t *s = c->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t chance_below(struct chance *c, uint64_t below)
{
    return below ? chance_next(c) % below : 0;
}

ms_t chance_between(struct chance *c, ms_t low, ms_t high)
{
    return high <= low ? low : low + (ms_t)chance_below(c, (uint64_t)(high - low + 1));
}

bool chance_percent(struct chance *c, unsigned percent) { return chance_below(c, 100) < percent; }

void hit(enum dial d) { sim.hits[d]++; }

bool strikes(enum dial d, unsigned percent)
{
    bool drawn = chance_percent(&sim.world, percent);
    if (!drawn || sim.calm || !sim.dials[d])
        return false;
    hit(d);
    return true;
}

/* ---- one queue for the world, one for the timers of the process ---- */

struct item {
    ms_t at_ms;
    uint64_t order;
    unsigned epoch;
    int process; /* whose timer it is, or who has brought it about */
    happening what;
    void *arg;
    struct loop_timer *timer;
};
struct heap {
    struct item *items;
    size_t count, room;
};
static struct heap world_heap, timer_heap;

static bool before(const struct item *a, const struct item *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

/* Where a timer stands in its heap is kept in its opaque room, from 1 on. */
static void put(struct heap *h, size_t at, struct item item)
{
    h->items[at] = item;
    if (item.timer)
        item.timer->impl[0] = (void *)(uintptr_t)(at + 1);
}

static void sift_up(struct heap *h, size_t at, struct item item)
{
    while (at > 0 && before(&item, &h->items[(at - 1) / 2])) {
        put(h, at, h->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(h, at, item);
}

static void sift_down(struct heap *h, size_t at, struct item item)
{
    for (size_t child; (child = 2 * at + 1) < h->count; at = child) {
        if (child + 1 < h->count && before(&h->items[child + 1], &h->items[child]))
            child++;
        if (!before(&h->items[child], &item))
            break;
        put(h, at, h->items[child]);
    }
    put(h, at, item);
}

static void heap_add(struct heap *h, struct item item)
{
    if (h->count == h->room) {
        h->room = h->room ? 2 * h->room : 256;
        h->items = realloc(h->items, h->room * sizeof *h->items);
        if (!h->items)
            abort();
    }
    sift_up(h, h->count++, item);
}

static void heap_remove(struct heap *h, size_t at)
{
    if (h->items[at].timer)
        h->items[at].timer->impl[0] = NULL;
    struct item last = h->items[--h->count];
    if (at == h->count)
        return;
    if (at > 0 && before(&last, &h->items[(at - 1) / 2]))
        sift_up(h, at, last);
    else
        sift_down(h, at, last);
}

void later(ms_t at_ms, unsigned epoch, happening what, void *arg)
{
    heap_add(&world_heap, (struct item){ .at_ms = ms_max(at_ms, sim.now_ms),
                                         .order = ++sim.order,
                                         .epoch = epoch,
                                         .process = sim.me->no,
                                         .what = what,
                                         .arg = arg });
}

void virtual_forget_process(void)
{
    size_t count = timer_heap.count;
    timer_heap.count = 0;
    for (size_t i = 0; i < count; i++)
        if (timer_heap.items[i].process == sim.me->no)
            timer_heap.items[i].timer->impl[0] = NULL;
        else
            sift_up(&timer_heap, timer_heap.count++, timer_heap.items[i]);
}

void virtual_reset(void)
{
    timer_heap.count = 0;
    for (size_t i = 0; i < world_heap.count; i++)
        free(world_heap.items[i].arg);
    world_heap.count = 0;
}

/* ---- the process: it runs until the next point at which it dies ---- */

void point(const char *where)
{
    if (!sim.in_bot)
        return;
    sim.points++;
    if (!sim.me->dies_in || --sim.me->dies_in)
        return;
    tell("B", "crash\t%s", where);
    longjmp(sim.death, 1);
}

static void start_again(void *arg)
{
    free(arg);
    if (!sim.me->epoch && !sim.me->gone)
        process_start();
}

static void die(void)
{
    sim.in_bot = false;
    sim.crashes++;
    process_kill();
    disk_after_death();
    if (sim.dials[DIAL_STORE_OLD] && !sim.calm && !sim.copy_is_kept)
        disk_keep_copy();
    else if (sim.copy_is_kept && !sim.copy_is_back && !sim.calm && chance_percent(&sim.world, 15))
        disk_put_back_copy();
    later(sim.now_ms + sim.me->down_for_ms, 0, start_again, NULL);
}

static void run_in_bot(happening what, void *arg)
{
    if (setjmp(sim.death)) {
        die();
        return;
    }
    sim.in_bot = true;
    what(arg);
    sim.in_bot = false;
}

/* What was on its way to the process waits as long as that is paused. */
static ms_t item_ms(const struct item *i)
{
    return i->timer || i->epoch ? ms_max(i->at_ms, sim.processes[i->process].paused_until_ms)
                                : i->at_ms;
}

static void take(struct heap *h)
{
    struct item i = h->items[0];
    sim.now_ms = ms_max(sim.now_ms, item_ms(&i));
    heap_remove(h, 0);
    sim.turns++;
    sim.me = &sim.processes[i.process];
    if (i.timer)
        run_in_bot(i.timer->fired, i.timer->arg);
    else if (i.epoch && i.epoch == sim.me->epoch)
        run_in_bot(i.what, i.arg);
    else if (!i.epoch)
        i.what(i.arg);
    else
        free(i.arg);
    sim.me = &sim.processes[0];
}

/* A paused process's items stand in the heap with their own instants: they are put back with
   the later ones. */
static void hold_back(struct heap *h)
{
    while (h->count && item_ms(&h->items[0]) > h->items[0].at_ms) {
        struct item i = h->items[0];
        heap_remove(h, 0);
        i.at_ms = item_ms(&i);
        heap_add(h, i);
    }
}

void virtual_run(ms_t until_ms)
{
    for (;;) {
        hold_back(&world_heap);
        hold_back(&timer_heap);
        struct heap *h = !timer_heap.count ? &world_heap
                         : !world_heap.count || before(&timer_heap.items[0], &world_heap.items[0])
                             ? &timer_heap
                             : &world_heap;
        if (!h->count || h->items[0].at_ms > until_ms)
            break;
        take(h);
    }
    sim.now_ms = ms_max(sim.now_ms, until_ms);
}

/* ---- loop.h ---- */

struct loop {
    int process;
};
static struct loop loops[PROCESSES];

struct loop *virtual_loop(void)
{
    loops[sim.me->no].process = sim.me->no;
    return &loops[sim.me->no];
}

void loop_timer_set(struct loop *loop, struct loop_timer *t, ms_t after_ms)
{
    loop_timer_cancel(t);
    t->loop = loop;
    heap_add(&timer_heap, (struct item){ .at_ms = sim.now_ms + ms_max(after_ms, 0),
                                         .order = ++sim.order,
                                         .process = loop->process,
                                         .timer = t });
}

void loop_timer_cancel(struct loop_timer *t)
{
    if (t->impl[0])
        heap_remove(&timer_heap, (size_t)(uintptr_t)t->impl[0] - 1);
}

/* ---- clock.h: the readings; linked with --wrap ---- */

ms_t __wrap_clock_wall_ms(void);
ms_t __wrap_clock_monotonic_ms(void);
uint64_t __wrap_clock_monotonic_us(void);
void __wrap_clock_random(void *bytes, size_t count);
ms_t __wrap_clock_jitter(ms_t low, ms_t high);

ms_t __wrap_clock_wall_ms(void)
{
    point("clock");
    return sim.now_ms + sim.wall_offset_ms;
}

ms_t __wrap_clock_monotonic_ms(void) { return sim.now_ms - sim.begin_ms + MS_HOUR; }

uint64_t __wrap_clock_monotonic_us(void) { return (uint64_t)__wrap_clock_monotonic_ms() * 1000; }

void __wrap_clock_random(void *bytes, size_t count)
{
    unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++)
        at[i] = (unsigned char)chance_next(&sim.bot);
}

ms_t __wrap_clock_jitter(ms_t low, ms_t high) { return chance_between(&sim.bot, low, high); }

/* ---- log.h: a part of the story that is printed, and no evidence ---- */

void log_setup(enum log_level level, enum log_format format) { (void)level, (void)format; }

bool log_wants(enum log_level level) { return sim.verbose && !sim.brief && level <= LOG_INFO; }

uint64_t log_dropped(void) { return 0; }

static void print_instant(void)
{
    ms_t ms = sim.now_ms - sim.begin_ms;
    printf("[+%" PRId64 "d %02d:%02d:%02d.%03d] ", ms / MS_DAY, (int)(ms / MS_HOUR % 24),
           (int)(ms / MS_MINUTE % 60), (int)(ms / MS_SECOND % 60), (int)(ms % 1000));
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t count)
{
    (void)level;
    print_instant();
    printf("      log %s", event);
    for (size_t i = 0; i < count; i++)
        if (pairs[i].kind == LOG_INTEGER)
            printf(" %s=%" PRId64, pairs[i].name, pairs[i].number);
        else
            printf(" %s=\"%s\"", pairs[i].name, str_or_empty(pairs[i].text));
    putchar('\n');
}

/* ---- evidence ---- */

const char *one_line(const char *text)
{
    static struct buf kept[4];
    static unsigned at;
    struct buf *b = &kept[at++ % COUNT(kept)];
    if (!b->ceiling)
        buf_init(b, 256 * 1024);
    buf_clear(b);
    for (const char *p = str_or_empty(text); *p; p++)
        if (*p == '\n')
            buf_add(b, "\\n");
        else if (*p == '\t')
            buf_add(b, "\\t");
        else
            buf_add_char(b, *p);
    return buf_text(b);
}

void tell(const char *kind, const char *format, ...)
{
    struct buf *b = &sim.evidence;
    buf_addf(b, "%" PRId64 "\t%s%s\t", sim.now_ms, kind, sim.me->no ? "2" : "");
    size_t from = b->bytes;
    va_list args;
    va_start(args, format);
    buf_addv(b, format, args);
    va_end(args);
    if (sim.verbose && (!sim.brief || !strchr("GJPCz", kind[0]))) {
        print_instant();
        printf("%s%s %.*s\n", kind, sim.me->no ? "2" : "", sim.brief ? 160 : -1,
               buf_text(b) + from);
    }
    buf_add_char(b, '\n');
    if (b->overflow) {
        fprintf(stderr, "sim: the evidence is too long\n");
        abort();
    }
}
