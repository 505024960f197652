/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/source.h"
#include "core/limits.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"

#include <stdlib.h>
#include <string.h>

/* A token of LIMIT_SECRET_BYTES, encoded, and the rest. */
enum { QUESTION_BYTES = 32 * 1024, STEPS = 3 };
/* When renewing begins: AWS's own clients do it a quarter of an hour before the end; of what lasts
   less than three of them, in its last third. Not all at the same moment. */
static const ms_t AHEAD_MS = 15 * MS_MINUTE, AHEAD_LEAST_MS = 10 * MS_MINUTE;
/* Between a renewal that failed and the next one. */
static const ms_t PAUSE_MS = 30 * MS_SECOND, PAUSE_MOST_MS = MS_MINUTE;

struct kept {
    struct aws_session session; /* access_key_id "": none yet */
    ms_t renew_ms;              /* wall, AWS's clock; of what ends */
    ms_t pause_ms;              /* until then the old ones do */
    bool told;                  /* that they could not be renewed */
};

struct aws_source {
    struct aws_client *client;
    struct aws_local *local;
    const struct aws_settings *settings;
    struct kept base, role;
    struct buf question;
    aws_sourced done;
    void *arg;
    int steps; /* since they were needed */
    struct err trouble;
};

/* On top of something else; a web identity is that of a role. */
static bool has_role(const struct aws_source *s)
{
    return s->settings->role_arn[0] && s->settings->credentials != AWS_WEB_IDENTITY;
}

static struct kept *top_of(struct aws_source *s) { return has_role(s) ? &s->role : &s->base; }

/* ---- how long ---- */

static ms_t now_ms(const struct aws_source *s)
{
    return clock_wall_ms() + aws_client_ahead_ms(s->client);
}

static bool lasts(const struct aws_source *s, const struct kept *k)
{
    return k->session.access_key_id[0] && (!k->session.ends_ms || now_ms(s) < k->session.ends_ms);
}

static bool is_fresh(const struct aws_source *s, const struct kept *k)
{
    ms_t now = now_ms(s);
    return lasts(s, k) && (!k->session.ends_ms || now < k->renew_ms || now < k->pause_ms);
}

static void came(struct aws_source *s, struct kept *k)
{
    ms_t third = (k->session.ends_ms - now_ms(s)) / 3,
         ahead = clock_jitter(AHEAD_LEAST_MS, AHEAD_MS);
    k->renew_ms = k->session.ends_ms - (third < ahead ? third : ahead);
    k->pause_ms = 0;
    k->told = false;
    s->trouble.text[0] = '\0';
}

/* ---- step by step ---- */

static void give(struct aws_source *s, const struct aws_session *keys, const char *why)
{
    aws_sourced done = s->done;
    s->done = NULL;
    done(s->arg, keys, why);
}

/* The old ones do for a while. */
static void hold(struct aws_source *s, struct kept *k, const char *why)
{
    k->pause_ms = now_ms(s) + clock_jitter(PAUSE_MS, PAUSE_MOST_MS);
    if (!k->told)
        LOG(LOG_WARN, "aws.not_renewed", LS("error", why),
            LI("left_s", (k->session.ends_ms - now_ms(s)) / MS_SECOND));
    k->told = true;
    s->trouble = (struct err){ "" };
    err_set(&s->trouble, "%s", why);
}

static void go_on(struct aws_source *);

static void failed(struct aws_source *s, struct kept *k, const char *why)
{
    struct kept *top = top_of(s);
    if (lasts(s, k))
        hold(s, k, why);
    else if (lasts(s, top))
        hold(s, top, why);
    else {
        give(s, NULL, why);
        return;
    }
    go_on(s);
}

static void take_session(struct aws_source *s, struct kept *k, const char *who,
                         const struct aws_answer *a, bool whole, struct err *err)
{
    if (whole) {
        came(s, k);
        go_on(s);
        return;
    }
    if (a->body)
        err_wrap(err, "%s: the answer cannot be understood", who);
    failed(s, k, a->body ? err->text : a->error);
}

static void take_from_sts(struct aws_source *s, struct kept *k, enum aws_action action,
                          const struct aws_answer *a)
{
    struct err err = { "" };
    secret_wipe(s->question.text, s->question.capacity);
    bool whole = a->body &&
                 aws_read_session(action, a->body, a->body_bytes, now_ms(s), &k->session, &err);
    take_session(s, k, aws_actions[action].action, a, whole, &err);
}

static void on_local(void *arg, const struct aws_answer *a)
{
    struct aws_source *s = arg;
    struct err err = { "" };
    bool whole = a->body &&
                 aws_read_handed(a->body, a->body_bytes, now_ms(s), &s->base.session, &err);
    take_session(s, &s->base, aws_local_name(s->settings), a, whole, &err);
}

static void on_role(void *arg, const struct aws_answer *a)
{
    struct aws_source *s = arg;
    take_from_sts(s, &s->role, AWS_ASSUME_ROLE, a);
}

static void on_web_identity(void *arg, const struct aws_answer *a)
{
    struct aws_source *s = arg;
    take_from_sts(s, &s->base, AWS_ASSUME_ROLE_WITH_WEB_IDENTITY, a);
}

