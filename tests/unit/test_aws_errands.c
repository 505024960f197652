/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks in root users' sessions: what is asked, in which order, and what is told of it. The time
   and AWS are the test's own. */
#include "tests/unit/unit_peer.h"

#include "adapters/aws/kind.h"
#include "adapters/aws/settings.h"
#include "core/limits.h"
#include "host/clock.h"
#include "host/secret.h"

#define ASSUME "POST sts.eu-central-1.amazonaws.com Action=AssumeRoot&"
#define READ "GET s3.eu-central-1.amazonaws.com"
#define DELETE "DELETE s3.eu-central-1.amazonaws.com"
#define POLICY "{ \"Version\": \"2012-10-17\", \"Id\": \"a\" }"
#define SHOWN "{\"Id\":\"a\",\"Version\":\"2012-10-17\"}"
#define OTHER "{\"Id\":\"b\"}"
#define ERROR(code, message) \
    "<?xml version=\"1.0\"?>\n<Error><Code>" code "</Code><Message>" message "</Message></Error>"
#define NONE ERROR("NoSuchBucketPolicy", "none")
#define QUEUE_READ "POST sqs.eu-central-1.amazonaws.com \"AttributeNames\""
#define QUEUE_SET "POST sqs.eu-central-1.amazonaws.com \"Attributes\""
#define QUEUE_HAS                                                                                 \
    "{\"Attributes\":{\"Policy\":\"{ \\\"Version\\\": \\\"2012-10-17\\\", \\\"Id\\\": \\\"a\\\" " \
    "}\"}}"
#define SECRET "s3cretOfTheSession"

static char digest[65];
static const char *task, *target;

/* ---- what IAM says ---- */

#define IAM(action) "POST iam.amazonaws.com Action=" action "&"
#define ANSWER(action, inside) \
    "<" action "Response><" action "Result>" inside "</" action "Result></" action "Response>"
#define REFUSED(code) "<ErrorResponse><Error><Code>" code "</Code></Error></ErrorResponse>"
#define SINCE(field) "<" field ">2024-01-02T03:04:05Z</" field ">"
#define HAS_PASSWORD \
    ANSWER("GetLoginProfile", "<LoginProfile>" SINCE("CreateDate") "</LoginProfile>")
#define KEYS(inside) ANSWER("ListAccessKeys", "<AccessKeyMetadata>" inside "</AccessKeyMetadata>")
#define KEY(id)                \
    "<member><AccessKeyId>" id \
    "</AccessKeyId><Status>Active</Status>" SINCE("CreateDate") "</member>"
#define CERTIFICATES(inside) \
    ANSWER("ListSigningCertificates", "<Certificates>" inside "</Certificates>")
#define CERTIFICATE(id)          \
    "<member><CertificateId>" id \
    "</CertificateId><Status>Inactive</Status>" SINCE("UploadDate") "</member>"
#define DEVICES(inside) ANSWER("ListMFADevices", "<MFADevices>" inside "</MFADevices>")
#define DEVICE(serial) "<member><SerialNumber>" serial "</SerialNumber></member>"
#define KEY_1 "AKIAROOT000000000001"
#define SERIAL "arn:aws:iam::222222222222:mfa/root"
#define ALL                                                                               \
    "password since 2024-01-02; access key " KEY_1 ", active, since 2024-01-02; signing " \
    "certificate CERT1, inactive, since 2024-01-02; MFA device " SERIAL

static void has_credentials(void)
{
    task = "credentials";
    target = "root user";
    says(IAM("GetUser"), 200,
         ANSWER("GetUser", "<User><Arn>arn:aws:iam::222222222222:root</Arn></User>"));
    says(IAM("GetLoginProfile"), 200, HAS_PASSWORD);
    says(IAM("ListAccessKeys"), 200, KEYS(KEY(KEY_1)));
    says(IAM("ListSigningCertificates"), 200, CERTIFICATES(CERTIFICATE("CERT1")));
    says(IAM("ListMFADevices"), 200, DEVICES(DEVICE(SERIAL)));
    secret_sha256_hex(ALL, strlen(ALL), digest);
}

