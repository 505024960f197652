/* SPDX-License-Identifier: Apache-2.0 */
/* Looking back: what was said in the channel and in the threads of open cases since the mark, and
   the votes that stand on them. Slack gives a channel's newest messages first, so a long time is
   cut into windows: as long as a page does not reach back to what is known, its oldest message
   becomes the end of an earlier window and is all that is kept of it. Windows are then read again
   from the oldest on. One is over when all of it, the threads in it included, is on disk; the mark
   moves with that. So memory is bounded however much was said, nothing is lost wherever it ends,
   and what was said is handled in the order of time. Positions are Slack's own time stamps, in
   microseconds: the clock of this machine has no say. Sources: docs.slack.dev,
   conversations.history, conversations.replies ("oldest" and "latest" are exclusive). */
#include "adapters/slack/codec_out.h"
#include "core/xalloc.h"
#include "adapters/slack/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also while the socket stands: so the mark moves on, and what Slack never brought is found. */
static const ms_t LOOK_EVERY_MS = 5 * MS_MINUTE, FULL_AGAIN_MS = 20;
/* There may be a done among it. */
static const enum urgency LOOK_URGENCY = URGENCY_RAISES;
/* What came last before the mark is read again: Slack may show a message later than a newer one. */
static const int64_t MARGIN_US = 60000000;
enum {
    PAGE_LEAST_OF_THREAD = 2, /* its first message is on every page */
    CALM_WINDOWS = 4,         /* so many without a page that was too long: pages grow again */
};

enum phase {
    LOOK_NEWEST,  /* there is no mark yet: only what comes from now on is for us */
    LOOK_CHANNEL, /* the channel's part of the window */
    LOOK_THREADS,
    LOOK_PUT,
    LOOK_MARK,
    LOOK_VOTES,
    LOOK_TELL,
};

/* What somebody said to us. */
struct pick {
    int64_t us;
    json_t *message;
    size_t bytes;
};

/* Of the messages on a page that lie in the window; 0: none do. */
struct page {
    int64_t first_us, last_us;
};

struct window {
    int64_t end_us; /* 0: now */
    bool halved;    /* it ends where it does only because more was too long */
    bool too_long;  /* it is known to hold a message that is longer than we take */
};

struct slack_hearing {
    struct slack *slack;
    uint64_t effect_id; /* 0: it rests after a failure and goes on from here when asked again */
    enum phase phase;
    bool calling, stale; /* a call is under way; it was asked for by an earlier effect */
    struct loop_timer timer;

    int64_t from_us, at_us; /* where it began; everything up to here is done with */
    int64_t again_us;       /* the next window begins there, when that is earlier; 0: no */
    /* The windows that are still to be read, newest first; the first one is open. */
    struct window windows[LIMIT_LOOK_WINDOWS];
    size_t window_count;
    int limit, calm; /* messages on a page; windows since one was too long */
    struct page page;
    char cursor[256];

    /* The window that is read now. */
    int64_t bound_us, newest_us; /* it is known up to here; the newest message in it, 0 for none */
    int64_t cut_us;              /* picks after it had to be left for later; 0: none */
    bool whole;                  /* nothing of it is left over */
    size_t skipped;              /* messages in it that could not be read, */
    size_t undated;              /* and of which it is not even known when they were said */
    struct pick picks[LIMIT_LOOK_EVENTS];
    size_t pick_count, pick_bytes, put;

    char messages[LIMIT_CASES][SLACK_TS_BYTES];
    size_t message_count, at; /* the thread, or the vote, that is read now */
    const char *untold;       /* why the votes are not known; NULL: they are, so far */

    int64_t marking_us;
    bool said_is_done;
    size_t left_out;
    char error[LIMIT_ERROR_BYTES]; /* TELL: "" for success */
    ms_t retry_after_ms;
};

static void go_on(void *arg);
static void on_message(void *arg, const json_t *message, bool left_out);

/* ---- time stamps ---- */

/* "1700000000.000100"; 0 for anything else. */
static int64_t us_of(const char *ts)
{
    int64_t us = 0;
    size_t seconds = strspn(str_or_empty(ts), "0123456789");
    if (!ts || seconds == 0 || seconds > 12 || ts[seconds] != '.' ||
        strspn(ts + seconds + 1, "0123456789") != 6 || ts[seconds + 7])
        return 0;
    for (const char *p = ts; *p; p++)
        us = *p == '.' ? us : us * 10 + (*p - '0');
    return us;
}

