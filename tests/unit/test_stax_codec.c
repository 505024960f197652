/* SPDX-License-Identifier: Apache-2.0 */
/* What Stax and the AWS sign-in answer, as values; and the one change, which must never touch a
   second flag. */
#include "tests/unit/unit.h"
#include "tests/stax_whole.h"

#include "adapters/stax/provider.h"
#include "adapters/stax/codec.h"
#include "core/flags.h"
#include "core/person.h"
#include "host/json.h"

#include <openssl/evp.h>

#define TRUE_KEY "\"" STAX_ROOT_KEY "\":true"

static struct arena arena;
static struct err err;
static char *lent;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(lent);
    arena_done(&arena);
    return 0;
}

/* A copy that ends with its last byte: reading on is found by the address sanitizer. */
static const char *exact(const char *text, size_t bytes)
{
    free(lent);
    lent = malloc(bytes ? bytes : 1);
    assert_non_null(lent);
    memcpy(lent, text, bytes);
    return lent;
}

#define BODY(text) exact(text, strlen(text)), strlen(text)

static const char *const junk[] = { "",
                                    " ",
                                    "null",
                                    "true",
                                    "17",
                                    "\"text\"",
                                    "[]",
                                    "{}",
                                    "{",
                                    "<html>504</html>",
                                    "{\"a\":\"\xFF\"}",
                                    "{\"a\":1,\"a\":2}",
                                    "{\"a\":\"\\u0000\"}" };

/* ---- signing in ---- */

#define CONFIG                                                                                \
    "{\"ApiAuth\":{\"identityPoolId\":\"ap-southeast-2:1111\",\"region\":\"ap-southeast-2\"," \
    "\"userPoolId\":\"ap-southeast-2_POOL\","                                                 \
    "\"userPoolWebClientId\":\"client\",\"mandatorySignIn\":true,\"new\":{\"x\":[1]}},"       \
    "\"JumaAuth\":{\"region\":\"us-east-1\"},\"Features\":[\"a\"],\"Segment\":{}}"

static void assert_pool(const char *body)
{
    struct stax_pool pool = { 0 };
    assert_true(stax_public_config(BODY(body), &arena, &pool, &err));
    assert_string_equal(pool.region, "ap-southeast-2");
    assert_string_equal(pool.user_pool_id, "ap-southeast-2_POOL");
    assert_string_equal(pool.client_id, "client");
    assert_string_equal(pool.identity_pool_id, "ap-southeast-2:1111");
}

static void public_config_is_json_or_base64(void **state)
{
    (void)state;
    char base64[1024];
    assert_pool(CONFIG);
    assert_pool(" \r\n\t" CONFIG "\n");
    /* Each of the three paddings. */
    for (size_t pad = 0; pad < 3; pad++) {
        const char *padded = arena_printf(&arena, "%s%*s", CONFIG, (int)pad, "");
        EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)padded,
                        (int)strlen(padded));
        assert_pool(base64);
        assert_pool(arena_printf(&arena, "\n%s\n", base64));
        assert_pool(arena_printf(&arena, "\"%s\"", base64));
    }
}

static void public_config_needs_its_four_members(void **state)
{
    (void)state;
    static const char *const members[] = { "region", "userPoolId", "userPoolWebClientId",
                                           "identityPoolId" };
    struct stax_pool pool;
    for (size_t i = 0; i < COUNT(members); i++) {
        JSON_AUTO *json = json_loads(CONFIG, 0, NULL);
        json_t *auth = json_object_get(json, "ApiAuth");
        json_t *const values[] = { json_string(""), json_integer(7), json_null(), json_object(),
                                   json_array() };
        for (size_t v = 0; v < COUNT(values); v++) {
            json_object_set_new(auth, members[i], values[v]);
            assert_false(stax_public_config(BODY(json_print(&arena, json)), &arena, &pool, &err));
            assert_non_null(strstr(err.text, members[i]));
        }
        json_object_del(auth, members[i]);
        assert_false(stax_public_config(BODY(json_print(&arena, json)), &arena, &pool, &err));
    }
    static const char *const others[] = {
        "{\"ApiAuth\":7}", "{\"Auth\":{}}", "e30=", "eyJ", "====", "%%%", "\"", "\"\"", "e30",
        "bm9uc2Vuc2U="
    };
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(stax_public_config(BODY(others[i]), &arena, &pool, &err));
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_public_config(BODY(junk[i]), &arena, &pool, &err));
}

