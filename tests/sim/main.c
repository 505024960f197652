/* SPDX-License-Identifier: Apache-2.0 */
/* reguard-sim: tells stories from seeds and has them judged.
     reguard-sim [--from N] [--seeds N] [--seed N] [-j N] [-v] [--twice] [--shrink] [--never TEXT]
   [--years | --orders | --io | --twins | --shared] [--evidence FILE] */
#include "tests/sim/judge/judge.h"
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void process_clean_folder(void);

enum { NEVER_MOST = 4 };
static struct {
    uint64_t from, count, all, jobs; /* all: of which those stand evenly among; 0 */
    enum story_kind kind;
    bool verbose, twice, shrink;
    const char *never[NEVER_MOST]; /* what no line of the evidence may have */
    char evidence[2048];
    const char *program;
} options = { .from = 1, .count = 100 };

static struct total {
    uint64_t stories, events, crashes, turns, hits[DIAL_COUNT], failed, bytes;
    uint64_t lifts, restores, approvals, reminders, outside, closed, records, alarms;
    uint64_t untouched; /* stories in which no call on the disk has failed */
    uint64_t shorter;   /* of those, the ones that have fewer calls than the number of theirs */
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

static const char *const KIND_OPTIONS[] = {
    [STORY_OF_DAYS] = "",       [STORY_IN_ORDER] = " --orders", [STORY_OF_YEARS] = " --years",
    [STORY_OF_CALLS] = " --io", [STORY_SHARED] = " --shared",   [STORY_OF_TWINS] = " --twins"
};

/* Of the call with that number each: ill once, full once, both for a while. */
enum { WAYS_TO_FAIL = 4 };

/* From 1; 0: none fails. */
static uint64_t failing_call(uint64_t seed)
{
    return options.kind == STORY_OF_CALLS ? seed / WAYS_TO_FAIL : 0;
}

static bool drops[PLAN_MOST];
static ms_t quiet_after_ms; /* the faults end so soon; 0: when they were to end */
static bool brief;

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
    sim.kind = options.kind;
    for (int i = 0; i < PROCESSES; i++)
        sim.processes[i].no = i;
    sim.me = &sim.processes[0];
    /* 2026-03-28 22:13:20 UTC: the clocks of Europe change in the first night. */
    sim.now_ms = sim.begin_ms = (ms_t)1774736000 * 1000;
    chance_seed(&sim.plan_chance, seed, 1);
    chance_seed(&sim.world, seed, 2);
    chance_seed(&sim.bot, seed, 3);
    story_draw();
    sim.brief = brief;
    if (quiet_after_ms) {
        sim.end_ms += sim.begin_ms + quiet_after_ms - sim.faults_end_ms;
        sim.faults_end_ms = sim.begin_ms + quiet_after_ms;
    }
    for (size_t i = 0; i < sim.plan_count; i++)
        sim.plan[i].dropped = drops[i];
    sim.cloud = cloud_new();
    for (int i = 0; i < sim.chat_count; i++)
        sim.chats[i] = chat_new(i);
    process_settings();
}

static void start_second(void)
{
    sim.me = &sim.processes[1];
    if (!sim.me->epoch)
        process_start();
    sim.me = &sim.processes[0];
}

/* The faults are over; who is an Admin and where is known again. */
static void calm_down(void)
{
    sim.calm = true;
    disk_fail(false);
    disk_fail_at(0, 0, false);
    if (sim.disk_fails_now)
        tell("O", "fine");
    disk_cut_in(0);
    sim.me->dies_in = sim.me->dies_with_doing = 0;
    sim.me->paused_until_ms = 0;
    if (sim.kind == STORY_SHARED) {
        sim.processes[1].dies_in = sim.processes[1].dies_with_doing = 0;
        sim.processes[1].paused_until_ms = 0;
        database_calm();
        start_second();
    } else {
        sim.me = &sim.processes[1];
        process_end();
        sim.me = &sim.processes[0];
    }
    if (sim.dials[DIAL_RULES])
        process_put_rules_right();
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
    if (!sim.me->epoch)
        process_start();
}

static void end_story(void)
{
    if (sim.kind == STORY_OF_YEARS)
        process_measure();
    process_end_of_story();
    for (int i = 0; i < sim.chat_count; i++)
        chat_free(sim.chats[i]);
    cloud_free(sim.cloud);
    tell("Z", "end");
}