static const char *ts_of(int64_t us, char ts[SLACK_TS_BYTES])
{
    snprintf(ts, SLACK_TS_BYTES, "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
    return ts;
}

/* ---- windows ---- */

static void drop_picks(struct slack_hearing *l)
{
    for (size_t i = 0; i < l->pick_count; i++)
        json_decref(l->picks[i].message);
    l->pick_count = l->pick_bytes = l->put = 0;
}

static void begin_window(struct slack_hearing *l)
{
    drop_picks(l);
    if (l->again_us && l->again_us < l->at_us)
        l->at_us = l->again_us;
    l->again_us = 0;
    l->phase = LOOK_CHANNEL;
    l->bound_us = l->newest_us = l->cut_us = 0;
    l->whole = true;
    l->skipped = l->undated = 0;
    l->at = 0;
    l->untold = NULL;
    l->cursor[0] = '\0';
}

static struct window *window(struct slack_hearing *l) { return &l->windows[l->window_count - 1]; }

/* Where the window ends; 0: now. */
static int64_t end_us(struct slack_hearing *l) { return window(l)->end_us; }

/* An earlier window comes first. When there are too many, every second one is given up: what is in
   it is found anew when the one behind it is read. */
static void cut_window(struct slack_hearing *l, int64_t us)
{
    if (l->window_count == LIMIT_LOOK_WINDOWS) {
        for (size_t i = 1; 2 * i < LIMIT_LOOK_WINDOWS; i++)
            l->windows[i] = l->windows[2 * i];
        l->window_count /= 2;
    }
    l->windows[l->window_count++] = (struct window){ .end_us = us };
    begin_window(l);
}

/* ---- what was said to us ---- */

static bool came_live(const struct slack *s, int64_t us)
{
    for (size_t i = 0; i < LIMIT_LOOK_HEARD; i++)
        if (s->heard_us[i] == us)
            return true;
    return false;
}

void slack_note_heard(struct slack *s, const char *ts)
{
    s->heard_us[s->next_heard++ % LIMIT_LOOK_HEARD] = us_of(ts);
}

static void forget_newest_pick(struct slack_hearing *l)
{
    struct pick *p = &l->picks[--l->pick_count];
    l->pick_bytes -= p->bytes;
    l->cut_us = p->us - 1;
    json_decref(p->message);
}

/* In the order of time; as many as a turn can take, the oldest ones. */
static void pick(struct slack_hearing *l, const json_t *message, int64_t us)
{
    size_t bytes, at;
    bool late = l->cut_us && us > l->cut_us;
    json_t *kept = late ? NULL : slack_pick(&l->slack->codec, message, &bytes);
    if (!kept || came_live(l->slack, us)) {
        json_decref(kept);
        return;
    }
    if (l->pick_count == LIMIT_LOOK_EVENTS)
        forget_newest_pick(l);
    for (at = l->pick_count; at > 0 && l->picks[at - 1].us > us; at--)
        l->picks[at] = l->picks[at - 1];
    l->picks[at] = (struct pick){ us, kept, bytes };
    l->pick_count++;
    l->pick_bytes += bytes;
    while (l->pick_bytes > LIMIT_LOOK_BYTES && l->pick_count > 1)
        forget_newest_pick(l);
}

/* ---- the end of it ---- */

static void tell(struct slack_hearing *l, const char *error, ms_t retry_after_ms)
{
    STR_SET(l->error, error);
    l->retry_after_ms = retry_after_ms;
    l->phase = LOOK_TELL;
    go_on(l);
}

static void look_free(struct slack_hearing *l)
{
    loop_timer_cancel(&l->timer);
    drop_picks(l);
    free(l);
}

static void remember_covered(struct slack_hearing *l)
{
    struct slack *s = l->slack;
    memcpy(s->covered, l->messages, sizeof s->covered);
    s->covered_count = l->message_count;
}

/* A look that failed rests where it is, so that its windows need not be found again. */
static void tell_now(struct slack_hearing *l)
{
    struct slack *s = l->slack;
    struct event *e = inbox_new(s->inbox, EVENT_CAUGHT_UP, "slack");
    e->effect_id = l->effect_id;
    e->error = l->error[0] ? arena_copy(inbox_arena(s->inbox), l->error) : NULL;
    e->heard = (struct event_caught_up){ .retry_after_ms = l->retry_after_ms,
                                         .left_out = l->left_out,
                                         .again_ms = LOOK_EVERY_MS };
    inbox_put(s->inbox, e);
    l->effect_id = 0;
    if (l->error[0]) {
        LOG(LOG_WARN, "slack.catch_up", LS("why", l->error));
        begin_window(l);
        return;
    }
    remember_covered(l);
    s->hearing = NULL;
    look_free(l);
}

/* ---- from window to window ---- */

static void next_window(struct slack_hearing *l)
{
    begin_window(l);
    if (l->said_is_done)
        l->phase = LOOK_VOTES;
    go_on(l);
}

static void put_mark(struct slack_hearing *l)
{
    struct slack *s = l->slack;
    char ts[SLACK_TS_BYTES];
    struct event *mark = inbox_new(s->inbox, EVENT_MARK, "slack");
    mark->mark = arena_printf(inbox_arena(s->inbox), "%s %s", ts_of(l->marking_us, ts),
                              s->codec.channel);
    inbox_put(s->inbox, mark);
}

static void move_mark(struct slack_hearing *l, int64_t us)
{
    struct slack *s = l->slack;
    if (us <= s->mark_us) {
        next_window(l);
        return;
    }
    l->marking_us = us;
    l->phase = LOOK_MARK;
    put_mark(l);
}

void slack_marked(struct slack *s)
{
    struct slack_hearing *l = s->hearing;
    if (!l || l->phase != LOOK_MARK)
        return;
    s->mark_us = l->marking_us;
    next_window(l);
}

/* The message that was too long is found; it may have been the only one. */
static void forget_halves(struct slack_hearing *l)
{
    while (l->window_count > 1 && window(l)->halved)
        l->window_count--;
    for (size_t i = 0; i < l->window_count; i++)
        l->windows[i].too_long = false;
}

/* Everything up to the bound is put. The mark stands on a message that there is: a bound may be
   later than that, or an instant that we only thought of. */
static void end_window(struct slack_hearing *l)
{
    int64_t mark = l->newest_us <= l->bound_us ? l->newest_us : 0;
    if (l->cut_us && l->pick_count)
        mark = l->picks[l->pick_count - 1].us;
    l->at_us = l->bound_us > l->at_us ? l->bound_us : l->at_us;
    l->left_out += l->skipped;
    if (l->newest_us > l->slack->mark_us)
        l->left_out += l->undated;
    l->calm += !window(l)->halved;
    if (l->whole && l->window_count == 1)
        l->said_is_done = true;
    else if (l->whole)
        l->window_count--;
    if (l->skipped)
        forget_halves(l);
    if (l->calm >= CALM_WINDOWS && l->limit < LIMIT_LOOK_PAGE) {
        l->limit = l->limit * 2 < LIMIT_LOOK_PAGE ? l->limit * 2 : LIMIT_LOOK_PAGE;
        l->calm = 0;
    }
    move_mark(l, mark);
}

static bool put_said(struct slack *s, const struct pick *p)
{
    struct event *e = slack_read_history(&s->codec, p->message, s->inbox);
    if (!e)
        return true;
    e->caught_up = true;
    e->said_ms = p->us / 1000;
    return inbox_put(s->inbox, e);
}

static void put_picks(struct slack_hearing *l)
{
    struct slack *s = l->slack;
    for (; l->put < l->pick_count; l->put++)
        if (inbox_is_full(s->inbox) || !put_said(s, &l->picks[l->put])) {
            loop_timer_set(s->loop, &l->timer, FULL_AGAIN_MS);
            return;
        }
    end_window(l);
}

/* All of the window is read, or as much of it as a turn can take. */
static void window_is_read(struct slack_hearing *l)
{
    if (l->cut_us && (end_us(l) == 0 || l->cut_us < end_us(l))) {
        l->bound_us = l->cut_us;
        l->whole = false;
    }
    l->phase = LOOK_PUT;
    go_on(l);
}

/* ---- asking ---- */

static bool pay(struct slack_hearing *l)
{
    struct slack *s = l->slack;
    ms_t now = clock_monotonic_ms(), wait = pace_wait_ms(&s->look_pace, now);
    if (inbox_is_full(s->inbox))
        wait = ms_max(wait, FULL_AGAIN_MS);
    if (wait > 0)
        loop_timer_set(s->loop, &l->timer, wait);
    else
        pace_pay(&s->look_pace, now);
    return wait <= 0;
}

static void ask(struct slack_hearing *l, const char *method, struct buf *form, slack_done done)
{
    l->calling = true;
    slack_read_as(l->slack, LOOK_URGENCY, method, buf_text(form), done, l);
}

/* True when the answer is not what this look waits for now. */
static bool is_stale(struct slack_hearing *l)
{
    bool stale = l->stale;
    l->calling = l->stale = false;
    if (stale && !slack_is_stopped(l->slack))
        go_on(l);
    return stale || slack_is_stopped(l->slack);
}

static void tell_failure(struct slack_hearing *l, const struct slack_result *r)
{
    char why[LIMIT_ERROR_BYTES];
    snprintf(why, sizeof why, r->outcome == SLACK_REFUSED ? "Slack refuses it (%.100s)" : "%.200s",
             r->error[0] ? r->error : "no answer");
    tell(l, why, r->retry_after_ms);
}

static void ask_page(struct slack_hearing *l, const char *method, const char *thread, int limit,
                     slack_done done)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    char ts[SLACK_TS_BYTES], number[16];
    int64_t end = end_us(l);
    if (!pay(l))
        return;
    buf_init(&form, 1024);
    snprintf(number, sizeof number, "%d", limit);
    slack_form_add(&form, "channel", l->slack->codec.channel);
    if (thread)
        slack_form_add(&form, "ts", thread);
    slack_form_add(&form, "limit", number);
    slack_form_add(&form, "oldest", ts_of(l->at_us, ts));
    if (end)
        slack_form_add(&form, "latest", ts_of(end + 1, ts));
    if (l->cursor[0])
        slack_form_add(&form, "cursor", l->cursor);
    l->calling = true;
    l->page = (struct page){ 0 };
    slack_read_messages(l->slack, LOOK_URGENCY, method, buf_text(&form), on_message, done, l);
}

