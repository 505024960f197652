/* SPDX-License-Identifier: Apache-2.0 */
/* A column of a record is read as jansson reads it, and is refused when jansson would write it
   differently: the chain rests on one form for the same values. */
#include "unit.h"

#include "core/buf.h"
#include "core/limits.h"
#include "store/flat.h"

#include <jansson.h>

static struct arena arena;

/* What reguard calls nothing is refused at once; jansson takes it. */
static bool has_plain_keys(json_t *o)
{
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value)
    {
        if (key[strspn(key, "abcdefghijklmnopqrstuvwxyz_0123456789")] ||
            !(json_is_string(value) || json_is_integer(value)))
            return false;
    }
    return json_object_size(o) <= FLAT_MEMBERS;
}

static bool is_in_its_form(json_t *o, const char *text)
{
    char *again = json_is_object(o) ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    bool same = again && strcmp(again, text) == 0 && has_plain_keys(o);
    free(again);
    return same;
}

static void assert_same_members(json_t *o, const struct flat *f, const char *text)
{
    const char *key;
    json_t *value;
    assert_int_equal(json_object_size(o), f->count);
    json_object_foreach(o, key, value)
    {
        const struct flat_member *m = flat_get(f, key);
        if (!m || (json_is_string(value) ? strcmp(json_string_value(value), flat_text(f, key)) != 0
                                         : m->text || m->number != json_integer_value(value)))
            fail_msg("%s of %s", key, text);
    }
}

/* True when it was read. */
static bool compare(const char *text)
{
    json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    struct flat f;
    bool expected = is_in_its_form(o, text);
    arena_reset(&arena);
    if (flat_read(text, &arena, &f) != expected)
        fail_msg("%s: %s", expected ? "refused" : "read", text);
    if (expected)
        assert_same_members(o, &f, text);
    json_decref(o);
    return expected;
}

static const char *const forms[] = {
    "{}",
    "{\"a\":\"\"}",
    "{\"a\":\"x\",\"b\":7}",
    "{\"account\":\"222222222222\",\"count\":55,\"reason\":\"a \\\"quoted\\\" one, é\\\\\"}",
    "{\"a\":\"\\u0001\\u001F\\b\\f\\n\\r\\t\x7f\",\"a_\":0,\"ab\":-9223372036854775808}",
    "{\"a0\":9223372036854775807,\"b\":\"\xf0\x9f\x98\x80\xef\xbf\xbf\",\"c\":\"/\"}",
};

static void what_is_in_its_form_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++)
        if (!compare(forms[i]))
            fail_msg("%s is no example", forms[i]);
}

static void another_form_of_the_same_is_refused(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "[]",
        "{",
        "{} ",
        "{}{}",
        " {}",
        "{\"a\" :1}",
        "{\"a\":1,}",
        "{\"b\":1,\"a\":2}",
        "{\"a\":1,\"a\":2}",
        "{\"ab\":1,\"a\":2}",
        "{\"a\":01}",
        "{\"a\":-0}",
        "{\"a\":-}",
        "{\"a\":+1}",
        "{\"a\":1.0}",
        "{\"a\":1e3}",
        "{\"a\":9223372036854775808}",
        "{\"a\":-9223372036854775809}",
        "{\"a\":true}",
        "{\"a\":null}",
        "{\"a\":[]}",
        "{\"a\":{}}",
        "{\"A\":1}",
        "{\"a\":\"\\/\"}",
        /* Under the sanitizers a look behind the end would be seen. */
        "{\"a\":\"\\",
        "{\"a\":\"\\u",
        "{\"a\":\"\\u00",
        "{\"a\":\"\\u001",
        "{\"a\":\"\xc3",
        "{\"a\":\"\\u0041\"}",
        "{\"a\":\"\\u001f\"}",
        "{\"a\":\"\\u000A\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\u00\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xc3\"}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{\"a\":\"\\\"}",
    };
    for (size_t i = 0; i < COUNT(others); i++)
        if (compare(others[i]))
            fail_msg("%s is read", others[i]);
}

/* Small changes of what can be read, always the same ones. */
static void changed_bytes_are_judged_as_jansson_would(void **state)
{
    (void)state;
    static const char bytes[] = "{}[]:,\"\\/ufnbt0019Aaz_-+.e \x01\n\x7f\xc3\xa9\xed\xf0";
    uint32_t seed = 1;
    size_t read = 0;
    for (int i = 0; i < 200000; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s", forms[(size_t)i % COUNT(forms)]);
        for (int n = 0; n <= i % 3; n++) {
            seed = seed * 1664525u + 1013904223u;
            size_t length = strlen(text), at = (seed >> 16) % (length + 1);
            char put = bytes[(seed >> 8) % (sizeof bytes - 1)];
            if (seed >> 31 && at < length)
                text[at] = put;
            else if (seed >> 30 & 1 && at < length)
                memmove(&text[at], &text[at + 1], length - at);
            else if (length + 2 < sizeof text) {
                memmove(&text[at + 1], &text[at], length - at + 1);
                text[at] = put;
            }
        }
        read += compare(text);
    }
    assert_true(read > 10000);
}

static void more_members_than_any_record_has_are_refused(void **state)
{
    (void)state;
    for (size_t count = FLAT_MEMBERS; count <= FLAT_MEMBERS + 1; count++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 4096);
        for (size_t i = 0; i < count; i++)
            buf_addf(&b, "%s\"k%02zu\":1", i ? "," : "{", i);
        buf_add(&b, "}");
        assert_int_equal(compare(buf_text(&b)), count == FLAT_MEMBERS);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_its_form_is_read),
        cmocka_unit_test(another_form_of_the_same_is_refused),
        cmocka_unit_test(changed_bytes_are_judged_as_jansson_would),
        cmocka_unit_test(more_members_than_any_record_has_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
