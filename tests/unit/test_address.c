/* SPDX-License-Identifier: Apache-2.0 */
/* An address is taken in one narrow form only, in which all who read it read the same: libcurl's
   own reader is asked about everything that ours takes. */
#include "tests/unit/unit.h"

#include "core/err.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <curl/curl.h>

static struct err err;

static void plain_addresses_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
        int port;
        bool tls;
        const char *rest, *header;
    } cases[] = {
        { "https://slack.com/api/", "slack.com", 443, true, "/api/", "slack.com" },
        { "wss://WSS-Primary.Slack.com/link/?ticket=a-b&app_id=1", "wss-primary.slack.com", 443,
          true, "/link/?ticket=a-b&app_id=1", "wss-primary.slack.com" },
        { "https://h:8443", "h", 8443, true, "", "h:8443" },
        { "https://h:443/x", "h", 443, true, "/x", "h" },
        { "https://h?q=1%2C2", "h", 443, true, "?q=1%2C2", "h" },
        { "http://127.0.0.1:8080/a/b", "127.0.0.1", 8080, false, "/a/b", "127.0.0.1:8080" },
        { "ws://localhost/", "localhost", 80, false, "/", "localhost" },
        { "http://[::1]:99/", "::1", 99, false, "/", "[::1]:99" },
        { "https://[2001:DB8::1]/", "2001:db8::1", 443, true, "/", "[2001:db8::1]" },
        { "https://10.0.0.255:65535", "10.0.0.255", 65535, true, "", "10.0.0.255:65535" },
        { "https://a_b.example/", "a_b.example", 443, true, "/", "a_b.example" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct address a;
        char header[300];
        if (!address_read(cases[i].url, &a, &err))
            fail_msg("%s: %s", cases[i].url, err.text);
        address_host(&a, header, sizeof header);
        assert_string_equal(a.host, cases[i].host);
        assert_int_equal(a.port, cases[i].port);
        assert_int_equal(a.tls, cases[i].tls);
        assert_string_equal(a.rest, cases[i].rest);
        assert_string_equal(header, cases[i].header);
    }
}

static void what_two_could_read_in_two_ways_is_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",
        "https://",
        "https:///x",
        "http://example.com/",
        "ws://example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "HTTPS://h/",
        "//h/",
        "ws://127.0.0.1:80@evil.example/",
        "ws://127.0.0.1@evil.example/",
        "https://user:word@h/",
        "https://h@/",
        "https://h\\@evil.example/",
        "https://h\\evil/",
        "https://h#@evil.example/",
        "https://h/#fragment",
        "https://h/\n",
        "https://h /",
        "https://h/ x",
        "https://h\t/",
        "https://h%2eevil/",
        "https://h\xC3\xA9/",
        ("https://h\xE3\x80\x82"
         "evil/"),
        "https://.h/",
        "https://h./",
        "https://h..x/",
        "https://-h/",
        "https://h-/",
        "https://h:/",
        "https://h:0/",
        "https://h:00443/",
        "https://h:65536/",
        "https://h:443443/",
        "https://h:+443/",
        "https://h: 443/",
        "https://h:443:443/",
        "https://h:443x/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://2130706433/",
        "http://127.0.0.1.evil.example/",
        "https://1.2.3.4.5/",
        "https://1.2.3.256/",
        "https://1.2.3.04/",
        "https://example.0x1/",
        "https://[::1/",
        "https://[::0]/",
        "https://[2001:db8:0:0:0::1]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[2001:0db8::1]/",
        "https://[::1]x/",
        "https://[::1%25eth0]/",
        "https://[h]/",
        "https://[]/",
        "http://[::ffff:127.0.0.1]/",
        "smtp://127.0.0.1/",
        "https://h/{a}",
        "https://h/[a]",
        "https://h/\"",
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct address a;
        if (address_read(urls[i], &a, &err))
            fail_msg("%s was taken, for %s port %d", urls[i], a.host, a.port);
    }
    struct address a;
    char longer[2 * ADDRESS_BYTES] = "https://h/";
    memset(longer + 10, 'x', ADDRESS_BYTES);
    assert_false(address_read(longer, &a, &err));
    assert_false(address_read(NULL, &a, &err));
}

static bool same_host(const char *a, const char *b)
{
    unsigned char one[16], other[16];
    bool six = inet_pton(AF_INET6, a, one) == 1 && inet_pton(AF_INET6, b, other) == 1;
    return six ? memcmp(one, other, sizeof one) == 0 : str_equal_nocase(a, b);
}

