/* SPDX-License-Identifier: Apache-2.0 */
/* Root users of accounts: the session that is asked for, what its answers say, and which of them do
   not count. The time and AWS are the test's own. */
#include "tests/unit/unit_peer.h"

#include "adapters/aws/found.h"
#include "adapters/aws/kind.h"
#include "adapters/aws/root.h"
#include "adapters/aws/settings.h"
#include "host/clock.h"
#include "host/secret.h"
#include "port/rootuser.h"

#define STS "POST sts.eu-central-1.amazonaws.com Action="
#define IAM "POST iam.amazonaws.com Action="
#define ASSUME STS "AssumeRoot&"
#define USER IAM "GetUser&"
#define PROFILE IAM "GetLoginProfile&"
#define KEYS IAM "ListAccessKeys&"
#define KEY_USED IAM "GetAccessKeyLastUsed&"
#define CERTIFICATES IAM "ListSigningCertificates&"
#define DEVICES IAM "ListMFADevices&"
#define ANSWER(action, inside) \
    "<" action "Response><" action "Result>" inside "</" action "Result></" action "Response>"
#define REFUSED(code, message)                                     \
    "<ErrorResponse><Error><Code>" code "</Code><Message>" message \
    "</Message></Error></ErrorResponse>"
#define FIRST "222222222222"
#define SECRET "s3cretOfTheSession"
#define MEMBER(inside) "<member>" inside "</member>"
#define KEY(id, status, since)                                                              \
    MEMBER("<AccessKeyId>" id "</AccessKeyId><Status>" status "</Status><CreateDate>" since \
           "</CreateDate>")
#define KEY_LIST(inside) \
    ANSWER("ListAccessKeys", "<AccessKeyMetadata>" inside "</AccessKeyMetadata>")
#define KEY_1 "AKIAROOT000000000001"
#define KEY_2 "AKIAROOT000000000002"
#define USER_ANSWER(arn, more) ANSWER("GetUser", "<User><Arn>" arn "</Arn>" more "</User>")

static struct aws_settings settings;
static char sessions[16][1024];
static size_t session_count;

static const char *session_of(const char *key)
{
    char ends[CLOCK_ISO_BYTES], *to = sessions[session_count++ % COUNT(sessions)];
    clock_iso(clock_wall_ms() + 15 * MS_MINUTE, ends);
    snprintf(to, sizeof sessions[0],
             ANSWER("AssumeRoot",
                    "<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>" SECRET
                    "</SecretAccessKey><SessionToken>t0ken</SessionToken>"
                    "<Expiration>%s</Expiration></Credentials>"),
             key, ends);
    return to;
}

static void makes(void)
{
    struct err err = { "" };
    struct adapter_world world = { .inbox = &peer.inbox,
                                   .settings = &settings,
                                   .secrets = { secret_from("base") } };
    peer.adapter = aws_kind.make(&world, &err);
    assert_non_null(peer.adapter);
}

static int begins(void **state)
{
    (void)state;
    peer_begin();
    settings = (struct aws_settings){ .region = "eu-central-1",
                                      .access_key_id = "AKIABASE000000000001",
                                      .request_timeout = 15 * MS_SECOND };
    makes();
    says(ASSUME, 200, session_of("ASIAROOT000000000001"));
    says(USER, 200, USER_ANSWER("arn:aws:iam::" FIRST ":root", ""));
    says(PROFILE, 404, REFUSED("NoSuchEntity", "none"));
    says(KEYS, 200, KEY_LIST(""));
    says(CERTIFICATES, 200, ANSWER("ListSigningCertificates", "<Certificates/>"));
    says(DEVICES, 200, ANSWER("ListMFADevices", "<MFADevices/>"));
    return 0;
}

static int ends(void **state)
{
    (void)state;
    peer_end();
    return 0;
}

/* ---- what was answered ---- */

struct told {
    size_t count;
    bool found, passes;
    struct root_user user;
    char why[512];
};

static void on_told(void *arg, const struct root_answer *a)
{
    struct told *t = arg;
    t->count++;
    t->found = a->found;
    t->passes = a->passes;
    t->user = a->found ? *a->found : (struct root_user){ .keys = 0 };
    snprintf(t->why, sizeof t->why, "%s", str_or_empty(a->why));
}