static void tell_story(uint64_t seed, bool verbose)
{
    begin_story(seed, verbose);
    uint64_t way = seed % WAYS_TO_FAIL;
    disk_fail_at(failing_call(seed), way / 2 ? 20 : 1, way % 2);
    if (sim.kind == STORY_SHARED)
        database_new();
    process_start();
    if (sim.kind == STORY_SHARED)
        start_second();
    for (; sim.plan_at < sim.plan_count; sim.plan_at++) {
        const struct plan_entry *e = &sim.plan[sim.plan_at];
        if (e->dropped)
            continue; /* the faults may end before it */
        virtual_run(sim.begin_ms + e->at_ms);
        story_go_on(e);
    }
    virtual_run(sim.faults_end_ms);
    sim.calls = disk_calls();
    calm_down();
    for (ms_t at = sim.faults_end_ms + 2 * MS_HOUR; at < sim.end_ms - 2 * MS_HOUR;
         at += sim.kind == STORY_OF_YEARS ? MS_HOUR : 10 * MS_MINUTE) {
        virtual_run(at);
        story_tidy_up();
    }
    virtual_run(sim.end_ms);
    end_story();
}

/* ---- what is thought of it ---- */

/* A rule of whoever calls this program, beside those of the judge. */
static void must_never(const char *evidence, const char *text, struct judge_verdict *v)
{
    const char *found = strstr(evidence, text), *line = found;
    if (!found || v->count == JUDGE_VIOLATIONS)
        return;
    while (line > evidence && line[-1] != '\n')
        line--;
    snprintf(v->violations[v->count].rule, sizeof v->violations[0].rule, "never %s", text);
    snprintf(v->violations[v->count].text, sizeof v->violations[0].text, "%.*s",
             (int)strcspn(line, "\n"), line);
    v->count++;
}

static void judge_story(struct judge_verdict *v)
{
    judge(buf_text(&sim.evidence), v);
    for (size_t i = 0; i < NEVER_MOST && options.never[i]; i++)
        must_never(buf_text(&sim.evidence), options.never[i], v);
}

/* ---- shrinking ---- */

static bool still_fails(uint64_t seed, const char *rule)
{
    struct judge_verdict v = { 0 };
    tell_story(seed, false);
    judge_story(&v);
    for (size_t i = 0; i < v.count; i++)
        if (strcmp(v.violations[i].rule, rule) == 0)
            return true;
    return false;
}

/* The story ends soon after the last that is left of it, when the rule is broken all the same. */
static void end_soon(uint64_t seed, const char *rule)
{
    ms_t last = 0;
    for (size_t i = 0; i < sim.plan_count; i++)
        if (!drops[i])
            last = sim.plan[i].at_ms;
    if (sim.begin_ms + last + MS_HOUR >= sim.faults_end_ms)
        return;
    quiet_after_ms = last + MS_HOUR;
    if (!still_fails(seed, rule))
        quiet_after_ms = 0;
}

/* False: nothing of that size can be left out any more. */
static bool leave_out(uint64_t seed, const char *rule, size_t count, size_t piece)
{
    bool some = false;
    for (size_t at = 0; at < count; at += piece) {
        bool before[PLAN_MOST];
        memcpy(before, drops, sizeof drops);
        for (size_t i = at; i < at + piece && i < count; i++)
            drops[i] = true;
        if (memcmp(before, drops, sizeof drops) == 0)
            continue;
        if (still_fails(seed, rule))
            some = true;
        else
            memcpy(drops, before, sizeof drops);
    }
    return some;
}

/* Leaves out larger, then smaller pieces of the plan as long as the same rule is broken. */
static void shrink(uint64_t seed, const char *rule)
{
    size_t count = sim.plan_count, left = 0;
    memset(drops, 0, sizeof drops);
    for (size_t piece = count / 2 ? count / 2 : 1; piece > 1; piece /= 2)
        leave_out(seed, rule, count, piece);
    while (leave_out(seed, rule, count, 1)) /* what goes may let go what came before it */
        ;
    for (size_t i = 0; i < count; i++)
        left += !drops[i];
    printf("seed %" PRIu64 ": %s, shrunk from %zu happenings to %zu:\n", seed, rule, count, left);
    end_soon(seed, rule);
    brief = true;
    tell_story(seed, true);
    brief = false;
    quiet_after_ms = 0;
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
    total.alarms += v->alarms;
    total.untouched += sim.calls_failed == 0;
    total.shorter += sim.calls_failed == 0 && sim.calls < failing_call(sim.seed);
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
           KIND_OPTIONS[options.kind], options.twice ? " --twice" : "", seed);
}

