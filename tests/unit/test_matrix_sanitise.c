/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a homeserver that would stop a JSON parser: what is cleaned, what is left out, and
   that nothing else is lost. Who lets what through: today's Synapse takes NUL escapes in values and
   in keys from its members and passes them on; it answers 500 to a lone surrogate, and M_BAD_JSON
   to deep nesting, floats and integers beyond 53 bits, which older ones and other homeservers
   passed on. The scripted homeserver takes neither NUL keys nor these from a member; they come from
   its "raw" and "raw_hex" contents, byte by byte. Duplicate keys reach nobody through a homeserver
   that reads and writes JSON: the last one stays. */
#include "tests/unit/unit.h"

#include "adapters/matrix/sanitise.h"
#include "core/limits.h"
#include "host/json.h"
#include "host/json_clean.h"

#include <malloc.h>

static const char *cleaned(struct buf *b, const char *text, size_t bytes)
{
    buf_clear(b);
    json_clean(b, text, bytes, LIMIT_JSON_DEPTH);
    return buf_text(b);
}

static void bytes_that_no_parser_takes_become_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {
        { "{\"a\":\"b\"}", "{\"a\":\"b\"}" },
        { "[\"a\\u0000b\"]", "[\"a\\ufffdb\"]" },
        { "{\"k\\u0000\":1}", "{\"k\\ufffd\":1}" },
        { "[\"a\\\\u0000b\"]", "[\"a\\\\u0000b\"]" }, /* an escaped backslash, and plain letters */
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
        { "[1e999,-1E5,1e+308,1e+309,99999999999999999999999]", "[0,-1E5,1e+308,0,0]" },
        /* Whatever the parser takes stays what it is. */
        { "[9223372036854775807,-9223372036854775808,9223372036854775808]",
          "[9223372036854775807,-9223372036854775808,0]" },
        { "[0.1234567890123456789012345678901234567890,1e-400,-1e309]",
          "[0.1234567890123456789012345678901234567890,1e-400,0]" },
        { "[9223372036854775808,-9223372036854775809,-123456789012345678]",
          "[0,0,-123456789012345678]" }, /* what does not fit does not stay */
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
    buf_addf(&b,
             "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"!r\":{\"timeline\":{\"events\":[{"
             "\"event_id\":\"$1\",\"content\":{}} , %s, "
             "{\"event_id\":\"$3\",\"content\":{\"body\":\"events\"}}],\"limited\":false}}}}}",
             event);
    return matrix_parse(buf_text(&b), b.bytes, parsed);
}

static const json_t *events_of(const json_t *answer)
{
    return json_object_get(
        json_object_get(json_object_get(json_object_get(json_object_get(answer, "rooms"), "join"),
                                        "!r"),
                        "timeline"),
        "events");
}

/* Wherever a slice ends, the whole comes out. */
static void slices_make_the_whole(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"next_batch\":\"s\",\"rooms\":{\"r\":{\"timeline\":{\"events\":[{\"a\":\"\\u0000\"} , "
        "tru,"
        "{\"b\":[1]}],\"limited\":true}}},\"chunk\":[]}",
        " [{\"a\":1},{\"a\":\"]\"}] ",
        "{\"events\":[{\"a\":1}",
        "{\"events\":[",
        "[",
        "{",
        "",
        "{\"events\":[{\"a\":1}],\"b\":\"\\ud800\"}",
        "{\"events\":[1]}]",
        "no JSON",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t slice = 1; slice < 40; slice++) {
            struct matrix_parsed whole, parts;
            size_t bytes = strlen(texts[i]);
            JSON_AUTO *expected = matrix_parse(texts[i], bytes, &whole);
            struct matrix_parser *parser = matrix_parser_new(texts[i], bytes);
            while (!matrix_parser_read(parser, slice))
                ;
            JSON_AUTO *got = matrix_parser_end(parser, &parts);
            assert_true(expected ? json_equal(expected, got) : !got);
            assert_int_equal(whole.cleaned, parts.cleaned);
            assert_int_equal(whole.quarantined, parts.quarantined);
        }
}

