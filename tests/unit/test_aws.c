/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of AWS and how its answers are read: where, which XML is refused, what each refusal
   means, which settings cannot be. */
#include "tests/unit/unit.h"

#include "adapters/aws/codec.h"
#include "adapters/aws/kind.h"
#include "adapters/aws/queue.h"
#include "adapters/aws/settings.h"
#include "adapters/aws/setup.h"
#include "adapters/aws/xml.h"
#include "core/limits.h"
#include "host/secret.h"
#include "net/http.h"
#include "net/loop.h"

#include <string.h>

#define FEATURES_BEGIN                                                                        \
    "<ListOrganizationsFeaturesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">" \
    "<ListOrganizationsFeaturesResult>"
#define FEATURES_END                                                                 \
    "</ListOrganizationsFeaturesResult><ResponseMetadata><RequestId>x</RequestId></" \
    "ResponseMetadata>"                                                              \
    "</ListOrganizationsFeaturesResponse>"
#define ORGANIZATION "<OrganizationId>o-abc1234567</OrganizationId>"
#define IDENTITY(arn, account)                                                          \
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"   \
    "<GetCallerIdentityResult><Arn>" arn "</Arn><UserId>AIDA</UserId><Account>" account \
    "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct xml_element *read_text(const char *text, struct err *err)
{
    return xml_read(text, strlen(text), &arena, err);
}

static void wants_refused(const char *text, const char *why)
{
    struct err err = { "" };
    assert_null(read_text(text, &err));
    if (!strstr(err.text, why))
        fail_msg("“%s” instead of “%s”", err.text, why);
}

static void xml_becomes_a_tree(void **state)
{
    (void)state;
    struct err err = { "" };
    const struct xml_element *root = read_text(
        "<?xml version=\"1.0\"?>\n<a x=\"y\"><!-- no --><b>1 &amp; 2 &#x3c;</b> <b>2</b><c/></a>",
        &err);
    assert_non_null(root);
    assert_string_equal(root->name, "a");
    assert_string_equal(root->text, "");
    assert_string_equal(xml_text_inside(root, "b"), "1 & 2 <");
    assert_string_equal(xml_inside(root, "b")->next->text, "2");
    assert_string_equal(xml_text_inside(root, "c"), "");
    assert_null(xml_inside(root, "d"));
    assert_null(xml_inside(NULL, "d"));
    assert_string_equal(xml_text_inside(NULL, "d"), "");
}

static void entities_and_instructions_are_refused(void **state)
{
    (void)state;
    wants_refused("<!DOCTYPE a><a/>", "document type");
    wants_refused("<!DOCTYPE a [<!ENTITY b \"x\">]><a>&b;</a>", "document type");
    wants_refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "document type");
    wants_refused("<!DOCTYPE a [<!ENTITY % b SYSTEM \"http://x/\"> %b;]><a/>", "document type");
    wants_refused("<a><?php x?></a>", "processing instruction");
    wants_refused("<a>&b;</a>", "no XML");
}

static void what_is_no_xml_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = { "",          "{}",       "<a>",
                                         "<a></b>",   "<a/><b/>", "<a>\xff</a>",
                                         "text <a/>", "<a b>",    "&lt;" };
    for (size_t i = 0; i < COUNT(texts); i++)
        wants_refused(texts[i], "no XML");
    struct err err = { "" };
    assert_null(xml_read("<a>\0</a>", 8, &arena, &err));
    assert_non_null(strstr(err.text, "no text"));
}

