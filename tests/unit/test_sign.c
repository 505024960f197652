/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4 against values on which the vendor's SDK and AWS's own signer agree. */
#include "tests/unit/unit.h"

#include "core/arena.h"
#include "host/secret.h"
#include "net/sign.h"

static const struct sign_credentials credentials = { "ASIAEMULATED00000000",
                                                     "emulatedSecretKeyemulatedSecretKey000000",
                                                     "session/token+with=chars", "ap-southeast-2",
                                                     "execute-api" };

static const struct {
    const char *method, *path, *query, *body, *payload_hash, *signature;
} vectors[] = {
    { "GET", "/20190206/services/guardrails/configuration", "", NULL,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "b86a7691d2ccde58d696889127075e4f26b6e2e56aff4cc185fea188edb42cb3" },
    { "GET", "/20190206/accounts", "filter=ACTIVE%2CSUSPENDED&limit=50", NULL,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "614b7ddf76ec02e4e7fea3331555e9aa29220bf203781f9128c7cf0dc026f352" },
    { "PUT", "/20190206/services/guardrails/configuration", "",
      "{\"Configuration\":{\"SCP\":{\"IAM_BLOCK_ROOT_USER_ACCESS\":false},\"RCP\":{}}}", NULL,
      "0217c3b6046b6a64ee0a7b6bfc8df12c121900b3e58ffb506354b8158c15517c" },
    { "GET", "/20190206/task/arn%3Aaws%3Ax%2Fy", "", NULL, NULL,
      "fe20aa84d54bc4479a332fa18d6a0b3fe90c8cc6629f63fb9604c186030394b7" },
    { "GET", "/20190206/task/a%20b", "", NULL, NULL,
      "13d87f007ebe3eb9b5d0ea66abc5d4cff8ed345a2a8fa5b3358e539a4faa8c14" },
};

static struct sign_request request(size_t i)
{
    return (struct sign_request){ .method = vectors[i].method,
                                  .host = "api.au1.staxapp.cloud",
                                  .path = vectors[i].path,
                                  .query = vectors[i].query,
                                  .body = vectors[i].body,
                                  .body_bytes = vectors[i].body ? strlen(vectors[i].body) : 0,
                                  .at_ms = 1795526055000 };
}

static void signs_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char authorization[512];
        struct signed_headers h;
        struct sign_request r = request(i);
        sign_request(&credentials, &r, &h);
        assert_string_equal(h.date, "20261124T131415Z");
        assert_string_equal(h.signature, vectors[i].signature);
        if (vectors[i].payload_hash)
            assert_string_equal(h.payload_hash, vectors[i].payload_hash);
        snprintf(
            authorization, sizeof authorization,
            "AWS4-HMAC-SHA256 "
            "Credential=ASIAEMULATED00000000/20261124/ap-southeast-2/execute-api/aws4_request, "
            "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=%s",
            vectors[i].signature);
        assert_string_equal(h.authorization, authorization);
    }
}