static void half_an_answer_is_none(void **state)
{
    (void)state;
    static const char text[] = "{\"events\":[{\"a\":1},{\"a\":2}],\"b\":1}";
    for (size_t bytes = 1; bytes < 20; bytes++) {
        struct matrix_parsed parsed;
        struct matrix_parser *parser = matrix_parser_new(text, strlen(text));
        matrix_parser_read(parser, bytes);
        assert_null(matrix_parser_end(parser, &parsed));
    }
    struct matrix_parsed parsed;
    assert_null(matrix_parser_end(NULL, &parsed));
}

static void bad_events_are_cleaned_or_left_out_alone(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        size_t kept, quarantined;
        bool cleaned;
    } cases[] = {
        { "{\"event_id\":\"$2\",\"content\":{\"body\":\"fine\"}}", 3, 0, false },
        { "{\"event_id\":\"$2\",\"content\":{\"body\":\"a\\u0000b\"}}", 3, 0, true },
        { "{\"event_id\":\"$2\",\"content\":{\"k\\u0000\":\"v\",\"n\":1e999,\"s\":\"\\ud800\"}}", 3,
          0, true },
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
    JSON_AUTO *json = sync_with(
        "{\"event_id\":\"$2\",\"content\":{\"body\":\"!reguard lift bakery because a\\u0000b\"}}",
        &parsed);
    assert_string_equal(json_text(json_object_get(json_array_get(events_of(json), 1), "content"),
                                  "body"),
                        "!reguard lift bakery because a\xEF\xBF\xBD"
                        "b");
}

static void what_is_no_json_is_none(void **state)
{
    (void)state;
    static const char *const others[] = { "",
                                          "<html><body>502 Bad Gateway</body></html>",
                                          "{",
                                          "{\"a\":",
                                          "\"text\"",
                                          "12",
                                          "null",
                                          "{\"events\":[",
                                          "{\"events\":[{]}",
                                          "{} {}" };
    for (size_t i = 0; i < COUNT(others); i++) {
        struct matrix_parsed parsed;
        JSON_AUTO *json = matrix_parse(others[i], strlen(others[i]), &parsed);
        if (json)
            fail_msg("%s was read", others[i]);
        assert_false(parsed.cleaned);
    }
}

/* ---- any bytes ---- */

static int depth_of(json_t *json)
{
    int deepest = 0;
    const char *key;
    size_t i;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        int depth = depth_of(value);
        deepest = depth > deepest ? depth : deepest;
    }
    json_array_foreach(json, i, value)
    {
        int depth = depth_of(value);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + (json_is_object(json) || json_is_array(json));
}

/* The text lies in memory of exactly its size, so that a step too far is seen (SAN=1). */
static json_t *parse_exact(const char *text, size_t bytes, struct matrix_parsed *parsed)
{
    char *exact = malloc(bytes + 1);
    assert_non_null(exact);
    memcpy(exact, text, bytes);
    exact[bytes] = '\0';
    json_t *json = matrix_parse(exact, bytes, parsed);
    free(exact);
    return json;
}

/* What holds of any answer that was read: no string with a NUL, nothing too deep, and printing it
   gives JSON again. */
static void assert_harmless(json_t *json)
{
    if (!json)
        return;
    assert_true(depth_of(json) <= LIMIT_JSON_DEPTH);
    char *text = json_dumps(json, JSON_COMPACT);
    assert_non_null(text);
    JSON_AUTO *again = json_read(text, strlen(text), 1 << 20, NULL);
    free(text);
    assert_true(json_equal(json, again));
}

