/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/aws.h"
#include "adapters/aws/asker.h"
#include "adapters/aws/audit.h"
#include "adapters/aws/errands.h"
#include "adapters/aws/looks.h"
#include "adapters/aws/queue.h"
#include "adapters/aws/root.h"
#include "adapters/aws/source.h"
#include "adapters/aws/watch.h"
#include "core/xalloc.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 1024 * 1024, LINE_BYTES = 4096, QUESTION_BYTES = 1024 };

struct aws {
    struct adapter adapter;
    struct loop *loop;
    struct aws_settings settings;
    struct aws_client *client;
    struct aws_local *local;
    struct aws_source *source;
    struct aws_asker *asker;
    struct aws_watch *watch;
    /* Of tasks and audits alone: the watch waits long for its answers, and one question is asked at
       a time. */
    struct {
        struct aws_client *client;
        struct aws_local *local;
        struct aws_source *source;
        struct aws_asker *asker;
        struct aws_errands *errands;
        struct aws_audit *audit;
        struct aws_looks *looks;
    } own;
    char question[QUESTION_BYTES];
    struct loop_timer begin;
    struct aws_identity identity; /* account "": not known */
    struct aws_features features;
    bool knows_features;
    int64_t queued;     /* messages of root users that wait; -1: not known */
    struct err failure; /* of the probe; "" while there is none */
};

/* ---- the probe ---- */

static void over(struct aws *a, const char *action, const struct err *why)
{
    if (why->text[0]) {
        a->failure = *why;
        if (action)
            err_wrap(&a->failure, "%s: the answer cannot be understood", action);
    }
    loop_stop(a->loop);
}

static void refused(struct aws *a, const struct aws_answer *r)
{
    struct err err = { "" };
    err_set(&err, "%s", r->error);
    over(a, NULL, &err);
}

static void ask(struct aws *a, enum aws_action action, aws_answered answered)
{
    CLEANUP(buf_done) struct buf question;
    buf_init(&question, sizeof a->question);
    aws_question(action, NULL, &question);
    STR_SET(a->question, buf_text(&question));
    aws_asker_ask(a->asker, action, a->question, answered, a);
}

static void on_queued(void *arg, const struct aws_answer *r)
{
    struct aws *a = arg;
    struct err err = { "" };
    if (!r->body) {
        refused(a, r);
        return;
    }
    aws_queue_read_waiting(r->body, r->body_bytes, &a->queued, &err);
    over(a, aws_actions[AWS_GET_QUEUE_ATTRIBUTES].action, &err);
}

static void ask_queue(struct aws *a)
{
    CLEANUP(buf_done) struct buf question;
    buf_init(&question, sizeof a->question);
    aws_queue_ask_waiting(a->settings.events_queue, &question);
    STR_SET(a->question, buf_text(&question));
    aws_asker_ask(a->asker, AWS_GET_QUEUE_ATTRIBUTES, a->question, on_queued, a);
}

static void on_features(void *arg, const struct aws_answer *r)
{
    struct aws *a = arg;
    struct err err = { "" };
    struct arena arena;
    if (!r->body && r->refusal != AWS_NEVER_SET_UP) {
        refused(a, r);
        return;
    }
    arena_init(&arena, ARENA_BYTES);
    a->features = (struct aws_features){ .never_set_up = !r->body };
    a->knows_features = !r->body ||
                        aws_read_features(r->body, r->body_bytes, &arena, &a->features, &err);
    arena_done(&arena);
    if (a->knows_features && a->settings.events_queue[0])
        ask_queue(a);
    else
        over(a, aws_actions[AWS_LIST_ORGANIZATIONS_FEATURES].action, &err);
}

static void on_identity(void *arg, const struct aws_answer *r)
{
    struct aws *a = arg;
    struct err err = { "" };
    struct arena arena;
    if (!r->body) {
        refused(a, r);
        return;
    }
    arena_init(&arena, ARENA_BYTES);
    if (aws_read_identity(r->body, r->body_bytes, &arena, &a->identity, &err))
        ask(a, AWS_LIST_ORGANIZATIONS_FEATURES, on_features);
    else
        over(a, aws_actions[AWS_GET_CALLER_IDENTITY].action, &err);
    arena_done(&arena);
}

static void begin(void *arg) { ask(arg, AWS_GET_CALLER_IDENTITY, on_identity); }

/* Credentials of a session are none without its token (IAM, "IAM identifiers": ASIA). */
static bool is_whole(const struct aws *a, struct err *err)
{
    bool session = strncmp(a->settings.access_key_id, "ASIA", 4) == 0;
    bool token = a->settings.session_token_file[0];
    if (a->settings.credentials != AWS_KEYS)
        return true;
    if (session == token || strncmp(a->settings.access_key_id, "AKIA", 4) != 0)
        return !session || token ||
               err_set(err, "the access key id belongs to a session, and its token is missing");
    return err_set(err, "a session token is given, and the access key id belongs to no session");
}

