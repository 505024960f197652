/* reguard-sim: tells stories from seeds and has them judged.
     reguard-sim [--from N] [--seeds N] [--seed N] [-v] [--twice] [--shrink] [--orders] [--evidence
   FILE] */
#include "tests/sim/judge/judge.h"
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void process_clean_folder(void);

static struct {
    uint64_t from, count;
    bool verbose, twice, shrink, orders;
    char evidence[2048];
    const char *program;
} options = { .from = 1, .count = 100 };

static struct {
    uint64_t stories, events, crashes, turns, hits[DIAL_COUNT], failed, bytes;
    uint64_t lifts, restores, approvals, reminders, outside, closed, records;
    ms_t virtual_ms;
    uint64_t hash;
} total;

/* FNV-1a in words: only to compare. */
static uint64_t hash_of(const char *text, size_t bytes)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return h;
}

static bool drops[PLAN_MOST];

static void begin_story(uint64_t seed, bool verbose)
{
    struct buf kept = sim.evidence;
    virtual_reset();
    memset(&sim, 0, sizeof sim);
    sim.evidence = kept;
    if (!sim.evidence.ceiling)
        buf_init(&sim.evidence, (size_t)512 * 1024 * 1024);
    buf_clear(&sim.evidence);
    sim.seed = seed;
    sim.verbose = verbose;
    sim.in_order = options.orders;
    /* 2026-03-28 22:13:20 UTC: the clocks of Europe change in the first night. */
    sim.now_ms = sim.begin_ms = (ms_t)1774736000 * 1000;
    chance_seed(&sim.plan_chance, seed, 1);
    chance_seed(&sim.world, seed, 2);
    chance_seed(&sim.bot, seed, 3);
    story_draw();
    for (size_t i = 0; i < sim.plan_count; i++)
        sim.plan[i].dropped = drops[i];
    sim.cloud = cloud_new();
    for (int i = 0; i < sim.chat_count; i++)
        sim.chats[i] = chat_new(i);
    process_settings();
}

/* The faults are over; who is an Admin and where is known again. */
static void calm_down(void)
{
    sim.calm = true;
    disk_fail(false);
    disk_cut_in(0);
    sim.dies_in = sim.dies_with_doing = 0;
    sim.paused_until_ms = 0;
    for (size_t i = 0; i < sim.people_count; i++) {
        struct human *h = &sim.people[i];
        STR_SET(h->status, "ACTIVE");
        if (i < 2)
            STR_SET(h->role, "customer_admin");
        tell("R", "%s\t%s\t%s", h->stax, h->role, h->status);
        for (int c = 0; c < sim.chat_count; c++)
            if (h->ids[c][0]) {
                h->flags[c] = 0;
                tell("I", "%s\t0", h->ids[c]);
            }
    }
    for (int i = 0; i < sim.chat_count; i++)
        chat_calm(sim.chats[i]);
    cloud_calm();
    tell("Z", "calm");
    if (!sim.epoch)
        process_start();
}

static void end_story(void)
{
    process_end_of_story();
    for (int i = 0; i < sim.chat_count; i++)
        chat_free(sim.chats[i]);
    cloud_free(sim.cloud);
    tell("Z", "end");
}

static void tell_story(uint64_t seed, bool verbose)
{
    begin_story(seed, verbose);
    process_start();
    for (; sim.plan_at < sim.plan_count; sim.plan_at++) {
        const struct plan_entry *e = &sim.plan[sim.plan_at];
        virtual_run(sim.begin_ms + e->at_ms);
        if (!e->dropped)
            story_go_on(e);
    }
    virtual_run(sim.faults_end_ms);
    calm_down();
    for (ms_t at = sim.faults_end_ms + 2 * MS_HOUR; at < sim.end_ms - 2 * MS_HOUR;
         at += 10 * MS_MINUTE) {
        virtual_run(at);
        story_tidy_up();
    }
    virtual_run(sim.end_ms);
    end_story();
}

/* ---- shrinking ---- */

static bool still_fails(uint64_t seed, const char *rule)
{
    struct judge_verdict v = { 0 };
    tell_story(seed, false);
    judge(buf_text(&sim.evidence), &v);
    for (size_t i = 0; i < v.count; i++)
        if (strcmp(v.violations[i].rule, rule) == 0)
            return true;
    return false;
}

/* Leaves out larger, then smaller pieces of the plan as long as the same rule is broken. */
static void shrink(uint64_t seed, const char *rule)
{
    size_t count = sim.plan_count, left = 0;
    memset(drops, 0, sizeof drops);
    for (size_t piece = count / 2 ? count / 2 : 1; piece; piece /= 2)
        for (size_t at = 0; at < count; at += piece) {
            bool before[PLAN_MOST];
            memcpy(before, drops, sizeof drops);
            for (size_t i = at; i < at + piece && i < count; i++)
                drops[i] = true;
            if (memcmp(before, drops, sizeof drops) != 0 && !still_fails(seed, rule))
                memcpy(drops, before, sizeof drops);
        }
    for (size_t i = 0; i < count; i++)
        left += !drops[i];
    printf("seed %" PRIu64 ": %s, shrunk from %zu happenings to %zu:\n", seed, rule, count, left);
    tell_story(seed, true);
    memset(drops, 0, sizeof drops);
}

/* ---- a run ---- */

