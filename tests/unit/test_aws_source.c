/* SPDX-License-Identifier: Apache-2.0 */
/* Where AWS's credentials come from: what is assumed, when it is renewed, and what is done while
   that fails. The time and AWS are the test's own. */
#include "tests/unit/unit_peer.h"

#include "adapters/aws/kind.h"
#include "adapters/aws/session.h"
#include "adapters/aws/settings.h"
#include "host/clock.h"

#include <sys/stat.h>
#include <unistd.h>

#define STS "POST sts.eu-central-1.amazonaws.com Action="
#define WHO STS "GetCallerIdentity"
#define ASSUME STS "AssumeRole&"
#define WEB STS "AssumeRoleWithWebIdentity"
#define FEATURES "POST iam.amazonaws.com Action=ListOrganizationsFeatures"
#define WHO_ANSWER                                                                  \
    "<GetCallerIdentityResponse><GetCallerIdentityResult>"                          \
    "<Arn>arn:aws:sts::111122223333:assumed-role/reguard/reguard</Arn>"             \
    "<UserId>A:r</UserId><Account>111122223333</Account></GetCallerIdentityResult>" \
    "</GetCallerIdentityResponse>"
#define FEATURES_ANSWER                                                      \
    "<ListOrganizationsFeaturesResponse><ListOrganizationsFeaturesResult>"   \
    "<OrganizationId>o-1</OrganizationId></ListOrganizationsFeaturesResult>" \
    "</ListOrganizationsFeaturesResponse>"
#define REFUSED(code, message)                                     \
    "<ErrorResponse><Error><Code>" code "</Code><Message>" message \
    "</Message></Error></ErrorResponse>"
#define SECRET "s3cretOfTheSession"
#define EMPTY_CREDENTIALS \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials/></AssumeRoleResult></AssumeRoleResponse>"

static struct aws_settings settings;
static char assumed[12][2048]; /* answers, which the script borrows */
static size_t assumed_count;

/* An answer to AssumeRole whose session ends at that moment. */
static const char *session_until(const char *key, const char *ends)
{
    char *to = assumed[assumed_count++ % COUNT(assumed)];
    snprintf(to, sizeof assumed[0],
             "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId>"
             "<SecretAccessKey>" SECRET "</SecretAccessKey><SessionToken>t0ken</SessionToken>"
             "<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
             key, ends);
    return to;
}

static const char *session_for(const char *key, ms_t lasts_ms)
{
    char ends[CLOCK_ISO_BYTES];
    clock_iso(clock_wall_ms() + lasts_ms, ends);
    return session_until(key, ends);
}

#define FIRST "ASIAFIRST00000000001"
#define SECOND "ASIASECOND0000000002"

static int begins(void **state)
{
    (void)state;
    peer_begin();
    assumed_count = 0;
    settings = (struct aws_settings){ .region = "eu-central-1",
                                      .access_key_id = "AKIABASE000000000001",
                                      .role_arn = "arn:aws:iam::111122223333:role/reguard",
                                      .role_session_name = "reguard",
                                      .session_duration = MS_HOUR,
                                      .request_timeout = 15 * MS_SECOND };
    says(WHO, 200, WHO_ANSWER);
    says(FEATURES, 200, FEATURES_ANSWER);
    return 0;
}

static int ends(void **state)
{
    (void)state;
    peer_end();
    return 0;
}

static void makes(void)
{
    struct err err = { "" };
    struct adapter_world world = { .settings = &settings, .secrets = { secret_from("base") } };
    peer.adapter = aws_kind.make(&world, &err);
    assert_non_null(peer.adapter);
}

static bool probes(struct err *err)
{
    *err = (struct err){ "" };
    return aws_kind.probe(peer.adapter, err);
}

static void probes_well(void)
{
    struct err err;
    if (!probes(&err))
        fail_msg("%s", err.text);
}

static void assert_fails(const char *part)
{
    struct err err;
    assert_false(probes(&err));
    if (!strstr(err.text, part) || strstr(err.text, SECRET))
        fail_msg("“%s” instead of “%s”", err.text, part);
}

static void assert_signed_by(const char *what, const char *key)
{
    const struct ask *a = ask_of(what);
    if (!strstr(a->bearer, key))
        fail_msg("%s: “%.60s” is not of %s", what, a->bearer, key);
}

