/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/errands.h"
#include "adapters/aws/deeds.h"
#include "core/limits.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "port/rootuser.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING = 8, QUESTION_BYTES = 1024, LOOKS = 5 };
/* What is deleted may be read for a moment still (S3 User Guide, "Amazon S3 data consistency
   model": the configuration of a bucket; IAM User Guide, "Changes that I make are not always
   immediately visible"). */
static const ms_t LOOK_AGAIN_MS = MS_SECOND;

struct errand {
    uint64_t effect_id;
    const struct aws_deed *deed;
    bool does;
    char account[16], target[LIMIT_TARGET_BYTES], digest[65];
    ms_t leave_before_ms; /* monotonic; of one that does it */
};

struct aws_errands {
    struct loop *loop;
    const struct aws_settings *settings;
    struct aws_client *clock, *client;
    struct aws_asker *asker;
    struct inbox *inbox;
    struct errand all[WAITING]; /* the first one is under way */
    size_t count;
    struct aws_session session;
    bool again; /* its first session was over before it was done */
    struct aws_standing standing;
    char question[QUESTION_BYTES];
    bool changing;  /* what stands there is taken away, item by item; else it is read */
    size_t step;    /* the next of the reads, or of the items */
    bool left;      /* one of the items was asked for */
    int looks;      /* since then */
    struct err why; /* not all of them were taken; "": they were */
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
    aws_standing_done(&u->standing);
    memmove(u->all, u->all + 1, --u->count * sizeof u->all[0]);
    if (u->count)
        begin_next(u);
}

static void fail(struct aws_errands *u, bool for_good, const char *why)
{
    struct err err = { "" };
    err_set(&err, "%s", why);
    tell(u, &(struct event_errand){ .left = u->left, .refused = for_good }, err.text);
}

/* What helps, before what AWS says: that may be long. */
static void explain(const struct aws_errands *u, enum aws_action action, const struct aws_answer *r,
                    struct err *err)
{
    const struct aws_deed *deed = u->all[0].deed;
    if (r->refusal != AWS_REFUSED || !strstr(r->error, "(AccessDenied)"))
        err_set(err, "%s", r->error);
    else if (strstr(r->error, "service control policy"))
        err_set(err,
                "a policy on the account's way denies it to root users' sessions, too; exempt them "
                "there by the condition Null aws:AssumedRoot = true: %s",
                r->error);
    else if (action == AWS_ASSUME_ROOT)
        err_set(err,
                "%s may be off in IAM, Root access management; or the credentials of [aws] lack "
                "what `reguard manifest aws` prints: %s",
                deed->feature, r->error);
    else
        err_set(err, "%s: %s", deed->denied, r->error);
}

static void refuse(struct aws_errands *u, enum aws_action action, const struct aws_answer *r)
{
    struct err err = { "" };
    explain(u, action, r, &err);
    fail(u, r->refusal == AWS_REFUSED, err.text);
}

/* ---- in the session ---- */

static void take_session(struct aws_errands *u);
static void ask_next(struct aws_errands *u);

/* Once for each: a session that is over before it was used at all is none. */
static bool begins_anew(struct aws_errands *u, const struct aws_answer *r)
{
    if (r->body || r->refusal != AWS_ENDED || u->again)
        return false;
    u->again = true;
    take_session(u);
    return true;
}

static void look(void *arg)
{
    struct aws_errands *u = arg;
    u->changing = false;
    u->step = 0;
    aws_standing_begin(&u->standing, u->all[0].account);
    ask_next(u);
}

/* What is too old by now is not acted on. */
static void change_next(struct aws_errands *u)
{
    static const char late[] = "it took too long to look at it after everybody's role was read, "
                               "which has to be fresh; ask again";
    u->changing = true;
    if (clock_monotonic_ms() < u->all[0].leave_before_ms) {
        ask_next(u);
    } else if (!u->left) {
        fail(u, false, late);
    } else {
        err_set(&u->why, "%s", late);
        look(u);
    }
}

static void on_changed(void *arg, const struct aws_answer *r)
{
    struct aws_errands *u = arg;
    enum aws_action action = u->standing.items.list[u->step].action;
    bool taken = r->body || r->refusal == AWS_ABSENT;
    if (begins_anew(u, r))
        return;
    if (!taken && !u->left && r->refusal != AWS_BUSY) {
        refuse(u, action, r);
        return;
    }
    u->left = true;
    if (!taken)
        explain(u, action, r, &u->why);
    else
        u->step++;
    if (taken && u->step < u->standing.items.count)
        change_next(u);
    else
        look(u);
}

static void change(struct aws_errands *u)
{
    u->step = 0;
    change_next(u);
}

