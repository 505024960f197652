/* SPDX-License-Identifier: Apache-2.0 */
/* What a homeserver's codes mean for the next attempt, and the plainer forms of a message. */
#include "tests/unit/unit.h"

#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/refusal.h"

#include <string.h>

static void no_code_ends_a_message(void **state)
{
    (void)state;
    static const struct {
        const char *errcode;
        enum matrix_refusal means;
    } pairs[] = {
        { "M_UNKNOWN_TOKEN", MATRIX_NO_CREDENTIAL },
        { "M_MISSING_TOKEN", MATRIX_NO_CREDENTIAL },
        { "M_USER_LOCKED", MATRIX_NO_CREDENTIAL },
        { "M_USER_DEACTIVATED", MATRIX_NO_CREDENTIAL },
        { "M_USER_SUSPENDED", MATRIX_NO_ROOM },
        { "M_NOT_FOUND", MATRIX_NO_ROOM },
        { "M_CONSENT_NOT_GIVEN", MATRIX_NO_ROOM },
        { "M_RESOURCE_LIMIT_EXCEEDED", MATRIX_NO_ROOM },
        { "M_UNRECOGNIZED", MATRIX_NO_ROOM },
        { "M_FORBIDDEN", MATRIX_NO_POSTING },
        { "M_BAD_JSON", MATRIX_NO_FORM },
        { "M_NOT_JSON", MATRIX_NO_FORM },
        { "M_TOO_LARGE", MATRIX_NO_FORM },
        { "M_INVALID_PARAM", MATRIX_NO_FORM },
        { "M_UNKNOWN", MATRIX_NO_REASON },
        { "IO_ELEMENT_A_CODE_OF_TOMORROW", MATRIX_NO_REASON },
        { "M_FORBIDDENS", MATRIX_NO_REASON },
        { "", MATRIX_NO_REASON },
        { NULL, MATRIX_NO_REASON },
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (matrix_refusal_of(pairs[i].errcode) != pairs[i].means)
            fail_msg("%s", pairs[i].errcode ? pairs[i].errcode : "NULL");
}

static json_t *in_form(enum matrix_form form, const char *body)
{
    json_t *content = json_pack("{s:s, s:s, s:s, s:s, s:{s:[s], s:b}, s:{s:s}}", "msgtype",
                                "m.text", "body", body, "format", "org.matrix.custom.html",
                                "formatted_body", "<p>x</p>", "m.mentions", "user_ids", "@ana:a.b",
                                "room", 1, MATRIX_OURS, "key", "1-matrix");
    matrix_make_plainer(content, form);
    return content;
}

static void form_has(enum matrix_form form, bool html, bool room, bool ours)
{
    json_t *content = in_form(form, "body"), *mentions = json_object_get(content, "m.mentions");
    assert_string_equal(json_string_value(json_object_get(content, "body")), "body");
    assert_int_equal(json_object_get(content, "formatted_body") != NULL, html);
    assert_int_equal(json_object_get(content, "format") != NULL, html);
    assert_int_equal(json_object_get(mentions, "room") != NULL, room);
    assert_int_equal(json_array_size(json_object_get(mentions, "user_ids")), 1);
    assert_int_equal(json_object_get(content, MATRIX_OURS) != NULL, ours);
    json_decref(content);
}

static void each_form_is_plainer_than_the_one_before(void **state)
{
    (void)state;
    form_has(MATRIX_FORM_FULL, true, true, true);
    form_has(MATRIX_FORM_TEXT, false, true, true);
    form_has(MATRIX_FORM_BARE, false, false, false);
}

/* Cut between characters, never inside one. */
static void what_is_long_is_cut_in_the_barest_form(void **state)
{
    (void)state;
    char body[3 * 1500 + 1] = "";
    for (size_t i = 0; i < 1500; i++)
        memcpy(body + 3 * i, "€", 4);
    for (enum matrix_form form = MATRIX_FORM_FULL; form < MATRIX_FORMS; form++) {
        json_t *content = in_form(form, body);
        const char *cut = json_string_value(json_object_get(content, "body"));
        bool bare = form == MATRIX_FORM_BARE;
        assert_int_equal(strlen(cut), bare ? 3 * 1033 + strlen("…") : 3 * 1500);
        assert_string_equal(cut + strlen(cut) - 3, bare ? "…" : "€");
        json_decref(content);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_code_ends_a_message),
        cmocka_unit_test(each_form_is_plainer_than_the_one_before),
        cmocka_unit_test(what_is_long_is_cut_in_the_barest_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