static struct told asks(const char *account)
{
    struct told t = { .count = 0 };
    aws_kind.roots->ask(peer.adapter, account, on_told, &t);
    passes(MS_MINUTE);
    assert_int_equal(t.count, 1);
    assert_true(t.found || t.why[0]);
    assert_null(strstr(t.why, SECRET));
    assert_null(strstr(t.why, "t0ken"));
    return t;
}

static void assert_not_asked(const char *part)
{
    struct told t = asks(FIRST);
    if (t.found || !strstr(t.why, part))
        fail_msg("“%s” instead of “%s”", t.why, part);
}

static ms_t at(const char *iso)
{
    ms_t at_ms = 0;
    assert_true(clock_parse_iso(iso, &at_ms));
    return at_ms;
}

/* ---- the session ---- */

static void a_session_is_of_one_task_and_a_quarter_of_an_hour(void **state)
{
    (void)state;
    assert_true(asks(FIRST).found);
    assert_string_equal(ask_of(ASSUME)->body,
                        "Action=AssumeRoot&Version=2011-06-15&TargetPrincipal=" FIRST
                        "&DurationSeconds=900"
                        "&TaskPolicyArn.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Froot-task%2F"
                        "IAMAuditRootUserCredentials");
    assert_non_null(strstr(ask_of(ASSUME)->bearer, "AKIABASE000000000001"));
    assert_non_null(strstr(ask_of(DEVICES)->bearer, "ASIAROOT000000000001"));
    assert_string_equal(ask_of(USER)->body, "Action=GetUser&Version=2010-05-08");
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    aws_root_question(AWS_TASK_UNLOCK_QUEUE, FIRST, "us-gov-west-1", &b);
    assert_non_null(strstr(buf_text(&b), "=arn%3Aaws-us-gov%3Aiam"));
    assert_non_null(strstr(buf_text(&b), "%2FSQSUnlockQueuePolicy"));
}

static void each_account_has_a_session_of_its_own(void **state)
{
    (void)state;
    struct told t[ROOT_USERS_AT_ONCE] = { { .count = 0 } };
    for (size_t i = 0; i < COUNT(t); i++)
        aws_kind.roots->ask(peer.adapter, FIRST, on_told, &t[i]);
    passes(0);
    for (size_t i = 0; i < COUNT(t); i++)
        assert_true(t[i].count == 1 && t[i].found);
    assert_int_equal(asked(ASSUME), ROOT_USERS_AT_ONCE);
    assert_true(asks(FIRST).found); /* and there is room again */
    assert_int_equal(asked(ASSUME), ROOT_USERS_AT_ONCE + 1);
}

/* AWS is asked for one after the other, however long it takes. */
static void sessions_are_taken_one_at_a_time(void **state)
{
    (void)state;
    struct told t[ROOT_USERS_AT_ONCE] = { { .count = 0 } };
    hangs(ASSUME);
    for (size_t i = 0; i < COUNT(t); i++) {
        aws_kind.roots->ask(peer.adapter, FIRST, on_told, &t[i]);
        passes(MS_SECOND); /* it has left */
        assert_int_equal(asked(ASSUME), 1);
    }
}

static void a_session_that_ends_is_replaced_once(void **state)
{
    (void)state;
    says(KEYS, 200, KEY_LIST(KEY(KEY_1, "Active", "2023-01-02T00:00:00Z")));
    says(KEY_USED, 200, ANSWER("GetAccessKeyLastUsed", "<AccessKeyLastUsed/>"));
    says_once(DEVICES, 403, REFUSED("ExpiredToken", "over"));
    struct told t = asks(FIRST);
    assert_true(t.found && t.user.keys == 1);
    assert_int_equal(asked(ASSUME), 2);
    assert_int_equal(asked(USER), 2);
    says(DEVICES, 403, REFUSED("ExpiredToken", "over"));
    assert_not_asked("ended twice");
    assert_int_equal(asked(ASSUME), 4);
}