static char lines[4096];
static void take_line(void *arg, bool fine, const char *text)
{
    (void)arg, (void)fine;
    size_t used = strlen(lines);
    snprintf(lines + used, sizeof lines - used, "%s\n", text);
}

static const char *told(void)
{
    lines[0] = '\0';
    aws_kind.describe(peer.adapter, take_line, NULL);
    return lines;
}

/* ---- one role ---- */

static void a_role_is_assumed_and_asks_everything_else(void **state)
{
    (void)state;
    says(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    assert_signed_by(ASSUME, "AKIABASE000000000001");
    assert_signed_by(WHO, FIRST);
    assert_signed_by(FEATURES, FIRST);
    assert_int_equal(asked(ASSUME), 1);
    assert_string_equal(ask_of(ASSUME)->body,
                        "Action=AssumeRole&Version=2011-06-15"
                        "&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Freguard"
                        "&RoleSessionName=reguard&DurationSeconds=3600");
    assert_non_null(strstr(told(), "role/reguard"));
    assert_non_null(strstr(told(), "they last until 20"));
}

static void without_a_role_none_is_asked_for(void **state)
{
    (void)state;
    settings.role_arn[0] = '\0';
    makes();
    probes_well();
    assert_signed_by(WHO, "AKIABASE000000000001");
    assert_int_equal(asked(ASSUME), 0);
    assert_null(strstr(told(), "last until"));
}

static void a_role_that_is_refused_says_why_once_for_all(void **state)
{
    (void)state;
    says(ASSUME, 403, REFUSED("AccessDenied", "no trust"));
    makes();
    assert_fails("sts:AssumeRole: the credentials may not do that (AccessDenied): no trust");
    assert_int_equal(asked(WHO), 0);
    assert_string_equal(told(), "");
}

/* ---- in time ---- */

static void a_session_is_kept_while_it_is_far_from_its_end(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    passes(40 * MS_MINUTE);
    probes_well();
    assert_int_equal(asked(ASSUME), 1);
}

static void a_session_is_renewed_before_its_end(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    passes(50 * MS_MINUTE + MS_SECOND);
    says_once(ASSUME, 200, session_for(SECOND, MS_HOUR));
    probes_well();
    assert_int_equal(asked(ASSUME), 2);
    assert_signed_by(FEATURES, SECOND);
}

static void a_short_session_is_renewed_in_its_last_third(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, 15 * MS_MINUTE));
    makes();
    probes_well();
    passes(9 * MS_MINUTE);
    probes_well();
    assert_int_equal(asked(ASSUME), 1);
    passes(2 * MS_MINUTE);
    says_once(ASSUME, 200, session_for(SECOND, 15 * MS_MINUTE));
    probes_well();
    assert_int_equal(asked(ASSUME), 2);
}

static void a_refused_renewal_leaves_the_old_one_while_it_lasts(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    says(ASSUME, 403, REFUSED("AccessDenied", "no more"));
    passes(51 * MS_MINUTE);
    probes_well();
    assert_signed_by(FEATURES, FIRST);
    assert_non_null(strstr(told(), "risk: they could not be renewed"));
    size_t before = asked(ASSUME);
    passes(5 * MS_SECOND);
    probes_well(); /* not asked for again with every question */
    assert_int_equal(asked(ASSUME), before);
    passes(MS_MINUTE);
    probes_well();
    assert_int_equal(asked(ASSUME), before + 1);
}

static void what_has_ended_is_never_used(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    says(ASSUME, 403, REFUSED("AccessDenied", "no more"));
    passes(MS_HOUR);
    size_t before = asked(WHO);
    assert_fails("sts:AssumeRole");
    assert_int_equal(asked(WHO), before);
}

static void a_renewal_that_comes_back_is_told_no_more(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    passes(51 * MS_MINUTE);
    says_once(ASSUME, 403, REFUSED("AccessDenied", "no more"));
    probes_well();
    passes(MS_MINUTE + MS_SECOND);
    says(ASSUME, 200, session_for(SECOND, MS_HOUR));
    probes_well();
    assert_null(strstr(told(), "risk: they could not be renewed"));
    assert_signed_by(FEATURES, SECOND);
}

/* ---- against what AWS says ---- */