static void the_challenge_is_the_password_one(void **state)
{
    (void)state;
    struct stax_challenge c;
    const char *token;
    assert_true(stax_challenge(
        BODY("{\"ChallengeName\":\"PASSWORD_VERIFIER\",\"Session\":null,\"ChallengeParameters\":{"
             "\"SALT\":\"6f\",\"SRP_B\":\"ab\",\"SECRET_BLOCK\":\"QQ==\","
             "\"USERNAME\":\"other\",\"USER_ID_FOR_SRP\":\"me\"}}"),
        &arena, &c, &err));
    assert_string_equal(c.salt, "6f");
    assert_string_equal(c.b, "ab");
    assert_string_equal(c.secret_block, "QQ==");
    assert_string_equal(c.user, "me");
    static const char *const wrong[] = {
        "{\"ChallengeName\":\"SMS_MFA\",\"ChallengeParameters\":{\"SALT\":\"6f\",\"SRP_B\":\"ab\","
        "\"SECRET_BLOCK\":\"QQ==\",\"USER_ID_FOR_SRP\":\"me\"}}",
        "{\"ChallengeParameters\":{\"SALT\":\"6f\",\"SRP_B\":\"ab\",\"SECRET_BLOCK\":\"QQ==\","
        "\"USER_ID_FOR_SRP\":\"me\"}}",
        "{\"ChallengeName\":\"PASSWORD_VERIFIER\",\"ChallengeParameters\":{\"SRP_B\":\"ab\","
        "\"SECRET_BLOCK\":\"QQ==\",\"USER_ID_FOR_SRP\":\"me\"}}",
        "{\"ChallengeName\":\"PASSWORD_VERIFIER\",\"ChallengeParameters\":{\"SALT\":\"6f\",\"SRP_"
        "B\":5,\"SECRET_BLOCK\":\"QQ==\",\"USER_ID_FOR_SRP\":\"me\"}}",
        "{\"ChallengeName\":\"PASSWORD_VERIFIER\",\"ChallengeParameters\":{\"SALT\":\"6f\",\"SRP_"
        "B\":\"ab\",\"SECRET_BLOCK\":\"\",\"USER_ID_FOR_SRP\":\"me\"}}",
        "{\"ChallengeName\":\"PASSWORD_VERIFIER\"}",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(stax_challenge(BODY(wrong[i]), &arena, &c, &err));
    assert_true(stax_id_token(BODY("{\"AuthenticationResult\":{\"IdToken\":\"jwt\",\"ExpiresIn\":"
                                   "3600},\"ChallengeParameters\":{}}"),
                              &arena, &token, &err));
    assert_string_equal(token, "jwt");
    assert_false(stax_id_token(BODY("{\"ChallengeName\":\"NEW_PASSWORD_REQUIRED\","
                                    "\"AuthenticationResult\":{\"IdToken\":\"jwt\"}}"),
                               &arena, &token, &err));
    assert_non_null(strstr(err.text, "new password"));
    static const char *const others[] = { "SOFTWARE_TOKEN_MFA", "DEVICE_SRP_AUTH",  "SMS_MFA",
                                          "MFA_SETUP",          "SELECT_CHALLENGE", "A_NEW_ONE" };
    for (size_t i = 0; i < COUNT(others); i++) {
        const char *text = arena_printf(&arena, "{\"ChallengeName\":\"%s\",\"Session\":\"s\"}",
                                        others[i]);
        assert_false(stax_id_token(BODY(text), &arena, &token, &err));
        assert_non_null(strstr(err.text, others[i]));
        assert_non_null(strstr(err.text, "type API"));
        assert_false(stax_challenge(BODY(text), &arena, &c, &err));
        assert_non_null(strstr(err.text, others[i]));
    }
    assert_false(stax_id_token(BODY("{\"AuthenticationResult\":{\"AccessToken\":\"x\"}}"), &arena,
                               &token, &err));
    assert_true(stax_identity(BODY("{\"IdentityId\":\"ap-southeast-2:9\"}"), &arena, &token, &err));
    assert_string_equal(token, "ap-southeast-2:9");
    for (size_t i = 0; i < COUNT(junk); i++) {
        assert_false(stax_challenge(BODY(junk[i]), &arena, &c, &err));
        assert_false(stax_id_token(BODY(junk[i]), &arena, &token, &err));
        assert_false(stax_identity(BODY(junk[i]), &arena, &token, &err));
    }
}

static void credentials_expire_in_any_number_form(void **state)
{
    (void)state;
    static const struct {
        const char *expiration;
        ms_t ms;
    } cases[] = {
        { "1764000000", 1764000000000 },
        { "1764000000.0", 1764000000000 },
        { "1764000000.5", 1764000000500 },
        { "1.764E9", 1764000000000 },
        { "1.7640000005e+9", 1764000000500 },
        { "17640000e2", 1764000000000 },
        { "0", 0 },
        { "-1", 0 },
        { "1e12", 0 },
        { "1764000000000", 0 },
        { "\"1764000000\"", 0 },
        { "null", 0 },
        { "true", 0 },
        { "{}", 0 },
        { "1e999", 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct stax_credentials c = { 0 };
        const char *body =
            arena_printf(&arena,
                         "{\"IdentityId\":\"i\",\"Credentials\":{\"AccessKeyId\":\"ASIA\","
                         "\"SecretKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":%s}}",
                         cases[i].expiration);
        assert_int_equal(stax_credentials(BODY(body), &arena, &c, &err), cases[i].ms > 0);
        assert_int_equal(c.expires_ms, cases[i].ms);
        if (cases[i].ms)
            assert_string_equal(c.secret_key, "s");
    }
    struct stax_credentials c;
    assert_false(
        stax_credentials(BODY("{\"Credentials\":{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
                              "\"SessionToken\":\"t\",\"Expiration\":1764000000}}"),
                         &arena, &c, &err));
    assert_non_null(strstr(err.text, "SecretKey"));
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_credentials(BODY(junk[i]), &arena, &c, &err));
}

static void requests_are_those_of_the_service(void **state)
{
    (void)state;
    struct stax_pool pool = { "ap-southeast-2", "ap-southeast-2_POOL", "client",
                              "ap-southeast-2:1111" };
    struct stax_challenge c = { "6f", "ab", "QQ==", "me" };
    assert_string_equal(stax_initiate(&arena, "client", "key", "abc"),
                        "{\"AuthFlow\":\"USER_SRP_AUTH\",\"AuthParameters\":{\"SRP_A\":\"abc\","
                        "\"USERNAME\":\"key\"},\"ClientId\":\"client\"}");
    assert_string_equal(
        stax_respond(&arena, "client", &c, "Wed Nov 4 03:02:01 UTC 2026", "sig="),
        "{\"ChallengeName\":\"PASSWORD_VERIFIER\",\"ChallengeResponses\":{\"PASSWORD_CLAIM_SECRET_"
        "BLOCK\":\"QQ==\",\"PASSWORD_CLAIM_SIGNATURE\":\"sig=\","
        "\"TIMESTAMP\":\"Wed Nov 4 03:02:01 UTC "
        "2026\",\"USERNAME\":\"me\"},\"ClientId\":\"client\"}");
    assert_string_equal(stax_logins(&arena, &pool, NULL, "jwt"),
                        "{\"IdentityPoolId\":\"ap-southeast-2:1111\",\"Logins\":{\"cognito-idp.ap-"
                        "southeast-2.amazonaws.com/ap-southeast-2_POOL\":\"jwt\"}}");
    assert_string_equal(stax_logins(&arena, &pool, "ap-southeast-2:9", "jwt"),
                        "{\"IdentityId\":\"ap-southeast-2:9\",\"Logins\":{\"cognito-idp.ap-"
                        "southeast-2.amazonaws.com/ap-southeast-2_POOL\":\"jwt\"}}");
}

/* ---- reading ---- */

static const struct stax_wanted everybody = { 0 };

