/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in a story: drawn from its seed before it begins, and carried out by people who go
   by what the chats show them. */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char APPROVE[] = "white_check_mark", DECLINE[] = "x", LOCK[] = "lock";

static bool in_years(void) { return sim.kind == STORY_OF_YEARS; }

static bool of_twins(void) { return sim.kind == STORY_OF_TWINS; }

/* ---- drawing ---- */

static void plan_add(ms_t at_ms, enum plan_kind kind)
{
    if (sim.plan_count == PLAN_MOST || at_ms >= sim.faults_end_ms - sim.begin_ms)
        return;
    sim.plan[sim.plan_count++] =
        (struct plan_entry){ .at_ms = at_ms, .kind = kind, .draw = chance_next(&sim.plan_chance) };
}

static ms_t drawn(ms_t low, ms_t high) { return chance_between(&sim.plan_chance, low, high); }

static void draw_many(enum plan_kind kind, ms_t every_ms)
{
    ms_t end = sim.faults_end_ms - sim.begin_ms;
    for (ms_t at = drawn(MS_MINUTE, 2 * every_ms); at < end; at += drawn(MS_MINUTE, 2 * every_ms))
        plan_add(at, kind);
}

/* What goes wrong around a case. */
static void draw_trouble(ms_t at)
{
    if (chance_percent(&sim.plan_chance, 40))
        plan_add(at + drawn(0, 20 * MS_MINUTE), PLAN_CRASH);
    if (chance_percent(&sim.plan_chance, 40))
        plan_add(at + drawn(0, 10 * MS_MINUTE), PLAN_TASK);
    if (chance_percent(&sim.plan_chance, 30))
        plan_add(at + drawn(0, 10 * MS_MINUTE), PLAN_ROLE);
    if (chance_percent(&sim.plan_chance, 30))
        plan_add(at + drawn(0, 10 * MS_MINUTE), PLAN_STAX_STORM);
    if (chance_percent(&sim.plan_chance, 30))
        plan_add(at, PLAN_CHAT_STORM);
    if (chance_percent(&sim.plan_chance, 15))
        plan_add(at + drawn(0, 20 * MS_MINUTE), PLAN_DISK);
}

static void draw_case(ms_t at)
{
    plan_add(at, PLAN_ASK);
    for (int i = 0; i < 3; i++)
        plan_add(at + drawn(5 * MS_SECOND, 15 * MS_MINUTE), PLAN_HELP);
    for (int i = 0; i < 4; i++)
        plan_add(at + drawn(MS_MINUTE, 2 * MS_HOUR), PLAN_HELP);
    for (int i = 0; i < 3; i++)
        plan_add(at + drawn(5 * MS_SECOND, 30 * MS_MINUTE), PLAN_MEDDLE);
    draw_trouble(at);
}

static void add_edit(struct chance *c, ms_t at_ms)
{
    if (sim.plan_count < PLAN_MOST && at_ms < sim.faults_end_ms - sim.begin_ms)
        sim.plan[sim.plan_count++] =
            (struct plan_entry){ .at_ms = at_ms, .kind = PLAN_RULES, .draw = chance_next(c) };
}

/* From a stream of their own, as above: in the midst of a case, and at any time. */
static void draw_edits(ms_t every_ms)
{
    struct chance c;
    size_t drawn_before = sim.plan_count;
    chance_seed(&c, sim.seed, 5);
    for (size_t i = 0; i < drawn_before; i++)
        if (sim.plan[i].kind == PLAN_ASK && chance_percent(&c, 60))
            add_edit(&c, sim.plan[i].at_ms + chance_between(&c, 0, 10 * MS_MINUTE));
    for (ms_t at = chance_between(&c, MS_MINUTE, every_ms); at < sim.faults_end_ms - sim.begin_ms;
         at += chance_between(&c, MS_MINUTE, 2 * every_ms))
        add_edit(&c, at);
}

static void add_private(struct chance *c, ms_t at_ms)
{
    if (sim.plan_count < PLAN_MOST && at_ms < sim.faults_end_ms - sim.begin_ms)
        sim.plan[sim.plan_count++] =
            (struct plan_entry){ .at_ms = at_ms,
                                 .kind = chance_percent(c, 85) ? PLAN_PRIVATE : PLAN_LOCK,
                                 .draw = chance_next(c) };
}

/* What people do with what they alone are shown, from a stream of its own. */
static void draw_private(ms_t every_ms)
{
    struct chance c;
    size_t drawn_before = sim.plan_count;
    if (!sim.dials[DIAL_PRIVATE])
        return;
    chance_seed(&c, sim.seed, 6);
    for (size_t i = 0; i < drawn_before; i++)
        for (int k = 0; k < 5 && sim.plan[i].kind == PLAN_ASK; k++)
            add_private(&c, sim.plan[i].at_ms + chance_between(&c, MS_SECOND, 6 * MS_MINUTE));
    for (ms_t at = chance_between(&c, MS_MINUTE, every_ms); at < sim.faults_end_ms - sim.begin_ms;
         at += chance_between(&c, MS_MINUTE, 2 * every_ms))
        add_private(&c, at);
}

static int by_time(const void *a, const void *b)
{
    const struct plan_entry *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return x->draw < y->draw ? -1 : x->draw > y->draw;
}