/* What ours takes, libcurl reads as the same host and port. */
static void assert_read_alike(const char *url, const struct address *a)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL, bare[300] = "";
    assert_non_null(parts);
    if (curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        fail_msg("libcurl does not read %s", url);
    assert_int_equal(curl_url_get(parts, CURLUPART_HOST, &host, 0), CURLUE_OK);
    STR_SET(bare, host + (host[0] == '['));
    bare[strcspn(bare, "]")] = '\0';
    curl_url_get(parts, CURLUPART_PORT, &port, 0);
    if (!same_host(bare, a->host) || (port ? atoi(port) : a->usual_port) != a->port)
        fail_msg("%s: libcurl goes to %s port %s, we to %s port %d", url, host, port ? port : "-",
                 a->host, a->port);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
}

static void libcurl_reads_the_same(void **state)
{
    (void)state;
    static const char *const seeds[] = { "wss://host.example:443/link/?ticket=1",
                                         "http://127.0.0.1:8080/a", "https://[::1]:9/x",
                                         "ws://localhost:80@evil.example/", "https://a.b.c" };
    static const char pieces[] = ":/@.?#[]%\\0x1a-_ \t\xC3\xA9&=";
    uint64_t seed = 17;
    size_t taken = 0;
    for (int round = 0; round < 200000; round++) {
        char url[64];
        struct address a;
        STR_SET(url, seeds[unit_below(&seed, COUNT(seeds))]);
        for (size_t n = unit_below(&seed, 4); n > 0; n--)
            url[4 + unit_below(&seed, strlen(url) - 4)] =
                pieces[unit_below(&seed, sizeof pieces - 1)];
        if (!address_read(url, &a, &err))
            continue;
        taken++;
        assert_read_alike(url, &a);
    }
    assert_true(taken > 10000);
}

static void the_same_place_is_scheme_host_and_port(void **state)
{
    (void)state;
    assert_true(address_is_at("https://hooks.slack.com/commands/1/2", "https://hooks.slack.com/"));
    assert_true(address_is_at("https://HOOKS.slack.com:443/x", "https://hooks.slack.com"));
    assert_true(address_is_at("http://127.0.0.1:8/x", "http://127.0.0.1:8/api/"));
    static const char *const others[] = {
        "https://hooks.slack.com.evil.example/",
        "https://hooks.slack.com@evil.example/",
        "http://hooks.slack.com/",
        "https://hooks.slack.com:444/",
        "https://evil.example/hooks.slack.com/",
        "https://hooks.slack.com\\.evil.example/",
        "https://hooks.slack.com%2fevil/",
        "",
    };
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(address_is_at(others[i], "https://hooks.slack.com/"));
}

static void mail_has_its_own_schemes(void **state)
{
    (void)state;
    struct address a;
    assert_true(address_read_mail("smtp://127.0.0.1:2525", &a, &err) && a.loopback && !a.tls);
    assert_true(address_read_mail("smtps://mail.example", &a, &err) && !a.loopback && a.tls);
    assert_true(address_read_mail("smtp://mail.example/client", &a, &err) && !a.loopback);
    assert_false(address_read_mail("smtp://localhost:25@mail.example", &a, &err));
    assert_false(address_read_mail("https://mail.example", &a, &err));
}

static void a_region_is_one_label(void **state)
{
    (void)state;
    assert_true(address_is_label("ap-southeast-2"));
    static const char *const others[] = {
        "",   "a.b", "evil.example/", "a/b", "a@b", "a:1",     "a%2e",
        "-a", "a-",  "a b",           "a#",  "a?",  "\xC3\xA9"
    };
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(address_is_label(others[i]));
    assert_false(address_is_label(NULL));
}

/* Without TLS only to hosts that are named, and to nothing that merely looks like one. */
static void plain_hosts_are_taken_as_they_are_named(void **state)
{
    (void)state;
    static const char *const hosts[] = { "169.254.170.2", "fd00:ec2::23", NULL };
    static const struct {
        const char *url;
        bool beside;
    } rows[] = {
        { "http://169.254.170.2/v2", true },        { "http://169.254.170.2:51679/", true },
        { "http://[fd00:ec2::23]/v1", true },       { "http://169.254.170.3/", false },
        { "http://169.254.170.2.example/", false }, { "http://169.254.170.2@example.com/", false },
        { "http://[fd00:ec2::24]/", false },        { "http://example.com/", false },
    };
    struct address a;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(address_read_beside(rows[i].url, hosts, &a, NULL), rows[i].beside);
        assert_false(address_read(rows[i].url, &a, NULL));
    }
    assert_true(address_read_beside("https://example.com/", hosts, &a, NULL));
    assert_true(address_read_beside("http://127.0.0.1:1/", hosts, &a, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_addresses_are_taken),
        cmocka_unit_test(what_two_could_read_in_two_ways_is_refused),
        cmocka_unit_test(libcurl_reads_the_same),
        cmocka_unit_test(the_same_place_is_scheme_host_and_port),
        cmocka_unit_test(mail_has_its_own_schemes),
        cmocka_unit_test(a_region_is_one_label),
        cmocka_unit_test(plain_hosts_are_taken_as_they_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