static void has_none(void)
{
    says(IAM("GetLoginProfile"), 404, REFUSED("NoSuchEntity"));
    says(IAM("ListAccessKeys"), 200, KEYS(""));
    says(IAM("ListSigningCertificates"), 200, CERTIFICATES(""));
    says(IAM("ListMFADevices"), 200, DEVICES(""));
}

static void deletes_all(void)
{
    says(IAM("DeleteLoginProfile"), 200, "<a/>");
    says(IAM("DeleteAccessKey"), 200, "<a/>");
    says(IAM("DeleteSigningCertificate"), 200, "<a/>");
    says(IAM("DeactivateMFADevice"), 200, "<a/>");
}

static struct aws_settings settings;
static char session[1024];

static int begins(void **state)
{
    (void)state;
    struct err err = { "" };
    char ends[CLOCK_ISO_BYTES];
    peer_begin();
    settings = (struct aws_settings){ .region = "eu-central-1",
                                      .access_key_id = "AKIABASE000000000001",
                                      .request_timeout = 15 * MS_SECOND };
    struct adapter_world world = { .settings = &settings,
                                   .inbox = &peer.inbox,
                                   .secrets = { secret_from("base") } };
    peer.adapter = aws_kind.make(&world, &err);
    assert_non_null(peer.adapter);
    clock_iso(clock_wall_ms() + 15 * MS_MINUTE, ends);
    snprintf(session, sizeof session,
             "<AssumeRootResponse><AssumeRootResult><Credentials>"
             "<AccessKeyId>ASIAROOT000000000001</AccessKeyId><SecretAccessKey>" SECRET
             "</SecretAccessKey><SessionToken>t0ken</SessionToken><Expiration>%s</Expiration>"
             "</Credentials></AssumeRootResult></AssumeRootResponse>",
             ends);
    secret_sha256_hex(POLICY, strlen(POLICY), digest);
    says(ASSUME, 200, session);
    task = "s3-lockout";
    target = "crumb-logs";
    return 0;
}

static int ends(void **state)
{
    (void)state;
    peer_end();
    return 0;
}

static bool begins_task(const char *wanted, ms_t within_ms)
{
    static uint64_t id = 100;
    struct err err = { "" };
    struct effect effect = { .kind = EFFECT_ERRAND, .id = ++id };
    effect.errand = (struct effect_errand){ .task = task,
                                            .account = "222222222222",
                                            .target = target,
                                            .digest = wanted,
                                            .leave_within_ms = within_ms };
    return peer.adapter->ops->perform(peer.adapter, &effect, &err);
}

static const struct heard *told(void)
{
    assert_int_equal(heard(EVENT_ERRAND_TOLD), 1);
    const struct heard *e = last_heard(EVENT_ERRAND_TOLD);
    assert_null(strstr(str_or_empty(e->error), SECRET));
    return e;
}

static const struct heard *looks(void)
{
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    return told();
}

static const struct heard *does(void)
{
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_MINUTE);
    return told();
}

static void assert_fails(const struct heard *e, bool left, bool refused, const char *part)
{
    assert_false(e->errand.known);
    assert_int_equal(e->errand.left, left);
    assert_int_equal(e->errand.refused, refused);
    if (!strstr(str_or_empty(e->error), part))
        fail_msg("“%s” instead of “%s”", str_or_empty(e->error), part);
}

/* ---- looking ---- */

