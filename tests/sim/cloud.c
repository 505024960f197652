/* SPDX-License-Identifier: Apache-2.0 */
/* A Stax that is made up, in the place of adapters/stax/client.c: what the real adapter asks for
   and is told passes through its real codec. It has one document of flags, tasks that change it
   some time later, people with roles, and others who edit in its console. */
#include "tests/sim/sim.h"
#include "adapters/stax/client.h"
#include "host/clock.h"
#include "net/http.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const KEYS[] = { "EC2_REQUIRE_IMDSV2", "IAM_BLOCK_ROOT_USER_ACCESS",
                                    "MACIE_BLOCK_SERVICE", "GUARDDUTY_BLOCK_CHANGES_TO_SERVICE",
                                    "ROUTE53_BLOCK_CHANGES_TO_DOMAIN" };
enum { KEY_COUNT = 5, ROOT = 1, FEED = 16 };

struct task {
    char id[16];
    bool running, fails, vanished, lies;
    bool flags[KEY_COUNT];
};

struct cloud {
    bool flags[KEY_COUNT];
    ms_t modified_ms, down_until_ms, storm_until_ms;
    struct task task;
    unsigned tasks, calls;
    enum dial next; /* how the next task goes wrong; DIAL_COUNT: not at all */
    struct {
        char user[32], task[16];
        ms_t at_ms;
    } feed[FEED];
    size_t feed_count;
};

struct cloud *cloud_new(void)
{
    struct cloud *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    for (size_t i = 0; i < KEY_COUNT; i++)
        c->flags[i] = i != 2;
    c->modified_ms = sim.now_ms - MS_DAY;
    c->next = DIAL_COUNT;
    return c;
}

void cloud_free(struct cloud *c) { free(c); }

const char *cloud_other_key(uint64_t n)
{
    static const size_t others[] = { 0, 2, 3, 4 };
    return KEYS[others[n % COUNT(others)]];
}

bool cloud_is_on(void) { return sim.cloud->flags[ROOT]; }

/* Of the texts that are made each minute; NULL is behind the last. */
static void add_texts(struct buf *b, const char *const texts[])
{
    for (size_t i = 0; texts[i]; i++)
        buf_add(b, texts[i]);
}

static const char *flags_line(const bool flags[KEY_COUNT])
{
    static struct buf lines[4];
    static unsigned at;
    struct buf *b = &lines[at++ % COUNT(lines)];
    if (!b->ceiling)
        buf_init(b, 1024);
    buf_clear(b);
    for (size_t i = 0; i < KEY_COUNT; i++)
        add_texts(b, (const char *[]){ i ? " " : "", KEYS[i], flags[i] ? "=1" : "=0", NULL });
    return buf_text(b);
}

/* ---- what others do ---- */

static void tell_feed(const char *user, const char *task)
{
    struct cloud *c = sim.cloud;
    memmove(c->feed + 1, c->feed, (FEED - 1) * sizeof c->feed[0]);
    STR_SET(c->feed[0].user, user);
    STR_SET(c->feed[0].task, task);
    c->feed[0].at_ms = sim.now_ms;
    c->feed_count = c->feed_count < FEED ? c->feed_count + 1 : FEED;
}

void cloud_edit(const struct human *h, const char *key, bool on)
{
    struct cloud *c = sim.cloud;
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (str_equal(KEYS[i], key))
            c->flags[i] = on;
    c->modified_ms = sim.now_ms;
    tell_feed(h->stax, "");
    tell("D", "%s\t%s", h->name, flags_line(c->flags));
}

void cloud_next_task(enum dial d) { sim.cloud->next = d; }

static void back_up(void *arg)
{
    free(arg);
    if (sim.now_ms >= sim.cloud->down_until_ms)
        tell("N", "stax\tup");
}

void cloud_down(ms_t for_ms)
{
    if (!sim.dials[DIAL_STAX_DOWN] || sim.calm)
        return;
    hit(DIAL_STAX_DOWN);
    sim.cloud->down_until_ms = ms_max(sim.cloud->down_until_ms, sim.now_ms + for_ms);
    tell("N", "stax\tdown");
    later(sim.cloud->down_until_ms, 0, back_up, NULL);
}

static void storm_over(void *arg)
{
    free(arg);
    if (sim.now_ms >= sim.cloud->storm_until_ms)
        tell("K", "stax\tcalm");
}

void cloud_storm(ms_t for_ms)
{
    sim.cloud->storm_until_ms = ms_max(sim.cloud->storm_until_ms, sim.now_ms + for_ms);
    tell("K", "stax\tstorm");
    later(sim.cloud->storm_until_ms, 0, storm_over, NULL);
}

