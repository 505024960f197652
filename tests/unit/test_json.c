/* SPDX-License-Identifier: Apache-2.0 */
/* JSON is measured before it is built: no document costs more than its kind may, whatever it holds,
   and what is said about a broken one is harmless text. */
#include "tests/unit/unit.h"

#include "core/limits.h"
#include "core/utf8.h"
#include "host/json.h"
#include "host/json_scan.h"

#include <malloc.h>

static struct buf b;
static struct err err;

static int set_up(void **state)
{
    (void)state;
    buf_init(&b, 16 * 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&b);
    return 0;
}

/* "[" one "," one … "]" */
static void fill(const char *one, size_t count)
{
    buf_clear(&b);
    buf_add_char(&b, '[');
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? "," : "");
        buf_add(&b, one);
    }
    buf_add_char(&b, ']');
    assert_false(b.overflow);
}

static void values_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t bytes, values;
        int depth;
    } cases[] = {
        { "{}", 2, 4, 1 },
        { "[]", 2, 2, 1 },
        { "[1,2]", 5, 4, 1 },
        { "{\"a\":[{}]}", 10, 4 + 1 + 2 + 4, 3 },
        { "\"a\\\"b\" ,", 6, 1, 0 },
        { "true,false", 4, 1, 0 },
        { "[\"{[\",\"\\\\\"]", 11, 4, 1 },
        { "[[[", 3, 6, 3 },
        { "\"open", 5, 1, 0 },
        { "\"open\\", 6, 1, 0 },
        { "]", 1, 0, 0 },
        { "{} {}", 2, 4, 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_size size;
        const char *text = cases[i].text;
        size_t bytes = json_measure(text, text + strlen(text), &size);
        if (bytes != cases[i].bytes || size.values != cases[i].values ||
            size.depth != cases[i].depth)
            fail_msg("%s: %zu bytes, %zu values, depth %d", text, bytes, size.values, size.depth);
    }
}

/* The memory that a document takes is bounded by what it was measured at. */
static void what_is_measured_is_what_it_costs(void **state)
{
    (void)state;
    static const char *const ones[] = {
        "{}",   "[]",           "0",           "1.5",
        "\"\"", "\"abcdefgh\"", "{\"a\":1}",   "{\"a\":{},\"b\":[]}",
        "[[]]", "null",         "[1,2,3,4,5]", "{\"a\":\"b\"}"
    };
    for (size_t i = 0; i < COUNT(ones); i++) {
        struct json_size size;
        fill(ones[i], 10000);
        json_measure(b.text, b.text + b.bytes, &size);
        size_t before = mallinfo2().uordblks;
        JSON_AUTO *json = json_loadb(b.text, b.bytes, 0, NULL);
        assert_non_null(json);
        size_t took = mallinfo2().uordblks - before;
        if (took > size.values * 100 + b.bytes)
            fail_msg("%s: %zu bytes for %zu values", ones[i], took, size.values);
    }
}

static void a_document_of_too_many_values_is_never_built(void **state)
{
    (void)state;
    static const char *const ones[] = { "{}", "[]", "0", "\"\"", "{\"a\":[]}" };
    for (size_t i = 0; i < COUNT(ones); i++) {
        fill(ones[i], 1000);
        json_t *fine = json_read(b.text, b.bytes, b.bytes, &err);
        assert_non_null(fine);
        json_decref(fine);
        fill(ones[i], LIMIT_JSON_VALUES);
        size_t before = mallinfo2().arena + mallinfo2().hblkhd;
        assert_null(json_read(b.text, b.bytes, b.bytes, &err));
        assert_string_equal(err.text, "the JSON holds too many values");
        assert_true(mallinfo2().arena + mallinfo2().hblkhd <= before);
        fill(ones[i], LIMIT_JSON_PAGE_VALUES);
        assert_null(json_read_page(b.text, b.bytes, b.bytes, &err));
    }
    /* behind the first value, too */
    buf_clear(&b);
    for (size_t i = 0; i < LIMIT_JSON_VALUES; i++)
        buf_add(&b, "{}");
    assert_null(json_read(b.text, b.bytes, b.bytes, &err));
    assert_string_equal(err.text, "the JSON holds too many values");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (int depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        buf_clear(&b);
        for (int i = 0; i < depth; i++)
            buf_add_char(&b, '[');
        for (int i = 0; i < depth; i++)
            buf_add_char(&b, ']');
        JSON_AUTO *json = json_read(b.text, b.bytes, b.bytes, &err);
        assert_int_equal(json != NULL, depth <= LIMIT_JSON_DEPTH);
    }
    assert_null(json_read("[]][[", 5, 5, &err));
}