static void a_look_reads_in_a_session_of_this_task_and_changes_nothing(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    const struct heard *e = looks();
    assert_true(e->errand.known && !e->errand.left && !e->error[0]);
    assert_string_equal(ask_of(READ)->url,
                        "https://s3.eu-central-1.amazonaws.com/crumb-logs?policy=");
    assert_string_equal(e->errand.policy, SHOWN);
    assert_string_equal(e->errand.digest, digest);
    assert_int_equal(e->errand.bytes, strlen(POLICY));
    assert_string_equal(ask_of(ASSUME)->body,
                        "Action=AssumeRoot&Version=2011-06-15&TargetPrincipal=222222222222"
                        "&DurationSeconds=900&TaskPolicyArn.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy"
                        "%2Froot-task%2FS3UnlockBucketPolicy");
    assert_non_null(strstr(ask_of(READ)->bearer,
                           "SignedHeaders=host;x-amz-content-sha256;x-amz-date;"
                           "x-amz-expected-bucket-owner;x-amz-security-token"));
    assert_int_equal(asked(DELETE), 0);
}

static void what_has_no_policy_is_told(void **state)
{
    (void)state;
    says(READ, 404, NONE);
    const struct heard *e = looks();
    assert_true(e->errand.known && !e->errand.policy[0] && !e->errand.digest[0]);
}

static void each_refusal_is_explained(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *part;
    } rows[] = {
        { 403, ERROR("AccessDenied", "Access Denied"), "the bucket may be another account's" },
        { 403, ERROR("AccessDenied", "denied by a service control policy"), "aws:AssumedRoot" },
        { 404, ERROR("NoSuchBucket", "x"), "there is no such bucket" },
        { 301, ERROR("PermanentRedirect", "x"), "not in the region of [aws]" },
        { 400, ERROR("AuthorizationHeaderMalformed", "x"), "not in the region of [aws]" },
        { 400, ERROR("InvalidBucketName", "x"), "no bucket's name" },
        { 200, "no policy", "the answer is no policy" },
        { 200, "[]", "the answer is no policy" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        says(READ, rows[i].status, rows[i].body);
        assert_true(begins_task(NULL, 0));
        passes(MS_MINUTE);
        assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, rows[i].part);
    }
    says(ASSUME, 403,
         "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
         "</ErrorResponse>");
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "RootSessions may be off");
    says(ASSUME, 200, "<a/>");
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "cannot be understood");
}

static void a_policy_longer_than_s3_has_is_refused(void **state)
{
    (void)state;
    static char body[LIMIT_POLICY_BYTES + 64];
    int at = snprintf(body, sizeof body, "{\"Id\":\"");
    memset(body + at, 'x', LIMIT_POLICY_BYTES);
    memcpy(body + at + LIMIT_POLICY_BYTES, "\"}", 3);
    says(READ, 200, body);
    assert_fails(looks(), false, true, "longer than 20 KB");
}

/* ---- doing ---- */

static void what_was_approved_is_deleted_once_and_read_until_it_is_gone(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    says(DELETE, 204, "");
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_SECOND + MS_SECOND / 2); /* it is read for a moment still */
    assert_int_equal(heard(EVENT_ERRAND_TOLD), 0);
    says(READ, 404, NONE);
    passes(2 * MS_SECOND);
    const struct heard *e = told();
    assert_true(e->errand.known && e->errand.left && !e->errand.policy[0]);
    assert_int_equal(asked(DELETE), 1);
    assert_int_equal(asked(ASSUME), 1);
}

static void another_policy_is_not_deleted(void **state)
{
    (void)state;
    says(READ, 200, OTHER);
    const struct heard *e = does();
    assert_true(e->errand.known && !e->errand.left);
    assert_string_equal(e->errand.policy, OTHER);
    assert_int_equal(asked(DELETE), 0);
}

static void what_is_gone_already_is_not_deleted(void **state)
{
    (void)state;
    says(READ, 404, NONE);
    const struct heard *e = does();
    assert_true(e->errand.known && !e->errand.left && !e->errand.policy[0]);
    assert_int_equal(asked(DELETE), 0);
}

