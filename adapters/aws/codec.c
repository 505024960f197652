/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/codec.h"
#include "core/limits.h"
#include "core/outside.h"
#include "host/json.h"
#include "net/sign.h"
#include "port/rootuser.h"

#include <string.h>

enum { WORDS_MOST = 240, CODE_MOST = 80, FEATURES_MOST = 16 };

const struct aws_action_row aws_actions[] = {
    [AWS_GET_CALLER_IDENTITY] = { AWS_STS, "GetCallerIdentity", "2011-06-15",
                                  "sts:GetCallerIdentity", false },
    [AWS_LIST_ORGANIZATIONS_FEATURES] = { AWS_IAM, "ListOrganizationsFeatures", "2010-05-08",
                                          "iam:ListOrganizationsFeatures", false },
    [AWS_ASSUME_ROLE] = { AWS_STS, "AssumeRole", "2011-06-15", "sts:AssumeRole", false },
    [AWS_ASSUME_ROLE_WITH_WEB_IDENTITY] = { AWS_STS, "AssumeRoleWithWebIdentity", "2011-06-15",
                                            "sts:AssumeRoleWithWebIdentity", false },
    [AWS_ASSUME_ROOT] = { AWS_STS, "AssumeRoot", "2011-06-15", "sts:AssumeRoot", false },
    [AWS_GET_USER] = { AWS_IAM, "GetUser", "2010-05-08", "iam:GetUser", false },
    [AWS_GET_LOGIN_PROFILE] = { AWS_IAM, "GetLoginProfile", "2010-05-08", "iam:GetLoginProfile",
                                false },
    [AWS_LIST_ACCESS_KEYS] = { AWS_IAM, "ListAccessKeys", "2010-05-08", "iam:ListAccessKeys",
                               false },
    [AWS_GET_ACCESS_KEY_LAST_USED] = { AWS_IAM, "GetAccessKeyLastUsed", "2010-05-08",
                                       "iam:GetAccessKeyLastUsed", false },
    [AWS_LIST_SIGNING_CERTIFICATES] = { AWS_IAM, "ListSigningCertificates", "2010-05-08",
                                        "iam:ListSigningCertificates", false },
    [AWS_LIST_MFA_DEVICES] = { AWS_IAM, "ListMFADevices", "2010-05-08", "iam:ListMFADevices",
                               false },
    [AWS_DELETE_LOGIN_PROFILE] = { AWS_IAM, "DeleteLoginProfile", "2010-05-08",
                                   "iam:DeleteLoginProfile", true },
    [AWS_CREATE_LOGIN_PROFILE] = { AWS_IAM, "CreateLoginProfile", "2010-05-08",
                                   "iam:CreateLoginProfile", true },
    [AWS_DELETE_ACCESS_KEY] = { AWS_IAM, "DeleteAccessKey", "2010-05-08", "iam:DeleteAccessKey",
                                true },
    [AWS_DELETE_SIGNING_CERTIFICATE] = { AWS_IAM, "DeleteSigningCertificate", "2010-05-08",
                                         "iam:DeleteSigningCertificate", true },
    [AWS_DEACTIVATE_MFA_DEVICE] = { AWS_IAM, "DeactivateMFADevice", "2010-05-08",
                                    "iam:DeactivateMFADevice", true },
    [AWS_GET_BUCKET_POLICY] = { AWS_S3, "GetBucketPolicy", "2006-03-01", "s3:GetBucketPolicy",
                                false },
    [AWS_DELETE_BUCKET_POLICY] = { AWS_S3, "DeleteBucketPolicy", "2006-03-01",
                                   "s3:DeleteBucketPolicy", true },
    [AWS_GET_QUEUE_ATTRIBUTES] = { AWS_SQS, "GetQueueAttributes", "2012-11-05",
                                   "sqs:GetQueueAttributes", false },
    [AWS_SET_QUEUE_ATTRIBUTES] = { AWS_SQS, "SetQueueAttributes", "2012-11-05",
                                   "sqs:SetQueueAttributes", true },
    [AWS_RECEIVE_MESSAGE] = { AWS_SQS, "ReceiveMessage", "2012-11-05", "sqs:ReceiveMessage",
                              false },
    [AWS_DELETE_MESSAGE] = { AWS_SQS, "DeleteMessage", "2012-11-05", "sqs:DeleteMessage", false },
};

