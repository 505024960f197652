/* SPDX-License-Identifier: Apache-2.0 */
/* Which request is for which endpoint and action, armed faults, and the answers. */
#include "tests/sandbox/aws/aws.h"
#include "tests/sandbox/aws/bucket.h"
#include "tests/sandbox/aws/control.h"
#include "tests/sandbox/aws/queue.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/net/bytes.h"
#include "tests/sandbox/net/form.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { XML_MAX = 256 * 1024, REQUEST_ID = 36, OPERATION_BYTES = 80, DATE_BYTES = 40 };
static const char prefix[] = "/aws/";

struct awsd *awsd_new(void)
{
    struct awsd *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->features = json_pack("[s, s]", "RootCredentialsManagement", "RootSessions");
    a->roots = json_object();
    a->no_root = json_object();
    a->buckets = json_object();
    a->queues = json_object();
    a->allowed = a->key_active = a->assumable = a->may_assume_root = true;
    snprintf(a->web_token, sizeof a->web_token, "%s", AWSD_WEB_TOKEN);
    return a;
}

void awsd_free(struct awsd *a)
{
    if (!a)
        return;
    json_decref(a->features);
    json_decref(a->roots);
    json_decref(a->no_root);
    json_decref(a->buckets);
    json_decref(a->queues);
    awsd_queue_done(&a->queue);
    free(a);
}

/* ---- XML ---- */

void awsd_escape(struct bytes *b, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': bytes_add(b, "&amp;", 5, XML_MAX); break;
        case '<': bytes_add(b, "&lt;", 4, XML_MAX); break;
        case '>': bytes_add(b, "&gt;", 4, XML_MAX); break;
        default: bytes_add(b, text, 1, XML_MAX);
        }
}

static char *taken(struct bytes *b)
{
    char *text = strdup(b->count ? bytes_at(b) : "");
    bytes_done(b);
    return text;
}

static const char *namespace_of(const struct awsd_call *call)
{
    return strcmp(call->service, "sts") == 0 ? "https://sts.amazonaws.com/doc/2011-06-15/"
                                             : "https://iam.amazonaws.com/doc/2010-05-08/";
}

void awsd_refuse(struct awsd_call *call, int status, const char *code, const char *message)
{
    char id[REQUEST_ID + 1];
    struct bytes b = { .store = NULL };
    if (strcmp(call->service, "s3") == 0) {
        awsd_bucket_refuse(call, status, code, message);
        return;
    }
    if (strcmp(call->service, "sqs") == 0) {
        awsd_queue_refuse(call, status, code, message);
        return;
    }
    sandbox_random(id, REQUEST_ID);
    bytes_print(&b, XML_MAX,
                "<ErrorResponse xmlns=\"%s\">\n  <Error>\n    <Type>%s</Type>\n    <Code>",
                namespace_of(call), status < 500 ? "Sender" : "Receiver");
    awsd_escape(&b, code);
    bytes_print(&b, XML_MAX, "</Code>\n    <Message>");
    awsd_escape(&b, message);
    bytes_print(&b, XML_MAX,
                "</Message>\n  </Error>\n  <RequestId>%s</RequestId>\n</ErrorResponse>\n", id);
    free(call->body);
    call->status = status;
    call->body = taken(&b);
    snprintf(call->note, sizeof call->note, "%s", code);
}

/* ---- the actions ---- */

void awsd_answer(struct awsd_call *call, const char *action, const char *inside)
{
    char id[REQUEST_ID + 1];
    struct bytes b = { .store = NULL };
    sandbox_random(id, REQUEST_ID);
    bytes_print(&b, XML_MAX,
                "<%1$sResponse xmlns=\"%2$s\">\n  <%1$sResult>\n%3$s  </%1$sResult>\n"
                "  <ResponseMetadata>\n    <RequestId>%4$s</RequestId>\n  </ResponseMetadata>\n"
                "</%1$sResponse>\n",
                action, namespace_of(call), inside, id);
    call->status = 200;
    call->body = taken(&b);
}

static void get_caller_identity(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    char inside[512];
    (void)a, (void)form;
    snprintf(inside, sizeof inside,
             "    <Arn>%s</Arn>\n    <UserId>AIDASANDBOX0000000001</UserId>\n"
             "    <Account>" AWSD_ACCOUNT "</Account>\n",
             call->arn);
    awsd_answer(call, "GetCallerIdentity", inside);
}

static void list_organizations_features(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    struct bytes b = { .store = NULL };
    size_t i;
    json_t *name;
    char why[512];
    (void)form;
    if (!a->allowed) {
        snprintf(why, sizeof why,
                 "User: %s is not authorized to perform: iam:ListOrganizationsFeatures on "
                 "resource: * because no identity-based policy allows the "
                 "iam:ListOrganizationsFeatures action",
                 call->arn);
        awsd_refuse(call, 403, "AccessDenied", why);
        return;
    }
    if (!json_is_array(a->features)) {
        awsd_refuse(call, 400, "ServiceAccessNotEnabledException",
                    "Trusted access is not enabled for IAM in your organization.");
        return;
    }
    bytes_print(&b, XML_MAX,
                "    <OrganizationId>" AWSD_ORGANIZATION "</OrganizationId>\n"
                "    <EnabledFeatures>\n");
    json_array_foreach(a->features, i, name)
    {
        bytes_print(&b, XML_MAX, "      <member>");
        awsd_escape(&b, json_string_value(name));
        bytes_print(&b, XML_MAX, "</member>\n");
    }
    bytes_print(&b, XML_MAX, "    </EnabledFeatures>\n");
    char *inside = taken(&b);
    awsd_answer(call, "ListOrganizationsFeatures", inside);
    free(inside);
}