static void users_are_read_whole(void **state)
{
    (void)state;
    struct survey s = { 0 };
    assert_true(stax_users(
        BODY("{\"Users\":[{\"Id\":\"1\",\"Email\":\"ada@example.com\",\"Name\":\"Ada\",\"Role\":"
             "\"customer_admin\",\"Status\":\"ACTIVE\",\"MFAEnabled\":null,\"Extra\":{}},"
             "{\"Id\":2,\"Email\":null,\"Status\":[\"ACTIVE\"]},\"odd\"]}"),
        &everybody, &arena, &s, &err));
    assert_int_equal(s.user_count, 3);
    assert_string_equal(s.users[0].id, "1");
    assert_string_equal(s.users[0].email, "ada@example.com");
    assert_string_equal(s.users[0].role, "customer_admin");
    assert_string_equal(s.users[0].status, "ACTIVE");
    /* What is absent or of another type is empty, and an empty status is not ACTIVE. */
    for (size_t i = 1; i < 3; i++) {
        assert_string_equal(s.users[i].id, "");
        assert_string_equal(s.users[i].email, "");
        assert_string_equal(s.users[i].status, "");
    }
    assert_true(stax_users(BODY("{\"Users\":[]}"), &everybody, &arena, &s, &err));
    assert_int_equal(s.user_count, 0);
    assert_false(stax_users(BODY("{\"Users\":{}}"), &everybody, &arena, &s, &err));
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_users(BODY(junk[i]), &everybody, &arena, &s, &err));
}

/* Of thousands only those are kept whom [people] points to, who have a part in a case, or whom the
   feed names; who cannot be read may be one of them. */
static void of_a_long_roster_only_the_wanted_are_kept(void **state)
{
    (void)state;
    static struct people people = { .count = 2 };
    static const char *const ids[] = { "u19999", "" };
    STR_SET(people.rows[0].key, "User7@Example.com");
    STR_SET(people.rows[1].key, "U12");
    struct effect_survey about = { .people = &people, .user_ids = ids, .user_id_count = 2 };
    struct stax_wanted wanted;
    stax_want(&arena, &about, &wanted);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_HTTP_BODY_BYTES);
    buf_add(&b, "{\"Users\":[");
    for (int i = 0; i < LIMIT_USERS; i++)
        buf_addf(&b, "%s{\"Id\":\"u%d\",\"Email\":\"user%d@example.com\",\"Status\":\"ACTIVE\"}",
                 i ? "," : "", i, i);
    size_t whole = b.bytes;
    buf_add(&b, "]}");
    const struct feed_entry feed[] = { { "nobody", "u9", 0 },
                                       { NULL, NULL, 0 },
                                       { "u3", NULL, 0 } };
    struct survey s = { .feed = feed, .feed_count = COUNT(feed) };
    if (!stax_users(b.text, b.bytes, &wanted, &arena, &s, &err))
        fail_msg("%s", err.text);
    assert_int_equal(s.user_count, 4);
    assert_string_equal(s.users[0].id, "u3");
    assert_string_equal(s.users[1].id, "u7");
    assert_string_equal(s.users[2].id, "u12");
    assert_string_equal(s.users[3].id, "u19999");
    static const struct {
        const char *more, *error;
    } bad[] = {
        { ",{\"Id\":\"one more\"}]}", "the list “Users” is longer than 20000" },
        { "]]}", "not JSON: '}' expected near ']' (at byte 14)" },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        b.bytes = whole;
        buf_add(&b, bad[i].more);
        assert_false(stax_users(b.text, b.bytes, &wanted, &arena, &s, &err));
        assert_string_equal(err.text, bad[i].error);
    }
    assert_false(stax_users(BODY("{\"Users\":[{\"Id\":\"1\"},{\"Id\":\"2\",\"Id\":\"3\"}]}"),
                            &wanted, &arena, &s, &err));
    assert_string_equal(err.text, "the list “Users” holds something that cannot be read");
    buf_clear(&b);
    buf_add(&b, "{\"Users\":[{\"Id\":\"u12\"}");
    for (int i = 0; i < LIMIT_USERS_KEPT; i++)
        buf_add(&b, ",{\"Id\":\"u12\"}");
    buf_add(&b, "]}");
    assert_false(stax_users(b.text, b.bytes, &wanted, &arena, &s, &err));
}

/* Nothing else is looked at while a list is read: it is read a part at a time, and no further than
   to what cannot be read. */
static void a_long_list_is_read_in_slices(void **state)
{
    (void)state;
    enum { SLICE = 4000 };
    CLEANUP(buf_done) struct buf b;
    struct survey s = { 0 };
    struct stax_mailboxes mailboxes = { 0 };
    int64_t next = 0;
    size_t slices = 1;
    buf_init(&b, LIMIT_HTTP_BODY_BYTES);
    buf_add(&b, "{\"Accounts\":[{\"Name\":\"bakery\"}");
    for (int i = 0; i < 10000; i++)
        buf_add(&b, ",{\"Name\":\"mill\",\"AccountRole\":\"MEMBER\",\"Status\":\"ACTIVE\"}");
    buf_add(&b, "],\"Paging\":{\"NextOffset\":7}}");
    struct stax_reading *r = stax_accounts_begin(b.text, b.bytes, "bakery", &arena, &s, &mailboxes);
    while (stax_go_on(r, SLICE))
        slices++;
    assert_true(stax_end(r, &next, &err));
    assert_true(slices > b.bytes / SLICE / 2);
    assert_int_equal(next, 7);
    assert_int_equal(s.account_count, 1);
    assert_int_equal(s.member_count, 10000);
    s = (struct survey){ 0 };
    r = stax_accounts_begin(b.text, b.bytes, NULL, &arena, &s, &mailboxes); /* to choose from */
    while (stax_go_on(r, SLICE)) {
    }
    assert_true(stax_end(r, &next, &err));
    assert_int_equal(s.account_count, LIMIT_ACCOUNTS_LISTED);
    assert_string_equal(s.accounts[LIMIT_ACCOUNTS_LISTED - 1].name, "mill");
    buf_clear(&b);
    buf_add(&b, "{\"Users\":[");
    while (b.bytes < LIMIT_HTTP_BODY_BYTES - 100)
        buf_add(&b, "{\"Id\":tru},");
    buf_add(&b, "{}]}");
    r = stax_users_begin(b.text, b.bytes, &everybody, &arena, &s);
    assert_false(stax_go_on(r, SLICE));
    assert_false(stax_end(r, NULL, &err));
    assert_string_equal(err.text, "the list “Users” holds something that cannot be read");
}

