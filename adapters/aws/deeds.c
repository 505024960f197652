/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/deeds.h"
#include "adapters/aws/queue.h"
#include "core/limits.h"
#include "host/json.h"
#include "host/secret.h"
#include "net/sign.h"

#include <string.h>

enum { ARENA_BYTES = 1024 * 1024 };

static const enum aws_action bucket_reads[] = { AWS_GET_BUCKET_POLICY },
                             queue_reads[] = { AWS_GET_QUEUE_ATTRIBUTES },
                             /* whose session it is comes first */
    credentials_reads[] = { AWS_GET_USER, AWS_GET_LOGIN_PROFILE, AWS_LIST_ACCESS_KEYS,
                            AWS_LIST_SIGNING_CERTIFICATES, AWS_LIST_MFA_DEVICES },
                             recovery_reads[] = { AWS_GET_LOGIN_PROFILE };

static const struct aws_deed deeds[] = {
    { "s3-lockout", AWS_TASK_UNLOCK_BUCKET, AWS_TASK_UNLOCK_BUCKET, bucket_reads,
      COUNT(bucket_reads), "RootSessions", "the bucket may be another account's", false },
    { "sqs-lockout", AWS_TASK_UNLOCK_QUEUE, AWS_TASK_UNLOCK_QUEUE, queue_reads, COUNT(queue_reads),
      "RootSessions", "the queue may be another account's", false },
    { "credentials", AWS_TASK_AUDIT, AWS_TASK_DELETE, credentials_reads, COUNT(credentials_reads),
      "RootCredentialsManagement", "a policy on the account's way may deny it", true },
    { "recovery", AWS_TASK_RECOVER, AWS_TASK_RECOVER, recovery_reads, COUNT(recovery_reads),
      "RootCredentialsManagement", "a policy on the account's way may deny it", false },
};

const struct aws_deed *aws_deed_named(const char *task)
{
    for (size_t i = 0; i < COUNT(deeds); i++)
        if (strcmp(deeds[i].task, task) == 0)
            return &deeds[i];
    return NULL;
}

/* ---- where ---- */

/* The name behind "arn:PARTITION:sqs:REGION:ACCOUNT:", or all of it. */
static const char *name_of(const char *target)
{
    const char *colon = strrchr(target, ':');
    return colon ? colon + 1 : target;
}

bool aws_deed_is_here(const struct aws_deed *deed, const char *region, const char *target,
                      struct err *err)
{
    char here[64];
    if (deed->looks != AWS_TASK_UNLOCK_QUEUE || strncmp(target, "arn:", 4) != 0)
        return true;
    snprintf(here, sizeof here, "arn:%s:sqs:%s:", endpoint_partition(region), region);
    return strncmp(target, here, strlen(here)) == 0 ||
           err_set(err, "the queue is not in the region of [aws], which is %s", region);
}

/* ---- what stands there ---- */

void aws_standing_begin(struct aws_standing *s, const char *account)
{
    aws_standing_done(s);
    arena_init(&s->arena, ARENA_BYTES);
    *s = (struct aws_standing){ .arena = s->arena, .text = "" };
    s->items.arena = &s->arena;
    s->found = (struct aws_found){ .account = account, .items = &s->items };
}

void aws_standing_done(struct aws_standing *s)
{
    if (s->text)
        arena_done(&s->arena);
    s->text = NULL;
}

static void add_change(struct aws_standing *s, enum aws_action action)
{
    s->items.list[s->items.count++] = (struct aws_item){ action, "", "" };
}

/* Without blanks between its words, as it is shown and recorded; digest: as AWS has it. */
static bool take_policy(const char *body, size_t bytes, enum aws_action reads,
                        enum aws_action deletes, struct aws_standing *s, struct err *err)
{
    if (bytes > LIMIT_POLICY_BYTES)
        return err_set(err, "the policy that stands there is longer than 20 KB");
    JSON_AUTO *policy = json_read(body, bytes, LIMIT_POLICY_BYTES, NULL);
    const char *text = json_is_object(policy) ? json_print(&s->arena, policy) : NULL;
    if (!text)
        return err_set(err, "%s: the answer is no policy", aws_actions[reads].action);
    s->text = text;
    secret_sha256_hex(body, bytes, s->digest);
    s->bytes = (int64_t)bytes;
    add_change(s, deletes);
    return true;
}