static void a_session_that_aws_ends_early_is_replaced_once(void **state)
{
    (void)state;
    says_once(ASSUME, 200, session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    says_once(ASSUME, 200, session_for(SECOND, MS_HOUR));
    says_once(WHO, 403, REFUSED("ExpiredToken", "over"));
    probes_well();
    assert_signed_by(WHO, SECOND);
    says(ASSUME, 200, session_for(FIRST, MS_HOUR));
    says(WHO, 403, REFUSED("ExpiredToken", "over"));
    size_t before = asked(WHO);
    assert_fails("the session of these credentials has ended");
    assert_int_equal(asked(WHO), before + 2);
}

static void hostile_sessions_are_refused(void **state)
{
    (void)state;
    char lengthy[9000];
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    const char *const bodies[] = {
        session_until(FIRST, "tomorrow"),
        session_until(FIRST, ""),
        session_until(FIRST, "2020-01-01T00:00:00Z"),
        session_until(FIRST, "999999-01-01T00:00:00Z"),
        session_until("", "2099-01-01T00:00:00Z"),
        session_until("asia first", "2099-01-01T00:00:00Z"),
        "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
        EMPTY_CREDENTIALS,
        "<AssumeRoleWithSAMLResponse/>",
        "{\"AccessKeyId\":\"ASIA\"}",
        "",
        lengthy,
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct err err = { "" };
        struct aws_session s = { .ends_ms = 0 };
        assert_false(aws_read_session(AWS_ASSUME_ROLE, bodies[i], strlen(bodies[i]), MS_DAY * 20000,
                                      &s, &err));
        assert_true(err.text[0] && !s.secret && !s.token && !s.access_key_id[0]);
        if (strstr(err.text, SECRET) || strstr(err.text, "t0ken"))
            fail_msg("“%s” tells a secret", err.text);
    }
    says(ASSUME, 200, bodies[0]);
    makes();
    assert_fails("sts:AssumeRole: the answer cannot be understood: it does not say when");
    assert_int_equal(asked(WHO), 0);
}

/* ---- a web identity ---- */

#define WEB_ANSWER(text)                                                        \
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>" text \
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"

static const char *web_session_for(const char *key, ms_t lasts_ms)
{
    char ends_at[CLOCK_ISO_BYTES], *to = assumed[assumed_count++ % COUNT(assumed)];
    clock_iso(clock_wall_ms() + lasts_ms, ends_at);
    snprintf(to, sizeof assumed[0],
             WEB_ANSWER("<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>" SECRET
                        "</SecretAccessKey><SessionToken>t0ken</SessionToken>"
                        "<Expiration>%s</Expiration></Credentials>"),
             key, ends_at);
    return to;
}

static void writes(const char *file, const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fchmod(fileno(f), 0600) == 0 && fclose(f) == 0);
}

static const char *has_web_identity(const char *token)
{
    static char file[64];
    snprintf(file, sizeof file, "/tmp/reguard-unit-web-%d", (int)getpid());
    settings.credentials = AWS_WEB_IDENTITY;
    settings.access_key_id[0] = '\0';
    STR_SET(settings.web_identity_token_file, file);
    writes(file, token);
    return file;
}

static void a_web_identity_is_read_again_for_each_session(void **state)
{
    (void)state;
    const char *file = has_web_identity("eyJfirst");
    says_once(WEB, 200, web_session_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    assert_non_null(strstr(ask_of(WEB)->body, "&WebIdentityToken=eyJfirst"));
    assert_string_equal(ask_of(WEB)->bearer, "");
    assert_signed_by(FEATURES, FIRST);
    assert_non_null(strstr(told(), file));
    writes(file, "eyJsecond");
    passes(51 * MS_MINUTE);
    says_once(WEB, 200, web_session_for(SECOND, MS_HOUR));
    probes_well();
    assert_non_null(strstr(ask_of(WEB)->body, "&WebIdentityToken=eyJsecond"));
    assert_signed_by(FEATURES, SECOND);
    assert_int_equal(asked(ASSUME), 0);
    unlink(file);
    passes(51 * MS_MINUTE);
    probes_well(); /* with the old one */
    assert_non_null(strstr(told(), "risk: they could not be renewed"));
    passes(MS_HOUR);
    assert_fails("No such file");
}

static void a_refused_web_identity_is_not_repeated(void **state)
{
    (void)state;
    const char *file = has_web_identity("eyJs3cret");
    static const struct {
        const char *answer, *why;
    } rows[] = {
        { REFUSED("AccessDenied", "eyJs3cret"), "the credentials may not do that (AccessDenied)" },
        { REFUSED("InvalidIdentityToken", "eyJs3cret"), "AWS does not take the web identity" },
        { REFUSED("ExpiredTokenException", "eyJs3cret"), "has ended" },
        { REFUSED("ValidationError", "eyJs3cret"), "does not take a value" },
        { REFUSED("Other", "eyJs3cret"), "AWS answered 400, Other" },
    };
    makes();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;
        says(WEB, 400, rows[i].answer);
        assert_false(probes(&err));
        if (!strstr(err.text, rows[i].why) || strstr(err.text, "eyJs3cret"))
            fail_msg("“%s”", err.text);
    }
    assert_int_equal(asked(WHO), 0);
    unlink(file);
}