/* Each ceiling holds what is at it, and refuses one more. */
static void xml_has_ceilings(void **state)
{
    (void)state;
    struct err err = { "" };
    for (int over = 0; over <= 1; over++) {
        CLEANUP(buf_done) struct buf deep, many, lengthy;
        buf_init(&deep, 1 << 20);
        buf_init(&many, 1 << 20);
        buf_init(&lengthy, 1 << 20);
        for (int i = 0; i < LIMIT_XML_DEPTH + over; i++)
            buf_add(&deep, "<a>");
        for (int i = 0; i < LIMIT_XML_DEPTH + over; i++)
            buf_add(&deep, "</a>");
        buf_add(&many, "<a>");
        for (int i = 1; i < LIMIT_XML_ELEMENTS + over; i++)
            buf_add(&many, "<b/>");
        buf_add(&many, "</a>");
        buf_add(&lengthy, "<a>");
        for (int i = 0; i < LIMIT_XML_BYTES - 7 + over; i++)
            buf_add_char(&lengthy, 'x');
        buf_add(&lengthy, "</a>");
        if (over) {
            wants_refused(buf_text(&deep), "nested too deeply");
            wants_refused(buf_text(&many), "too many elements");
            wants_refused(buf_text(&lengthy), "too long");
        } else {
            assert_non_null(read_text(buf_text(&deep), &err));
            assert_non_null(read_text(buf_text(&many), &err));
            assert_non_null(read_text(buf_text(&lengthy), &err));
        }
    }
}

static void identities_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool good, root;
    } rows[] = {
        { IDENTITY("arn:aws:iam::111122223333:user/a/b@c", "111122223333"), true, false },
        { IDENTITY("arn:aws-us-gov:sts::111122223333:assumed-role/r/s", "111122223333"), true,
          false },
        { IDENTITY("arn:aws:iam::111122223333:root", "111122223333"), true, true },
        { IDENTITY("arn:aws:iam::111122223333:user/root", "111122223333"), true, false },
        { IDENTITY("arn:aws:iam::111122223333:user/a", "11112222333"), false, false },
        { IDENTITY("arn:aws:iam::111122223333:user/a", "444455556666"), false, false },
        { IDENTITY("arn:aws:iam::111122223333:user/a b", "111122223333"), false, false },
        { IDENTITY("x:aws:iam::111122223333:user/a", "111122223333"), false, false },
        { IDENTITY("", ""), false, false },
        { "<GetCallerIdentityResponse/>", false, false },
        { FEATURES_BEGIN ORGANIZATION FEATURES_END, false, false },
        { "no", false, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aws_identity who = { .account = "" };
        struct err err = { "" };
        bool good = aws_read_identity(rows[i].body, strlen(rows[i].body), &arena, &who, &err);
        if (good != rows[i].good)
            fail_msg("%s: %s", rows[i].body, err.text);
        assert_int_equal(who.is_root, rows[i].root);
        assert_true(good || err.text[0]);
    }
}