static void add_field(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "&%s=", name);
    sign_add_encoded(b, value);
}

void aws_question(enum aws_action action, const struct aws_role *role, struct buf *b)
{
    const struct aws_action_row *row = &aws_actions[action];
    buf_addf(b, "Action=%s&Version=%s", row->name, row->version);
    if (!role)
        return;
    add_field(b, "RoleArn", role->arn);
    add_field(b, "RoleSessionName", role->session_name);
    buf_addf(b, "&DurationSeconds=%lld", (long long)(role->lasts_ms / MS_SECOND));
    if (role->external_id)
        add_field(b, "ExternalId", role->external_id);
    if (role->token)
        add_field(b, "WebIdentityToken", role->token);
}

/* ---- answers ---- */

const struct xml_element *aws_result_of(enum aws_action action, const char *body, size_t bytes,
                                        struct arena *arena, struct err *err)
{
    const char *name = aws_actions[action].name;
    const struct xml_element *root = xml_read(body, bytes, arena, err), *result = NULL;
    if (root && strcmp(root->name, arena_printf(arena, "%sResponse", name)) == 0)
        result = xml_inside(root, arena_printf(arena, "%sResult", name));
    if (root && !result)
        err_set(err, "it is no answer to this question");
    return result;
}

bool aws_is_id(const char *text, size_t most)
{
    size_t bytes = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    return bytes && !text[bytes] && bytes <= most;
}

/* "arn:PARTITION:SERVICE::ACCOUNT:…", of that account, in the characters that IAM has in names. */
static bool is_arn_of(const char *arn, const char *account, struct arena *arena)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  ":/+=,.@_-";
    return strncmp(arn, "arn:", 4) == 0 && strspn(arn, letters) == strlen(arn) &&
           strstr(arn, arena_printf(arena, "::%s:", account));
}

bool aws_read_identity(const char *body, size_t bytes, struct arena *arena,
                       struct aws_identity *ret, struct err *err)
{
    const struct xml_element *result = aws_result_of(AWS_GET_CALLER_IDENTITY, body, bytes, arena,
                                                     err);
    const char *account = xml_text_inside(result, "Account"), *arn = xml_text_inside(result, "Arn");
    if (!result)
        return false;
    if (!root_is_account(account) || !is_arn_of(arn, account, arena) ||
        !STR_SET(ret->account, account) || !STR_SET(ret->arn, arn))
        return err_set(err, "it names no account and ARN as AWS writes them");
    ret->is_root = strcmp(strrchr(arn, ':'), ":root") == 0;
    return true;
}

bool aws_read_features(const char *body, size_t bytes, struct arena *arena,
                       struct aws_features *ret, struct err *err)
{
    const struct xml_element *result = aws_result_of(AWS_LIST_ORGANIZATIONS_FEATURES, body, bytes,
                                                     arena, err);
    if (!result)
        return false;
    if (!xml_text_inside(result, "OrganizationId")[0])
        return err_set(err, "it names no organisation");
    const struct xml_element *list = xml_inside(result, "EnabledFeatures");
    const struct xml_element *one = list ? list->first : NULL;
    for (size_t n = 0; one; one = one->next, n++) {
        if (n == FEATURES_MOST || strcmp(one->name, "member") != 0)
            return err_set(err, "its list of features is none");
        ret->credentials_management |= strcmp(one->text, "RootCredentialsManagement") == 0;
        ret->sessions |= strcmp(one->text, "RootSessions") == 0;
    }
    return true;
}

