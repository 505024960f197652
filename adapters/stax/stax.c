/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/stax.h"
#include "core/xalloc.h"
#include "adapters/stax/codec.h"
#include "adapters/stax/provider.h"
#include "net/sign.h"
#include "core/flags.h"
#include "core/limits.h"
#include "host/clock.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char GUARDRAILS[] = "/20190206/services/guardrails/configuration";
enum { PAGE = 200 };

struct stax {
    struct adapter adapter;
    struct loop *loop;
    struct inbox *inbox;
    struct stax_client *client;
    char organisation[64];
    struct job *jobs;
};

/* One effect under way. Its strings wait in an arena of its own until the event is put. */
struct job {
    struct stax *stax;
    struct job *next;
    uint64_t effect_id;
    enum urgency urgency;
    struct arena arena;
    struct survey survey;
    struct stax_wanted wanted;
    struct stax_mailboxes mailboxes;
    unsigned open; /* parts still asked for */
    char account[LIMIT_NAME_BYTES], task_id[64];
    int pages;
    struct buf failure;
    char failed_why[LIMIT_ERROR_BYTES]; /* of the part that failed last */
    size_t failed_at;                   /* its name ends there */
    bool on, renewed, list;
    ms_t leave_before_ms; /* monotonic; 0: any time */
    ms_t timeout_ms;      /* of the change itself; 0: as configured */
    char *decided_on;
    struct part *reading;
};
struct part {
    struct job *job;
    enum survey_part part;
    /* A long list, which is read a slice in each turn of the loop. */
    struct part *next;
    struct http_result *held;
    struct stax_reading *list;
    struct loop_timer timer;
};

static struct job *job_new(struct stax *stax, const struct effect *effect)
{
    struct job *job = xcalloc(1, sizeof *job);
    *job = (struct job){
        .stax = stax, .next = stax->jobs, .effect_id = effect->id, .urgency = effect->urgency
    };
    stax->jobs = job;
    arena_init(&job->arena, LIMIT_ARENA_BYTES);
    buf_init(&job->failure, LIMIT_ERROR_BYTES);
    return job;
}