/* The document has 28 flags. What is longer than a few of them is not read. */
static void a_document_out_of_proportion_is_refused_at_once(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    struct survey s = { 0 };
    buf_init(&b, LIMIT_HTTP_BODY_BYTES);
    buf_add(&b, "{\"OrganisationId\":\"o\",\"Configuration\":{\"SCP\":{},\"RCP\":{\"A\":[0");
    while (b.bytes < LIMIT_HTTP_BODY_BYTES - 16)
        buf_add(&b, ",0");
    buf_add(&b, "]}}}");
    assert_false(stax_guardrail(b.text, b.bytes, &arena, &s, &err));
    assert_string_equal(err.text, "the JSON is too long");
}

#define ACCOUNT(id, aws, name, role, status)                           \
    "{\"Id\":\"" id "\",\"AwsAccountId\":\"" aws "\",\"Name\":\"" name \
    "\",\"AccountRole\":\"" role "\",\"Status\":\"" status             \
    "\",\"Email\":\"e@x\",\"Origin\":\"STAX\"}"
static const char accounts[] =
    "{\"Accounts\":[" ACCOUNT("7E19-a", "111111111111", "bakery", "MEMBER", "ACTIVE") "," ACCOUNT(
        "7e19-b", "222222222222", "Bakery", "MEMBER",
        "ACTIVE") "," ACCOUNT("7e19-c", "333333333333", "shop", "MEMBER",
                              "SUSPENDED") "," ACCOUNT("7e19-d", "444444444444", "root",
                                                       "MANAGEMENT",
                                                       "ACTIVE") "," ACCOUNT("7e19-e",
                                                                             "555555555555",
                                                                             "111111111111",
                                                                             "SECURITY",
                                                                             "ACTIVE") "],"
                                                                                       "\"Paging\":"
                                                                                       "{\"Total\":"
                                                                                       "9,"
                                                                                       "\"NextOffse"
                                                                                       "t\":5,"
                                                                                       "\"PrevOffse"
                                                                                       "t\":null}}";

static void accounts_match_by_number_id_or_name(void **state)
{
    (void)state;
    static const struct {
        const char *wanted;
        size_t count;
        const char *first;
    } cases[] = {
        { "222222222222", 1, "222222222222" },
        { "7e19-a", 1, "111111111111" },
        { "7E19-B", 1, "222222222222" },
        { "SHOP", 1, "333333333333" },
        { "bakery", 2, "111111111111" },
        { "111111111111", 2, "111111111111" },
        { "root", 1, "444444444444" },
        { "bake", 0, NULL },
        { "22222222222", 0, NULL },
        { "e@x", 0, NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey s = { 0 };
        struct stax_mailboxes boxes = { 0 };
        int64_t next = 0;
        assert_true(
            stax_accounts(BODY(accounts), cases[i].wanted, &arena, &s, &boxes, &next, &err));
        assert_int_equal(next, 5);
        assert_int_equal(s.member_count, 2);
        assert_int_equal(s.account_count, cases[i].count);
        if (cases[i].count) {
            assert_string_equal(s.accounts[0].aws_id, cases[i].first);
            assert_string_equal(s.accounts[0].email, "e@x");
            assert_true(boxes.ours[0]);
        }
    }
}

static void pages_add_up_and_end(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int64_t next;
    } ends[] = {
        { "{\"Accounts\":[" ACCOUNT("1", "1", "bakery", "MEMBER", "ACTIVE") "]}", -1 },
        { "{\"Accounts\":[" ACCOUNT("1", "1", "bakery", "MEMBER", "ACTIVE") "],\"Paging\":null}",
          -1 },
        { "{\"Accounts\":[" ACCOUNT("1", "1", "bakery", "MEMBER",
                                    "ACTIVE") "],\"Paging\":{\"NextOffset\":null}}",
          -1 },
        { "{\"Accounts\":[" ACCOUNT("1", "1", "bakery", "MEMBER",
                                    "ACTIVE") "],\"Paging\":{\"NextOffset\":\"7\"}}",
          -1 },
        { "{\"Accounts\":[],\"Paging\":{\"NextOffset\":7}}", -1 },
        { "{\"Accounts\":[" ACCOUNT("1", "1", "bakery", "MEMBER",
                                    "ACTIVE") "],\"Paging\":{\"NextOffset\":7}}",
          7 },
    };
    struct survey s = { 0 };
    struct stax_mailboxes boxes = { 0 };
    int64_t next;
    for (size_t i = 0; i < COUNT(ends); i++) {
        assert_true(stax_accounts(BODY(ends[i].body), "bakery", &arena, &s, &boxes, &next, &err));
        assert_int_equal(next, ends[i].next);
    }
    assert_int_equal(s.account_count, 5);
    assert_int_equal(s.member_count, 5);
    for (int i = 0; i < 20; i++)
        assert_true(stax_accounts(BODY(ends[0].body), "bakery", &arena, &s, &boxes, &next, &err));
    assert_int_equal(s.account_count, 8);
    assert_int_equal(s.member_count, 25);
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_accounts(BODY(junk[i]), "bakery", &arena, &s, &boxes, &next, &err));
}

static void the_organisation_has_an_id(void **state)
{
    (void)state;
    struct survey s = { 0 };
    struct stax_mailboxes boxes = { 0 };
    assert_true(stax_organisation(
        BODY("{\"Organisations\":[{\"Id\":\"5c1d\",\"Alias\":\"acme\",\"AwsAccountEmailTemplate\":"
             "\"aws+${Stax::AccountId}@example.com\"}]}"),
        &arena, &s, &boxes, &err));
    assert_string_equal(s.organisation_id, "5c1d");
    assert_string_equal(s.organisation_alias, "acme");
    assert_string_equal(boxes.template, "aws+${Stax::AccountId}@example.com");
    assert_true(stax_organisation(
        BODY("{\"Organisations\":[{\"Id\":\"5c1d\",\"AwsAccountEmailTemplate\":null}]}"), &arena,
        &s, &boxes, &err));
    assert_null(boxes.template);
    assert_false(stax_organisation(BODY("{\"Organisations\":[]}"), &arena, &s, &boxes, &err));
    assert_false(stax_organisation(BODY("{\"Organisations\":[{\"Alias\":\"acme\"}]}"), &arena, &s,
                                   &boxes, &err));
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_organisation(BODY(junk[i]), &arena, &s, &boxes, &err));
}