static const char answer[] =
    "{\"next_batch\":\"s2\",\"rooms\":{\"join\":{\"!r\":{\"timeline\":{\"events\":[{\"a\":"
    "\"\\u0000\"},{\"c\":[1,{\"d\":\"\\ud83d\\udc4d\\\\\"}]},7]},\"state\":{\"events\":[]}}}},"
    "\"chunk\":[{}]}";

static void any_bytes_may_come(void **state)
{
    (void)state;
    static const char alphabet[] = "{}[]\",:\\u0d8f e1-.tx\xff\xc3\xa4\x01";
    uint64_t random = 7;
    for (int i = 0; i < 30000; i++) {
        char text[sizeof answer];
        struct matrix_parsed parsed;
        memcpy(text, answer, sizeof answer);
        for (size_t n = unit_below(&random, 6); n > 0; n--)
            text[unit_below(&random, sizeof answer - 1)] =
                alphabet[unit_below(&random, sizeof alphabet)];
        size_t bytes = unit_below(&random, 4) ? sizeof answer - 1
                                              : unit_below(&random, sizeof answer);
        JSON_AUTO *json = parse_exact(text, bytes, &parsed);
        assert_harmless(json);
        assert_true(json || (!parsed.cleaned));
    }
}

static void noise_is_cleaned_without_a_crash(void **state)
{
    (void)state;
    uint64_t random = 11;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1 << 16);
    for (int i = 0; i < 20000; i++) {
        char text[96];
        struct matrix_parsed parsed;
        size_t bytes = unit_below(&random, sizeof text);
        bool narrow = unit_below(&random, 2) != 0;
        for (size_t n = 0; n < bytes; n++)
            text[n] = narrow ? "[]{}\"\\,:u0"[unit_below(&random, 10)]
                             : (char)unit_below(&random, 256);
        JSON_AUTO *json = parse_exact(text, bytes, &parsed);
        assert_harmless(json);
        buf_clear(&b);
        json_clean(&b, text, bytes, LIMIT_JSON_DEPTH);
        assert_false(b.overflow); /* a byte becomes six at most, and a value too deep four */
        assert_true(b.bytes <= 6 * bytes);
    }
}

/* Cut anywhere, an answer is none: half of it would pass for a quiet room. */
static void a_cut_answer_is_none(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < sizeof answer - 1; bytes++) {
        struct matrix_parsed parsed;
        JSON_AUTO *json = parse_exact(answer, bytes, &parsed);
        if (json)
            fail_msg("%.*s was read", (int)bytes, answer);
    }
}

/* Whatever one event holds, those before and behind it are there, and so is where to go on. */
static void neighbours_are_kept_beside_anything(void **state)
{
    (void)state;
    static const char *const values[] = {
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udfff\\ud800\"",
        "\"\\uD83D\\uDC4D\"",
        "\"\\q\"",
        "\"\\u00\"",
        "\"\xff\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xC0\x80\"",
        "\"\x01\x1f\"",
        "\"\\\\\"",
        "\"\\\"\"",
        "1e999",
        "-1e999",
        "1E-999",
        "1e5",
        "0.1",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "9007199254740993",
        "00",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "--1",
        "0x10",
        "NaN",
        "Infinity",
        "tru",
        "nul",
        "True",
        "'x'",
        "/* */1",
        "1 2",
        "{\"a\":1,\"a\":2}",
        "{\"\\u0000\":1}",
        "{\"\\u0000\":1,\"\\ufffd\":2}",
        "{\"a\"}",
        "{\"a\":}",
        "{,}",
        "{\"a\":1,}",
        "[1,]",
        "[,1]",
        "{1:2}",
        "{\"events\":[{\"event_id\":\"$9\"}]}",
        "{\"events\":[{\"a\":1,\"a\":2}],\"chunk\":[tru]}",
        "\"events\"",
        "\":[{\"",
        "\"}]\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        "",
    };
    for (size_t i = 0; i < COUNT(values); i++) {
        CLEANUP(buf_done) struct buf event;
        struct matrix_parsed parsed;
        buf_init(&event, 4096);
        buf_addf(&event, "{\"event_id\":\"$2\",\"content\":{\"k\":%s}}", values[i]);
        JSON_AUTO *json = sync_with(buf_text(&event), &parsed);
        if (!json || !str_equal(json_text(json, "next_batch"), "s2"))
            fail_msg("%s cost the whole answer", values[i]);
        const json_t *events = events_of(json);
        size_t count = json_array_size(events);
        if (count + parsed.quarantined != 3 ||
            !str_equal(json_text(json_array_get(events, 0), "event_id"), "$1") ||
            !str_equal(json_text(json_array_get(events, count - 1), "event_id"), "$3"))
            fail_msg("%s: %zu events, %zu left out", values[i], count, parsed.quarantined);
        if (count == 3)
            assert_string_equal(json_text(json_array_get(events, 1), "event_id"), "$2");
        assert_harmless(json);
    }
}