bool aws_probe(struct adapter *adapter, struct err *err)
{
    struct aws *a = (struct aws *)adapter;
    a->failure = (struct err){ "" };
    if (!is_whole(a, err))
        return false;
    loop_timer_set(a->loop, &a->begin, 0);
    if (!loop_run(a->loop))
        return err_set(err, "the loop broke");
    return !a->failure.text[0] || err_set(err, "%s", a->failure.text);
}

/* ---- what follows from it ---- */

static const char *features_text(const struct aws_features *f)
{
    if (f->never_set_up)
        return "risk: centralized root access was never set up in this organisation: every task of "
               "a root user needs a window, and members keep root credentials that nobody sees; "
               "IAM, Root access management, sets it up";
    if (f->credentials_management && f->sessions)
        return "centralized root access is on, with RootCredentialsManagement and RootSessions: S3 "
               "and SQS policies that lock everybody out are removed without a window, and root "
               "credentials can be looked over, deleted and recovered by AssumeRoot";
    if (f->credentials_management)
        return "risk: RootSessions is off and RootCredentialsManagement is on: root credentials "
               "can be looked over, deleted and recovered by AssumeRoot, and S3 and SQS policies "
               "that lock everybody out still need a window; IAM, Root access management, turns "
               "privileged root actions on";
    if (f->sessions)
        return "risk: RootCredentialsManagement is off and RootSessions is on: S3 and SQS policies "
               "that lock everybody out are removed without a window, and whether a member's root "
               "user has credentials cannot be seen; IAM, Root access management, turns it on";
    return "risk: RootCredentialsManagement and RootSessions are off: every task of a root user "
           "needs a window, and members keep root credentials that nobody sees; IAM, Root access "
           "management, turns both on";
}

void aws_describe(const struct adapter *adapter,
                  void (*line)(void *arg, bool fine, const char *text), void *arg)
{
    const struct aws *a = (const struct aws *)adapter;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LINE_BYTES);
    if (!a->identity.account[0])
        return;
    buf_addf(&text, "the credentials are %s, of account %s%s", a->identity.arn, a->identity.account,
             a->identity.is_root ? "; a root user's own may everything: make a user or a role with "
                                   "the policy that `reguard manifest aws` prints, and delete "
                                   "these"
                                 : "");
    line(arg, !a->identity.is_root, buf_text(&text));
    buf_clear(&text);
    aws_source_describe(a->source, &text);
    line(arg, true, buf_text(&text));
    if (aws_source_trouble(a->source)[0]) {
        buf_clear(&text);
        buf_addf(&text, "risk: they could not be renewed, and are used until they end: %s",
                 aws_source_trouble(a->source));
        line(arg, true, buf_text(&text));
    }
    if (a->knows_features)
        line(arg, true, features_text(&a->features));
    if (a->queued >= 0) {
        buf_clear(&text);
        buf_addf(&text, "the queue of root users' events can be read, and about %lld wait there",
                 (long long)a->queued);
        line(arg, true, buf_text(&text));
    }
}

ms_t aws_ahead_ms(const struct adapter *adapter)
{
    return aws_client_ahead_ms(((const struct aws *)adapter)->client);
}

/* ---- root users ---- */

static bool may_ask_roots(const struct adapter *adapter, struct err *err)
{
    const struct aws *a = (const struct aws *)adapter;
    const char *text = features_text(&a->features), *risk = "risk: ";
    if (!a->knows_features)
        return err_set(err, "whether centralized root access is on is not known");
    if (!a->features.credentials_management)
        return err_set(err, "%s", text + (strncmp(text, risk, strlen(risk)) ? 0 : strlen(risk)));
    return aws_root_is_answered(&a->settings, err);
}

static void ask_root(struct adapter *adapter, const char *account, root_answered done, void *arg)
{
    aws_audit_ask(((struct aws *)adapter)->own.audit, account, done, arg);
}

const struct root_source aws_roots = { may_ask_roots, ask_root };

/* ---- root users' events ---- */

static bool has_queue(const struct aws *a) { return a->settings.events_queue[0]; }

void aws_trouble(const struct adapter *adapter, struct buf *b)
{
    aws_watch_trouble(((const struct aws *)adapter)->watch, b);
}