static void take(struct aws_errands *u)
{
    const struct errand *e = &u->all[0];
    const struct aws_standing *s = &u->standing;
    const struct event_errand now = {
        .known = true, .policy = s->text, .digest = s->digest, .bytes = s->bytes, .left = u->left
    };
    bool same = strcmp(s->digest, e->digest) == 0;
    if (e->does && !u->left && same)
        change(u);
    else if (u->left && s->text[0] && (same || e->deed->many) && ++u->looks < LOOKS)
        loop_timer_set(u->loop, &u->timer, LOOK_AGAIN_MS);
    else
        tell(u, &now, u->why.text[0] ? u->why.text : NULL);
}

/* Where nothing stands, S3 and IAM say so by a refusal. */
static bool is_answer(enum aws_action action, const struct aws_answer *r)
{
    return r->body || (r->refusal == AWS_ABSENT &&
                       (action == AWS_GET_BUCKET_POLICY || action == AWS_GET_LOGIN_PROFILE));
}

static void on_read(void *arg, const struct aws_answer *r)
{
    struct aws_errands *u = arg;
    const struct aws_deed *deed = u->all[0].deed;
    enum aws_action action = deed->reads[u->step];
    struct err err = { "" };
    if (begins_anew(u, r))
        return;
    if (!is_answer(action, r)) {
        refuse(u, action, r);
        return;
    }
    bool whole = aws_deed_read(action, r, &u->standing, &err) &&
                 (++u->step < deed->read_count || aws_deed_sum_up(deed, &u->standing, &err));
    if (!whole)
        fail(u, true, err.text);
    else if (u->step < deed->read_count)
        ask_next(u);
    else
        take(u);
}

static void ask_next(struct aws_errands *u)
{
    CLEANUP(buf_done) struct buf b;
    const struct errand *e = &u->all[0];
    const struct aws_item *item = u->changing ? &u->standing.items.list[u->step] : NULL;
    enum aws_action action = item ? item->action : e->deed->reads[u->step];
    buf_init(&b, sizeof u->question);
    aws_deed_question(action, item, e->account, u->settings->region, e->target, &b);
    STR_SET(u->question, buf_text(&b));
    aws_client_ask(u->client,
                   &(struct aws_ask){ .action = action,
                                      .keys = &u->session,
                                      .body = u->question,
                                      .bucket = e->target,
                                      .owner = e->account,
                                      .region = u->settings->region,
                                      .leave_before_ms = item ? e->leave_before_ms : 0 },
                   item ? on_changed : on_read, u);
}

/* ---- to the session ---- */

static void on_session(void *arg, const struct aws_answer *r)
{
    struct aws_errands *u = arg;
    struct err err = { "" };
    ms_t now_ms = clock_wall_ms() + aws_client_ahead_ms(u->clock);
    if (!r->body) {
        refuse(u, AWS_ASSUME_ROOT, r);
    } else if (!aws_read_session(AWS_ASSUME_ROOT, r->body, r->body_bytes, now_ms, &u->session,
                                 &err)) {
        err_wrap(&err, "%s: the answer cannot be understood", aws_actions[AWS_ASSUME_ROOT].action);
        fail(u, true, err.text);
    } else if (u->changing && u->left) {
        change_next(u);
    } else {
        look(u);
    }
}

static void take_session(struct aws_errands *u)
{
    CLEANUP(buf_done) struct buf b;
    const struct errand *e = &u->all[0];
    buf_init(&b, QUESTION_BYTES);
    aws_session_done(&u->session);
    aws_root_question(e->does ? e->deed->does : e->deed->looks, e->account, u->settings->region,
                      &b);
    STR_SET(u->question, buf_text(&b));
    aws_asker_ask(u->asker, AWS_ASSUME_ROOT, u->question, on_session, u);
}

static void begin_next(struct aws_errands *u)
{
    u->again = u->left = u->changing = false;
    u->looks = 0;
    u->why = (struct err){ "" };
    take_session(u);
}

bool aws_errands_begin(struct aws_errands *u, const struct effect *effect, struct err *err)
{
    const struct effect_errand *wanted = &effect->errand;
    const struct aws_deed *deed = aws_deed_named(wanted->task);
    if (!aws_root_is_answered(u->settings, err))
        return false;
    if (u->count == WAITING)
        return err_set(err, "%d tasks wait for AWS already", WAITING);
    struct errand *e = &u->all[u->count];
    *e = (struct errand){ .effect_id = effect->id, .deed = deed, .does = wanted->digest != NULL };
    if (!deed || !root_is_account(wanted->account) || !STR_SET(e->account, wanted->account) ||
        !STR_SET(e->target, wanted->target) || !STR_SET(e->digest, str_or_empty(wanted->digest)))
        return err_set(err, "that is no task that I do at AWS");
    if (!aws_deed_is_here(deed, u->settings->region, e->target, err))
        return false;
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
    aws_standing_done(&u->standing);
    free(u);
}