/* ---- pages ---- */

static void on_message(void *arg, const json_t *message, bool left_out)
{
    struct slack_hearing *l = arg;
    struct page *page = &l->page;
    const char *ts = json_text(message, "ts");
    int64_t us = us_of(ts);
    bool root = l->phase == LOOK_THREADS && str_equal(ts, l->messages[l->at]);
    if (l->stale || us <= l->at_us || (end_us(l) && us > end_us(l)) || root)
        return;
    page->first_us = !page->first_us || us < page->first_us ? us : page->first_us;
    page->last_us = us > page->last_us ? us : page->last_us;
    if (!left_out)
        pick(l, message, us);
    else if (us > l->slack->mark_us)
        l->skipped++; /* what is not behind the mark was told before */
}

enum page_end { PAGE_LAST, PAGE_HAS_MORE, PAGE_TURNED };

/* A page may hold nothing of the window, or nothing that can be read, and still not be the last
   one: then it is turned by its cursor. */
static enum page_end end_page(struct slack_hearing *l, const struct slack_result *r)
{
    const char *cursor = json_string_value(json_path(r->json, "response_metadata.next_cursor"));
    bool more = json_flag(r->json, "has_more", false) || str_or_empty(cursor)[0];
    bool turns = more && !l->page.last_us && str_or_empty(cursor)[0] &&
                 !str_equal(cursor, l->cursor) && STR_SET(l->cursor, cursor);
    l->undated += r->left_out;
    if (!turns)
        l->cursor[0] = '\0';
    return turns ? PAGE_TURNED : more && l->page.last_us ? PAGE_HAS_MORE : PAGE_LAST;
}