static void a_lie_is_told(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    says(DELETE, 204, "");
    const struct heard *e = does();
    assert_true(e->errand.known && e->errand.left);
    assert_string_equal(e->errand.digest, digest);
    assert_int_equal(asked(DELETE), 1);
}

static void a_refused_delete_changes_nothing(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    says(DELETE, 403, ERROR("AccessDenied", "no"));
    assert_fails(does(), false, true, "s3:DeleteBucketPolicy");
    assert_int_equal(asked(DELETE), 1);
}

/* Whether it took effect only a read can tell, and where that says no, AWS may do it yet. It is not
   asked a second time. */
static void a_delete_without_an_answer_is_looked_at(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    says(DELETE, 500, ERROR("InternalError", "no"));
    const struct heard *e = does();
    assert_true(e->errand.known && e->errand.left);
    assert_string_equal(e->errand.digest, digest);
    assert_non_null(strstr(e->error, "trouble of its own"));
    assert_int_equal(asked(DELETE), 1);
}

static void what_cannot_be_read_behind_it_is_not_called_done(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    breaks(DELETE, 1);
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_SECOND / 2);
    assert_int_equal(asked(DELETE), 1);
    says(READ, 500, "");
    passes(2 * MS_MINUTE);
    assert_fails(told(), true, false, "500");
}

/* AWS says that it did not take it, so that it may be asked again; and in the end nothing was
   done. */
static void a_delete_that_is_throttled_is_asked_again(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    says(DELETE, 204, "");
    says_once(DELETE, 503, ERROR("SlowDown", "slow"));
    const struct heard *e = does();
    assert_true(e->errand.known && e->errand.left && !e->error[0]);
    assert_int_equal(asked(DELETE), 2);
    says(DELETE, 503, ERROR("SlowDown", "slow"));
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, false, "slow down");
}

/* Another one is taken, and everything is looked at anew; one that is over twice is none. */
static void a_session_that_ends_in_the_middle_is_taken_anew(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    says_once(READ, 400, ERROR("ExpiredToken", "x"));
    assert_string_equal(looks()->errand.digest, digest);
    assert_int_equal(asked(ASSUME), 2);
    says(DELETE, 204, "");
    says_once(DELETE, 400, ERROR("ExpiredToken", "x"));
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_MINUTE);
    assert_true(last_heard(EVENT_ERRAND_TOLD)->errand.left);
    assert_int_equal(asked(ASSUME), 4);
    assert_int_equal(asked(DELETE), 2);
    assert_int_equal(asked(READ), 2 + 2 + 5);
    says(DELETE, 400, ERROR("ExpiredToken", "x"));
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, false, "session of these credentials");
    assert_int_equal(asked(ASSUME), 6);
}

/* ---- queues ---- */

static void a_queue_s_policy_is_read_and_taken_away(void **state)
{
    (void)state;
    task = "sqs-lockout";
    target = "orders";
    says(QUEUE_READ, 200, QUEUE_HAS);
    const struct heard *e = looks();
    assert_string_equal(e->errand.policy, SHOWN);
    assert_string_equal(e->errand.digest, digest);
    assert_int_equal(e->errand.bytes, strlen(POLICY));
    assert_non_null(strstr(ask_of(ASSUME)->body, "%2Froot-task%2FSQSUnlockQueuePolicy"));
    assert_string_equal(
        ask_of(QUEUE_READ)->body,
        "{\"QueueUrl\":\"https://sqs.eu-central-1.amazonaws.com/222222222222/orders\""
        ",\"AttributeNames\":[\"Policy\"]}");
    says(QUEUE_SET, 200, "");
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_SECOND + MS_SECOND / 2);
    says(QUEUE_READ, 200, "{}");
    passes(MS_MINUTE);
    e = last_heard(EVENT_ERRAND_TOLD);
    assert_true(e->errand.known && e->errand.left && !e->errand.policy[0]);
    assert_string_equal(
        ask_of(QUEUE_SET)->body,
        "{\"QueueUrl\":\"https://sqs.eu-central-1.amazonaws.com/222222222222/orders\""
        ",\"Attributes\":{\"Policy\":\"\"}}");
    assert_int_equal(asked(QUEUE_SET), 1);
}

