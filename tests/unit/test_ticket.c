/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket as a link: only a plain name becomes one, and only under the address of the rules. */
#include "tests/unit/unit.h"

#include "adapters/matrix/markup.h"
#include "adapters/slack/markup.h"
#include "core/ticket.h"

#include <string.h>

static const char site[] = "https://tickets.example.com/browse/{ticket}?a=1&b=2";

static void an_address_has_a_host_of_its_own(void **state)
{
    (void)state;
    static const char *const fine[] = { "",
                                        site,
                                        "https://t/",
                                        "https://t.example.com:8443/x?id=",
                                        "https://t/{ticket}",
                                        "https://t/a/{ticket}/b" };
    static const char *const wrong[] = { "t.example.com/",
                                         "http://t/",
                                         "HTTPS://t/",
                                         "https://",
                                         "https:///x",
                                         "https://t",
                                         "https://{ticket}/",
                                         "https://t.{ticket}/",
                                         "https://a@t/",
                                         "https://t:/",
                                         "https://t:123456/",
                                         "https://t:80{ticket}/",
                                         "https://t/{ticket}{ticket}",
                                         "https://t/{x}",
                                         "https://t/a b",
                                         "https://t/<x>",
                                         "https://t/a|b",
                                         "https://t/\"x",
                                         "https://t/`x",
                                         "https://t/\x01",
                                         "javascript:alert(1)//",
                                         "https://t\\@evil/",
                                         "https://t?{ticket}",
                                         "https://t/{ticket" };
    for (size_t i = 0; i < COUNT(fine); i++)
        if (!ticket_url_is_fine(fine[i]))
            fail_msg("“%s” is refused", fine[i]);
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (ticket_url_is_fine(wrong[i]))
            fail_msg("“%s” is taken", wrong[i]);
}

static const char *in_slack(struct buf *b, const char *url, const char *ticket)
{
    CLEANUP(buf_done) struct buf rich;
    buf_init(&rich, 2000);
    ticket_add(&rich, url, ticket);
    buf_init(b, 2000);
    slack_markup(b, buf_text(&rich), NULL, 1900);
    return buf_text(b);
}

static const char *in_matrix(struct buf *b, const char *ticket, bool html)
{
    static const struct policy policy = { .command_word = "/reguard" };
    static const struct people people;
    static const struct matrix_style style = { .people = &people,
                                               .policy = &policy,
                                               .prefix = "!" };
    CLEANUP(buf_done) struct buf rich;
    buf_init(&rich, 2000);
    ticket_add(&rich, site, ticket);
    buf_init(b, 2000);
    (html ? matrix_html : matrix_plain)(b, buf_text(&rich), &style);
    return buf_text(b);
}

static void a_plain_name_is_a_link_in_each_chat(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf slack, behind, html, plain;
    assert_string_equal(in_slack(&slack, site, "SEC-7"),
                        "<https://tickets.example.com/browse/SEC-7?a=1&amp;b=2|SEC-7>");
    assert_string_equal(in_slack(&behind, "https://t/?id=", "4711"), "<https://t/?id=4711|4711>");
    assert_string_equal(in_matrix(&html, "SEC-7", true),
                        "<a href=\"https://tickets.example.com/browse/SEC-7?a=1&amp;b=2\">SEC-7"
                        "</a>");
    assert_string_equal(in_matrix(&plain, "SEC-7", false),
                        "SEC-7 (https://tickets.example.com/browse/SEC-7?a=1&b=2)");
}

static void anything_else_stays_text(void **state)
{
    (void)state;
    static const char *const names[] = {
        "..",       "../admin", "-x",    "SEC 7",        "SEC-7|x", "7>",
        "a?b=c",    "a#b",      "a%2fb", "7/../8",       "\"x",     "T\u00e9st",
        "<script>", "a&b=c",    "@x",    "javascript:x", ".hidden", "https://evil.example/"
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP(buf_done) struct buf slack, html;
        const char *shown = in_slack(&slack, site, names[i]);
        if (strchr(shown, '<') || strstr(shown, "tickets.example.com"))
            fail_msg("“%s” is a link: %s", names[i], shown);
        if (strstr(in_matrix(&html, names[i], true), "<a"))
            fail_msg("“%s” is a link in the room", names[i]);
    }
    CLEANUP(buf_done) struct buf none, unfit, longer;
    assert_string_equal(in_slack(&none, "", "SEC-7"), "SEC-7");
    assert_string_equal(in_slack(&unfit, "http://t/", "SEC-7"), "SEC-7");
    char url[LIMIT_LINK_BYTES] = "https://t/";
    memset(url + strlen(url), 'a', sizeof url - 1 - strlen(url));
    assert_true(ticket_url_is_fine(url));
    assert_string_equal(in_slack(&longer, url, "SEC-7"), "SEC-7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_host_of_its_own),
        cmocka_unit_test(a_plain_name_is_a_link_in_each_chat),
        cmocka_unit_test(anything_else_stays_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