static bool is_harmless(const char *text)
{
    uint32_t code;
    for (size_t bytes; *text; text += bytes) {
        bytes = (unsigned char)*text < 0x20 ? 0 : utf8_decode(text, &code);
        if (!bytes)
            return false;
    }
    return true;
}

/* jansson quotes what it stumbled over and cuts it anywhere. */
static void what_is_said_of_a_broken_document_is_harmless_text(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "{\"Users\":\"\\\xC3\xA9\"}", "{\"a\":\"\xC3\"}",   "{\"a\xE2\x80\xAE\":tru}",
        "{\"a\":\x1b[31m}",           "{\"<!channel>\":x}", "\xFF\xFE",
    };
    for (size_t i = 0; i < COUNT(broken); i++) {
        err.text[0] = '\0';
        assert_null(json_read(broken[i], strlen(broken[i]), 4096, &err));
        assert_true(err.text[0] && is_harmless(err.text));
        JSON_AUTO *text = json_string(err.text);
        assert_non_null(text);
        assert_null(strstr(err.text, "\xE2\x80\xAE"));
    }
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        char text[24] = "{\"Users\":\"";
        size_t bytes = strlen(text);
        while (bytes < sizeof text - 1)
            text[bytes++] =
                "\\\"\xC3\xA9\xE2\x80\xAE\xF0\x9F\x98\x80nu{}[]:, "[unit_below(&seed, 20)];
        JSON_AUTO *json = json_read(text, bytes, sizeof text, &err);
        assert_true(json || is_harmless(err.text));
    }
}

/* The same of every error, cut at its end or made of anything. */
static void an_error_is_text_whatever_goes_into_it(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 8; bytes++) {
        buf_clear(&b);
        for (size_t i = 0; i < bytes; i++)
            buf_add_char(&b, 'x');
        for (size_t i = 0; i < LIMIT_ERROR_BYTES; i++)
            buf_add(&b, "é\xE2\x82\xAC");
        err_set(&err, "%s", buf_text(&b));
        assert_true(is_harmless(err.text));
        err_wrap(&err, "%s", "around \xC3");
        assert_true(is_harmless(err.text));
    }
    err_set(&err, "%s", "a\nb\x1b\xFF");
    assert_string_equal(err.text, "a?b??");
}

static void a_list_is_read_element_by_element(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":1,\"Users\":[{\"Id\":\"1\"}, tru, {\"Id\":\"2\",\"Id\":\"2\"},"
        " {\"Id\":\"3\"}],\"b\":{\"Users\":[1]}}";
    struct json_list list;
    JSON_AUTO *around = json_read_around(text, strlen(text), "Users", false, &list, &err);
    assert_int_equal(json_number(around, "a", 0), 1);
    assert_true(json_is_null(json_object_get(around, "Users")));
    assert_true(json_is_array(json_path(around, "b.Users")));
    JSON_AUTO *first = json_list_next(&list);
    JSON_AUTO *third = json_list_next(&list);
    assert_string_equal(json_text(first, "Id"), "1");
    assert_string_equal(json_text(third, "Id"), "3");
    assert_null(json_list_next(&list));
    assert_int_equal(list.read, 2);
    assert_int_equal(list.skipped, 2);
}

