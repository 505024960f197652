/* SPDX-License-Identifier: Apache-2.0 */
/* Who may speak to the page's listener. It is on loopback, but so is every page of every site that
   the person's browser has open: a foreign name that points here (Host), a foreign page that calls
   here (Origin, Sec-Fetch-Site), and another program of this machine (the token) are each kept
   out. */
#include "tests/sandbox/page/guard.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

static bool is_our_host(const struct page_door *door, const char *host)
{
    char by_number[PAGE_HOST_BYTES], by_name[PAGE_HOST_BYTES];
    snprintf(by_number, sizeof by_number, "127.0.0.1:%d", door->port);
    snprintf(by_name, sizeof by_name, "localhost:%d", door->port);
    return host && (strcmp(host, by_number) == 0 || strcmp(host, by_name) == 0);
}

/* Two Host headers, or two Origins, could be read differently by whoever looks first. */
static size_t header_count(const struct web_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcmp(request->headers[i].name, name) == 0;
    return count;
}

static bool is_our_origin(const char *origin, const char *host)
{
    static const char scheme[] = "http://";
    return strncmp(origin, scheme, sizeof scheme - 1) == 0 &&
           strcmp(origin + sizeof scheme - 1, host) == 0;
}

const char *page_refusal(const struct page_door *door, const struct web_request *request)
{
    const char *host = web_request_header(request, "host"),
               *origin = web_request_header(request, "origin");
    const char *site = web_request_header(request, "sec-fetch-site");
    bool acts = strcmp(request->method, "GET") != 0 || web_request_header(request, "upgrade");
    if (header_count(request, "host") != 1 || header_count(request, "origin") > 1 ||
        !is_our_host(door, host))
        return "this page has another name";
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return "only the page itself may call here";
    if (origin ? !is_our_origin(origin, host) : acts)
        return "only the page itself may act here";
    return NULL;
}

static bool is_token(const struct page_door *door, const char *text, size_t bytes)
{
    return bytes == PAGE_TOKEN_BYTES && CRYPTO_memcmp(text, door->token, PAGE_TOKEN_BYTES) == 0;
}

bool page_knows_token(const struct page_door *door, const struct web_request *request)
{
    static const char prefix[] = PAGE_PROTOCOL ".";
    const char *token = web_request_header(request, PAGE_TOKEN_HEADER),
               *protocols = web_request_header(request, "sec-websocket-protocol");
    if (token && is_token(door, token, strlen(token)))
        return true;
    for (const char *at = protocols; at && *at;) {
        at += strspn(at, ", \t");
        size_t bytes = strcspn(at, ", \t");
        if (bytes >= sizeof prefix - 1 && strncmp(at, prefix, sizeof prefix - 1) == 0 &&
            is_token(door, at + sizeof prefix - 1, bytes - (sizeof prefix - 1)))
            return true;
        at += bytes;
    }
    return false;
}