static void a_session_that_is_none_is_not_used(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "<AssumeRoleResponse/>",
        ANSWER("AssumeRoot", ""),
        ANSWER("AssumeRoot", "<Credentials><AccessKeyId>ASIAROOT000000000001</AccessKeyId>"
                             "<SecretAccessKey>" SECRET "</SecretAccessKey><SessionToken>t0ken"
                             "</SessionToken><Expiration>1969-01-01T00:00:00Z</Expiration>"
                             "</Credentials>"),
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        says(ASSUME, 200, bodies[i]);
        assert_not_asked("sts:AssumeRoot: the answer cannot be understood");
    }
    assert_int_equal(asked(USER), 0);
}

/* ---- what it finds ---- */

static void nothing_is_found_where_nothing_is(void **state)
{
    (void)state;
    struct told t = asks(FIRST);
    assert_true(t.found && !root_user_is_usable(&t.user));
    assert_true(!t.user.since_ms && !t.user.used_ms && !t.user.mfa_devices);
    assert_int_equal(asked(KEY_USED), 0);
}

static void everything_is_found(void **state)
{
    (void)state;
    says(USER, 200,
         USER_ANSWER("arn:aws:iam::" FIRST ":root",
                     "<PasswordLastUsed>2025-01-02T03:04:05Z</PasswordLastUsed>"));
    says(PROFILE, 200,
         ANSWER("GetLoginProfile",
                "<LoginProfile><CreateDate>2024-05-06T07:08:09Z</CreateDate></LoginProfile>"));
    says(KEYS, 200,
         KEY_LIST(KEY(KEY_1, "Active", "2023-01-02T00:00:00Z")
                      KEY(KEY_2, "Inactive", "2020-01-02T00:00:00Z")));
    says(KEY_USED, 200,
         ANSWER("GetAccessKeyLastUsed",
                "<AccessKeyLastUsed><LastUsedDate>2025-02-03T04:05:06Z</LastUsedDate>"
                "</AccessKeyLastUsed>"));
    says(CERTIFICATES, 200,
         ANSWER("ListSigningCertificates",
                "<Certificates>" MEMBER("<Status>Active</Status>"
                                        "<UploadDate>2022-01-01T00:00:00Z</UploadDate>")
                    MEMBER("<Status>Inactive</Status><UploadDate>2019-01-01T00:00:00Z"
                           "</UploadDate>") "</Certificates><IsTruncated>false</IsTruncated>"));
    says(DEVICES, 200,
         ANSWER("ListMFADevices",
                "<MFADevices>" MEMBER("<SerialNumber>arn</SerialNumber>") "</MFADevices>"));
    struct told t = asks(FIRST);
    assert_true(t.found && root_user_is_usable(&t.user) && t.user.has_password);
    assert_true(t.user.keys == 2 && t.user.keys_active == 1);
    assert_true(t.user.certificates == 2 && t.user.certificates_active == 1);
    assert_int_equal(t.user.mfa_devices, 1);
    assert_int_equal(t.user.since_ms, at("2022-01-01T00:00:00Z")); /* of what can be used */
    assert_int_equal(t.user.used_ms, at("2025-02-03T04:05:06Z"));
    assert_int_equal(asked(KEY_USED), 2);
    assert_non_null(strstr(ask_of(KEY_USED)->body, "&AccessKeyId=" KEY_2));
}

/* What is not said to be out of use can be used. */
static void a_status_of_later_counts(void **state)
{
    (void)state;
    says(KEYS, 200, KEY_LIST(KEY(KEY_1, "SomethingOfLater", "2023-01-02T00:00:00Z")));
    says(KEY_USED, 200, ANSWER("GetAccessKeyLastUsed", "<AccessKeyLastUsed/>"));
    struct told t = asks(FIRST);
    assert_true(t.found && t.user.keys_active == 1);
}