static void a_queue_keeps_what_it_says_it_took(void **state)
{
    (void)state;
    task = "sqs-lockout";
    target = "arn:aws:sqs:eu-central-1:222222222222:orders";
    says(QUEUE_READ, 200, QUEUE_HAS);
    says(QUEUE_SET, 200, "");
    const struct heard *e = does();
    assert_true(e->errand.known && e->errand.left);
    assert_string_equal(e->errand.digest, digest);
    says(QUEUE_SET, 403, "{\"__type\":\"com.amazonaws.sqs#AccessDenied\",\"message\":\"no\"}");
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "the queue may be another account's");
    says(QUEUE_READ, 400, "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\"}");
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "there is no such queue");
}

static void a_queue_of_another_region_is_refused_unasked(void **state)
{
    (void)state;
    static const char *const others[] = { "arn:aws:sqs:eu-west-1:222222222222:orders",
                                          "arn:aws-us-gov:sqs:eu-central-1:222222222222:orders" };
    task = "sqs-lockout";
    for (size_t i = 0; i < COUNT(others); i++) {
        target = others[i];
        assert_false(begins_task(NULL, 0));
    }
    assert_int_equal(asked(ASSUME), 0);
}

static void odd_answers_of_a_queue_are_none(void **state)
{
    (void)state;
    static const char *const odd[] = { "", "[]", "{\"Attributes\":[]}",
                                       "{\"Attributes\":{\"Policy\":7}}" };
    task = "sqs-lockout";
    target = "orders";
    for (size_t i = 0; i < COUNT(odd); i++) {
        says(QUEUE_READ, 200, odd[i]);
        assert_true(begins_task(NULL, 0));
        passes(MS_MINUTE);
        assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "cannot be understood");
    }
    static const char *const none[] = { "{}", "{\"Attributes\":null}",
                                        "{\"Attributes\":{\"Policy\":\"\"}}" };
    for (size_t i = 0; i < COUNT(none); i++) {
        says(QUEUE_READ, 200, none[i]);
        assert_true(begins_task(NULL, 0));
        passes(MS_MINUTE);
        const struct heard *e = last_heard(EVENT_ERRAND_TOLD);
        assert_true(e->errand.known && !e->errand.policy[0]);
    }
}

/* ---- credentials of a root user ---- */

static void credentials_are_shown_and_deleted_one_by_one(void **state)
{
    (void)state;
    has_credentials();
    const struct heard *e = looks();
    assert_string_equal(e->errand.policy, ALL);
    assert_string_equal(e->errand.digest, digest);
    assert_int_equal(e->errand.bytes, strlen(ALL));
    assert_non_null(strstr(ask_of(ASSUME)->body, "IAMAuditRootUserCredentials"));
    deletes_all();
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_SECOND / 2);
    assert_non_null(strstr(ask_of(ASSUME)->body, "IAMDeleteRootUserCredentials"));
    has_none();
    passes(MS_MINUTE);
    e = last_heard(EVENT_ERRAND_TOLD);
    assert_true(e->errand.known && e->errand.left && !e->errand.policy[0] && !e->error[0]);
    assert_string_equal(ask_of(IAM("DeleteLoginProfile"))->body,
                        "Action=DeleteLoginProfile&Version=2010-05-08");
    assert_string_equal(ask_of(IAM("DeleteAccessKey"))->body,
                        "Action=DeleteAccessKey&Version=2010-05-08&AccessKeyId=" KEY_1);
    assert_string_equal(ask_of(IAM("DeleteSigningCertificate"))->body,
                        "Action=DeleteSigningCertificate&Version=2010-05-08&CertificateId=CERT1");
    assert_string_equal(ask_of(IAM("DeactivateMFADevice"))->body,
                        "Action=DeactivateMFADevice&Version=2010-05-08&SerialNumber="
                        "arn%3Aaws%3Aiam%3A%3A222222222222%3Amfa%2Froot");
    assert_int_equal(asked("POST iam.amazonaws.com Action=De"), 4);
}