static void each_role_is_a_kind_of_account(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        enum account_kind kind;
    } cases[] = {
        { "MEMBER", ACCOUNT_MEMBER },
        { "SECURITY", ACCOUNT_SECURITY },
        { "LOGGING", ACCOUNT_SECURITY },
        { "MANAGEMENT", ACCOUNT_MANAGEMENT },
        { "MANAGEMENT_RESELL", ACCOUNT_MANAGEMENT },
        { "member", ACCOUNT_OTHER },
        { "SANDBOX", ACCOUNT_OTHER },
        { "", ACCOUNT_OTHER },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey s = { 0 };
        struct stax_mailboxes boxes = { 0 };
        int64_t next;
        const char *body = arena_printf(&arena,
                                        "{\"Accounts\":[{\"Id\":\"1\",\"Name\":\"bakery\","
                                        "\"AccountRole\":\"%s\"}]}",
                                        cases[i].role);
        assert_true(stax_accounts(BODY(body), "bakery", &arena, &s, &boxes, &next, &err));
        assert_int_equal(s.accounts[0].kind, cases[i].kind);
        assert_string_equal(s.accounts[0].role, cases[i].role);
        assert_false(boxes.ours[0]);
    }
}

static void a_mailbox_comes_from_the_template_or_says_why_not(void **state)
{
    (void)state;
    static const char all[] = "aws+${Stax::StaxOrgAlias}-${Stax::ShortAccountId}-"
                              "${Stax::AccountId}@example.com";
    static const struct {
        const char *email, *template;
        bool ours;
        unsigned read;
        const char *mailbox, *why;
    } cases[] = {
        { "a@x", all, true, SURVEY_ORGANISATION, "a@x", "" },
        { "a@x", NULL, false, 0, "a@x", "" },
        { "", all, true, SURVEY_ORGANISATION, "aws+acme-7e19a-7e19-a@example.com", "" },
        { NULL, all, true, SURVEY_ORGANISATION, "aws+acme-7e19a-7e19-a@example.com", "" },
        { "", all, true, SURVEY_ACCOUNT, "", "could not be read" },
        { "", all, false, SURVEY_ORGANISATION, "", "did not create the account" },
        { "", NULL, true, SURVEY_ORGANISATION, "", "Stax has none" },
        { "", "${Stax::New}@x", true, SURVEY_ORGANISATION, "", "do not know: ${Stax::New}@x" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct account account = { .id = "7e19-a", .email = cases[i].email };
        struct survey s = { .accounts = &account,
                            .account_count = 1,
                            .read = cases[i].read,
                            .organisation_alias = "acme" };
        struct stax_mailboxes boxes = { cases[i].template, { cases[i].ours }, NULL };
        stax_fill_mailboxes(&s, &boxes, &arena);
        assert_string_equal(str_or_empty(s.accounts[0].email), cases[i].mailbox);
        assert_non_null(strstr(str_or_empty(s.accounts[0].why_no_email), cases[i].why));
        assert_int_equal(cases[i].mailbox[0] != '\0', s.accounts[0].why_no_email == NULL);
    }
}

static void the_document_becomes_sorted_text(void **state)
{
    (void)state;
    static const struct {
        const char *body, *flags;
        enum service_status status;
    } cases[] = {
        { "{\"OrganisationId\":\"5c1d\",\"Status\":\"ACTIVE\",\"Configuration\":{\"SCP\":{" TRUE_KEY
          ",\"EC2_REQUIRE_IMDSV2\":false},\"RCP\":{}}}",
          "SCP.EC2_REQUIRE_IMDSV2=off\nSCP." STAX_ROOT_KEY "=on\n", SERVICE_ACTIVE },
        { "{\"Status\":\"CONFIGURING\",\"Configuration\":{\"SCP\":{\"ZED\":true},\"RCP\":null}}",
          "SCP.ZED=on\n", SERVICE_CONFIGURING },
        { "{\"Status\":\"ERROR\",\"Configuration\":{\"SCP\":{}}}", "", SERVICE_ERROR },
        { "{\"Status\":\"INACTIVE\",\"Configuration\":{\"SCP\":{},\"RCP\":{\"B\":true,\"A\":{\"y\":"
          "1,\"x\":\"a\\nb\"}}}}",
          "RCP.A=sha256:d676cfa11e651b9b\nRCP.B=true\n", SERVICE_INACTIVE },
        { "{\"Status\":\"INACTIVE\",\"Configuration\":{\"SCP\":{},\"RCP\":{\"A\":{\"y\":1,\"x\":"
          "\"a b\"}}}}",
          "RCP.A={\"x\":\"a b\",\"y\":1}\n", SERVICE_INACTIVE },
        { "{\"Status\":\"active\",\"Configuration\":{\"SCP\":{\"A\":true}}}", "SCP.A=on\n",
          SERVICE_OTHER },
        { "{\"Status\":7,\"Configuration\":{\"SCP\":{\"A\":true}}}", "SCP.A=on\n", SERVICE_OTHER },
        { "{\"Configuration\":{\"SCP\":{\"A\":true}}}", "SCP.A=on\n", SERVICE_OTHER },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey s = { 0 };
        assert_true(stax_guardrail(BODY(cases[i].body), &arena, &s, &err));
        assert_string_equal(s.flags, cases[i].flags);
        assert_int_equal(s.service_status, cases[i].status);
        assert_string_equal(s.document_organisation_id, i == 0 ? "5c1d" : "");
    }
}

static void a_document_that_is_not_understood_is_none(void **state)
{
    (void)state;
    static const char *const configurations[] = {
        "{\"SCP\":[],\"RCP\":{}}", "{\"SCP\":null}", "{\"SCP\":true}",
        "{\"SCP\":\"A\"}",         "{\"RCP\":{}}",   "null",
    };
    struct survey s = { 0 };
    for (size_t i = 0; i < COUNT(configurations); i++) {
        const char *body = arena_printf(&arena,
                                        "{\"OrganisationId\":\"5c1d\",\"Status\":\"ACTIVE\","
                                        "\"Configuration\":%s}",
                                        configurations[i]);
        assert_false(stax_guardrail(BODY(body), &arena, &s, &err));
        assert_null(s.flags);
        assert_non_null(strstr(err.text, "not understood"));
    }
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_guardrail(BODY(junk[i]), &arena, &s, &err));
}

/* Whatever else Stax may bring out one day is seen, so that nothing is lifted over it, and does not
   hide the one switch, so that it can be restored. */
