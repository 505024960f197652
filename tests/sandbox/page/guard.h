/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask for the page, and what comes from it. */
#ifndef SANDBOX_PAGE_GUARD_H
#define SANDBOX_PAGE_GUARD_H

#include "tests/sandbox/net/message.h"

enum { PAGE_TOKEN_BYTES = 32, PAGE_HOST_BYTES = 32 };
struct page_door {
    int port;
    char token[PAGE_TOKEN_BYTES + 1];
};
/* NULL when the request comes from the page itself, or from the person who opens it; else what is
   wrong (static). */
const char *page_refusal(const struct page_door *, const struct web_request *);
/* Whether the caller knows the token: a header of its own, or for a WebSocket, which can have none,
   a sub-protocol. */
bool page_knows_token(const struct page_door *, const struct web_request *);
#define PAGE_TOKEN_HEADER "x-playground-token"
#define PAGE_PROTOCOL "reguard"

#endif