/* What was gone before it was asked for is gone. */
static void what_is_gone_meanwhile_is_no_trouble(void **state)
{
    (void)state;
    has_credentials();
    deletes_all();
    says(IAM("DeleteAccessKey"), 404, REFUSED("NoSuchEntity"));
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_SECOND / 2);
    has_none();
    passes(MS_MINUTE);
    const struct heard *e = told();
    assert_true(e->errand.known && e->errand.left && !e->errand.policy[0] && !e->error[0]);
}

/* The last one is asked for too late: the others are gone, and that is told. */
static void what_takes_too_long_stops_in_the_middle(void **state)
{
    (void)state;
    has_credentials();
    deletes_all();
    says_once(IAM("DeleteSigningCertificate"), 400, REFUSED("Throttling"));
    assert_true(begins_task(digest, 2));
    passes(1);
    has_none();
    says(IAM("ListMFADevices"), 200, DEVICES(DEVICE(SERIAL)));
    passes(MS_MINUTE);
    const struct heard *e = told();
    assert_true(e->errand.known && e->errand.left);
    assert_string_equal(e->errand.policy, "MFA device " SERIAL);
    assert_non_null(strstr(e->error, "took too long"));
    assert_int_equal(asked(IAM("DeactivateMFADevice")), 0);
}

static void an_odd_list_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *what, *body;
    } rows[] = {
        { IAM("ListSigningCertificates"), CERTIFICATES(CERTIFICATE("a b")) },
        { IAM("ListSigningCertificates"), CERTIFICATES(CERTIFICATE("")) },
        { IAM("ListMFADevices"), DEVICES(DEVICE("a b")) },
        { IAM("ListMFADevices"), DEVICES(DEVICE("")) },
        { IAM("ListAccessKeys"), "<a/>" },
        { IAM("GetUser"),
          ANSWER("GetUser", "<User><Arn>arn:aws:iam::333333333333:root</Arn></User>") },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        has_credentials();
        says(rows[i].what, 200, rows[i].body);
        assert_true(begins_task(NULL, 0));
        passes(MS_MINUTE);
        assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "cannot be understood");
    }
    has_credentials();
    says(IAM("ListAccessKeys"), 404, REFUSED("NoSuchEntity"));
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, false, "iam:ListAccessKeys");
}

/* Whoever approves has to see all of them. */
static void more_than_can_be_shown_is_refused(void **state)
{
    (void)state;
#define FOUR(x) x x x x
#define LONG                                                                                       \
    DEVICE("arn:aws:iam::222222222222:u2f/user/root/"                                              \
           "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234" \
           "0123456789012345678901234567890123456789012345678901234567890123456789")
    has_credentials();
    says(IAM("ListMFADevices"), 200, DEVICES(FOUR(LONG) FOUR(LONG)));
    assert_fails(looks(), false, true, "more credentials than I can show");
    says(IAM("ListMFADevices"), 200, DEVICES(FOUR(FOUR(DEVICE("a")))));
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    assert_fails(last_heard(EVENT_ERRAND_TOLD), false, true, "than a root user can have");
}