static void what_is_unknown_is_named_and_hides_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *configuration, *lines;
    } cases[] = {
        { "\"SCP\":{%s},\"RCP\":{},\"MODE\":\"audit\"", "MODE=\"audit\"\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"MODE\":7", "MODE=7\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"MODE\":null", "MODE=null\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"EXEMPT\":[\"a\",1]", "EXEMPT=[\"a\",1]\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"DCP\":{}", "DCP={}\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"DCP\":{\"X\":true,\"A\":[]}", "DCP.A=[]\nDCP.X=true\n" },
        { "\"SCP\":{%s},\"RCP\":{\"low\":1}", "RCP.low=1\n" },
        { "\"SCP\":{%s},\"RCP\":[]", "RCP=[]\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"a=b\\nSCP.X=on\":1", "a%3Db%0ASCP%2EX%3Don=1\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"<!channel>\":1", "%3C%21channel%3E=1\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"\":1", "sha256:e3b0c44298fc1c14=1\n" },
        { "\"SCP\":{%s},\"RCP\":{},\"X\":\"<!here>\"", "X=sha256:e291f655e74dd935\n" },
        { "\"SCP\":{\"A\":\"true\",%s}", "SCP.A=\"true\"\n" },
        { "\"SCP\":{\"A\":1,%s}", "SCP.A=1\n" },
        { "\"SCP\":{\"A\":{},%s}", "SCP.A={}\n" },
        { "\"SCP\":{\"lower\":true,%s}", "SCP.lower=on\n" },
        { "\"SCP\":{\"A B\":true,%s}", "SCP.A%20B=on\n" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey s = { 0 };
        CLEANUP(buf_done) struct buf unknown, text;
        buf_init(&unknown, 1024);
        buf_init(&text, 4096);
        buf_add(&text, "{\"OrganisationId\":\"5c1d\",\"Status\":\"ACTIVE\",\"Configuration\":{");
        const char *at = strstr(cases[i].configuration, "%s");
        buf_add_bytes(&text, cases[i].configuration, (size_t)(at - cases[i].configuration));
        buf_addf(&text, TRUE_KEY "%s}}", at + 2);
        assert_true(stax_guardrail(BODY(buf_text(&text)), &arena, &s, &err));
        if (!strstr(s.flags, cases[i].lines))
            fail_msg("%s: %s", buf_text(&text), s.flags);
        assert_int_equal(flags_root(&stax_provider, s.flags), FLAG_ON);
        assert_true(flags_unknown(&stax_provider, s.flags, &unknown) > 0);
    }
}

/* More than there is room for hides nothing either, and no difference in it. */
static void a_document_of_any_size_is_read(void **state)
{
    (void)state;
    struct survey s[3] = { 0 };
    for (int round = 0; round < 3; round++) {
        CLEANUP(buf_done) struct buf b, unknown;
        buf_init(&b, 64 * 1024);
        buf_init(&unknown, 1024);
        buf_add(&b, "{\"Configuration\":{\"SCP\":{" TRUE_KEY ",\"EC2_REQUIRE_IMDSV2\":true");
        for (int i = 0; i <= LIMIT_FLAGS; i++)
            buf_addf(&b, ",\"K%d\":%s", i, round == 1 && i == 77 ? "false" : "true");
        buf_add(&b, "}}}");
        assert_true(
            stax_guardrail(BODY(arena_copy(&arena, buf_text(&b))), &arena, &s[round], &err));
        assert_int_equal(flags_root(&stax_provider, s[round].flags), FLAG_ON);
        assert_non_null(strstr(s[round].flags, "SCP.EC2_REQUIRE_IMDSV2=on\n"));
        assert_int_equal(flags_unknown(&stax_provider, s[round].flags, &unknown), 1);
        assert_string_equal(buf_text(&unknown), "OTHERS");
    }
    assert_string_not_equal(s[0].flags, s[1].flags);
    assert_string_equal(s[0].flags, s[2].flags);
}

static void enabled_and_exclusions_are_carried(void **state)
{
    (void)state;
    static const struct {
        const char *members, *exclusions;
        bool enabled;
    } cases[] = {
        { "", "", false },
        { "\"Enabled\":true,\"Exclusions\":null,", "", true },
        { "\"Enabled\":true,\"Exclusions\":[],", "", true },
        { "\"Enabled\":false,", "", false },
        { "\"Enabled\":\"true\",", "", false },
        { "\"Enabled\":1,", "", false },
        { "\"Enabled\":null,", "", false },
        { "\"Enabled\":true,\"Exclusions\":[\"a\"],", "a", true },
        { "\"Enabled\":true,\"Exclusions\":[\"a\",\"b\",\"c\",\"d\",\"e\"],", "a, b, c and 2 more",
          true },
        { "\"Enabled\":true,\"Exclusions\":[7],", "in a form that I do not know", true },
        { "\"Enabled\":true,\"Exclusions\":\"\",", "in a form that I do not know", true },
        { "\"Enabled\":true,\"Exclusions\":{},", "in a form that I do not know", true },
        { "\"Enabled\":true,\"Exclusions\":false,", "in a form that I do not know", true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct survey s = { 0 };
        const char *body = arena_printf(&arena, "{%s\"Configuration\":{\"SCP\":{" TRUE_KEY "}}}",
                                        cases[i].members);
        assert_true(stax_guardrail(BODY(body), &arena, &s, &err));
        assert_int_equal(s.enabled, cases[i].enabled);
        assert_string_equal(s.exclusions, cases[i].exclusions);
        assert_int_equal(s.modified_ms, 0);
    }
    struct survey s = { 0 };
    assert_true(stax_guardrail(BODY("{\"ModifiedTS\":\"2026-11-24T13:14:15.000Z\","
                                    "\"Configuration\":{\"SCP\":{}}}"),
                               &arena, &s, &err));
    assert_int_equal(s.modified_ms, 1795526055000);
}

static const char *with_long_value(int digits, int value)
{
    return arena_printf(&arena, "{\"Configuration\":{\"SCP\":{},\"RCP\":{\"A\":\"%0*d\"}}}", digits,
                        value);
}

/* Equal texts are equal documents: a difference far behind in a long value shows too. */
static void long_values_are_not_cut_to_the_same(void **state)
{
    (void)state;
    struct survey a = { 0 }, b = { 0 };
    assert_true(stax_guardrail(BODY(with_long_value(1000, 1)), &arena, &a, &err));
    assert_true(stax_guardrail(BODY(with_long_value(1000, 2)), &arena, &b, &err));
    assert_string_not_equal(a.flags, b.flags);
    assert_true(stax_guardrail(BODY(with_long_value(LIMIT_FLAGS_BYTES, 1)), &arena, &a, &err));
    assert_true(stax_guardrail(BODY(with_long_value(LIMIT_FLAGS_BYTES, 2)), &arena, &b, &err));
    assert_string_not_equal(a.flags, b.flags);
}

static void tasks_end_or_run(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum task_status status;
        const char *log;
    } cases[] = {
        { "{\"Status\":\"SUCCEEDED\",\"Logs\":[\"one\",\"two\"]}", TASK_SUCCEEDED, "two" },
        { "{\"Status\":\"FAILED\",\"Logs\":[\"boom\\n<!channel>\"]}", TASK_FAILED,
          "boom <!channel>" },
        { "{\"Status\":\"STARTED\",\"Logs\":[]}", TASK_RUNNING, "" },
        { "{\"Status\":\"PENDING\",\"Logs\":null}", TASK_RUNNING, "" },
        { "{\"Status\":\"RUNNING\"}", TASK_RUNNING, "" },
        { "{\"Status\":\"succeeded\",\"Logs\":[7]}", TASK_RUNNING, "" },
        { "{\"Status\":\"SOMETHING_NEW\",\"Logs\":\"text\"}", TASK_RUNNING, "" },
    };
    struct survey s = { 0 };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(stax_task(BODY(cases[i].body), &arena, &s, &err));
        assert_int_equal(s.task_status, cases[i].status);
        assert_string_equal(s.task_log, cases[i].log);
    }
    assert_false(stax_task(BODY("{\"Status\":7,\"Logs\":[]}"), &arena, &s, &err));
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_task(BODY(junk[i]), &arena, &s, &err));
}

