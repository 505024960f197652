/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as everybody here reads them, against libcurl's own reader: what we take, both read in
   one way. */
#include "tests/fuzz/fuzz.h"

#include "net/address.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *part(CURLU *u, CURLUPart which)
{
    char *text = NULL;
    curl_url_get(u, which, &text, CURLU_DEFAULT_PORT);
    return text;
}

/* scheme, host and port are the other reader's; no user, no fragment. */
static void compare(const char *url, const struct address *a)
{
    CURLU *u = curl_url();
    FUZZ_PROMISE(curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK,
                 "what we take, libcurl reads", url);
    char *scheme = part(u, CURLUPART_SCHEME), *host = part(u, CURLUPART_HOST),
         *port = part(u, CURLUPART_PORT), *user = part(u, CURLUPART_USER),
         *fragment = part(u, CURLUPART_FRAGMENT);
    char bare[300] = "";
    if (host && host[0] == '[' && strlen(host) < sizeof bare)
        snprintf(bare, sizeof bare, "%.*s", (int)strlen(host) - 2, host + 1);
    FUZZ_PROMISE(host && strcasecmp(bare[0] ? bare : host, a->host) == 0, "the same host", url);
    bool tls = str_equal(scheme, "https") || str_equal(scheme, "wss") || str_equal(scheme, "smtps");
    FUZZ_PROMISE(tls == a->tls, "the same scheme", url);
    FUZZ_PROMISE(!port || atoi(port) == a->port, "the same port", url);
    FUZZ_PROMISE(!user && !fragment, "no user and no fragment", url);
    /* Mail may begin without: STARTTLS is insisted on then. */
    FUZZ_PROMISE(a->tls || a->loopback || a->mail, "without TLS to loopback only", url);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_free(fragment);
    curl_url_cleanup(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    struct address a, again;
    struct err err = { "" };
    char host[300], url[ADDRESS_BYTES * 2];
    arena_init(&arena, 1 << 20);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    const char *text = fuzz_text(&p), *other = fuzz_text(&p);
    bool reads = address_read(text, &a, &err);
    if (reads || address_read_mail(text, &a, &err)) {
        compare(text, &a);
        address_host(&a, host, sizeof host);
        snprintf(url, sizeof url, "%.*s://%s%s", (int)strcspn(text, ":"), text, host, a.rest);
        FUZZ_PROMISE(reads ? address_read(url, &again, &err) : address_read_mail(url, &again, &err),
                     "what it is written as can be read", url);
        FUZZ_PROMISE(str_equal(a.host, again.host) && a.port == again.port && a.tls == again.tls,
                     "and means the same", url);
    } else {
        FUZZ_PROMISE(err.text[0], "a refusal says why", text);
    }
    address_is_at(text, other);
    address_is_label(text);
    arena_done(&arena);
    return 0;
}