void cloud_calm(void)
{
    struct cloud *c = sim.cloud;
    c->next = DIAL_COUNT;
    c->down_until_ms = c->storm_until_ms = sim.now_ms;
    tell("N", "stax\tup");
    tell("K", "stax\tcalm");
}

static bool is_down(void) { return !sim.calm && sim.now_ms < sim.cloud->down_until_ms; }

static bool storms(void) { return !sim.calm && sim.now_ms < sim.cloud->storm_until_ms; }

/* In a storm only. */
static bool storm_strikes(enum dial d, unsigned percent) { return storms() && strikes(d, percent); }

/* ---- tasks ---- */

static void end_task(void *arg)
{
    struct cloud *c = sim.cloud;
    char id[16];
    STR_SET(id, arg);
    free(arg);
    if (!c->task.running || !str_equal(id, c->task.id))
        return;
    c->task.running = c->task.lies = false;
    if (!c->task.fails) {
        memcpy(c->flags, c->task.flags, sizeof c->flags);
        c->modified_ms = sim.now_ms;
    }
    tell("T", "%s\t%s", id, c->task.fails ? "failed" : "done");
    tell("D", "task\t%s", flags_line(c->flags));
}

static void begin_task(const bool flags[KEY_COUNT])
{
    struct cloud *c = sim.cloud;
    ms_t takes = chance_between(&sim.world, 2 * MS_SECOND, 40 * MS_SECOND);
    enum dial wrong = sim.calm ? DIAL_COUNT : c->next;
    c->next = DIAL_COUNT;
    c->task = (struct task){ .running = true,
                             .fails = wrong == DIAL_TASK_FAILS,
                             .vanished = wrong == DIAL_TASK_VANISHES,
                             .lies = wrong == DIAL_TASK_LIES };
    if (wrong != DIAL_COUNT)
        hit(wrong);
    if (wrong == DIAL_TASK_HANGS)
        takes = chance_between(&sim.world, 10 * MS_MINUTE, 3 * MS_HOUR);
    snprintf(c->task.id, sizeof c->task.id, "task-%u", ++c->tasks);
    memcpy(c->task.flags, flags, sizeof c->task.flags);
    later(sim.now_ms + takes, 0, end_task, strdup(c->task.id));
}

/* ---- calls ---- */

struct call {
    struct stax_client *client;
    stax_answered done;
    void *done_arg;
    char method[8], path[96], flags[256], *body;
    ms_t leave_before_ms, first_ms, left_ms, arrived_ms;
    unsigned epoch, no;
    long status;
    char *answer;
    bool answered, maybe_done, answer_is_lost, root_on;
    const char *error;
};
struct stax_client {
    int nothing;
};

static void free_call(struct call *c)
{
    free(c->body);
    free(c->answer);
    free(c);
}

static void leave(void *arg);

/* As the real client does it: a read is tried again for as long as two requests may take. */
static bool tries_again(struct call *c)
{
    bool well = c->answered && c->status < 500 && c->status != 429;
    if (well || c->method[0] == 'P' || sim.now_ms - c->first_ms > 25 * MS_SECOND)
        return false;
    free(c->answer);
    c->answer = NULL;
    c->answered = false;
    later(sim.now_ms + chance_between(&sim.world, 500, 3000), c->epoch, leave, c);
    return true;
}

/* The answer reaches the process. */
static void answered(void *arg)
{
    struct call *c = arg;
    if (tries_again(c))
        return;
    if (c->answered && c->status == 200 && c->flags[0])
        tell("G", "%" PRId64 "\t%" PRId64 "\t%s\t%s", c->left_ms, c->arrived_ms,
             c->root_on ? "on" : "off", c->flags);
    struct stax_answer a = { .answered = c->answered,
                             .maybe_done = c->maybe_done,
                             .status = c->status,
                             .body = c->answer ? c->answer : "",
                             .body_bytes = c->answer ? strlen(c->answer) : 0,
                             .error = c->error };
    stax_answered done = c->done;
    void *done_arg = c->done_arg;
    point("stax answers");
    done(done_arg, &a);
    free_call(c);
}

static void fail(struct call *c, const char *error, bool maybe_done, ms_t after_ms)
{
    c->answered = false;
    c->maybe_done = maybe_done;
    c->error = error;
    later(sim.now_ms + after_ms, c->epoch, answered, c);
}

static void add_users(struct buf *b)
{
    buf_add(b, "{\"Users\":[");
    for (size_t i = 0; i < sim.people_count; i++) {
        const struct human *h = &sim.people[i];
        add_texts(b, (const char *[]){ i ? "," : "", "{\"Id\":\"", h->stax, "\",\"Email\":\"",
                                       h->key, "\",\"Name\":\"", h->name, "\",\"Role\":\"", h->role,
                                       "\",\"Status\":\"", h->status, "\"}", NULL });
    }
    buf_add(b, "]}");
}

