/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tasks.h"
#include "core/buf.h"
#include "core/target.h"

#include <string.h>

static const struct task table[] = {
    { "billing", "Activate IAM access to the Billing console, some billing and tax invoice actions",
      TASK_NEEDS_ROOT,
      "• Sign in as root and open Account settings.\n• Under “IAM user and role access to Billing "
      "information” choose Edit, tick Activate, save.\n"
      "• For certain tax invoices open Billing, Bills, and download them in the same session." },
    { "root-password", "Change the root user's password", TASK_NEEDS_ROOT,
      "• Sign in as root, open Security credentials, change the password.\n• Store it where your "
      "team keeps root passwords; check that MFA is on." },
    { "root-keys", "Create or delete root access keys (discouraged)", TASK_NEEDS_ROOT,
      "Root access keys are rarely right: prefer short-lived root credentials with `aws "
      "login`.\nIf you must: Security credentials, Access keys. Delete them before you finish." },
    { "iam-admin", "Restore the permissions of the only IAM administrator", TASK_NEEDS_ROOT,
      "Try OrganizationAccountAccessRole or Identity Center first; they need no root user.\nElse "
      "sign in as root, open IAM, attach AdministratorAccess to the administrator again." },
    { "mfa-delete", "Switch S3 MFA Delete on or off", TASK_NEEDS_ROOT,
      "• Get short-lived root credentials with `aws login`.\n• Run `aws s3api "
      "put-bucket-versioning` with --mfa \"SERIAL CODE\" and MFADelete set." },
    { "ri-seller", "Register as a Reserved Instance Marketplace seller", TASK_NEEDS_ROOT,
      "Sign in as root and open the Reserved Instance Marketplace seller registration." },
    { "govcloud", "Sign up for AWS GovCloud (US)", TASK_NEEDS_ROOT,
      "Sign in as root, open Account, choose Sign up for AWS GovCloud (US). Its root keys come "
      "from AWS Support." },
    { "other", "Something else that needs the root user", TASK_NEEDS_ROOT,
      "Say in the reason what it is. Do that one thing, then sign out." },
    { "s3-lockout", "Unlock an S3 bucket whose policy denies everybody", TASK_CENTRALIZED,
      "In the management account: IAM, Root access management, pick the account, “Delete S3 bucket "
      "policy” (sts:AssumeRoot with S3UnlockBucketPolicy)." },
    { "sqs-lockout", "Unlock an SQS queue whose policy denies everybody", TASK_CENTRALIZED,
      "In the management account: IAM, Root access management, pick the account, “Delete SQS queue "
      "policy” (sts:AssumeRoot with SQSUnlockQueuePolicy)." },
    { TASK_CREDENTIALS, "Audit or delete root credentials", TASK_CENTRALIZED,
      "In the management account: IAM, Root access management, pick the account, “Delete root user "
      "credentials” (IAMAuditRootUserCredentials, IAMDeleteRootUserCredentials)." },
    { TASK_RECOVERY, "Allow root password recovery", TASK_CENTRALIZED,
      "In the management account: IAM, Root access management, pick the account, “Allow password "
      "recovery” (IAMCreateRootUserPassword)." },
    { "email", "Change the root e-mail address of a member account", TASK_CENTRALIZED,
      "In the management account: AWS Organizations, the account, Contact information, “Update "
      "root user email” (account:StartPrimaryEmailUpdate)." },
    { "close", "Close a member account", TASK_CENTRALIZED,
      "In the management account: AWS Organizations, the account, Close "
      "(organizations:CloseAccount)." },
    { "contacts", "Change account name or contacts", TASK_CENTRALIZED,
      "In the management account: AWS Organizations, the account, Contact information (Account "
      "Management API)." },
    { "regions", "Enable or disable Regions", TASK_CENTRALIZED,
      "In the management account: AWS Organizations, the account, Regions (account:EnableRegion, "
      "account:DisableRegion)." },
    { "kms", "A KMS key that nobody can manage any more", TASK_SUPPORT,
      "Open a case with AWS Support; they verify through the root user's phone. No lift is "
      "needed." },
    { "support-plan", "Register for Enterprise support as root", TASK_UNRESTRICTED,
      "SCPs do not apply to this; just sign in as root and do it." },
    { "cloudfront-signer", "Trusted signer for CloudFront", TASK_UNRESTRICTED,
      "SCPs do not apply to this; just sign in as root and do it." },
    { "reverse-dns", "Reverse DNS for Lightsail or EC2 mail", TASK_UNRESTRICTED,
      "SCPs do not apply to this; just sign in as root and do it." },
    { "mturk", "Link a Mechanical Turk account", TASK_UNRESTRICTED,
      "SCPs do not apply to this; just sign in as root and do it." },
    { 0 },
};