static void features_are_read(void **state)
{
    (void)state;
#define ON(name) "<member>" name "</member>"
#define LIST(features) \
    FEATURES_BEGIN ORGANIZATION "<EnabledFeatures>" features "</EnabledFeatures>" FEATURES_END
    static const struct {
        const char *body;
        bool good, management, sessions;
    } rows[] = {
        { LIST(""), true, false, false },
        { FEATURES_BEGIN ORGANIZATION FEATURES_END, true, false, false },
        { LIST(ON("RootCredentialsManagement")), true, true, false },
        { LIST(ON("RootSessions") ON("Other")), true, false, true },
        { LIST(ON("RootSessions") ON("RootCredentialsManagement")), true, true, true },
        { LIST(ON("rootsessions") ON("RootSessionsNot")), true, false, false },
        { LIST("<entry>RootSessions</entry>"), false, false, false },
        { FEATURES_BEGIN "<EnabledFeatures>" ON("RootSessions") "</EnabledFeatures>" FEATURES_END,
          false, false, false },
        { "<ListOrganizationsFeaturesResponse/>", false, false, false },
        { "", false, false, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aws_features f = { .never_set_up = false };
        struct err err = { "" };
        bool good = aws_read_features(rows[i].body, strlen(rows[i].body), &arena, &f, &err);
        if (good != rows[i].good)
            fail_msg("%s: %s", rows[i].body, err.text);
        if (good) {
            assert_int_equal(f.credentials_management, rows[i].management);
            assert_int_equal(f.sessions, rows[i].sessions);
        }
    }
}

static void refusals_are_explained(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *code, *words;
        enum aws_refusal refusal;
    } rows[] = {
        { 403, "AccessDenied", "may not do that (AccessDenied): because of it", AWS_REFUSED },
        { 403, "AccessDeniedException", "may not do that (AccessDeniedException)", AWS_REFUSED },
        { 403, "InvalidClientTokenId", "no such active access key", AWS_REFUSED },
        { 403, "ExpiredToken", "has ended", AWS_ENDED },
        { 403, "ExpiredTokenException", "has ended", AWS_ENDED },
        { 403, "SignatureDoesNotMatch", "secret is not that of", AWS_CLOCK },
        { 400, "RequestExpired", "time of the request", AWS_CLOCK },
        { 400, "Throttling", "slow down", AWS_NOT_TAKEN },
        { 429, "TooManyRequestsException", "slow down", AWS_NOT_TAKEN },
        { 503, "ServiceUnavailable", "trouble of its own", AWS_BUSY },
        { 400, "ServiceAccessNotEnabledException", "trusted access", AWS_NEVER_SET_UP },
        { 404, "OrganizationNotFoundException", "in no organisation", AWS_REFUSED },
        { 400, "OrganizationNotInAllFeaturesModeException", "consolidated", AWS_REFUSED },
        { 400, "AccountNotManagementOrDelegatedAdministratorException", "management account",
          AWS_REFUSED },
        { 400, "ThrottlingNot", "AWS answered 400, ThrottlingNot", AWS_REFUSED },
        { 500, "Whatever", "AWS answered 500, Whatever", AWS_BUSY },
        { 403, "<b/>", "AWS answered 403", AWS_REFUSED },
        { 403, "a b", "AWS answered 403", AWS_REFUSED },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = { "" };
        const char *body = arena_printf(&arena,
                                        "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code>"
                                        "<Message>because of it</Message></Error></ErrorResponse>",
                                        rows[i].code);
        assert_int_equal(aws_explain(AWS_LIST_ORGANIZATIONS_FEATURES, rows[i].status, body,
                                     strlen(body), &arena, &err),
                         rows[i].refusal);
        if (!strstr(err.text, rows[i].words) ||
            strncmp(err.text, "iam:ListOrganizationsFeatures: ", 31) != 0)
            fail_msg("%s: “%s”", rows[i].code, err.text);
        bool tells = strncmp(rows[i].code, "AccessDenied", 12) == 0;
        assert_true(tells == (strstr(err.text, "because of it") != NULL));
        assert_null(strstr(err.text, "a b"));
    }
    struct err err = { "" };
    assert_int_equal(aws_explain(AWS_GET_CALLER_IDENTITY, 502, "<html>", 6, &arena, &err),
                     AWS_BUSY);
    assert_string_equal(err.text, "sts:GetCallerIdentity: AWS answered 502");
}

static void hostile_words_of_a_refusal_are_made_harmless(void **state)
{
    (void)state;
    static const char body[] = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>"
                               "one\nPROBLEM `two` &#x202e;</Message></Error></ErrorResponse>";
    struct err err = { "" };
    aws_explain(AWS_GET_CALLER_IDENTITY, 403, body, sizeof body - 1, &arena, &err);
    assert_non_null(strstr(err.text, "one PROBLEM"));
    assert_null(strpbrk(err.text, "\n`"));
    assert_null(strstr(err.text, "\u202e"));
}

