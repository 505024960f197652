/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/watch.h"
#include "adapters/aws/events.h"
#include "adapters/aws/queue.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"
#include "net/again.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 16 * 1024 * 1024, QUESTION_BYTES = 4096 };
/* What passes is trouble after a while; a refusal is at once. */
static const ms_t TROUBLE_AFTER_MS = 2 * MS_MINUTE, AGAIN_FIRST_MS = MS_SECOND,
                  AGAIN_MOST_MS = MS_MINUTE;
/* Who does not wait for messages is not asked without a pause. */
static const ms_t PAUSE_MS = MS_SECOND;
/* What is not on disk by then comes again by itself. */
static const ms_t PATIENCE_MS = MS_MINUTE;

enum state { GONE, AWAITED, ON_DISK };
struct received {
    enum state state;
    uint64_t number;
    char receipt[AWS_RECEIPT_BYTES];
};

struct aws_watch {
    struct loop *loop;
    struct aws_asker *asker;
    const struct aws_settings *settings;
    struct inbox *inbox;
    struct received messages[AWS_MESSAGES]; /* of the last answer */
    size_t deleting;
    uint64_t numbers;
    char question[QUESTION_BYTES];
    struct loop_timer timer;
    bool asking;
    ms_t asked_ms;   /* monotonic */
    int failures;    /* in a row */
    ms_t failing_ms; /* since then, monotonic */
    bool told_fine, told_trouble;
    struct err why; /* "" while it can be read, or that is not known */
    struct aws_watch_counts counts;
};

static void poll(struct aws_watch *w);

/* ---- whether it can be read ---- */

static void tell(struct aws_watch *w)
{
    struct event *e = inbox_new(w->inbox, EVENT_ROOT_WATCH, "aws");
    if (w->why.text[0])
        e->error = arena_copy(inbox_arena(w->inbox), w->why.text);
    inbox_put(w->inbox, e);
    w->told_fine = !w->why.text[0];
    w->told_trouble = w->why.text[0];
}

static void fine(struct aws_watch *w)
{
    w->failures = 0;
    w->why = (struct err){ "" };
    if (!w->told_fine)
        tell(w);
}

static void failed(struct aws_watch *w, bool passes, const char *why)
{
    ms_t now_ms = clock_monotonic_ms();
    if (!w->failures)
        w->failing_ms = now_ms;
    ms_t wait_ms = ms_min(again_ms(AGAIN_FIRST_MS, w->failures, 0), AGAIN_MOST_MS);
    w->failures = w->failures < INT32_MAX ? w->failures + 1 : w->failures;
    if (!passes || now_ms - w->failing_ms >= TROUBLE_AFTER_MS) {
        err_set(&w->why, "%s", why);
        if (!w->told_trouble)
            tell(w);
    }
    loop_timer_set(w->loop, &w->timer, wait_ms);
}

/* ---- deleting ---- */

static void delete_next(struct aws_watch *w);

/* One that could not be deleted comes again, and changes nothing. */
static void on_deleted(void *arg, const struct aws_answer *r)
{
    struct aws_watch *w = arg;
    (void)r;
    w->asking = false;
    w->messages[w->deleting].state = GONE;
    delete_next(w);
}

static void delete_next(struct aws_watch *w)
{
    size_t i = 0;
    while (i < AWS_MESSAGES && w->messages[i].state != ON_DISK)
        i++;
    if (i == AWS_MESSAGES) {
        poll(w);
        return;
    }
    CLEANUP(buf_done) struct buf question;
    buf_init(&question, sizeof w->question);
    aws_queue_ask_delete(w->settings->events_queue, w->messages[i].receipt, &question);
    STR_SET(w->question, buf_text(&question));
    w->deleting = i;
    w->asking = true;
    aws_asker_ask(w->asker, AWS_DELETE_MESSAGE, w->question, on_deleted, w);
}

static bool is_awaited(const struct aws_watch *w)
{
    for (size_t i = 0; i < AWS_MESSAGES; i++)
        if (w->messages[i].state == AWAITED)
            return true;
    return false;
}

void aws_watch_acknowledge(struct aws_watch *w, uint64_t receipt)
{
    for (size_t i = 0; i < AWS_MESSAGES; i++)
        if (w->messages[i].state == AWAITED && w->messages[i].number == receipt)
            w->messages[i].state = ON_DISK;
    if (!w->asking && !is_awaited(w))
        loop_timer_set(w->loop, &w->timer, 0);
}

/* ---- receiving ---- */