static const struct doable_words of_policy = {
    .nothing = "has no policy, so there is nothing to delete",
    .plan = "I look once more whether that very policy stands there, delete it and look whether it "
            "is gone.",
    .what = "the policy of",
    .is_done = "is deleted",
    .is_found = "is gone",
    .end = "The old one is on record, and nothing was lifted.",
    .gone = "there was no policy any more",
    .changed = "its policy is not the one that was approved any more",
    .another = "another policy stands there now",
    .stands = "the policy stands there",
    .may_yet = "it may go yet",
};

static const struct doable_words of_credentials = {
    .nothing = "has no password, access keys, certificates and MFA devices, so there is nothing to "
               "delete",
    .plan = "I look once more whether just these credentials are there, delete one after the other "
            "and look whether they are gone.",
    .what = "the credentials of the root user",
    .of_root = true,
    .is_done = "are deleted",
    .is_found = "are gone",
    .end = "What they were is on record, and nothing was lifted.",
    .gone = "there were none any more",
    .changed = "they are not those that were approved any more",
    .stands = "all of them are there",
    .may_yet = "they may go yet",
};

static const struct doable_words of_recovery = {
    .nothing = "has a password, so that it can be recovered already",
    .plan = "I look once more whether there is no password, allow that one is recovered and look "
            "whether that is allowed.",
    .what = "recovery of the root user's password",
    .of_root = true,
    .is_done = "is allowed",
    .is_found = "is allowed",
    .end = "Whoever reads the root mailbox can set one now; nothing was lifted.",
    .gone = "there was a password already",
    .changed = "it is not what was approved any more",
    .another = "it is something else now",
    .stands = "there is no password",
    .may_yet = "recovery may be allowed yet",
};

static const struct doable doables[] = {
    { "s3-lockout", "bucket", "BUCKET", "its name, like my-bucket", "S3 bucket",
      "delete the policy of the S3 bucket", target_bucket_problem, &of_policy },
    { "sqs-lockout", "queue", "QUEUE", "its name, its ARN or its URL", "SQS queue",
      "delete the policy of the SQS queue", target_queue_problem, &of_policy },
    { TASK_CREDENTIALS, NULL, "", NULL, "the root user", "delete the credentials of the root user",
      NULL, &of_credentials },
    { TASK_RECOVERY, NULL, "", NULL, "the root user",
      "allow the root user's password to be recovered", NULL, &of_recovery },
};

const struct doable *task_doable(const struct task *t)
{
    for (size_t i = 0; t && i < COUNT(doables); i++)
        if (str_equal(doables[i].task, t->name))
            return &doables[i];
    return NULL;
}

const struct doable_words *task_words(const char *task)
{
    const struct doable *can = task_doable(task_named(task));
    return can ? can->words : &of_policy;
}

bool task_take_target(const struct doable *can, const char *typed, char *to, size_t bytes)
{
    if (can && !can->noun)
        return str_copy(to, bytes, TASK_ROOT_USER);
    typed += strspn(typed, " ");
    size_t length = strlen(typed);
    while (length && typed[length - 1] == ' ')
        length--;
    CLEANUP(buf_done) struct buf bare;
    buf_init(&bare, length + 1);
    buf_add_bytes(&bare, typed, length);
    if (target_take(buf_text(&bare), to, bytes))
        return true;
    to[0] = '\0'; /* no example shows half of it */
    return false;
}

const struct task *task_table(void) { return table; }

const char *task_why_no_window(const struct task *t)
{
    switch (t->need) {
    case TASK_NEEDS_ROOT: return NULL;
    case TASK_CENTRALIZED:
        return "does not need the member account's root user any more, so no lift is needed";
    case TASK_SUPPORT: return "is done by AWS Support, so no lift is needed";
    case TASK_UNRESTRICTED: break;
    }
    return "is not restricted by service control policies, so a lift changes nothing for it";
}

const struct task *task_named(const char *name)
{
    for (const struct task *t = table; t->name; t++)
        if (str_equal_nocase(t->name, name))
            return t;
    return NULL;
}