static void refusals_are_told_and_nothing_is_found(void **state)
{
    (void)state;
    static const char *const questions[] = { ASSUME, USER, KEYS, CERTIFICATES, DEVICES };
    for (size_t i = 0; i < COUNT(questions); i++) {
        says_once(questions[i], 403, REFUSED("AccessDenied", "denied by a policy"));
        assert_not_asked("(AccessDenied): denied by a policy");
        says_once(questions[i], 404, REFUSED("NoSuchEntity", "none"));
        assert_not_asked("(NoSuchEntity)"); /* only of a password that means something */
    }
    says(PROFILE, 400, REFUSED("Throttling", "Rate exceeded"));
    struct told t = asks(FIRST);
    assert_true(!t.found && t.passes && strstr(t.why, "slow down"));
}

static void answers_that_cannot_be_do_not_count(void **state)
{
    (void)state;
    static const struct {
        const char *question, *body;
    } rows[] = {
        { USER, USER_ANSWER("arn:aws:iam::333333333333:root", "") },
        { USER, USER_ANSWER("arn:aws:iam::" FIRST ":user/root", "") },
        { USER, USER_ANSWER("x:iam::" FIRST ":root", "") },
        { USER, USER_ANSWER("", "") },
        { USER,
          USER_ANSWER("arn:aws:iam::" FIRST ":root", "<PasswordLastUsed>soon</PasswordLastUsed>") },
        { USER, "<!DOCTYPE a [<!ENTITY b \"x\">]><GetUserResponse>&b;</GetUserResponse>" },
        { USER, "" },
        { PROFILE, ANSWER("GetLoginProfile", "") },
        { PROFILE, ANSWER("GetLoginProfile", "<LoginProfile/>") },
        { PROFILE,
          ANSWER("GetLoginProfile", "<LoginProfile><CreateDate>1960-01-01T00:00:00Z</CreateDate>"
                                    "</LoginProfile>") },
        { KEYS, ANSWER("ListAccessKeys", "") },
        { KEYS, ANSWER("ListAccessKeys", "<AccessKeyMetadata/><IsTruncated>true</IsTruncated>") },
        { KEYS, KEY_LIST("<entry/>") },
        { KEYS, KEY_LIST(KEY("AKIA&amp;Action=Delete", "Active", "2023-01-02T00:00:00Z")) },
        { KEYS, KEY_LIST(KEY("", "Active", "2023-01-02T00:00:00Z")) },
        { KEYS, KEY_LIST(KEY(KEY_1, "Inactive", "")) },
        { CERTIFICATES,
          ANSWER("ListSigningCertificates", "<Certificates><member/></Certificates>") },
        { DEVICES, ANSWER("ListMFADevices", "<MFADevices><member/></MFADevices>") },
        { DEVICES, ANSWER("ListMFADevices", "<MFADevices/><IsTruncated>maybe</IsTruncated>") },
        { DEVICES, ANSWER("ListSigningCertificates", "<Certificates/>") },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        script(rows[i].question, (struct http_result){ .status = 200, .body = rows[i].body }, 1);
        assert_not_asked("the answer cannot be understood");
    }
    assert_int_equal(asked(KEY_USED), 0);
}

static void a_list_has_a_ceiling(void **state)
{
    (void)state;
    char body[4096] = "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata>";
    struct err err = { "" };
    struct aws_found found = { .account = FIRST };
    for (int i = 0; i <= AWS_FOUND_KEYS; i++)
        strncat(body, KEY(KEY_1, "Active", "2023-01-02T00:00:00Z"), sizeof body - strlen(body) - 1);
    strncat(body, "</AccessKeyMetadata></ListAccessKeysResult></ListAccessKeysResponse>",
            sizeof body - strlen(body) - 1);
    assert_false(aws_read_found(AWS_LIST_ACCESS_KEYS, body, strlen(body), &found, &err));
    assert_int_equal(found.key_count, AWS_FOUND_KEYS);
    memset(body, 0, sizeof body);
    STR_SET(body, "<ListMFADevicesResponse><ListMFADevicesResult><MFADevices>");
    for (int i = 0; i < 33; i++)
        strncat(body, MEMBER("<SerialNumber>a</SerialNumber>"), sizeof body - strlen(body) - 1);
    strncat(body, "</MFADevices></ListMFADevicesResult></ListMFADevicesResponse>",
            sizeof body - strlen(body) - 1);
    assert_false(aws_read_found(AWS_LIST_MFA_DEVICES, body, strlen(body), &found, &err));
}

