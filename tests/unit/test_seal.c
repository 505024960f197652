/* SPDX-License-Identifier: Apache-2.0 */
/* What is sealed opens for the same secret alone, and only as it was; and no two processes give two
   messages the same number. */
#include "tests/unit/unit.h"

#include "adapters/matrix/internal.h"
#include "adapters/matrix/matrix.h"
#include "host/seal.h"

static const char text[] = "{\"access_token\":\"syt_a\",\"refresh_token\":\"syr_b\"}";

static void what_is_sealed_opens_for_the_same_secret_alone(void **state)
{
    (void)state;
    CLEANUP(secret_cleanup)
    struct secret *with = secret_from("what stands in the file"),
                  *other = secret_from("what stands in the fil");
    CLEANUP(buf_done) struct buf sealed, again;
    buf_init(&sealed, 64 * 1024);
    buf_init(&again, 64 * 1024);
    assert_true(seal_close(with, text, &sealed) && seal_close(with, text, &again));
    assert_string_not_equal(buf_text(&sealed), buf_text(&again));
    assert_null(strstr(buf_text(&sealed), "syt"));
    CLEANUP(secret_cleanup) struct secret *opened = seal_open(with, buf_text(&sealed));
    assert_non_null(opened);
    assert_string_equal(secret_reveal(opened), text);
    assert_null(seal_open(other, buf_text(&sealed)));
}

static void what_was_changed_does_not_open(void **state)
{
    (void)state;
    CLEANUP(secret_cleanup) struct secret *with = secret_from("what stands in the file");
    CLEANUP(buf_done) struct buf sealed;
    buf_init(&sealed, 64 * 1024);
    assert_true(seal_close(with, text, &sealed));
    for (size_t i = 0; i < sealed.bytes; i++) {
        char kept = sealed.text[i];
        sealed.text[i] = kept == '0' ? '1' : '0';
        assert_null(seal_open(with, buf_text(&sealed)));
        sealed.text[i] = kept;
    }
    for (size_t i = 0; i < sealed.bytes; i++) {
        char kept = sealed.text[i];
        sealed.text[i] = '\0';
        assert_null(seal_open(with, buf_text(&sealed)));
        sealed.text[i] = kept;
    }
    assert_null(seal_open(with, ""));
    assert_null(seal_open(with, "kept by somebody else"));
    char *longest = calloc(1, 64 * 1024);
    memset(longest, 'a', 64 * 1024 - 1);
    assert_null(seal_open(with, longest));
    assert_false(seal_close(with, longest, &sealed));
    free(longest);
}

static struct matrix *begin(struct inbox *inbox)
{
    static const struct people nobody = { .count = 0 };
    static const struct policy rules = { .approvals = 1 };
    struct err err = { "" };
    struct adapter *adapter = matrix_new(NULL, NULL, inbox,
                                         &(struct matrix_options){ .homeserver = "https://a",
                                                                   .user = "@b:a",
                                                                   .room = "!c:a",
                                                                   .prefix = "!reguard",
                                                                   .ca_file = "",
                                                                   .salt = "5a17",
                                                                   .people = &nobody,
                                                                   .policy = &rules },
                                         &err);
    if (!adapter)
        fail_msg("%s", err.text);
    return (struct matrix *)adapter; /* its first member */
}

/* One that led and one that took over share the records' own part. */
static void two_processes_never_use_the_same_transaction(void **state)
{
    (void)state;
    struct inbox inbox = { .filling = 0 };
    struct matrix *both[] = { begin(&inbox), begin(&inbox) };
    struct buf ids[2];
    for (size_t i = 0; i < COUNT(both); i++) {
        buf_init(&ids[i], 1024);
        matrix_transaction(both[i], &ids[i]);
        assert_int_equal(strncmp(buf_text(&ids[i]), "5a17-", 5), 0);
    }
    assert_string_not_equal(buf_text(&ids[0]), buf_text(&ids[1]));
    for (size_t i = 0; i < COUNT(both); i++) {
        buf_done(&ids[i]);
        both[i]->adapter.ops->stop(&both[i]->adapter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_for_the_same_secret_alone),
        cmocka_unit_test(what_was_changed_does_not_open),
        cmocka_unit_test(two_processes_never_use_the_same_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