static void draw_people(void)
{
    static const char *const names[PEOPLE_MOST] = { "ana", "ben", "cleo", "dan", "eve", "finn" };
    struct chance *c = &sim.plan_chance;
    sim.people_count = 3 + chance_below(c, PEOPLE_MOST - 2);
    sim.chat_count = chance_percent(c, 35) ? 2 : 1;
    for (size_t i = 0; i < sim.people_count; i++) {
        struct human *h = &sim.people[i];
        *h = (struct human){ .mapped = i < 2 || chance_percent(c, 85) };
        STR_SET(h->name, names[i]);
        snprintf(h->stax, sizeof h->stax, "user-%s", names[i]);
        snprintf(h->key, sizeof h->key, "%s@example.com", names[i]);
        snprintf(h->ids[0], sizeof h->ids[0], "U0%c%c%c", names[i][0] - 32, names[i][1] - 32,
                 names[i][2] - 32);
        if (sim.chat_count > 1 && chance_percent(c, 70))
            snprintf(h->ids[1], sizeof h->ids[1], "@%s:example.org", names[i]);
        STR_SET(h->role, i < 2 || chance_percent(c, 60) ? "customer_admin" : "customer_user");
        STR_SET(h->status, "ACTIVE");
    }
}

/* From a stream of their own: what is drawn without Matrix stays as it is. */
static void draw_sync_dials(uint64_t mood)
{
    struct chance c;
    chance_seed(&c, sim.seed, 4);
    for (size_t d = DIAL_SYNC_GAP; sim.chat_count > 1 && !in_years() && d < DIAL_RULES; d++)
        sim.dials[d] = mood != 0 && (mood == 1 || chance_percent(&c, 60));
}

static void draw_dials(void)
{
    uint64_t mood = chance_below(&sim.plan_chance, 8);
    for (size_t d = 0; d < DIAL_DATABASE_AWAY; d++)
        sim.dials[d] = mood == 0 ? false : mood == 1 || chance_percent(&sim.plan_chance, 50);
    /* When a clock is set, no judge can say how late something was. */
    if (mood == 1 || chance_percent(&sim.plan_chance, 60))
        sim.dials[DIAL_CLOCK] = false;
    /* In the stories in which the store is replaced little else can be judged. */
    sim.dials[DIAL_STORE_OLD] = mood != 0 && chance_percent(&sim.plan_chance, 12);
    sim.dials[DIAL_CRASH] |= sim.dials[DIAL_STORE_OLD];
    /* One disk and one clock are the first process's alone, so theirs are not told of here. */
    if (of_twins() || sim.kind == STORY_SHARED)
        sim.dials[DIAL_CLOCK] = sim.dials[DIAL_STORE_OLD] = sim.dials[DIAL_DISK] =
            sim.dials[DIAL_POWER_CUT] = false;
    for (size_t d = DIAL_DATABASE_AWAY; sim.kind == STORY_SHARED && d < DIAL_SYNC_GAP; d++)
        sim.dials[d] = mood != 0 &&
                       (chance_percent(&sim.plan_chance, 60) ||
                        sim.seed % (DIAL_SYNC_GAP - DIAL_DATABASE_AWAY) == d - DIAL_DATABASE_AWAY);
    draw_sync_dials(mood);
    sim.dials[DIAL_RULES] = mood != 0 && sim.seed % 2 == 0; /* the others have settings at an end */
    sim.dials[DIAL_PRIVATE] = sim.dials[DIAL_LOCK] = mood != 0 && sim.seed / 2 % 2 == 0;
    sim.dials[DIAL_UNANSWERED] = mood != 0 && sim.seed / 4 % 2 == 0;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 2048);
    for (size_t d = 0; d < DIAL_COUNT; d++)
        if (sim.dials[d])
            buf_addf(&b, " %s", dial_names[d]);
    tell("C", "dials\t%s", buf_text(&b));
}

/* The order with that number, of all of them (Lehmer's code). */
static void draw_order(void)
{
    /* One lifts and is put back, the other is asked for while the window is open and expires. */
    enum { OF_CALLS = 726 };
    uint64_t left[STORY_PIECES],
        radix = STORY_ORDERS,
        rest = sim.kind == STORY_IN_ORDER ? sim.seed % STORY_ORDERS : OF_CALLS;
    static const char *const names[] = { "ana", "ben", "cleo" };
    for (size_t i = 0; i < STORY_PIECES; i++)
        left[i] = i;
    for (size_t i = 0; i < STORY_PIECES; i++) {
        radix /= STORY_PIECES - i;
        size_t at = rest / radix;
        rest %= radix;
        sim.plan[sim.plan_count++] = (struct plan_entry){ .at_ms = (ms_t)(i + 1) * 40 * MS_SECOND,
                                                          .kind = PLAN_PIECE,
                                                          .draw = left[at] };
        memmove(&left[at], &left[at + 1], (STORY_PIECES - at - 1) * sizeof left[0]);
    }
    sim.people_count = COUNT(names);
    sim.chat_count = 1;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct human *h = &sim.people[i];
        *h = (struct human){ .mapped = true };
        STR_SET(h->name, names[i]);
        STR_SET(h->role, "customer_admin");
        STR_SET(h->status, "ACTIVE");
        snprintf(h->stax, sizeof h->stax, "user-%s", names[i]);
        snprintf(h->key, sizeof h->key, "%s@example.com", names[i]);
        snprintf(h->ids[0], sizeof h->ids[0], "U0%c", names[i][0] - 32);
    }
    sim.faults_end_ms = sim.begin_ms + MS_HOUR;
    sim.end_ms = sim.faults_end_ms + 8 * MS_HOUR;
}