static void add_up(const struct judge_verdict *v)
{
    total.stories++;
    total.events += sim.events;
    total.crashes += sim.crashes;
    total.turns += sim.turns;
    total.virtual_ms += sim.end_ms - sim.begin_ms;
    total.bytes += sim.evidence.bytes;
    for (size_t d = 0; d < DIAL_COUNT; d++)
        total.hits[d] += sim.hits[d];
    total.lifts += v->lifts;
    total.restores += v->restores;
    total.approvals += v->approvals;
    total.reminders += v->reminders;
    total.outside += v->outside;
    total.closed += v->closed;
    total.records += v->records;
}

static void keep_evidence(void)
{
    /* The process has gone to a folder of its own. */
    FILE *file = options.evidence[0] ? fopen(options.evidence, "w") : NULL;
    if (!file)
        return;
    fputs(buf_text(&sim.evidence), file);
    fclose(file);
}

/* How it is told alone. */
static void tell_again(uint64_t seed)
{
    printf("      again: %s%s%s --seed %" PRIu64 " -v\n", options.program,
           options.orders ? " --orders" : "", options.twice ? " --twice" : "", seed);
}

static void run_seed(uint64_t seed)
{
    struct judge_verdict v = { 0 };
    tell_story(seed, options.verbose);
    keep_evidence();
    uint64_t hash = hash_of(buf_text(&sim.evidence), sim.evidence.bytes);
    total.hash = (total.hash ^ hash) * 1099511628211u;
    judge(buf_text(&sim.evidence), &v);
    add_up(&v);
    if (options.twice) {
        tell_story(seed, false);
        if (hash_of(buf_text(&sim.evidence), sim.evidence.bytes) != hash) {
            printf("seed %" PRIu64 ": told twice, it is not the same story\n", seed);
            total.failed++;
            tell_again(seed);
        }
    }
    if (!v.count)
        return;
    total.failed++;
    for (size_t i = 0; i < v.count; i++)
        printf("seed %" PRIu64 ": %s: %s\n", seed, v.violations[i].rule, v.violations[i].text);
    tell_again(seed);
    if (options.shrink)
        shrink(seed, v.violations[0].rule);
}

static uint64_t number(const char *text) { return text ? strtoull(text, NULL, 10) : 0; }

static bool read_options(int argc, char **argv)
{
    char here[1024];
    options.program = argv[0];
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (str_equal(argv[i], "-v"))
            options.verbose = true;
        else if (str_equal(argv[i], "--twice"))
            options.twice = true;
        else if (str_equal(argv[i], "--shrink"))
            options.shrink = true;
        else if (str_equal(argv[i], "--orders"))
            options.orders = true, options.from = 0, options.count = STORY_ORDERS;
        else if (value && str_equal(argv[i], "--from"))
            options.from = number(argv[++i]);
        else if (value && str_equal(argv[i], "--seeds"))
            options.count = number(argv[++i]);
        else if (value && str_equal(argv[i], "--evidence"))
            snprintf(options.evidence, sizeof options.evidence, "%s%s%s",
                     value[0] == '/' ? "" : getcwd(here, sizeof here), value[0] == '/' ? "" : "/",
                     argv[++i]);
        else if (value && str_equal(argv[i], "--seed"))
            options.from = number(argv[++i]), options.count = 1;
        else
            return false;
    }
    return true;
}

/* A dial that was never hit proves nothing; few seeds need not hit all of them. */
static unsigned unhit(void)
{
    enum { ALL_ARE_HIT = 100 };
    unsigned none = 0;
    printf("hits:");
    for (size_t d = 0; d < DIAL_COUNT; d++)
        printf(" %s %" PRIu64, dial_names[d], total.hits[d]);
    printf("\n");
    for (size_t d = 0; d < DIAL_COUNT && options.count >= ALL_ARE_HIT && !options.orders; d++)
        if (!total.hits[d]) {
            printf("the dial %s was never hit\n", dial_names[d]);
            none++;
        }
    return none;
}

int main(int argc, char **argv)
{
    struct timespec begun, ended;
    if (!read_options(argc, argv)) {
        fprintf(stderr, "usage: reguard-sim [--from N] [--seeds N] [--seed N] [-v] [--twice] "
                        "[--shrink] [--orders] [--evidence FILE]\n");
        return 64;
    }
    disk_use();
    clock_gettime(CLOCK_MONOTONIC, &begun);
    /* Of the orders, fewer ones stand evenly among all. */
    uint64_t step = options.orders && options.count < STORY_ORDERS
                        ? STORY_ORDERS / (options.count ? options.count : 1)
                        : 1;
    for (uint64_t i = 0; i < options.count; i++)
        run_seed(options.from + i * step);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    process_clean_folder();
    unsigned none = unhit();
    double took = (double)(ended.tv_sec - begun.tv_sec) +
                  (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    double days = (double)total.virtual_ms / (double)MS_DAY;
    printf("judged: %" PRIu64 " lifts, %" PRIu64 " restores, %" PRIu64 " approvals, %" PRIu64
           " reminders, %" PRIu64 " found lifted, %" PRIu64 " closed, %" PRIu64 " records\n",
           total.lifts, total.restores, total.approvals, total.reminders, total.outside,
           total.closed, total.records);
    printf("sim: %" PRIu64 " stories, %.0f virtual days, %" PRIu64 " events, %" PRIu64
           " crashes, %" PRIu64 " with violations; %.1f s, %.1f years a minute; hash %016" PRIx64
           "\n",
           total.stories, days, total.events, total.crashes, total.failed, took,
           took > 0 ? days / 365.25 / took * 60 : 0, total.hash);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n", total.stories - total.failed,
           total.failed + none);
    return total.failed || none ? 1 : 0;
}