static void put(struct aws_watch *w, const struct aws_message *from, const struct aws_event *event,
                const char *why, struct received *to)
{
    struct arena *arena = inbox_arena(w->inbox);
    struct event *e = inbox_new(w->inbox, EVENT_ROOT_USED, "aws");
    e->id = arena_copy(arena, why ? from->id : event->id);
    e->error = why ? arena_copy(arena, why) : NULL;
    e->receipt = to->number = ++w->numbers;
    if (!why) {
        e->root = event->root;
        e->root.account = arena_copy(arena, event->root.account);
        e->root.name = arena_copy(arena, event->root.name);
        e->root.address = arena_copy(arena, event->root.address);
    }
    to->state = inbox_put(w->inbox, e) ? AWAITED : GONE;
}

static void take(struct aws_watch *w, const struct aws_message *from, struct arena *arena,
                 struct received *to)
{
    struct aws_event event = { .id = "" };
    struct err err = { "" };
    const char *body = str_or_empty(from->body);
    STR_SET(to->receipt, from->receipt);
    to->state = ON_DISK; /* nothing is to be written of it */
    switch (aws_event_read(body, strlen(body), arena, &event, &err)) {
    case AWS_EVENT_ROOT:
        w->counts.used++;
        put(w, from, &event, NULL, to);
        return;
    case AWS_EVENT_UNREAD:
        w->counts.unread++;
        LOG(LOG_WARN, "aws.event_unread", LS("message", from->id), LS("error", err.text));
        put(w, from, &event, err.text, to);
        return;
    case AWS_EVENT_TASK: w->counts.tasks++; return;
    case AWS_EVENT_OTHER: w->counts.others++; return;
    }
}

static void go_on(struct aws_watch *w, size_t count)
{
    bool early = clock_monotonic_ms() - w->asked_ms < PAUSE_MS;
    if (!count)
        loop_timer_set(w->loop, &w->timer, early ? PAUSE_MS : 0);
    else if (is_awaited(w))
        loop_timer_set(w->loop, &w->timer, PATIENCE_MS);
    else
        delete_next(w);
}

static void on_received(void *arg, const struct aws_answer *r)
{
    struct aws_watch *w = arg;
    struct aws_message messages[AWS_MESSAGES];
    struct err err = { "" };
    struct arena arena;
    size_t count = 0;
    w->asking = false;
    if (!r->body) {
        failed(w, aws_passes(r->refusal), r->error);
        return;
    }
    arena_init(&arena, ARENA_BYTES);
    bool read = aws_queue_read_messages(r->body, r->body_bytes, &arena, messages, &count, &err);
    if (read)
        fine(w);
    for (size_t i = 0; i < count; i++)
        take(w, &messages[i], &arena, &w->messages[i]);
    arena_done(&arena);
    if (read)
        go_on(w, count);
    else
        failed(w, false, err.text);
}

/* What is on disk by now is deleted first; what is not, is forgotten here. */
static void next(void *arg)
{
    struct aws_watch *w = arg;
    for (size_t i = 0; i < AWS_MESSAGES; i++)
        if (w->messages[i].state == AWAITED)
            w->messages[i].state = GONE;
    delete_next(w);
}

/* Whether it can be read at all is to be known at once. */
static void poll(struct aws_watch *w)
{
    CLEANUP(buf_done) struct buf question;
    buf_init(&question, sizeof w->question);
    aws_queue_ask_messages(w->settings->events_queue, w->told_fine, &question);
    STR_SET(w->question, buf_text(&question));
    w->asked_ms = clock_monotonic_ms();
    w->asking = true;
    aws_asker_ask(w->asker, AWS_RECEIVE_MESSAGE, w->question, on_received, w);
}

/* ---- life ---- */

void aws_watch_start(struct aws_watch *w) { loop_timer_set(w->loop, &w->timer, 0); }

void aws_watch_trouble(const struct aws_watch *w, struct buf *b)
{
    if (w->why.text[0])
        buf_addf(b, "root users' events cannot be read: %s", w->why.text);
}

const struct aws_watch_counts *aws_watch_counts_of(const struct aws_watch *w) { return &w->counts; }

struct aws_watch *aws_watch_new(struct loop *loop, struct aws_asker *asker,
                                const struct aws_settings *settings, struct inbox *inbox)
{
    struct aws_watch *w = xcalloc(1, sizeof *w);
    *w = (struct aws_watch){ .loop = loop, .asker = asker, .settings = settings, .inbox = inbox };
    w->timer = (struct loop_timer){ .fired = next, .arg = w };
    return w;
}

void aws_watch_free(struct aws_watch *w)
{
    loop_timer_cancel(&w->timer);
    free(w);
}