/* Of a queue without one there is no such attribute, or an empty one. */
static bool take_queue(const struct aws_answer *r, struct aws_standing *s, struct err *err)
{
    const char *text = "";
    if (!aws_queue_read_policy(r->body, r->body_bytes, &s->arena, &text, err))
        return err_wrap(err, "%s: the answer cannot be understood",
                        aws_actions[AWS_GET_QUEUE_ATTRIBUTES].action);
    return !text[0] || take_policy(text, strlen(text), AWS_GET_QUEUE_ATTRIBUTES,
                                   AWS_SET_QUEUE_ATTRIBUTES, s, err);
}

bool aws_deed_read(enum aws_action action, const struct aws_answer *r, struct aws_standing *s,
                   struct err *err)
{
    if (!r->body)
        return true;
    if (action == AWS_GET_BUCKET_POLICY)
        return take_policy(r->body, r->body_bytes, action, AWS_DELETE_BUCKET_POLICY, s, err);
    if (action == AWS_GET_QUEUE_ATTRIBUTES)
        return take_queue(r, s, err);
    return aws_read_found(action, r->body, r->body_bytes, &s->found, err) ||
           err_wrap(err, "%s: the answer cannot be understood", aws_actions[action].action);
}

/* All of them, for whoever approves: what cannot be shown is not deleted. */
static bool sum_items_up(struct aws_standing *s, struct err *err)
{
    for (size_t i = 0; i < s->items.count; i++)
        s->text = arena_printf(&s->arena, "%s%s%s", s->text, i ? "; " : "", s->items.list[i].says);
    return strlen(s->text) <= LIMIT_POLICY_SHOWN_CHARACTERS ||
           err_set(err, "there are more credentials than I can show");
}

static const char no_password[] = "no password, so that none can be recovered";

void aws_deed_no_password(char ret_digest[65])
{
    secret_sha256_hex(no_password, strlen(no_password), ret_digest);
}

bool aws_deed_sum_up(const struct aws_deed *deed, struct aws_standing *s, struct err *err)
{
    if (deed->does == AWS_TASK_DELETE && !sum_items_up(s, err))
        return false;
    if (deed->does == AWS_TASK_RECOVER) {
        s->items.count = 0;
        s->text = s->found.user.has_password ? "" : no_password;
        if (s->text[0])
            add_change(s, AWS_CREATE_LOGIN_PROFILE);
    }
    if (s->text[0] && !s->digest[0]) {
        s->bytes = (int64_t)strlen(s->text);
        secret_sha256_hex(s->text, strlen(s->text), s->digest);
    }
    return true;
}

/* ---- questions ---- */

static void add_queue_question(enum aws_action action, const char *account, const char *region,
                               const char *target, struct buf *b)
{
    char url[256];
    snprintf(url, sizeof url, "https://sqs.%s.amazonaws.com/%s/%s", region, account,
             name_of(target));
    if (action == AWS_GET_QUEUE_ATTRIBUTES)
        aws_queue_ask_policy(url, b);
    else
        aws_queue_ask_no_policy(url, b);
}

static void add_item(const char *field, const char *id, struct buf *b)
{
    buf_addf(b, "&%s=", field);
    sign_add_encoded(b, id);
}

void aws_deed_question(enum aws_action action, const struct aws_item *item, const char *account,
                       const char *region, const char *target, struct buf *b)
{
    if (aws_actions[action].service == AWS_SQS)
        add_queue_question(action, account, region, target, b);
    if (aws_actions[action].service == AWS_IAM)
        aws_question(action, NULL, b);
    if (action == AWS_DELETE_ACCESS_KEY)
        add_item("AccessKeyId", item->id, b);
    if (action == AWS_DELETE_SIGNING_CERTIFICATE)
        add_item("CertificateId", item->id, b);
    if (action == AWS_DEACTIVATE_MFA_DEVICE)
        add_item("SerialNumber", item->id, b);
}