static void run_seed(uint64_t seed)
{
    struct judge_verdict v = { 0 };
    tell_story(seed, options.verbose);
    keep_evidence();
    uint64_t hash = hash_of(buf_text(&sim.evidence), sim.evidence.bytes);
    total.hash += hash * (2 * seed + 1); /* whichever order they are told in */
    judge_story(&v);
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

static bool add_never(const char *text)
{
    size_t i = 0;
    while (i < NEVER_MOST && options.never[i])
        i++;
    if (i == NEVER_MOST)
        return false;
    options.never[i] = text;
    return true;
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
            options.kind = STORY_IN_ORDER, options.from = 0,
            options.count = options.all = STORY_ORDERS;
        else if (str_equal(argv[i], "--io"))
            options.kind = STORY_OF_CALLS, options.from = 0, options.count = UINT64_MAX;
        else if (str_equal(argv[i], "--shared"))
            options.kind = STORY_SHARED;
        else if (str_equal(argv[i], "--twins"))
            options.kind = STORY_OF_TWINS;
        else if (str_equal(argv[i], "--years"))
            options.kind = STORY_OF_YEARS;
        else if (value && str_equal(argv[i], "--never") && add_never(value))
            i++;
        else if (value && str_equal(argv[i], "--from"))
            options.from = number(argv[++i]);
        else if (value && str_equal(argv[i], "-j"))
            options.jobs = number(argv[++i]);
        else if (value && str_equal(argv[i], "--seeds"))
            options.count = number(argv[++i]);
        else if (value && str_equal(argv[i], "--evidence"))
            snprintf(options.evidence, sizeof options.evidence, "%s%s%s",
                     value[0] == '/' ? "" : getcwd(here, sizeof here), value[0] == '/' ? "" : "/",
                     argv[++i]);
        else if (value && str_equal(argv[i], "--seed"))
            options.from = number(argv[++i]), options.count = 1, options.all = 0;
        else
            return false;
    }
    return true;
}

/* ---- several at once ---- */

/* The story with no call failing tells how many there are. */
static void count_calls(void)
{
    uint64_t calls = 0;
    if (options.kind != STORY_OF_CALLS || options.from)
        return;
    disk_use();
    begin_story(0, false);
    disk_fail_at(0, 0, false);
    process_start();
    for (; sim.plan_at < sim.plan_count; sim.plan_at++) {
        virtual_run(sim.begin_ms + sim.plan[sim.plan_at].at_ms);
        story_go_on(&sim.plan[sim.plan_at]);
    }
    virtual_run(sim.faults_end_ms);
    calls = disk_calls();
    end_story();
    process_clean_folder();
    options.from = WAYS_TO_FAIL;
    /* Each story has its own chance, and some of them have a few calls less: they say so. */
    options.all = calls * WAYS_TO_FAIL;
    if (options.count > options.all)
        options.count = options.all;
}

/* Those of one job, of so many: each tells every so-manieth. */
static void tell_some(uint64_t job, uint64_t jobs)
{
    /* Of the orders, fewer ones stand evenly among all. */
    uint64_t step = options.count && options.count < options.all ? options.all / options.count : 1;
    /* Each way in turn, and none behind the last. */
    step -= step % WAYS_TO_FAIL == 0 && options.kind == STORY_OF_CALLS;
    disk_use();
    for (uint64_t i = job; i < options.count; i += jobs)
        run_seed(options.from + i * step);
    process_clean_folder();
}

static void add_total(const struct total *t)
{
    const uint64_t *from = (const uint64_t *)t;
    uint64_t *to = (uint64_t *)&total;
    for (size_t i = 0; i < sizeof total / sizeof *to; i++)
        to[i] += from[i];
}
_Static_assert(sizeof(struct total) % sizeof(uint64_t) == 0, "numbers of one size");

/* A process of its own, whose figures come through a pipe. */
static pid_t begin_job(uint64_t job, int *ret_figures)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0) {
        perror("sim");
        exit(2);
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        tell_some(job, options.jobs);
        fflush(stdout);
        _exit(write(ends[1], &total, sizeof total) == (ssize_t)sizeof total ? 0 : 2);
    }
    close(ends[1]);
    *ret_figures = ends[0];
    return pid;
}

static void end_job(pid_t pid, int figures)
{
    struct total part;
    int status = 0;
    bool told = read(figures, &part, sizeof part) == (ssize_t)sizeof part;
    close(figures);
    if (waitpid(pid, &status, 0) != pid || status != 0 || !told) {
        printf("a part of the stories has ended in their middle (%d)\n", status);
        total.failed++;
        return;
    }
    add_total(&part);
}

static void tell_all(void)
{
    enum { JOBS_MOST = 64 };
    pid_t pids[JOBS_MOST];
    int figures[JOBS_MOST];
    if (!options.jobs)
        options.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    if (options.jobs > JOBS_MOST)
        options.jobs = JOBS_MOST;
    if (options.jobs > options.count)
        options.jobs = options.count;
    if (options.jobs < 2 || options.verbose || options.evidence[0]) {
        tell_some(0, 1);
        return;
    }
    const uint64_t jobs = options.jobs;
    for (uint64_t i = 0; i < jobs; i++)
        pids[i] = begin_job(i, &figures[i]);
    for (uint64_t i = 0; i < jobs; i++)
        end_job(pids[i], figures[i]);
}