/* Lets go of the answer, too. */
static void part_free(struct part *p)
{
    struct err ignored = { "" };
    for (struct part **at = &p->job->reading; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    loop_timer_cancel(&p->timer);
    if (p->list)
        stax_end(p->list, NULL, &ignored);
    http_result_free(p->held);
    free(p);
}

static void job_free(struct job *job)
{
    while (job->reading)
        part_free(job->reading);
    for (struct job **at = &job->stax->jobs; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            break;
        }
    arena_done(&job->arena);
    buf_done(&job->failure);
    free(job->decided_on);
    free(job);
}

/* ---- surveys ---- */

/* Copies what the desk will see from the job's arena into the event's. */
static void copy_survey(struct arena *to, const struct survey *from, struct survey *ret)
{
    *ret = *from;
    struct roster_user *users = arena_take(to, from->user_count * sizeof *users + 1);
    for (size_t i = 0; i < from->user_count; i++) {
        const struct roster_user *u = &from->users[i];
        users[i] = (struct roster_user){ arena_copy(to, u->id), arena_copy(to, u->email),
                                         arena_copy(to, u->name), arena_copy(to, u->role),
                                         arena_copy(to, u->status) };
    }
    struct account *accounts = arena_take(to, from->account_count * sizeof *accounts + 1);
    for (size_t i = 0; i < from->account_count; i++) {
        const struct account *a = &from->accounts[i];
        accounts[i] = (struct account){ arena_copy(to, a->id),           arena_copy(to, a->aws_id),
                                        arena_copy(to, a->name),         arena_copy(to, a->email),
                                        arena_copy(to, a->role),         arena_copy(to, a->status),
                                        arena_copy(to, a->why_no_email), a->kind };
    }
    struct feed_entry *feed = arena_take(to, from->feed_count * sizeof *feed + 1);
    for (size_t i = 0; i < from->feed_count; i++)
        feed[i] = (struct feed_entry){ arena_copy(to, from->feed[i].user_id),
                                       arena_copy(to, from->feed[i].task_id), from->feed[i].at_ms };
    ret->feed = feed;
    ret->users = users;
    ret->accounts = accounts;
    const char **const texts[] = { &ret->organisation_id, &ret->organisation_alias,
                                   &ret->flags,           &ret->document_organisation_id,
                                   &ret->task_log,        &ret->exclusions };
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = arena_copy(to, *texts[i]);
}

static void survey_done(struct job *job)
{
    struct event *e = inbox_new(job->stax->inbox, EVENT_SURVEYED, "stax");
    e->effect_id = job->effect_id;
    if (!job->list)
        stax_fill_mailboxes(&job->survey, &job->mailboxes, &job->arena);
    copy_survey(inbox_arena(job->stax->inbox), &job->survey, &e->survey);
    if (job->failure.bytes)
        e->survey.failure = e->error = arena_copy(inbox_arena(job->stax->inbox),
                                                  buf_text(&job->failure));
    if (!e->survey.task_log)
        e->survey.task_log = "";
    inbox_put(job->stax->inbox, e);
    job_free(job);
}

static const char *part_name(enum survey_part part)
{
    switch (part) {
    case SURVEY_ROSTER: return "users";
    case SURVEY_ACCOUNT: return "accounts";
    case SURVEY_ORGANISATION: return "organisation";
    case SURVEY_GUARDRAIL: return "guardrail";
    case SURVEY_TASK: return "task";
    case SURVEY_FEED: return "activity feed";
    }
    return "";
}

static void ask_roster(struct job *job);

/* What all parts have in common is said once: "users, guardrail: WHY". */
static void add_failure(struct job *job, enum survey_part part, const char *why)
{
    if (str_equal(job->failed_why, why)) {
        CLEANUP(buf_done) struct buf text;
        buf_init(&text, LIMIT_ERROR_BYTES);
        buf_addf(&text, "%.*s, %s%s", (int)job->failed_at, buf_text(&job->failure), part_name(part),
                 buf_text(&job->failure) + job->failed_at);
        job->failed_at += 2 + strlen(part_name(part));
        buf_clear(&job->failure);
        buf_add(&job->failure, buf_text(&text));
        return;
    }
    buf_addf(&job->failure, "%s%s", job->failure.bytes ? "; " : "", part_name(part));
    job->failed_at = job->failure.bytes;
    STR_SET(job->failed_why, why);
    buf_addf(&job->failure, ": %s", why);
}

static void part_done(struct job *job, enum survey_part part, bool read, const char *why)
{
    if (part == SURVEY_FEED && (job->open & SURVEY_ROSTER))
        ask_roster(job); /* now it is known whom the feed names */
    if (read)
        job->survey.read |= part;
    else
        add_failure(job, part, why);
    job->open &= ~(unsigned)part;
    if (!job->open)
        survey_done(job);
}

static void ask(struct job *job, enum survey_part part, const char *path, const char *query);

/* Asks for the next page of accounts; true when one was asked for. */
static bool next_page(struct job *job, int64_t offset)
{
    if (offset < 0)
        return false;
    ask(job, SURVEY_ACCOUNT, "/20190206/accounts",
        arena_printf(&job->arena, "include_tags=false&limit=%d&offset=%" PRId64, (int)PAGE,
                     offset));
    return true;
}

static bool read_part(struct job *job, enum survey_part part, const struct stax_answer *a,
                      struct err *err)
{
    struct survey *s = &job->survey;
    switch (part) {
    case SURVEY_ORGANISATION:
        return stax_organisation(a->body, a->body_bytes, &job->arena, s, &job->mailboxes, err);
    case SURVEY_GUARDRAIL: return stax_guardrail(a->body, a->body_bytes, &job->arena, s, err);
    case SURVEY_TASK: return stax_task(a->body, a->body_bytes, &job->arena, s, err);
    case SURVEY_FEED: return stax_feed(a->body, a->body_bytes, &job->arena, s, err);
    case SURVEY_ROSTER:
    case SURVEY_ACCOUNT: break; /* lists */
    }
    return false;
}

/* ---- long lists ---- */

static struct stax_reading *begin_list(const struct part *p, const char *body, size_t bytes)
{
    struct job *job = p->job;
    return p->part == SURVEY_ROSTER
               ? stax_users_begin(body, bytes, &job->wanted, &job->arena, &job->survey)
               : stax_accounts_begin(body, bytes, job->list ? NULL : job->account, &job->arena,
                                     &job->survey, &job->mailboxes);
}

static void go_on(void *arg)
{
    struct part *p = arg;
    struct job *job = p->job;
    enum survey_part part = p->part;
    int64_t next_offset = -1;
    struct err err = { "" };
    if (stax_go_on(p->list, LIMIT_SLICE_BYTES)) {
        loop_timer_set(job->stax->loop, &p->timer, 0);
        return;
    }
    bool read = stax_end(p->list, part == SURVEY_ACCOUNT ? &next_offset : NULL, &err);
    p->list = NULL;
    part_free(p);
    if (read && ++job->pages < LIMIT_PAGES && next_page(job, next_offset))
        return;
    part_done(job, part, read, err.text);
}

/* A long one is kept and begun in a turn of its own; a short one is read at once. */
static void read_list(struct part *p, const struct stax_answer *a)
{
    p->next = p->job->reading;
    p->job->reading = p;
    p->timer = (struct loop_timer){ .fired = go_on, .arg = p };
    if (a->result && http_needs_slices(a->result)) {
        p->held = http_result_keep(a->result);
        p->list = begin_list(p, p->held->body, p->held->body_bytes);
        loop_timer_set(p->job->stax->loop, &p->timer, 0);
    } else {
        p->list = begin_list(p, a->body, a->body_bytes);
        go_on(p);
    }
}

static void on_part(void *arg, const struct stax_answer *a)
{
    struct part *p = arg;
    struct job *job = p->job;
    enum survey_part part = p->part;
    struct err err = { "" };
    bool whole = a->answered && a->status == 200;
    if (whole && (part == SURVEY_ROSTER || part == SURVEY_ACCOUNT)) {
        read_list(p, a);
        return;
    }
    free(p);
    if (part == SURVEY_TASK && a->answered && a->status == 404) {
        job->survey.task_status = TASK_GONE;
        part_done(job, part, true, NULL);
        return;
    }
    if (!whole) {
        part_done(job, part, false,
                  a->answered ? stax_error(a->body, a->body_bytes, a->status, &job->arena)
                              : a->error);
        return;
    }
    bool read = read_part(job, part, a, &err);
    part_done(job, part, read, err.text);
}

static void ask(struct job *job, enum survey_part part, const char *path, const char *query)
{
    struct part *p = xcalloc(1, sizeof *p);
    p->job = job;
    p->part = part;
    stax_client_send(job->stax->client,
                     &(struct stax_request){
                         .urgency = job->urgency, .method = "GET", .path = path, .query = query },
                     on_part, p);
}

static void ask_roster(struct job *job)
{
    ask(job, SURVEY_ROSTER, "/20190206/users", "filter=Team%2CFederated");
}

static void survey(struct stax *stax, const struct effect *effect)
{
    struct job *job = job_new(stax, effect);
    unsigned parts = effect->survey.parts;
    stax_want(&job->arena, &effect->survey, &job->wanted);
    job->survey.asked = job->open = parts;
    STR_SET(job->account, effect->survey.account);
    job->list = effect->survey.list;
    STR_SET(job->task_id, effect->survey.task_id);
    if ((parts & SURVEY_ROSTER) && !(parts & SURVEY_FEED))
        ask_roster(job);
    if (parts & SURVEY_ACCOUNT)
        next_page(job, 0);
    if (parts & SURVEY_ORGANISATION)
        ask(job, SURVEY_ORGANISATION, "/20190206/organisations/current", "");
    if (parts & SURVEY_GUARDRAIL)
        ask(job, SURVEY_GUARDRAIL, GUARDRAILS, "");
    if (parts & SURVEY_FEED)
        ask(job, SURVEY_FEED, "/20190206/insights", "limit=50&sort=CreatedTS&sort_order=DESC");
    if (parts & SURVEY_TASK) {
        CLEANUP(buf_done) struct buf path;
        buf_init(&path, 200);
        buf_add(&path, "/20190206/task/");
        sign_add_encoded(&path, job->task_id);
        ask(job, SURVEY_TASK, buf_text(&path), "");
    }
}

/* ---- the change ---- */

static void change_done(struct job *job, enum event_kind kind, const struct event_change *outcome,
                        const char *error)
{
    struct event *e = inbox_new(job->stax->inbox, kind, "stax");
    e->effect_id = job->effect_id;
    e->change = *outcome;
    e->change.task_id = arena_copy(inbox_arena(job->stax->inbox), str_or_empty(outcome->task_id));
    if (kind != EVENT_CHANGE_REFUSED) {
        e->change.flags = arena_copy(inbox_arena(job->stax->inbox), job->survey.flags);
        e->change.modified_ms = job->survey.modified_ms;
    }
    e->error = arena_copy(inbox_arena(job->stax->inbox), error);
    inbox_put(job->stax->inbox, e);
    job_free(job);
}

static void refuse(struct job *job, bool busy, bool moved, const char *why)
{
    change_done(job, EVENT_CHANGE_REFUSED, &(struct event_change){ .busy = busy, .moved = moved },
                why);
}

/* Whether the PUT took effect is known only from a whole answer below 500. */
static void on_put(void *arg, const struct stax_answer *a)
{
    struct job *job = arg;
    const char *said = a->answered ? stax_error(a->body, a->body_bytes, a->status, &job->arena)
                                   : a->error;
    if (!a->answered && !a->maybe_done) {
        bool late = job->leave_before_ms && clock_monotonic_ms() >= job->leave_before_ms;
        refuse(job, !late, late, said);
    } else if (!a->answered || a->status >= 500 || (a->status != 200 && a->status < 400)) {
        change_done(job, EVENT_CHANGE_UNKNOWN,
                    &(struct event_change){ .http_status = (int)a->status }, said);
    } else if (a->status == 200) {
        change_done(job, EVENT_CHANGE_ACCEPTED,
                    &(struct event_change){
                        .task_id = stax_task_id(a->body, a->body_bytes, &job->arena),
                        .http_status = 200 },
                    NULL);
    } else {
        bool busy = a->status == 409 || a->status == 429;
        change_done(job, EVENT_CHANGE_REFUSED,
                    &(struct event_change){ .http_status = (int)a->status,
                                            .busy = busy,
                                            .retry_after_ms = a->retry_after_ms },
                    said);
    }
}

/* Lowering needs all of it: active, enabled and binding everybody. */
static bool is_healthy(const struct survey *s)
{
    return s->service_status == SERVICE_ACTIVE && s->enabled && !s->exclusions[0];
}

/* The document right before the change: it must be ours, and for lowering the very one this was
   decided on. */
static void on_document(void *arg, const struct stax_answer *a)
{
    struct job *job = arg;
    struct err err = { "" };
    const char *body = NULL;
    if (!a->answered || a->status != 200) {
        refuse(job, true, false,
               a->answered ? stax_error(a->body, a->body_bytes, a->status, &job->arena) : a->error);
        return;
    }
    if (!stax_guardrail(a->body, a->body_bytes, &job->arena, &job->survey, &err) ||
        !stax_change_body(a->body, a->body_bytes, job->on, &job->arena, &body, &err))
        refuse(job, job->on, false, err.text);
    else if (!str_equal_nocase(job->survey.document_organisation_id, job->stax->organisation))
        refuse(job, job->on, false, "Stax answered for another organisation");
    else if (job->decided_on &&
             (!str_equal(job->decided_on, job->survey.flags) || !is_healthy(&job->survey)))
        refuse(job, false, true, "the document changed meanwhile");
    else if (flags_root(&stax_provider, job->survey.flags) == (job->on ? FLAG_ON : FLAG_OFF))
        refuse(job, false, true, "it is so already");
    else
        stax_client_send(job->stax->client,
                         &(struct stax_request){ .urgency = job->urgency,
                                                 .method = "PUT",
                                                 .path = GUARDRAILS,
                                                 .body = body,
                                                 .leave_before_ms = job->leave_before_ms,
                                                 .timeout_ms = job->timeout_ms },
                         on_put, job);
}

static void change(struct stax *stax, const struct effect *effect)
{
    struct job *job = job_new(stax, effect);
    job->on = effect->change.on;
    job->timeout_ms = effect->change.answer_within_ms;
    if (effect->change.leave_within_ms)
        job->leave_before_ms = clock_monotonic_ms() + effect->change.leave_within_ms;
    job->decided_on = effect->change.decided_on ? xstrdup(effect->change.decided_on) : NULL;
    stax_client_send(stax->client,
                     &(struct stax_request){
                         .urgency = job->urgency, .method = "GET", .path = GUARDRAILS },
                     on_document, job);
}

/* ---- the port ---- */

static bool stax_start(struct adapter *adapter, struct err *err)
{
    (void)err;
    stax_client_warm_up(((struct stax *)adapter)->client);
    return true;
}

static bool stax_perform(struct adapter *adapter, const struct effect *effect, struct err *err)
{
    struct stax *stax = (struct stax *)adapter;
    if (effect->kind == EFFECT_SURVEY)
        survey(stax, effect);
    else if (effect->kind == EFFECT_CHANGE)
        change(stax, effect);
    else
        return err_set(err, "Stax cannot do “%s”", effect_names[effect->kind]);
    return true;
}

static void stax_acknowledge(struct adapter *adapter, const struct event *event)
{
    (void)adapter, (void)event;
}

static bool stax_render(const struct adapter *adapter, const struct message *message,
                        struct buf *out, struct err *err)
{
    (void)adapter, (void)message, (void)out;
    return err_set(err, "Stax is no chat");
}

static void stax_renew(struct adapter *adapter, struct adapter_credentials *credentials)
{
    stax_client_renew(((struct stax *)adapter)->client, credentials);
}

static void stax_stop(struct adapter *adapter)
{
    struct stax *stax = (struct stax *)adapter;
    stax_client_free(stax->client);
    while (stax->jobs)
        job_free(stax->jobs);
    free(stax);
}

struct adapter *stax_new(struct loop *loop, struct http *http, struct inbox *inbox,
                         const struct stax_client_options *options, const char *organisation)
{
    static const struct adapter_ops ops = { "stax",       ADAPTER_PROVIDER, stax_start,
                                            stax_perform, stax_acknowledge, stax_render,
                                            stax_renew,   .stop = stax_stop };
    struct stax *stax = xcalloc(1, sizeof *stax);
    *stax = (struct stax){ .adapter = { &ops },
                           .loop = loop,
                           .inbox = inbox,
                           .client = stax_client_new(loop, http, options) };
    STR_SET(stax->organisation, organisation);
    return &stax->adapter;
}

ms_t stax_ahead_ms(const struct adapter *adapter)
{
    return stax_client_ahead_ms(((const struct stax *)adapter)->client);
}