/* Brackets and quotes inside the text of those beside it are text. */
static void neighbours_may_quote(void **state)
{
    (void)state;
    struct matrix_parsed parsed;
    JSON_AUTO *json = sync_with(
        "{\"event_id\":\"$2\",\"content\":{\"body\":\"\\\"}],[{\\\\\"}},{\"event_id\":\"$bad\","
        "\"content\":tru},{\"event_id\":\"$4\",\"content\":{\"body\":\"\\\\\\\"]\"}}",
        &parsed);
    const json_t *events = events_of(json);
    assert_int_equal(parsed.quarantined, 1);
    assert_int_equal(json_array_size(events), 4);
    assert_string_equal(json_text(json_object_get(json_array_get(events, 1), "content"), "body"),
                        "\"}],[{\\");
    assert_string_equal(json_text(json_object_get(json_array_get(events, 2), "content"), "body"),
                        "\\\"]");
    assert_string_equal(json_text(json_array_get(events, 3), "event_id"), "$3");
}

static void many_bad_events_cost_only_themselves(void **state)
{
    (void)state;
    enum { EVENTS = 1500 };
    CLEANUP(buf_done) struct buf b;
    struct matrix_parsed parsed;
    buf_init(&b, 1 << 20);
    buf_add(&b, "{\"chunk\":[");
    for (int i = 0; i < EVENTS; i++)
        buf_addf(&b, "%s{\"event_id\":\"$%d\",\"content\":%s}", i ? "," : "", i,
                 i % 3 == 0   ? "{}"
                 : i % 3 == 1 ? "{\"a\":1,\"a\":2}"
                              : "{\"b\":\"\\u0000\"}");
    buf_add(&b, "],\"end\":\"t9\"}");
    JSON_AUTO *json = parse_exact(buf_text(&b), b.bytes, &parsed);
    assert_string_equal(json_text(json, "end"), "t9");
    assert_int_equal(parsed.quarantined, EVENTS / 3);
    assert_int_equal(json_array_size(json_object_get(json, "chunk")), EVENTS - EVENTS / 3);
    assert_string_equal(json_text(json_array_get(json_object_get(json, "chunk"), 2), "event_id"),
                        "$3");
}

/* Every escape there is: read as jansson reads it, or replaced where it cannot. */
static void every_escape_is_judged(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    for (unsigned code = 0; code <= 0xFFFF; code++) {
        char text[32];
        bool bad = code == 0 || (code >= 0xD800 && code <= 0xDFFF);
        snprintf(text, sizeof text, code % 2 ? "[\"a\\u%04xb\"]" : "[\"a\\u%04Xb\"]", code);
        cleaned(&b, text, strlen(text));
        if (bad ? !str_equal(buf_text(&b), "[\"a\\ufffdb\"]") : !str_equal(buf_text(&b), text))
            fail_msg("%s became %s", text, buf_text(&b));
        JSON_AUTO *json = json_read(buf_text(&b), b.bytes, 256, NULL);
        assert_non_null(json);
    }
}