/* Something later than anything that was said, by a clock that may be wrong: what is not reached
   at once is reached in longer and longer steps. */
static int64_t far_us(const struct slack_hearing *l)
{
    int64_t now_us = clock_wall_ms() * 1000, reached_us = l->at_us + (l->at_us - l->from_us);
    return (now_us > reached_us ? now_us : reached_us) + MARGIN_US;
}

static void halve_window(struct slack_hearing *l)
{
    int64_t end = end_us(l) ? end_us(l) : far_us(l);
    window(l)->too_long = true;
    cut_window(l, l->at_us + (end - l->at_us) / 2);
    window(l)->halved = true;
}

static bool can_be_halved(struct slack_hearing *l)
{
    return end_us(l) == 0 || end_us(l) - l->at_us > 1;
}

/* The page was longer than we take: half as many messages, and in the end half the time. A window
   of one microsecond holds one message; that one is left out. */
static void ask_for_less(struct slack_hearing *l, int least)
{
    l->calm = 0;
    if (l->limit > least) {
        l->limit /= 2;
        begin_window(l);
        go_on(l);
    } else if (l->at_us >= l->from_us && l->at_us < l->slack->mark_us) {
        l->at_us = l->slack->mark_us; /* it was left out before, and told */
        begin_window(l);
        go_on(l);
    } else if (can_be_halved(l)) {
        halve_window(l);
        go_on(l);
    } else {
        LOG(LOG_WARN, "slack.look_back", LS("why", "one message is longer than can be read"),
            LI("at_s", end_us(l) / 1000000));
        drop_picks(l);
        l->skipped = 1;
        l->bound_us = l->newest_us = end_us(l);
        window_is_read(l);
    }
}