static void add_document(struct call *call, struct buf *b)
{
    struct cloud *c = sim.cloud;
    char at[CLOCK_ISO_BYTES];
    clock_iso(c->modified_ms, at);
    call->root_on = c->flags[ROOT];
    STR_SET(call->flags, flags_line(c->flags));
    buf_addf(b,
             "{\"OrganisationId\":\"5c1d0000-0000-4000-8000-000000000000\",\"Status\":\"%s\","
             "\"Enabled\":true,\"ModifiedTS\":\"%s\",\"Configuration\":{\"SCP\":{",
             c->task.running ? "CONFIGURING" : "ACTIVE", at);
    for (size_t i = 0; i < KEY_COUNT; i++)
        add_texts(b, (const char *[]){ i ? ",\"" : "\"", KEYS[i],
                                       "\":", c->flags[i] ? "true" : "false", NULL });
    buf_add(b, "},\"RCP\":{}}}");
}

static void add_task(struct call *call, struct buf *b)
{
    const struct task *t = &sim.cloud->task;
    const char *id = strrchr(call->path, '/') + 1;
    if (!str_equal(id, t->id) || t->vanished) {
        call->status = 404;
        buf_add(b, "{\"message\":\"not found\"}");
        return;
    }
    buf_addf(b, "{\"Status\":\"%s\",\"Logs\":[]}",
             t->running && !t->lies ? "RUNNING"
             : t->fails             ? "FAILED"
                                    : "SUCCEEDED");
}

static void add_feed(struct buf *b)
{
    buf_add(b, "{\"Insights\":[");
    for (size_t i = 0; i < sim.cloud->feed_count; i++) {
        char at[CLOCK_ISO_BYTES];
        clock_iso(sim.cloud->feed[i].at_ms, at);
        buf_addf(b,
                 "%s{\"Action\":\"ConfigureGuardrails\",\"Status\":\"SUCCEEDED\",\"UserId\":\"%s\","
                 "\"EventSourceId\":\"%s\",\"CreatedTS\":\"%s\"}",
                 i ? "," : "", sim.cloud->feed[i].user, sim.cloud->feed[i].task, at);
    }
    buf_add(b, "]}");
}

static void read_flags(const char *body, bool flags[KEY_COUNT])
{
    json_t *json = json_loads(body, 0, NULL);
    const json_t *scp = json_object_get(json_object_get(json, "Configuration"), "SCP");
    for (size_t i = 0; i < KEY_COUNT; i++)
        flags[i] = json_is_true(json_object_get(scp, KEYS[i]));
    json_decref(json);
}

static void change(struct call *c, struct buf *b)
{
    bool flags[KEY_COUNT];
    read_flags(c->body, flags);
    if (sim.cloud->task.running || storm_strikes(DIAL_CHANGE_REFUSED, 25)) {
        c->status = chance_percent(&sim.world, 80) ? 409 : 503;
        buf_add(b, "{\"message\":\"another change runs\"}");
        tell("V", "%u\t%ld\t-\t%s", c->no, c->status, flags_line(flags));
        return;
    }
    begin_task(flags);
    tell_feed("reguard", sim.cloud->task.id);
    tell("V", "%u\t200\t%s\t%s", c->no, sim.cloud->task.id, flags_line(flags));
    if (storm_strikes(DIAL_NO_TASK, 15))
        buf_add(b, "{}");
    else
        buf_addf(b, "{\"TaskId\":\"%s\"}", sim.cloud->task.id);
}

static void arrive(void *arg)
{
    struct call *c = arg;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    c->status = 200;
    c->arrived_ms = sim.now_ms;
    if (c->method[0] == 'P')
        change(c, &b);
    else if (storm_strikes(DIAL_READ_FAILS, 20)) {
        c->status = chance_percent(&sim.world, 50) ? 502 : 429;
        buf_add(&b, "<html>bad gateway</html>");
    } else if (strstr(c->path, "/users"))
        add_users(&b);
    else if (strstr(c->path, "/accounts"))
        buf_add(&b, "{\"Accounts\":[{\"Id\":\"acc-bakery\",\"AwsAccountId\":\"222222222222\","
                    "\"Name\":\"bakery\",\"Email\":\"aws+bakery@example.com\",\"AccountRole\":"
                    "\"MEMBER\",\"Status\":\"ACTIVE\",\"Origin\":\"STAX\"},{\"Id\":\"acc-mill\","
                    "\"AwsAccountId\":\"333333333333\",\"Name\":\"mill\",\"Email\":"
                    "\"aws+mill@example.com\",\"AccountRole\":\"MEMBER\",\"Status\":\"ACTIVE\","
                    "\"Origin\":\"STAX\"}],\"Paging\":{\"NextOffset\":null}}");
    else if (strstr(c->path, "/organisations"))
        buf_add(&b, "{\"Organisations\":[{\"Id\":\"5c1d0000-0000-4000-8000-000000000000\","
                    "\"Alias\":\"crumb\",\"AwsAccountEmailTemplate\":null}]}");
    else if (strstr(c->path, "/task/"))
        add_task(c, &b);
    else if (strstr(c->path, "/insights"))
        add_feed(&b);
    else
        add_document(c, &b);
    c->answer = strdup(buf_text(&b));
    c->answered = true;
    if (c->epoch == 0 || c->epoch != sim.me->epoch || c->answer_is_lost) {
        if (!c->answer_is_lost)
            free_call(c); /* nobody waits for it any more */
        else
            fail(c, "no answer came in time", c->method[0] == 'P',
                 ms_max(c->left_ms + 15 * MS_SECOND - sim.now_ms, 0));
        return;
    }
    later(sim.now_ms + chance_between(&sim.world, 20, 200), c->epoch, answered, c);
}

