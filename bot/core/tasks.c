/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tasks.h"

#include <string.h>

/* Of a general purpose bucket (S3 User Guide, "General purpose bucket naming rules"). */
static const char *bucket_problem(const char *name)
{
    enum { LEAST = 3, MOST = 63 };
    static const char ends[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t bytes = strlen(name);
    if (bytes < LEAST || bytes > MOST)
        return "a bucket's name has 3 to 63 characters";
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != bytes)
        return "a bucket's name has lower case letters, digits, dots and hyphens";
    if (!strchr(ends, name[0]) || !strchr(ends, name[bytes - 1]) || strstr(name, ".."))
        return "a bucket's name begins and ends with a letter or a digit, and has no two dots in a "
               "row";
    return strspn(name, "0123456789.") == bytes && strchr(name, '.')
               ? "a bucket's name does not look like an address"
               : NULL;
}

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
    { "credentials", "Audit or delete root credentials", TASK_CENTRALIZED,
      "In the management account: IAM, Root access management, pick the account, “Delete root user "
      "credentials” (IAMAuditRootUserCredentials, IAMDeleteRootUserCredentials)." },
    { "recovery", "Allow root password recovery", TASK_CENTRALIZED,
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

static const struct doable doables[] = {
    { "s3-lockout", "S3 bucket", "delete the policy of the S3 bucket", bucket_problem },
};

const struct doable *task_doable(const struct task *t)
{
    for (size_t i = 0; t && i < COUNT(doables); i++)
        if (str_equal(doables[i].task, t->name))
            return &doables[i];
    return NULL;
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