static void every_pair_of_surrogates_is_judged(void **state)
{
    (void)state;
    static const unsigned edges[] = { 0x0000, 0x0041, 0xD7FF, 0xD800, 0xD801, 0xDBFE, 0xDBFF,
                                      0xDC00, 0xDC01, 0xDFFE, 0xDFFF, 0xE000, 0xFFFD };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    for (size_t i = 0; i < COUNT(edges); i++)
        for (size_t k = 0; k < COUNT(edges); k++) {
            char text[32];
            bool high = edges[i] >= 0xD800 && edges[i] <= 0xDBFF,
                 low = edges[k] >= 0xDC00 && edges[k] <= 0xDFFF;
            snprintf(text, sizeof text, "[\"\\u%04x\\u%04x\"]", edges[i], edges[k]);
            cleaned(&b, text, strlen(text));
            JSON_AUTO *json = json_read(buf_text(&b), b.bytes, 256, NULL);
            assert_non_null(json);
            assert_int_equal(strstr(buf_text(&b), "fffd") == NULL,
                             (high && low) || (strcmp(buf_text(&b), text) == 0 &&
                                               edges[i] != 0xFFFD && edges[k] != 0xFFFD));
            if (high && low)
                assert_string_equal(buf_text(&b), text);
        }
}

/* The deepest that is kept, and one more: a value below is null, those beside it stay. */
static void depth_ends_where_the_limit_says(void **state)
{
    (void)state;
    for (int depth = LIMIT_JSON_DEPTH - 2; depth < LIMIT_JSON_DEPTH + 3; depth++) {
        CLEANUP(buf_done) struct buf b;
        struct matrix_parsed parsed;
        buf_init(&b, 1024);
        for (int i = 0; i < depth; i++)
            buf_add(&b, "[\"[\",");
        buf_add(&b, "1");
        for (int i = 0; i < depth; i++)
            buf_add(&b, ",\"]\\\"\"]");
        JSON_AUTO *json = parse_exact(buf_text(&b), b.bytes, &parsed);
        assert_non_null(json);
        assert_int_equal(parsed.cleaned, depth > LIMIT_JSON_DEPTH);
        assert_int_equal(depth_of(json), depth > LIMIT_JSON_DEPTH ? LIMIT_JSON_DEPTH : depth);
        assert_int_equal(json_array_size(json), 3);
    }
}

/* What closes more than was opened opens no way down. */
static void unbalanced_text_goes_no_deeper(void **state)
{
    (void)state;
    static const char *const closers[] = { "]", "}" };
    for (size_t i = 0; i < COUNT(closers); i++) {
        CLEANUP(buf_done) struct buf b;
        struct matrix_parsed parsed;
        buf_init(&b, 1 << 16);
        buf_add(&b, "{\"events\":[");
        for (int n = 0; n < 2000; n++)
            buf_add(&b, closers[i]);
        buf_add(&b, "],\"x\":");
        for (int n = 0; n < 1500; n++)
            buf_add(&b, "[");
        for (int n = 0; n < 1500; n++)
            buf_add(&b, "]");
        buf_add(&b, "}");
        JSON_AUTO *json = parse_exact(buf_text(&b), b.bytes, &parsed);
        assert_harmless(json);
    }
}

/* A legal event of 60 KB can hold 20,000 objects. A hundred of them, read after an absence, were
   476 MiB once they were built. */
