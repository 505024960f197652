/* Answers of a homeserver that would stop a JSON parser: what is cleaned, what is left out, and that nothing else is lost. */
#include "tests/unit/unit.h"

#include "adapters/matrix/sanitise.h"
#include "core/limits.h"
#include "host/json.h"

static const char *cleaned(struct buf *b, const char *text, size_t bytes)
{
    buf_clear(b);
    matrix_clean(b, text, bytes);
    return buf_text(b);
}

static void bytes_that_no_parser_takes_become_harmless(void **state)
{
    (void)state;
    static const struct { const char *from, *to; } cases[] = {
        { "{\"a\":\"b\"}", "{\"a\":\"b\"}" },
        { "[\"a\\u0000b\"]", "[\"a\\ufffdb\"]" },
        { "{\"k\\u0000\":1}", "{\"k\\ufffd\":1}" },
        { "[\"a\\\\u0000b\"]", "[\"a\\\\u0000b\"]" },           /* an escaped backslash, and plain letters */
        { "[\"a\\\\\\u0000b\"]", "[\"a\\\\\\ufffdb\"]" },
        { "[\"\\ud83d\\udc4d\"]", "[\"\\ud83d\\udc4d\"]" },
        { "[\"\\ud83d\"]", "[\"\\ufffd\"]" },
        { "[\"\\udc4d\\ud83d\"]", "[\"\\ufffd\\ufffd\"]" },
        { "[\"\\ud83d\\u0041\"]", "[\"\\ufffd\\u0041\"]" },
        { "[\"\\q\"]", "[\"\\ufffd\"]" },
        { "[\"\\u12\"]", "[\"\\ufffd12\"]" },
        { "[\"a\xff\xfe\"]", "[\"a\\ufffd\\ufffd\"]" },
        { "[\"a\tb\"]", "[\"a\\ufffdb\"]" },
        { "[\"\xC3\xA4\"]", "[\"\xC3\xA4\"]" },
        { "[1,-2,0.5,123456789012345678]", "[1,-2,0.5,123456789012345678]" },
        { "[1e999,-1E5,99999999999999999999999]", "[0,0,0]" },
        { "[\"1e999\"]", "[\"1e999\"]" },
        { "[\"unfinished\\", "[\"unfinished\\ufffd" },
        { "", "" },
    };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(cleaned(&b, cases[i].from, strlen(cases[i].from)), cases[i].to);
    assert_string_equal(cleaned(&b, "[\"a\0b\"]", 7), "[\"a\\ufffdb\"]");
}

static void depth_is_cut(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf deep, b;
    buf_init(&deep, 1 << 20);
    buf_init(&b, 1 << 20);
    buf_add(&deep, "{\"v\":");
    for (int i = 0; i < 5000; i++)
        buf_add(&deep, i % 2 ? "{\"x\":" : "[");
    buf_add(&deep, "\"]}\"");
    for (int i = 4999; i >= 0; i--)
        buf_add(&deep, i % 2 ? "}" : "]");
    buf_add(&deep, ",\"next\":1}");
    cleaned(&b, buf_text(&deep), deep.bytes);
    JSON_AUTO *json = json_read(buf_text(&b), b.bytes, 1 << 20, NULL);
    assert_non_null(json);
    assert_int_equal(json_number(json, "next", 0), 1);
}

/* ---- one bad event costs only itself ---- */

static json_t *sync_with(const char *event, struct matrix_parsed *parsed)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1 << 16);
    buf_addf(&b, "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"!r\":{\"timeline\":{\"events\":[{\"event_id\":\"$1\",\"content\":{}} , %s, {\"event_id\":\"$3\",\"content\":{\"body\":\"events\"}}],\"limited\":false}}}}}",
             event);
    return matrix_parse(buf_text(&b), b.bytes, parsed);
}

static const json_t *events_of(const json_t *answer)
{
    return json_object_get(json_object_get(json_object_get(json_object_get(json_object_get(answer, "rooms"), "join"), "!r"), "timeline"), "events");
}