static void the_place_of_an_element_that_is_left_out_is_known(void **state)
{
    (void)state;
    static const char text[] =
        "{\"m\":[{\"ts\":\"1\"}, {\"x\":[tru],\"ts\":\"2\",\"y\":1}, {\"x\":tru,\"ts\":[2]},"
        " {\"x\":tru}, {\"x\":tru,\"ts\":\"\\ud800\"}, tru, {\"ts\":\"3\"}]}";
    struct json_list list;
    JSON_AUTO *around = json_read_around(text, strlen(text), "m", false, &list, &err);
    assert_non_null(around);
    list.stub_key = "ts";
    for (int i = 1; i <= 3; i++) {
        JSON_AUTO *element = json_list_next(&list);
        assert_int_equal(json_object_size(element), 1);
        assert_int_equal(json_text(element, "ts")[0], '0' + i);
        assert_int_equal(list.is_stub, i == 2);
    }
    assert_null(json_list_next(&list));
    assert_int_equal(list.read, 2);
    assert_int_equal(list.skipped, 5);
    assert_int_equal(list.stubs, 1);
}

static void only_the_members_that_are_asked_for_are_built(void **state)
{
    (void)state;
    static const char *const members[] = { "Id", "Role", NULL };
    static const char text[] =
        "{\"Users\":[{\"Id\":\"1\",\"Name\":\"x\",\"Role\":{\"a\":[1]}}, "
        "{\"Name\":tru,\"Id\":\"2\"},"
        " {}, 7, {\"Id\":\"3\",\"Id\":\"4\"}, {\"Id\":tru}, {\"Id\":\"5\",}, {\"Id\":\"6\" x},"
        " {\"a\":{\"Id\":\"8\"}} ]}";
    static const char *const built[] = {
        "{\"Id\":\"1\",\"Role\":{\"a\":[1]}}", "{\"Id\":\"2\"}", "{}", "7", "{\"Id\":\"5\"}", "{}"
    };
    struct json_list list;
    JSON_AUTO *around = json_read_around(text, strlen(text), "Users", false, &list, &err);
    assert_non_null(around);
    list.members = members;
    for (size_t i = 0; i < COUNT(built); i++) {
        JSON_AUTO *element = json_list_next(&list);
        CLEANUP(arena_done) struct arena arena;
        arena_init(&arena, 4096);
        assert_non_null(element);
        if (json_is_object(element))
            assert_string_equal(json_print(&arena, element), built[i]);
    }
    assert_null(json_list_next(&list));
    assert_int_equal(list.skipped, 3);
}

static void elements_are_cleaned_where_that_is_wanted(void **state)
{
    (void)state;
    static const char text[] = "{\"m\":[{\"t\":\"a\\ud800b\"},{\"t\":\"\\u0000\"},{\"n\":1e999},"
                               "{\"a\":1,\"a\":2},{\"t\":\"whole\"}],\"next\":\"\\udc00\"}";
    static const char *const wanted[] = { "{\"t\":\"a\357\277\275b\"}", "{\"t\":\"\xef\xbf\xbd\"}",
                                          "{\"n\":0}", "{\"t\":\"whole\"}" };
    CLEANUP(arena_done) struct arena arena;
    struct json_list list;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    JSON_AUTO *around = json_read_around(text, sizeof text - 1, "m", true, &list, &err);
    assert_string_equal(json_text(around, "next"), "\xef\xbf\xbd");
    for (size_t i = 0; i < COUNT(wanted); i++) {
        JSON_AUTO *element = json_list_next(&list);
        assert_non_null(element);
        assert_string_equal(json_print(&arena, element), wanted[i]);
    }
    assert_null(json_list_next(&list));
    assert_int_equal(list.skipped, 1); /* the one with a key twice */
}

