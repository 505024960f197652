/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/audit.h"
#include "adapters/aws/found.h"
#include "adapters/aws/root.h"
#include "core/ensure.h"
#include "core/xalloc.h"
#include "host/clock.h"

#include <stdlib.h>

enum { QUESTION_BYTES = 512 };

/* In this order: whose session it is comes first. */
static const enum aws_action steps[] = {
    AWS_GET_USER,
    AWS_GET_LOGIN_PROFILE,
    AWS_LIST_ACCESS_KEYS,
    AWS_GET_ACCESS_KEY_LAST_USED, /* of each of them */
    AWS_LIST_SIGNING_CERTIFICATES,
    AWS_LIST_MFA_DEVICES,
};

/* One account that is asked about. */
struct inquiry {
    struct aws_audit *audit;
    struct aws_client *client;
    struct aws_session session;
    struct aws_found found;
    char account[16], question[QUESTION_BYTES];
    size_t step, key;
    bool again;         /* its first session was over before the last answer */
    root_answered done; /* NULL: none is asked about */
    void *arg;
};

struct aws_audit {
    const struct aws_settings *settings;
    struct aws_asker *asker;
    struct aws_client *clock; /* whose time a session's end is compared with */
    struct inquiry inquiries[ROOT_USERS_AT_ONCE];
};

/* ---- the end of one ---- */

static void take_session(struct inquiry *);

static void end(struct inquiry *q, const struct root_answer *answer)
{
    root_answered done = q->done;
    aws_session_done(&q->session);
    q->done = NULL;
    done(q->arg, answer);
}

static void fail(struct inquiry *q, const char *why, bool passes)
{
    end(q, &(struct root_answer){ .why = why, .passes = passes });
}

static void fail_to_read(struct inquiry *q, enum aws_action action, struct err *err)
{
    err_wrap(err, "%s: the answer cannot be understood", aws_actions[action].action);
    fail(q, err->text, false);
}

/* ---- in the session ---- */

static void on_answer(void *arg, const struct aws_answer *r);

static void ask(struct inquiry *q)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, sizeof q->question);
    if (steps[q->step] == AWS_GET_ACCESS_KEY_LAST_USED && q->key == q->found.key_count)
        q->step++;
    aws_question(steps[q->step], NULL, &b);
    if (steps[q->step] == AWS_GET_ACCESS_KEY_LAST_USED)
        buf_addf(&b, "&AccessKeyId=%s", q->found.keys[q->key]);
    STR_SET(q->question, buf_text(&b));
    aws_client_ask(q->client,
                   &(struct aws_ask){
                       .action = steps[q->step], .keys = &q->session, .body = q->question },
                   on_answer, q);
}

static void go_on(struct inquiry *q)
{
    if (steps[q->step] == AWS_GET_ACCESS_KEY_LAST_USED)
        q->key++;
    else
        q->step++;
    if (q->step < COUNT(steps))
        ask(q);
    else
        end(q, &(struct root_answer){ .found = &q->found.user });
}

/* With another one everything is asked anew: whose it is, too. */
static void wait_for_session(struct inquiry *q)
{
    aws_session_done(&q->session);
    q->found = (struct aws_found){ .account = q->account };
    q->step = q->key = 0;
    take_session(q);
}

static void on_answer(void *arg, const struct aws_answer *r)
{
    struct inquiry *q = arg;
    struct err err = { "" };
    bool absent = !r->body && r->refusal == AWS_ABSENT && steps[q->step] == AWS_GET_LOGIN_PROFILE;
    if (absent ||
        (r->body && aws_read_found(steps[q->step], r->body, r->body_bytes, &q->found, &err))) {
        go_on(q);
    } else if (r->body) {
        fail_to_read(q, steps[q->step], &err);
    } else if (r->refusal != AWS_ENDED) {
        fail(q, r->error, aws_passes(r->refusal));
    } else if (q->again) {
        fail(q, "the root user's session ended twice before the last answer", true);
    } else {
        q->again = true;
        wait_for_session(q);
    }
}

/* ---- to the session ---- */

static void on_session(void *arg, const struct aws_answer *r)
{
    struct inquiry *q = arg;
    struct err err = { "" };
    ms_t now_ms = clock_wall_ms() + aws_client_ahead_ms(q->audit->clock);
    if (r->body &&
        aws_read_session(AWS_ASSUME_ROOT, r->body, r->body_bytes, now_ms, &q->session, &err))
        ask(q);
    else if (r->body)
        fail_to_read(q, AWS_ASSUME_ROOT, &err);
    else
        fail(q, r->error, aws_passes(r->refusal));
}

static void take_session(struct inquiry *q)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, QUESTION_BYTES);
    aws_root_question(AWS_TASK_AUDIT, q->account, q->audit->settings->region, &b);
    STR_SET(q->question, buf_text(&b));
    aws_asker_ask(q->audit->asker, AWS_ASSUME_ROOT, q->question, on_session, q);
}

void aws_audit_ask(struct aws_audit *a, const char *account, root_answered done, void *arg)
{
    struct inquiry *q = a->inquiries;
    while (q < a->inquiries + ROOT_USERS_AT_ONCE && q->done)
        q++;
    ENSURE(q < a->inquiries + ROOT_USERS_AT_ONCE, "%d root users at once", ROOT_USERS_AT_ONCE);
    STR_SET(q->account, account);
    q->again = false;
    q->done = done;
    q->arg = arg;
    wait_for_session(q);
}

/* ---- life ---- */

struct aws_audit *aws_audit_new(struct loop *loop, struct http *http,
                                const struct aws_settings *settings, struct aws_client *clock,
                                struct aws_asker *asker)
{
    struct aws_audit *a = xcalloc(1, sizeof *a);
    a->settings = settings;
    a->asker = asker;
    a->clock = clock;
    for (size_t i = 0; i < COUNT(a->inquiries); i++) {
        a->inquiries[i].audit = a;
        a->inquiries[i].client = aws_client_new(loop, http, settings);
    }
    return a;
}

void aws_audit_free(struct aws_audit *a)
{
    for (size_t i = 0; i < COUNT(a->inquiries); i++) {
        aws_client_free(a->inquiries[i].client);
        aws_session_done(&a->inquiries[i].session);
    }
    free(a);
}
