/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: the service model of S3 (2006-03-01: GetBucketPolicy, DeleteBucketPolicy); S3 User
   Guide, "Error responses"; S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
 */
#include "tests/sandbox/aws/bucket.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_MAX = 128 * 1024, NAME_BYTES = 64, ID_BYTES = 16 };

bool awsd_bucket_set(struct awsd *a, const json_t *value)
{
    const char *name = sandbox_text(value, "name");
    return name[0] && json_object_set_new(a->buckets, name, json_deep_copy(value)) == 0;
}

/* S3 has words of its own for a key that it does not know. */
void awsd_bucket_refuse(struct awsd_call *call, int status, const char *code, const char *message)
{
    char id[ID_BYTES + 1];
    struct bytes b = { .store = NULL };
    const char *said = strcmp(code, "InvalidClientTokenId") == 0 ? "InvalidAccessKeyId" : code;
    sandbox_random(id, ID_BYTES);
    bytes_print(&b, ERROR_MAX,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>",
                said);
    awsd_escape(&b, message);
    bytes_print(&b, ERROR_MAX, "</Message><RequestId>%s</RequestId></Error>\n", id);
    free(call->body);
    call->status = status;
    call->body = strdup(bytes_at(&b));
    bytes_done(&b);
    snprintf(call->note, sizeof call->note, "%s", said);
}

/* "/BUCKET", by path. False: that is no bucket's name. */
static bool name_of(const struct awsd_call *call, char to[NAME_BYTES])
{
    size_t bytes = strlen(call->rest);
    if (bytes < 1 + 3 || bytes > NAME_BYTES || call->rest[0] != '/' ||
        strspn(call->rest + 1, "abcdefghijklmnopqrstuvwxyz0123456789.-") != bytes - 1)
        return false;
    snprintf(to, NAME_BYTES, "%s", call->rest + 1);
    return true;
}

const char *awsd_bucket_action(const struct awsd_call *call)
{
    const char *query = call->web->query;
    if (strcmp(query, "policy") != 0 && strcmp(query, "policy=") != 0)
        return NULL;
    return strcmp(call->web->method, "GET") == 0      ? "GetBucketPolicy"
           : strcmp(call->web->method, "DELETE") == 0 ? "DeleteBucketPolicy"
                                                      : NULL;
}

/* Only the owner's root user is let in, and where it is said whose bucket is meant, it has to be.
 */
static bool may(const struct awsd *a, const json_t *bucket, const char *name, const char *action,
                struct awsd_call *call)
{
    char arn[NAME_BYTES + 16];
    const char *owner = sandbox_text(bucket, "account"),
               *wanted = web_request_header(call->web, "x-amz-expected-bucket-owner");
    snprintf(arn, sizeof arn, "arn:aws:s3:::%s", name);
    if (!awsd_may(a, action, arn, call))
        return false;
    if (strcmp(owner, call->root->account) == 0 && (!wanted || strcmp(wanted, owner) == 0))
        return true;
    awsd_refuse(call, 403, "AccessDenied", "Access Denied");
    return false;
}

static void carry_out(json_t *bucket, const char *action, struct awsd_call *call)
{
    const char *policy = json_string_value(json_object_get(bucket, "policy"));
    bool reads = strcmp(action, "GetBucketPolicy") == 0;
    if (reads && !policy) {
        awsd_refuse(call, 404, "NoSuchBucketPolicy", "The bucket policy does not exist");
        return;
    }
    /* What is deleted already may be deleted again. */
    call->status = reads ? 200 : 204;
    call->body = strdup(reads ? policy : "");
    if (!reads)
        json_object_del(bucket, "policy");
}

void awsd_bucket_answer(struct awsd *a, struct awsd_call *call)
{
    char name[NAME_BYTES];
    const char *action = awsd_bucket_action(call);
    if (!awsd_signed(a, call))
        return;
    if (!web_request_header(call->web, "x-amz-content-sha256"))
        awsd_refuse(call, 400, "InvalidRequest",
                    "Missing required header for this request: x-amz-content-sha256");
    else if (!action)
        awsd_refuse(call, 501, "NotImplemented", "The sandbox has no such call.");
    else if (!name_of(call, name))
        awsd_refuse(call, 400, "InvalidBucketName", "The specified bucket is not valid.");
    if (!action || call->body)
        return;
    json_t *bucket = json_object_get(a->buckets, name);
    if (!bucket)
        awsd_refuse(call, 404, "NoSuchBucket", "The specified bucket does not exist");
    else if (strcmp(sandbox_text(bucket, "region"), call->region) != 0)
        awsd_refuse(call, 301, "PermanentRedirect",
                    "The bucket you are attempting to access must be addressed using the "
                    "specified endpoint.");
    else if (may(a, bucket, name, action, call))
        carry_out(bucket, action, call);
}