static void what_is_no_list_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = { "{\"Users\":{}}", "{\"a\":{\"Users\":[{}]}}", "{}",
                                         "{\"Users\":\"[{}]\"}", "[{\"Users\":[{}]}]" };
    struct json_list list;
    for (size_t i = 0; i < COUNT(texts); i++) {
        JSON_AUTO *json = json_read_around(texts[i], strlen(texts[i]), "Users", false, &list, &err);
        assert_non_null(json);
        assert_null(json_list_next(&list));
    }
    static const char *const broken[] = { "",
                                          "{",
                                          "{\"Users\"",
                                          "{\"Users\":",
                                          "{\"Users\":[",
                                          "{\"Users\":[{}",
                                          "{\"Users\":[{}]",
                                          "{\"Users\":[{}]]",
                                          "{\"Users\":[],\"Users\":[]}",
                                          "{\"Users\":[}" };
    for (size_t i = 0; i < COUNT(broken); i++) {
        JSON_AUTO *json = json_read_around(broken[i], strlen(broken[i]), "Users", false, &list,
                                           &err);
        if (json)
            fail_msg("%s was read", broken[i]);
    }
}

static void an_element_that_costs_too_much_is_left_out_alone(void **state)
{
    (void)state;
    buf_clear(&b);
    buf_add(&b, "{\"Users\":[{\"Id\":\"1\"},{\"Id\":[");
    for (int i = 0; i < LIMIT_JSON_ELEMENT_VALUES; i++)
        buf_add(&b, "{},");
    buf_add(&b, "{}]},{\"Id\":\"3\"}]}");
    struct json_list list;
    JSON_AUTO *around = json_read_around(b.text, b.bytes, "Users", false, &list, &err);
    assert_non_null(around);
    JSON_AUTO *first = json_list_next(&list);
    JSON_AUTO *third = json_list_next(&list);
    assert_string_equal(json_text(first, "Id"), "1");
    assert_string_equal(json_text(third, "Id"), "3");
    assert_int_equal(list.skipped, 1);
}

/* Any bytes: every step goes on, and none beyond the end (SAN=1). */
/* Also where nothing can be given: whoever reads a list in slices gets a word in between. */
static void no_more_is_passed_over_at_once_than_is_wanted(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf text;
    struct json_list list;
    size_t calls = 0;
    buf_init(&text, LIMIT_HTTP_BODY_BYTES);
    buf_add(&text, "{\"U\":[");
    for (int i = 0; i < 1000; i++)
        buf_add(&text, "{\"a\":tru},");
    buf_add(&text, "{\"a\":7}]}");
    JSON_AUTO *around = json_read_around(text.text, text.bytes, "U", false, &list, &err);
    assert_non_null(around);
    list.most = 100;
    json_t *element = NULL;
    for (; !element && calls < 1000; calls++)
        element = json_list_next(&list);
    assert_int_equal(json_number(element, "a", 0), 7);
    assert_int_equal(list.skipped, 1000);
    assert_true(calls > text.bytes / 200);
    json_decref(element);
}

static void any_bytes_end(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < 100000; round++) {
        size_t bytes = unit_below(&seed, 40);
        char *text = malloc(bytes + 1);
        for (size_t i = 0; i < bytes; i++)
            text[i] = "{}[]\",:\\1t U\xC3"[unit_below(&seed, 13)];
        text[bytes] = '\0';
        struct json_list list;
        JSON_AUTO *json = json_read_around(text, bytes, "U", false, &list, &err);
        (void)json;
        for (json_t *element; (element = json_list_next(&list));)
            json_decref(element);
        free(text);
    }
}

#define CLEAN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(values_are_counted),
        CLEAN(what_is_measured_is_what_it_costs),
        CLEAN(a_document_of_too_many_values_is_never_built),
        CLEAN(depth_is_bounded),
        CLEAN(what_is_said_of_a_broken_document_is_harmless_text),
        CLEAN(an_error_is_text_whatever_goes_into_it),
        CLEAN(a_list_is_read_element_by_element),
        CLEAN(the_place_of_an_element_that_is_left_out_is_known),
        CLEAN(only_the_members_that_are_asked_for_are_built),
        CLEAN(elements_are_cleaned_where_that_is_wanted),
        CLEAN(what_is_no_list_is_none),
        CLEAN(an_element_that_costs_too_much_is_left_out_alone),
        CLEAN(no_more_is_passed_over_at_once_than_is_wanted),
        CLEAN(any_bytes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