static void on_channel(void *arg, const struct slack_result *r)
{
    struct slack_hearing *l = arg;
    if (is_stale(l))
        return;
    if (r->too_long) {
        ask_for_less(l, 1);
        return;
    }
    if (r->outcome != SLACK_OK) {
        tell_failure(l, r);
        return;
    }
    enum page_end end = end_page(l, r);
    l->newest_us = l->page.last_us > l->newest_us ? l->page.last_us : l->newest_us;
    if (end == PAGE_TURNED) {
        go_on(l);
        return;
    }
    if (end == PAGE_HAS_MORE && l->page.first_us > l->at_us + 1) {
        cut_window(l, l->page.first_us - 1);
        go_on(l);
        return;
    }
    /* A page that has more behind it and begins where the window does is known up to its end. */
    l->whole = end == PAGE_LAST;
    l->bound_us = l->whole && end_us(l) ? end_us(l) : l->newest_us ? l->newest_us : l->at_us;
    l->phase = LOOK_THREADS;
    go_on(l);
}

/* What is known to be too long is not read once more: the half of it that was read was not it. */
static void read_channel(struct slack_hearing *l)
{
    while (window(l)->too_long && can_be_halved(l))
        halve_window(l);
    ask_page(l, "conversations.history", NULL, l->limit, on_channel);
}

static bool is_gone(const struct slack_result *r)
{
    return r->outcome == SLACK_REFUSED &&
           (str_equal(r->error, "thread_not_found") || str_equal(r->error, "message_not_found"));
}

static void on_thread(void *arg, const struct slack_result *r)
{
    struct slack_hearing *l = arg;
    if (is_stale(l))
        return;
    if (r->too_long) {
        ask_for_less(l, PAGE_LEAST_OF_THREAD);
        return;
    }
    if (r->outcome != SLACK_OK && !is_gone(r)) {
        tell_failure(l, r);
        return;
    }
    enum page_end end = end_page(l, r);
    if (end == PAGE_HAS_MORE && (end_us(l) == 0 || l->page.last_us < end_us(l)))
        cut_window(l, l->page.last_us);
    else if (end != PAGE_TURNED)
        l->at++;
    go_on(l);
}

static void read_threads(struct slack_hearing *l)
{
    int limit = l->limit < PAGE_LEAST_OF_THREAD ? PAGE_LEAST_OF_THREAD : l->limit;
    if (l->at == l->message_count)
        window_is_read(l);
    else
        ask_page(l, "conversations.replies", l->messages[l->at], limit, on_thread);
}

/* ---- the first look of all ---- */

static void on_newest(void *arg, const struct slack_result *r)
{
    struct slack_hearing *l = arg;
    if (is_stale(l))
        return;
    if (r->outcome != SLACK_OK) {
        tell_failure(l, r);
        return;
    }
    const json_t *newest = json_array_get(json_object_get(r->json, "messages"), 0);
    l->at_us = us_of(json_text(newest, "ts"));
    l->slack->began_us = l->at_us;
    l->said_is_done = true;
    move_mark(l, l->at_us > 0 ? l->at_us : 1);
}

static void read_newest(struct slack_hearing *l)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    if (!pay(l))
        return;
    buf_init(&form, 256);
    slack_form_add(&form, "channel", l->slack->codec.channel);
    slack_form_add(&form, "limit", "1");
    ask(l, "conversations.history", &form, on_newest);
}

/* ---- votes ---- */

static void on_votes(void *arg, const struct slack_result *r)
{
    struct slack_hearing *l = arg;
    if (is_stale(l))
        return;
    if (r->outcome != SLACK_OK && !is_gone(r)) {
        tell_failure(l, r);
        return;
    }
    const char *why = r->outcome == SLACK_OK ? slack_put_votes(l->slack, r->json) : NULL;
    l->untold = why ? why : l->untold; /* the other messages are read all the same */
    l->at++;
    go_on(l);
}

