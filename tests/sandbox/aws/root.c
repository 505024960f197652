/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of members' root users, and what IAM says in them. Sources: STS, "AssumeRoot"; IAM User
   Guide, "Perform a privileged task"; the task policies as AWS publishes them. */
#include "tests/sandbox/aws/state.h"
#include "tests/sandbox/net/bytes.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOT_MOST_S = 900, INSIDE_MAX = 128 * 1024, ARN_BYTES = 64 };
#define POLICIES "arn:aws:iam::aws:policy/root-task/"
#define CREDENTIALS "RootCredentialsManagement"
#define LOOKS " ListAccessKeys ListSigningCertificates GetLoginProfile ListMFADevices GetUser"

/* What a session with that policy may: each is a list of all that is not denied. */
static const struct awsd_task {
    const char *policy, *actions; /* each between blanks */
    const char *feature;          /* that has to be on */
} tasks[] = {
    { POLICIES "IAMAuditRootUserCredentials", LOOKS " GetAccessKeyLastUsed GetAccountSummary ",
      CREDENTIALS },
    { POLICIES "IAMCreateRootUserPassword", " CreateLoginProfile GetLoginProfile ", CREDENTIALS },
    { POLICIES "IAMDeleteRootUserCredentials",
      LOOKS " GetAccessKeyLastUsed DeleteAccessKey DeleteSigningCertificate DeleteLoginProfile"
            " DeactivateMFADevice DeleteVirtualMFADevice ",
      CREDENTIALS },
    { POLICIES "S3UnlockBucketPolicy",
      " DeleteBucketPolicy PutBucketPolicy GetBucketPolicy ListAllMyBuckets ", "RootSessions" },
    { POLICIES "SQSUnlockQueuePolicy",
      " SetQueueAttributes GetQueueAttributes ListQueues GetQueueUrl ", "RootSessions" },
};

static const struct awsd_task *task_of(const char *policy)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].policy, policy) == 0)
            return &tasks[i];
    return NULL;
}

static bool is_on(const struct awsd *a, const char *feature)
{
    size_t i;
    json_t *name;
    json_array_foreach(a->features, i, name)
    {
        if (strcmp(json_string_value(name), feature) == 0)
            return true;
    }
    return false;
}

/* What is known of the account; an empty object for one whose root user has nothing. */
static const json_t *root_of(const struct awsd *a, const char *account)
{
    const json_t *root = json_object_get(a->roots, account);
    return root ? root : a->no_root;
}