static void the_feed_tells_who_changed_it(void **state)
{
    (void)state;
    struct survey s = { 0 };
    assert_true(stax_feed(
        BODY(
            "{\"Insights\":[{\"Action\":\"accounts:ReadAccounts\",\"UserId\":\"a\"},{\"Action\":7},"
            "\"odd\",{\"Action\":\"Services:configureguardrails\",\"UserId\":\"u1\",\"CreatedTS\":"
            "\"2026-11-24T13:14:15.000Z\",\"EventSourceId\":\"t1\",\"Status\":\"PENDING\"},"
            "{\"Action\":\"services:ConfigureGuardrails\",\"UserId\":\"u2\",\"Status\":\"FAILED\"},"
            "{\"Action\":\"services:ConfigureGuardrails\",\"UserId\":null,\"CreatedTS\":\"soon\"}]"
            "}"),
        &arena, &s, &err));
    assert_int_equal(s.feed_count, 2);
    assert_string_equal(s.feed[0].user_id, "u1");
    assert_string_equal(s.feed[0].task_id, "t1");
    assert_int_equal(s.feed[0].at_ms, 1795526055000);
    assert_null(s.feed[1].user_id);
    assert_null(s.feed[1].task_id);
    assert_int_equal(s.feed[1].at_ms, 0);
    assert_true(stax_feed(BODY("{\"Insights\":[]}"), &arena, &s, &err));
    assert_int_equal(s.feed_count, 0);
    CLEANUP(buf_done) struct buf many;
    buf_init(&many, 64 * 1024);
    for (int i = 0; i < 100; i++)
        buf_addf(&many, "%s{\"Action\":\"services:ConfigureGuardrails\",\"UserId\":\"u%d\"}",
                 i ? "," : "", i);
    assert_true(stax_feed(BODY(arena_printf(&arena, "{\"Insights\":[%s]}", buf_text(&many))),
                          &arena, &s, &err));
    assert_int_equal(s.feed_count, LIMIT_FEED);
    assert_string_equal(s.feed[LIMIT_FEED - 1].user_id, "u31");
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_feed(BODY(junk[i]), &arena, &s, &err));
}

/* ---- changing ---- */

static json_t *random_value(uint64_t *seed, int depth)
{
    switch (unit_below(seed, depth > 2 ? 5 : 7)) {
    case 0: return json_boolean(unit_below(seed, 2));
    case 1: return json_integer((json_int_t)unit_random(seed) - (1 << 30));
    case 2: return json_string("text \" \\ \n é < > &");
    case 3: return json_null();
    case 4: return json_real(unit_random(seed) / 1000.0);
    case 5: {
        json_t *list = json_array();
        for (size_t n = unit_below(seed, 3); n > 0; n--)
            json_array_append_new(list, random_value(seed, depth + 1));
        return list;
    }
    default: {
        json_t *object = json_object();
        for (size_t n = unit_below(seed, 3); n > 0; n--)
            json_object_set_new(object, n % 2 ? "x" : "y", random_value(seed, depth + 1));
        return object;
    }
    }
}

static json_t *random_document(uint64_t *seed)
{
    json_t *scp = json_object(), *rcp = json_object();
    for (size_t n = unit_below(seed, 40); n > 0; n--)
        json_object_set_new(scp,
                            arena_printf(&arena, "%s_%u", n % 3 ? "EC2_REQUIRE" : STAX_ROOT_KEY,
                                         unit_random(seed) % 50),
                            random_value(seed, unit_below(seed, 4) ? 3 : 0));
    json_object_set_new(scp, STAX_ROOT_KEY, json_boolean(unit_below(seed, 2)));
    for (size_t n = unit_below(seed, 4); n > 0; n--)
        json_object_set_new(
            rcp, arena_printf(&arena, n % 2 ? STAX_ROOT_KEY : "RCP_%u", unit_random(seed) % 9),
            random_value(seed, 0));
    json_t *configuration = json_pack("{s:o, s:o}", "SCP", scp, "RCP", rcp);
    for (size_t n = unit_below(seed, 3); n > 0; n--)
        json_object_set_new(configuration, n % 2 ? "DCP" : "a part", random_value(seed, 0));
    return json_pack("{s:s, s:s, s:b, s:o}", "Id", "0b6f", "Status", "ACTIVE", "Enabled", 1,
                     "Configuration", configuration);
}

/* For any document: the body holds its configuration and nothing else, exactly the one key is as
   wanted, and everything else is what was found, parts that nobody has told us of too. */