static void read_votes(struct slack_hearing *l)
{
    CLEANUP(buf_done) struct buf form = { 0 };
    if (l->at == l->message_count) {
        tell(l, str_or_empty(l->untold), 0);
        return;
    }
    if (!pay(l))
        return;
    buf_init(&form, 512);
    slack_form_add(&form, "channel", l->slack->codec.channel);
    slack_form_add(&form, "timestamp", l->messages[l->at]);
    slack_form_add(&form, "full", "true");
    ask(l, "reactions.get", &form, on_votes);
}

/* ---- beginning ---- */

static void go_on(void *arg)
{
    struct slack_hearing *l = arg;
    if (l->calling || slack_is_stopped(l->slack))
        return;
    switch (l->phase) {
    case LOOK_NEWEST: read_newest(l); break;
    case LOOK_CHANNEL: read_channel(l); break;
    case LOOK_THREADS: read_threads(l); break;
    case LOOK_PUT: put_picks(l); break;
    case LOOK_MARK: break; /* slack_marked goes on */
    case LOOK_VOTES: read_votes(l); break;
    case LOOK_TELL: tell_now(l); break;
    }
}

static bool is_covered(const struct slack *s, const char *ts)
{
    for (size_t i = 0; i < s->covered_count; i++)
        if (str_equal(s->covered[i], ts))
            return true;
    return false;
}

/* What is said under a message is looked for from its beginning on when the message is new to us:
   an earlier look may have gone past it while it was not known to be ours. */
static void take_messages(struct slack_hearing *l, const struct effect_catch_up *c)
{
    struct slack *s = l->slack;
    l->message_count = 0;
    for (size_t i = 0; i < c->message_count && i < LIMIT_CASES; i++) {
        int64_t us = us_of(c->message_ids[i]);
        if (!us || !STR_SET(l->messages[l->message_count], c->message_ids[i]))
            continue;
        l->message_count++;
        bool is_new = !is_covered(s, c->message_ids[i]) && us >= s->began_us;
        if (is_new && (!l->again_us || us - 1 < l->again_us))
            l->again_us = us - 1;
    }
}

static struct slack_hearing *look_new(struct slack *s, const struct effect_catch_up *c)
{
    struct slack_hearing *l = xcalloc(1, sizeof *l);
    l->slack = s;
    l->limit = LIMIT_LOOK_PAGE;
    l->window_count = 1;
    l->timer = (struct loop_timer){ .fired = go_on, .arg = l };
    int64_t from_us = s->mark_us || s->other_channel ? s->mark_us : c->since_ms * 1000;
    l->at_us = l->from_us = from_us > MARGIN_US ? from_us - MARGIN_US : 0;
    if (!s->began_us)
        s->began_us = l->at_us;
    begin_window(l);
    if (!from_us)
        l->phase = LOOK_NEWEST;
    return l;
}

void slack_catch_up(struct slack *s, const struct effect *e)
{
    struct slack_hearing *l = s->hearing;
    if (!l)
        l = s->hearing = look_new(s, &e->catch_up);
    l->effect_id = e->id;
    l->stale |= l->calling;
    take_messages(l, &e->catch_up);
    /* What is being put stays put; everything else of the window is read anew. */
    if (l->phase != LOOK_PUT && l->phase != LOOK_MARK && l->phase != LOOK_NEWEST) {
        l->said_is_done = false;
        begin_window(l);
    }
    /* Nobody answers to a mark that came while the records could not be written. */
    if (l->phase == LOOK_MARK)
        put_mark(l);
    go_on(l);
}

/* The mark of another channel says nothing of this one, which is as new as at the first start. */
void slack_catch_up_init(struct slack *s, const char *mark)
{
    char ts[SLACK_TS_BYTES];
    size_t bytes = strcspn(str_or_empty(mark), " ");
    snprintf(ts, sizeof ts, "%.*s", (int)(bytes < sizeof ts ? bytes : 0), str_or_empty(mark));
    s->other_channel = bytes && !str_equal(mark + bytes + (mark[bytes] == ' '), s->codec.channel);
    s->mark_us = s->other_channel ? 0 : us_of(ts);
}

void slack_catch_up_stop(struct slack *s)
{
    if (s->hearing)
        look_free(s->hearing);
    s->hearing = NULL;
}