/* One case in weeks: ended soon, after days, or by nobody until somebody happens to look. */
static void draw_rare_case(ms_t at)
{
    struct chance *c = &sim.plan_chance;
    uint64_t ended = chance_below(c, 10);
    plan_add(at, PLAN_ASK);
    for (int i = 0; i < 3; i++)
        plan_add(at + drawn(5 * MS_SECOND, 15 * MS_MINUTE), PLAN_HELP);
    for (int i = 0; ended < 9 && i < 4; i++)
        plan_add(at + (ended < 6 ? drawn(MS_MINUTE, 3 * MS_HOUR) : drawn(MS_DAY, 9 * MS_DAY)),
                 PLAN_HELP);
    plan_add(at + drawn(5 * MS_SECOND, 3 * MS_HOUR), PLAN_MEDDLE);
    draw_trouble(at);
}

/* A year that begins at any time of the next ones, with a case now and then. */
static void draw_years(void)
{
    struct chance *c = &sim.plan_chance;
    sim.now_ms = sim.begin_ms += (ms_t)chance_below(c, 12 * 365) * MS_DAY;
    draw_people();
    draw_dials();
    sim.faults_end_ms = sim.begin_ms + 365 * MS_DAY;
    sim.end_ms = sim.faults_end_ms + 3 * MS_DAY;
    for (ms_t at = drawn(MS_MINUTE, 20 * MS_DAY); at < sim.faults_end_ms - sim.begin_ms;
         at += drawn(MS_HOUR, 40 * MS_DAY))
        draw_rare_case(at);
    draw_many(PLAN_HELP, 25 * MS_DAY);
    draw_many(PLAN_MEDDLE, 20 * MS_DAY);
    draw_many(PLAN_ROLE, 30 * MS_DAY);
    draw_many(PLAN_IDENTITY, 50 * MS_DAY);
    draw_many(PLAN_EDIT, 15 * MS_DAY);
    draw_many(PLAN_CHAT_DOWN, 40 * MS_DAY);
    draw_many(PLAN_CHAT_STORM, 60 * MS_DAY);
    draw_many(PLAN_CHANNEL, 80 * MS_DAY);
    draw_many(PLAN_STAX_DOWN, 40 * MS_DAY);
    draw_many(PLAN_STAX_STORM, 60 * MS_DAY);
    draw_many(PLAN_CRASH, 30 * MS_DAY);
    draw_many(PLAN_PAUSE, 60 * MS_DAY);
    draw_many(PLAN_CLOCK, 60 * MS_DAY);
    draw_many(PLAN_DELETE, 40 * MS_DAY);
    draw_many(PLAN_DISK, 60 * MS_DAY);
    draw_edits(20 * MS_DAY);
    draw_private(10 * MS_DAY);
    qsort(sim.plan, sim.plan_count, sizeof sim.plan[0], by_time);
}

void story_draw(void)
{
    struct chance *c = &sim.plan_chance;
    if (sim.kind == STORY_IN_ORDER || sim.kind == STORY_OF_CALLS) {
        draw_order();
        return;
    }
    if (in_years()) {
        draw_years();
        return;
    }
    draw_people();
    draw_dials();
    sim.faults_end_ms = sim.begin_ms +
                        (sim.kind == STORY_SHARED ? 1 : (ms_t)(1 + chance_below(c, 3))) * MS_DAY;
    sim.end_ms = sim.faults_end_ms + 12 * MS_HOUR;
    for (ms_t at = drawn(MS_MINUTE, 2 * MS_HOUR); at < sim.faults_end_ms - sim.begin_ms;
         at += drawn(20 * MS_MINUTE, 7 * MS_HOUR))
        draw_case(at);
    draw_many(PLAN_HELP, 40 * MS_MINUTE);
    draw_many(PLAN_MEDDLE, 50 * MS_MINUTE);
    draw_many(PLAN_ROLE, 6 * MS_HOUR);
    draw_many(PLAN_IDENTITY, 9 * MS_HOUR);
    draw_many(PLAN_EDIT, 6 * MS_HOUR);
    draw_many(PLAN_CHAT_DOWN, 8 * MS_HOUR);
    draw_many(PLAN_CHAT_STORM, 8 * MS_HOUR);
    draw_many(PLAN_CHANNEL, 16 * MS_HOUR);
    draw_many(PLAN_STAX_DOWN, 9 * MS_HOUR);
    draw_many(PLAN_STAX_STORM, 8 * MS_HOUR);
    draw_many(PLAN_TASK, 12 * MS_HOUR);
    draw_many(PLAN_CRASH, 5 * MS_HOUR);
    draw_many(PLAN_PAUSE, 16 * MS_HOUR);
    draw_many(PLAN_CLOCK, 10 * MS_HOUR);
    draw_many(PLAN_DELETE, 10 * MS_HOUR);
    draw_many(PLAN_DISK, 10 * MS_HOUR);
    draw_edits(2 * MS_HOUR);
    draw_private(MS_HOUR);
    if (sim.kind == STORY_SHARED)
        draw_many(PLAN_DATABASE, 4 * MS_HOUR);
    if (of_twins()) {
        ms_t at = drawn(MS_MINUTE, 10 * MS_HOUR);
        plan_add(at, PLAN_TWIN);
        plan_add(at + drawn(MS_MINUTE, 5 * MS_HOUR), PLAN_ACCEPT);
        plan_add(at + drawn(10 * MS_MINUTE, 10 * MS_HOUR), PLAN_TWIN);
    }
    qsort(sim.plan, sim.plan_count, sizeof sim.plan[0], by_time);
}

