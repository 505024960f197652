/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a mailed code, and the key that it is kept under. */
#include "tests/transcript/play.h"
#include "tests/transcript/script.h"

#include "host/codekey.h"
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

static char state_dir[64], path[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(state_dir, sizeof state_dir, "/tmp/reguard-code-XXXXXX");
    if (!mkdtemp(state_dir))
        return 1;
    snprintf(path, sizeof path, "%s/" CODEKEY_FILE, state_dir);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(state_dir);
}

/* RFC 4231, test cases 2 and 6. */
static void the_mac_is_that_of_the_rfc(void **state)
{
    (void)state;
    char hex[65], long_key[132];
    struct secret *jefe = secret_from("Jefe");
    secret_mac_hex(jefe, "what do ya want for nothing?", 28, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    secret_free(jefe);
    memset(long_key, 0xaa, 131);
    long_key[131] = '\0';
    struct secret *key = secret_from(long_key);
    secret_mac_hex(key, "Test Using Larger Than Block-Size Key - Hash Key First", 54, hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    secret_free(key);
}

static void a_mark_is_of_one_code_and_one_key(void **state)
{
    (void)state;
    char mark[CODEMARK_BYTES], again[CODEMARK_BYTES], other[CODEMARK_BYTES],
        elsewhere[CODEMARK_BYTES], bare[65];
    struct secret *key = secret_from("0123456789abcdef"),
                  *another = secret_from("0123456789abcdeF");
    codekey_mark(key, "123456", mark);
    codekey_mark(key, "123456", again);
    codekey_mark(key, "123457", other);
    codekey_mark(another, "123456", elsewhere);
    secret_sha256_hex("123456", 6, bare);
    assert_true(codemark_equal(mark, again));
    assert_false(codemark_equal(mark, other));
    assert_false(codemark_equal(mark, elsewhere));
    assert_true(codemark_same_key(mark, other));
    assert_false(codemark_same_key(mark, elsewhere));
    /* as earlier versions kept them, and what is nothing */
    assert_false(codemark_same_key(bare, mark) || codemark_same_key(bare, bare));
    assert_false(codemark_equal(bare, bare) || codemark_equal("", ""));
    for (size_t i = 0; i < CODEMARK_BYTES - 1; i++) {
        memcpy(again, mark, sizeof again);
        again[i] ^= 1;
        assert_false(codemark_equal(mark, again));
    }
    assert_null(strstr(mark, "123456"));
    secret_free(key);
    secret_free(another);
}

static void the_key_is_made_once_for_its_owner_alone(void **state)
{
    (void)state;
    struct err err = { "" };
    struct stat st;
    mode_t mask = umask(0);
    struct secret *first = codekey_open(state_dir, &err);
    umask(mask);
    assert_non_null(first);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(strlen(secret_reveal(first)), 64);
    struct secret *second = codekey_open(state_dir, &err);
    assert_non_null(second);
    assert_string_equal(secret_reveal(first), secret_reveal(second));
    unlink(path);
    struct secret *third = codekey_open(state_dir, &err);
    assert_non_null(third);
    assert_string_not_equal(secret_reveal(first), secret_reveal(third));
    secret_free(first);
    secret_free(second);
    secret_free(third);
}

static void a_key_that_is_not_safe_is_not_used(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        const char *words;
    } cases[] = {
        { "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", 0644, "0600" },
        { "short\n", 0600, "too short" },
        { "", 0600, "empty" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err = { "" };
        unit_write(path, cases[i].text, strlen(cases[i].text));
        chmod(path, cases[i].mode);
        assert_null(codekey_open(state_dir, &err));
        assert_non_null(strstr(err.text, cases[i].words));
        assert_non_null(strstr(err.text, CODEKEY_FILE));
        assert_null(strstr(err.text, "0123456789abcdef"));
    }
    struct err err = { "" };
    assert_null(codekey_open("/nowhere/at/all", &err));
    assert_true(err.text[0]);
}

/* An earlier version kept SHA-256 of the digits: whoever has read the audit knows the code. */
static void a_bare_digest_does_not_count_any_more(void **state)
{
    (void)state;
    struct transcript t = { .name = "an earlier version's code" };
    t.text = strdup("[policy] mailbox_proof = code\n"
                    "[09:00:00] ana: lift bakery task other because month end\n"
                    "[09:00:10] end\n");
    transcript_split(&t);
    transcript_head(&t);
    struct run r;
    run_init(&r, &t.config, &t.world);
    transcript_play(&r, &t);
    assert_int_equal(strlen(r.world.code), 6);
    secret_sha256_hex(r.world.code, 6, r.desk->cases[0].code_digest);
    assert_true(script_act(&r, "ana: code G-0001 {code}"));
    run_until(&r, r.now_ms + 10 * MS_SECOND);
    assert_false(r.desk->cases[0].mailbox_proved);
    assert_int_equal(r.desk->cases[0].code_tries, 0);
    assert_non_null(strstr(buf_text(&r.log), "does not count any more"));
    assert_non_null(strstr(buf_text(&r.log), "`/reguard code G-0001` mails a new one"));
    assert_true(script_act(&r, "ana: code G-0001"));
    run_until(&r, r.now_ms + 10 * MS_SECOND);
    assert_true(script_act(&r, "ana: code G-0001 {code}"));
    run_until(&r, r.now_ms + 10 * MS_SECOND);
    assert_true(r.desk->cases[0].mailbox_proved);
    run_done(&r);
    free(t.lines);
    free(t.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mac_is_that_of_the_rfc),
        cmocka_unit_test(a_mark_is_of_one_code_and_one_key),
        cmocka_unit_test_setup_teardown(the_key_is_made_once_for_its_owner_alone, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_safe_is_not_used, make_folder,
                                        drop_folder),
        cmocka_unit_test(a_bare_digest_does_not_count_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