void aws_counters(const struct adapter *adapter,
                  void (*counter)(void *arg, const char *name, const char *help, uint64_t value),
                  void *arg)
{
    const struct aws_watch_counts *c = aws_watch_counts_of(((const struct aws *)adapter)->watch);
    counter(arg, "aws_root_events_total", "Events of root users that were used.", c->used);
    counter(arg, "aws_root_task_events_total", "Events of sessions of AssumeRoot.", c->tasks);
    counter(arg, "aws_other_events_total", "Messages of the queue that are of no root user.",
            c->others);
    counter(arg, "aws_unread_events_total", "Messages of the queue that could not be read.",
            c->unread);
}

/* ---- the port ---- */

static bool aws_start(struct adapter *adapter, struct err *err)
{
    struct aws *a = (struct aws *)adapter;
    (void)err;
    if (has_queue(a))
        aws_watch_start(a->watch);
    return true;
}

static bool aws_perform(struct adapter *adapter, const struct effect *effect, struct err *err)
{
    if (effect->kind == EFFECT_ERRAND)
        return aws_errands_begin(((struct aws *)adapter)->own.errands, effect, err);
    if (effect->kind == EFFECT_ROOT_LOOK)
        return aws_looks_begin(((struct aws *)adapter)->own.looks, effect, err);
    return err_set(err, "AWS cannot do “%s”", effect_names[effect->kind]);
}

static void aws_acknowledge(struct adapter *adapter, const struct event *event)
{
    aws_watch_acknowledge(((struct aws *)adapter)->watch, event->receipt);
}

static bool aws_render(const struct adapter *adapter, const struct message *message,
                       struct buf *out, struct err *err)
{
    (void)adapter, (void)message, (void)out;
    return err_set(err, "AWS is no chat");
}

static void copy_secrets(struct secret *const from[ADAPTER_SECRETS],
                         struct secret *ret[ADAPTER_SECRETS])
{
    for (size_t i = 0; i < ADAPTER_SECRETS; i++)
        ret[i] = from[i] ? secret_from(secret_reveal(from[i])) : NULL;
}

static void aws_renew(struct adapter *adapter, struct adapter_credentials *c)
{
    struct aws *a = (struct aws *)adapter;
    struct secret *copies[ADAPTER_SECRETS];
    bool ignored[ADAPTER_SECRETS];
    STR_SET(a->settings.ca_file, c->ca_file);
    copy_secrets(c->secrets, copies);
    aws_source_renew(a->own.source, copies, ignored);
    aws_source_renew(a->source, c->secrets, c->is_new);
}

static void aws_stop(struct adapter *adapter)
{
    struct aws *a = (struct aws *)adapter;
    loop_timer_cancel(&a->begin);
    aws_errands_free(a->own.errands);
    aws_audit_free(a->own.audit);
    aws_looks_free(a->own.looks);
    aws_client_free(a->own.client);
    aws_local_free(a->own.local);
    aws_source_free(a->own.source);
    aws_asker_free(a->own.asker);
    aws_watch_free(a->watch);
    aws_client_free(a->client);
    aws_local_free(a->local);
    aws_source_free(a->source);
    aws_asker_free(a->asker);
    free(a);
}

static void make_own(struct aws *a, const struct adapter_world *w)
{
    struct secret *copies[ADAPTER_SECRETS];
    copy_secrets(w->secrets, copies);
    a->own.client = aws_client_new(w->loop, w->http, &a->settings);
    a->own.local = aws_local_new(w->loop, w->http, &a->settings);
    a->own.source = aws_source_new(a->own.client, a->own.local, &a->settings, copies);
    a->own.asker = aws_asker_new(a->own.client, a->own.source);
    a->own.errands = aws_errands_new(w->loop, w->http, &a->settings, a->own.client, a->own.asker,
                                     w->inbox);
    a->own.audit = aws_audit_new(w->loop, w->http, &a->settings, a->own.client, a->own.asker);
    a->own.looks = aws_looks_new(&a->settings, a->own.audit, w->inbox);
}

struct adapter *aws_new(const struct adapter_world *w)
{
    static const struct adapter_ops ops = { "aws",       ADAPTER_WATCHER,  aws_start,
                                            aws_perform, aws_acknowledge,  aws_render,
                                            aws_renew,   .stop = aws_stop, .forgets = true };
    struct aws *a = xcalloc(1, sizeof *a);
    a->adapter.ops = &ops;
    a->loop = w->loop;
    a->settings = *(const struct aws_settings *)w->settings;
    make_own(a, w);
    a->client = aws_client_new(w->loop, w->http, &a->settings);
    a->local = aws_local_new(w->loop, w->http, &a->settings);
    a->source = aws_source_new(a->client, a->local, &a->settings, w->secrets);
    a->asker = aws_asker_new(a->client, a->source);
    a->queued = -1;
    a->watch = aws_watch_new(w->loop, a->asker, &a->settings, w->inbox);
    a->begin = (struct loop_timer){ .fired = begin, .arg = a };
    return &a->adapter;
}