static const struct action {
    const char *service, *name, *version;
    void (*answer)(struct awsd *, const json_t *form, struct awsd_call *);
    const char *parameters; /* between blanks: those that reguard has a use for */
    bool is_open;           /* it bears no signature */
} actions[] = {
    { "sts", "GetCallerIdentity", "2011-06-15", get_caller_identity, "", false },
    { "sts", "AssumeRole", "2011-06-15", awsd_assume_role,
      " RoleArn RoleSessionName DurationSeconds ExternalId ", false },
    { "sts", "AssumeRoleWithWebIdentity", "2011-06-15", awsd_assume_role_with_web_identity,
      " RoleArn RoleSessionName DurationSeconds WebIdentityToken ", true },
    { "sts", "AssumeRoot", "2011-06-15", awsd_assume_root,
      " TargetPrincipal TaskPolicyArn.arn DurationSeconds ", false },
    { "iam", "ListOrganizationsFeatures", "2010-05-08", list_organizations_features, "", false },
    { "iam", "GetUser", "2010-05-08", awsd_get_user, "", false },
    { "iam", "GetLoginProfile", "2010-05-08", awsd_get_login_profile, "", false },
    { "iam", "ListAccessKeys", "2010-05-08", awsd_list_access_keys, "", false },
    { "iam", "GetAccessKeyLastUsed", "2010-05-08", awsd_get_access_key_last_used, " AccessKeyId ",
      false },
    { "iam", "ListSigningCertificates", "2010-05-08", awsd_list_signing_certificates, "", false },
    { "iam", "ListMFADevices", "2010-05-08", awsd_list_mfa_devices, "", false },
    { "iam", "DeleteLoginProfile", "2010-05-08", awsd_delete_login_profile, "", false },
    { "iam", "CreateLoginProfile", "2010-05-08", awsd_create_login_profile, "", false },
    { "iam", "DeleteAccessKey", "2010-05-08", awsd_delete_access_key, " AccessKeyId ", false },
    { "iam", "DeleteSigningCertificate", "2010-05-08", awsd_delete_signing_certificate,
      " CertificateId ", false },
    { "iam", "DeactivateMFADevice", "2010-05-08", awsd_deactivate_mfa_device, " SerialNumber ",
      false },
};

static const struct action *action_of(const char *service, const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].service, service) == 0 && strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

bool awsd_is_listed(const char *names, const char *name)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, " %s ", name);
    return strstr(names, wanted) != NULL;
}

/* One that the action has no use for was meant for something else. */
static bool are_parameters(const struct action *action, const json_t *form)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)form, name, value)
    {
        if (strcmp(name, "Action") != 0 && strcmp(name, "Version") != 0 &&
            !awsd_is_listed(action->parameters, name))
            return false;
    }
    return true;
}

static void carry_out(struct awsd *a, const json_t *form, struct awsd_call *call)
{
    const char *type = web_request_header(call->web, "content-type"),
               *name = sandbox_text(form, "Action");
    const struct action *action = action_of(call->service, name);
    if (strcmp(call->service, "sqs") == 0) {
        awsd_queue_answer(a, call);
        return;
    }
    if (strcmp(call->service, "s3") == 0) {
        awsd_bucket_answer(a, call);
        return;
    }
    if (!(action && action->is_open) && !awsd_signed(a, call))
        return;
    if (strcmp(call->web->method, "POST") != 0 || !type ||
        strncmp(type, "application/x-www-form-urlencoded", 33) != 0)
        awsd_refuse(call, 400, "MalformedInput", "A form is wanted, by POST.");
    else if (!action || strcmp(sandbox_text(form, "Version"), action->version) != 0)
        awsd_refuse(call, 400, "InvalidAction", "Could not find operation for version.");
    else if (action->is_open && web_request_header(call->web, "authorization"))
        awsd_refuse(call, 400, "ValidationError", "This one bears no signature.");
    else if (!are_parameters(action, form))
        awsd_refuse(call, 400, "ValidationError", "There is a parameter that the model has not.");
    else
        action->answer(a, form, call);
}

/* ---- one request ---- */

static void refuse_by_fault(struct awsd_call *call, int status)
{
    bool busy = status == 400 || status == 429;
    free(call->body);
    call->body = NULL;
    awsd_refuse(call, status,
                busy            ? "Throttling"
                : status == 503 ? "ServiceUnavailable"
                                : "InternalFailure",
                busy ? "Rate exceeded" : "The request processing has failed.");
}