static bool is_account(const char *text)
{
    return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* ---- AssumeRoot ---- */

static void deny(struct awsd_call *call, const char *account, const char *because)
{
    char why[512];
    snprintf(why, sizeof why,
             "User: %s is not authorized to perform: sts:AssumeRoot on resource: "
             "arn:aws:iam::%.12s:root%s",
             call->arn, account, because);
    awsd_refuse(call, 403, "AccessDenied", why);
}

/* True: what the model says of the values holds. */
static bool are_valid(const json_t *form, struct awsd_call *call)
{
    char *end;
    const char *duration = sandbox_text(form, "DurationSeconds");
    long seconds = strtol(duration, &end, 10);
    if (*end || seconds < 0 || seconds > ROOT_MOST_S)
        awsd_refuse(call, 400, "ValidationError",
                    "The requested DurationSeconds exceeds the maximum of 900 seconds.");
    else if (!task_of(sandbox_text(form, "TaskPolicyArn.arn")))
        awsd_refuse(call, 400, "ValidationError", "The task policy is none of those of root-task.");
    else if (call->everywhere)
        awsd_refuse(call, 400, "InvalidAction", "AssumeRoot is answered by a Region's endpoint.");
    else
        return true;
    return false;
}

static bool may_assume(const struct awsd *a, const char *account, const struct awsd_task *task,
                       struct awsd_call *call)
{
    const char *deny_word = sandbox_text(root_of(a, account), "deny");
    bool ours = is_account(account) && strcmp(account, AWSD_ACCOUNT) != 0 &&
                is_on(a, task->feature) && strcmp(deny_word, "outside") != 0;
    if (a->may_assume_root && ours && !call->root)
        return true;
    deny(call, account,
         a->may_assume_root ? ""
                            : " because no identity-based policy allows the sts:AssumeRoot action");
    return false;
}

void awsd_assume_root(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    char inside[1024];
    const char *target = sandbox_text(form, "TargetPrincipal");
    const char *arn = strstr(target, ":iam::"), *account = arn ? arn + 6 : target;
    char digits[16];
    snprintf(digits, sizeof digits, "%.12s", account);
    const struct awsd_task *task = task_of(sandbox_text(form, "TaskPolicyArn.arn"));
    if (!are_valid(form, call) || !may_assume(a, digits, task, call))
        return;
    const char *duration = sandbox_text(form, "DurationSeconds");
    struct awsd_session *s = awsd_session_new(a, "root",
                                              *duration ? strtol(duration, NULL, 10) : ROOT_MOST_S);
    s->task = task;
    snprintf(s->account, sizeof s->account, "%s", digits);
    snprintf(s->arn, sizeof s->arn, "arn:aws:iam::%s:root", digits);
    snprintf(inside, sizeof inside,
             "    <Credentials>\n      <AccessKeyId>%s</AccessKeyId>\n"
             "      <SecretAccessKey>%s</SecretAccessKey>\n"
             "      <SessionToken>%s</SessionToken>\n      <Expiration>%s</Expiration>\n"
             "    </Credentials>\n",
             s->access_key_id, s->secret, s->token, awsd_date_of(s->ends_ms));
    awsd_answer(call, "AssumeRoot", inside);
}

/* ---- in a session ---- */

/* True: this one may, and the call is refused otherwise. Nobody but a session of a root user asks
   about its own account's root user. */
bool awsd_may(const struct awsd *a, const char *action, const char *resource,
              struct awsd_call *call)
{
    char wanted[64], why[512];
    const char *deny_word = call->root ? sandbox_text(root_of(a, call->root->account), "deny") : "";
    snprintf(wanted, sizeof wanted, " %s ", action);
    bool in_task = call->root && strstr(call->root->task->actions, wanted);
    bool denied = strcmp(deny_word, "scp") == 0 || strcmp(deny_word, action) == 0;
    if (in_task && !denied)
        return true;
    snprintf(why, sizeof why, "User: %s is not authorized to perform: %s:%s on resource: %s%s",
             call->arn, call->service, action, resource,
             denied       ? " with an explicit deny in a service control policy"
             : call->root ? " because no session policy allows the action"
                          : " because no identity-based policy allows the action");
    awsd_refuse(call, 403, "AccessDenied", why);
    return false;
}

static void add_field(struct bytes *b, const char *name, const char *value)
{
    bytes_print(b, INSIDE_MAX, "<%s>", name);
    awsd_escape(b, value);
    bytes_print(b, INSIDE_MAX, "</%s>\n", name);
}

static void finish(struct awsd_call *call, const char *action, struct bytes *b)
{
    awsd_answer(call, action, b->count ? bytes_at(b) : "");
    bytes_done(b);
}

void awsd_get_user(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    struct bytes b = { .store = NULL };
    (void)form;
    if (!awsd_may(a, "GetUser", call->arn, call))
        return;
    const json_t *root = root_of(a, call->root->account);
    const char *used = sandbox_text(root, "password_used");
    bytes_print(&b, INSIDE_MAX, "<User>\n");
    add_field(&b, "UserId", call->root->account);
    add_field(&b, "Arn", call->arn);
    add_field(&b, "CreateDate", "2019-02-03T04:05:06Z");
    if (used[0])
        add_field(&b, "PasswordLastUsed", used);
    bytes_print(&b, INSIDE_MAX, "</User>\n");
    finish(call, "GetUser", &b);
}

void awsd_get_login_profile(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    struct bytes b = { .store = NULL };
    (void)form;
    if (!awsd_may(a, "GetLoginProfile", call->arn, call))
        return;
    const char *since = sandbox_text(root_of(a, call->root->account), "password");
    if (!since[0]) {
        awsd_refuse(call, 404, "NoSuchEntity", "Login Profile for the root user cannot be found.");
        return;
    }
    bytes_print(&b, INSIDE_MAX, "<LoginProfile>\n");
    add_field(&b, "UserName", "root");
    add_field(&b, "CreateDate", since);
    bytes_print(&b, INSIDE_MAX, "</LoginProfile>\n");
    finish(call, "GetLoginProfile", &b);
}

/* Each of a list of objects as a member, whose fields are named as those of the answer. */
static void list(struct awsd *a, struct awsd_call *call, const char *action, const char *kept,
                 const char *name)
{
    size_t i;
    json_t *one, *value;
    const char *field;
    struct bytes b = { .store = NULL };
    if (!awsd_may(a, action, call->arn, call))
        return;
    bytes_print(&b, INSIDE_MAX, "<%s>\n", name);
    json_array_foreach(json_object_get(root_of(a, call->root->account), kept), i, one)
    {
        bytes_print(&b, INSIDE_MAX, "<member>\n<UserName>root</UserName>\n");
        json_object_foreach(one, field, value)
        {
            if (strcmp(field, "LastUsedDate") != 0)
                add_field(&b, field, json_string_value(value));
        }
        bytes_print(&b, INSIDE_MAX, "</member>\n");
    }
    bytes_print(&b, INSIDE_MAX, "</%s>\n<IsTruncated>false</IsTruncated>\n", name);
    finish(call, action, &b);
}

void awsd_list_access_keys(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    (void)form;
    list(a, call, "ListAccessKeys", "keys", "AccessKeyMetadata");
}

void awsd_list_signing_certificates(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    (void)form;
    list(a, call, "ListSigningCertificates", "certificates", "Certificates");
}

void awsd_list_mfa_devices(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    (void)form;
    list(a, call, "ListMFADevices", "mfa", "MFADevices");
}

void awsd_get_access_key_last_used(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    size_t i;
    json_t *key;
    struct bytes b = { .store = NULL };
    if (!awsd_may(a, "GetAccessKeyLastUsed", call->arn, call))
        return;
    json_array_foreach(json_object_get(root_of(a, call->root->account), "keys"), i, key)
    {
        const char *used = sandbox_text(key, "LastUsedDate");
        if (strcmp(sandbox_text(key, "AccessKeyId"), sandbox_text(form, "AccessKeyId")) != 0)
            continue;
        bytes_print(&b, INSIDE_MAX, "<UserName>root</UserName>\n<AccessKeyLastUsed>\n");
        add_field(&b, "Region", used[0] ? "us-east-1" : "N/A");
        add_field(&b, "ServiceName", used[0] ? "s3" : "N/A");
        if (used[0])
            add_field(&b, "LastUsedDate", used);
        bytes_print(&b, INSIDE_MAX, "</AccessKeyLastUsed>\n");
        finish(call, "GetAccessKeyLastUsed", &b);
        return;
    }
    awsd_refuse(call, 403, "AccessDenied", "The access key is none of this account.");
}

/* ---- what changes it ---- */

/* Its own object, to be changed. */
static json_t *own_root(struct awsd *a, const char *account)
{
    if (!json_object_get(a->roots, account))
        json_object_set_new(a->roots, account, json_pack("{s:s}", "account", account));
    return json_object_get(a->roots, account);
}

void awsd_delete_login_profile(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    (void)form;
    if (!awsd_may(a, "DeleteLoginProfile", call->arn, call))
        return;
    json_t *root = own_root(a, call->root->account);
    if (!sandbox_text(root, "password")[0]) {
        awsd_refuse(call, 404, "NoSuchEntity", "Login Profile for the root user cannot be found.");
        return;
    }
    json_object_del(root, "password");
    awsd_answer(call, "DeleteLoginProfile", "");
}

/* Of the root user without a password: it allows one to be recovered (IAM User Guide). */
void awsd_create_login_profile(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    struct bytes b = { .store = NULL };
    (void)form;
    if (!awsd_may(a, "CreateLoginProfile", call->arn, call))
        return;
    json_t *root = own_root(a, call->root->account);
    if (sandbox_text(root, "password")[0]) {
        awsd_refuse(call, 409, "EntityAlreadyExists",
                    "Login Profile for the root user already exists.");
        return;
    }
    json_object_set_new(root, "password", json_string(awsd_date_of(awsd_now_ms(a))));
    bytes_print(&b, INSIDE_MAX, "<LoginProfile>\n");
    add_field(&b, "CreateDate", sandbox_text(root, "password"));
    bytes_print(&b, INSIDE_MAX, "</LoginProfile>\n");
    finish(call, "CreateLoginProfile", &b);
}

/* The one of a list whose field has the value of the form. */
static void delete_one(struct awsd *a, const json_t *form, struct awsd_call *call,
                       const char *action, const char *kept, const char *field)
{
    if (!awsd_may(a, action, call->arn, call))
        return;
    json_t *list = json_object_get(own_root(a, call->root->account), kept);
    const char *wanted = sandbox_text(form, field);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(sandbox_text(json_array_get(list, i), field), wanted) != 0)
            continue;
        json_array_remove(list, i);
        awsd_answer(call, action, "");
        return;
    }
    awsd_refuse(call, 404, "NoSuchEntity", "The root user has none with this id.");
}

void awsd_delete_access_key(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    delete_one(a, form, call, "DeleteAccessKey", "keys", "AccessKeyId");
}

void awsd_delete_signing_certificate(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    delete_one(a, form, call, "DeleteSigningCertificate", "certificates", "CertificateId");
}

void awsd_deactivate_mfa_device(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    delete_one(a, form, call, "DeactivateMFADevice", "mfa", "SerialNumber");
}