/* ---- a container, an instance ---- */

#define TOKEN "PUT 169.254.169.254/latest/api/token"
#define ROLE "GET 169.254.169.254/latest/meta-data/iam/security-credentials/"
#define KEYS ROLE "unit"

static const char *handed_until(const char *key, const char *ends_at)
{
    char *to = assumed[assumed_count++ % COUNT(assumed)];
    snprintf(to, sizeof assumed[0],
             "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"" SECRET
             "\",\"Token\":\"t0ken\",\"Expiration\":\"%s\"}",
             key, ends_at);
    return to;
}

static const char *handed_for(const char *key, ms_t lasts_ms)
{
    char ends_at[CLOCK_ISO_BYTES];
    clock_iso(clock_wall_ms() + lasts_ms, ends_at);
    return handed_until(key, ends_at);
}

static void is_on(enum aws_way way)
{
    settings.credentials = way;
    settings.access_key_id[0] = settings.role_arn[0] = '\0';
    if (way == AWS_CONTAINER)
        STR_SET(settings.container_url, "http://169.254.170.2/v2/credentials/s3cret-of-the-task");
}

static void an_instance_is_asked_in_three_steps(void **state)
{
    (void)state;
    is_on(AWS_INSTANCE);
    says(TOKEN, 200, "AQAAtoken==");
    says(ROLE, 200, "unit\n");
    says(KEYS, 200, handed_for(FIRST, 6 * MS_HOUR));
    makes();
    probes_well();
    assert_signed_by(FEATURES, FIRST);
    assert_int_equal(asked(TOKEN) + asked(ROLE), 3);
    assert_non_null(strstr(told(), "the credentials of this instance; they last until 20"));
    passes(5 * MS_HOUR + 51 * MS_MINUTE);
    says(KEYS, 200, handed_for(SECOND, 6 * MS_HOUR));
    probes_well();
    assert_signed_by(FEATURES, SECOND);
    assert_int_equal(asked(TOKEN), 2);
}

static void version_1_of_the_metadata_service_is_never_tried(void **state)
{
    (void)state;
    static const struct {
        long status;
        const char *body, *why;
    } rows[] = {
        { 403, "", "it gives no token (403): only its version 2 is used" },
        { 404, "", "it gives no token (404)" },
        { 302, "", "leads elsewhere and is not followed" },
        { 500, "", "it gives no token (500)" },
        { 200, "", "it gives no token" },
        { 200, "to ken", "it gives no token" },
    };
    is_on(AWS_INSTANCE);
    says(ROLE, 200, "unit");
    says(KEYS, 200, handed_for(FIRST, MS_HOUR));
    makes();
    for (size_t i = 0; i < COUNT(rows); i++) {
        says(TOKEN, rows[i].status, rows[i].body);
        assert_fails(rows[i].why);
    }
    breaks(TOKEN, -1);
    size_t before = asked(TOKEN);
    assert_fails("the line broke");
    assert_int_equal(asked(TOKEN), before + 3);
    assert_int_equal(asked("GET latest"), 0);
    assert_int_equal(asked(WHO), 0);
}

static void an_instance_says_why_it_hands_out_nothing(void **state)
{
    (void)state;
    is_on(AWS_INSTANCE);
    says(TOKEN, 200, "AQAAtoken==");
    says(ROLE, 404, "");
    makes();
    assert_fails("the instance has no role");
    static const char *const names[] = { "", "two\nnames", "../x", "<html>", "a b" };
    for (size_t i = 0; i < COUNT(names); i++) {
        says(ROLE, 200, names[i]);
        assert_fails("it names no role");
    }
    says(ROLE, 200, "unit");
    says(KEYS, 200, "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"" SECRET "\"}");
    assert_fails("it hands out none: AssumeRoleUnauthorizedAccess");
}

