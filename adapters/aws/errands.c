/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/errands.h"
#include "adapters/aws/root.h"
#include "core/limits.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"
#include "port/rootuser.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING = 8, QUESTION_BYTES = 512, LOOKS = 5, ARENA_BYTES = 1024 * 1024 };
/* What is deleted may be read for a moment still (S3 User Guide, "Amazon S3 data consistency
   model": the configuration of a bucket). */
static const ms_t LOOK_AGAIN_MS = MS_SECOND;

struct errand {
    uint64_t effect_id;
    bool does;
    char account[16], bucket[LIMIT_TARGET_BYTES], digest[65];
    ms_t leave_before_ms; /* monotonic; of one that does it */
};

/* Of the delete, which is asked for once. */
enum deleting { NOT_ASKED, TAKEN, NOT_ANSWERED };

struct aws_errands {
    struct loop *loop;
    const struct aws_settings *settings;
    struct aws_client *clock, *client;
    struct aws_asker *asker;
    struct inbox *inbox;
    struct errand all[WAITING]; /* the first one is under way */
    size_t count;
    struct aws_session session;
    char question[QUESTION_BYTES];
    enum deleting deleting;
    int looks;      /* since it was deleted */
    struct err why; /* of NOT_ANSWERED */
    struct loop_timer timer;
};

static void begin_next(struct aws_errands *u);

/* ---- the end of one ---- */

static void tell(struct aws_errands *u, const struct event_errand *what, const char *error)
{
    struct event *e = inbox_new(u->inbox, EVENT_ERRAND_TOLD, "aws");
    struct arena *arena = inbox_arena(u->inbox);
    e->effect_id = u->all[0].effect_id;
    e->errand = *what;
    e->errand.policy = arena_copy(arena, str_or_empty(what->policy));
    e->errand.digest = arena_copy(arena, str_or_empty(what->digest));
    e->error = error ? arena_copy(arena, error) : NULL;
    inbox_put(u->inbox, e);
    aws_session_done(&u->session);
    memmove(u->all, u->all + 1, --u->count * sizeof u->all[0]);
    if (u->count)
        begin_next(u);
}

static void fail(struct aws_errands *u, bool left, bool for_good, const char *why)
{
    struct err err = { "" };
    err_set(&err, "%s", why);
    tell(u, &(struct event_errand){ .left = left, .refused = for_good }, err.text);
}

/* What helps, before what AWS says: that may be long. */
static const char *advice_of(const struct aws_answer *r, enum aws_action action)
{
    if (r->refusal != AWS_REFUSED || !strstr(r->error, "(AccessDenied)"))
        return NULL;
    if (strstr(r->error, "service control policy"))
        return "a policy on the account's way denies it to root users' sessions, too; exempt them "
               "there by the condition Null aws:AssumedRoot = true";
    return action == AWS_ASSUME_ROOT
               ? "RootSessions may be off in IAM, Root access management; or the credentials of "
                 "[aws] lack what `reguard manifest aws` prints"
               : "the bucket may be another account's";
}

static void refuse(struct aws_errands *u, enum aws_action action, const struct aws_answer *r,
                   bool left)
{
    struct err err = { "" };
    const char *advice = advice_of(r, action);
    err_set(&err, "%s%s%s", advice ? advice : "", advice ? ": " : "", r->error);
    fail(u, left, r->refusal == AWS_REFUSED, err.text);
}

/* ---- in the session ---- */

static void on_policy(void *arg, const struct aws_answer *r);

static void ask(struct aws_errands *u, enum aws_action action, ms_t leave_before_ms,
                aws_answered done)
{
    aws_client_ask(u->client,
                   &(struct aws_ask){ .action = action,
                                      .keys = &u->session,
                                      .body = "",
                                      .bucket = u->all[0].bucket,
                                      .owner = u->all[0].account,
                                      .leave_before_ms = leave_before_ms },
                   done, u);
}

static void look(void *arg)
{
    struct aws_errands *u = arg;
    ask(u, AWS_GET_BUCKET_POLICY, 0, on_policy);
}

static void on_deleted(void *arg, const struct aws_answer *r)
{
    struct aws_errands *u = arg;
    if (!r->body && r->refusal != AWS_BUSY) {
        refuse(u, AWS_DELETE_BUCKET_POLICY, r, false);
        return;
    }
    u->deleting = r->body ? TAKEN : NOT_ANSWERED;
    if (!r->body)
        err_set(&u->why, "%s", r->error);
    look(u);
}

/* What is too old by now is not acted on. */
static void delete_once(struct aws_errands *u, ms_t leave_before_ms)
{
    if (clock_monotonic_ms() < leave_before_ms)
        ask(u, AWS_DELETE_BUCKET_POLICY, leave_before_ms, on_deleted);
    else
        fail(u, false, false,
             "it took too long to look at it after everybody's role was read, which has to be "
             "fresh; ask again");
}