/* ---- refusals ---- */

/* In the models the code of an exception may be written with and without its last word. */
static const struct {
    const char *code;
    enum aws_refusal refusal;
    const char *means;
    bool tells; /* AWS's own words, too */
} codes[] = {
    { "AccessDenied", AWS_REFUSED, "the credentials may not do that", true },
    { "UnauthorizedOperation", AWS_REFUSED, "the credentials may not do that", true },
    { "InvalidClientTokenId", AWS_REFUSED, "AWS knows no such active access key", false },
    { "UnrecognizedClient", AWS_REFUSED, "AWS knows no such active access key", false },
    { "InvalidAccessKeyId", AWS_REFUSED, "AWS knows no such active access key", false },
    { "ExpiredToken", AWS_ENDED, "the session of these credentials has ended", false },
    { "SignatureDoesNotMatch", AWS_CLOCK, "the secret is not that of this access key", false },
    { "InvalidSignature", AWS_CLOCK, "the secret is not that of this access key", false },
    { "IncompleteSignature", AWS_REFUSED, "AWS does not take the signature", false },
    { "RequestExpired", AWS_CLOCK, "the time of the request is not AWS's", false },
    { "RequestTimeTooSkewed", AWS_CLOCK, "the time of the request is not AWS's", false },
    { "Throttling", AWS_NOT_TAKEN, "AWS asks to slow down", false },
    { "ThrottledException", AWS_NOT_TAKEN, "AWS asks to slow down", false },
    { "RequestLimitExceeded", AWS_NOT_TAKEN, "AWS asks to slow down", false },
    { "TooManyRequests", AWS_NOT_TAKEN, "AWS asks to slow down", false },
    { "ServiceUnavailable", AWS_BUSY, "AWS has trouble of its own", false },
    { "InternalFailure", AWS_BUSY, "AWS has trouble of its own", false },
    { "ServiceFailure", AWS_BUSY, "AWS has trouble of its own", false },
    { "ValidationError", AWS_REFUSED, "AWS does not take a value of the question", false },
    { "InvalidIdentityToken", AWS_REFUSED, "AWS does not take the web identity", false },
    { "IDPRejectedClaim", AWS_REFUSED, "AWS does not take the web identity", false },
    { "IDPCommunicationError", AWS_BUSY, "AWS does not reach who made the web identity", false },
    { "OptInRequired", AWS_REFUSED, "the account has not signed up for the service", false },
    { "RegionDisabled", AWS_REFUSED, "the region is not on for the account", false },
    { "ServiceAccessNotEnabled", AWS_NEVER_SET_UP, "IAM has no trusted access yet", false },
    { "AccountNotManagementOrDelegatedAdministrator", AWS_REFUSED,
      "only the management account and the one that IAM is delegated to may ask", false },
    { "NoSuchBucketPolicy", AWS_ABSENT, "the bucket has none", false },
    { "NoSuchBucket", AWS_REFUSED, "there is no such bucket", false },
    { "InvalidBucketName", AWS_REFUSED, "that is no bucket's name", false },
    { "PermanentRedirect", AWS_REFUSED, "the bucket is not in the region of [aws]", false },
    { "AuthorizationHeaderMalformed", AWS_REFUSED, "the bucket is not in the region of [aws]",
      false },
    { "SlowDown", AWS_NOT_TAKEN, "AWS asks to slow down", false },
    { "InternalError", AWS_BUSY, "AWS has trouble of its own", false },
    { "OperationAborted", AWS_NOT_TAKEN, "another change of the bucket is under way", false },
    { "NoSuchEntity", AWS_ABSENT, "there is none", false },
    { "EntityAlreadyExists", AWS_ABSENT, "there is one already", false },
    { "EntityTemporarilyUnmodifiable", AWS_NOT_TAKEN, "it cannot be changed for a moment", false },
    { "AWS.SimpleQueueService.NonExistentQueue", AWS_REFUSED, "there is no such queue", false },
    { "QueueDoesNotExist", AWS_REFUSED, "there is no such queue", false },
    { "ReceiptHandleIsInvalid", AWS_ABSENT, "its receipt is not that of a message", false },
    { "OverLimit", AWS_BUSY, "too many messages are received and not deleted", false },
    { "RequestThrottled", AWS_NOT_TAKEN, "AWS asks to slow down", false },
    { "KmsAccessDenied", AWS_REFUSED, "the credentials may not decrypt what is in the queue",
      false },
    { "OrganizationNotFound", AWS_REFUSED, "the account is in no organisation", false },
    { "OrganizationNotInAllFeaturesMode", AWS_REFUSED,
      "the organisation has consolidated billing only", false },
};