static void recovery_is_allowed_where_there_is_no_password(void **state)
{
    (void)state;
    task = "recovery";
    target = "root user";
    says(IAM("GetLoginProfile"), 404, REFUSED("NoSuchEntity"));
    const struct heard *e = looks();
    assert_string_equal(e->errand.policy, "no password, so that none can be recovered");
    secret_sha256_hex(e->errand.policy, strlen(e->errand.policy), digest);
    assert_string_equal(e->errand.digest, digest);
    says(IAM("CreateLoginProfile"), 409, REFUSED("EntityAlreadyExists"));
    assert_true(begins_task(digest, 10 * MS_SECOND));
    passes(MS_SECOND / 2);
    says(IAM("GetLoginProfile"), 200, HAS_PASSWORD);
    passes(MS_MINUTE);
    e = last_heard(EVENT_ERRAND_TOLD);
    assert_true(e->errand.known && e->errand.left && !e->errand.policy[0]);
    assert_string_equal(ask_of(IAM("CreateLoginProfile"))->body,
                        "Action=CreateLoginProfile&Version=2010-05-08");
    assert_non_null(strstr(ask_of(ASSUME)->body, "IAMCreateRootUserPassword"));
}

static void it_is_not_done_on_roles_that_are_too_old(void **state)
{
    (void)state;
    says(READ, 200, POLICY);
    assert_true(begins_task(digest, 0));
    passes(MS_MINUTE);
    assert_fails(told(), false, false, "took too long");
    assert_int_equal(asked(DELETE), 0);
}

static void they_wait_in_line_and_not_without_end(void **state)
{
    (void)state;
    says(READ, 404, NONE);
    size_t taken = 0;
    while (taken < 100 && begins_task(NULL, 0))
        taken++;
    assert_int_equal(taken, 8);
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_ERRAND_TOLD), 8);
    assert_true(begins_task(NULL, 0));
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_ERRAND_TOLD), 9);
}

/* Both bear the same credentials, and each is told. */
static void a_look_waits_for_a_task_and_is_not_forgotten(void **state)
{
    (void)state;
    struct err err = { "" };
    struct effect look = { .kind = EFFECT_ROOT_LOOK, .id = 7 };
    look.root_of = "222222222222";
    says(READ, 404, NONE);
    says("POST iam.amazonaws.com", 403, ERROR("AccessDenied", "no"));
    assert_true(begins_task(NULL, 0));
    assert_true(peer.adapter->ops->perform(peer.adapter, &look, &err));
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_ERRAND_TOLD), 1);
    assert_int_equal(heard(EVENT_ROOT_FOUND), 1);
    assert_int_equal(last_heard(EVENT_ROOT_FOUND)->effect_id, 7);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begins, ends)
    const struct CMUnitTest tests[] = {
        TEST(a_look_reads_in_a_session_of_this_task_and_changes_nothing),
        TEST(what_has_no_policy_is_told),
        TEST(each_refusal_is_explained),
        TEST(a_policy_longer_than_s3_has_is_refused),
        TEST(what_was_approved_is_deleted_once_and_read_until_it_is_gone),
        TEST(another_policy_is_not_deleted),
        TEST(what_is_gone_already_is_not_deleted),
        TEST(a_lie_is_told),
        TEST(a_refused_delete_changes_nothing),
        TEST(a_delete_without_an_answer_is_looked_at),
        TEST(what_cannot_be_read_behind_it_is_not_called_done),
        TEST(a_delete_that_is_throttled_is_asked_again),
        TEST(a_session_that_ends_in_the_middle_is_taken_anew),
        TEST(a_queue_s_policy_is_read_and_taken_away),
        TEST(a_queue_keeps_what_it_says_it_took),
        TEST(a_queue_of_another_region_is_refused_unasked),
        TEST(odd_answers_of_a_queue_are_none),
        TEST(credentials_are_shown_and_deleted_one_by_one),
        TEST(what_is_gone_meanwhile_is_no_trouble),
        TEST(what_takes_too_long_stops_in_the_middle),
        TEST(an_odd_list_is_none),
        TEST(more_than_can_be_shown_is_refused),
        TEST(recovery_is_allowed_where_there_is_no_password),
        TEST(it_is_not_done_on_roles_that_are_too_old),
        TEST(they_wait_in_line_and_not_without_end),
        TEST(a_look_waits_for_a_task_and_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
