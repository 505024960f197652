/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks, and sandbox_after: one heap under one timer of libwebsockets, whose own list is
   searched from its start at each addition and would not bear tens of thousands of pending
   acknowledgements. */
#include "tests/sandbox/net/timers.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TIMERS_MAX = 1000000, TIMERS_PER_TURN = 10000 };

struct timer {
    int64_t at_ms;
    uint64_t number;
    void (*fn)(void *);
    void *arg;
};

static struct {
    struct timer *heap;
    size_t count, room;
    uint64_t numbers;
    struct lws_context *context;
    lws_sorted_usec_list_t sul;
} timers;

static int64_t read_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t sandbox_monotonic_ms(void) { return read_ms(CLOCK_MONOTONIC); }

int64_t sandbox_utc_ms(void) { return read_ms(CLOCK_REALTIME); }

/* Of two for the same millisecond the one asked for first comes first. */
static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void swap(size_t a, size_t b)
{
    struct timer t = timers.heap[a];
    timers.heap[a] = timers.heap[b];
    timers.heap[b] = t;
}

static void sift_up(size_t at)
{
    while (at && is_before(&timers.heap[at], &timers.heap[(at - 1) / 2])) {
        swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sift_down(size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < timers.count; child++)
            if (is_before(&timers.heap[child], &timers.heap[least]))
                least = child;
        if (least == at)
            return;
        swap(at, least);
        at = least;
    }
}

static struct timer take_first(void)
{
    struct timer first = timers.heap[0];
    timers.heap[0] = timers.heap[--timers.count];
    sift_down(0);
    return first;
}

static void arm(void);

static void on_time(lws_sorted_usec_list_t *sul)
{
    (void)sul;
    int64_t now = sandbox_monotonic_ms();
    uint64_t newest =
        timers.numbers; /* what a callback adds waits for the next turn: never inside a call */
    for (int n = 0; n < TIMERS_PER_TURN && timers.count && timers.heap[0].at_ms <= now &&
                    timers.heap[0].number <= newest;
         n++) {
        struct timer t = take_first();
        t.fn(t.arg);
    }
    arm();
}

static void arm(void)
{
    if (!timers.context || !timers.count)
        return;
    int64_t wait_ms = timers.heap[0].at_ms - sandbox_monotonic_ms();
    lws_sul_schedule(timers.context, 0, &timers.sul, on_time,
                     wait_ms > 0 ? wait_ms * LWS_US_PER_MS : 1);
}

void sandbox_after(int64_t delay_ms, void (*fn)(void *arg), void *arg)
{
    if (timers.count == timers.room) {
        size_t room = timers.room ? timers.room * 2 : 256;
        struct timer *heap = room <= TIMERS_MAX * 2 ? realloc(timers.heap, room * sizeof *heap)
                                                    : NULL;
        if (!heap) {
            fputs("reguard-sandbox: too many timers\n", stderr);
            abort(); /* a lost timer would show as a test that hangs for no visible reason */
        }
        timers.heap = heap;
        timers.room = room;
    }
    timers.heap[timers.count] = (struct timer){
        sandbox_monotonic_ms() + (delay_ms > 0 ? delay_ms : 0), ++timers.numbers, fn, arg
    };
    sift_up(timers.count++);
    if (timers.heap[0].number == timers.numbers)
        arm();
}

void timers_start(struct lws_context *context)
{
    timers.context = context;
    arm();
}

void timers_stop(void)
{
    /* The heap itself stays: what services hung into it is theirs, and the process ends. */
    if (timers.context)
        lws_sul_cancel(&timers.sul);
    timers.context = NULL;
}