/* A change that reaches Stax after its answer is not waited for any more. */
static void arrive_late(void *arg)
{
    struct call *c = arg;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    change(c, &b);
    free_call(c);
}

static void change_travels(struct call *c)
{
    if (storm_strikes(DIAL_CHANGE_LOST, 25)) {
        fail(c, "no answer came in time", true, 15 * MS_SECOND);
    } else if (storm_strikes(DIAL_CHANGE_LATE, 20)) {
        struct call *same = calloc(1, sizeof *same);
        if (!same)
            abort();
        *same = *c;
        same->body = strdup(c->body);
        later(sim.now_ms + chance_between(&sim.world, 15 * MS_SECOND, 90 * MS_SECOND), 0,
              arrive_late, same);
        fail(c, "no answer came in time", true, 15 * MS_SECOND);
    } else {
        c->answer_is_lost = storm_strikes(DIAL_CHANGE_ANSWER_LOST, 30);
        later(sim.now_ms + chance_between(&sim.world, 20, storms() ? 8000 : 200), 0, arrive, c);
    }
}

static void leave(void *arg)
{
    struct call *c = arg;
    c->left_ms = sim.now_ms;
    if (c->leave_before_ms && clock_monotonic_ms() > c->leave_before_ms) {
        fail(c, "it could not leave in time", false, 1);
        return;
    }
    if (is_down()) {
        fail(c, "the connection was refused", false, MS_SECOND);
        return;
    }
    if (c->method[0] == 'P') {
        bool flags[KEY_COUNT];
        read_flags(c->body, flags);
        tell("U", "%u\t%s\t%s\t%s", c->no, flags[ROOT] ? "on" : "off", flags_line(flags),
             one_line(c->body));
        change_travels(c);
        point("a change has left");
    } else if (storm_strikes(DIAL_READ_FAILS, 10)) {
        fail(c, "no answer came in time", false, 15 * MS_SECOND);
    } else {
        later(sim.now_ms + chance_between(&sim.world, 20, storms() ? 12000 : 200), 0, arrive, c);
    }
}

struct stax_client *stax_client_new(struct loop *loop, struct http *http,
                                    const struct stax_client_options *options)
{
    (void)loop, (void)http, (void)options;
    struct stax_client *client = calloc(1, sizeof *client);
    if (!client)
        abort();
    return client;
}

void stax_client_free(struct stax_client *client) { free(client); }

void stax_client_send(struct stax_client *client, const struct stax_request *r, stax_answered done,
                      void *arg)
{
    struct call *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    *c = (struct call){ .client = client,
                        .done = done,
                        .done_arg = arg,
                        .body = r->body ? strdup(r->body) : NULL,
                        .leave_before_ms = r->leave_before_ms,
                        .epoch = sim.me->epoch };
    c->no = ++sim.cloud->calls;
    c->first_ms = sim.now_ms;
    STR_SET(c->method, r->method);
    STR_SET(c->path, r->path);
    ms_t wait = storms() && chance_percent(&sim.world, r->method[0] == 'P' ? 50 : 10)
                    ? chance_between(&sim.world, 0, 40 * MS_SECOND)
                    : chance_between(&sim.world, 0, 20);
    later(sim.now_ms + wait, sim.me->epoch, leave, c);
    point("stax is asked");
}

void stax_client_renew(struct stax_client *client, struct adapter_credentials *credentials)
{
    (void)client, (void)credentials;
}

void stax_client_warm_up(struct stax_client *client) { (void)client; }

ms_t stax_client_ahead_ms(const struct stax_client *client)
{
    (void)client;
    return 0;
}
