/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ticket.h"
#include "core/encode.h"
#include "core/limits.h"
#include "core/rich.h"

#include <string.h>

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
static const char scheme[] = "https://", place[] = "{ticket}", in_host[] = LETTERS_AND_DIGITS ".-",
                  digits[] = "0123456789", in_path[] = LETTERS_AND_DIGITS "-._~/?=&%#:+,",
                  in_ticket[] = LETTERS_AND_DIGITS "-._";

bool ticket_url_is_fine(const char *url)
{
    if (!url[0])
        return true;
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *host = url + sizeof scheme - 1, *path = host + strspn(host, in_host);
    if (path == host)
        return false;
    if (*path == ':') {
        size_t port = strspn(path + 1, digits);
        if (port == 0 || port > 5)
            return false;
        path += 1 + port;
    }
    if (*path != '/')
        return false;
    path += strspn(path, in_path);
    if (strncmp(path, place, sizeof place - 1) == 0)
        path += sizeof place - 1;
    return path[strspn(path, in_path)] == '\0';
}

static bool is_plain_name(const char *ticket)
{
    return strspn(ticket, LETTERS_AND_DIGITS) > 0 && ticket[strspn(ticket, in_ticket)] == '\0';
}

void ticket_add(struct buf *b, const char *url, const char *ticket)
{
    CLEANUP(buf_done) struct buf address;
    buf_init(&address, LIMIT_LINK_BYTES);
    if (!url[0] || !ticket_url_is_fine(url) || !is_plain_name(ticket)) {
        buf_add(b, ticket);
        return;
    }
    const char *at = strstr(url, place);
    buf_add_bytes(&address, url, at ? (size_t)(at - url) : strlen(url));
    encode_percent(&address, ticket, ENCODE_UNRESERVED);
    buf_add(&address, at ? at + sizeof place - 1 : "");
    if (address.overflow)
        buf_add(b, ticket);
    else
        rich_add_link(b, buf_text(&address), ticket);
}