/* ---- whether anybody can be asked ---- */

#define FEATURES(inside)                \
    ANSWER("ListOrganizationsFeatures", \
           "<OrganizationId>o-1</OrganizationId><EnabledFeatures>" inside "</EnabledFeatures>")

#define IDENTITY                                                              \
    ANSWER("GetCallerIdentity", "<Arn>arn:aws:iam::111122223333:user/r</Arn>" \
                                "<UserId>A</UserId><Account>111122223333</Account>")

static void nobody_is_asked_unless_it_is_on(void **state)
{
    (void)state;
    static const struct {
        const char *features, *why;
    } rows[] = {
        { FEATURES(MEMBER("RootSessions")), "RootCredentialsManagement is off" },
        { FEATURES(""), "are off" },
        { FEATURES(MEMBER("RootCredentialsManagement")), NULL },
    };
    struct err err = { "" };
    assert_false(aws_kind.roots->may(peer.adapter, &err)); /* before anybody has asked */
    says(STS "GetCallerIdentity", 200, IDENTITY);
    for (size_t i = 0; i < COUNT(rows); i++) {
        says(IAM "ListOrganizationsFeatures", 200, rows[i].features);
        err = (struct err){ "" };
        assert_true(aws_kind.probe(peer.adapter, &err));
        assert_int_equal(aws_kind.roots->may(peer.adapter, &err), rows[i].why == NULL);
        assert_true(!rows[i].why ||
                    (strstr(err.text, rows[i].why) && strncmp(err.text, "risk", 4) != 0));
    }
}

static void nobody_is_asked_at_the_endpoint_of_no_region(void **state)
{
    (void)state;
    struct err err = { "" };
    stops();
    STR_SET(settings.sts_url, "https://sts.amazonaws.com");
    makes();
    says("POST sts.amazonaws.com Action=GetCallerIdentity", 200, IDENTITY);
    says(IAM "ListOrganizationsFeatures", 200, FEATURES(MEMBER("RootCredentialsManagement")));
    assert_true(aws_kind.probe(peer.adapter, &err));
    assert_false(aws_kind.roots->may(peer.adapter, &err));
    assert_non_null(strstr(err.text, "sts_url is the endpoint of no region"));
}

static void the_endpoint_of_no_region_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool good;
    } rows[] = {
        { "", true },
        { "https://sts.eu-central-1.amazonaws.com", true },
        { "https://localhost:1/aws/sts.eu-central-1.amazonaws.com", true },
        { "https://sts.amazonaws.com", false },
        { "https://sts.amazonaws.com/", false },
        { "https://sts.amazonaws.com:443/", false },
        { "nowhere", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = { "" };
        struct aws_settings s = settings;
        STR_SET(s.sts_url, rows[i].url);
        if (aws_root_is_answered(&s, &err) != rows[i].good)
            fail_msg("%s", rows[i].url);
        assert_true(rows[i].good || err.text[0]);
    }
}

/* ---- the daemon's looks ---- */

static bool looks(uint64_t id, const char *account, struct err *err)
{
    struct effect effect = { .kind = EFFECT_ROOT_LOOK, .id = id };
    effect.root_of = account;
    return peer.adapter->ops->perform(peer.adapter, &effect, err);
}

static void a_look_is_an_event(void **state)
{
    (void)state;
    struct err err = { "" };
    says(USER, 200, USER_ANSWER("arn:aws:iam::" FIRST ":root", ""));
    says(PROFILE, 200,
         ANSWER("GetLoginProfile", "<LoginProfile><CreateDate>2024-05-06T07:08:09Z</CreateDate>"
                                   "</LoginProfile>"));
    says(KEYS, 200,
         KEY_LIST(KEY(KEY_1, "Inactive", "2025-01-02T03:04:05Z")
                      KEY(KEY_2, "Active", "2023-01-02T03:04:05Z")));
    says(KEY_USED, 200, ANSWER("GetAccessKeyLastUsed", "<AccessKeyLastUsed/>"));
    assert_true(looks(7, FIRST, &err));
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_ROOT_FOUND), 1);
    const struct heard *e = last_heard(EVENT_ROOT_FOUND);
    assert_int_equal(e->effect_id, 7);
    assert_string_equal(e->error, "");
    assert_true(e->found.password);
    assert_int_equal(e->found.keys, 2);
    assert_int_equal(e->found.usable, 1);
    assert_int_equal(e->found.mfa_devices, 0);
    assert_int_equal(e->found.made_ms, at("2025-01-02T03:04:05Z"));
    assert_string_equal(e->text, "");
}