static void a_container_has_its_token_read_each_time(void **state)
{
    (void)state;
    char file[64];
    snprintf(file, sizeof file, "/tmp/reguard-unit-container-%d", (int)getpid());
    is_on(AWS_CONTAINER);
    STR_SET(settings.container_token_file, file);
    writes(file, "first-token");
    says("GET 169.254.170.2", 200, handed_for(FIRST, MS_HOUR));
    makes();
    probes_well();
    assert_string_equal(ask_of("GET 169.254.170.2")->bearer, "first-token");
    writes(file, "second-token");
    passes(51 * MS_MINUTE);
    says("GET 169.254.170.2", 200, handed_for(SECOND, MS_HOUR));
    probes_well();
    assert_string_equal(ask_of("GET 169.254.170.2")->bearer, "second-token");
    assert_signed_by(FEATURES, SECOND);
    assert_null(strstr(told(), "s3cret-of-the-task"));
    unlink(file);
}

static void a_role_stands_on_top_of_a_container(void **state)
{
    (void)state;
    is_on(AWS_CONTAINER);
    STR_SET(settings.role_arn, "arn:aws:iam::111122223333:role/reguard");
    says("GET 169.254.170.2", 200, handed_for(FIRST, 6 * MS_HOUR));
    says(ASSUME, 200, session_for(SECOND, MS_HOUR));
    makes();
    probes_well();
    assert_signed_by(ASSUME, FIRST);
    assert_signed_by(FEATURES, SECOND);
    passes(51 * MS_MINUTE);
    says(ASSUME, 200, session_for(SECOND, MS_HOUR));
    probes_well();
    assert_int_equal(asked("GET 169.254.170.2"), 1);
}

static void hostile_answers_of_a_machine_are_refused(void **state)
{
    (void)state;
    const char *const bodies[] = {
        handed_until(FIRST, "soon"),
        handed_until(FIRST, "2020-01-01T00:00:00Z"),
        handed_until("", "2099-01-01T00:00:00Z"),
        handed_until("a b", "2099-01-01T00:00:00Z"),
        "{\"AccessKeyId\":\"ASIAFIRST00000000001\",\"SecretAccessKey\":\"a b\",\"Token\":\"t\"}",
        "{\"AccessKeyId\":[],\"SecretAccessKey\":{},\"Token\":1,\"Expiration\":null}",
        "{\"Code\":\"s3cretOfTheSession t0ken\"}",
        "{\"SecretAccessKey\":\"s3cretOfTheSession\"",
        "[]",
        "s3cretOfTheSession",
        "<AssumeRoleResponse/>",
        "",
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct err err = { "" };
        struct aws_session s = { .ends_ms = 0 };
        assert_false(aws_read_handed(bodies[i], strlen(bodies[i]), MS_DAY * 20000, &s, &err));
        assert_true(err.text[0] && !s.secret && !s.token && !s.access_key_id[0]);
        if (strstr(err.text, SECRET) || strstr(err.text, "t0ken"))
            fail_msg("“%s” tells a secret", err.text);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begins, ends)
    const struct CMUnitTest tests[] = {
        TEST(a_role_is_assumed_and_asks_everything_else),
        TEST(without_a_role_none_is_asked_for),
        TEST(a_role_that_is_refused_says_why_once_for_all),
        TEST(a_session_is_kept_while_it_is_far_from_its_end),
        TEST(a_session_is_renewed_before_its_end),
        TEST(a_short_session_is_renewed_in_its_last_third),
        TEST(a_refused_renewal_leaves_the_old_one_while_it_lasts),
        TEST(what_has_ended_is_never_used),
        TEST(a_renewal_that_comes_back_is_told_no_more),
        TEST(a_session_that_aws_ends_early_is_replaced_once),
        TEST(a_web_identity_is_read_again_for_each_session),
        TEST(a_refused_web_identity_is_not_repeated),
        TEST(an_instance_is_asked_in_three_steps),
        TEST(version_1_of_the_metadata_service_is_never_tried),
        TEST(an_instance_says_why_it_hands_out_nothing),
        TEST(a_container_has_its_token_read_each_time),
        TEST(a_role_stands_on_top_of_a_container),
        TEST(hostile_answers_of_a_machine_are_refused),
        TEST(hostile_sessions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