static bool is_code(const char *code, const char *wanted)
{
    size_t bytes = strlen(wanted);
    return strncmp(code, wanted, bytes) == 0 &&
           (!code[bytes] || strcmp(code + bytes, "Exception") == 0);
}

/* As AWS has it, which is not to be believed. */
struct refused {
    const char *code, *words;
};

/* <ErrorResponse><Error><Code>; of S3 <Error> alone. */
static struct refused xml_refused(const char *body, size_t bytes, struct arena *arena)
{
    struct err ignored = { "" };
    const struct xml_element *root = xml_read(body, bytes, arena, &ignored),
                             *error = !root                              ? NULL
                                      : strcmp(root->name, "Error") == 0 ? root
                                      : strcmp(root->name, "ErrorResponse") == 0
                                          ? xml_inside(root, "Error")
                                          : NULL;
    return (struct refused){ xml_text_inside(error, "Code"), xml_text_inside(error, "Message") };
}

/* {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":…}: of the type what is behind the
   sign, if there is one (AWS JSON 1.0 protocol, "Operation error serialization"). */
static struct refused json_refused(const char *body, size_t bytes, struct arena *arena)
{
    JSON_AUTO *error = json_read(body, bytes, LIMIT_XML_BYTES, NULL);
    const char *type = json_text_or_empty(error, "__type"), *sign = strrchr(type, '#'),
               *words = json_text(error, "message");
    return (
        struct refused){ arena_copy(arena, sign ? sign + 1 : type),
                         arena_copy(arena, words ? words : json_text_or_empty(error, "Message")) };
}

/* A code that is a word, or "". */
static const char *word_of(const char *code)
{
    size_t bytes = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.");
    return code[bytes] || bytes > CODE_MOST ? "" : code;
}

static enum aws_refusal unknown(const char *action, long status, const char *code, struct err *err)
{
    bool passes = status == 429 || status >= 500;
    err_set(err, "%s: AWS answered %ld%s%s", action, status, code[0] ? ", " : "", code);
    return status == 429 ? AWS_NOT_TAKEN : passes ? AWS_BUSY : AWS_REFUSED;
}

enum aws_refusal aws_explain(enum aws_action action, long status, const char *body, size_t bytes,
                             struct arena *arena, struct err *err)
{
    const char *name = aws_actions[action].action;
    const struct refused r = aws_actions[action].service == AWS_SQS
                                 ? json_refused(body, bytes, arena)
                                 : xml_refused(body, bytes, arena);
    const char *code = word_of(r.code);
    size_t i = 0;
    while (i < COUNT(codes) && !is_code(code, codes[i].code))
        i++;
    if (i == COUNT(codes))
        return unknown(name, status, code, err);
    const char *words = codes[i].tells && action != AWS_ASSUME_ROLE_WITH_WEB_IDENTITY ? r.words
                                                                                      : "";
    err_set(err, "%s: %s (%s)%s%s", name, codes[i].means, code, words[0] ? ": " : "",
            words[0] ? outside_words(arena, words, WORDS_MOST) : "");
    return codes[i].refusal;
}