/* ---- people ---- */

static bool is_admin(const struct human *h)
{
    return str_equal(h->role, "customer_admin") && str_equal(h->status, "ACTIVE");
}

static struct human *anybody(struct chance *c)
{
    return &sim.people[chance_below(c, sim.people_count)];
}

/* A chat in which that person has an account. */
static struct chat_world *chat_of(const struct human *h, struct chance *c)
{
    bool second = sim.chat_count > 1 && h->ids[1][0] && chance_percent(c, 50);
    return sim.chats[second];
}

static void says(struct chat_world *chat, struct human *h, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void says(struct chat_world *chat, struct human *h, const char *format, ...)
{
    CLEANUP(buf_done) struct buf b;
    va_list args;
    buf_init(&b, 160);
    va_start(args, format);
    buf_addv(&b, format, args);
    va_end(args);
    chat_says(chat, h, buf_text(&b));
}

static const char *some_account(struct chance *c)
{
    return chance_percent(c, 70) ? "bakery" : "mill";
}

static const char *some_duration(struct chance *c)
{
    static const char *const words[] = { "5m", "10m", "20m", "45m", "1h", "2h" };
    return words[chance_below(c, COUNT(words))];
}

static void ask(struct chance *c)
{
    struct human *h = anybody(c);
    says(chat_of(h, c), h, "lift %s for %s task other because errand %" PRIu64, some_account(c),
         some_duration(c), chance_below(c, 100000));
}

/* Newest first, so many of them are looked at. */
enum { LOOKED_AT = 40 };

static bool has_button(const struct chat_message *m, const char *action, const char **ret_handle)
{
    for (size_t i = 0; i < m->button_count; i++)
        if (str_equal(m->buttons[i].action, action)) {
            *ret_handle = m->buttons[i].handle;
            return true;
        }
    return false;
}

/* Right behind an approval somebody with a part in it may lose what made it count. */
static void fall(void *arg)
{
    struct human *h = &sim.people[*(size_t *)arg];
    free(arg);
    if (sim.calm)
        return;
    if (sim.dials[DIAL_ROLES]) {
        hit(DIAL_ROLES);
        STR_SET(h->role, "customer_user");
        tell("R", "%s\t%s\t%s", h->stax, h->role, h->status);
    } else if (sim.dials[DIAL_LEAVERS]) {
        hit(DIAL_LEAVERS);
        h->flags[0] = IDENTITY_GONE;
        tell("I", "%s\t%u", h->ids[0], h->flags[0]);
    }
}

static void rise(void *arg)
{
    struct human *h = &sim.people[*(size_t *)arg];
    free(arg);
    STR_SET(h->role, "customer_admin");
    tell("R", "%s\t%s\t%s", h->stax, h->role, h->status);
    h->flags[0] = 0;
    tell("I", "%s\t0", h->ids[0]);
}

static void may_fall(const struct human *h, struct chance *c)
{
    size_t *who = malloc(sizeof *who), *again = malloc(sizeof *again);
    if (!who || !again)
        abort();
    *who = *again = chance_percent(c, 50) ? (size_t)(h - sim.people)
                                          : chance_below(c, sim.people_count);
    ms_t at = sim.now_ms + (chance_percent(c, 60) ? chance_between(c, 0, 2 * MS_SECOND)
                                                  : chance_between(c, 0, 2 * MS_MINUTE));
    later(at, 0, fall, who);
    later(at + chance_between(c, MS_MINUTE, 2 * MS_HOUR), 0, rise, again);
}

struct second_thought {
    struct chat_world *chat;
    size_t who;
    int message;
};

static void think_again(void *arg)
{
    struct second_thought t = *(struct second_thought *)arg;
    free(arg);
    if (!sim.calm)
        chat_reacts(t.chat, &sim.people[t.who], t.message, APPROVE, false);
}

/* Some reactions are taken away again soon. */
static void react_for_now(struct chat_world *chat, struct human *h, int n, struct chance *c)
{
    struct second_thought *t = malloc(sizeof *t);
    if (!t)
        abort();
    *t = (struct second_thought){ chat, (size_t)(h - sim.people), n };
    chat_reacts(chat, h, n, APPROVE, true);
    if (chance_percent(c, 25))
        later(sim.now_ms + chance_between(c, 0, MS_MINUTE), 0, think_again, t);
    else
        free(t);
}

static void approve(struct chat_world *chat, struct human *h, int n, const char *handle,
                    struct chance *c)
{
    const struct chat_message *messages;
    chat_messages(chat, &messages);
    bool falls = chance_percent(c, 25), slow = chance_percent(c, 20);
    if (falls && (sim.dials[DIAL_ROLES] || sim.dials[DIAL_LEAVERS]))
        may_fall(h, c);
    if (slow && !sim.calm)
        cloud_storm(chance_between(c, MS_MINUTE, 10 * MS_MINUTE));
    uint64_t way = chance_below(c, 3);
    if (way == 0)
        chat_clicks(chat, h, n, "approve", handle);
    else if (way == 1 && messages[n].votes)
        react_for_now(chat, h, n, c);
    else
        says(chat, h, "approve %s", messages[n].case_id);
}

static void submit(struct human *h, struct chance *c)
{
    char reason[64];
    if (!h->form[0])
        return;
    snprintf(reason, sizeof reason, "form %" PRIu64, chance_below(c, 1000));
    chat_submits(sim.chats[h->form_chat], h, h->form, h->form_handle, some_account(c),
                 some_duration(c), reason);
    if (chance_percent(c, 50))
        h->form[0] = '\0';
}

static void fill_in(void *arg)
{
    size_t who = *(size_t *)arg;
    struct chance mine;
    free(arg);
    chance_seed(&mine, sim.seed, (uint64_t)sim.now_ms);
    submit(&sim.people[who], &mine);
}

static void fill_in_later(const struct human *h, struct chance *c)
{
    size_t *who = malloc(sizeof *who);
    if (!who)
        abort();
    *who = (size_t)(h - sim.people);
    later(sim.now_ms + chance_between(c, 2 * MS_SECOND, MS_MINUTE), 0, fill_in, who);
}

static bool help_with(struct chat_world *chat, struct human *h, int n, struct chance *c)
{
    static const struct {
        const char *action;
        unsigned percent;
    } endings[] = { { "done", 20 },   { "restore", 60 }, { "put_back", 40 }, { "adopt", 40 },
                    { "extend", 12 }, { "snooze", 20 },  { "withdraw", 3 } };
    const struct chat_message *messages;
    const char *handle;
    chat_messages(chat, &messages);
    const struct chat_message *m = &messages[n];
    if (m->deleted)
        return false;
    if (has_button(m, "approve", &handle) && chance_percent(c, 75)) {
        approve(chat, h, n, handle, c);
        return true;
    }
    for (size_t i = 0; i < COUNT(endings); i++)
        if (has_button(m, endings[i].action, &handle) && chance_percent(c, endings[i].percent)) {
            char action[16], kept[48];
            STR_SET(action, endings[i].action);
            STR_SET(kept, handle);
            chat_clicks(chat, h, n, action, kept);
            fill_in_later(h, c);
            return true;
        }
    return false;
}

static void help(struct chance *c)
{
    struct human *h = anybody(c);
    for (int tries = 0; tries < 4 && !(is_admin(h) && h->mapped); tries++)
        h = anybody(c);
    struct chat_world *chat = chat_of(h, c);
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    for (size_t n = count; n-- > 0 && count - n < LOOKED_AT;)
        if (help_with(chat, h, (int)n, c))
            return;
}

/* ---- odd things ---- */

static uint32_t some_case(struct chat_world *chat, struct chance *c)
{
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    uint32_t last = 0;
    for (size_t n = 0; n < count; n++)
        last = messages[n].sighting.case_no > last ? messages[n].sighting.case_no : last;
    return last && chance_percent(c, 75) ? last : 1 + (uint32_t)chance_below(c, last + 1);
}

static void say_anything(struct chat_world *chat, struct human *h, struct chance *c)
{
    unsigned no = some_case(chat, c);
    switch (chance_below(c, 13)) {
    case 0:
    case 1: says(chat, h, "approve G-%04u", no); break;
    case 2: says(chat, h, "approve"); break;
    case 3: says(chat, h, "decline G-%04u because no", no); break;
    case 4: says(chat, h, "withdraw G-%04u", no); break;
    case 5:
        says(chat, h, "extend G-%04u %s because slow %" PRIu64, no, some_duration(c),
             chance_below(c, 1000));
        break;
    case 6: says(chat, h, "snooze G-%04u %s", no, some_duration(c)); break;
    case 7: says(chat, h, "done G-%04u", no); break;
    case 8: says(chat, h, "put-back"); break;
    case 9:
        says(chat, h, "adopt %s for %s because mine %" PRIu64, some_account(c), some_duration(c),
             chance_below(c, 1000));
        break;
    case 10: says(chat, h, "status"); break;
    case 11: says(chat, h, "cleaned G-%04u yes", no); break;
    default: says(chat, h, "done"); break;
    }
}

static void click_anything(struct chat_world *chat, struct human *h, struct chance *c)
{
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    for (int tries = 0; count && tries < 8; tries++) {
        size_t back = chance_percent(c, 70) ? chance_below(c, count < 12 ? count : 12)
                                            : chance_below(c, count);
        size_t n = count - 1 - back;
        const struct chat_message *m = &messages[n];
        bool stale = sim.dials[DIAL_STALE_CLICK] && chance_percent(c, 40);
        size_t most = stale ? m->first_count : m->button_count;
        if (m->deleted || !most)
            continue;
        size_t i = chance_below(c, most);
        char action[16], handle[48];
        STR_SET(action, stale ? m->first_buttons[i].action : m->buttons[i].action);
        STR_SET(handle, stale ? m->first_buttons[i].handle : m->buttons[i].handle);
        if (stale)
            hit(DIAL_STALE_CLICK);
        chat_clicks(chat, h, (int)n, action, handle);
        return;
    }
}

static void react_anywhere(struct chat_world *chat, struct human *h, struct chance *c)
{
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    for (int tries = 0; count && tries < 8; tries++) {
        size_t n = count - 1 - chance_below(c, count < 20 ? count : 20);
        const struct chat_message *m = &messages[n];
        bool foreign = !m->votes;
        if (m->deleted || (foreign && !sim.dials[DIAL_FOREIGN_VOTE]))
            continue;
        if (foreign)
            hit(DIAL_FOREIGN_VOTE);
        chat_reacts(chat, h, (int)n, chance_percent(c, 80) ? APPROVE : DECLINE, true);
        return;
    }
}

static void take_back(struct chat_world *chat, struct human *h)
{
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    int person = (int)(h - sim.people);
    for (size_t n = count; n-- > 0 && count - n < LOOKED_AT;)
        for (size_t i = 0; i < messages[n].vote_count; i++)
            if (messages[n].vote[i].person == person) {
                char reaction[24];
                STR_SET(reaction, messages[n].vote[i].reaction);
                chat_reacts(chat, h, (int)n, reaction, false);
                return;
            }
}

static void meddle(struct chance *c)
{
    struct human *h = anybody(c);
    struct chat_world *chat = chat_of(h, c);
    switch (chance_below(c, 10)) {
    case 0:
    case 1:
    case 2: say_anything(chat, h, c); break;
    case 3:
    case 4:
    case 5: click_anything(chat, h, c); break;
    case 6:
    case 7: react_anywhere(chat, h, c); break;
    case 8: take_back(chat, h); break;
    default: submit(h, c); break;
    }
}

/* ---- what one person alone is shown ---- */

/* Their own, or now and then one that was shown to somebody else; not always the newest. */
static void press_something(struct human *h, struct chance *c)
{
    struct human *owner = chance_percent(c, 30) ? anybody(c) : h;
    size_t back = chance_percent(c, 75) ? 1 : 1 + chance_below(c, PANELS_KEPT);
    if (back > owner->panels_shown)
        return;
    const struct shown_panel *p = &owner->panels[(owner->panels_shown - back) % PANELS_KEPT];
    if (!p->count)
        return;
    /* What asks for a form stands everywhere; the others are more to the point. */
    size_t button = chance_below(c, p->count);
    for (int tries = 0; tries < 6 && str_equal(p->buttons[button].action, "request"); tries++)
        button = chance_below(c, p->count);
    for (size_t i = 0; i < p->count && chance_percent(c, 70); i++)
        button = str_equal(p->buttons[i].action, "approve") ? i : button;
    hit(DIAL_PRIVATE);
    chat_presses(sim.chats[0], h, p, button);
    fill_in_later(h, c);
}

static void press_later(void *arg)
{
    size_t who = *(size_t *)arg;
    struct chance mine;
    free(arg);
    chance_seed(&mine, sim.seed, (uint64_t)sim.now_ms + 1);
    if (!sim.calm)
        press_something(&sim.people[who], &mine);
}

/* They look, and press something of it soon, or long after. */
static void act_in_private(struct chance *c)
{
    struct human *h = anybody(c);
    size_t *who = malloc(sizeof *who);
    if (!who)
        abort();
    *who = (size_t)(h - sim.people);
    switch (chance_below(c, 4)) {
    case 0: chat_opens_home(sim.chats[0], h); break;
    case 1: chat_says(sim.chats[0], h, ""); break;
    case 2: chat_says(sim.chats[0], h, "status"); break;
    default: break; /* what they have been shown before */
    }
    later(sim.now_ms + (chance_percent(c, 80) ? chance_between(c, 2 * MS_SECOND, MS_MINUTE)
                                              : chance_between(c, MS_MINUTE, MS_HOUR)),
          0, press_later, who);
}

/* On whatever message, of an alarm above all. */
static void lock_something(struct chat_world *chat, struct chance *c)
{
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    for (int tries = 0; count && tries < 8; tries++) {
        size_t n = count - 1 - chance_below(c, count < 12 ? count : 12);
        if (messages[n].deleted || (!messages[n].alarm && chance_percent(c, 60)))
            continue;
        hit(DIAL_LOCK);
        chat_reacts(chat, anybody(c), (int)n, LOCK, true);
        return;
    }
}

/* ---- the world ---- */

static void change_role(struct chance *c)
{
    struct human *h = anybody(c);
    uint64_t what = chance_below(c, 6);
    if (!sim.dials[DIAL_ROLES])
        return;
    hit(DIAL_ROLES);
    if (what < 2)
        STR_SET(h->role, "customer_user");
    else if (what < 5)
        STR_SET(h->role, "customer_admin");
    STR_SET(h->status, what == 5 ? "DELETED" : "ACTIVE");
    tell("R", "%s\t%s\t%s", h->stax, h->role, h->status);
}

static void change_identity(struct chance *c)
{
    struct human *h = anybody(c);
    int chat = (int)chance_below(c, (uint64_t)sim.chat_count);
    if (!sim.dials[DIAL_LEAVERS] || !h->ids[chat][0])
        return;
    hit(DIAL_LEAVERS);
    static const unsigned flags[] = { 0, 0, IDENTITY_GONE, IDENTITY_GUEST };
    h->flags[chat] = flags[chance_below(c, COUNT(flags))];
    tell("I", "%s\t%u", h->ids[chat], h->flags[chat]);
}

static void edit(struct chance *c)
{
    uint64_t what = chance_below(c, 4);
    const struct human *h = anybody(c);
    enum dial d = what == 0 ? DIAL_OUTSIDE_OFF : what == 1 ? DIAL_OUTSIDE_ON : DIAL_OTHER_EDITS;
    if (!sim.dials[d] || (what < 2 && cloud_is_on() != (what == 0)))
        return;
    hit(d);
    if (what < 2)
        cloud_edit(h, "IAM_BLOCK_ROOT_USER_ACCESS", what == 1);
    else
        cloud_edit(h, cloud_other_key(chance_next(c)), chance_percent(c, 50));
}

/* Where there are two, what befalls a process befalls either. */
static void choose_process(struct chance *c)
{
    if (sim.processes[1].epoch && chance_percent(c, 50))
        sim.me = &sim.processes[1];
}

static void database(struct chance *c)
{
    bool all = chance_percent(c, 40);
    ms_t for_ms = chance_percent(c, 70) ? chance_between(c, MS_SECOND, 2 * MS_MINUTE)
                                        : chance_between(c, MS_MINUTE, MS_HOUR);
    if (sim.calm || !sim.dials[all ? DIAL_DATABASE_AWAY : DIAL_DATABASE_CUT])
        return;
    if (all)
        database_away(for_ms);
    else
        database_cut_off((int)chance_below(c, PROCESSES), for_ms);
}

static void edit_rules(struct chance *c)
{
    if (!sim.dials[DIAL_RULES])
        return;
    hit(DIAL_RULES);
    process_edit_rules(c);
}

static void twin(void)
{
    sim.me = &sim.processes[1];
    if (sim.me->ran)
        process_end();
    else
        process_start();
}

static void crash(struct chance *c)
{
    choose_process(c);
    bool stop = chance_percent(c, 15) && sim.dials[DIAL_LONG_STOP];
    if (!sim.dials[DIAL_CRASH] || !sim.me->epoch || sim.me->dies_in || sim.me->dies_with_doing)
        return;
    hit(stop ? DIAL_LONG_STOP : DIAL_CRASH);
    /* Either soon, or while something that somebody has just done is handled. */
    if (sim.dials[DIAL_POWER_CUT] && chance_percent(c, 50)) {
        sim.me->down_for_ms = chance_between(c, 100, 20 * MS_SECOND);
        disk_cut_in(1 + chance_below(c, 60));
        return;
    }
    sim.me->dies_with_doing = chance_percent(c, 60) ? 1 + chance_below(c, 16) : 0;
    sim.me->dies_in = sim.me->dies_with_doing ? 0 : 1 + chance_below(c, 1 + chance_below(c, 300));
    sim.me->down_for_ms = stop ? chance_between(c, MS_HOUR, in_years() ? 40 * MS_DAY : 2 * MS_DAY)
                               : chance_between(c, 100, 20 * MS_SECOND);
    if (sim.now_ms + sim.me->down_for_ms > sim.faults_end_ms)
        sim.me->down_for_ms = MS_SECOND;
}

static void disk_is_fine(void *arg)
{
    free(arg);
    if (sim.now_ms >= sim.disk_until_ms)
        disk_fail(false);
}

static void disk(struct chance *c)
{
    if (!sim.dials[DIAL_DISK])
        return;
    hit(DIAL_DISK);
    ms_t until = sim.now_ms + (chance_percent(c, 60) ? chance_between(c, MS_SECOND, 10 * MS_MINUTE)
                                                     : chance_between(c, MS_MINUTE, 5 * MS_HOUR));
    sim.disk_until_ms = ms_max(sim.disk_until_ms, until);
    disk_fail(true);
    later(sim.disk_until_ms, 0, disk_is_fine, NULL);
}

static void pause_process(struct chance *c)
{
    choose_process(c);
    if (!sim.dials[DIAL_PAUSE] || !sim.me->epoch)
        return;
    hit(DIAL_PAUSE);
    sim.me->paused_until_ms = sim.now_ms + chance_between(c, MS_SECOND, 10 * MS_MINUTE);
    tell("B", "paused\t%" PRId64, sim.me->paused_until_ms);
}

static void set_clock(struct chance *c)
{
    if (!sim.dials[DIAL_CLOCK])
        return;
    hit(DIAL_CLOCK);
    sim.wall_offset_ms = chance_between(c, -2 * MS_HOUR, 2 * MS_HOUR);
    tell("W", "%" PRId64, sim.wall_offset_ms);
}

static void next_task(struct chance *c)
{
    static const enum dial ways[] = { DIAL_TASK_FAILS, DIAL_TASK_HANGS, DIAL_TASK_VANISHES,
                                      DIAL_TASK_LIES };
    enum dial d = ways[chance_below(c, COUNT(ways))];
    if (sim.dials[d])
        cloud_next_task(d);
}

static void delete_a_post(struct chance *c)
{
    struct chat_world *chat = sim.chats[chance_below(c, (uint64_t)sim.chat_count)];
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    if (count)
        chat_delete(chat, (int)(count - 1 - chance_below(c, count < 10 ? count : 10)));
}

static ms_t some_time(struct chance *c)
{
    return chance_percent(c, 70)
               ? chance_between(c, MS_SECOND, 5 * MS_MINUTE)
               : chance_between(c, MS_MINUTE, in_years() ? 40 * MS_DAY : 5 * MS_HOUR);
}

/* The newest message that asks for answers; -1 when none does. */
static int asking(void)
{
    const struct chat_message *messages;
    const char *handle;
    for (size_t n = chat_messages(sim.chats[0], &messages); n-- > 0;)
        if (has_button(&messages[n], "approve", &handle))
            return (int)n;
    return -1;
}

static void piece(uint64_t which)
{
    struct chat_world *chat = sim.chats[0];
    struct human *ana = &sim.people[0], *ben = &sim.people[1], *cleo = &sim.people[2];
    const struct chat_message *messages;
    const char *handle;
    int n = asking();
    chat_messages(chat, &messages);
    switch (which) {
    case 0: says(chat, ana, "lift bakery for 10m task other because errand one"); break;
    case 1: says(chat, ben, "lift mill for 20m task other because errand two"); break;
    case 2:
        if (n >= 0 && has_button(&messages[n], "approve", &handle))
            chat_clicks(chat, ben, n, "approve", handle);
        break;
    case 3:
        if (n >= 0)
            chat_reacts(chat, cleo, n, APPROVE, true);
        break;
    case 4: take_back(chat, cleo); break;
    case 5: says(chat, ana, "done"); break;
    case 6: sim.me->dies_with_doing = 2, sim.me->down_for_ms = 5 * MS_SECOND; break;
    default:
        STR_SET(ana->role, "customer_user");
        tell("R", "%s\t%s\t%s", ana->stax, ana->role, ana->status);
    }
}

void story_go_on(const struct plan_entry *e)
{
    struct chance mine, *c = &mine;
    chance_seed(c, e->draw, 1);
    struct chat_world *chat = sim.chats[chance_below(c, (uint64_t)sim.chat_count)];
    switch (e->kind) {
    case PLAN_ASK: ask(c); break;
    case PLAN_HELP: help(c); break;
    case PLAN_MEDDLE: meddle(c); break;
    case PLAN_ROLE: change_role(c); break;
    case PLAN_IDENTITY: change_identity(c); break;
    case PLAN_EDIT: edit(c); break;
    case PLAN_CHAT_DOWN: chat_down(chat, some_time(c)); break;
    case PLAN_CHAT_STORM: chat_storm(chat, chance_between(c, 5 * MS_MINUTE, 2 * MS_HOUR)); break;
    case PLAN_CHANNEL: chat_close_channel(chat, ms_min(some_time(c), 5 * MS_HOUR)); break;
    case PLAN_STAX_DOWN: cloud_down(some_time(c)); break;
    case PLAN_STAX_STORM: cloud_storm(chance_between(c, 5 * MS_MINUTE, 2 * MS_HOUR)); break;
    case PLAN_TASK: next_task(c); break;
    case PLAN_CRASH: crash(c); break;
    case PLAN_PAUSE: pause_process(c); break;
    case PLAN_CLOCK: set_clock(c); break;
    case PLAN_DELETE: delete_a_post(c); break;
    case PLAN_DISK: disk(c); break;
    case PLAN_TWIN: twin(); break;
    case PLAN_DATABASE: database(c); break;
    case PLAN_RULES: edit_rules(c); break;
    case PLAN_PRIVATE: act_in_private(c); break;
    case PLAN_LOCK: lock_something(chat, c); break;
    case PLAN_ACCEPT:
        choose_process(c);
        process_accept();
        break;
    case PLAN_PIECE: piece(e->draw); break;
    case PLAN_KIND_COUNT: break;
    }
    sim.me = &sim.processes[0];
}

/* ---- the end ---- */

void story_tidy_up(void)
{
    if (of_twins())
        process_accept();
    static const char *const actions[] = { "restore", "put_back", "done" };
    struct chat_world *chat = sim.chats[0];
    const struct chat_message *messages;
    size_t count = chat_messages(chat, &messages);
    const char *handle;
    for (size_t n = count; n-- > 0 && count - n < LOOKED_AT;)
        for (size_t i = 0; i < COUNT(actions); i++)
            if (!messages[n].deleted && has_button(&messages[n], actions[i], &handle)) {
                char kept[48];
                STR_SET(kept, handle);
                chat_clicks(chat, &sim.people[n % 2], (int)n, actions[i], kept);
                return;
            }
}