/* Each part is covered by the signature: a change of any one of them changes it. */
static void every_part_counts(void **state)
{
    (void)state;
    static const struct sign_header more[] = { { "x-amz-target", "A.B" },
                                               { "content-type", "text/plain" } };
    struct sign_credentials c[16];
    struct sign_request r[16];
    for (size_t i = 0; i < COUNT(c); i++) {
        c[i] = credentials;
        r[i] = request(2);
    }
    r[1].method = "POST";
    r[2].host = "api.au1.staxapp.cloud:8443";
    r[3].path = "/20190206/services/guardrails/configuration/";
    r[4].query = "a=b";
    r[5].body = "{\"Configuration\":{\"SCP\":{\"IAM_BLOCK_ROOT_USER_ACCESS\":true},\"RCP\":{}}}";
    r[5].body_bytes = strlen(r[5].body);
    r[6].body_bytes--;
    r[7].at_ms += MS_SECOND;
    r[8].at_ms += MS_DAY;
    c[9].secret_key = "emulatedSecretKeyemulatedSecretKey000001";
    c[10].token = "session/token+with=char";
    c[11].region = "us-east-1";
    c[12].service = "iam";
    c[13].token = NULL;
    r[14].headers = r[15].headers = more;
    r[14].header_count = 1;
    r[15].header_count = 2;
    struct signed_headers h[16];
    for (size_t i = 0; i < COUNT(h); i++) {
        sign_request(&c[i], &r[i], &h[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(h[i].signature, h[k].signature);
    }
    assert_string_equal(h[0].signature, vectors[2].signature);
}

static void encodes_all_but_the_unreserved(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    sign_add_encoded(&b, "AZaz09-_.~");
    assert_string_equal(buf_text(&b), "AZaz09-_.~");
    buf_clear(&b);
    sign_add_encoded(&b, "a b+c/d=e&f,g%h:é\x01");
    assert_string_equal(buf_text(&b), "a%20b%2Bc%2Fd%3De%26f%2Cg%25h%3A%C3%A9%01");
    for (int c = 1; c < 256; c++) {
        buf_clear(&b);
        sign_add_encoded(&b, (char[]){ (char)c, '\0' });
        bool unreserved =
            c < 128 &&
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", c);
        assert_int_equal(b.bytes, unreserved ? 1 : 3);
    }
}

/* AWS's own suite (aws-sig-v4-test-suite: post-x-www-form-urlencoded, get-vanilla,
   post-sts-header-before, get-header-value-trim): its credentials, its instant, its signatures. */
static void signs_as_the_published_suite(void **state)
{
    (void)state;
    static const struct sign_header form[] = { { "content-type",
                                                 "application/x-www-form-urlencoded" } };
    static const struct sign_header trim[] = { { "my-header2", " \"a   b   c\" " },
                                               { "my-header1", " value1" } };
    static const struct {
        const char *method, *body, *token, *names, *signature;
        const struct sign_header *headers;
        size_t header_count;
    } rows[] = {
        { "GET", NULL, NULL, "host;x-amz-date",
          "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", NULL, 0 },
        { "POST", "Param1=value1", NULL, "content-type;host;x-amz-date",
          "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", form, 1 },
        { "GET", NULL, NULL, "host;my-header1;my-header2;x-amz-date",
          "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736", trim, 2 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char authorization[512];
        struct signed_headers h;
        const struct sign_credentials c = { "AKIDEXAMPLE",
                                            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                            rows[i].token, "us-east-1", "service" };
        sign_request(&c,
                     &(struct sign_request){ .method = rows[i].method,
                                             .host = "example.amazonaws.com",
                                             .path = "/",
                                             .query = "",
                                             .headers = rows[i].headers,
                                             .header_count = rows[i].header_count,
                                             .body = rows[i].body,
                                             .body_bytes = rows[i].body ? strlen(rows[i].body) : 0,
                                             .at_ms = 1440938160000 },
                     &h);
        snprintf(authorization, sizeof authorization,
                 "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                 "SignedHeaders=%s, Signature=%s",
                 rows[i].names, rows[i].signature);
        assert_string_equal(h.date, "20150830T123600Z");
        assert_string_equal(h.authorization, authorization);
    }
}

/* A signature that leaves something out is worse than none. */
static void what_is_too_long_is_not_signed(void **state)
{
    (void)state;
    static char endless[20000];
    memset(endless, 'a', sizeof endless - 1);
    struct sign_credentials c[4] = { credentials, credentials, credentials, credentials };
    struct sign_request r[4] = { request(0), request(0), request(0), request(0) };
    c[0].secret_key = c[1].token = c[2].access_key = endless;
    r[3].query = endless;
    for (size_t i = 0; i < COUNT(c); i++) {
        struct signed_headers h;
        sign_request(&c[i], &r[i], &h);
        assert_string_equal(h.authorization, "");
        assert_string_equal(h.signature, "");
    }
}

/* ---- many, as botocore signs them ---- */

/* tests/peers/boto3/test.py makes the same ones, and reads this number. */
enum { RANDOM_REQUESTS = 1000 };
static const char RANDOM_SIGNATURES[] =
    "b9b5c63ccdb62a181649cae029d3957caeeb0e4a60c40f975744e957b09e2b32";
static uint64_t seed;

static size_t draw(size_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((seed >> 33) % below);
}

static const char *word(struct arena *arena, const char *letters, size_t least, size_t most)
{
    char text[64];
    size_t count = least + draw(most - least + 1);
    for (size_t i = 0; i < count; i++)
        text[i] = letters[draw(strlen(letters))];
    text[count] = '\0';
    return arena_copy(arena, text);
}

static void sign_random(size_t i, struct arena *a, char ret_signature[SIGN_HEX_BYTES])
{
    static const char plain[] = "abcXYZ019", path[] = "abcXYZ019-_~%+=:@,", value[] = "aZ0 +/=  ,";
    static const char *const methods[] = { "GET", "POST", "PUT" };
    struct signed_headers h;
    struct sign_header headers[2] = { { "x-amz-target", NULL }, { "content-type", NULL } };
    struct sign_request r = { .method = methods[draw(3)], .headers = headers };
    struct sign_credentials c = { .token = NULL };
    const char *first;
    r.host = arena_printf(a, "%s.example.com", word(a, "abc019", 1, 9));
    first = word(a, path, 1, 20);
    r.path = arena_printf(a, "/%s/%s", first, word(a, path, 0, 20));
    r.query = "";
    if (draw(2)) {
        first = word(a, plain, 0, 9);
        r.query = arena_printf(a, "a=%s&b=%s%%2F", first, word(a, plain, 0, 9));
    }
    for (size_t n = draw(3); r.header_count < n; r.header_count++)
        headers[r.header_count].value = arena_printf(a, "x%sx", word(a, value, 0, 30));
    r.body = word(a, value, 0, 60);
    r.body_bytes = strlen(r.body);
    r.at_ms = (ms_t)(1400000000 + i * 99991) * MS_SECOND;
    c.access_key = word(a, "ABC019", 16, 20);
    c.secret_key = word(a, value, 40, 40);
    if (draw(2))
        c.token = word(a, "aZ0+/=", 20, 60);
    c.region = word(a, "abc-1", 3, 12);
    c.service = word(a, "abc", 3, 9);
    sign_request(&c, &r, &h);
    memcpy(ret_signature, h.signature, SIGN_HEX_BYTES);
}

static void signs_a_thousand_as_botocore_does(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf all;
    struct arena arena;
    char one[SIGN_HEX_BYTES], hash[SIGN_HEX_BYTES];
    buf_init(&all, RANDOM_REQUESTS * SIGN_HEX_BYTES);
    seed = 20261124;
    for (size_t i = 0; i < RANDOM_REQUESTS; i++) {
        arena_init(&arena, 1 << 16);
        sign_random(i, &arena, one);
        arena_done(&arena);
        buf_add(&all, one);
    }
    secret_sha256_hex(buf_text(&all), all.bytes, hash);
    assert_string_equal(hash, RANDOM_SIGNATURES);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(signs_the_vectors),
                                        cmocka_unit_test(signs_as_the_published_suite),
                                        cmocka_unit_test(what_is_too_long_is_not_signed),
                                        cmocka_unit_test(signs_a_thousand_as_botocore_does),
                                        cmocka_unit_test(every_part_counts),
                                        cmocka_unit_test(encodes_all_but_the_unreserved) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