/* A dial that was never hit proves nothing; few seeds need not hit all of them, but for those of
   the database, which are turned in a story of every three. */
static bool has_to_be_hit(enum dial d)
{
    enum { ALL_ARE_HIT = 100, THE_DATABASE_IS_HIT = 6 };
    if (d >= DIAL_SYNC_GAP && d < DIAL_RULES)
        return options.kind == STORY_OF_DAYS && options.count >= ALL_ARE_HIT;
    if (d >= DIAL_DATABASE_AWAY && d < DIAL_SYNC_GAP)
        return options.kind == STORY_SHARED && options.count >= THE_DATABASE_IS_HIT;
    return (options.kind == STORY_OF_DAYS || options.kind == STORY_OF_YEARS) &&
           options.count >= ALL_ARE_HIT;
}

static unsigned unhit(void)
{
    unsigned none = 0;
    printf("hits:");
    for (size_t d = 0; d < DIAL_COUNT; d++)
        printf(" %s %" PRIu64, dial_names[d], total.hits[d]);
    printf("\n");
    for (size_t d = 0; d < DIAL_COUNT; d++)
        if (has_to_be_hit((enum dial)d) && !total.hits[d]) {
            printf("the dial %s was never hit\n", dial_names[d]);
            none++;
        }
    return none;
}

static double per_minute(double years, double seconds)
{
    return seconds > 0 ? years / seconds * 60 : 0;
}

/* A story that is over before its call proves nothing of it, and nothing is wrong with that as long
   as they are few. */
static unsigned calls_that_did_not_fail(void)
{
    enum { SHORTER_IN = 10, LIFTS_IN = 50 };
    uint64_t failed = total.stories - total.untouched;
    if (options.all)
        printf("disk: one call each failed in %" PRIu64 " stories, of %" PRIu64
               " calls in %d ways\n",
               failed, options.all / WAYS_TO_FAIL, WAYS_TO_FAIL);
    if (total.shorter)
        printf("disk: %" PRIu64 " stories were over before their call came\n", total.shorter);
    if (total.untouched > total.shorter)
        printf("disk: in %" PRIu64 " stories the call came and did not fail\n",
               total.untouched - total.shorter);
    if (total.stories > LIFTS_IN && !total.lifts)
        printf("disk: nothing was lifted in any story\n");
    return total.untouched > total.shorter || (total.stories > LIFTS_IN && !total.lifts) ||
           (total.stories > SHORTER_IN && total.shorter > total.stories / SHORTER_IN);
}

/* Of all jobs; other programs on the machine take nothing away from it. */
static double processor_s(void)
{
    double s = 0;
    struct rusage r;
    for (int children = 0; children <= 1; children++)
        if (getrusage(children ? RUSAGE_CHILDREN : RUSAGE_SELF, &r) == 0)
            s += (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
                 (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
    return s;
}

int main(int argc, char **argv)
{
    struct timespec begun, ended;
    if (!read_options(argc, argv)) {
        fprintf(stderr, "usage: reguard-sim [--from N] [--seeds N] [--seed N] [-v] [--twice] "
                        "[--shrink] [--never TEXT] [-j N] [--years | --orders | --io | "
                        "--twins | --shared] [--evidence FILE]\n");
        return 64;
    }
    clock_gettime(CLOCK_MONOTONIC, &begun);
    count_calls();
    tell_all();
    clock_gettime(CLOCK_MONOTONIC, &ended);
    unsigned none = unhit();
    double took = (double)(ended.tv_sec - begun.tv_sec) +
                  (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    double days = (double)total.virtual_ms / (double)MS_DAY;
    printf("judged: %" PRIu64 " lifts, %" PRIu64 " restores, %" PRIu64 " approvals, %" PRIu64
           " reminders, %" PRIu64 " found lifted, %" PRIu64 " closed, %" PRIu64 " records, %" PRIu64
           " alarms\n",
           total.lifts, total.restores, total.approvals, total.reminders, total.outside,
           total.closed, total.records, total.alarms);
    if (options.kind == STORY_OF_CALLS)
        none += calls_that_did_not_fail();
    printf("sim: %" PRIu64 " stories, %.0f virtual days, %" PRIu64 " events, %" PRIu64
           " crashes, %" PRIu64 " with violations; %.1f s, %.1f simulated years a minute, %.1f a "
           "minute of one processor; hash %016" PRIx64 "\n",
           total.stories, days, total.events, total.crashes, total.failed, took,
           per_minute(days / 365.25, took), per_minute(days / 365.25, processor_s()), total.hash);
    printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n",
           total.stories > total.failed ? total.stories - total.failed : 0, total.failed + none);
    return total.failed || none ? 1 : 0;
}