/* What recovery will find there, so that it is done for what was shown and for nothing else. */
static void a_look_that_finds_no_password_says_so_as_recovery_does(void **state)
{
    (void)state;
    struct err err = { "" };
    char digest[65];
    static const char none[] = "no password, so that none can be recovered";
    secret_sha256_hex(none, strlen(none), digest);
    says(USER, 200, USER_ANSWER("arn:aws:iam::" FIRST ":root", ""));
    says(PROFILE, 404, REFUSED("NoSuchEntity", "none"));
    assert_true(looks(7, FIRST, &err));
    passes(MS_MINUTE);
    assert_false(last_heard(EVENT_ROOT_FOUND)->found.password);
    assert_string_equal(last_heard(EVENT_ROOT_FOUND)->text, digest);
}

static void a_look_that_fails_says_why(void **state)
{
    (void)state;
    struct err err = { "" };
    says(ASSUME, 403, REFUSED("AccessDenied", "no"));
    assert_true(looks(7, FIRST, &err));
    passes(MS_MINUTE);
    const struct heard *e = last_heard(EVENT_ROOT_FOUND);
    assert_non_null(strstr(e->error, "(AccessDenied)"));
    assert_false(e->found.passes);
    says(ASSUME, 503, REFUSED("Throttling", "slow"));
    assert_true(looks(8, FIRST, &err));
    passes(MS_MINUTE);
    assert_true(last_heard(EVENT_ROOT_FOUND)->found.passes);
    assert_int_equal(heard(EVENT_ROOT_FOUND), 2);
}

/* More than are asked about at once: each is told, once, in the end. */
static void looks_wait_for_each_other(void **state)
{
    (void)state;
    struct err err = { "" };
    uint64_t most = LIMIT_CASES + ROOT_USERS_AT_ONCE;
    for (uint64_t id = 1; id <= most; id++)
        assert_true(looks(id, FIRST, &err));
    assert_false(looks(most + 1, FIRST, &err));
    assert_non_null(strstr(err.text, "wait for AWS already"));
    passes(20 * MS_MINUTE);
    assert_int_equal(heard(EVENT_ROOT_FOUND), most);
}

static void what_is_no_account_is_not_looked_at(void **state)
{
    (void)state;
    struct err err = { "" };
    assert_false(looks(7, "22222222222", &err));
    STR_SET(settings.sts_url, "https://sts.amazonaws.com");
    peer.adapter->ops->stop(peer.adapter);
    makes();
    assert_false(looks(7, FIRST, &err));
    assert_non_null(strstr(err.text, "no region"));
    assert_int_equal(heard(EVENT_ROOT_FOUND), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begins, ends)
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_of_one_task_and_a_quarter_of_an_hour),
        TEST(each_account_has_a_session_of_its_own),
        TEST(sessions_are_taken_one_at_a_time),
        TEST(a_session_that_ends_is_replaced_once),
        TEST(a_session_that_is_none_is_not_used),
        TEST(nothing_is_found_where_nothing_is),
        TEST(everything_is_found),
        TEST(a_status_of_later_counts),
        TEST(refusals_are_told_and_nothing_is_found),
        TEST(answers_that_cannot_be_do_not_count),
        TEST(a_list_has_a_ceiling),
        TEST(nobody_is_asked_unless_it_is_on),
        TEST(nobody_is_asked_at_the_endpoint_of_no_region),
        TEST(the_endpoint_of_no_region_is_refused),
        TEST(a_look_is_an_event),
        TEST(a_look_that_finds_no_password_says_so_as_recovery_does),
        TEST(a_look_that_fails_says_why),
        TEST(looks_wait_for_each_other),
        TEST(what_is_no_account_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