static void bad_events_are_cleaned_or_left_out_alone(void **state)
{
    (void)state;
    static const struct { const char *event; size_t kept, quarantined; bool cleaned; } cases[] = {
        { "{\"event_id\":\"$2\",\"content\":{\"body\":\"fine\"}}", 3, 0, false },
        { "{\"event_id\":\"$2\",\"content\":{\"body\":\"a\\u0000b\"}}", 3, 0, true },
        { "{\"event_id\":\"$2\",\"content\":{\"k\\u0000\":\"v\",\"n\":1e999,\"s\":\"\\ud800\"}}", 3, 0, true },
        { "{\"event_id\":\"$2\",\"content\":{\"sender\":1,\"sender\":2}}", 2, 1, true },
        { "{\"event_id\":\"$2\",\"content\":{\"k\\u0000\":1,\"k\\ufffd\":2}}", 2, 1, true },
        { "{\"event_id\":\"$2\",\"content\":{\"events\":[{\"a\":1,\"a\":2}]}}", 2, 1, true },
        { "{\"event_id\":\"$2\",\"content\":tru}", 2, 1, true },
        { "17", 3, 0, false }, /* whoever reads events looks at objects only */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct matrix_parsed parsed;
        JSON_AUTO *json = sync_with(cases[i].event, &parsed);
        assert_non_null(json);
        assert_string_equal(json_text(json, "next_batch"), "s2");
        const json_t *events = events_of(json);
        assert_int_equal(json_array_size(events), cases[i].kept);
        assert_int_equal(parsed.quarantined, cases[i].quarantined);
        assert_int_equal(parsed.cleaned, cases[i].cleaned);
        assert_string_equal(json_text(json_array_get(events, 0), "event_id"), "$1");
        assert_string_equal(json_text(json_array_get(events, cases[i].kept - 1), "event_id"), "$3");
    }
}

static void a_cleaned_text_keeps_the_rest(void **state)
{
    (void)state;
    struct matrix_parsed parsed;
    JSON_AUTO *json = sync_with("{\"event_id\":\"$2\",\"content\":{\"body\":\"!reguard lift bakery because a\\u0000b\"}}", &parsed);
    assert_string_equal(json_text(json_object_get(json_array_get(events_of(json), 1), "content"), "body"), "!reguard lift bakery because a\xEF\xBF\xBD" "b");
}

static void what_is_no_json_is_none(void **state)
{
    (void)state;
    static const char *const others[] = { "", "<html><body>502 Bad Gateway</body></html>", "{", "{\"a\":", "\"text\"", "12", "null", "{\"events\":[", "{\"events\":[{]}", "{} {}" };
    for (size_t i = 0; i < COUNT(others); i++) {
        struct matrix_parsed parsed;
        JSON_AUTO *json = matrix_parse(others[i], strlen(others[i]), &parsed);
        if (json)
            fail_msg("%s was read", others[i]);
        assert_false(parsed.cleaned);
    }
}

/* Any bytes: an answer or none, never a crash. */
static void any_bytes_may_come(void **state)
{
    (void)state;
    static const char alphabet[] = "{}[]\",:\\u0d8f e1-.tx\xff\xc3\xa4\x01";
    static const char start[] = "{\"events\":[{\"a\":\"b\"},{\"c\":[1,{\"d\":\"\\u0000\"}]}],\"chunk\":[]}";
    uint64_t random = 7;
    for (int i = 0; i < 30000; i++) {
        char text[sizeof start];
        struct matrix_parsed parsed;
        memcpy(text, start, sizeof start);
        for (size_t n = unit_below(&random, 6); n > 0; n--)
            text[unit_below(&random, sizeof start - 1)] = alphabet[unit_below(&random, sizeof alphabet - 1)];
        size_t bytes = unit_below(&random, 4) ? sizeof start - 1 : unit_below(&random, sizeof start);
        text[bytes] = '\0';
        JSON_AUTO *json = matrix_parse(text, bytes, &parsed);
        (void)json;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_no_parser_takes_become_harmless), cmocka_unit_test(depth_is_cut), cmocka_unit_test(bad_events_are_cleaned_or_left_out_alone),
        cmocka_unit_test(a_cleaned_text_keeps_the_rest), cmocka_unit_test(what_is_no_json_is_none), cmocka_unit_test(any_bytes_may_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
