/* SPDX-License-Identifier: Apache-2.0 */
/* What our messages say of the records, there and back; and whatever else somebody with our token
   could have put there. */
#include "tests/unit/unit.h"

#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"
#include "host/json.h"
#include "port/witness.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct message message = { .kind = MESSAGE_CARD,
                                        .case_id = "G-0007",
                                        .state = "lifted",
                                        .key = "G-0007-card-slack",
                                        .headline = "h",
                                        .body = "b",
                                        .text = "t",
                                        .footer = "f",
                                        .question = "",
                                        .witness = { .record = 23,
                                                     .hash = HASH,
                                                     .store = "00112233445566aa",
                                                     .since_ms = 1795526055000,
                                                     .epoch = 12,
                                                     .said_ms = 1795526056001,
                                                     .born_ms = 1795000000002,
                                                     .again_ms = 120000,
                                                     .until_ms = 1795526957003,
                                                     .speaks_ms = 1795527077004 } };

static void is_read_back(const json_t *payload)
{
    struct sighting s;
    assert_non_null(payload);
    witness_read(payload, &s);
    assert_int_equal(s.record, 23);
    assert_string_equal(s.hash, HASH);
    assert_string_equal(s.store, "00112233445566aa");
    assert_int_equal(s.since_ms, 1795526055000);
    assert_int_equal(s.epoch, 12);
    assert_int_equal(s.said_ms, 1795526056001);
    assert_int_equal(s.born_ms, 1795000000002);
    assert_int_equal(s.again_ms, 120000);
    assert_int_equal(s.until_ms, 1795526957003);
    assert_int_equal(s.speaks_ms, 1795527077004);
    assert_string_equal(s.vigil, "");
    assert_int_equal(s.case_no, 7);
    assert_string_equal(s.state, "lifted");
}

static void a_message_says_it_in_slack(void **state)
{
    (void)state;
    static const struct people nobody = { .count = 0 };
    JSON_AUTO *json = slack_message_json(&message, &nobody);
    assert_string_equal(json_string_value(json_path(json, "metadata.event_type")), "reguard");
    is_read_back(json_path(json, "metadata.event_payload"));
}

static void a_message_says_it_in_matrix(void **state)
{
    (void)state;
    static const struct people nobody = { .count = 0 };
    static const struct policy policy = { .approvals = 1 };
    struct matrix_style style = { .prefix = "!reguard", .people = &nobody, .policy = &policy };
    JSON_AUTO *json = matrix_message_json(&message, &style);
    is_read_back(json_object_get(json, MATRIX_OURS));
}

static void without_records_it_says_nothing(void **state)
{
    (void)state;
    JSON_AUTO *payload = json_object();
    struct sighting s;
    witness_add(payload, &(struct witness){ 0 });
    assert_int_equal(json_object_size(payload), 0);
    witness_read(payload, &s);
    assert_string_equal(s.store, "");
    witness_read(NULL, &s);
    assert_string_equal(s.store, "");
}

/* The second pair of eyes has no records. */
static void the_second_pair_of_eyes_says_what_it_did(void **state)
{
    (void)state;
    JSON_AUTO *payload = json_object();
    struct sighting s;
    witness_add(payload, &(struct witness){ .vigil = "alarm", .said_ms = 1795526056001 });
    witness_read(payload, &s);
    assert_string_equal(s.vigil, "alarm");
    assert_int_equal(s.said_ms, 1795526056001);
    assert_string_equal(s.store, "");
    json_object_set_new(payload, "vigil", json_string("Alarm!"));
    witness_read(payload, &s);
    assert_string_equal(s.vigil, "");
}

static void what_is_none_of_ours_stays_empty(void **state)
{
    (void)state;
    static const char *const others[] = {
        "{\"record\":23,\"hash\":\"" HASH "\"}",
        "{\"record\":23,\"hash\":\"" HASH "0\",\"store\":\"00112233445566aa\"}",
        "{\"record\":23,\"hash\":\"" HASH "\",\"store\":\"00112233445566aa0\"}",
        "{\"record\":23,\"hash\":\"" HASH "\",\"store\":\"00112233445566AA\"}",
        "{\"record\":23,\"hash\":\"" HASH "\",\"store\":17}",
        "{\"record\":23,\"hash\":[],\"store\":\"00112233445566aa\"}",
    };
    for (size_t i = 0; i < COUNT(others); i++) {
        struct sighting s;
        JSON_AUTO *payload = json_loads(others[i], 0, NULL);
        assert_non_null(payload);
        witness_read(payload, &s);
        if (s.store[0] || s.record)
            fail_msg("%s is read", others[i]);
    }
}

static void numbers_and_words_are_bounded(void **state)
{
    (void)state;
    struct sighting s;
    JSON_AUTO *payload = json_loads("{\"record\":-1,\"since\":\"x\",\"said\":-5,\"born\":1e99,"
                                    "\"again\":[],\"until\":9223372036854775807,\"hash\":\"" HASH
                                    "\",\"store\":\"00112233445566aa\",\"case\":\"G-99999999999\","
                                    "\"state\":\"<!channel> lifted\"}",
                                    0, NULL);
    witness_read(payload, &s);
    assert_int_equal(s.record, 0);
    assert_int_equal(s.since_ms, 0);
    assert_int_equal(s.said_ms + s.born_ms + s.again_ms + s.until_ms, 0);
    assert_int_equal(s.case_no, 0);
    assert_string_equal(s.state, "");
    assert_string_equal(s.store, "00112233445566aa");
}

/* Two processes with one set of tokens give the same keys to messages of their own. */
static void whose_message_it_is_is_compared(void **state)
{
    (void)state;
    JSON_AUTO *ours = json_pack("{s:s}", "store", "00112233445566aa"), *old = json_object();
    assert_true(witness_same_store(ours, "00112233445566aa"));
    assert_false(witness_same_store(ours, "ffeeddccbbaa9988"));
    assert_true(witness_same_store(ours, "")); /* what does not tell may be ours */
    assert_true(witness_same_store(old, "00112233445566aa"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_says_it_in_slack),
        cmocka_unit_test(a_message_says_it_in_matrix),
        cmocka_unit_test(without_records_it_says_nothing),
        cmocka_unit_test(the_second_pair_of_eyes_says_what_it_did),
        cmocka_unit_test(what_is_none_of_ours_stays_empty),
        cmocka_unit_test(numbers_and_words_are_bounded),
        cmocka_unit_test(whose_message_it_is_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