static void each_region_has_its_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *region, *partition, *sts, *iam, *iam_signs;
    } rows[] = {
        { "eu-central-1", "aws", "https://sts.eu-central-1.amazonaws.com",
          "https://iam.amazonaws.com", "us-east-1" },
        { "us-gov-east-1", "aws-us-gov", "https://sts.us-gov-east-1.amazonaws.com",
          "https://iam.us-gov.amazonaws.com", "us-gov-west-1" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(endpoint_partition(rows[i].region), rows[i].partition);
        assert_string_equal(endpoint_url(AWS_STS, rows[i].region, &arena), rows[i].sts);
        assert_string_equal(endpoint_url(AWS_IAM, rows[i].region, &arena), rows[i].iam);
        assert_string_equal(endpoint_signs_for(AWS_STS, rows[i].region), rows[i].region);
        assert_string_equal(endpoint_signs_for(AWS_IAM, rows[i].region), rows[i].iam_signs);
    }
    static const char *const none[] = { "",
                                        "Frankfurt",
                                        "cn-north-1",
                                        "eu-central",
                                        "eu.west-1",
                                        "eu-west-1/",
                                        "us-iso-east-1",
                                        "-1",
                                        "eu-west-1a",
                                        "EU-WEST-1",
                                        "eu-west-1234567890123456789" };
    for (size_t i = 0; i < COUNT(none); i++)
        assert_null(endpoint_partition(none[i]));
}

static void values_that_cannot_be_are_told(void **state)
{
    (void)state;
    const struct setting *region = setting_named(aws_kind.section, "region"),
                         *key = setting_named(aws_kind.section, "access_key_id");
    assert_null(region->advice("eu-central-1", NULL));
    assert_non_null(strstr(region->advice("cn-north-1", NULL), "China"));
    assert_non_null(region->advice("Frankfurt", NULL));
    assert_null(key->advice("AKIAIOSFODNN7EXAMPLE", NULL));
    static const char *const wrong[] = { "AKIA", "akiaiosfodnn7example", "AKIAIOSFODNN7EXAMPL/",
                                         "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_non_null(strstr(key->advice(wrong[i], NULL), "secret_access_key_file"));
    assert_int_equal(key->kind, SETTING_UNSHOWN);
}

/* The policy has what is asked and nothing else; everybody may ask who they are. */
static void the_policy_is_the_smallest(void **state)
{
    (void)state;
    const char *policy = aws_kind.manifests[0].text, *action = policy;
    const enum aws_action wanted[] = { AWS_LIST_ORGANIZATIONS_FEATURES, AWS_ASSUME_ROOT,
                                       AWS_GET_QUEUE_ATTRIBUTES };
    for (size_t i = 0; i < COUNT(wanted); i++) {
        const char *line = arena_printf(&arena, "\"Action\": %s\"%s\"", i == 2 ? "[\n        " : "",
                                        aws_actions[wanted[i]].action);
        action = strstr(action + 1, "\"Action\"");
        assert_true(action && strncmp(action, line, strlen(line)) == 0);
    }
    assert_null(strstr(action + 1, "\"Action\""));
    /* Of root users, to do these tasks: no other task is allowed.
     */
    assert_non_null(strstr(policy, "\"Resource\": \"arn:aws:iam::*:root\""));
    assert_non_null(strstr(policy, "\"sts:TaskPolicyArn\": [\n"
                                   "            \"arn:aws:iam::aws:policy/root-task/"
                                   "IAMAuditRootUserCredentials\",\n"
                                   "            \"arn:aws:iam::aws:policy/root-task/"
                                   "IAMCreateRootUserPassword\",\n"
                                   "            \"arn:aws:iam::aws:policy/root-task/"
                                   "IAMDeleteRootUserCredentials\",\n"
                                   "            \"arn:aws:iam::aws:policy/root-task/"
                                   "S3UnlockBucketPolicy\",\n"
                                   "            \"arn:aws:iam::aws:policy/root-task/"
                                   "SQSUnlockQueuePolicy\"\n          ]"));
    for (int more = AWS_RECEIVE_MESSAGE; more <= AWS_DELETE_MESSAGE; more++)
        assert_non_null(strstr(action, aws_actions[more].action));
    /* Of one queue, and of no other. */
    assert_non_null(strstr(action, "\"Resource\": \"arn:aws:sqs:REGION:ACCOUNT:NAME\""));
    CLEANUP(buf_done) struct buf question;
    buf_init(&question, 1024);
    aws_question(AWS_GET_CALLER_IDENTITY, NULL, &question);
    assert_string_equal(buf_text(&question), "Action=GetCallerIdentity&Version=2011-06-15");
    buf_clear(&question);
    aws_question(AWS_LIST_ORGANIZATIONS_FEATURES, NULL, &question);
    assert_string_equal(buf_text(&question), "Action=ListOrganizationsFeatures&Version=2010-05-08");
}

static size_t times(const char *text, const char *words)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
        count++;
    return count;
}