static void exactly_one_key_changes(void **state)
{
    (void)state;
    uint64_t seed = 23;
    for (int round = 0; round < 3000; round++) {
        JSON_AUTO *document = random_document(&seed);
        const char *text = json_print(&arena, document), *body = NULL;
        bool on = unit_below(&seed, 2);
        assert_true(stax_change_body(BODY(text), on, &arena, &body, &err));
        JSON_AUTO *sent = json_loads(body, JSON_REJECT_DUPLICATES, NULL),
                  *wanted = json_deep_copy(json_object_get(document, "Configuration"));
        json_object_set_new(json_object_get(wanted, "SCP"), STAX_ROOT_KEY, json_boolean(on));
        assert_int_equal(json_object_size(sent), 1);
        assert_true(json_equal(json_object_get(sent, "Configuration"), wanted));
        arena_reset(&arena);
    }
}

static void a_change_needs_the_key(void **state)
{
    (void)state;
    const char *body = NULL;
    assert_true(stax_change_body(BODY("{\"Configuration\":{\"SCP\":{" TRUE_KEY "}}}"), false,
                                 &arena, &body, &err));
    assert_string_equal(body,
                        "{\"Configuration\":{\"RCP\":{},\"SCP\":{\"" STAX_ROOT_KEY "\":false}}}");
    assert_true(stax_change_body(BODY("{\"Configuration\":{\"RCP\":null,\"SCP\":{" TRUE_KEY "}}}"),
                                 true, &arena, &body, &err));
    assert_string_equal(body,
                        "{\"Configuration\":{\"RCP\":{},\"SCP\":{\"" STAX_ROOT_KEY "\":true}}}");
    body = NULL;
    static const char *const wrong[] = {
        "{\"Configuration\":{\"SCP\":{},\"RCP\":{}}}",
        "{\"Configuration\":{\"SCP\":{\"A\":true},\"RCP\":{" TRUE_KEY "}}}",
        "{\"Configuration\":{\"SCP\":[]}}",
        "{\"Configuration\":{\"SCP\":{\"" STAX_ROOT_KEY "\":\"true\"}}}",
        "{\"Configuration\":{\"SCP\":{\"" STAX_ROOT_KEY "\":null}}}",
        "{\"SCP\":{" TRUE_KEY "}}",
        "{\"Configuration\":{\"SCP\":{" TRUE_KEY "," TRUE_KEY "}}}",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(stax_change_body(BODY(wrong[i]), true, &arena, &body, &err));
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_false(stax_change_body(BODY(junk[i]), true, &arena, &body, &err));
    assert_null(body);
}

static void the_task_is_named_in_either_place(void **state)
{
    (void)state;
    static const struct {
        const char *body, *id;
    } cases[] = {
        { "{\"TaskId\":\"142e\",\"Detail\":{\"TaskId\":\"other\"}}", "142e" },
        { "{\"Detail\":{\"TaskId\":\"142e\"}}", "142e" },
        { "{\"TaskId\":7}", "" },
        { "{\"TaskId\":null}", "" },
        { "{\"TaskId\":\"1234567890123456789012345678901234567890123456789012345678901234\"}", "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(stax_task_id(BODY(cases[i].body), &arena), cases[i].id);
    for (size_t i = 0; i < COUNT(junk); i++)
        assert_string_equal(stax_task_id(BODY(junk[i]), &arena), "");
}

static void errors_are_said_for_people(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        long status;
        const char *text;
    } cases[] = {
        { "{\"Error\":\"no such thing\",\"Cause\":\"x\"}", 404, "answered 404 no such thing" },
        { "{\"message\":\"The security token included in the request is expired\"}", 403,
          "answered 403 The security token included in the request is expired" },
        { "{\"Message\":\"no\"}", 403, "answered 403 no" },
        { "{\"__type\":\"com.amazonaws#NotAuthorizedException\",\"message\":\"Incorrect username "
          "or password.\"}",
          400, "answered 400 Incorrect username or password." },
        { "{\"__type\":\"TooManyRequestsException\"}", 400,
          "answered 400 TooManyRequestsException" },
        { "{\"Error\":{\"a\":1},\"message\":\"second\"}", 500, "answered 500 second" },
        { "{\"Error\":\"line\\n\\u001b[31mred\\u202e\"}", 500,
          "answered 500 line \xEF\xBF\xBD[31mred\xEF\xBF\xBD" },
        { "<html>Gateway Timeout</html>", 504, "answered 504" },
        { "", 502, "answered 502" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(stax_error(BODY(cases[i].body), cases[i].status, &arena),
                            cases[i].text);
    const char *text = stax_error(BODY(arena_printf(&arena, "{\"Error\":\"%01000d\"}", 1)), 500,
                                  &arena);
    assert_true(strlen(text) < 200);
    assert_string_equal(text + strlen(text) - 3, "…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_config_is_json_or_base64),
        cmocka_unit_test(public_config_needs_its_four_members),
        cmocka_unit_test(the_challenge_is_the_password_one),
        cmocka_unit_test(credentials_expire_in_any_number_form),
        cmocka_unit_test(requests_are_those_of_the_service),
        cmocka_unit_test(users_are_read_whole),
        cmocka_unit_test(of_a_long_roster_only_the_wanted_are_kept),
        cmocka_unit_test(a_long_list_is_read_in_slices),
        cmocka_unit_test(a_document_out_of_proportion_is_refused_at_once),
        cmocka_unit_test(accounts_match_by_number_id_or_name),
        cmocka_unit_test(pages_add_up_and_end),
        cmocka_unit_test(the_organisation_has_an_id),
        cmocka_unit_test(each_role_is_a_kind_of_account),
        cmocka_unit_test(a_mailbox_comes_from_the_template_or_says_why_not),
        cmocka_unit_test(the_document_becomes_sorted_text),
        cmocka_unit_test(a_document_that_is_not_understood_is_none),
        cmocka_unit_test(what_is_unknown_is_named_and_hides_nothing),
        cmocka_unit_test(a_document_of_any_size_is_read),
        cmocka_unit_test(enabled_and_exclusions_are_carried),
        cmocka_unit_test(long_values_are_not_cut_to_the_same),
        cmocka_unit_test(tasks_end_or_run),
        cmocka_unit_test(the_feed_tells_who_changed_it),
        cmocka_unit_test(exactly_one_key_changes),
        cmocka_unit_test(a_change_needs_the_key),
        cmocka_unit_test(the_task_is_named_in_either_place),
        cmocka_unit_test(errors_are_said_for_people),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