static void an_event_of_many_values_is_left_out_alone(void **state)
{
    (void)state;
    enum { EVENTS = 100, OBJECTS = 20000 };
    CLEANUP(buf_done) struct buf b;
    struct matrix_parsed parsed;
    buf_init(&b, 8 << 20);
    buf_add(&b, "{\"next_batch\":\"s2\",\"chunk\":[");
    for (int i = 0; i < EVENTS; i++) {
        buf_addf(&b, "{\"event_id\":\"$%d\",\"content\":{\"v\":[", i);
        for (int k = 0; k < OBJECTS; k++)
            buf_add(&b, k ? ",{}" : "{}");
        buf_add(&b, "]}},");
    }
    buf_add(&b, "{\"event_id\":\"$done\"}]}");
    assert_false(b.overflow);
    size_t before = mallinfo2().uordblks;
    JSON_AUTO *json = parse_exact(buf_text(&b), b.bytes, &parsed);
    assert_true(mallinfo2().uordblks - before < 1 << 20);
    assert_int_equal(parsed.quarantined, EVENTS);
    assert_string_equal(json_text(json, "next_batch"), "s2");
    const json_t *chunk = json_object_get(json, "chunk");
    assert_int_equal(json_array_size(chunk), 1);
    assert_string_equal(json_text(json_array_get(chunk, 0), "event_id"), "$done");
}

/* As many events as a page has, each just below what one may cost, are all read. */
static void a_page_of_costly_events_is_read(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    struct matrix_parsed parsed;
    buf_init(&b, 8 << 20);
    buf_add(&b, "{\"chunk\":[");
    for (int i = 0; i < 100; i++) {
        buf_add(&b, i ? ",[" : "[");
        for (int k = 0; k < LIMIT_JSON_ELEMENT_VALUES - 2; k++)
            buf_add(&b, k ? ",0" : "0");
        buf_add(&b, "]");
    }
    buf_add(&b, "]}");
    JSON_AUTO *json = parse_exact(buf_text(&b), b.bytes, &parsed);
    assert_int_equal(json_array_size(json_object_get(json, "chunk")), 100);
    assert_int_equal(parsed.quarantined, 0);
}

static void more_than_a_page_is_too_much_and_said_so(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    struct matrix_parsed parsed;
    buf_init(&b, 8 << 20);
    buf_add(&b, "{\"chunk\":[{}");
    for (int i = 0; i < LIMIT_JSON_PAGE_VALUES / 4; i++)
        buf_add(&b, ",{}");
    buf_add(&b, "]}");
    assert_null(parse_exact(buf_text(&b), b.bytes, &parsed));
    assert_true(parsed.too_much);
    /* around the events, too */
    buf_clear(&b);
    buf_add(&b, "{\"x\":[{}");
    for (int i = 0; i < LIMIT_JSON_VALUES; i++)
        buf_add(&b, ",{}");
    buf_add(&b, "]}");
    assert_null(parse_exact(buf_text(&b), b.bytes, &parsed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_no_parser_takes_become_harmless),
        cmocka_unit_test(depth_is_cut),
        cmocka_unit_test(slices_make_the_whole),
        cmocka_unit_test(half_an_answer_is_none),
        cmocka_unit_test(bad_events_are_cleaned_or_left_out_alone),
        cmocka_unit_test(a_cleaned_text_keeps_the_rest),
        cmocka_unit_test(what_is_no_json_is_none),
        cmocka_unit_test(any_bytes_may_come),
        cmocka_unit_test(noise_is_cleaned_without_a_crash),
        cmocka_unit_test(a_cut_answer_is_none),
        cmocka_unit_test(neighbours_are_kept_beside_anything),
        cmocka_unit_test(neighbours_may_quote),
        cmocka_unit_test(many_bad_events_cost_only_themselves),
        cmocka_unit_test(every_escape_is_judged),
        cmocka_unit_test(every_pair_of_surrogates_is_judged),
        cmocka_unit_test(depth_ends_where_the_limit_says),
        cmocka_unit_test(unbalanced_text_goes_no_deeper),
        cmocka_unit_test(an_event_of_many_values_is_left_out_alone),
        cmocka_unit_test(a_page_of_costly_events_is_read),
        cmocka_unit_test(more_than_a_page_is_too_much_and_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