static void ask_for_session(struct aws_source *s, enum aws_action action, const struct secret *more,
                            const struct aws_session *keys, aws_answered answered)
{
    const struct aws_settings *set = s->settings;
    const char *text = more ? secret_reveal(more) : NULL;
    bool web = action == AWS_ASSUME_ROLE_WITH_WEB_IDENTITY;
    const struct aws_role role = { .arn = set->role_arn,
                                   .session_name = set->role_session_name,
                                   .external_id = web ? NULL : text,
                                   .token = web ? text : NULL,
                                   .lasts_ms = set->session_duration };
    buf_clear(&s->question);
    aws_question(action, &role, &s->question);
    aws_client_ask(s->client,
                   &(struct aws_ask){
                       .action = action, .keys = keys, .body = buf_text(&s->question) },
                   answered, s);
}

static void ask_for_role(struct aws_source *s)
{
    const char *file = s->settings->external_id_file;
    struct err err = { "" };
    struct secret *id = file[0] ? secret_read(file, &err) : NULL;
    if (file[0] && !id)
        failed(s, &s->role, err.text);
    else
        ask_for_session(s, AWS_ASSUME_ROLE, id, &s->base.session, on_role);
    secret_free(id);
}

/* Whoever gives the machine its identity writes the file anew: it is read each time. */
static void ask_with_web_identity(struct aws_source *s)
{
    struct err err = { "" };
    struct secret *token = secret_read(s->settings->web_identity_token_file, &err);
    if (token)
        ask_for_session(s, AWS_ASSUME_ROLE_WITH_WEB_IDENTITY, token, NULL, on_web_identity);
    else
        failed(s, &s->base, err.text);
    secret_free(token);
}

static void go_on(struct aws_source *s)
{
    if (is_fresh(s, top_of(s)))
        give(s, &top_of(s)->session, NULL);
    else if (s->steps++ == STEPS)
        give(s, NULL, "each session that came had ended before it was used");
    else if (has_role(s) && is_fresh(s, &s->base))
        ask_for_role(s);
    else if (s->settings->credentials == AWS_WEB_IDENTITY)
        ask_with_web_identity(s);
    else
        aws_local_ask(s->local, on_local, s);
}

void aws_source_need(struct aws_source *s, aws_sourced done, void *arg)
{
    s->done = done;
    s->arg = arg;
    s->steps = 0;
    go_on(s);
}

bool aws_source_ended(struct aws_source *s)
{
    bool keys = s->settings->credentials == AWS_KEYS;
    if (keys && !has_role(s))
        return false;
    aws_session_done(&s->role.session);
    if (!keys)
        aws_session_done(&s->base.session);
    return true;
}

/* ---- what is told ---- */

void aws_source_describe(const struct aws_source *s, struct buf *b)
{
    char ends[CLOCK_ISO_BYTES];
    const struct aws_settings *set = s->settings;
    const struct aws_session *top = has_role(s) ? &s->role.session : &s->base.session;
    buf_add(b, "they are ");
    if (set->role_arn[0])
        buf_addf(b, "of a session of %s, which is assumed with ", set->role_arn);
    switch (set->credentials) {
    case AWS_KEYS: buf_add(b, "the access key of the configuration"); break;
    case AWS_CONTAINER: buf_add(b, "the credentials of this container"); break;
    case AWS_INSTANCE: buf_add(b, "the credentials of this instance"); break;
    case AWS_WEB_IDENTITY:
        buf_addf(b, "the web identity in %s", set->web_identity_token_file);
        break;
    }
    if (!top->ends_ms)
        return;
    clock_iso(top->ends_ms, ends);
    buf_addf(b, "; they last until %s and are renewed before", ends);
}

const char *aws_source_trouble(const struct aws_source *s) { return s->trouble.text; }

/* ---- life ---- */

struct aws_source *aws_source_new(struct aws_client *client, struct aws_local *local,
                                  const struct aws_settings *settings,
                                  struct secret *const secrets[2])
{
    struct aws_source *s = xcalloc(1, sizeof *s);
    *s = (struct aws_source){ .client = client, .local = local, .settings = settings };
    s->base.session.secret = secrets[0];
    s->base.session.token = secrets[1];
    STR_SET(s->base.session.access_key_id, settings->access_key_id);
    buf_init(&s->question, QUESTION_BYTES);
    buf_addf(&s->question, "%*s", QUESTION_BYTES - 2, ""); /* it never grows: no copy is left */
    return s;
}

void aws_source_free(struct aws_source *s)
{
    aws_session_done(&s->base.session);
    aws_session_done(&s->role.session);
    if (s->question.text)
        secret_wipe(s->question.text, s->question.capacity);
    buf_done(&s->question);
    free(s);
}

void aws_source_renew(struct aws_source *s, struct secret *const secrets[2], bool ret_is_new[2])
{
    ret_is_new[0] = secret_replace(&s->base.session.secret, secrets[0]);
    ret_is_new[1] = secret_replace(&s->base.session.token, secrets[1]);
}