static void take(struct aws_errands *u, const struct event_errand *now)
{
    const struct errand *e = &u->all[0];
    bool stands = e->does && strcmp(now->digest, e->digest) == 0;
    if (stands && u->deleting == NOT_ASKED)
        delete_once(u, e->leave_before_ms);
    else if (stands && ++u->looks < LOOKS)
        loop_timer_set(u->loop, &u->timer, LOOK_AGAIN_MS);
    else if (stands && u->deleting == NOT_ANSWERED)
        tell(u, now, u->why.text); /* AWS may do it yet */
    else
        tell(u, now, NULL);
}

/* The policy without blanks between its words, as it is shown and recorded. */
static bool read_policy(const char *body, size_t bytes, struct arena *arena,
                        struct event_errand *ret, struct err *err)
{
    char digest[65];
    if (bytes > LIMIT_POLICY_BYTES)
        return err_set(err, "the policy that stands there is longer than 20 KB");
    JSON_AUTO *policy = json_read(body, bytes, LIMIT_POLICY_BYTES, NULL);
    const char *text = json_is_object(policy) ? json_print(arena, policy) : NULL;
    if (!text)
        return err_set(err, "%s: the answer is no policy",
                       aws_actions[AWS_GET_BUCKET_POLICY].action);
    secret_sha256_hex(body, bytes, digest);
    ret->known = true;
    ret->policy = text;
    ret->digest = arena_copy(arena, digest);
    ret->bytes = (int64_t)bytes;
    return true;
}

static void on_policy(void *arg, const struct aws_answer *r)
{
    struct aws_errands *u = arg;
    struct event_errand now = { .left = u->deleting != NOT_ASKED, .digest = "" };
    struct err err = { "" };
    struct arena arena;
    if (!r->body && r->refusal != AWS_ABSENT) {
        refuse(u, AWS_GET_BUCKET_POLICY, r, now.left);
        return;
    }
    arena_init(&arena, ARENA_BYTES);
    now.known = !r->body;
    if (r->body && !read_policy(r->body, r->body_bytes, &arena, &now, &err))
        fail(u, now.left, true, err.text);
    else
        take(u, &now);
    arena_done(&arena);
}

/* ---- to the session ---- */

static void on_session(void *arg, const struct aws_answer *r)
{
    struct aws_errands *u = arg;
    struct err err = { "" };
    ms_t now_ms = clock_wall_ms() + aws_client_ahead_ms(u->clock);
    if (!r->body) {
        refuse(u, AWS_ASSUME_ROOT, r, false);
        return;
    }
    if (aws_read_session(AWS_ASSUME_ROOT, r->body, r->body_bytes, now_ms, &u->session, &err)) {
        look(u);
        return;
    }
    err_wrap(&err, "%s: the answer cannot be understood", aws_actions[AWS_ASSUME_ROOT].action);
    fail(u, false, true, err.text);
}

static void begin_next(struct aws_errands *u)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, QUESTION_BYTES);
    u->deleting = NOT_ASKED;
    u->looks = 0;
    aws_root_question(AWS_TASK_UNLOCK_BUCKET, u->all[0].account, u->settings->region, &b);
    STR_SET(u->question, buf_text(&b));
    aws_asker_ask(u->asker, AWS_ASSUME_ROOT, u->question, on_session, u);
}

bool aws_errands_begin(struct aws_errands *u, const struct effect *effect, struct err *err)
{
    const struct effect_errand *wanted = &effect->errand;
    if (!aws_root_is_answered(u->settings, err))
        return false;
    if (u->count == WAITING)
        return err_set(err, "%d tasks wait for AWS already", WAITING);
    struct errand *e = &u->all[u->count];
    *e = (struct errand){ .effect_id = effect->id, .does = wanted->digest != NULL };
    if (strcmp(wanted->task, "s3-lockout") != 0 || !root_is_account(wanted->account) ||
        !STR_SET(e->account, wanted->account) || !STR_SET(e->bucket, wanted->target) ||
        !STR_SET(e->digest, str_or_empty(wanted->digest)))
        return err_set(err, "that is no task that I do at AWS");
    e->leave_before_ms = clock_monotonic_ms() + wanted->leave_within_ms;
    u->count++;
    if (u->count == 1)
        begin_next(u);
    return true;
}

/* ---- life ---- */

struct aws_errands *aws_errands_new(struct loop *loop, struct http *http,
                                    const struct aws_settings *settings, struct aws_client *clock,
                                    struct aws_asker *asker, struct inbox *inbox)
{
    struct aws_errands *u = xcalloc(1, sizeof *u);
    *u = (struct aws_errands){
        .loop = loop, .settings = settings, .clock = clock, .asker = asker, .inbox = inbox
    };
    u->client = aws_client_new(loop, http, settings);
    u->timer = (struct loop_timer){ .fired = look, .arg = u };
    return u;
}

void aws_errands_free(struct aws_errands *u)
{
    loop_timer_cancel(&u->timer);
    aws_client_free(u->client);
    aws_session_done(&u->session);
    free(u);
}