/* An armed error is "Code: message". */
static void error_by_fault(struct awsd_call *call, const struct fault *f)
{
    char code[sizeof f->error];
    const char *colon = strstr(f->error, ": ");
    snprintf(code, sizeof code, "%.*s", (int)(colon ? colon - f->error : (long)strlen(f->error)),
             f->error);
    awsd_refuse(call, f->status >= 400 ? f->status : 400, code, colon ? colon + 2 : "armed fault");
}

static void answer_with_fault(struct awsd *a, const struct fault *f, const json_t *form,
                              struct awsd_call *call)
{
    switch (f->kind) {
    case FAULT_STATUS: refuse_by_fault(call, f->status); return;
    case FAULT_ERROR: error_by_fault(call, f); return;
    case FAULT_BODY:
        call->status = f->status ? f->status : 200;
        call->body = strdup(f->body ? f->body : "");
        return;
    case FAULT_AFTER:
        carry_out(a, form, call);
        refuse_by_fault(call, f->status);
        return;
    case FAULT_NONE:
    case FAULT_LOST:
    case FAULT_DELAY: carry_out(a, form, call); return;
    }
}

/* The clock of AWS as a Date header (RFC 9110 5.6.7). */
static const char *date_of(const struct awsd *a)
{
    static char text[DATE_BYTES];
    time_t now = (time_t)(awsd_now_ms(a) / 1000);
    struct tm tm;
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
    return text;
}

static bool in_region(const char *host, const char *service, struct awsd_call *call)
{
    int end = 0;
    size_t bytes = strlen(service);
    snprintf(call->service, sizeof call->service, "%s", service);
    return strncmp(host, service, bytes) == 0 &&
           sscanf(host + bytes, ".%31[a-z0-9-].amazonaws.com%n", call->region, &end) == 1 &&
           bytes + (size_t)end == strlen(host);
}

/* "sts.REGION.amazonaws.com", "sqs.", "s3." with a path behind it, or one of those for which is
   signed with us-east-1. */
static bool endpoint_of(const char *path, struct awsd_call *call)
{
    char host[96];
    size_t bytes = strcspn(path, "/");
    if (bytes >= sizeof host)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)bytes, path);
    call->rest = path + bytes;
    if (in_region(host, "s3", call))
        return true;
    if (call->rest[0] && call->rest[1])
        return false;
    call->everywhere = strcmp(host, "sts.amazonaws.com") == 0;
    if (!call->everywhere && strcmp(host, "iam.amazonaws.com") != 0)
        return in_region(host, "sqs", call) || in_region(host, "sts", call);
    snprintf(call->service, sizeof call->service, "%.3s", host);
    snprintf(call->region, sizeof call->region, "us-east-1");
    return true;
}

static const char *name_of(const json_t *form, const struct awsd_call *call)
{
    const char *name = sandbox_text(form, "Action");
    if (strcmp(call->service, "sqs") == 0)
        return awsd_queue_action(call);
    if (strcmp(call->service, "s3") == 0)
        return awsd_bucket_action(call);
    return action_of(call->service, name) ? name : NULL;
}

static bool answer(void *self, const struct web_request *web, struct web_reply *reply)
{
    struct awsd *a = self;
    struct awsd_call call = { .web = web };
    if (awsd_local(self, web, reply))
        return true;
    char operation[OPERATION_BYTES];
    if (strncmp(web->path, prefix, sizeof prefix - 1) != 0 ||
        !endpoint_of(web->path + sizeof prefix - 1, &call))
        return false;
    json_t *form = form_fields(web->body ? web->body : "", web->body_bytes);
    const char *name = name_of(form, &call);
    snprintf(operation, sizeof operation, "aws.%s.%s", call.service, name ? name : "unknown");
    const struct fault f = fault_take(operation);
    answer_with_fault(a, &f, form, &call);
    json_decref(form);
    requests_note(operation, f.kind == FAULT_LOST ? 0 : call.status,
                  call.note[0] ? call.note : NULL);
    reply->status = call.status;
    reply->content_type = strcmp(call.service, "sqs") == 0 ? "application/x-amz-json-1.0"
                                                           : "text/xml";
    reply->body = call.body;
    reply->body_bytes = call.body ? strlen(call.body) : 0;
    reply->retry_after_s = f.kind == FAULT_STATUS ? f.retry_after_s : 0;
    reply->delay_ms = f.kind == FAULT_DELAY ? f.delay_ms : call.delay_ms;
    reply->drop = f.kind == FAULT_LOST;
    reply->extra_name = "Date";
    reply->extra_value = date_of(a);
    if (call.query_error[0]) {
        static char line[sizeof call.query_error + 32];
        snprintf(line, sizeof line, "x-amzn-query-error: %s\r\n", call.query_error);
        reply->more_headers = line;
    }
    return true;
}

struct service awsd_service(struct awsd *a)
{
    return (struct service){ .self = a,
                             .web = { a, answer, NULL },
                             .calls = awsd_calls,
                             .name = "aws",
                             .state = awsd_state };
}