/* Both texts that bring events into the queue; tests/aws_setup looks whether they are ones. */
static void what_is_set_up_hears_every_root_user_and_nobody_else(void **state)
{
    (void)state;
    const char *const texts[] = { aws_setup_cloudformation, aws_setup_terraform };
    for (size_t i = 0; i < COUNT(texts); i++) {
        /* Whoever may send to the bus, and into both queues, and that no one else may. */
        assert_int_equal(times(texts[i], "aws:PrincipalOrgID"), 1);
        assert_int_equal(times(texts[i], "events:PutEvents"), 2);
        assert_int_equal(times(texts[i], "sqs:SendMessage"), 3);
        assert_int_equal(times(texts[i], "aws:SourceArn"), 3);
        assert_int_equal(times(texts[i], "ArnNotEquals"), 1);
        assert_int_equal(times(texts[i], "Deny"), 1);
        assert_non_null(strstr(texts[i], "1209600")); /* seconds: fourteen days */
        assert_null(strstr(texts[i], " ENABLED\n"));  /* which leaves out calls that read */
    }
    /* There it stands once, for both rules. */
    assert_int_equal(times(texts[0], "type: [Root]"), 2);
    assert_int_equal(times(texts[0], "source: [{ prefix: aws. }]"), 2);
    assert_int_equal(times(texts[0], "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), 2);
    assert_int_equal(times(texts[1], "type = [\"Root\"]"), 1);
    assert_int_equal(times(texts[1], "source = [{ prefix = \"aws.\" }]"), 1);
    assert_int_equal(times(texts[1], "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), 1);
}

/* ---- the queue ---- */

/* Refused before anything is asked, each with what is wrong. */
static void a_queue_has_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *url, *why; /* NULL: good */
    } rows[] = {
        { "https://sqs.us-east-1.amazonaws.com/111122223333/reguard-root-events", NULL },
        { "https://sqs.eu-central-1.amazonaws.com/111122223333/a_B-9", NULL },
        { "https://sqs.us-gov-west-1.amazonaws.com/111122223333/a", "another partition" },
        { "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/a", "for China" },
        { "https://sqs.cn-north-1.amazonaws.com/111122223333/a", "for China" },
        { "http://sqs.us-east-1.amazonaws.com/111122223333/a", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com.example/111122223333/a", "no standard queue's URL" },
        { "https://sqs.us-east-1.example.com/111122223333/a", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/11112222333/a", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/1111222233334/a", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/111122223333/", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/111122223333", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/111122223333/a?b", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/111122223333/a.fifo", "no standard queue's URL" },
        { "https://sqs.us-east-1.amazonaws.com/111122223333/a\"", "no standard queue's URL" },
        { "https://sqs.somewhere.amazonaws.com/111122223333/a", "region is none" },
        { "https://sqs.us-east-1234567890123456789012345.amazonaws.com/111122223333/a",
          "no standard queue's URL" },
        { "https://sqs..amazonaws.com/111122223333/a", "no standard queue's URL" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aws_settings s = { .region = "eu-central-1", .access_key_id = "AKIA1" };
        const char *key = "";
        struct err err = { "" };
        STR_SET(s.secret_access_key_file, "a");
        STR_SET(s.events_queue, rows[i].url);
        bool fits = aws_section.fits(&s, &key, &err);
        if (fits != !rows[i].why || (!fits && strcmp(key, "events_queue") != 0) ||
            !strstr(err.text, str_or_empty(rows[i].why)))
            fail_msg("%s: %s %s", rows[i].url, key, err.text);
    }
}

static void a_queue_says_how_many_wait(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int64_t count; /* -1: it is none */
    } rows[] = {
        { "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"12\"}}", 12 },
        { "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"0\"}}", 0 },
        { "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"1234567890123456\"}}", -1 },
        { "{\"Attributes\":{\"ApproximateNumberOfMessages\":\"-1\"}}", -1 },
        { "{\"Attributes\":{\"ApproximateNumberOfMessages\":12}}", -1 },
        { "{\"Attributes\":[]}", -1 },
        { "{}", -1 },
        { "<html/>", -1 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = { "" };
        int64_t count = -1;
        bool read = aws_queue_read_waiting(rows[i].body, strlen(rows[i].body), &count, &err);
        if (read != (rows[i].count >= 0) || count != rows[i].count)
            fail_msg("%s: %lld", rows[i].body, (long long)count);
    }
    CLEANUP(buf_done) struct buf question;
    buf_init(&question, 1024);
    aws_queue_ask_waiting("https://sqs.us-east-1.amazonaws.com/111122223333/a", &question);
    assert_string_equal(buf_text(&question),
                        "{\"QueueUrl\":\"https://sqs.us-east-1.amazonaws.com/111122223333/a\","
                        "\"AttributeNames\":[\"ApproximateNumberOfMessages\"]}");
}

/* SQS says it in JSON, and its errors have names of two generations. */
static void a_queues_refusals_are_explained(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *body, *words;
        enum aws_refusal refusal;
    } rows[] = {
        { 403, "{\"__type\":\"com.amazonaws.sqs#AccessDenied\",\"message\":\"because of it\"}",
          "may not do that (AccessDenied): because of it", AWS_REFUSED },
        { 403, "{\"__type\":\"AccessDeniedException\",\"Message\":\"because of it\"}",
          "may not do that (AccessDeniedException): because of it", AWS_REFUSED },
        { 400, "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}",
          "there is no such queue (QueueDoesNotExist)", AWS_REFUSED },
        { 400, "{\"__type\":\"com.amazonaws.sqs#AWS.SimpleQueueService.NonExistentQueue\"}",
          "there is no such queue", AWS_REFUSED },
        { 403, "{\"__type\":\"com.amazonaws.sqs#RequestThrottled\"}", "slow down", AWS_NOT_TAKEN },
        { 403, "{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\"}", "has ended",
          AWS_ENDED },
        { 403, "{\"__type\":\"<b>\"}", "AWS answered 403", AWS_REFUSED },
        { 403, "{\"__type\":7}", "AWS answered 403", AWS_REFUSED },
        { 502, "<html/>", "AWS answered 502", AWS_BUSY },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = { "" };
        assert_int_equal(aws_explain(AWS_GET_QUEUE_ATTRIBUTES, rows[i].status, rows[i].body,
                                     strlen(rows[i].body), &arena, &err),
                         rows[i].refusal);
        if (!strstr(err.text, rows[i].words))
            fail_msg("%s: “%s”", rows[i].body, err.text);
    }
}

/* ---- as an adapter ---- */

static struct loop *loop;
static struct http *http;

static struct adapter *make_with(const struct aws_settings *settings, const char *token)
{
    struct err err = { "" };
    loop = loop_new(&err);
    http = loop ? http_new(loop, &err) : NULL;
    struct adapter_world world = { .loop = loop,
                                   .http = http,
                                   .settings = settings,
                                   .secrets = { secret_from("s3cret"),
                                                token ? secret_from(token) : NULL } };
    struct adapter *aws = http ? aws_kind.make(&world, &err) : NULL;
    if (!aws)
        fail_msg("%s", err.text);
    return aws;
}

static void unmake(struct adapter *aws)
{
    aws->ops->stop(aws);
    http_free(http);
    loop_free(loop);
}

static void it_does_tasks_and_nothing_else(void **state)
{
    (void)state;
    struct err err = { "" };
    struct aws_settings settings = { .region = "eu-central-1", .access_key_id = "AKIA" };
    struct adapter *aws = make_with(&settings, NULL);
    assert_true(aws->ops->start(aws, &err));
    for (int kind = 0; kind < EFFECT_KIND_COUNT; kind++) {
        struct effect effect = { .kind = (enum effect_kind)kind };
        effect.errand.task = "billing";
        assert_false(aws->ops->perform(aws, &effect, &err));
        assert_non_null(strstr(err.text, kind == EFFECT_ERRAND      ? "no task that I do"
                                         : kind == EFFECT_ROOT_LOOK ? "no account whose root user"
                                                                    : "AWS cannot do"));
    }
    assert_false(aws->ops->render(aws, NULL, NULL, &err));
    assert_string_equal(err.text, "AWS is no chat");
    aws->ops->acknowledge(aws, &(struct event){ .kind = EVENT_MARK });
    unmake(aws);
}

static void a_reload_tells_which_secret_is_new(void **state)
{
    (void)state;
    struct aws_settings settings = { .region = "eu-central-1", .access_key_id = "ASIA" };
    struct adapter *aws = make_with(&settings, "token");
    struct adapter_credentials c = { .secrets = { secret_from("s3cret"), secret_from("other") },
                                     .ca_file = "" };
    aws->ops->renew(aws, &c);
    assert_false(c.is_new[0]);
    assert_true(c.is_new[1]);
    unmake(aws);
}

/* What cannot be right is not asked. */
static void what_cannot_be_asked_says_why(void **state)
{
    (void)state;
    static const struct {
        struct aws_settings settings;
        const char *why;
    } cases[] = {
        { { .access_key_id = "AKIA1", .session_token_file = "token" },
          "a session token is given, and the access key id belongs to no session" },
        { { .access_key_id = "ASIA1" },
          "the access key id belongs to a session, and its token is missing" },
        { { .access_key_id = "AKIA1", .sts_url = "https://sts.example/?x=y" },
          "sts:GetCallerIdentity: the address has a query" },
        { { .access_key_id = "AKIA1", .sts_url = "https://sts example" },
          "sts:GetCallerIdentity: " },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = { "" };
        struct adapter *aws = make_with(&cases[i].settings, NULL);
        assert_false(aws_kind.probe(aws, &err));
        if (strncmp(err.text, cases[i].why, strlen(cases[i].why)) != 0)
            fail_msg("%s", err.text);
        unmake(aws);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_becomes_a_tree),
        cmocka_unit_test(entities_and_instructions_are_refused),
        cmocka_unit_test(what_is_no_xml_is_refused),
        cmocka_unit_test(xml_has_ceilings),
        cmocka_unit_test(identities_are_read),
        cmocka_unit_test(features_are_read),
        cmocka_unit_test(refusals_are_explained),
        cmocka_unit_test(hostile_words_of_a_refusal_are_made_harmless),
        cmocka_unit_test(each_region_has_its_endpoints),
        cmocka_unit_test(values_that_cannot_be_are_told),
        cmocka_unit_test(the_policy_is_the_smallest),
        cmocka_unit_test(what_is_set_up_hears_every_root_user_and_nobody_else),
        cmocka_unit_test(a_queue_has_one_form),
        cmocka_unit_test(a_queue_says_how_many_wait),
        cmocka_unit_test(a_queues_refusals_are_explained),
        cmocka_unit_test(it_does_tasks_and_nothing_else),
        cmocka_unit_test(a_reload_tells_which_secret_is_new),
        cmocka_unit_test(what_cannot_be_asked_says_why),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
